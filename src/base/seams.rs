//! The doors through which the world comes into the pure stages. `sources` holds the real ones; tests hand in maps.

use std::fmt;

/// Why something could not be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ReadError {
    /// It does not exist.
    NotFound,
    /// It is larger than the reader takes, in bytes.
    TooLarge(u64),
    /// It is not UTF-8; line and column of the first bad byte, from 1.
    NotUtf8 {
        /// The line.
        line: usize,
        /// The column, in characters.
        column: usize,
        /// That line, bad bytes replaced.
        shown: String,
    },
    /// Anything else, in the system's words.
    Other(String),
}

impl fmt::Display for ReadError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotFound => write!(f, "no such file"),
            Self::TooLarge(bytes) => write!(f, "larger than {} MiB", bytes / (1024 * 1024)),
            Self::NotUtf8 { line, column, .. } => write!(f, "not UTF-8 at line {line}, column {column}"),
            Self::Other(why) => write!(f, "{why}"),
        }
    }
}

impl From<std::string::FromUtf8Error> for ReadError {
    fn from(error: std::string::FromUtf8Error) -> Self {
        let (bytes, at) = (error.as_bytes(), error.utf8_error().valid_up_to());
        let start = bytes[..at].iter().rposition(|b| *b == b'\n').map_or(0, |n| n + 1);
        let end = bytes[at..].iter().position(|b| *b == b'\n').map_or(bytes.len(), |n| at + n);
        Self::NotUtf8 {
            line: bytes[..at].split(|b| *b == b'\n').count(),
            column: String::from_utf8_lossy(&bytes[start..at]).chars().count() + 1,
            shown: String::from_utf8_lossy(&bytes[start..end]).into_owned(),
        }
    }
}

/// Reading local texts.
pub trait Files {
    /// The text of a file. Relative paths are relative to the directory of the process.
    fn read(&self, path: &str) -> Result<String, ReadError>;

    /// Whether something is there.
    fn exists(&self, path: &str) -> bool;

    /// Names of what is in a folder, to suggest one; perhaps not all, or none.
    fn names(&self, _folder: &str) -> Vec<String> {
        Vec::new()
    }
}

/// What reading a `supervisord.conf` needs beyond its text.
pub trait ConfFiles: Files {
    /// The names in a folder, in any order; none where it cannot be read. An empty path is the directory of the process.
    fn list(&self, directory: &str) -> Vec<String>;

    /// The home of a user; that of whoever runs the process where the name is empty.
    fn home(&self, user: &str) -> Option<String>;
}

/// Facts about the host that a configuration relies on.
pub trait World {
    /// Whether a folder is there.
    fn is_directory(&self, path: &str) -> bool;

    /// The number of the user of this name.
    fn uid(&self, name: &str) -> Option<u32>;

    /// Whether a user has this number.
    fn has_uid(&self, uid: u32) -> bool;

    /// The number of the group of this name.
    fn gid(&self, name: &str) -> Option<u32>;

    /// Whether a group has this number.
    fn has_gid(&self, gid: u32) -> bool;
}

/// What a check asks of the host that is to run a configuration, besides.
pub trait Here: World {
    /// Whether a file can be run; none where there is no file.
    fn is_executable(&self, path: &str) -> Option<bool>;

    /// The mode of a file; none where there is none.
    fn mode(&self, path: &str) -> Option<u32>;

    /// Whether a server could listen there now; an empty host is all interfaces. None where it cannot be told.
    fn is_free(&self, host: &str, port: u16) -> Option<bool>;

    /// What is wrong with the certificate that a server shows; none where nothing is, or where it cannot be told.
    fn bad_certificate(&self, host: &str, port: u16) -> Option<String>;

    /// The time, in seconds since 1970.
    fn now(&self) -> i64;
}

/// A text that came from a URL, or the reason why there is none.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum FetchError {
    /// Not in the cache, and the network may not be used.
    OfflineNotCached,
    /// Remote texts are skipped; the caller takes it as empty and warns.
    Skipped,
    /// The server's answer, or the failure to get one, in words.
    Failed(String),
    /// The server's certificate comes from nobody who is trusted.
    Untrusted {
        /// The file that says whom to trust, if one does.
        trusted: Option<String>,
    },
}

impl From<String> for FetchError {
    fn from(why: String) -> Self {
        Self::Failed(why)
    }
}

/// Reading texts at URLs.
pub trait Fetch {
    /// The text at an `http://` or `https://` URL. `offline` is the manifest's own wish; the command line may have
    /// forbidden the network already.
    fn fetch(&self, url: &str, offline: bool) -> Result<String, FetchError>;
}

/// Where secrets come from. Every value is in clear and must be marked by the caller ([`super::secret::mark`]).
pub trait Secrets {
    /// An environment variable of the build.
    fn env(&self, name: &str) -> Option<String>;
    /// An environment variable of the build that is a password.
    fn secret_env(&self, name: &str) -> Option<String> {
        self.env(name)
    }
    /// First line of a file, without its line end.
    fn file(&self, path: &str) -> Result<String, ReadError>;
    /// First line of the output of a command, run without a shell in `directory`.
    fn command(&self, words: &[String], directory: &str) -> Result<String, String>;
    /// The password kept for `part`, made of `length` letters and digits when there is none yet.
    fn generated(&self, part: &str, length: usize) -> Result<String, String>;
}
