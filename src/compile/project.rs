//! A manifest with all files merged and all references resolved: what the parts are built from.

use camino::{Utf8Path, Utf8PathBuf};

use super::document::Table;
use super::parts::Kind;
use super::sections::History;
use crate::base::{FileId, Span};

/// The resolved manifest.
#[derive(Debug)]
pub struct Project {
    /// `[project] name`; for a `.cfg`, the name of its folder.
    pub name: String,
    /// The manifest as the user named it, for headers and messages.
    pub manifest: String,
    /// Whether it is a `.cfg`: buildout's rules for texts, names and layouts hold.
    pub is_cfg: bool,
    /// The project folder, absolute. Relative paths of the manifest are relative to it.
    pub directory: Utf8PathBuf,
    /// Where scripts go, absolute.
    pub bin_directory: Utf8PathBuf,
    /// Where each part has its folder, absolute.
    pub parts_directory: Utf8PathBuf,
    /// Where templates that override the built-in ones are, absolute.
    pub templates_directory: Utf8PathBuf,
    /// The parts to build, in order: what is referenced comes before what refers to it.
    pub parts: Vec<Part>,
    /// For a `.cfg`: all other sections that any part's kind collects (`*-program`), resolved. Native: empty.
    pub collected: Vec<(String, Table)>,
    /// Sections that nothing uses: data that is never referred to; in a `.cfg`, also parts that are not listed.
    pub unused: Vec<Unused>,
    /// Values of a native `[project]` that are none of its own options and that nothing refers to.
    pub unused_values: Vec<Unused>,
    /// The files that came from a URL: an output path written in one of them is [`super::output::Place::Confined`].
    pub fetched: Vec<FileId>,
    /// How each value came to be, if it was asked for.
    pub history: Option<History>,
    /// Whether it is a `.cfg` that lists no parts. Its sections are checked as if they were listed, but it builds nothing.
    pub is_fragment: bool,
}

/// A section with a recipe.
#[derive(Debug)]
pub struct Part {
    /// Its name.
    pub name: String,
    /// Where its section begins.
    pub span: Span,
    /// What it is.
    pub kind: &'static Kind,
    /// The `recipe` as written, such as `zc.recipe.egg:scripts`.
    pub recipe: String,
    /// All its options, references resolved, defaults of the kind (`location`) filled in. Secrets are marked.
    pub table: Table,
    /// For a `.cfg`: the options that values anywhere refer to. Native: empty.
    pub referred: Vec<Box<str>>,
    /// Native: the parts of whose ports it makes use, each with the place of the reference.
    pub uses: Vec<(String, Span)>,
}

/// A section, or a value, that nothing uses.
#[derive(Debug)]
pub struct Unused {
    /// Its name.
    pub name: String,
    /// Where it begins.
    pub span: Span,
    /// Its recipe as written, if it would be a part.
    pub recipe: Option<String>,
}

impl Project {
    /// Whether `span` is in a file that came from a URL.
    pub fn is_fetched(&self, span: Span) -> bool {
        self.fetched.contains(&span.file)
    }

    /// `path` made absolute against the project folder, without `.` and `..`.
    pub fn absolute(&self, path: &str) -> Utf8PathBuf {
        normalised(&self.directory.join(path))
    }

    /// The manifest's name without folders: what outputs may say of it, as they must not depend on where it was called
    /// from.
    pub fn manifest_name(&self) -> &str {
        Utf8Path::new(&self.manifest).file_name().unwrap_or(&self.manifest)
    }
}

/// `path` without `.`, `..` and doubled slashes, worked out on the text alone as Python's `os.path.normpath` does.
pub fn normalised(path: &Utf8Path) -> Utf8PathBuf {
    let mut out = Utf8PathBuf::new();
    for component in path.components() {
        match component.as_str() {
            "." => {}
            ".." if out.file_name().is_some_and(|name| name != "..") => {
                out.pop();
            }
            ".." if out.as_str() == "/" => {}
            name => out.push(name),
        }
    }
    if out.as_str().is_empty() { Utf8PathBuf::from(".") } else { out }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn paths_are_normalised_as_python_does() {
        let cases = [("/a/./b//c/../d", "/a/b/d"), ("/../a", "/a"), ("a/..", "."), ("../../a", "../../a"), ("/", "/")];
        for (path, expected) in cases {
            assert_eq!(normalised(Utf8Path::new(path)), expected, "{path}");
        }
    }
}
