//! The states of a process and of the daemon, with the codes that RPC and events use. A leaf: it knows nothing else.

use std::fmt;

/// The state of a process. Codes are Supervisor's.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum State {
    /// Never started, or stopped by request.
    Stopped,
    /// Being started: up for less than `startsecs`.
    Starting,
    /// Up for longer than `startsecs`.
    Running,
    /// Died while starting; another attempt is due.
    Backoff,
    /// The stop signal is on its way.
    Stopping,
    /// Exited from RUNNING.
    Exited,
    /// Could not be started in `startretries` attempts.
    Fatal,
    /// It could not be signalled; what it does is not known.
    Unknown,
}

impl State {
    /// All states, by code.
    pub const ALL: [Self; 8] = [
        Self::Stopped,
        Self::Starting,
        Self::Running,
        Self::Backoff,
        Self::Stopping,
        Self::Exited,
        Self::Fatal,
        Self::Unknown,
    ];

    /// The number that RPC gives.
    pub fn code(self) -> i32 {
        match self {
            Self::Stopped => 0,
            Self::Starting => 10,
            Self::Running => 20,
            Self::Backoff => 30,
            Self::Stopping => 40,
            Self::Exited => 100,
            Self::Fatal => 200,
            Self::Unknown => 1000,
        }
    }

    /// The name that RPC and events give.
    pub fn name(self) -> &'static str {
        match self {
            Self::Stopped => "STOPPED",
            Self::Starting => "STARTING",
            Self::Running => "RUNNING",
            Self::Backoff => "BACKOFF",
            Self::Stopping => "STOPPING",
            Self::Exited => "EXITED",
            Self::Fatal => "FATAL",
            Self::Unknown => "UNKNOWN",
        }
    }

    /// STOPPED, EXITED, FATAL, UNKNOWN: a group of such processes may be removed, and the shutdown goes on.
    pub fn is_stopped(self) -> bool {
        match self {
            Self::Stopped | Self::Exited | Self::Fatal | Self::Unknown => true,
            Self::Starting | Self::Running | Self::Backoff | Self::Stopping => false,
        }
    }

    /// STARTING, RUNNING, BACKOFF: it may be stopped and is not started again.
    pub fn is_running(self) -> bool {
        match self {
            Self::Starting | Self::Running | Self::Backoff => true,
            Self::Stopped | Self::Stopping | Self::Exited | Self::Fatal | Self::Unknown => false,
        }
    }

    /// STARTING, RUNNING, STOPPING: there is something to signal.
    pub fn is_signallable(self) -> bool {
        match self {
            Self::Starting | Self::Running | Self::Stopping => true,
            Self::Stopped | Self::Backoff | Self::Exited | Self::Fatal | Self::Unknown => false,
        }
    }
}

impl fmt::Display for State {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.name())
    }
}

/// The state of the daemon.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Mood {
    /// Supervising.
    Running,
    /// Stopping everything, then starting anew with the configuration as it is then.
    Restarting,
    /// Stopping everything, then leaving.
    Shutdown,
}

impl Mood {
    /// The number that RPC gives.
    pub fn code(self) -> i32 {
        match self {
            Self::Running => 1,
            Self::Restarting => 0,
            Self::Shutdown => -1,
        }
    }

    /// The name that RPC gives.
    pub fn name(self) -> &'static str {
        match self {
            Self::Running => "RUNNING",
            Self::Restarting => "RESTARTING",
            Self::Shutdown => "SHUTDOWN",
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn codes_ascend_and_sets_are_supervisors() {
        assert!(State::ALL.windows(2).all(|pair| pair[0].code() < pair[1].code()));
        let names = |set: fn(State) -> bool| -> Vec<&str> {
            State::ALL.into_iter().filter(|s| set(*s)).map(State::name).collect()
        };
        assert_eq!(names(State::is_stopped), ["STOPPED", "EXITED", "FATAL", "UNKNOWN"]);
        assert_eq!(names(State::is_running), ["STARTING", "RUNNING", "BACKOFF"]);
        assert_eq!(names(State::is_signallable), ["STARTING", "RUNNING", "STOPPING"]);
    }
}
