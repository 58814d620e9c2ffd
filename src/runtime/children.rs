//! The children that live, and our ends of their pipes. Who is gone from here is never signalled.

use std::cell::{Cell, RefCell};
use std::collections::{BTreeMap, HashMap};
use std::io;
use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::rc::Rc;

use rustix::pipe::fcntl_setpipe_size;
use tokio::net::unix::pipe::Sender;
use tokio::task::AbortHandle;

use crate::base::time::Mono;

use super::core::event::Stream;
use super::core::ids::{Pid, ProcessId, SpawnId};
use super::core::output::Chain;
use super::logs::Log;
use super::pace::{self, Habit, Pace};

/// Our end of an output pipe, which does not block, and the log its bytes go to.
#[derive(Debug)]
pub(super) struct Output {
    /// Which of the child's outputs.
    pub(super) stream: Stream,
    /// Where it is written, if anywhere.
    pub(super) log: Option<Log>,
    /// What it goes through, if through anything.
    pub(super) chain: Option<Box<RefCell<Chain>>>,
    pipe: OwnedFd,
    pace: Cell<Pace>,
    is_large: Cell<bool>,
    /// Who reads it by the clock, if anybody does.
    reader: RefCell<Option<AbortHandle>>,
}

impl Output {
    /// An output that nobody reads yet.
    pub(super) fn new(stream: Stream, pipe: OwnedFd, log: Option<Log>, chain: Option<Chain>) -> Self {
        let (chain, pace, reader) = (chain.map(RefCell::new).map(Box::new), Cell::default(), RefCell::default());
        Self { stream, log, chain, pipe, pace, is_large: Cell::new(false), reader }
    }

    /// Reads what is there: 0 bytes at the end, `WouldBlock` when there is nothing yet.
    pub(super) fn read(&self, buffer: &mut [u8]) -> io::Result<usize> {
        Ok(rustix::io::retry_on_intr(|| rustix::io::read(&self.pipe, &mut *buffer))?)
    }

    /// A read gave `bytes`. What that proves.
    pub(super) fn habit_after(&self, now: Mono, bytes: usize) -> Option<Habit> {
        let mut pace = self.pace.get();
        let habit = pace.after(now, bytes);
        self.pace.set(pace);
        habit
    }

    /// Makes room for more output between two reads; without the right to that it stays as it is.
    pub(super) fn enlarge(&self) {
        if !self.is_large.replace(true) {
            let _ = fcntl_setpipe_size(&self.pipe, pace::PIPE_SIZE);
        }
    }

    /// Notes who reads it by the clock.
    pub(super) fn read_by(&self, reader: AbortHandle) {
        self.reader.replace(Some(reader));
    }
}

impl AsFd for Output {
    fn as_fd(&self) -> BorrowedFd<'_> {
        self.pipe.as_fd()
    }
}

/// Our end of an input pipe, and what waits to be written. Few children are ever written to, so it is registered with
/// the event loop only when one does not read fast enough.
#[derive(Debug)]
pub(super) struct Stdin {
    fd: OwnedFd,
    queue: Rc<RefCell<Vec<u8>>>,
    /// The child has closed it.
    closed: bool,
    flusher: Option<AbortHandle>,
}

impl Stdin {
    /// A pipe that does not block.
    pub(super) fn new(fd: OwnedFd) -> Self {
        Self { fd, queue: Rc::default(), closed: false, flusher: None }
    }

    /// Writes as much as the pipe takes now, and the rest as the child reads. False when the child has closed it.
    pub(super) fn write(&mut self, data: &[u8]) -> bool {
        if self.closed {
            return false;
        }
        self.queue.borrow_mut().extend_from_slice(data);
        if self.flusher.as_ref().is_none_or(AbortHandle::is_finished) {
            self.closed = self.flush_now().is_err();
        }
        !self.closed
    }

    fn flush_now(&mut self) -> io::Result<()> {
        if !flush(&self.queue, |data| Ok(rustix::io::write(&self.fd, data)?))? {
            let pipe = Sender::from_owned_fd_unchecked(self.fd.try_clone()?)?;
            self.flusher = Some(flush_later(pipe, Rc::clone(&self.queue)));
        }
        Ok(())
    }
}

