//! Who may change things: a file that is locked for as long as a `ctl` is at work, and that says which.
//!
//! The lock is the system's, so that it is gone with its holder and cannot be taken by two. The original's was the file
//! alone, with a pid in it: a pid that lives, and began before the file was written, counts as well.

use std::fs::{File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::agents::identity::{begun_before, own};

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Why it cannot be had.
#[derive(Debug)]
pub enum Held {
    /// By this process.
    By(String),
    /// The file cannot be used.
    Unusable(io::Error),
}

impl Lock {
    /// Takes the lock.
    pub fn take(path: &Path) -> Result<Self, Held> {
        let opened = OpenOptions::new().read(true).write(true).create(true).truncate(false).open(path);
        let mut file = opened.map_err(Held::Unusable)?;
        let until = Instant::now() + GRACE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    if Self::holder(path).is_some() || Instant::now() > until {
                        return Err(Held::By(signed(&mut file).unwrap_or_else(|| "?".to_owned())));
                    }
                    sleep(INTERVAL);
                }
                Err(TryLockError::Error(why)) => return Err(Held::Unusable(why)),
            }
        }
        let before = signed(&mut file).unwrap_or_default();
        if let Ok(pid) = before.parse::<i32>()
            && is_the_originals(&file)
            && begun_before(pid, path).is_some()
        {
            return Err(Held::By(before));
        }
        let mut lock = Self { file };
        lock.sign().map_err(Held::Unusable)?;
        Ok(lock)
    }

    /// The pid of whoever holds the lock of this path, without taking it: who only looks must be in nobody's way.
    pub fn holder(path: &Path) -> Option<String> {
        let text = std::fs::read_to_string(path).ok()?;
        let mut words = text.split_whitespace();
        let pid = words.next()?;
        let began = begun_before(pid.parse().ok()?, path)?;
        let is_another = words.next().is_some_and(|start| start != began.to_string());
        Some(pid.to_owned()).filter(|_| !is_another)
    }

    fn sign(&mut self) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{} {}", std::process::id(), own()?.start)
    }
}

/// For how long one may hold the lock that nobody who lives has signed: it has yet to sign, or has ended, and what it was just
/// starting has the file open until it is another program.
const GRACE: Duration = Duration::from_secs(1);
/// How often that is looked at.
const INTERVAL: Duration = Duration::from_millis(10);

/// The first word of the file.
fn signed(file: &mut File) -> Option<String> {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.take(64).read_to_string(&mut text));
    text.split_whitespace().next().map(str::to_owned)
}

/// Whether the file is one word: ours has two.
fn is_the_originals(file: &File) -> bool {
    let mut text = String::new();
    let mut file = file;
    let read = file.rewind().and_then(|()| file.take(64).read_to_string(&mut text));
    read.is_ok() && text.split_whitespace().count() == 1
}

impl Drop for Lock {
    /// The file stays, empty: to remove it would let two hold locks on files of one name.
    fn drop(&mut self) {
        let _ = self.file.set_len(0);
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_holds_it_and_it_ends_with_its_holder() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl.lock");
        let lock = Lock::take(&path).unwrap();
        let Err(Held::By(pid)) = Lock::take(&path) else { panic!("taken twice") };
        assert_eq!(pid, std::process::id().to_string());
        assert_eq!(Lock::holder(&path), Some(pid));
        drop(lock);
        assert_eq!(Lock::holder(&path), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        Lock::take(&path).unwrap();
    }

    #[test]
    fn what_the_original_left_counts_while_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl.lock");
        std::fs::write(&path, std::process::id().to_string()).unwrap();
        assert!(matches!(Lock::take(&path), Err(Held::By(_))));
        assert!(Lock::holder(&path).is_some());
        let other = format!("{} 1", std::process::id());
        for stale in ["999999999", "rubbish", "", "\u{1}", &other] {
            std::fs::write(&path, stale).unwrap();
            assert_eq!(Lock::holder(&path), None);
            Lock::take(&path).unwrap();
        }
        assert!(matches!(Lock::take(folder.path()), Err(Held::Unusable(_))));
    }
}
