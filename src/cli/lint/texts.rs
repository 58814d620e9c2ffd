//! The files that are checked: those of the disk, with what fixes have made of them, and what came from stdin.

use std::cell::RefCell;
use std::collections::{BTreeMap, BTreeSet};
use std::path::Path;

use super::paths::plain;
use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::sources::host::Host;

/// Files, some of which are different.
pub(super) struct Texts {
    changed: BTreeMap<String, String>,
    input: Option<(String, Vec<u8>)>,
    /// Whether homes are those of this host.
    is_here: bool,
    /// What is no file that ends: pipes and devices. Whoever opens one may wait for ever.
    refused: RefCell<BTreeSet<String>>,
}

/// What is said of one.
const NO_FILE: &str = "is no regular file";

/// Stdin by its name.
const STDIN: &str = "/dev/stdin";

impl Texts {
    /// As the disk has them.
    pub(super) fn new(is_here: bool) -> Self {
        Self { changed: BTreeMap::new(), input: None, is_here, refused: RefCell::default() }
    }

    /// Puts what came from stdin at `name`.
    pub(super) fn set_input(&mut self, name: &str, text: Vec<u8>) {
        self.input = Some((key(name), text));
    }

    /// The name of what came from stdin.
    pub(super) fn input(&self) -> Option<&str> {
        self.input.as_ref().map(|(name, _)| name.as_str())
    }

    /// Changes a file.
    pub(super) fn set(&mut self, name: &str, text: String) {
        self.changed.insert(key(name), text);
    }

    /// All that has been changed, for [`Self::restore`].
    pub(super) fn kept(&self) -> BTreeMap<String, String> {
        self.changed.clone()
    }

    /// Goes back to what [`Self::kept`] gave.
    pub(super) fn restore(&mut self, kept: BTreeMap<String, String>) {
        self.changed = kept;
    }

    /// What has been changed, by name.
    pub(super) fn changed(&self) -> impl Iterator<Item = (&str, &str)> {
        self.changed.iter().map(|(name, text)| (name.as_str(), text.as_str()))
    }

    /// A file as it was before it was changed.
    pub(super) fn before(&self, name: &str) -> Result<String, ReadError> {
        match self.input.as_ref().filter(|(input, _)| input == name) {
            Some((_, text)) => Ok(String::from_utf8(text.clone())?),
            None => self.of_disk(name),
        }
    }

    /// What was not read as it is no regular file, a line for each.
    pub(super) fn refused(&self) -> Vec<String> {
        self.refused.borrow().iter().map(|path| format!("{path}: {NO_FILE}")).collect()
    }

    fn of_disk(&self, path: &str) -> Result<String, ReadError> {
        let is_odd = std::fs::metadata(path).is_ok_and(|found| !found.is_file() && !found.is_dir());
        if is_odd && path != STDIN {
            self.refused.borrow_mut().insert(key(path));
            return Err(ReadError::Other(NO_FILE.to_owned()));
        }
        Host.read(path)
    }
}

/// One name for a file, whether it was named from here or from the root.
fn key(name: &str) -> String {
    let here = std::env::current_dir().unwrap_or_default();
    let path = Path::new(name);
    let path = path.strip_prefix(&here).unwrap_or(path);
    plain(&path.to_string_lossy())
}

impl Files for Texts {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        if self.changed.is_empty() && self.input.is_none() {
            return self.of_disk(path);
        }
        let name = key(path);
        match self.changed.get(&name) {
            Some(text) => Ok(text.clone()),
            None if self.input.as_ref().is_some_and(|(input, _)| *input == name) => self.before(&name),
            None => self.of_disk(path),
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
