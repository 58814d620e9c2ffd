//! What can go wrong when a cache is to forget, and in which words it is said.

use std::fmt;

use crate::agents::failure::Failure;
use crate::wire::varnish;

/// One thing that went wrong.
#[derive(Debug)]
pub enum Problem {
    /// A file, a command or a connection failed.
    Outside(Failure),
    /// It cannot be stopped.
    NotStopped(String),
    /// It cannot be started.
    NotStarted(String),
    /// Its folder holds what is not of a cache.
    NotCache {
        /// The folder.
        path: String,
        /// The name of what it holds.
        holds: String,
    },
    /// Where its folder should go there is another one.
    Occupied {
        /// That one.
        path: String,
    },
    /// Its folder is back where it was.
    PutBack(String),
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
    /// The secret is not that of its management.
    WrongSecret {
        /// Where it answers.
        place: String,
        /// The file of the secret.
        path: String,
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

impl From<Failure> for Problem {
    fn from(failure: Failure) -> Self {
        Self::Outside(failure)
    }
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Outside(failure) => failure.fmt(f),
            Self::NotStopped(why) => write!(f, "it is not stopped, and keeps what it has: {why}"),
            Self::NotStarted(why) => write!(f, "it is not started: {why}"),
            Self::NotCache { path, holds } => write!(
                f,
                "{path} holds `{holds}`, which no Squid has made there: expected the folder of its `cache_dir`; nothing is moved"
            ),
            Self::Occupied { path } => {
                write!(
                    f,
                    "{path} is there already, and no purge has put it there: expected no such folder; nothing is moved"
                )
            }
            Self::PutBack(path) => write!(f, "{path} keeps what it had"),
            Self::Broken { place, why } => write!(f, "{place}: {why}"),
            Self::NoSecret { place } => write!(f, "{place} asks for authentication; expected a secret_file"),
            Self::WrongSecret { place, path } => {
                write!(f, "{place} does not know the secret in {path}; expected the file that its option -S names")
            }
            Self::Refused { place, status, says } if says.is_empty() => write!(f, "{place} refuses: status {status}"),
            Self::Refused { place, status, says } => write!(f, "{place} refuses: status {status}, {says}"),
            Self::BadUrl(url) => write!(f, "`{url}` cannot be asked for; expected http://HOST[:PORT]/PATH"),
        }
    }
}
