//! One build at a time: an advisory lock on `.recipe/lock`, which the kernel releases when its holder dies.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, ErrorKind};
use std::os::unix::fs::MetadataExt;
use std::thread::sleep;
use std::time::Duration;

use camino::Utf8Path;

/// How often, and how far apart, a lock is tried for before its holder is worth a word.
const QUIET_TRIES: (u32, Duration) = (10, Duration::from_millis(20));

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    _file: File,
}

/// Waits for the lock at `path`; calls `waiting` if that takes more than a moment.
pub fn exclusive(path: &Utf8Path, waiting: &mut dyn FnMut()) -> io::Result<Lock> {
    loop {
        let file = OpenOptions::new().create(true).append(true).open(path)?;
        if !try_quietly(&file)? {
            waiting();
            file.lock()?;
        }
        if is_still_at(&file, path)? {
            return Ok(Lock { _file: file });
        }
    }
}

/// Waits until no build runs, and keeps one from starting; nothing where there has never been one, or where reading is
/// not allowed.
pub fn shared(path: &Utf8Path) -> io::Result<Option<Lock>> {
    match File::open(path) {
        Ok(file) => {
            file.lock_shared()?;
            Ok(Some(Lock { _file: file }))
        }
        Err(error) if matches!(error.kind(), ErrorKind::NotFound | ErrorKind::PermissionDenied) => Ok(None),
        Err(error) => Err(error),
    }
}

fn try_quietly(file: &File) -> io::Result<bool> {
    for _ in 0..QUIET_TRIES.0 {
        match file.try_lock() {
            Ok(()) => return Ok(true),
            Err(TryLockError::WouldBlock) => sleep(QUIET_TRIES.1),
            Err(TryLockError::Error(error)) => return Err(error),
        }
    }
    Ok(false)
}

/// Whether the file that was locked is the one that others find: `clean` removes it.
fn is_still_at(file: &File, path: &Utf8Path) -> io::Result<bool> {
    match path.metadata() {
        Ok(there) => file.metadata().map(|ours| ours.ino() == there.ino() && ours.dev() == there.dev()),
        Err(error) if error.kind() == ErrorKind::NotFound => Ok(false),
        Err(error) => Err(error),
    }
}

#[cfg(test)]
mod tests {
    use std::sync::mpsc;

    use super::*;

    #[test]
    fn the_second_waits_and_says_so() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("lock");
        let first = exclusive(&path, &mut || panic!("nobody holds it")).unwrap();
        let (said, hear) = mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| exclusive(&path, &mut || said.send(()).unwrap()).map(drop));
            hear.recv_timeout(Duration::from_secs(10)).unwrap();
            drop(first);
            second.join().unwrap().unwrap();
        });
    }

    #[test]
    fn a_lock_that_was_removed_counts_no_more() {
        let folder = tempfile::tempdir().unwrap();
        let path = Utf8Path::from_path(folder.path()).unwrap().join("lock");
        let first = exclusive(&path, &mut || {}).unwrap();
        let (said, hear) = mpsc::channel();
        std::thread::scope(|scope| {
            let second = scope.spawn(|| {
                let _lock = exclusive(&path, &mut || said.send(()).unwrap()).unwrap();
                assert!(path.exists(), "it was made anew");
            });
            hear.recv_timeout(Duration::from_secs(10)).unwrap();
            std::fs::remove_file(&path).unwrap();
            drop(first);
            second.join().unwrap();
        });
    }
}
