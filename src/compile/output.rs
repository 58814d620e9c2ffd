//! What a build makes: paths, modes, bytes.

use std::ops::Range;

use camino::Utf8PathBuf;

use crate::base::Span;

/// One thing on disk that a part makes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Output {
    /// Absolute and normalised.
    pub path: Utf8PathBuf,
    /// The part that makes it.
    pub part: String,
    /// What is there.
    pub content: Content,
    /// The place in the manifest that asks for this path, for messages.
    pub origin: Span,
    /// How the path came to be; decides whether it may lie outside the project folder.
    pub place: Place,
}

/// What an [`Output`] is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Content {
    /// A file.
    File {
        /// Its text, secrets in clear.
        text: String,
        /// Permission bits: 0o644, 0o755 for scripts, 0o600 as soon as there is a secret.
        mode: u32,
        /// Byte ranges of `text` that no one may be shown, ascending.
        secrets: Vec<Range<usize>>,
    },
    /// A folder that must exist (`var/log`). Never removed.
    Folder,
}

/// How the path of an output came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Derived from the project's folders.
    Project,
    /// Written as an absolute path by the root manifest or local `.cfg` input: wanted, wherever it lies.
    Absolute,
    /// Written relative, or by a fetched file: must not leave the project folder without leave.
    Confined,
}
