//! A log file that is rotated when it has grown: `log` becomes `log.1`, that `log.2`, and so on; the oldest goes.
//!
//! Whether to rotate is asked after each write, so a record is never split and a file may overshoot by one record.
//! Errors are returned and leave the file usable: the next write tries again to open it. What is no regular file is
//! written to as it is, never rotated and never removed. A file that could only be opened with one of the last descriptors
//! is open for each write only, as they are for all logs (see [`limits`]).

use std::fs::{self, File};
use std::io::{self, Write};
use std::path::{Path, PathBuf};
use std::rc::Rc;

use super::autolog;
use super::limits;
use super::mishap::Failed;
use super::special::{self, Opened, Special};

/// A log file.
#[derive(Debug)]
pub(super) struct LogFile {
    path: Rc<Path>,
    /// Rotated when it holds as many bytes; never when 0.
    maxbytes: u64,
    /// Rotated files kept; with none the file is emptied instead.
    backups: u32,
    /// It was only named yet, by the daemon itself, and is made when it is first used.
    unmade: bool,
    open: Option<Open>,
}

/// What is written to.
#[derive(Debug)]
enum Open {
    /// Nothing was written yet: it is there and could be opened, or it is unmade.
    Idle,
    File {
        file: File,
        size: u64,
        /// It is to be closed when it was written.
        briefly: bool,
    },
    Special(Special),
}

impl LogFile {
    /// A file that is not open yet. Negative limits are none.
    pub(super) fn new(path: impl Into<PathBuf>, maxbytes: i64, backups: i64) -> Self {
        let maxbytes = u64::try_from(maxbytes).unwrap_or(0);
        let backups = u32::try_from(backups.max(0)).unwrap_or(u32::MAX);
        Self { path: path.into().into(), maxbytes, backups, unmade: false, open: None }
    }

    /// The same, a file that was only named yet: see [`autolog`].
    pub(super) fn unmade(self) -> Self {
        Self { unmade: true, ..self }
    }

    /// Makes it if it was only named yet.
    pub(super) fn make(&mut self) -> io::Result<()> {
        if self.unmade {
            autolog::make(&self.path)?;
            self.unmade = false;
        }
        Ok(())
    }

    /// Its path.
    pub(super) fn path(&self) -> &Rc<Path> {
        &self.path
    }

    /// Opens it, to append, wherever the path leads now. A FIFO that nobody reads is opened when somebody does.
    pub(super) fn open(&mut self) -> io::Result<()> {
        self.open = None;
        self.make()?;
        self.open = match special::open(&self.path)? {
            Opened::Regular(file) => {
                Some(Open::File { size: file.metadata()?.len(), briefly: limits::is_in_the_way(&file), file })
            }
            Opened::Special(special) => Some(Open::Special(special)),
            Opened::Unread => None,
        };
        Ok(())
    }

    /// Makes sure that it is there and can be written to. It takes a descriptor only when something is: most programs
    /// say nothing for most of their lives.
    pub(super) fn prepare(&mut self) -> io::Result<()> {
        self.open = None;
        let opened = if self.unmade { None } else { Some(special::open(&self.path)?) };
        self.open = match opened {
            None | Some(Opened::Regular(_)) => Some(Open::Idle),
            Some(Opened::Special(special)) => Some(Open::Special(special)),
            Some(Opened::Unread) => None,
        };
        Ok(())
    }

    /// Closes it.
    pub(super) fn close(&mut self) {
        self.open = None;
    }

    /// Opens it anew if it is open.
    pub(super) fn reopen(&mut self) -> io::Result<()> {
        match self.open {
            None => Ok(()),
            Some(Open::Idle) => self.prepare(),
            Some(_) => self.open(),
        }
    }

    /// Deletes it and begins it anew, also where it is not open. That it does not exist is not an error.
    pub(super) fn clear(&mut self) -> io::Result<()> {
        if self.unmade || special::is_special(&self.path) {
            return Ok(());
        }
        match fs::remove_file(&self.path) {
            Ok(()) if self.open.is_none() => File::create(&self.path).map(drop),
            Err(error) if error.kind() != io::ErrorKind::NotFound => Err(error),
            _ => self.reopen(),
        }
    }

