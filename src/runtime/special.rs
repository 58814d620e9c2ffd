//! Logs that are no regular files: terminals, pipes, FIFOs, and whatever our own standard output is.
//!
//! They are never rotated, and never make the daemon wait for long: who does not read is given a second, and then loses
//! what does not fit until it reads again.

use std::fs::{File, OpenOptions};
use std::io::{self, Write};
use std::os::fd::AsFd;
use std::os::unix::fs::{FileTypeExt, OpenOptionsExt};
use std::path::Path;

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::OFlags;
use rustix::stdio::{stderr, stdout};

/// How long a reader may make us wait.
const PATIENCE: Timespec = Timespec { tv_sec: 1, tv_nsec: 0 };
const NONE: Timespec = Timespec { tv_sec: 0, tv_nsec: 0 };
/// A pipe that has room takes so much without making us wait.
const ATOMIC: usize = 4096;

/// A log as it was found.
#[derive(Debug)]
pub(super) enum Opened {
    /// A file, which can be rotated.
    Regular(File),
    /// Something else.
    Special(Special),
    /// A FIFO that nobody reads yet.
    Unread,
}

/// An open log that is no regular file.
#[derive(Debug)]
pub(super) struct Special {
    file: File,
    /// It is shared with others, who may want to wait: it cannot be set not to block.
    shared: bool,
    /// Its reader has made us wait in vain.
    stuck: bool,
}

/// Opens a log to append to it.
pub(super) fn open(path: &Path) -> io::Result<Opened> {
    let flags = (OFlags::NONBLOCK | OFlags::NOCTTY).bits().cast_signed();
    let opened = OpenOptions::new().append(true).create(true).custom_flags(flags).open(path);
    match opened {
        Ok(file) if file.metadata()?.is_file() && own(path).is_none() => Ok(Opened::Regular(file)),
        Ok(file) => Ok(Opened::Special(Special { file, shared: false, stuck: false })),
        Err(error) => match own(path) {
            // Sockets cannot be opened by name, and others not by who we have become.
            Some(own) => Ok(Opened::Special(Special { file: own.duplicate()?, shared: true, stuck: false })),
            None if is_unread(path, &error) => Ok(Opened::Unread),
            None => Err(error),
        },
    }
}

/// Whether a log is something that must not be renamed or removed.
pub(super) fn is_special(path: &Path) -> bool {
    own(path).is_some() || std::fs::metadata(path).is_ok_and(|found| !found.is_file())
}

fn is_unread(path: &Path, error: &io::Error) -> bool {
    error.raw_os_error() == Some(rustix::io::Errno::NXIO.raw_os_error())
        && std::fs::metadata(path).is_ok_and(|found| found.file_type().is_fifo())
}

impl Special {
    /// Writes, and counts what it has written also if it fails.
    pub(super) fn write(&mut self, data: &[u8], written: &mut usize) -> io::Result<()> {
        while *written < data.len() {
            match self.write_some(&data[*written..]) {
                Ok(0) => return Err(io::ErrorKind::WriteZero.into()),
                Ok(bytes) => *written += bytes,
                Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
                Err(error) => {
                    self.stuck = error.kind() == io::ErrorKind::WouldBlock;
                    return Err(error);
                }
            }
        }
        self.stuck = false;
        Ok(())
    }

    fn write_some(&mut self, data: &[u8]) -> io::Result<usize> {
        if self.shared {
            self.wait()?;
            return self.file.write(&data[..data.len().min(ATOMIC)]);
        }
        match self.file.write(data) {
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => {
                self.wait()?;
                self.file.write(data)
            }
            result => result,
        }
    }

    /// Waits until there is room.
    fn wait(&self) -> io::Result<()> {
        let patience = if self.stuck { NONE } else { PATIENCE };
        let ready = poll(&mut [PollFd::new(&self.file, PollFlags::OUT)], Some(&patience))?;
        if ready > 0 { Ok(()) } else { Err(rustix::io::Errno::AGAIN.into()) }
    }
}

