//! The critical events of a run that has not come to its mail yet: a file beside the spool, a line an event, readable by its
//! owner alone. The run holds it locked; one that nobody holds is of a run that was killed, and the next one mails it.

use std::fs::{self, File, OpenOptions, TryLockError};
use std::io::{self, Read as _, Write as _};
use std::os::unix::fs::OpenOptionsExt as _;
use std::path::{Path, PathBuf};

use crate::agents::inode::is_at;
use crate::agents::plain;

/// The largest file that is read.
const LARGEST: u64 = 16 * 1024 * 1024;

/// The events of this run. There is no file before the first of them.
#[derive(Debug)]
pub struct Draft {
    spool: PathBuf,
    file: Option<(PathBuf, File)>,
}

impl Draft {
    /// Without an event.
    pub fn new(spool: PathBuf) -> Self {
        Self { spool, file: None }
    }

    /// Adds an event.
    pub(super) fn add(&mut self, line: &str) -> io::Result<()> {
        if self.file.is_none() {
            self.file = Some(begin(&self.spool)?);
        }
        let Some((_, file)) = &mut self.file else { return Ok(()) };
        file.write_all(format!("{line}\n").as_bytes())
    }

    /// They wait elsewhere now, or are sent.
    pub(super) fn discard(&mut self) {
        if let Some((path, _held)) = self.file.take() {
            let _ = fs::remove_file(path);
        }
    }
}

/// A file that nobody else has.
fn begin(spool: &Path) -> io::Result<(PathBuf, File)> {
    let mut number = std::process::id();
    loop {
        let mut path = spool.as_os_str().to_owned();
        path.push(format!("{MARK}{number}"));
        let path = PathBuf::from(path);
        match OpenOptions::new().append(true).create_new(true).mode(0o600).open(&path) {
            // Whoever looks for those of the killed may have been faster.
            Ok(file) if file.try_lock().is_ok() && is_at(&file, &path) => return Ok((path, file)),
            Err(why) if why.kind() != io::ErrorKind::AlreadyExists => return Err(why),
            _ => number = number.wrapping_add(1),
        }
    }
}

const MARK: &str = ".draft-";

/// The drafts of runs that were killed, as texts, held until they are done with.
pub(super) fn orphans(spool: &Path) -> Vec<(String, Draft)> {
    let folder = spool.parent().filter(|folder| !folder.as_os_str().is_empty()).unwrap_or(Path::new("."));
    let Some(name) = spool.file_name().and_then(|name| name.to_str()) else { return Vec::new() };
    let is_draft = |path: &PathBuf| {
        let file = path.file_name().and_then(|file| file.to_str());
        let number = file.and_then(|file| file.strip_prefix(name)?.strip_prefix(MARK));
        number.is_some_and(|number| number.parse::<u32>().is_ok())
    };
    let entries = fs::read_dir(folder).into_iter().flatten().flatten();
    let mut paths: Vec<PathBuf> = entries.map(|entry| entry.path()).filter(is_draft).collect();
    paths.sort_by_key(|path| fs::metadata(path).and_then(|file| file.modified()).ok());
    paths.into_iter().filter_map(|path| orphan(spool, path)).collect()
}

fn orphan(spool: &Path, path: PathBuf) -> Option<(String, Draft)> {
    let file = plain::open_as(OpenOptions::new().read(true).write(true), &path).ok()?;
    if let Err(TryLockError::WouldBlock) = file.try_lock() {
        return None;
    }
    let mut bytes = Vec::new();
    if !is_at(&file, &path) || (&file).take(LARGEST).read_to_end(&mut bytes).is_err() {
        return None;
    }
    // A line may have been cut off within a character.
    let text = String::from_utf8_lossy(&bytes).into_owned();
    Some((text, Draft { spool: spool.to_owned(), file: Some((path, file)) }))
}

#[cfg(test)]
mod tests {
    use std::os::unix::fs::MetadataExt as _;
    use std::time::{Duration, Instant};

    use super::*;

    #[test]
    fn what_a_killed_run_has_left_is_found_once() {
        let folder = tempfile::tempdir().unwrap();
        let spool = folder.path().join("ctl.mail");
        let (mut living, mut killed) = (Draft::new(spool.clone()), Draft::new(spool.clone()));
        living.add("one").unwrap();
        killed.add("two").unwrap();
        killed.add("three").unwrap();
        assert!(orphans(&spool).is_empty());
        let (path, _) = killed.file.take().unwrap();
        assert_eq!(fs::metadata(&path).unwrap().mode() & 0o777, 0o600);
        // What another test starts just then has a copy of the descriptor, and so the lock, until it is a program.
        let end = Instant::now() + Duration::from_secs(30);
        let mut found = orphans(&spool);
        while found.is_empty() {
            assert!(Instant::now() < end, "nothing is found");
            found = orphans(&spool);
        }
        // Held by whoever has found it.
        assert!(orphans(&spool).is_empty());
        let (text, draft) = &mut found[0];
        assert_eq!((text.as_str(), path.exists()), ("two\nthree\n", true));
        draft.discard();
        assert!(!path.exists());
        living.discard();
        assert_eq!(fs::read_dir(folder.path()).unwrap().count(), 0);
    }
}