    /// Appends, and rotates when it is time.
    pub(super) fn write(&mut self, data: &[u8]) -> Result<(), Failed> {
        let result = self.append_and_rotate(data);
        if matches!(self.open, Some(Open::File { briefly: true, .. })) {
            self.open = Some(Open::Idle);
        }
        result
    }

    fn append_and_rotate(&mut self, data: &[u8]) -> Result<(), Failed> {
        let mut written = 0;
        let result = self.append(data, &mut written);
        let lost = (data.len() - written) as u64;
        result.map_err(|why| Failed { what: "write", why, lost })?;
        let rotated = self.is_due().and_then(|due| if due { self.rotate() } else { Ok(()) });
        rotated.map_err(|why| Failed { what: "rotate", why, lost: 0 })
    }

    /// Appends, and counts what it has written also if it fails.
    fn append(&mut self, data: &[u8], written: &mut usize) -> io::Result<()> {
        if matches!(self.open, None | Some(Open::Idle)) {
            self.open()?;
        }
        match &mut self.open {
            Some(Open::File { file, size, .. }) => {
                let result = write_all(file, data, written);
                *size = size.saturating_add(*written as u64);
                result
            }
            Some(Open::Special(special)) => special.write(data, written),
            None | Some(Open::Idle) => Err(rustix::io::Errno::NXIO.into()),
        }
    }

    /// Whether it has grown enough. It may have been emptied behind our back, so a reached limit is looked at twice.
    fn is_due(&mut self) -> io::Result<bool> {
        match &mut self.open {
            Some(Open::File { file, size, .. }) if self.maxbytes > 0 && *size >= self.maxbytes => {
                *size = file.metadata()?.len();
                Ok(*size >= self.maxbytes)
            }
            _ => Ok(false),
        }
    }

    /// Makes the current file the first of the old ones, and begins a new one.
    pub(super) fn rotate(&mut self) -> io::Result<()> {
        self.open = None;
        for (from, to) in shifts(&self.path, self.backups) {
            match fs::rename(from, to) {
                Err(error) if error.kind() != io::ErrorKind::NotFound => return Err(error),
                _ => {}
            }
        }
        File::create(&self.path)?;
        self.open()
    }
}

fn write_all(file: &mut File, data: &[u8], written: &mut usize) -> io::Result<()> {
    while *written < data.len() {
        match file.write(&data[*written..]) {
            Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
            Ok(bytes) => *written += bytes,
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) => return Err(error),
        }
    }
    Ok(())
}

/// The renames of one rotation, in order: the oldest first.
fn shifts(path: &Path, backups: u32) -> impl Iterator<Item = (PathBuf, PathBuf)> {
    let base = path.to_owned();
    let existing = move |n: u32| if n == 0 { base.clone() } else { numbered(&base, n) };
    // Numbers far beyond what exists would only be looked for in vain; there are no gaps to skip below them.
    let last = (1..=backups).take_while(|n| *n == 1 || numbered(path, n - 1).exists()).last().unwrap_or(0);
    (0..last).rev().map(move |n| (existing(n), existing(n + 1)))
}

/// `path.N`.
fn numbered(path: &Path, n: u32) -> PathBuf {
    let mut name = path.as_os_str().to_owned();
    name.push(format!(".{n}"));
    name.into()
}

#[cfg(test)]
mod tests {
    use super::*;

    fn contents(folder: &Path) -> Vec<(String, String)> {
        let mut found: Vec<_> = fs::read_dir(folder)
            .unwrap()
            .map(|entry| entry.unwrap())
            .map(|entry| (entry.file_name().into_string().unwrap(), fs::read_to_string(entry.path()).unwrap()))
            .collect();
        found.sort();
        found
    }

    fn expect(folder: &Path, files: &[(&str, &str)]) {
        let files: Vec<_> = files.iter().map(|(name, text)| ((*name).to_owned(), (*text).to_owned())).collect();
        assert_eq!(contents(folder), files);
    }

