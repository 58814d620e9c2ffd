//! The texts of a configuration: the main file, and those that its `[include]` names.
//!
//! `%(here)s` means the folder of the file it stands in. So, when there are includes, it is replaced in each file's
//! values before the next file is read over them; values of the sections proper are expanded only later.

use super::expand::{Environ, Label, Scope, expand};
use super::format::Value as Name;
use super::glob::glob;
use super::ini::Ini;
use super::path;
use super::problem::{Finding, Problem};
use super::python::is_space;
use crate::base::seams::{ConfFiles, ReadError};
use crate::base::{FileId, Sources, Span};

/// What a configuration depends on besides its text.
#[derive(Clone, Copy)]
pub struct Context<'a> {
    /// The disk, for `[include]`, and homes, for `~`.
    pub files: &'a dyn ConfFiles,
    /// The daemon's environment at its start.
    pub environ: &'a Environ,
    /// The name of the host.
    pub host_node_name: &'a str,
    /// The absolute directory of the process, against which paths are made absolute.
    pub directory: &'a str,
    /// The system's folder for temporary files.
    pub tempdir: &'a str,
}

impl Context<'_> {
    /// `path` with `~` at its start replaced.
    pub(super) fn expand_user(&self, path: &str) -> String {
        path::expand_user(path, self.environ.get("HOME"), self.files)
    }

    /// `path` with `~` replaced, absolute and normalised.
    pub(super) fn normalize(&self, path: &str) -> String {
        path::absolute(self.directory, &self.expand_user(path))
    }
}

/// Something the original tells when the daemon starts, once there is a log.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notice {
    /// The stable name of the rule.
    pub code: &'static str,
    /// The original's text.
    pub text: String,
    /// Its place.
    pub span: Option<Span>,
}

/// The texts of a configuration by number, the main file first.
#[derive(Debug, Default)]
pub struct Loaded {
    files: Vec<(FileId, String)>,
    has_include: bool,
    /// What is wrong with `[include]` or with reading what it names.
    pub findings: Vec<Finding>,
    /// Patterns that match nothing, files that cannot be read.
    pub warnings: Vec<Notice>,
    /// The files included.
    pub infos: Vec<String>,
}

/// Adds the main file, named `path`, and what it includes to `sources`.
pub fn load(sources: &mut Sources, path: &str, text: String, context: &Context<'_>) -> Loaded {
    let main = sources.add(path, text);
    let mut loaded = Loaded { files: vec![(main, path.to_owned())], ..Loaded::default() };
    let patterns = loaded.patterns(sources.text(main), context);
    let base = here(path, context);
    for (pattern, span) in patterns {
        loaded.include(sources, &path::join(&base, &pattern), span, context.files);
    }
    loaded
}

/// The absolute folder of the file `path`.
pub(super) fn here(path: &str, context: &Context<'_>) -> String {
    path::absolute(context.directory, path::dirname(path))
}

impl Loaded {
    /// The patterns of `[include]`, each with its place.
    fn patterns(&mut self, text: &str, context: &Context<'_>) -> Vec<(String, Span)> {
        let (main, path) = (self.files[0].0, &self.files[0].1);
        let mut ini = Ini::new();
        ini.read(main, path, text);
        let Some(section) = ini.section("include") else { return Vec::new() };
        self.has_include = true;
        let Some(value) = ini.get_in(section, "files") else {
            self.findings.push(Finding::new(Problem::IncludeWithoutFiles, section.span));
            return Vec::new();
        };
        let here = here(path, context);
        let scope = Scope::new(context.environ)
            .with("here", Name::Text(&here))
            .with("host_node_name", Name::Text(context.host_node_name));
        match expand(&value.text(), &scope, Label::Bare("include.files")) {
            Ok(text) => words(&text).map(|(at, word)| (word.to_owned(), place(value, &text, at, word))).collect(),
            Err(problem) => {
                self.findings.push(Finding::new(problem, value.span()));
                Vec::new()
            }
        }
    }

