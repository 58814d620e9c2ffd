//! Which files the words of the command line mean.

use std::collections::BTreeSet;
use std::path::Path;

use walkdir::{DirEntry, WalkDir};

use crate::conf::path;
use crate::lint::kind;

/// Folders that hold nothing of the project's own.
const SKIPPED: [&str; 4] = ["target", ".git", "node_modules", ".recipe"];

/// A file to be checked.
pub(super) struct Found {
    /// As users know it.
    pub(super) path: String,
    /// Whether it was named by hand.
    pub(super) is_named: bool,
}

/// Whether a word is a path rather than a part of the manifest.
pub(super) fn is_path(word: &str) -> bool {
    word.contains(['/', '.']) || Path::new(word).exists()
}

/// The name under which stdin is checked, if it is to be; a `-` among the words is taken out.
pub(super) fn stdin(names: &mut Vec<String>, filename: Option<&str>) -> Option<String> {
    let before = names.len();
    names.retain(|name| name != "-");
    let is_asked = names.len() < before || filename.is_some();
    is_asked.then(|| filename.unwrap_or("stdin").to_owned())
}

/// A path without `.` and `..`, as those know it who read findings: unless a link on the way makes it another file.
pub(super) fn plain(path: &str) -> String {
    let plain = path::normalize(path);
    let real = |path: &str| std::fs::canonicalize(path).ok();
    if plain == path || real(&plain) == real(path) { plain } else { path.to_owned() }
}

/// The files of the words, each once, by their paths; and what cannot be looked at.
pub(super) fn files(words: &[String]) -> (Vec<Found>, Vec<String>) {
    let (mut all, mut unread) = (Vec::new(), Vec::new());
    for word in words {
        let path = Path::new(word);
        if path.is_dir() {
            folder(&plain(word), &mut all, &mut unread);
        } else if path.exists() {
            all.push(Found { path: plain(word), is_named: true });
        } else {
            unread.push(format!("{word}: no such file or folder"));
        }
    }
    let mut seen = BTreeSet::new();
    all.sort_by(|a, b| a.path.cmp(&b.path).then(b.is_named.cmp(&a.is_named)));
    all.retain(|found| seen.insert(std::fs::canonicalize(&found.path).unwrap_or_else(|_| found.path.clone().into())));
    (all, unread)
}

fn folder(word: &str, all: &mut Vec<Found>, unread: &mut Vec<String>) {
    let is_wanted = |entry: &DirEntry| {
        let name = entry.file_name().to_string_lossy();
        entry.depth() == 0 || !entry.file_type().is_dir() || !SKIPPED.contains(&&*name)
    };
    for entry in WalkDir::new(word).sort_by_file_name().into_iter().filter_entry(is_wanted) {
        match entry {
            Ok(entry) if entry.file_type().is_dir() => {}
            Ok(entry) => {
                let Some(path) = entry.path().to_str() else { continue };
                if entry.file_name().to_str().is_some_and(kind::may_be) && entry.path().is_file() {
                    let path = path.strip_prefix("./").unwrap_or(path).to_owned();
                    all.push(Found { path, is_named: false });
                }
            }
            Err(error) => {
                let path = error.path().map_or_else(|| word.to_owned(), |path| path.display().to_string());
                let why = error.io_error().map_or_else(|| "a loop of links".to_owned(), crate::sources::disk::reason);
                unread.push(format!("{path}: {why}"));
            }
        }
    }
}
