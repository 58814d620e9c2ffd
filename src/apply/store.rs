//! The folder `.recipe` of a project: what builds remember there, and the names of its files.

use std::cell::RefCell;
use std::fs::{self, File};
use std::io::{self, ErrorKind};

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::Disk;
use super::journal::Journal;
use super::problem::{Problem, failed};
use super::site::Site;
use crate::compile::plan::Memory;
use crate::compile::plan::installed::Installed;
use crate::compile::plan::state::{Key, State};

/// The folder.
#[derive(Debug)]
pub(super) struct Store<'a> {
    pub(super) site: &'a Site,
    folder: Utf8PathBuf,
    /// The key, if it was made just now.
    new_key: RefCell<Option<File>>,
}

impl<'a> Store<'a> {
    pub(super) fn new(site: &'a Site) -> Self {
        Self { site, folder: site.recipe_folder(), new_key: RefCell::new(None) }
    }

    pub(super) fn folder(&self) -> &Utf8Path {
        &self.folder
    }

    /// Keeps builds apart.
    pub(super) fn lock(&self) -> Utf8PathBuf {
        self.folder.join("lock")
    }

    /// What the last build left.
    pub(super) fn state(&self) -> Utf8PathBuf {
        self.folder.join("state.toml")
    }

    /// The key of the hashes in it.
    pub(super) fn key(&self) -> Utf8PathBuf {
        self.folder.join("key")
    }

    /// Keeps all of it out of repositories.
    pub(super) fn gitignore(&self) -> Utf8PathBuf {
        self.folder.join(".gitignore")
    }

    /// The program that the scripts of the project run.
    pub(super) fn runtime(&self) -> Utf8PathBuf {
        self.folder.join("runtime")
    }

    /// What a build is preparing.
    pub(super) fn intent(&self) -> Utf8PathBuf {
        self.folder.join("journal.new")
    }

    /// What a build is doing: from here on it is completed, not taken back.
    pub(super) fn journal(&self) -> Utf8PathBuf {
        self.folder.join("journal")
    }

    /// Makes the folder, and those around it.
    pub(super) fn make(&self, disk: &dyn Disk) -> Result<(), Problem> {
        let is_missing = |folder: &&Utf8Path| !folder.exists();
        let mut missing: Vec<&Utf8Path> = self.folder.ancestors().take_while(is_missing).collect();
        missing.reverse();
        for folder in missing {
            match disk.make_folder(folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists => {}
                result => result.map_err(failed("make the folder", folder))?,
            }
        }
        Ok(())
    }

    /// The key; made, with the rest of what the folder needs, if there is none.
    pub(super) fn key_or_new(&self, disk: &dyn Disk) -> Result<Key, Problem> {
        if let Some(key) = self.known_key()? {
            return Ok(key);
        }
        let mut bytes = [0; 32];
        let no_bytes = |error: getrandom::Error| io::Error::other(error.to_string());
        getrandom::fill(&mut bytes).map_err(no_bytes).map_err(failed("find random bytes for", &self.key()))?;
        let key = Key::new(bytes);
        self.put_key(disk, &key)?;
        let ignore = disk.write(&self.gitignore(), b"*\n", 0o644, None);
        ignore.map_err(failed("write", &self.gitignore()))?;
        Ok(key)
    }

    /// A key that was made just now and is not durable yet: to be synced before anything that was hashed with it.
    pub(super) fn new_key(&self) -> Option<File> {
        self.new_key.take()
    }

    /// Writes the key, whole or not at all: half a key would make the state useless.
    fn put_key(&self, disk: &dyn Disk, key: &Key) -> Result<(), Problem> {
        let (path, temporary) = (self.key(), self.temporary(&self.key()));
        let written = disk.write(&temporary, key.write().as_bytes(), 0o600, None);
        let result =
            written.and_then(|file| disk.rename(&temporary, &path).map(|()| drop(self.new_key.replace(Some(file)))));
        if result.is_err() {
            let _ = disk.remove(&temporary);
        }
        result.map_err(failed("write", &path))
    }

    fn temporary(&self, path: &Utf8Path) -> Utf8PathBuf {
        self.folder.join(format!(".{}.recipe-new", path.file_name().unwrap_or_default()))
    }

    /// Makes `.recipe/runtime` lead to `program`.
    pub(super) fn set_runtime(&self, disk: &dyn Disk, program: &Utf8Path) -> Result<(), Problem> {
        let (link, temporary) = (self.runtime(), self.temporary(&self.runtime()));
        let result = disk.remove(&temporary).and_then(|()| match link.read_link_utf8() {
            Ok(there) if there == program => Ok(()),
            _ => disk.link(program, &temporary).and_then(|()| disk.rename(&temporary, &link)),
        });
        result.map_err(failed("link", &link))
    }

    /// The key, if there is one. An empty file is what a power cut left before the first build was durable.
    pub(super) fn known_key(&self) -> Result<Option<Key>, Problem> {
        let path = self.key();
        let Some(text) = read(&path)?.filter(|text| !text.is_empty()) else { return Ok(None) };
        Key::read(&text).map(Some).ok_or(Problem::BadKey { path })
    }

    /// The journal at `path`, if there is one.
    pub(super) fn read_journal(&self, path: &Utf8Path) -> Result<Option<Journal>, Problem> {
        let Some(text) = read(path)? else { return Ok(None) };
        let read = Journal::read(&text, &self.site.folder());
        read.map(Some).map_err(|why| Problem::BadJournal { path: path.to_owned(), why })
    }

    /// What the project remembers, its state read from `state`; no key means that it remembers nothing yet.
    pub(super) fn memory(&self, key: Option<Key>, state: &Utf8Path) -> Result<Memory, Problem> {
        let project = &self.site.project;
        let state = match read(state)? {
            Some(text) => {
                State::read(&text, project).map_err(|why| Problem::BadState { path: state.to_owned(), why })?
            }
            None => State::default(),
        };
        let installed = read(&self.site.folder().join(".installed.cfg"))?;
        let installed = installed.map(|text| Installed::read(&text, project)).unwrap_or_default();
        Ok(Memory { state, key: key.unwrap_or_default(), installed })
    }
}

/// The text of a file, whatever its bytes; nothing where there is none.
fn read(path: &Utf8Path) -> Result<Option<String>, Problem> {
    match fs::read(path) {
        Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(None),
        Err(error) => Err(failed("read", path)(error)),
    }
}
