//! Running commands, and waiting for whatever comes: their output, their end, signals. The real [`World`].
//!
//! There is one thread, and one place where it waits. SIGCHLD is read from a descriptor, and so, in the daemon, are the
//! signals that ask it to end. A command that is waited for writes to a pipe, which is read until the command has ended;
//! if it leaves somebody behind who writes on, the pipe is read on.

use std::collections::HashMap;
use std::fs::File;
use std::io::{self, ErrorKind, PipeReader, Read as _, Write};
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::time::{Duration, Instant};

use nix::sys::signal::{SigSet, Signal as Caught};
use nix::sys::signalfd::{SfdFlags, SignalFd};
use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::fs::{OFlags, fcntl_setfl};
use rustix::process::{
    Pid, PidfdFlags, Signal, WaitOptions, WaitStatus, pidfd_open, pidfd_send_signal, set_child_subreaper, wait,
};

use super::ladder::Rung;
use super::problem::{Ended, Problem};
use super::process::{Group, Mark, Process, Seen};
use super::procfs;
use super::spawn::spawn;
use super::world::World;
use crate::base::time::Mono;

/// What a daemon is asked for by a signal.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum Asked {
    /// To end the cluster (TERM, INT), or, during a start, nobody waits for it any more.
    Stop,
    /// To leave all as it is and end (USR1): a controller does the rest.
    Leave,
}

/// The signal for [`Asked::Leave`].
pub(super) const LEAVE: Signal = Signal::USR1;

/// Runs commands.
pub(super) struct Runner<'o> {
    /// The absolute path of the pid file, for marks.
    cluster: String,
    signals: SignalFd,
    pipes: Vec<PipeReader>,
    out: &'o mut dyn Write,
    /// Whether the output is at the beginning of a line.
    at_line_start: bool,
    /// Whether lines say when they were written.
    is_stamped: bool,
    ended: HashMap<i32, Ended>,
    asked: Option<Asked>,
    /// Where somebody waits for this process.
    waiting: Option<OwnedFd>,
    /// Whether it stays, and its children with it.
    is_daemon: bool,
    origin: Instant,
}

impl<'o> Runner<'o> {
    /// For a controller, which dies of signals as any command does.
    pub(super) fn new(cluster: &str, out: &'o mut dyn Write) -> io::Result<Self> {
        Self::with_signals(cluster, out, &[Caught::SIGCHLD])
    }

    /// For a daemon; `waiting` is a pipe that somebody reads for as long as the start is of interest.
    pub(super) fn of_daemon(cluster: &str, out: &'o mut dyn Write, waiting: OwnedFd) -> io::Result<Self> {
        let signals = [Caught::SIGCHLD, Caught::SIGTERM, Caught::SIGINT, Caught::SIGUSR1, Caught::SIGHUP];
        Ok(Self { waiting: Some(waiting), is_daemon: true, ..Self::with_signals(cluster, out, &signals)? })
    }

    fn with_signals(cluster: &str, out: &'o mut dyn Write, caught: &[Caught]) -> io::Result<Self> {
        // What a child leaves behind comes to us.
        set_child_subreaper(Some(rustix::process::getpid()))?;
        let set: SigSet = caught.iter().copied().collect();
        set.thread_block()?;
        Ok(Self {
            cluster: cluster.to_owned(),
            signals: SignalFd::with_flags(&set, SfdFlags::SFD_CLOEXEC | SfdFlags::SFD_NONBLOCK)?,
            pipes: Vec::new(),
            out,
            at_line_start: true,
            is_stamped: false,
            ended: HashMap::new(),
            asked: None,
            waiting: None,
            is_daemon: false,
            origin: Instant::now(),
        })
    }

    /// Says `word` to who waits. From now on nobody does, and lines say when they are written.
    pub(super) fn detach(&mut self, word: &[u8]) {
        // One who is gone by now has nobody left to tell.
        let _ = self.waiting.take().map(|waiting| File::from(waiting).write_all(word));
        self.is_stamped = true;
    }

