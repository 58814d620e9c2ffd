//! What stands where a build wants to write: the one question that a plan asks of the disk.

use camino::{Utf8Path, Utf8PathBuf};

/// The place that a build writes to.
pub trait Target {
    /// What stands at the absolute path `path`.
    fn observe(&self, path: &Utf8Path) -> Seen;
}

/// What stands at a path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Seen {
    /// What is there, after symbolic links.
    pub what: What,
    /// The symbolic link on the way there, if there is one that matters.
    pub link: Option<Link>,
}

impl Seen {
    /// Something that is where its path says.
    pub fn plain(what: What) -> Self {
        Self { what, link: None }
    }
}

/// Where a path leads through symbolic links.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Link {
    /// The real path, as the disk has it.
    pub to: Utf8PathBuf,
    /// Whether it is still in the project folder (for a path outside of it: below the root of the build).
    pub inside: bool,
    /// Whether the last component of the path is a link itself, rather than a folder before it.
    pub last: bool,
}

/// The things that a path can name.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum What {
    /// Nothing.
    Nothing,
    /// A file of a size that can be compared.
    File {
        /// Its content.
        bytes: Vec<u8>,
        /// Its permission bits.
        mode: u32,
    },
    /// A file larger than any output.
    LargeFile {
        /// Its size in bytes.
        size: u64,
        /// Its permission bits.
        mode: u32,
    },
    /// A folder.
    Folder,
    /// Neither file nor folder, with its article: `a socket`.
    Other(&'static str),
    /// It cannot be looked at, in the system's words.
    Unreadable(String),
}

impl What {
    /// With its article, for messages.
    pub fn name(&self) -> &'static str {
        match self {
            Self::Nothing => "nothing",
            Self::File { .. } | Self::LargeFile { .. } => "a file",
            Self::Folder => "a folder",
            Self::Other(name) => name,
            Self::Unreadable(_) => "something unreadable",
        }
    }
}
