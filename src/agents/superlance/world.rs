//! The seam between what is decided and the world.

use std::collections::BTreeMap;
use std::time::Duration;

use super::page::{Page, Wanted};
use crate::agents::mail::{Mail, Problem as NotSent, Refusal};
use crate::base::time::Now;
use crate::client::problem::Problem;
use crate::client::proxy::ProcessInfo;

/// The world, as far as the programs need it.
pub trait World {
    /// Both clocks.
    fn now(&self) -> Now;

    /// An instant as the local clock shows it, in the terms of `strftime`.
    fn local(&self, now: Now, format: &str) -> String;

    /// The daemon's processes.
    fn processes(&mut self) -> Result<Vec<ProcessInfo>, Problem>;

    /// Stops a process and waits until it has.
    fn stop(&mut self, namespec: &str) -> Result<(), Problem>;

    /// Starts a process and waits until it runs.
    fn start(&mut self, namespec: &str) -> Result<(), Problem>;

    /// Bytes of memory (RSS) of those of `pids` that are there; with all that descend from them if it is `cumulative`.
    fn memory(&mut self, pids: &[i64], cumulative: bool) -> BTreeMap<i64, u64>;

    /// The answer of a server; else why there is none, as Python says it.
    fn page(&mut self, wanted: &Wanted) -> Result<Page, String>;

    /// Runs a command of the shell; what it wrote to its standard output.
    fn command(&mut self, line: &str) -> String;

    /// Sends a mail.
    fn mail(&mut self, mail: &Mail) -> Result<Vec<Refusal>, NotSent>;

    /// Says a line on standard error. What is not told there is not important.
    fn say(&mut self, line: &str);

    /// Does nothing for a while.
    fn pause(&mut self, time: Duration);
}