    /// What this process is asked for, if it is.
    pub(super) fn asked(&self) -> Option<Asked> {
        self.asked
    }

    /// What it was asked for is being done.
    pub(super) fn forget_asked(&mut self) {
        self.asked = None;
    }

    /// How a child ended, if it has.
    pub(super) fn ended(&self, pid: i32) -> Option<Ended> {
        self.ended.get(&pid).copied()
    }

    /// Runs a command and waits for its end, showing its output. An interrupted one is left to be ended with all others.
    pub(super) fn run(&mut self, words: &[String], step: usize) -> Result<Ended, Fault> {
        let (reader, writer) = io::pipe()?;
        fcntl_setfl(&reader, OFlags::NONBLOCK).map_err(io::Error::from)?;
        let pid = self.spawn(words, Group::Command(step), writer.as_fd())?;
        drop(writer);
        self.pipes.push(reader);
        while self.ended(pid).is_none() {
            if self.asked.is_some() {
                return Err(Fault::Interrupted);
            }
            self.turn(&[], None)?;
        }
        self.read_all();
        self.end_line();
        Ok(self.ended[&pid])
    }

    /// Runs a command and leaves it running; its output goes to the log.
    pub(super) fn leave_running(&mut self, words: &[String], step: usize, log: &File) -> io::Result<Process> {
        let pid = self.spawn(words, Group::Background(step), log.as_fd())?;
        // Nobody else has its pid before we have heard of its end, which we hear nowhere but in `turn`.
        procfs::one(pid).map(|seen| seen.process).ok_or_else(|| ErrorKind::NotFound.into())
    }

    fn spawn(&self, words: &[String], group: Group, output: BorrowedFd<'_>) -> io::Result<i32> {
        spawn(words, &Mark { group, cluster: self.cluster.clone() }, output, self.is_daemon)
    }

    /// Waits for one thing to happen, but not past `until`: a child ends, output comes, a signal, or one of `others` is
    /// readable.
    pub(super) fn turn(&mut self, others: &[BorrowedFd<'_>], until: Option<Mono>) -> io::Result<()> {
        let timeout = until.map(|until| timespec(until - self.now()));
        let mut fds = vec![PollFd::new(&self.signals, PollFlags::IN)];
        fds.extend(self.pipes.iter().map(|pipe| PollFd::new(pipe, PollFlags::IN)));
        fds.extend(others.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)));
        // Only that its reader is gone.
        fds.extend(self.waiting.as_ref().map(|pipe| PollFd::new(pipe, PollFlags::empty())));
        match poll(&mut fds, timeout.as_ref()) {
            Ok(_) | Err(rustix::io::Errno::INTR) => {}
            Err(why) => return Err(why.into()),
        }
        if self.waiting.is_some() && fds.last().is_some_and(|fd| !fd.revents().is_empty()) {
            self.waiting = None;
            self.ask(Asked::Stop);
        }
        self.read_all();
        self.read_signals()
    }

    fn ask(&mut self, asked: Asked) {
        self.asked = self.asked.max(Some(asked));
    }

    fn read_signals(&mut self) -> io::Result<()> {
        while let Some(signal) = self.signals.read_signal()? {
            match Caught::try_from(signal.ssi_signo.cast_signed()) {
                Ok(Caught::SIGCHLD) => self.reap(),
                Ok(Caught::SIGUSR1) => self.ask(Asked::Leave),
                Ok(Caught::SIGTERM | Caught::SIGINT) => self.ask(Asked::Stop),
                _ => {}
            }
        }
        Ok(())
    }

    fn reap(&mut self) {
        while let Ok(Some((pid, status))) = wait(WaitOptions::NOHANG) {
            if let Some(ended) = how(status) {
                self.ended.insert(pid.as_raw_nonzero().get(), ended);
            }
        }
    }

    /// Shows all output that has come.
    fn read_all(&mut self) {
        for mut pipe in std::mem::take(&mut self.pipes) {
            if self.read_pipe(&mut pipe) {
                self.pipes.push(pipe);
            }
        }
    }

    /// Whether more may come.
    fn read_pipe(&mut self, pipe: &mut PipeReader) -> bool {
        let mut buffer = [0; 8192];
        loop {
            match pipe.read(&mut buffer) {
                Ok(0) => return false,
                Ok(count) => self.show(&buffer[..count]),
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                Err(why) => return why.kind() == ErrorKind::WouldBlock,
            }
        }
    }

    fn show(&mut self, bytes: &[u8]) {
        // Nobody is there to be told that nobody reads.
        let _ = self.out.write_all(bytes);
        self.at_line_start = bytes.ends_with(b"\n");
    }

    fn end_line(&mut self) {
        if !self.at_line_start {
            self.show(b"\n");
        }
    }

    /// Says all that is wrong.
    pub(super) fn complain_of(&mut self, problems: &[Problem]) {
        for problem in problems {
            self.complain(problem);
        }
    }

    /// Says what is wrong.
    pub(super) fn complain(&mut self, problem: &Problem) {
        self.say(&problem.to_string());
    }
}

