//! The logs of processes: the names of their files, which stay for the life of the process, the files, which are opened
//! for each child and closed when its output has ended, and what goes to the system log.

use std::cell::RefCell;
use std::collections::{BTreeMap, VecDeque};
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use crate::conf::model::{Channel, ChildLog, Process, Supervisord};

use super::autolog;
use super::core::event::Stream;
use super::core::ids::ProcessId;
use super::errno;
use super::mishap::{Failed, Mishap};
use super::rotate::LogFile;
use super::syslog::{Lines, Syslog};

/// How many files are made before others have their turn. There are disks on which each takes a millisecond.
const AT_ONCE: usize = 8;

/// One log, shared by the table and the pump that writes it.
pub(super) type Log = Rc<RefCell<OutputLog>>;

/// The log of one output: a file, lines of the system log, or both.
#[derive(Debug)]
pub(super) struct OutputLog {
    file: Option<(LogFile, Mishap)>,
    lines: Option<Box<(Lines, Mishap)>>,
}

impl OutputLog {
    /// A log that goes to all that is given, if anything is.
    fn new(file: Option<LogFile>, lines: Option<Lines>) -> Option<Self> {
        let some = file.is_some() || lines.is_some();
        let [for_file, for_lines] = [Mishap::default(), Mishap::default()];
        some.then(|| Self { file: file.zip(Some(for_file)), lines: lines.zip(Some(for_lines)).map(Box::new) })
    }

    /// The path of its file.
    pub(super) fn path(&self) -> Option<&Rc<Path>> {
        self.file.as_ref().map(|(file, _)| file.path())
    }

    /// Appends. Gives lines for the main log if something begins or ceases to go wrong.
    pub(super) fn write(&mut self, data: &[u8]) -> Vec<String> {
        let mut trouble = match &mut self.file {
            Some((file, mishap)) => mishap.after(file.write(data), format_args!("log file {}", file.path().display())),
            None => Vec::new(),
        };
        if self.lines.is_some() {
            trouble.append(&mut self.line(|lines| lines.write(data)));
        }
        trouble
    }

    /// The output has ended.
    pub(super) fn finish(&mut self) -> Vec<String> {
        self.line(Lines::finish)
    }

    fn line(&mut self, act: impl FnOnce(&mut Lines) -> Option<Result<(), Failed>>) -> Vec<String> {
        let Some((lines, mishap)) = self.lines.as_deref_mut() else { return Vec::new() };
        let Some(went) = act(lines) else { return Vec::new() };
        mishap.after(went, format_args!("output of {} to the system log", lines.name()))
    }

    fn on_file(&mut self, act: impl FnOnce(&mut LogFile) -> io::Result<()>) -> io::Result<()> {
        self.file.as_mut().map_or(Ok(()), |(file, _)| act(file))
    }
}

/// Both logs of a process.
#[derive(Debug)]
struct Pair {
    /// Whose they are; nobody's to come back to once the configuration was read again.
    process: Option<Rc<Process>>,
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
#[derive(Debug)]
pub(super) struct Logs {
    pairs: BTreeMap<ProcessId, Pair>,
    /// Those of processes that were removed. They get them again if they are added as they were configured, that is, before the
    /// configuration was read again.
    former: Vec<Pair>,
    /// Those whose files are named only, unless they were made in the meantime.
    unmade: VecDeque<(ProcessId, Stream)>,
    syslog: Syslog,
}

impl Logs {
    /// No logs yet; those that go to the system log will go to this one.
    pub(super) fn new(syslog: Syslog) -> Self {
        Self { pairs: BTreeMap::new(), former: Vec::new(), unmade: VecDeque::new(), syslog }
    }

    /// Names the logs of a process. Gives a line for the main log for each that cannot be made.
    pub(super) fn add(&mut self, id: ProcessId, process: &Rc<Process>, options: &Supervisord) -> Vec<String> {
        let mut trouble = Vec::new();
        for (channel, stream) in [(&process.stdout, Stream::Stdout), (&process.stderr, Stream::Stderr)] {
            if channel.logfile == ChildLog::Auto {
                self.unmade.push_back((id, stream));
            }
        }
        let is_its = |pair: &Pair| pair.process.as_ref().is_some_and(|former| Rc::ptr_eq(former, process));
        if let Some(at) = self.former.iter().position(is_its) {
            self.pairs.insert(id, self.former.swap_remove(at));
            return trouble;
        }
        let mut name = |channel: &Channel, stream: Stream| {
            let file = file(process, channel, stream, options).unwrap_or_else(|error| {
                let why = errno::name(&error);
                trouble.push(format!("could not make a {} log for {}: {why}", stream.name(), process.name));
                None
            });
            let lines = channel.syslog.then(|| Lines::new(self.syslog.clone(), &process.name));
            OutputLog::new(file, lines).map(|log| Rc::new(RefCell::new(log)))
        };
        let stdout = name(&process.stdout, Stream::Stdout);
        let stderr = if process.redirect_stderr { None } else { name(&process.stderr, Stream::Stderr) };
        self.pairs.insert(id, Pair { process: Some(Rc::clone(process)), stdout, stderr });
        trouble
    }

