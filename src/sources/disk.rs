//! Local files.

use std::fs::File;
use std::io::{ErrorKind, Read as _};
use std::path::Path;

pub use crate::base::reason::reason;
use crate::base::seams::{Files, ReadError};

/// Larger files are no manifests, in bytes.
const LARGEST: u64 = 64 * 1024 * 1024;

/// So many names of a folder are looked at, to find one that was meant.
const MOST_NAMES: usize = 1000;

/// The files of this host.
#[derive(Clone, Copy, Debug, Default)]
pub struct Disk;

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        let file = File::open(path).map_err(|e| unread(&e))?;
        let metadata = file.metadata().map_err(|e| unread(&e))?;
        if metadata.is_dir() {
            return Err(ReadError::Other("is a folder".to_owned()));
        }
        if metadata.len() > LARGEST {
            return Err(ReadError::TooLarge(LARGEST));
        }
        let mut bytes = Vec::with_capacity(usize::try_from(metadata.len()).unwrap_or(0) + 1);
        // Devices and pipes say nothing of their length.
        file.take(LARGEST + 1).read_to_end(&mut bytes).map_err(|e| unread(&e))?;
        if bytes.len() as u64 > LARGEST {
            return Err(ReadError::TooLarge(LARGEST));
        }
        Ok(String::from_utf8(bytes)?)
    }

    fn exists(&self, path: &str) -> bool {
        Path::new(path).exists()
    }

    fn names(&self, folder: &str) -> Vec<String> {
        let entries = std::fs::read_dir(folder).into_iter().flatten().take(MOST_NAMES).flatten();
        entries.filter_map(|entry| entry.file_name().into_string().ok()).collect()
    }
}

/// A failure of the system in the terms of the seam.
pub(super) fn unread(error: &std::io::Error) -> ReadError {
    match error.kind() {
        ErrorKind::NotFound | ErrorKind::NotADirectory => ReadError::NotFound,
        _ => ReadError::Other(reason(error)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_cannot_be_read_says_why() {
        let folder = tempfile::tempdir().unwrap();
        let path = |name: &str| folder.path().join(name).display().to_string();
        std::fs::write(path("latin"), b"x = \xe9\n").unwrap();
        std::fs::write(path("good"), "x = é\n").unwrap();
        File::create(path("huge")).unwrap().set_len(LARGEST + 1).unwrap();
        assert_eq!(Disk.read(&path("good")), Ok("x = é\n".to_owned()));
        assert!(matches!(Disk.read(&path("latin")), Err(ReadError::NotUtf8 { line: 1, column: 5, .. })));
        assert_eq!(Disk.read(&path("huge")), Err(ReadError::TooLarge(LARGEST)));
        assert_eq!(Disk.read(&path("none")), Err(ReadError::NotFound));
        assert_eq!(Disk.read(&path("good/x")), Err(ReadError::NotFound));
        assert_eq!(Disk.read(&path("")), Err(ReadError::Other("is a folder".to_owned())));
        assert_eq!(Disk.read("/dev/zero"), Err(ReadError::TooLarge(LARGEST)));
        let mut names = Disk.names(&path(""));
        names.sort_unstable();
        assert_eq!((names, Disk.names(&path("none"))), (["good", "huge", "latin"].map(str::to_owned).into(), vec![]));
        assert!(Disk.exists(&path("good")) && !Disk.exists(&path("none")));
    }
}