    fn include(&mut self, sources: &mut Sources, pattern: &str, span: Span, files: &dyn ConfFiles) {
        let paths = glob(pattern, files);
        if paths.is_empty() {
            let text = format!("No file matches via include \"{pattern}\"");
            self.warnings.push(Notice { code: "conf-include-empty", text, span: Some(span) });
        }
        for path in paths {
            self.infos.push(format!("Included extra file \"{path}\" during parsing"));
            match files.read(&path) {
                Ok(text) => self.files.push((sources.add(path.as_str(), text), path)),
                Err(ReadError::NotFound | ReadError::Other(_)) => self.unreadable(&path, span),
                Err(why) => {
                    let problem = Problem::Unreadable { path, why: why.to_string() };
                    self.findings.push(Finding::new(problem, span));
                }
            }
        }
    }

    /// The original passes over such a file without a word.
    fn unreadable(&mut self, path: &str, span: Span) {
        let text = format!("Could not read included file \"{path}\"");
        self.warnings.push(Notice { code: "conf-include-unreadable", text, span: Some(span) });
    }

    /// All files read one over the other.
    pub fn ini<'a>(&self, sources: &'a Sources, context: &Context<'_>) -> Ini<'a> {
        let mut ini = Ini::new();
        for (file, path) in &self.files {
            ini.read(*file, path, sources.text(*file));
            if self.has_include {
                let here = here(path, context);
                ini.replace(*file, |text| replace_here(text, &here));
            }
        }
        ini
    }

    /// The numbers of all files, the main file first.
    pub fn files(&self) -> impl Iterator<Item = FileId> {
        self.files.iter().map(|(file, _)| *file)
    }

    /// The place of what is missing from the whole: the start of the main file.
    pub fn start(&self) -> Option<Span> {
        self.files().next().map(|main| Span::new(main, 0, 0))
    }

    /// The path of a file, as messages name it.
    pub fn path(&self, file: FileId) -> &str {
        self.files.iter().find(|(id, _)| *id == file).map_or(&self.files[0].1, |(_, path)| path)
    }
}

/// Words between blanks, with their offsets.
fn words(text: &str) -> impl Iterator<Item = (usize, &str)> {
    let mut end = 0;
    text.split_inclusive(is_space).filter_map(move |piece| {
        let start = end;
        end += piece.len();
        let word = piece.trim_end_matches(is_space);
        (!word.is_empty()).then_some((start, word))
    })
}

/// Where a word of an expanded value stands; the whole value where it was expanded.
fn place(value: &super::ini::Value<'_>, expanded: &str, at: usize, word: &str) -> Span {
    if value.text() == expanded { value.part(at, at + word.len()) } else { value.span() }
}

/// `text` with `%(here)s` replaced; none where it does not occur. A doubled `%` is no expansion, and stays (the
/// original does not look at that).
fn replace_here(text: &str, here: &str) -> Option<String> {
    const HERE: &str = "%(here)s";
    if !text.contains(HERE) {
        return None;
    }
    let mut out = String::with_capacity(text.len() + here.len());
    let mut rest = text;
    while let Some(percent) = rest.find('%') {
        let (before, after) = rest.split_at(percent);
        out.push_str(before);
        if let Some(after) = after.strip_prefix(HERE) {
            // The value is expanded yet.
            out.push_str(&super::expand::escape(here));
            rest = after;
        } else {
            let length = if after.starts_with("%%") { 2 } else { 1 };
            out.push_str(&after[..length]);
            rest = &after[length..];
        }
    }
    out.push_str(rest);
    Some(out)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn here_is_replaced_where_it_is_an_expansion() {
        let replaced = |text| replace_here(text, "/a%b");
        assert_eq!(replaced("x"), None);
        assert_eq!(replaced("%(here)s/x %(y)s"), Some("/a%%b/x %(y)s".to_owned()));
        assert_eq!(replaced("%%(here)s %%%(here)s %"), Some("%%(here)s %%/a%%b %".to_owned()));
    }

    #[test]
    fn words_know_their_place() {
        assert_eq!(words(" a\n b ").collect::<Vec<_>>(), [(1, "a"), (4, "b")]);
    }
}
