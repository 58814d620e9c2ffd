//! The transcript: what the program writes, through a pipe into a file.
//!
//! The pipe is always read, so that the program never waits for the disk. What cannot be written is lost, and counted;
//! the transcript says so as soon as it can be written again.

use std::fs::File;
use std::io::{self, Read};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::path::{Path, PathBuf};

use rustix::fs::OFlags;
use rustix::pipe::{PipeFlags, pipe_with};
use rustix::stdio::stderr;

use crate::runtime::errno;
use crate::runtime::mishap::Mishap;
use crate::runtime::rotate::LogFile;

use super::Launch;

/// Bytes that are read at once.
const CHUNK: usize = 64 << 10;
/// How often it is read before others have their turn.
const TURNS: usize = 16;

/// How many turns all that is there may take.
const PATIENCE: usize = 64;

/// Where the program's output goes.
#[derive(Debug)]
pub(super) struct Transcript(Kind);

#[derive(Debug)]
enum Kind {
    /// To the manager's own descriptors: it is not in the background.
    Own,
    /// Nowhere.
    Nowhere(File),
    /// To a file.
    File(Box<Copied>),
}

#[derive(Debug)]
struct Copied {
    path: PathBuf,
    file: LogFile,
    mishap: Mishap,
    reader: File,
    /// The program's end, until no program will be run any more.
    writer: Option<OwnedFd>,
    buffer: Vec<u8>,
}

/// How far the pipe was read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Pipe {
    /// There may be more.
    Some,
    /// There is nothing more now.
    Empty,
    /// There will be nothing more.
    Closed,
}

impl Transcript {
    /// Opens the file, from where the manager will be in the background.
    pub(super) fn open(launch: &Launch) -> Result<Self, String> {
        if !launch.daemon {
            return Ok(Self(Kind::Own));
        }
        let path = place(launch);
        let said = |why: io::Error| format!("cannot open transcript: {}", errno::about(&why, &path.to_string_lossy()));
        if path == Path::new("/dev/null") {
            let null = File::options().read(true).write(true).open(&path);
            return null.map(|file| Self(Kind::Nowhere(file))).map_err(said);
        }
        let mut file = LogFile::new(&path, 0, 0);
        file.open().map_err(said)?;
        let (reader, writer) = ends().map_err(said)?;
        let (mishap, buffer) = (Mishap::default(), Vec::new());
        let copied = Copied { path, file, mishap, reader, writer: Some(writer), buffer };
        Ok(Self(Kind::File(Box::new(copied))))
    }

    /// After a fork: nobody else has the program's end. Whoever had would seem to write still, until it lets go.
    pub(super) fn part(&mut self) -> io::Result<()> {
        if let Kind::File(copied) = &mut self.0 {
            let (reader, writer) = ends()?;
            (copied.reader, copied.writer) = (reader, Some(writer));
        }
        Ok(())
    }

