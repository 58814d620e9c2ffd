//! The files that are checked: those of the disk, with what fixes have made of them, and what came from stdin.

use std::collections::BTreeMap;
use std::path::Path;

use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::sources::host::Host;

/// Files, some of which are different.
pub(super) struct Texts {
    changed: BTreeMap<String, String>,
    input: Option<(String, Vec<u8>)>,
    /// Whether homes are those of this host.
    is_here: bool,
}

impl Texts {
    /// As the disk has them.
    pub(super) fn new(is_here: bool) -> Self {
        Self { changed: BTreeMap::new(), input: None, is_here }
    }

    /// Puts what came from stdin at `name`.
    pub(super) fn set_input(&mut self, name: String, text: Vec<u8>) {
        self.input = Some((name, text));
    }

    /// The name of what came from stdin.
    pub(super) fn input(&self) -> Option<&str> {
        self.input.as_ref().map(|(name, _)| name.as_str())
    }

    /// Changes a file.
    pub(super) fn set(&mut self, name: &str, text: String) {
        self.changed.insert(key(name), text);
    }

    /// What has been changed, by name.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.changed.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// A file as it was before it was changed.
    pub(super) fn before(&self, name: &str) -> Result<String, ReadError> {
        match self.input.as_ref().filter(|(input, _)| key(input) == name) {
            Some((_, text)) => Ok(String::from_utf8(text.clone())?),
            None => Host.read(name),
        }
    }
}

/// One name for a file, whether it was named from here or from the root.
fn key(name: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(name);
    let path = path.strip_prefix(&here).unwrap_or(path);
    path.strip_prefix(".").unwrap_or(path).to_string_lossy().into_owned()
}

impl Files for Texts {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        if self.changed.is_empty() && self.input.is_none() {
            return Host.read(path);
        }
        let name = key(path);
        match self.changed.get(&name) {
            Some(text) => Ok(text.clone()),
            None if self.input.as_ref().is_some_and(|(input, _)| key(input) == name) => self.before(&name),
            None => Host.read(path),
        }
    }

    fn exists(&self, path: &str) -> bool {
        Host.exists(path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        crate::sources::disk::Disk.names(folder)
    }
}

impl ConfFiles for Texts {
    fn list(&self, directory: &str) -> Vec<String> {
        Host.list(directory)
    }

    fn home(&self, user: &str) -> Option<String> {
        if self.is_here { Host.home(user) } else { None }
    }
}
