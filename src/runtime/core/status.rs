//! How a process ended, and the names of signals.

use std::fmt;

use crate::conf::signals;

/// How a process ended.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum ExitStatus {
    /// It exited with a code, 0 to 255.
    Code(i32),
    /// A signal ended it.
    Signal {
        /// Its number.
        signal: i32,
        /// Whether a core was dumped.
        core: bool,
    },
}

impl ExitStatus {
    /// The exit code, or -1 after a signal, as RPC gives it and `exitcodes` is compared with it.
    pub fn code(self) -> i32 {
        match self {
            Self::Code(code) => code,
            Self::Signal { .. } => -1,
        }
    }
}

impl fmt::Display for ExitStatus {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Code(code) => write!(f, "exit status {code}"),
            Self::Signal { signal, core } => {
                write!(f, "terminated by {}{}", SignalName(*signal), if *core { " (core dumped)" } else { "" })
            }
        }
    }
}

/// Shows a signal number by its Linux name, such as `SIGTERM`, or as `signal 99`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct SignalName(pub i32);

/// SIGKILL, which no process can catch.
pub const SIGKILL: i32 = 9;

impl fmt::Display for SignalName {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match signals::name(self.0) {
            Some(name) => write!(f, "SIG{name}"),
            None => write!(f, "signal {}", self.0),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn endings_read_as_in_the_log() {
        assert_eq!(ExitStatus::Code(3).to_string(), "exit status 3");
        assert_eq!(ExitStatus::Signal { signal: 9, core: false }.to_string(), "terminated by SIGKILL");
        assert_eq!(ExitStatus::Signal { signal: 11, core: true }.to_string(), "terminated by SIGSEGV (core dumped)");
        assert_eq!(ExitStatus::Signal { signal: 11, core: true }.code(), -1);
        assert_eq!(
            [15, 31, 0, -1, 99].map(|n| SignalName(n).to_string()),
            ["SIGTERM", "SIGSYS", "signal 0", "signal -1", "signal 99"]
        );
    }
}