    /// What the program gets as its standard output and standard error; none for the manager's own.
    pub(super) fn program_end(&self) -> Option<BorrowedFd<'_>> {
        match &self.0 {
            Kind::Own => None,
            Kind::Nowhere(null) => Some(null.as_fd()),
            Kind::File(copied) => copied.writer.as_ref().map(AsFd::as_fd),
        }
    }

    /// What is to be waited for.
    pub(super) fn reader(&self) -> Option<BorrowedFd<'_>> {
        match &self.0 {
            Kind::File(copied) => Some(copied.reader.as_fd()),
            Kind::Own | Kind::Nowhere(_) => None,
        }
    }

    /// Copies what is there. Gives lines for the log.
    pub(super) fn copy(&mut self) -> (Pipe, Vec<String>) {
        let Kind::File(copied) = &mut self.0 else { return (Pipe::Closed, Vec::new()) };
        let mut lines = Vec::new();
        for _ in 0..TURNS {
            match copied.turn(&mut lines) {
                Pipe::Some => {}
                end => return (end, lines),
            }
        }
        (Pipe::Some, lines)
    }

    /// Copies all that is there. Gives lines for the log.
    pub(super) fn drain(&mut self) -> (Pipe, Vec<String>) {
        let mut all = Vec::new();
        // Not for ever: who does not stop to write must not keep the manager.
        for _ in 0..PATIENCE {
            let (pipe, lines) = self.copy();
            all.extend(lines);
            if pipe != Pipe::Some {
                return (pipe, all);
            }
        }
        (Pipe::Empty, all)
    }

    /// Writes something of the manager's own. Gives lines for the log.
    pub(super) fn write(&mut self, text: &str) -> Vec<String> {
        match &mut self.0 {
            Kind::File(copied) => copied.write(text.as_bytes()),
            Kind::Own => {
                // Nobody is there to be told that nobody reads.
                let _ = rustix::io::write(stderr(), text.as_bytes());
                Vec::new()
            }
            Kind::Nowhere(_) => Vec::new(),
        }
    }

    /// Opens the file anew; what was written before goes to the old one. If that fails, the old one is kept.
    pub(super) fn reopen(&mut self) -> Vec<String> {
        let (_, mut lines) = self.copy();
        let Kind::File(copied) = &mut self.0 else { return lines };
        let mut file = LogFile::new(&copied.path, 0, 0);
        match file.open() {
            Ok(()) => copied.file = file,
            Err(why) => {
                let path = copied.path.to_string_lossy();
                lines.push(format!(
                    "could not reopen the transcript, the old one is kept: {}",
                    errno::about(&why, &path)
                ));
            }
        }
        lines
    }

    /// No program will be run any more.
    pub(super) fn close_program_end(&mut self) {
        if let Kind::File(copied) = &mut self.0 {
            copied.writer = None;
        }
    }

    /// Reads no more.
    pub(super) fn close_reader(&mut self) {
        self.0 = Kind::Own;
    }

    /// Waits for output and copies it until there will be no more.
    pub(super) fn copy_to_the_end(&mut self) {
        let Kind::File(copied) = &mut self.0 else { return };
        let _ = rustix::fs::fcntl_setfl(&copied.reader, OFlags::empty());
        while copied.turn(&mut Vec::new()) == Pipe::Some {}
    }
}

impl Copied {
    fn turn(&mut self, lines: &mut Vec<String>) -> Pipe {
        self.buffer.resize(CHUNK, 0);
        let read = loop {
            match self.reader.read(&mut self.buffer) {
                Err(why) if why.kind() == io::ErrorKind::Interrupted => {}
                read => break read,
            }
        };
        let result = match read {
            Ok(0) => Pipe::Closed,
            Ok(bytes) => {
                self.buffer.truncate(bytes);
                let data = std::mem::take(&mut self.buffer);
                lines.extend(self.write(&data));
                self.buffer = data;
                Pipe::Some
            }
            Err(why) if why.kind() == io::ErrorKind::WouldBlock => Pipe::Empty,
            Err(_) => Pipe::Closed,
        };
        // An idle manager keeps no buffer.
        if result != Pipe::Some {
            self.buffer = Vec::new();
        }
        result
    }

    fn write(&mut self, data: &[u8]) -> Vec<String> {
        let lines = self.mishap.after(self.file.write(data), "the transcript");
        for line in lines.iter().filter(|line| line.ends_with("lost")) {
            // Where the bytes are missing, for who reads only this.
            let _ = self.file.write(format!("zdaemon: {line}\n").as_bytes());
        }
        lines
    }
}

/// The ends of a pipe: ours, and the program's.
fn ends() -> io::Result<(File, OwnedFd)> {
    let (reader, writer) = pipe_with(PipeFlags::CLOEXEC)?;
    // Only our end: the program's must block, or it would lose what it writes.
    rustix::fs::fcntl_setfl(&reader, OFlags::NONBLOCK)?;
    Ok((reader.into(), writer))
}

