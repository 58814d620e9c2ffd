//! A host in memory: a few files, or none, and nothing else. For what depends on no host, and for tests.

use std::collections::BTreeMap;

use super::seams::{ConfFiles, Fetch, FetchError, Files, ReadError, Secrets};

/// What every password is.
const STANDIN: &str = "password";

/// Files by their paths. No user has a home, no variable is set, no URL is asked, and every password is known.
#[derive(Clone, Debug, Default)]
pub struct Memory(BTreeMap<String, String>);

impl Memory {
    /// With these files.
    pub fn of(files: &[(&str, &str)]) -> Self {
        Self(files.iter().map(|(path, text)| ((*path).to_owned(), (*text).to_owned())).collect())
    }
}

impl Files for Memory {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn exists(&self, path: &str) -> bool {
        self.0.contains_key(path) || self.0.keys().any(|name| is_below(name, path))
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.list(folder)
    }
}

fn is_below(path: &str, folder: &str) -> bool {
    path.strip_prefix(folder).is_some_and(|rest| rest.starts_with('/'))
}

impl ConfFiles for Memory {
    fn list(&self, directory: &str) -> Vec<String> {
        let names = self.0.keys().filter_map(|path| path.strip_prefix(directory)?.strip_prefix('/'));
        names.map(|rest| rest.split('/').next().unwrap_or(rest).to_owned()).collect()
    }

    fn home(&self, _user: &str) -> Option<String> {
        None
    }
}

impl Fetch for Memory {
    fn fetch(&self, _url: &str, _offline: bool) -> Result<String, FetchError> {
        Err(FetchError::Skipped)
    }
}

impl Secrets for Memory {
    fn env(&self, _name: &str) -> Option<String> {
        None
    }

    fn secret_env(&self, _name: &str) -> Option<String> {
        Some(STANDIN.to_owned())
    }

    fn file(&self, _path: &str) -> Result<String, ReadError> {
        Ok(STANDIN.to_owned())
    }

    fn command(&self, _words: &[String], _directory: &str) -> Result<String, String> {
        Ok(STANDIN.to_owned())
    }

    fn generated(&self, _part: &str, _length: usize) -> Result<String, String> {
        Ok(STANDIN.to_owned())
    }
}
