//! What one run leaves for the next: a small text, whole or not at all.

use std::fs;
use std::io::{self, ErrorKind, Read as _};
use std::path::{Path, PathBuf};

use crate::agents::plain;
use crate::agents::replace::{replace, replace_private};

/// Keeps a text.
pub trait Keeper {
    /// Where, for messages.
    fn place(&self) -> String;
    /// The text; none where there is none.
    fn read(&mut self) -> Result<Option<String>, String>;
    /// Keeps a text, or nothing.
    fn write(&mut self, text: Option<&str>) -> Result<(), String>;
}

/// A text in a file, which is there only while there is a text.
#[derive(Clone, Debug)]
pub struct InFile {
    path: PathBuf,
    write: fn(&Path, &[u8]) -> io::Result<()>,
}

impl InFile {
    /// For whomever the umask lets.
    pub fn shared(path: PathBuf) -> Self {
        Self { path, write: replace }
    }

    /// For its owner alone.
    pub fn private(path: PathBuf) -> Self {
        Self { path, write: replace_private }
    }
}

/// The most that is read of a text, which is a line for each service.
const MOST: u64 = 16 << 20;

/// What a file holds. One that is too long is cut off, which whoever reads it takes for rubbish.
fn start(path: &Path) -> io::Result<Vec<u8>> {
    let mut bytes = Vec::new();
    plain::open(path)?.take(MOST).read_to_end(&mut bytes)?;
    Ok(bytes)
}

impl Keeper for InFile {
    fn place(&self) -> String {
        self.path.display().to_string()
    }

    fn read(&mut self) -> Result<Option<String>, String> {
        match start(&self.path) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(format!("cannot read {}: {why}", self.path.display())),
        }
    }

    fn write(&mut self, text: Option<&str>) -> Result<(), String> {
        let done = match text {
            Some(text) => (self.write)(&self.path, text.as_bytes()),
            None => fs::remove_file(&self.path),
        };
        match done {
            Err(why) if why.kind() != ErrorKind::NotFound || text.is_some() => {
                Err(format!("cannot write {}: {why}", self.path.display()))
            }
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_text_that_is_too_long_is_cut_off() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("long");
        fs::File::create(&path).unwrap().set_len(MOST + 1).unwrap();
        assert_eq!(start(&path).unwrap().len() as u64, MOST);
    }
}