/// The file, as seen from where the manager will be.
fn place(launch: &Launch) -> PathBuf {
    let folder = launch.directory.as_deref().map(Path::new).filter(|folder| folder.is_dir());
    let path = folder.map_or_else(|| PathBuf::from(&launch.transcript), |folder| folder.join(&launch.transcript));
    std::path::absolute(&path).unwrap_or(path)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn launch(transcript: &str) -> Launch {
        Launch {
            program: Vec::new(),
            socket: String::new(),
            daemon: true,
            directory: None,
            transcript: transcript.to_owned(),
            umask: 0o22,
            backoff_limit: 10,
            forever: false,
            exit_codes: Vec::new(),
            stop_timeout: 0,
            hang_around: false,
            start_test: None,
            eventlog: None,
        }
    }

    fn say(transcript: &Transcript, text: &str) {
        rustix::io::write(transcript.program_end().unwrap(), text.as_bytes()).unwrap();
    }

    #[test]
    fn what_is_lost_is_said_where_it_is_missing() {
        let folder = tempfile::tempdir().unwrap();
        let place = folder.path().join("sub");
        std::fs::create_dir(&place).unwrap();
        let path = place.join("log");
        let mut transcript = Transcript::open(&launch(path.to_str().unwrap())).unwrap();
        say(&transcript, "one\n");
        assert_eq!(transcript.copy(), (Pipe::Empty, Vec::new()));
        // The file is gone, and so is its folder: nothing can be written until that is back.
        let Kind::File(copied) = &mut transcript.0 else { panic!("a file") };
        copied.file.close();
        std::fs::remove_dir_all(&place).unwrap();
        say(&transcript, "lost\n");
        assert_eq!(transcript.copy(), (Pipe::Empty, vec!["could not write the transcript: ENOENT".to_owned()]));
        say(&transcript, "lost, too\n");
        assert_eq!(transcript.copy(), (Pipe::Empty, Vec::new()));
        std::fs::create_dir(&place).unwrap();
        say(&transcript, "two\n");
        let told = "the transcript is written again; 15 bytes were lost";
        assert_eq!(transcript.copy(), (Pipe::Empty, vec![told.to_owned()]));
        assert_eq!(std::fs::read_to_string(&path).unwrap(), format!("two\nzdaemon: {told}\n"));
    }

    #[test]
    fn who_had_it_before_a_fork_does_not_count() {
        let folder = tempfile::tempdir().unwrap();
        let mut transcript = Transcript::open(&launch(folder.path().join("log").to_str().unwrap())).unwrap();
        let _of_the_parent = rustix::io::dup(transcript.program_end().unwrap()).unwrap();
        transcript.part().unwrap();
        say(&transcript, "one\n");
        transcript.close_program_end();
        assert_eq!(transcript.drain(), (Pipe::Closed, Vec::new()));
    }

    #[test]
    fn what_was_written_before_goes_to_the_old_file() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut transcript = Transcript::open(&launch(path.to_str().unwrap())).unwrap();
        say(&transcript, "one\n");
        std::fs::rename(&path, folder.path().join("old")).unwrap();
        assert!(transcript.reopen().is_empty());
        say(&transcript, "two\n");
        transcript.close_program_end();
        assert_eq!(transcript.drain(), (Pipe::Closed, Vec::new()));
        assert_eq!(std::fs::read_to_string(folder.path().join("old")).unwrap(), "one\n");
        assert_eq!(std::fs::read_to_string(&path).unwrap(), "two\n");
    }

    #[test]
    fn one_that_cannot_be_opened_anew_is_kept() {
        let folder = tempfile::tempdir().unwrap();
        let path = folder.path().join("log");
        let mut transcript = Transcript::open(&launch(path.to_str().unwrap())).unwrap();
        std::fs::rename(&path, folder.path().join("old")).unwrap();
        std::fs::create_dir(&path).unwrap();
        let lines = transcript.reopen();
        assert!(lines[0].starts_with("could not reopen the transcript, the old one is kept: [Errno 21]"), "{lines:?}");
        say(&transcript, "one\n");
        transcript.copy();
        assert_eq!(std::fs::read_to_string(folder.path().join("old")).unwrap(), "one\n");
    }
}