/// Why a command has no end.
#[derive(Debug)]
pub(super) enum Fault {
    /// It cannot be run.
    Io(io::Error),
    /// It was not waited for any longer.
    Interrupted,
}

impl From<io::Error> for Fault {
    fn from(why: io::Error) -> Self {
        Self::Io(why)
    }
}

fn how(status: WaitStatus) -> Option<Ended> {
    status.exit_status().map(Ended::Exit).or_else(|| status.terminating_signal().map(Ended::Signal))
}

fn timespec(duration: Duration) -> Timespec {
    Timespec {
        tv_sec: i64::try_from(duration.as_secs()).unwrap_or(i64::MAX),
        tv_nsec: i64::from(duration.subsec_nanos()),
    }
}

/// A descriptor of the process; nothing if it is gone, or its pid has become another's.
fn descriptor(process: Process) -> io::Result<Option<OwnedFd>> {
    let Some(pid) = Pid::from_raw(process.pid) else { return Ok(None) };
    let fd = match pidfd_open(pid, PidfdFlags::empty()) {
        Ok(fd) => fd,
        Err(rustix::io::Errno::SRCH) => return Ok(None),
        Err(why) => return Err(why.into()),
    };
    // What it names is settled now; whether it is the one that is meant can be asked.
    let is_same = procfs::one(process.pid).is_some_and(|seen| seen.process == process && !seen.has_ended);
    Ok(is_same.then_some(fd))
}

/// Sends a signal to this process and no other. That it is gone is no error.
pub(super) fn send(signal: Signal, process: Process) -> io::Result<()> {
    let Some(fd) = descriptor(process)? else { return Ok(()) };
    match pidfd_send_signal(fd, signal) {
        Ok(()) | Err(rustix::io::Errno::SRCH) => Ok(()),
        Err(why) => Err(why.into()),
    }
}

impl World for Runner<'_> {
    fn now(&self) -> Mono {
        Mono(u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn processes(&mut self) -> io::Result<Vec<Seen>> {
        procfs::all()
    }

    fn send(&mut self, rung: Rung, process: Process) -> io::Result<()> {
        send(if rung == Rung::Term { Signal::TERM } else { Signal::KILL }, process)
    }

    fn wait(&mut self, processes: &[Process], until: Mono) -> io::Result<()> {
        let mut fds = Vec::with_capacity(processes.len());
        for process in processes {
            match descriptor(*process)? {
                Some(fd) => fds.push(fd),
                // It has ended already.
                None => return Ok(()),
            }
        }
        let fds: Vec<BorrowedFd<'_>> = fds.iter().map(AsFd::as_fd).collect();
        self.turn(&fds, Some(until))
    }

    fn say(&mut self, line: &str) {
        self.end_line();
        let stamp =
            if self.is_stamped { jiff::Zoned::now().strftime("%Y-%m-%d %H:%M:%S ").to_string() } else { String::new() };
        self.show(format!("{stamp}{line}\n").as_bytes());
    }
}