/// One of our own descriptors.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Own {
    Output,
    Errors,
}

impl Own {
    fn duplicate(self) -> io::Result<File> {
        let descriptor = match self {
            Self::Output => stdout().as_fd().try_clone_to_owned(),
            Self::Errors => stderr().as_fd().try_clone_to_owned(),
        };
        Ok(descriptor?.into())
    }
}

/// Which of our descriptors a path names.
fn own(path: &Path) -> Option<Own> {
    match path.to_str()? {
        "/dev/stdout" | "/dev/fd/1" | "/proc/self/fd/1" => Some(Own::Output),
        "/dev/stderr" | "/dev/fd/2" | "/proc/self/fd/2" => Some(Own::Errors),
        _ => None,
    }
}

#[cfg(test)]
mod tests {
    use std::io::Read;
    use std::time::{Duration, Instant};

    use super::*;

    fn fifo(folder: &Path) -> std::path::PathBuf {
        let path = folder.join("fifo");
        nix::unistd::mkfifo(&path, nix::sys::stat::Mode::S_IRWXU).unwrap();
        path
    }

    fn reader(path: &Path) -> File {
        let flags = OFlags::NONBLOCK.bits().cast_signed();
        OpenOptions::new().read(true).custom_flags(flags).open(path).unwrap()
    }

    fn read(reader: &mut File) -> usize {
        let mut bytes = Vec::new();
        // All that is there, then `WouldBlock`.
        let _ = reader.read_to_end(&mut bytes);
        bytes.len()
    }

    #[test]
    fn who_does_not_read_loses_and_keeps_nobody() {
        let folder = tempfile::tempdir().unwrap();
        let path = fifo(folder.path());
        assert!(is_special(&path) && matches!(open(&path).unwrap(), Opened::Unread));
        let mut reader = reader(&path);
        let Opened::Special(mut special) = open(&path).unwrap() else { panic!("a FIFO") };
        let data = vec![b'x'; 300_000];
        let mut written = 0;
        let error = special.write(&data, &mut written).unwrap_err();
        assert_eq!((error.kind(), special.stuck), (io::ErrorKind::WouldBlock, true));
        assert_eq!(read(&mut reader), written);
        let mut again = 0;
        special.write(b"again", &mut again).unwrap();
        assert_eq!((again, special.stuck, read(&mut reader)), (5, false, 5));
        drop(reader);
        // What another test starts just then has a copy of the reader until it is a program.
        let end = Instant::now() + Duration::from_secs(30);
        while special.write(b"x", &mut 0).map_or_else(|error| error.kind(), |()| io::ErrorKind::Other)
            != io::ErrorKind::BrokenPipe
        {
            assert!(Instant::now() < end, "nobody reads, and it is written");
        }
    }

    #[test]
    fn a_shared_pipe_is_written_as_it_is_read() {
        let (ours, theirs) = rustix::pipe::pipe().unwrap();
        let mut special = Special { file: theirs.into(), shared: true, stuck: false };
        let reading = std::thread::spawn(move || {
            let mut bytes = Vec::new();
            File::from(ours).read_to_end(&mut bytes).unwrap();
            bytes.len()
        });
        special.write(&vec![b'x'; 300_000], &mut 0).unwrap();
        drop(special);
        assert_eq!(reading.join().unwrap(), 300_000);
    }

    #[test]
    fn our_own_are_known_by_name() {
        let known = |path: &str| own(Path::new(path));
        assert_eq!((known("/dev/stdout"), known("/proc/self/fd/2")), (Some(Own::Output), Some(Own::Errors)));
        assert_eq!((known("/dev/stdin"), known("/tmp/stdout")), (None, None));
        assert!(is_special(Path::new("/dev/stdout")) && is_special(Path::new("/dev/null")));
        assert!(!is_special(Path::new("/no/such")) && !is_special(Path::new("/etc/passwd")));
    }
}
