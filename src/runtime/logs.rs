//! The log files of processes: their names, which stay for the life of the process, and their files, which are opened
//! for each child and closed when its output has ended.

use std::cell::RefCell;
use std::collections::BTreeMap;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::conf::model::{Channel, ChildLog, Process, Supervisord};

use super::autolog;
use super::core::event::Stream;
use super::core::ids::ProcessId;
use super::errno;
use super::rotate::LogFile;

/// One log, shared by the table and the pump that writes it.
pub(super) type Log = Rc<RefCell<OutputLog>>;

/// The log of one output.
#[derive(Debug)]
pub(super) struct OutputLog {
    file: LogFile,
    /// The last write has failed, which was said.
    failing: bool,
}

impl OutputLog {
    /// Its path.
    pub(super) fn path(&self) -> &Path {
        self.file.path()
    }

    /// Appends. At the first of several failures it gives a line for the main log.
    pub(super) fn write(&mut self, data: &[u8]) -> Option<String> {
        match self.file.write(data) {
            Ok(()) => {
                self.failing = false;
                None
            }
            Err(_) if self.failing => None,
            Err(error) => {
                self.failing = true;
                Some(format!("could not write log file {}: {}", self.path().display(), errno::name(&error)))
            }
        }
    }
}

/// Both logs of a process.
#[derive(Debug, Default)]
struct Pair {
    stdout: Option<Log>,
    stderr: Option<Log>,
}

impl Pair {
    fn of(&self, stream: Stream) -> Option<&Log> {
        match stream {
            Stream::Stdout => self.stdout.as_ref(),
            Stream::Stderr => self.stderr.as_ref(),
        }
    }

    fn both(&self) -> impl Iterator<Item = &Log> {
        self.stdout.iter().chain(&self.stderr)
    }
}

/// The logs of all processes.
#[derive(Debug, Default)]
pub(super) struct Logs {
    pairs: BTreeMap<ProcessId, Pair>,
}

impl Logs {
    /// Names the logs of a process. Gives a line for the main log for each that cannot be made.
    pub(super) fn add(&mut self, id: ProcessId, process: &Process, options: &Supervisord) -> Vec<String> {
        let mut trouble = Vec::new();
        let mut name = |channel: &Channel, stream: Stream| {
            let path = path(process, channel, stream, options).unwrap_or_else(|error| {
                let why = errno::name(&error);
                trouble.push(format!("could not make a {} log for {}: {why}", stream.name(), process.name));
                None
            })?;
            let file = LogFile::new(path, channel.logfile_maxbytes, channel.logfile_backups);
            Some(Rc::new(RefCell::new(OutputLog { file, failing: false })))
        };
        let stdout = name(&process.stdout, Stream::Stdout);
        let stderr = if process.redirect_stderr { None } else { name(&process.stderr, Stream::Stderr) };
        self.pairs.insert(id, Pair { stdout, stderr });
        trouble
    }

    /// Forgets the logs of a process; the files stay.
    pub(super) fn remove(&mut self, id: ProcessId) {
        self.pairs.remove(&id);
    }

    /// A log of a process.
    pub(super) fn get(&self, id: ProcessId, stream: Stream) -> Option<&Log> {
        self.pairs.get(&id)?.of(stream)
    }

    /// Opens the logs of a process for a new child.
    pub(super) fn open(&self, id: ProcessId) -> io::Result<()> {
        self.both(id).try_for_each(|log| log.borrow_mut().file.open())
    }

    /// Closes the logs of a process.
    pub(super) fn close(&self, id: ProcessId) {
        self.both(id).for_each(|log| log.borrow_mut().file.close());
    }

    /// Deletes the logs of a process and begins them anew.
    pub(super) fn clear(&self, id: ProcessId) -> io::Result<()> {
        self.both(id).try_for_each(|log| log.borrow_mut().file.clear())
    }

    /// Opens all open logs anew. Gives those that failed.
    pub(super) fn reopen(&self) -> Vec<(PathBuf, io::Error)> {
        let reopen = |log: &Log| {
            let error = log.borrow_mut().file.reopen().err()?;
            Some((log.borrow().path().to_owned(), error))
        };
        self.pairs.values().flat_map(Pair::both).filter_map(reopen).collect()
    }

    fn both(&self, id: ProcessId) -> impl Iterator<Item = &Log> {
        self.pairs.get(&id).into_iter().flat_map(Pair::both)
    }
}

/// Where the output of a channel goes; a new file where the daemon is to name it.
fn path(process: &Process, channel: &Channel, stream: Stream, options: &Supervisord) -> io::Result<Option<PathBuf>> {
    match &channel.logfile {
        ChildLog::None => Ok(None),
        ChildLog::Path(path) => Ok(Some(path.into())),
        ChildLog::Auto => {
            let folder = Path::new(&options.childlogdir);
            autolog::create(folder, &process.name, stream.name(), &options.identifier).map(Some)
        }
    }
}
