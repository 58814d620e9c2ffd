//! The ends of logs, and whether a log still fits one.

use std::fs::{self, File, Metadata};
use std::io::{self, ErrorKind};
use std::os::unix::fs::{FileExt as _, MetadataExt as _};
use std::path::Path;

use sha2::{Digest as _, Sha256};

use crate::agents::ctl::marks::Mark;
use crate::agents::plain;

/// So much before the end is hashed.
const TAIL: u64 = 1024;

/// Where a log ends. One that is not there, or is no plain file, holds nothing.
pub(super) fn end_of(log: &Path) -> io::Result<Mark> {
    match fs::metadata(log) {
        // What is opened may be a pipe, which waits for its writer.
        Ok(there) if !there.is_file() => return Ok(Mark::EMPTY),
        Err(why) if why.kind() == ErrorKind::NotFound => return Ok(Mark::EMPTY),
        Err(why) => return Err(why),
        Ok(_) => {}
    }
    let file = plain::open(log)?;
    let there = file.metadata()?;
    if there.len() == 0 {
        return Ok(Mark::EMPTY);
    }
    Ok(Mark { device: there.dev(), inode: there.ino(), size: there.len(), tail: tail(&file, there.len())? })
}

/// Whether all before the mark still is what it was.
pub(super) fn fits(file: &File, there: &Metadata, mark: Mark) -> io::Result<bool> {
    if mark.size == 0 {
        return Ok(true);
    }
    Ok((there.dev(), there.ino()) == (mark.device, mark.inode) && holds(file, there, mark)?)
}

/// Whether it is the log of the mark, or a copy of it, whatever it is called now.
pub(super) fn holds(file: &File, there: &Metadata, mark: Mark) -> io::Result<bool> {
    Ok(there.len() >= mark.size && tail(file, mark.size)? == mark.tail)
}

/// A hash of what stands before `end`: a log that was emptied may have grown beyond its mark again.
fn tail(file: &File, end: u64) -> io::Result<u64> {
    let start = end.saturating_sub(TAIL);
    let mut bytes = vec![0; usize::try_from(end - start).unwrap_or_default()];
    file.read_exact_at(&mut bytes, start)?;
    let hash = Sha256::digest(&bytes);
    Ok(hash.iter().take(8).fold(0, |number, byte| number << 8 | u64::from(*byte)))
}

#[cfg(test)]
mod tests {
    use std::path::PathBuf;

    use super::*;

    fn fits_now(log: &Path, mark: Mark) -> bool {
        let file = File::open(log).unwrap();
        fits(&file, &file.metadata().unwrap(), mark).unwrap()
    }

    #[test]
    fn a_log_that_was_emptied_or_replaced_fits_no_mark() {
        let folder = tempfile::tempdir().unwrap();
        let (log, other): (PathBuf, PathBuf) = (folder.path().join("log"), folder.path().join("other"));
        fs::write(&log, "one\ntwo\n").unwrap();
        let mark = end_of(&log).unwrap();
        assert_eq!(mark.size, 8);
        fs::write(&log, "one\ntwo\nthree\n").unwrap();
        assert!(fits_now(&log, mark));
        // Emptied by whoever rotates it: at first it is smaller, later it is not.
        for emptied in ["", "new\n", "four\nfive\nsix\n"] {
            fs::write(&log, emptied).unwrap();
            assert!(!fits_now(&log, mark), "{emptied}");
        }
        fs::write(&other, "one\ntwo\nthree\n").unwrap();
        fs::rename(&other, &log).unwrap();
        assert!(!fits_now(&log, mark));
        assert!(fits_now(&log, Mark::EMPTY));
    }

    #[test]
    fn what_holds_nothing_has_an_end_too() {
        let folder = tempfile::tempdir().unwrap();
        let log = folder.path().join("log");
        assert_eq!(end_of(&log).unwrap(), Mark::EMPTY);
        fs::write(&log, "").unwrap();
        assert_eq!(end_of(&log).unwrap(), Mark::EMPTY);
        assert_eq!(end_of(folder.path()).unwrap(), Mark::EMPTY);
        assert!(end_of(&log.join("below")).is_err());
    }
}