impl Drop for Stdin {
    fn drop(&mut self) {
        if let Some(flusher) = &self.flusher {
            flusher.abort();
        }
    }
}

/// Writes the rest as the pipe takes it. An error means that the child has closed the pipe; the next write finds that
/// out, too.
fn flush_later(pipe: Sender, queue: Rc<RefCell<Vec<u8>>>) -> AbortHandle {
    let task = async move {
        while pipe.writable().await.is_ok() {
            if !matches!(flush(&queue, |data| pipe.try_write(data)), Ok(false)) {
                return;
            }
        }
    };
    tokio::task::spawn_local(task).abort_handle()
}

/// Writes what the pipe takes. Whether all of it.
fn flush(queue: &RefCell<Vec<u8>>, write: impl Fn(&[u8]) -> io::Result<usize>) -> io::Result<bool> {
    let mut queue = queue.borrow_mut();
    while !queue.is_empty() {
        match write(&queue) {
            Ok(bytes) => drop(queue.drain(..bytes)),
            Err(error) if error.kind() == io::ErrorKind::Interrupted => {}
            Err(error) if error.kind() == io::ErrorKind::WouldBlock => return Ok(false),
            Err(error) => return Err(error),
        }
    }
    Ok(true)
}

/// A child that lives.
#[derive(Debug)]
pub(super) struct Child {
    /// The attempt it comes from.
    pub(super) spawn: SpawnId,
    /// Its pid.
    pub(super) pid: Pid,
    /// Its standard input, unless that is a socket.
    pub(super) stdin: Option<Stdin>,
    /// That socket, shared with the other children of its group.
    #[expect(dead_code, reason = "what counts is that somebody has it")]
    pub(super) socket: Option<Rc<OwnedFd>>,
    /// Its outputs.
    pub(super) outputs: Vec<Rc<Output>>,
}

impl Child {
    /// One of its outputs.
    pub(super) fn output(&self, stream: Stream) -> Option<Rc<Output>> {
        self.outputs.iter().find(|output| output.stream == stream).map(Rc::clone)
    }
}

impl Drop for Child {
    fn drop(&mut self) {
        for output in &self.outputs {
            if let Some(reader) = output.reader.take() {
                reader.abort();
            }
        }
    }
}

/// All children that live.
#[derive(Debug, Default)]
pub(super) struct Children {
    by_process: BTreeMap<ProcessId, Child>,
    by_pid: HashMap<Pid, ProcessId>,
    silent: Vec<Pid>,
}

impl Children {
    /// Notes a child.
    pub(super) fn insert(&mut self, process: ProcessId, child: Child) {
        self.by_pid.insert(child.pid, process);
        self.by_process.insert(process, child);
    }

    /// The child of a process.
    pub(super) fn of(&self, process: ProcessId) -> Option<&Child> {
        self.by_process.get(&process)
    }

    /// The child of a process.
    pub(super) fn of_mut(&mut self, process: ProcessId) -> Option<&mut Child> {
        self.by_process.get_mut(&process)
    }

    /// Whose child a pid is.
    pub(super) fn parent(&self, pid: Pid) -> Option<ProcessId> {
        self.by_pid.get(&pid).copied()
    }

    /// Notes that an output of a process has ended, as it does when the child ends.
    pub(super) fn fell_silent(&mut self, process: ProcessId) {
        self.silent.extend(self.by_process.get(&process).map(|child| child.pid));
    }

    /// The children whose outputs have ended since this was asked last: those that have probably ended.
    pub(super) fn take_silent(&mut self) -> Vec<Pid> {
        std::mem::take(&mut self.silent)
    }

    /// Whether an output of the child of a process has ended since [`take_silent`](Self::take_silent) was asked last.
    #[cfg(test)]
    pub(super) fn is_silent(&self, process: ProcessId) -> bool {
        self.of(process).is_some_and(|child| self.silent.contains(&child.pid))
    }

    /// Forgets the child of a process.
    pub(super) fn remove(&mut self, process: ProcessId) -> Option<Child> {
        let child = self.by_process.remove(&process)?;
        self.by_pid.remove(&child.pid);
        Some(child)
    }
}
