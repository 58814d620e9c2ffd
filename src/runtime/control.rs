//! What the servers (RPC, web) may do with a running daemon: the one seam between them and the driver. Everything runs
//! in one thread, so it is plain calls; a borrow of the fleet must not be held across an `await`.
//!
//! Requests about processes go through [`Control::submit`] and are answered by the core, at once or when they are
//! settled; everything else is answered here.

use std::cell::Ref;
use std::io;
use std::path::{Path, PathBuf};
use std::rc::Rc;

use tokio::sync::oneshot;

use crate::base::time::Now;
use crate::conf::model::{Config, LogLevel};

use super::core::diff::Difference;
use super::core::event::{Event, Stream};
use super::core::fleet::Fleet;
use super::core::ids::ProcessId;
use super::core::request::{Reply, Request};

/// A running daemon.
pub trait Control {
    /// Both clocks.
    fn now(&self) -> Now;

    /// The pid of the daemon.
    fn pid(&self) -> u32;

    /// What is supervised, and in which state: for questions. Not to be held across an `await`.
    fn fleet(&self) -> Ref<'_, Fleet>;

    /// The configuration as it was last read. Groups that were not added since do not stand in the fleet.
    fn config(&self) -> Rc<Config>;

    /// Hands a request to the core. The receiver gets exactly one reply; it errs only when the daemon leaves first.
    fn submit(&self, request: Request) -> oneshot::Receiver<Reply>;

    /// Reads the configuration again, and says what it would change. On an error (its words) all stays as it is.
    fn reload(&self) -> Result<Difference, String>;

    /// Whether the configuration can be read as it is now; an error is the words of what is wrong.
    fn check(&self) -> Result<(), String> {
        Ok(())
    }

    /// Something took much memory that is free now: it is given back when nothing else is to be done.
    fn tidy_up_later(&self) {}

    /// Path of the main log, if it is a file.
    fn main_log(&self) -> Option<PathBuf>;

    /// Deletes the main log and begins it anew. `NotFound` when there is no such file.
    fn clear_main_log(&self) -> io::Result<()>;

    /// Path of the log of a process' output. None where it is not logged, or there is no such process.
    fn child_log(&self, process: ProcessId, stream: Stream) -> Option<Rc<Path>>;

    /// The same, for a reader: a log that the daemon names itself, and that nothing was written to yet, is made.
    fn readable_child_log(&self, process: ProcessId, stream: Stream) -> Option<Rc<Path>> {
        self.child_log(process, stream)
    }

    /// Deletes both logs of a process and begins them anew; one that does not exist is not an error.
    fn clear_child_logs(&self, process: ProcessId) -> io::Result<()>;

    /// Queues bytes for the standard input of a process; they are written as fast as it reads.
    fn write_stdin(&self, process: ProcessId, data: &[u8]) -> Result<(), StdinError>;

    /// Whether lines of that level reach the main log: worth asking before a costly line is made.
    fn logs(&self, level: LogLevel) -> bool;

    /// Writes a line to the main log.
    fn log(&self, level: LogLevel, line: &str);

    /// Tells the event listeners.
    fn emit(&self, event: Event);
}

/// Why nothing can be written to a standard input.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum StdinError {
    /// There is no child, or it is being stopped.
    NotRunning,
    /// The child has closed it, or has none.
    Closed,
}
