//! What a build is about to do, on disk before it does it, so that the next one can finish it or take it back.

use std::collections::HashMap;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt;

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use crate::compile::plan::state::{Hash, Key, within};

/// Longer names get a temporary name of their own, as names are limited to 255 bytes.
const LONGEST_NAME: usize = 200;

/// One file that comes, changes or goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Step {
    /// Its real path on disk.
    pub(super) path: Utf8PathBuf,
    /// The hash of the file that is there before; none if there is none.
    pub(super) was: Option<Hash>,
    /// The hash and the mode of the file that is there afterwards; none if there is none.
    pub(super) is: Option<(Hash, u32)>,
}

/// What a step still has to do, once a build is known to have been cut off.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Rest {
    /// The new file has to be put in place.
    Put,
    /// The old file has to go.
    Remove,
    /// Nothing: it was done, or someone edited the file since.
    Nothing,
}

impl Step {
    /// The name beside the file under which the new file waits, and the old one goes.
    pub(super) fn temporary(&self) -> Utf8PathBuf {
        let name = self.path.file_name().unwrap_or_default();
        let name = match name.len() {
            0..=LONGEST_NAME => format!(".{name}.recipe-new"),
            _ => format!(".{}.recipe-new", &blake3::hash(name.as_bytes()).to_hex()[..16]),
        };
        self.path.with_file_name(name)
    }

    /// What is left to do, going by what stands there.
    pub(super) fn rest(&self, key: &Key) -> io::Result<Rest> {
        let here = stands(&self.path, key)?;
        let is_untouched = here.map(|(hash, _)| hash) == self.was;
        Ok(match self.is {
            _ if !is_untouched => Rest::Nothing,
            None if self.was.is_some() => Rest::Remove,
            Some(_) if here != self.is && stands(&self.temporary(), key)? == self.is => Rest::Put,
            _ => Rest::Nothing,
        })
    }
}

/// The hash and mode of the file at `path`, if there is one.
fn stands(path: &Utf8Path, key: &Key) -> io::Result<Option<(Hash, u32)>> {
    match fs::symlink_metadata(path) {
        Ok(meta) if meta.is_file() => {
            let mode = meta.permissions().mode() & 0o7777;
            Ok(Some((key.hash_reader(File::open(path)?)?, mode)))
        }
        Ok(_) => Ok(None),
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::NotADirectory) => Ok(None),
        Err(error) => Err(error),
    }
}

/// All that one build does.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Journal {
    /// In the order in which they are done.
    pub(super) steps: Vec<Step>,
    /// Folders that are made, outermost first.
    pub(super) made: Vec<Utf8PathBuf>,
    /// Folders that go if they are empty, innermost first.
    pub(super) emptied: Vec<Utf8PathBuf>,
}

#[derive(Default, Serialize, Deserialize)]
#[serde(default)]
struct Text {
    made: Vec<String>,
    emptied: Vec<String>,
    step: Vec<Line>,
}

#[derive(Serialize, Deserialize)]
struct Line {
    path: String,
    #[serde(skip_serializing_if = "Option::is_none")]
    was: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    is: Option<String>,
    #[serde(default, skip_serializing_if = "Option::is_none")]
    mode: Option<u32>,
}

impl Journal {
    /// Whether there is nothing to do.
    pub(super) fn is_empty(&self) -> bool {
        self.steps.is_empty() && self.made.is_empty() && self.emptied.is_empty()
    }

    /// Its text; paths in `folder` are relative to it.
    pub(super) fn write(&self, folder: &Utf8Path) -> String {
        let short = |paths: &[Utf8PathBuf]| paths.iter().map(|path| within(path, folder).to_string()).collect();
        let text = Text {
            made: short(&self.made),
            emptied: short(&self.emptied),
            step: self.steps.iter().map(|step| Line::new(step, folder)).collect(),
        };
        toml::to_string(&text).expect("invariant: tables of strings and numbers are TOML")
    }

    /// The journal from its text, or why it is none.
    pub(super) fn read(text: &str, folder: &Utf8Path) -> Result<Self, String> {
        let text: Text = toml::from_str(text).map_err(|why| why.message().to_owned())?;
        let long = |paths: Vec<String>| paths.iter().map(|path| folder.join(path)).collect();
        Ok(Self {
            made: long(text.made),
            emptied: long(text.emptied),
            steps: text.step.into_iter().map(|line| line.into_step(folder)).collect::<Result<_, _>>()?,
        })
    }

    /// The files that completing the build puts at (or, none, removes from) real paths: how the disk will be.
    pub(super) fn pending(&self, key: &Key) -> io::Result<HashMap<Utf8PathBuf, Option<Utf8PathBuf>>> {
        let mut out = HashMap::new();
        for step in &self.steps {
            match step.rest(key)? {
                Rest::Put => drop(out.insert(step.path.clone(), Some(step.temporary()))),
                Rest::Remove => drop(out.insert(step.path.clone(), None)),
                Rest::Nothing => {}
            }
        }
        Ok(out)
    }
}

impl Line {
    fn new(step: &Step, folder: &Utf8Path) -> Self {
        Self {
            path: within(&step.path, folder).to_string(),
            was: step.was.map(|hash| hash.to_string()),
            is: step.is.map(|(hash, _)| hash.to_string()),
            mode: step.is.map(|(_, mode)| mode),
        }
    }

    fn into_step(self, folder: &Utf8Path) -> Result<Step, String> {
        let hash = |text: &str| Hash::read(text).ok_or_else(|| format!("`{text}` is no hash"));
        let was = self.was.as_deref().map(hash).transpose()?;
        let is = self.is.as_deref().map(hash).transpose()?.map(|hash| (hash, self.mode.unwrap_or(0o600)));
        Ok(Step { path: folder.join(self.path), was, is })
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn a_journal_is_read_back() {
        let hash = Key::default().hash(b"x");
        let journal = Journal {
            steps: vec![
                Step { path: "/p/bin/x".into(), was: None, is: Some((hash, 0o755)) },
                Step { path: "/etc/y\n".into(), was: Some(hash), is: None },
            ],
            made: vec!["/p/bin".into()],
            emptied: vec!["/p/parts/x".into(), "/p/parts".into()],
        };
        let text = journal.write("/p".into());
        assert!(text.contains("path = \"bin/x\""), "{text}");
        assert_eq!(Journal::read(&text, "/p".into()), Ok(journal));
    }

    #[test]
    fn temporary_names_fit_into_a_folder() {
        let of = |path: &str| Step { path: path.into(), was: None, is: None }.temporary();
        assert_eq!(of("/p/x.conf"), "/p/.x.conf.recipe-new");
        let long = of(&format!("/p/{}", "é".repeat(127)));
        assert_eq!(long.file_name().unwrap().len(), 28);
        assert_eq!(long.parent().unwrap(), "/p");
    }

    proptest! {
        #[test]
        fn no_text_makes_the_reader_panic(text in any::<String>()) {
            let _ = Journal::read(&text, "/p".into());
        }
    }
}
