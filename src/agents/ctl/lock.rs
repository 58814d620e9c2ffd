//! Who may change things: a file that is locked for as long as a `ctl` is at work, and that says which.
//!
//! The lock is the system's, so that it is gone with its holder and cannot be taken by two. The original's was the file
//! alone, with a pid in it: a pid that lives, and began before the file was written, counts as well.

use std::fmt;
use std::fs::{File, OpenOptions, TryLockError, metadata};
use std::io::{self, Read as _, Seek as _, Write as _};
use std::path::Path;
use std::thread::sleep;
use std::time::{Duration, Instant, SystemTime};

use jiff::Timestamp;
use jiff::tz::TimeZone;

use crate::agents::identity::{begun_before, one, own};
use crate::agents::plain;

/// The lock, held until it is dropped.
#[derive(Debug)]
pub struct Lock {
    file: File,
}

/// Who holds it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Holder {
    /// Its pid; `?` where that is not known.
    pid: String,
    /// What it was asked for. The original's does not say so.
    action: Option<String>,
    /// When it began.
    since: Option<SystemTime>,
}

impl Holder {
    /// Whether it has been at it for too long.
    pub fn has_stalled(&self) -> bool {
        self.since.is_some_and(|since| since.elapsed().is_ok_and(|elapsed| elapsed > LONG))
    }
}

impl fmt::Display for Holder {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "pid {}", self.pid)?;
        if let Some(action) = &self.action {
            write!(f, ", {action}")?;
        }
        let since = self.since.and_then(|since| Timestamp::try_from(since).ok());
        match since.map(|since| since.to_zoned(TimeZone::system())) {
            Some(since) => write!(f, ", since {}", since.strftime("%Y-%m-%d %H:%M:%S")),
            None => Ok(()),
        }
    }
}

/// How long whoever changes things may be at it before those who look are worried.
const LONG: Duration = Duration::from_secs(3600);

/// Why it cannot be had.
#[derive(Debug)]
pub enum Held {
    /// By this process.
    By(Holder),
    /// The file cannot be used.
    Unusable(io::Error),
}

impl Lock {
    /// Takes the lock, for an action.
    pub fn take(path: &Path, action: &str) -> Result<Self, Held> {
        let mut options = OpenOptions::new();
        options.read(true).write(true).create(true).truncate(false);
        let mut file = plain::open_as(&mut options, path).map_err(Held::Unusable)?;
        let until = Instant::now() + GRACE;
        loop {
            match file.try_lock() {
                Ok(()) => break,
                Err(TryLockError::WouldBlock) => {
                    let holder = Self::holder(path);
                    if holder.is_some() || Instant::now() > until {
                        return Err(Held::By(holder.unwrap_or_else(|| unknown(&mut file))));
                    }
                    sleep(INTERVAL);
                }
                Err(TryLockError::Error(why)) => return Err(Held::Unusable(why)),
            }
        }
        let before = signed(&mut file).unwrap_or_default();
        if let Ok(pid) = before.parse::<i32>()
            && is_the_originals(&file)
            && began(pid, path).is_some()
        {
            return Err(Held::By(Self::holder(path).unwrap_or_else(|| unknown(&mut file))));
        }
        let mut lock = Self { file };
        lock.sign(action).map_err(Held::Unusable)?;
        Ok(lock)
    }

    /// Whoever holds the lock of this path, without taking it: who only looks must be in nobody's way.
    pub fn holder(path: &Path) -> Option<Holder> {
        let text = plain::text(path).ok()?;
        let mut words = text.split_whitespace();
        let pid = words.next()?;
        let began = began(pid.parse().ok()?, path)?;
        let is_another = words.next().is_some_and(|start| start != began.to_string());
        let (action, since) = (words.next().map(str::to_owned), metadata(path).and_then(|file| file.modified()).ok());
        Some(Holder { pid: pid.to_owned(), action, since }).filter(|_| !is_another)
    }

    fn sign(&mut self, action: &str) -> io::Result<()> {
        self.file.set_len(0)?;
        self.file.rewind()?;
        writeln!(self.file, "{} {} {action}", std::process::id(), own()?.start)
    }
}

/// When the process that has this pid began, if it can have signed and has not ended: one that has may stay for long, if
/// nobody takes it in.
fn began(pid: i32, path: &Path) -> Option<u64> {
    one(pid).filter(|(_, has_ended)| !has_ended)?;
    begun_before(pid, path)
}

/// For how long one may hold the lock that nobody who lives has signed: it has yet to sign, or has ended, and what it was just
/// starting has the file open until it is another program.
const GRACE: Duration = Duration::from_secs(1);
/// How often that is looked at.
const INTERVAL: Duration = Duration::from_millis(10);

/// One who holds it and has not signed so far, or has ended.
fn unknown(file: &mut File) -> Holder {
    Holder { pid: signed(file).unwrap_or_else(|| "?".to_owned()), action: None, since: None }
}

/// The first word of the file.
fn signed(file: &mut File) -> Option<String> {
    let mut text = String::new();
    let _ = file.rewind().and_then(|()| file.take(64).read_to_string(&mut text));
    text.split_whitespace().next().map(str::to_owned)
}

/// Whether the file is one word: ours has more.
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
        let lock = Lock::take(&path, "start").unwrap();
        let Err(Held::By(holder)) = Lock::take(&path, "stop") else { panic!("taken twice") };
        assert!(holder.to_string().starts_with(&format!("pid {}, start, since 2", std::process::id())), "{holder}");
        assert_eq!(Lock::holder(&path), Some(holder));
        drop(lock);
        assert_eq!(Lock::holder(&path), None);
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "");
        Lock::take(&path, "start").unwrap();
    }

    #[test]
    fn who_has_ended_holds_nothing_though_nobody_has_taken_it_in() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl.lock");
        let mut child = std::process::Command::new("true").spawn().unwrap();
        let pid = rustix::process::Pid::from_raw(child.id().cast_signed()).unwrap();
        let options = rustix::process::WaitIdOptions::EXITED | rustix::process::WaitIdOptions::NOWAIT;
        rustix::process::waitid(rustix::process::WaitId::Pid(pid), options).unwrap();
        for text in [
            format!("{}", child.id()),
            format!("{} {} start", child.id(), one(pid.as_raw_nonzero().get()).unwrap().0.start),
        ] {
            std::fs::write(&path, text).unwrap();
            assert_eq!(Lock::holder(&path), None);
            Lock::take(&path, "start").unwrap();
        }
        child.wait().unwrap();
    }

    #[test]
    fn what_the_original_left_counts_while_it_lives() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("ctl.lock");
        std::fs::write(&path, std::process::id().to_string()).unwrap();
        assert!(matches!(Lock::take(&path, "start"), Err(Held::By(_))));
        assert!(Lock::holder(&path).is_some_and(|holder| holder.action.is_none() && !holder.has_stalled()));
        let other = format!("{} 1", std::process::id());
        for stale in ["999999999", "rubbish", "", "\u{1}", &other] {
            std::fs::write(&path, stale).unwrap();
            assert_eq!(Lock::holder(&path), None);
            Lock::take(&path, "start").unwrap();
        }
        assert!(matches!(Lock::take(folder.path(), "start"), Err(Held::Unusable(_))));
    }
}
