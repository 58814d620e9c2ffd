//! Waiting until the program runs, or does not, with a dot for every second that it takes.

use std::os::fd::{AsFd, BorrowedFd, OwnedFd};
use std::process::Child;
use std::time::{Duration, Instant};

use rustix::event::{PollFd, PollFlags, Timespec, poll};
use rustix::process::{Pid, PidfdFlags, pidfd_open};

use super::super::interrupt::Interrupt;
use super::Controller;

/// A dot's time.
const SECOND: Duration = Duration::from_secs(1);
/// How long a program may be busy before it counts as up.
const BUSY: Duration = Duration::from_millis(300);
/// How long it counts as only just begun.
const YOUNG: Duration = Duration::from_millis(20);
/// The first and the longest interval between two questions.
const SHORT: Duration = Duration::from_micros(500);
const LONG: Duration = Duration::from_millis(20);
/// How many seconds a manager of somebody else's may take to be there.
const ARRIVAL: i64 = 10;

/// What is waited for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum For {
    /// That the program runs, in a process other than this one.
    Up(i32),
    /// That it does not.
    Down,
}

/// A program that is there: its process, since when, and whether it was seen to wait for something.
#[derive(Clone, Copy, Debug)]
pub(super) struct Up {
    pid: i32,
    since: Instant,
    waits: bool,
}

/// How a condition is met.
enum Met {
    Yes,
    No,
    TooLate,
}

impl Controller<'_, '_> {
    /// Waits, and says how it ends; the exit status, if that is to be told. `manager` is the one that was started for it.
    pub(super) fn wait_for(&mut self, what: For, message: &str, mut manager: Option<(Child, bool)>) -> Option<u8> {
        let Ok(interrupt) = Interrupt::new() else { return Some(1) };
        let start = Instant::now();
        let mut seconds: i64 = 0;
        let mut pause = SHORT;
        let mut was_running = self.ask();
        let mut met = self.is_met(what, seconds);
        let mut is_dotted = false;
        loop {
            match met {
                Met::Yes => break,
                Met::TooLate => {
                    self.console.line("\nProgram took too long to start");
                    return Some(1);
                }
                Met::No => {}
            }
            if !is_dotted {
                self.console.bytes(b". ");
                is_dotted = true;
            }
            let next_dot = start + SECOND * u32::try_from(seconds + 1).unwrap_or(u32::MAX);
            if self.pause(what, next_dot, &mut pause, &interrupt, manager.as_ref().map(|(child, _)| child)) {
                self.console.line("^C");
                break;
            }
            if Instant::now() >= next_dot {
                seconds += 1;
                is_dotted = false;
            }
            let ended = manager.as_mut().and_then(|(child, is_ours)| gone(child, *is_ours, seconds));
            let answered = self.ask();
            was_running |= answered;
            met = self.is_met(what, seconds);
            let is_gone = was_running || seconds > ARRIVAL || ended == Some(true);
            if !answered && is_gone && matches!(met, Met::No) {
                self.not_managed("\ndaemon manager not running");
                return Some(1);
            }
        }
        let message = message.replace("{pid}", &self.pid().to_string());
        self.console.line(&format!("\n{message}"));
        None
    }

    /// Waits for a change, but not longer than to the next dot. Whether it was interrupted.
    fn pause(
        &mut self,
        what: For,
        next_dot: Instant,
        pause: &mut Duration,
        interrupt: &Interrupt,
        manager: Option<&Child>,
    ) -> bool {
        let until_dot = next_dot.saturating_duration_since(Instant::now());
        let watched = match (what, self.pid()) {
            // Nothing changes before this process ends.
            (For::Down, pid) if pid != 0 => watch(pid),
            (For::Up(old), pid) if pid != 0 && pid == old => watch(pid),
            (For::Up(_), 0) => manager.and_then(|child| watch(i32::try_from(child.id()).ok()?)),
            _ => None,
        };
        let is_testing = self.seen.as_ref().is_some_and(|seen| seen.testing);
        if self.up_since.is_some_and(|up| up.pid == self.pid() && up.since.elapsed() < YOUNG) && !is_testing {
            // It is about to be seen to wait for something, or to end.
            *pause = SHORT;
        }
        let wait = match &watched {
            Some(process) if !has_ended(process) => until_dot,
            _ => until_dot.min(*pause),
        };
        *pause = (*pause * 2).min(LONG);
        let fds: Vec<BorrowedFd<'_>> = std::iter::once(interrupt.as_fd())
            .chain(watched.as_ref().map(AsFd::as_fd).filter(|_| wait == until_dot))
            .collect();
        let mut polled: Vec<PollFd<'_>> = fds.iter().map(|fd| PollFd::from_borrowed_fd(*fd, PollFlags::IN)).collect();
        let _ = poll(&mut polled, Some(&timespec(wait)));
        !polled[0].revents().is_empty()
    }

    fn is_met(&mut self, what: For, seconds: i64) -> Met {
        let pid = self.pid();
        match what {
            For::Down if pid == 0 => Met::Yes,
            For::Down => Met::No,
            For::Up(old) if old != 0 && pid == old => Met::No,
            For::Up(_) if seconds > self.settings.start_timeout => Met::TooLate,
            For::Up(_) => {
                let testing = self.seen.as_ref().is_some_and(|seen| seen.testing);
                if pid != 0 && self.has_settled(pid) && !testing { Met::Yes } else { Met::No }
            }
        }
    }

    /// Whether the program is more than just begun: it was seen to wait for something twice, or is busy for a while. One
    /// that ends at once does neither, and so is not told to be up.
    fn has_settled(&mut self, pid: i32) -> bool {
        let now = Instant::now();
        let waits = is_waiting(pid);
        match &mut self.up_since {
            Some(up) if up.pid == pid => {
                let has_settled = (up.waits && waits) || now - up.since >= BUSY;
                up.waits = waits;
                has_settled
            }
            _ => {
                self.up_since = Some(Up { pid, since: now, waits });
                false
            }
        }
    }
}

/// Whether a manager that was started is not there any more though nobody has seen it; nothing if it still is. One of
/// somebody else's may go into the background before it has made its socket.
fn gone(manager: &mut Child, is_ours: bool, seconds: i64) -> Option<bool> {
    let status = manager.try_wait().ok()??;
    Some(!status.success() || is_ours || seconds > 0)
}

fn watch(pid: i32) -> Option<OwnedFd> {
    pidfd_open(Pid::from_raw(pid)?, PidfdFlags::empty()).ok()
}

fn has_ended(process: &OwnedFd) -> bool {
    let mut polled = [PollFd::new(process, PollFlags::IN)];
    poll(&mut polled, Some(&Timespec { tv_sec: 0, tv_nsec: 0 })).is_ok_and(|ready| ready > 0)
}

/// Whether a process waits for something that is not the disk.
fn is_waiting(pid: i32) -> bool {
    let stat = std::fs::read_to_string(format!("/proc/{pid}/stat")).unwrap_or_default();
    stat.rsplit_once(')').is_some_and(|(_, rest)| rest.trim_start().starts_with('S'))
}

fn timespec(wait: Duration) -> Timespec {
    Timespec { tv_sec: i64::try_from(wait.as_secs()).unwrap_or(i64::MAX), tv_nsec: i64::from(wait.subsec_nanos()) }
}
