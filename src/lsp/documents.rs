//! The open texts, laid over the files of the disk.

use std::collections::BTreeMap;

use camino::Utf8Path;

use super::position::Text;
use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::compile::project::normalised;

/// An open text.
#[derive(Clone, Debug)]
pub(super) struct Open {
    /// As the editor names it.
    pub(super) uri: String,
    pub(super) version: i64,
    pub(super) text: Text,
    /// The root that it belongs to: itself, or what extends or includes it.
    pub(super) root: String,
}

/// All of them, by path.
#[derive(Clone, Debug, Default)]
pub(super) struct Documents(pub(super) BTreeMap<String, Open>);

impl Documents {
    pub(super) fn get(&self, path: &str) -> Option<&Open> {
        self.0.get(path)
    }

    /// These, with other texts in the place of some files, open or not.
    pub(super) fn with<'t>(&self, texts: impl Iterator<Item = (&'t str, String)>) -> Self {
        let mut all = self.clone();
        for (path, text) in texts {
            let path = if self.get(path).is_some() { path.to_owned() } else { normalised(Utf8Path::new(path)).into() };
            let text = Text::new(text);
            match all.0.get_mut(&path) {
                Some(open) => open.text = text,
                None => _ = all.0.insert(path.clone(), Open { uri: String::new(), version: 0, text, root: path }),
            }
        }
        all
    }

    /// The texts as files.
    pub(super) fn over<'a>(&'a self, files: &'a dyn ConfFiles) -> Overlay<'a> {
        Overlay { documents: self, files }
    }
}

/// What is open counts before what is on the disk.
pub(super) struct Overlay<'a> {
    documents: &'a Documents,
    files: &'a dyn ConfFiles,
}

impl Overlay<'_> {
    fn open(&self, path: &str) -> Option<&Open> {
        self.documents.get(path).or_else(|| self.documents.get(normalised(Utf8Path::new(path)).as_str()))
    }
}

impl Files for Overlay<'_> {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        self.open(path).map_or_else(|| self.files.read(path), |open| Ok(open.text.as_str().to_owned()))
    }

    fn exists(&self, path: &str) -> bool {
        self.open(path).is_some() || self.files.exists(path)
    }

    fn names(&self, folder: &str) -> Vec<String> {
        self.files.names(folder)
    }
}

impl ConfFiles for Overlay<'_> {
    fn list(&self, directory: &str) -> Vec<String> {
        self.files.list(directory)
    }

    fn home(&self, user: &str) -> Option<String> {
        self.files.home(user)
    }
}
