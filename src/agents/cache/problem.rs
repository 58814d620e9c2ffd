//! What can go wrong when a cache is to forget, and in which words it is said.

use std::fmt;
use std::io;

use crate::agents::shell::Ended;
use crate::base::reason::reason as words;
use crate::wire::varnish;

/// One thing that went wrong.
#[derive(Debug)]
pub enum Problem {
    /// It cannot be stopped.
    NotStopped(String),
    /// It cannot be started.
    NotStarted(String),
    /// A folder or file cannot be worked on.
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
    },
    /// It cannot be talked to.
    Silent {
        /// Where it should answer.
        place: String,
        /// The reason.
        why: io::Error,
    },
    /// Its answer is not one.
    Broken {
        /// Where it answers.
        place: String,
        /// Why not.
        why: varnish::Problem,
    },
    /// Its management asks for a secret, and none is named.
    NoSecret {
        /// Where it answers.
        place: String,
    },
    /// It refuses.
    Refused {
        /// Where it answers.
        place: String,
        /// The status of its answer.
        status: u16,
        /// What it says.
        says: String,
    },
    /// What is no URL that can be asked for.
    BadUrl(String),
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotStopped(why) => write!(f, "it is not stopped, and keeps what it has: {why}"),
            Self::NotStarted(why) => write!(f, "it is not started: {why}"),
            Self::File { verb, path, why } => write!(f, "cannot {verb} {path}: {}", words(why)),
            Self::NotRun { command, why } => write!(f, "cannot run `{command}`: {}", words(why)),
            Self::Failed { command, ended } => {
                let how = match ended {
                    Ended::Exit(status) => format!("exit status {status}"),
                    Ended::Signal(number) => format!("terminated by signal {number}"),
                    Ended::TooLate => "it took too long".to_owned(),
                };
                write!(f, "`{command}` failed, {how}")
            }
            Self::Silent { place, why } => write!(f, "{place} does not answer: {}", words(why)),
            Self::Broken { place, why } => write!(f, "{place}: {why}"),
            Self::NoSecret { place } => write!(f, "{place} asks for authentication; expected a secret_file"),
            Self::Refused { place, status, says } if says.is_empty() => write!(f, "{place} refuses: status {status}"),
            Self::Refused { place, status, says } => write!(f, "{place} refuses: status {status}, {says}"),
            Self::BadUrl(url) => write!(f, "`{url}` cannot be asked for; expected http://HOST[:PORT]/PATH"),
        }
    }
}
