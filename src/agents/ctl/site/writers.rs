//! The processes that write to a file, held still for a moment.
//!
//! A process that is stopped is in no system call that writes: what it wrote is in the file, and what it will write comes
//! when it goes on. It goes on when this is dropped.

use std::fs;
use std::os::unix::fs::MetadataExt as _;
use std::path::Path;
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long processes have to stand still.
const PATIENCE: Duration = Duration::from_secs(1);

/// Processes that stand still.
pub(super) struct Held {
    /// All of them.
    pids: Vec<Pid>,
    /// Those that did not before, and are to go on.
    ours: Vec<Pid>,
    /// Whether all writers do.
    pub(super) all: bool,
}

impl Held {
    /// Holds whoever has the file open to write.
    pub(super) fn of(file: &fs::Metadata) -> Self {
        let mut held = Self { pids: Vec::new(), ours: Vec::new(), all: true };
        // Until nobody new has come, such as a child of one that was not held yet.
        loop {
            let new: Vec<Pid> = writers(file).into_iter().filter(|pid| !held.pids.contains(pid)).collect();
            if new.is_empty() {
                return held;
            }
            for pid in new {
                held.pids.push(pid);
                held.all &= is_still(pid) || held.stop(pid);
            }
            if !held.all {
                return held;
            }
        }
    }
}

impl Held {
    /// Whether it could be made to stand still.
    fn stop(&mut self, pid: Pid) -> bool {
        if kill_process(pid, Signal::STOP).is_err() {
            return false;
        }
        self.ours.push(pid);
        let until = Instant::now() + PATIENCE;
        while !is_still(pid) {
            if Instant::now() >= until {
                return false;
            }
            std::thread::yield_now();
        }
        true
    }
}

impl Drop for Held {
    fn drop(&mut self) {
        for pid in &self.ours {
            let _ = kill_process(*pid, Signal::CONT);
        }
    }
}

/// Whether anybody has the file open to write, as far as that can be seen.
pub(super) fn has_writers(file: &fs::Metadata) -> bool {
    !writers(file).is_empty()
}

fn writers(file: &fs::Metadata) -> Vec<Pid> {
    let own = std::process::id();
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<u32>().ok()).filter(|pid| *pid != own);
    pids.filter(|pid| writes(*pid, file)).filter_map(|pid| Pid::from_raw(i32::try_from(pid).ok()?)).collect()
}

fn writes(pid: u32, file: &fs::Metadata) -> bool {
    let fds = fs::read_dir(format!("/proc/{pid}/fd")).into_iter().flatten().flatten();
    fds.filter(|fd| fs::metadata(fd.path()).is_ok_and(|open| (open.dev(), open.ino()) == (file.dev(), file.ino())))
        .any(|fd| is_for_writing(pid, &fd.path()))
}

fn is_for_writing(pid: u32, fd: &Path) -> bool {
    let number = fd.file_name().and_then(|name| name.to_str()).unwrap_or("");
    let info = fs::read_to_string(format!("/proc/{pid}/fdinfo/{number}")).unwrap_or_default();
    let flags = info.lines().find_map(|line| line.strip_prefix("flags:"));
    flags.and_then(|flags| u32::from_str_radix(flags.trim(), 8).ok()).is_some_and(|flags| flags & 3 != 0)
}

/// Whether all threads of a process have stopped.
fn is_still(pid: Pid) -> bool {
    let tasks = fs::read_dir(format!("/proc/{}/task", pid.as_raw_nonzero())).into_iter().flatten().flatten();
    let is_stopped = |task: fs::DirEntry| {
        let stat = fs::read_to_string(task.path().join("stat")).unwrap_or_default();
        // One that has gone writes nothing.
        stat.rsplit_once(") ").is_none_or(|(_, rest)| rest.starts_with(['T', 't', 'Z', 'X']))
    };
    tasks.into_iter().all(is_stopped)
}