    /// Puts the logs of a process away, for as long as it may be added again; the files stay.
    pub(super) fn remove(&mut self, id: ProcessId) {
        self.close(id);
        self.former.extend(self.pairs.remove(&id).filter(|pair| pair.process.is_some()));
    }

    /// The configuration was read again: who is added from now on is somebody new, also in place of one who is still there.
    pub(super) fn forget_former(&mut self) {
        self.former = Vec::new();
        self.pairs.values_mut().for_each(|pair| pair.process = None);
    }

    /// A log of a process.
    pub(super) fn get(&self, id: ProcessId, stream: Stream) -> Option<&Log> {
        self.pairs.get(&id)?.of(stream)
    }

    /// Whether all have their files.
    pub(super) fn are_made(&self) -> bool {
        self.unmade.is_empty()
    }

    /// Makes the files of some logs. Gives those that failed.
    pub(super) fn make_some(&mut self) -> Vec<(ProcessId, Stream, io::Error)> {
        let some: Vec<_> = self.unmade.drain(..self.unmade.len().min(AT_ONCE)).collect();
        if self.unmade.is_empty() {
            self.unmade.shrink_to_fit();
        }
        let make = |log: &Log| log.borrow_mut().on_file(LogFile::make).err();
        let failed = |(id, stream)| Some((id, stream, self.get(id, stream).and_then(make)?));
        some.into_iter().filter_map(failed).collect()
    }

    /// The path of a log of a process, for a reader. One that cannot be made is not there for it.
    pub(super) fn readable(&self, id: ProcessId, stream: Stream) -> Option<Rc<Path>> {
        let mut log = self.get(id, stream)?.borrow_mut();
        let _ = log.on_file(LogFile::make);
        log.path().cloned()
    }

    /// Prepares the logs of a process for a new child.
    pub(super) fn open(&self, id: ProcessId) -> io::Result<()> {
        self.both(id).try_for_each(|log| log.borrow_mut().on_file(LogFile::prepare))
    }

    /// Closes the logs of a process.
    pub(super) fn close(&self, id: ProcessId) {
        for log in self.both(id) {
            if let Some((file, _)) = &mut log.borrow_mut().file {
                file.close();
            }
        }
    }

    /// Deletes the logs of a process and begins them anew.
    pub(super) fn clear(&self, id: ProcessId) -> io::Result<()> {
        self.both(id).try_for_each(|log| log.borrow_mut().on_file(LogFile::clear))
    }

    /// Opens all open logs anew. Gives those that failed.
    pub(super) fn reopen(&self) -> Vec<(PathBuf, io::Error)> {
        let reopen = |log: &Log| {
            let error = log.borrow_mut().on_file(LogFile::reopen).err()?;
            Some((log.borrow().path()?.to_path_buf(), error))
        };
        self.pairs.values().flat_map(Pair::both).filter_map(reopen).collect()
    }

    fn both(&self, id: ProcessId) -> impl Iterator<Item = &Log> {
        self.pairs.get(&id).into_iter().flat_map(Pair::both)
    }
}

/// Where the output of a channel goes; a new file where the daemon is to name it.
fn file(process: &Process, channel: &Channel, stream: Stream, options: &Supervisord) -> io::Result<Option<LogFile>> {
    let file = |path: PathBuf| LogFile::new(path, channel.logfile_maxbytes, channel.logfile_backups);
    Ok(match &channel.logfile {
        ChildLog::None => None,
        ChildLog::Path(path) => Some(file(path.into())),
        ChildLog::Auto => {
            let folder = Path::new(&options.childlogdir);
            let path = autolog::name(folder, &process.name, stream.name(), &options.identifier)?;
            Some(file(path).unmade())
        }
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::runtime::testing::{channel, process, supervisord};

    #[test]
    fn who_comes_back_has_its_logs_until_the_configuration_is_read_again() {
        let folder = tempfile::tempdir().unwrap();
        let (options, id) = (supervisord(folder.path()), ProcessId(1));
        let process = Rc::new(Process { stdout: Channel { logfile: ChildLog::Auto, ..channel() }, ..process("a") });
        let mut logs = Logs::new(Syslog::new("/no/such"));
        let path = |logs: &Logs| logs.get(id, Stream::Stdout).and_then(|log| log.borrow().path().cloned()).unwrap();
        assert_eq!(logs.add(id, &process, &options), Vec::<String>::new());
        let mut keeps_them = |read_before: bool, read_after: bool| {
            let former = path(&logs);
            if read_before {
                logs.forget_former();
            }
            logs.remove(id);
            if read_after {
                logs.forget_former();
            }
            logs.add(id, &process, &options);
            path(&logs) == former
        };
        assert!(keeps_them(false, false));
        assert!(!keeps_them(true, false));
        assert!(keeps_them(false, false));
        assert!(!keeps_them(false, true));
    }
}
