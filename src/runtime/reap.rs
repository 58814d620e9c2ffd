//! The ends of children. One loop takes in whoever has ended, our own and, where we are the first process of a
//! container, strangers that were left to us; nobody else waits for children while it runs.
//!
//! The kernel looks through all children for one that has ended, a third of a millisecond where there are a thousand, in
//! which a child that was just restarted waits for its processor. So those whose outputs have ended are asked for by
//! name; a signal that they explain leaves the look through all for a moment later.

use std::time::Duration;

use rustix::process::{self, Pid, WaitOptions, WaitStatus};

use crate::conf::model::LogLevel;

use super::core::ids::ProcessId;
use super::core::input::{Input, Report};
use super::core::status::ExitStatus;
use super::driver::Driver;
use super::pump;
use super::signals::undisturbed;

/// How long after children that were known by name all others are looked for: less than anybody waits for.
const SWEEP_PAUSE: Duration = Duration::from_millis(5);

impl Driver {
    /// Takes in children that have ended, and strangers that were left to us: those known by name now, and the others
    /// now or soon, by a [`sweep`](Self::sweep).
    pub(super) fn reap(&self) {
        if self.reap_silent() {
            self.sweep_due.set(self.sweep_due.get().or(Some(self.clock.now().mono + SWEEP_PAUSE)));
        } else {
            self.sweep();
        }
    }

    /// Takes in the children whose outputs have ended, if they have too. Says whether any had.
    fn reap_silent(&self) -> bool {
        let _undisturbed = undisturbed();
        let silent = self.children.borrow_mut().take_silent();
        let mut any = false;
        for pid in silent.into_iter().filter_map(Pid::from_raw) {
            // Both outputs of one that has been taken in have ended.
            if self.children.borrow().parent(pid.as_raw_nonzero().get()).is_none() {
                continue;
            }
            if let Ok(Some((pid, status))) = process::waitpid(Some(pid), WaitOptions::NOHANG) {
                self.take_in(pid, status);
                any = true;
            }
        }
        any
    }

    /// Takes in all who have ended.
    pub(super) fn sweep(&self) {
        let _undisturbed = undisturbed();
        self.sweep_due.set(None);
        while let Ok(Some((pid, status))) = process::wait(WaitOptions::NOHANG) {
            self.take_in(pid, status);
        }
    }

    fn take_in(&self, pid: Pid, status: WaitStatus) {
        let pid = pid.as_raw_nonzero().get();
        let Some(status) = exit_status(status) else { return };
        let parent = self.children.borrow().parent(pid);
        match parent {
            Some(process) => self.ended(process, status),
            None => self.say(LogLevel::Info, &format!("reaped unknown pid {pid} ({status})")),
        }
    }

    fn ended(&self, process: ProcessId, status: ExitStatus) {
        let Some(child) = self.children.borrow_mut().remove(process) else { return };
        for output in &child.outputs {
            pump::drain(self, process, child.pid, output);
        }
        self.logs.borrow().close(process);
        let spawn = child.spawn;
        // It lets go of its group's socket.
        drop(child);
        self.feed(Input::Child { process, spawn, report: Report::Exited(status) });
    }
}

fn exit_status(status: WaitStatus) -> Option<ExitStatus> {
    /// The bit of the raw status that says that a core was dumped.
    const CORE: i32 = 0x80;
    let signal = status.terminating_signal();
    let core = status.as_raw() & CORE != 0;
    status.exit_status().map(ExitStatus::Code).or_else(|| signal.map(|signal| ExitStatus::Signal { signal, core }))
}
