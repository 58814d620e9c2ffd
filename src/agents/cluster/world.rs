//! The seam between what is decided and the system.

use std::io;

use super::ladder::Rung;
use super::process::{Process, Seen};
use crate::base::time::Mono;

/// The system, as far as ending processes needs it.
pub(super) trait World {
    /// The clock for decisions.
    fn now(&self) -> Mono;

    /// All processes.
    fn processes(&mut self) -> io::Result<Vec<Seen>>;

    /// Sends a signal, to this process and no other. That it is gone is no error.
    fn send(&mut self, rung: Rung, process: Process) -> io::Result<()>;

    /// Waits until one of the processes has ended, but not past `until`. May return early.
    fn wait(&mut self, processes: &[Process], until: Mono) -> io::Result<()>;

    /// Says a line to the user.
    fn say(&mut self, line: &str);
}
