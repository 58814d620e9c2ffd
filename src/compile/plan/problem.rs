//! What can be wrong with a plan, and all words for it.

use camino::Utf8PathBuf;

use crate::base::{Diagnostic, Span, list};

const IN_THE_WAY: &str = "move it away (`recipe clean` does so with what builds made), or choose another path";

/// Something that keeps a plan, or one of its changes, from being carried out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// Two parts make the same path.
    Duplicate {
        /// The path, as it is shown.
        path: Utf8PathBuf,
        /// The first part and the place that asks for it.
        first: (String, Span),
        /// The second.
        second: (String, Span),
    },
    /// One output would have to be a file and a folder.
    Nested {
        /// The file.
        file: Utf8PathBuf,
        /// The path below it.
        below: Utf8PathBuf,
        /// What asks for the path below.
        span: Span,
    },
    /// The path is where the builds keep their own files.
    Reserved {
        /// The path.
        path: Utf8PathBuf,
        /// What asks for it.
        span: Span,
    },
    /// The path leaves the project folder and nobody said that it may.
    Outside {
        /// The path.
        path: Utf8PathBuf,
        /// Where a symbolic link leads it, if that is the reason.
        link: Option<Utf8PathBuf>,
        /// What asks for it.
        span: Span,
    },
    /// A file is wanted where the project folder is, or one that holds it.
    OverProject {
        /// The path.
        path: Utf8PathBuf,
        /// What asks for it.
        span: Span,
    },
    /// A file is wanted where something else stands.
    NotAFile {
        /// The path.
        path: Utf8PathBuf,
        /// What is there.
        is: &'static str,
        /// What asks for it.
        span: Span,
    },
    /// A folder is wanted where something else stands.
    NotAFolder {
        /// The path.
        path: Utf8PathBuf,
        /// What is there.
        is: &'static str,
        /// What asks for it.
        span: Span,
    },
    /// What stands there cannot be looked at.
    Unreadable {
        /// The path.
        path: Utf8PathBuf,
        /// The system's words.
        why: String,
        /// What asks for it; none for what an earlier build made.
        span: Option<Span>,
    },
    /// Nothing is made any more.
    NothingLeft {
        /// How many files builds made.
        count: usize,
    },
    /// The file was changed since the last build, and is kept.
    Edited {
        /// The path.
        path: Utf8PathBuf,
        /// What asks for it; none where nothing does any more.
        span: Option<Span>,
    },
    /// The file was made by a Python buildout for a part, perhaps edited since, and is kept.
    LeftByBuildout {
        /// The path.
        path: Utf8PathBuf,
        /// The part.
        part: String,
    },
    /// The file was made by someone else, and is kept.
    Foreign {
        /// The path.
        path: Utf8PathBuf,
        /// What asks for it.
        span: Span,
    },
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::Duplicate { path, first, second } => {
                Self::error("duplicate-output", second.1, format!("`{path}` is made by two parts"))
                    .note(format!("part `{}` makes it", second.0))
                    .label(first.1, format!("part `{}` makes it first", first.0))
                    .help("give one of them another path")
            }
            Problem::Nested { file, below, span } => {
                Self::error("nested-output", span, format!("`{below}` lies below `{file}`, which is a file"))
                    .help("give one of them another path")
            }
            Problem::Reserved { path, span } => {
                Self::error("reserved-output", span, format!("`{path}` is where builds keep their own files"))
                    .help("choose a path outside `.recipe`")
            }
            Problem::Outside { path, link, span } => outside(&path, link, span),
            Problem::OverProject { path, span } => {
                Self::error("not-a-file", span, format!("`{path}` cannot be a file: the project is in it"))
                    .help("give the path of a file, such as `etc/x.conf`")
            }
            Problem::NotAFile { path, is, span } => {
                Self::error("not-a-file", span, format!("`{path}` must be a file, but {is} is there")).help(IN_THE_WAY)
            }
            Problem::NotAFolder { path, is, span } => {
                Self::error("not-a-folder", span, format!("`{path}` must be a folder, but {is} is there"))
                    .help(IN_THE_WAY)
            }
            Problem::Unreadable { path, why, span } => {
                Self::error("unreadable-output", span, format!("cannot look at `{path}`: {why}"))
            }
            Problem::NothingLeft { count } => {
                let files = list::count(count, "file that builds made", "files that builds made");
                Self::error("nothing-left", None, format!("the manifest makes nothing, and {files} would be removed"))
                    .help("`recipe clean` removes all of them, if that is meant")
            }
            Problem::Edited { path, span: Some(span) } => {
                Self::warning("edited-by-hand", span, format!("`{path}` was edited since the last build and is kept"))
                    .help("`recipe diff` shows what was edited; `recipe build --force` replaces the file")
            }
            Problem::Edited { path, span: None } => {
                let message = format!("`{path}` is no longer made, but was edited since the last build and is kept");
                Self::warning("edited-by-hand", None, message).help("remove it by hand, or with `--force`")
            }
            Problem::LeftByBuildout { path, part } => {
                let message = format!(
                    "`{path}` is left of part `{part}` of a Python buildout; it is not quite as that made it, and is kept"
                );
                Self::warning("not-made-here", None, message).help("remove it by hand, or with `--force`")
            }
            Problem::Foreign { path, span } => {
                Self::warning("not-made-here", span, format!("`{path}` was not made by a build and is kept"))
                    .help("`recipe diff` shows how it differs; `recipe build --force` replaces the file")
            }
        }
    }
}

fn outside(path: &Utf8PathBuf, link: Option<Utf8PathBuf>, span: Span) -> Diagnostic {
    let message = match link {
        Some(to) => format!("`{path}` leads outside the project folder, to `{to}`, through a symbolic link"),
        None => format!("`{path}` is outside the project folder"),
    };
    Diagnostic::error("outside-project", span, message)
        .help("choose a path in the project folder, or allow it with `--allow-outside`")
}
