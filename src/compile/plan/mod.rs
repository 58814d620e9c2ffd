//! What a build changes, worked out before anything is touched: `build` carries a plan out, `diff` prints it.
//!
//! Each output is compared with what stands at its path ([`target::Target`]) and with what the last build left there
//! ([`Memory`]):
//!
//! | at the path | as wanted | as last built | the plan |
//! |---|---|---|---|
//! | nothing | | | create it |
//! | a file | yes | | keep it, or set its mode |
//! | a file | no | yes, or a Python buildout made it | change it |
//! | a file | no | edited since, or not ours | keep and report it; change it with `force` |
//!
//! What was built before and is no longer made is removed on the same terms. Of what a Python buildout made and nothing
//! makes any more, configurations and scripts of our recipe go if they are exactly as it made them; if not, they are kept
//! and reported. Folders are made as needed; those that
//! builds made go again once they are empty.
//!
//! An output outside the project folder is made where the manifest says so by an absolute path. One that gets there by
//! `..`, by a symbolic link or by a fetched file needs leave.
//!
//! Deliberately absent: any reading or writing, and owners (`apply` keeps those of the files it replaces).

pub mod compare;
pub mod diff;
mod generated;
pub mod installed;
mod mask;
mod planner;
pub mod problem;
mod stale;
pub mod state;
pub mod summary;
pub mod target;

use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};

use self::installed::Installed;
pub use self::planner::plan;
use self::state::{Key, State, within};

/// The folder, in the project folder, in which builds keep what they remember.
pub const RECIPE_FOLDER: &str = ".recipe";

/// What a project remembers of its builds; [`Memory::default`] before the first one.
#[derive(Clone, Debug, Default)]
pub struct Memory {
    /// What the last build left.
    pub state: State,
    /// The key of the hashes in it.
    pub key: Key,
    /// What a Python buildout left.
    pub installed: Installed,
}

/// How to plan.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// The project folder, absolute.
    pub project: Utf8PathBuf,
    /// Replace and remove files that were edited by hand, or made by others.
    pub force: bool,
    /// Let outputs leave the project folder in any way.
    pub allow_outside: bool,
    /// Nothing is wanted any more: folders that were asked for go as well, once they are empty.
    pub is_clean: bool,
    /// Of a `.cfg`: its parts of other recipes. What a Python buildout made of any other part goes when nothing makes it
    /// any more.
    pub foreign: Option<Vec<String>>,
    /// The parts to which the outputs belong, where not all were built: what other parts made is left alone.
    pub parts: Option<Vec<String>>,
}

/// What a build changes.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Plan {
    /// The project folder, absolute: paths are shown relative to it.
    pub project: Utf8PathBuf,
    /// One for each output and each file to remove, by path.
    pub changes: Vec<Change>,
    /// Folders to make, outermost first.
    pub folders: Vec<Utf8PathBuf>,
    /// Folders to remove if they are empty by then, innermost first.
    pub emptied: Vec<Utf8PathBuf>,
    /// What to remember afterwards.
    pub state: State,
    /// How many files of a build that was cut off are put in place before all this; only looking tells.
    pub unfinished: usize,
}

/// What happens at one path.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Change {
    /// Absolute.
    pub path: Utf8PathBuf,
    /// The part that makes it, or made it.
    pub part: String,
    /// What happens.
    pub action: Action,
    /// The real path on disk, where the path leads through a symbolic link.
    pub real: Option<Utf8PathBuf>,
    /// Whether it is outside the project folder.
    pub outside: bool,
    /// The file that stands there.
    pub old: Option<OldFile>,
    /// The file that is wanted there.
    pub new: Option<NewFile>,
}

/// What happens to an output.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Action {
    /// A file comes into being.
    Create,
    /// A file gets other bytes, and perhaps another mode.
    Rewrite,
    /// A file gets another mode.
    SetMode,
    /// A file that is no longer made goes.
    Remove,
    /// A folder comes into being.
    MakeFolder,
    /// All is as it should be.
    Keep,
    /// A file was edited by hand, and stays as it is.
    KeepEdited,
    /// A file was made by someone else, and stays as it is.
    KeepForeign,
}

/// A file as it stands on disk.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct OldFile {
    /// Its content; none if it is too large to be an output.
    pub bytes: Option<Vec<u8>>,
    /// Its permission bits.
    pub mode: u32,
    /// Where its secrets are: byte ranges, ascending. None where the file is not as it was built, so that they must be
    /// guessed.
    pub secrets: Option<Vec<Range<usize>>>,
}

/// A file as it is wanted.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct NewFile {
    /// Its text, secrets in clear.
    pub text: String,
    /// Its permission bits.
    pub mode: u32,
    /// Where its secrets are: byte ranges, ascending.
    pub secrets: Vec<Range<usize>>,
}

impl Plan {
    /// Whether the build would change anything on disk, or leaves something that is not as wanted.
    pub fn differs(&self) -> bool {
        self.unfinished > 0 || self.changes.iter().any(|change| change.action != Action::Keep)
    }

    /// `path` as messages show it: relative to the project folder where it lies in it.
    pub fn shown<'a>(&self, path: &'a Utf8Path) -> &'a Utf8Path {
        within(path, &self.project)
    }
}

#[cfg(test)]
mod tests;
