//! The log of `ctl` itself: of 10 MB, with five older ones, as the original kept it. Several runs may write to it at once.

use std::fs::{self, File};
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::path::{Path, PathBuf};

use crate::agents::plain;

/// The largest log.
const LARGEST: u64 = 10 * 1024 * 1024;
/// How many older ones are kept.
const KEPT: u32 = 5;

/// An open log.
#[derive(Debug)]
pub struct LogFile {
    path: PathBuf,
    file: File,
    largest: u64,
}

impl LogFile {
    /// Opens it to write at its end.
    pub fn open(path: &Path) -> io::Result<Self> {
        Ok(Self { path: path.to_owned(), file: plain::append(path)?, largest: LARGEST })
    }

    /// Adds a line, in a new file if this one would become too large.
    pub fn line(&mut self, line: &str) -> io::Result<()> {
        let metadata = self.file.metadata()?;
        if metadata.len() > 0 && metadata.len() + line.len() as u64 >= self.largest {
            self.rotate(metadata.ino())?;
        }
        self.file.write_all(format!("{line}\n").as_bytes())
    }

    /// Renames, if nobody else has done so meanwhile: the lock is on what is renamed.
    fn rotate(&mut self, inode: u64) -> io::Result<()> {
        self.file.lock()?;
        let is_ours = fs::metadata(&self.path).is_ok_and(|there| there.ino() == inode);
        if is_ours {
            for number in (1..KEPT).rev() {
                let _ = fs::rename(self.numbered(number), self.numbered(number + 1));
            }
            fs::rename(&self.path, self.numbered(1))?;
        }
        self.file = plain::append(&self.path)?;
        Ok(())
    }

    fn numbered(&self, number: u32) -> PathBuf {
        let mut name = self.path.clone().into_os_string();
        name.push(format!(".{number}"));
        name.into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn five_older_ones_are_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl.log");
        let mut log = LogFile { largest: 8, ..LogFile::open(&path).unwrap() };
        let mut other = LogFile { largest: 8, ..LogFile::open(&path).unwrap() };
        for number in 0..8 {
            log.line(&format!("line {number}")).unwrap();
        }
        // It holds a file that was renamed long ago, and takes the present one.
        other.line("other").unwrap();
        let names = [".1", ".2", ".5"].map(|end| fs::read_to_string(format!("{}{end}", path.display())).unwrap());
        assert_eq!(names, ["line 6\n", "line 5\n", "line 2\n"]);
        assert!(!folder.path().join("ctl.log.6").exists());
    }
}