    #[test]
    fn files_shift_and_the_oldest_goes() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::new(folder.path().join("log"), 4, 2);
        for record in ["aa", "aa", "bbbbbb", "cccc", "d"] {
            log.write(record.as_bytes()).unwrap();
        }
        expect(folder.path(), &[("log", "d"), ("log.1", "cccc"), ("log.2", "bbbbbb")]);
    }

    #[test]
    fn without_backups_it_is_emptied() {
        let folder = tempfile::tempdir().unwrap();
        let mut log = LogFile::new(folder.path().join("log"), 4, 0);
        log.write(b"aaaa").unwrap();
        log.write(b"b").unwrap();
        expect(folder.path(), &[("log", "b")]);
    }

    #[test]
    fn it_goes_on_where_it_was_and_never_rotates_at_0() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        fs::write(&path, "aaa").unwrap();
        let mut log = LogFile::new(&path, 4, 1);
        log.write(b"b").unwrap();
        expect(folder.path(), &[("log", ""), ("log.1", "aaab")]);
        let mut plain = LogFile::new(&path, 0, 1);
        plain.write(b"0123456789").unwrap();
        expect(folder.path(), &[("log", "0123456789"), ("log.1", "aaab")]);
    }

    #[test]
    fn emptied_by_others_it_is_not_rotated_early() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = LogFile::new(&path, 4, 1);
        log.write(b"aaa").unwrap();
        fs::write(&path, "").unwrap();
        log.write(b"bb").unwrap();
        expect(folder.path(), &[("log", "bb")]);
    }

    #[test]
    fn cleared_and_reopened() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = LogFile::new(&path, 0, 0);
        log.write(b"a").unwrap();
        log.clear().unwrap();
        expect(folder.path(), &[("log", "")]);
        fs::rename(&path, folder.path().join("old")).unwrap();
        log.write(b"b").unwrap();
        log.reopen().unwrap();
        log.write(b"c").unwrap();
        expect(folder.path(), &[("log", "c"), ("old", "b")]);
        log.close();
        log.clear().unwrap();
        expect(folder.path(), &[("log", ""), ("old", "b")]);
        fs::remove_file(&path).unwrap();
        log.clear().unwrap();
        expect(folder.path(), &[("old", "b")]);
    }

    #[test]
    fn one_that_is_prepared_is_there_and_opened_when_it_is_written() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut log = LogFile::new(&path, 0, 0);
        log.prepare().unwrap();
        assert!(matches!(log.open, Some(Open::Idle)));
        fs::rename(&path, folder.path().join("old")).unwrap();
        log.reopen().unwrap();
        expect(folder.path(), &[("log", ""), ("old", "")]);
        log.write(b"a").unwrap();
        log.clear().unwrap();
        log.write(b"b").unwrap();
        expect(folder.path(), &[("log", "b"), ("old", "")]);
        assert!(LogFile::new(folder.path().join("no/log"), 0, 0).prepare().is_err());
    }

    #[test]
    fn one_that_was_only_named_is_made_when_it_is_used() {
        let folder = tempfile::tempdir().unwrap();
        let unmade = |name: &str| LogFile::new(folder.path().join(name), 0, 0).unmade();
        let mut log = unmade("log");
        log.prepare().unwrap();
        log.reopen().unwrap();
        log.clear().unwrap();
        expect(folder.path(), &[]);
        log.write(b"a").unwrap();
        expect(folder.path(), &[("log", "a")]);
        assert_eq!(unmade("log").write(b"b").unwrap_err().why.kind(), io::ErrorKind::AlreadyExists);
        unmade("read").make().unwrap();
        log.clear().unwrap();
        expect(folder.path(), &[("log", ""), ("read", "")]);
    }

    #[test]
    fn an_error_leaves_it_usable() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("sub");
        let mut log = LogFile::new(place.join("log"), 0, 0);
        assert!(log.write(b"lost").is_err());
        fs::create_dir(&place).unwrap();
        log.write(b"kept").unwrap();
        expect(&place, &[("log", "kept")]);
    }
}
