//! What can go wrong on disk, and all words for it.

use std::io::{Error, ErrorKind};

use camino::{Utf8Path, Utf8PathBuf};

use crate::base::{Diagnostic, Severity};
use crate::compile::plan::RECIPE_FOLDER;
use crate::compile::plan::state::StateError;

/// Something that the disk, or what is on it, did not allow.
#[derive(Debug)]
pub enum Problem {
    /// An operation failed.
    Failed {
        /// What was tried: a verb, as after "cannot".
        doing: &'static str,
        /// On what.
        path: Utf8PathBuf,
        /// Why not.
        error: Error,
    },
    /// Files cannot be made in a folder.
    Unwritable {
        /// The folder.
        folder: Utf8PathBuf,
        /// Why not.
        error: Error,
    },
    /// The state is not readable as such.
    BadState {
        /// Its file.
        path: Utf8PathBuf,
        /// Why not.
        why: StateError,
    },
    /// The key of the state's hashes is none.
    BadKey {
        /// Its file.
        path: Utf8PathBuf,
    },
    /// The journal of a build that was cut off is none.
    BadJournal {
        /// Its file.
        path: Utf8PathBuf,
        /// Why not.
        why: String,
    },
    /// Two outputs are one file, by way of symbolic links.
    SameFile {
        /// The file.
        path: Utf8PathBuf,
    },
    /// A build was cut off; whoever only looks sees it as it will be.
    CutOff,
    /// A build was cut off, and what it had left to do is done.
    Completed,
    /// A build was cut off, and what it had prepared is removed.
    TakenBack,
}

impl Problem {
    /// Whether it is that the file system takes no writes at all.
    pub(super) fn is_read_only(&self) -> bool {
        matches!(self, Self::Failed { error, .. } if error.kind() == ErrorKind::ReadOnlyFilesystem)
    }
}

/// For `map_err`: what was tried on which path.
pub(super) fn failed(doing: &'static str, path: &Utf8Path) -> impl FnOnce(Error) -> Problem {
    let path = path.to_owned();
    move |error| Problem::Failed { doing, path, error }
}

/// The system's words for `error`, without its number.
pub(super) fn words(error: &Error) -> String {
    let text = error.to_string();
    let text = text.split(" (os error").next().unwrap_or_default();
    let mut letters = text.chars();
    letters.next().map_or(String::new(), |first| first.to_lowercase().chain(letters).collect())
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Failed { doing, path, error } => failure(doing, &path, &error),
            Problem::Unwritable { folder, error } => {
                let finding = Self::error("unwritable", None, format!("cannot write in `{folder}`: {}", words(&error)));
                finding.help("nothing was changed")
            }
            Problem::BadState { path, why: StateError::Malformed(why) } => {
                Self::error("bad-state", None, format!("cannot read `{path}`: {why}"))
                    .help("if it cannot be restored, remove it: files that differ are then kept until `--force`")
            }
            Problem::BadState { path, why: StateError::Version(version) } => {
                Self::error("bad-state", None, format!("`{path}` is of version {version}, which is not known here"))
                    .help("a later `recipe` wrote it: use that one")
            }
            Problem::BadKey { path } => Self::error("bad-state", None, format!("`{path}` holds no key"))
                .help("remove it: files that differ from what is wanted are then kept until `--force`"),
            Problem::BadJournal { path, why } => Self::error(
                "bad-journal",
                None,
                format!("cannot read `{path}`, the journal of a build that was cut off: {why}"),
            )
            .help("remove it and build again; look for files named `.*.recipe-new`"),
            Problem::SameFile { path } => {
                Self::error("duplicate-output", None, format!("two outputs lead to `{path}` through symbolic links"))
                    .help("give one of them another path")
            }
            Problem::Completed => {
                Self::new(Severity::Info, "cut-off", None, "the last build was cut off and is now completed")
            }
            Problem::TakenBack => {
                Self::new(Severity::Info, "cut-off", None, "the last build was cut off and is taken back")
            }
            Problem::CutOff => Self::warning("cut-off", None, "the last build was cut off; the next one completes it"),
        }
    }
}

fn failure(doing: &str, path: &Utf8Path, error: &Error) -> Diagnostic {
    let finding = Diagnostic::error("io", None, format!("cannot {doing} `{path}`: {}", words(error)));
    match error.kind() {
        ErrorKind::StorageFull | ErrorKind::QuotaExceeded => {
            finding.help("all outputs are as before; free some space and build again")
        }
        ErrorKind::PermissionDenied if path.parent().is_some_and(|folder| folder.ends_with(RECIPE_FOLDER)) => {
            finding.help("what builds remember is for the user alone who builds here: do it as that user")
        }
        _ => finding,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_for_another_user_is_told_as_such() {
        let help = |path: &str| {
            let error = Error::from(ErrorKind::PermissionDenied);
            Diagnostic::from(failed("read", Utf8Path::new(path))(error)).help
        };
        assert_eq!(help("/p/bin/a"), [""; 0]);
        assert!(help("/p/.recipe/key")[0].contains("as that user"));
    }
}
