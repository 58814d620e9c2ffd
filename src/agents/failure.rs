//! What fails with whatever is outside, a file, a command or a peer, and in which words it is said.

use std::fmt;
use std::io;

use crate::agents::shell::Ended;
use crate::base::reason::reason as words;

/// One thing that failed.
#[derive(Debug)]
pub enum Failure {
    /// A file or a folder cannot be worked on.
    File {
        /// What was to be done.
        verb: &'static str,
        /// Its path.
        path: String,
        /// The reason.
        why: io::Error,
    },
    /// A command cannot be run.
    NotRun {
        /// The command.
        command: String,
        /// The reason.
        why: io::Error,
    },
    /// A command failed.
    Failed {
        /// The command.
        command: String,
        /// How it ended.
        ended: Ended,
        /// What it said; nothing, where that is shown already.
        says: String,
    },
    /// A peer cannot be talked to.
    Silent {
        /// Who, and where.
        place: String,
        /// The reason.
        why: io::Error,
    },
}

impl fmt::Display for Failure {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::File { verb, path, why } => write!(f, "cannot {verb} {path}: {}", words(why)),
            Self::NotRun { command, why } => write!(f, "cannot run `{command}`: {}", words(why)),
            Self::Failed { command, ended, says } => {
                let how = match ended {
                    Ended::Exit(status) => format!("exit status {status}"),
                    Ended::Signal(number) => format!("terminated by signal {number}"),
                    Ended::TooLate => "it took too long".to_owned(),
                };
                let says = if says.is_empty() { String::new() } else { format!(": {says}") };
                write!(f, "`{command}` failed, {how}{says}")
            }
            Self::Silent { place, why } if why.kind() == io::ErrorKind::PermissionDenied => {
                write!(
                    f,
                    "cannot connect to {place}: permission denied to user {}",
                    rustix::process::geteuid().as_raw()
                )
            }
            Self::Silent { place, why } => write!(f, "{place} does not answer: {}", words(why)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn it_is_said_whose_permission_is_missing_for_what() {
        let of = |kind: io::ErrorKind| Failure::Silent { place: "the balancer at /run/s".to_owned(), why: kind.into() };
        let uid = rustix::process::geteuid().as_raw();
        assert_eq!(
            of(io::ErrorKind::PermissionDenied).to_string(),
            format!("cannot connect to the balancer at /run/s: permission denied to user {uid}")
        );
        assert!(of(io::ErrorKind::TimedOut).to_string().starts_with("the balancer at /run/s does not answer: "));
    }
}
