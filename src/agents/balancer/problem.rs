//! What can go wrong with a balancer, and in which words it is said.

use std::fmt;
use std::io;

use crate::agents::failure::Failure;
use crate::base::reason::reason as words;
use crate::conf::{pound, upstream};
use crate::wire;

/// One thing that went wrong.
#[derive(Debug)]
pub enum Problem {
    /// A file, a command or a connection failed.
    Outside(Failure),
    /// It refuses a command.
    Refused {
        /// Where it answers.
        place: String,
        /// The command.
        command: String,
        /// What it says.
        says: String,
    },
    /// Its socket does not allow what is needed.
    Level {
        /// Where it answers.
        place: String,
        /// What it allows, where it says.
        level: Option<String>,
    },
    /// HAProxy's answer is not one.
    HaProxy {
        /// Where it answers.
        place: String,
        /// Why not.
        why: wire::haproxy::Problem,
    },
    /// Pound's answer is not one.
    Pound {
        /// Where it answers.
        place: String,
        /// Why not.
        why: wire::pound::Problem,
    },
    /// It has no such client.
    Unknown {
        /// Where it was looked for.
        place: String,
        /// How it is called or reached.
        client: String,
    },
    /// Its configuration is not as it must be.
    PoundFile {
        /// The file.
        path: String,
        /// Why not.
        why: pound::Problem,
    },
    /// Its configuration is not as it must be.
    Upstream {
        /// The file.
        path: String,
        /// Why not.
        why: upstream::Problem,
    },
    /// It still works by the old configuration.
    NotReloaded {
        /// The command that should have made it read the new one.
        command: String,
    },
    /// The connections of this system cannot be seen.
    Connections(io::Error),
}

impl Problem {
    /// Whether it has not answered in time, as it will not the next time.
    pub fn is_silence(&self) -> bool {
        matches!(self, Self::Outside(Failure::Silent { why, .. }) if why.kind() == io::ErrorKind::TimedOut)
    }

    /// Whether it is about one client, so that another may be asked about.
    pub fn is_of_client(&self) -> bool {
        matches!(self, Self::Unknown { .. })
    }
}

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Outside(failure)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(failure) => failure.fmt(f),
            Self::Refused { place, command, says } => {
                write!(f, "the balancer at {place} refuses `{command}`: {says}")
            }
            Self::Level { place, level } => {
                let level = level.as_ref().map(|level| format!(", as its level is `{level}`")).unwrap_or_default();
                write!(f, "permission denied by the HAProxy at {place}{level}; its `stats socket` needs `level admin`")
            }
            Self::HaProxy { place, why } => write!(f, "no HAProxy answers at {place}: {why}"),
            Self::Pound { place, why } => write!(f, "no Pound answers at {place}: {why}"),
            Self::Unknown { place, client } => write!(f, "{place} has no server {client}"),
            Self::PoundFile { path, why } => write!(f, "{path}: {why}"),
            Self::Upstream { path, why } => write!(f, "{path}: {why}"),
            Self::NotReloaded { command } => {
                write!(f, "nginx still works by its old configuration after `{command}`; its error log says why")
            }
            Self::Connections(why) => write!(f, "cannot see the connections of this system: {}", words(why)),
        }
    }
}
