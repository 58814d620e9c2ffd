//! The processes that write to a file, held still for a moment.
//!
//! A process that is stopped is in no system call that writes: what it wrote is in the file, and what it will write comes
//! when it goes on. It goes on when this is dropped, and when this process is killed meanwhile: a shell waits for that.

use std::fs;
use std::io::{self, Write as _};
use std::os::unix::fs::MetadataExt as _;
use std::os::unix::process::CommandExt as _;
use std::path::Path;
use std::process::{Child, Command, Stdio};
use std::time::{Duration, Instant};

use rustix::process::{Pid, Signal, kill_process};

/// How long processes have to stand still.
const PATIENCE: Duration = Duration::from_secs(1);

/// Who lets processes go on if this one cannot: a shell with a list of them, which acts when nobody holds the other end of its
/// input any more, unless it was told not to.
struct Guard(Child);

impl Guard {
    fn begin() -> io::Result<Self> {
        let script =
            "pids=; while read -r pid; do [ \"$pid\" != - ] || exit 0; pids=\"$pids $pid\"; done; kill -CONT $pids";
        let mut shell = Command::new("/bin/sh");
        shell.args(["-c", script]).stdin(Stdio::piped()).stdout(Stdio::null()).stderr(Stdio::null());
        // What is typed at the terminal is not for it.
        shell.process_group(0).spawn().map(Self)
    }

    fn write(&mut self, line: &str) -> io::Result<()> {
        let input = self.0.stdin.as_mut().ok_or(io::ErrorKind::BrokenPipe)?;
        writeln!(input, "{line}")
    }
}

impl Drop for Guard {
    fn drop(&mut self) {
        // If it is gone already it has nothing to do.
        let _ = self.write("-");
        drop(self.0.stdin.take());
        let _ = self.0.wait();
    }
}

/// Processes that stand still.
pub(super) struct Held {
    /// All of them.
    pids: Vec<Pid>,
    /// Those that did not before, and are to go on.
    ours: Vec<Pid>,
    /// Whom the first of them was told to.
    guard: Option<Guard>,
    /// Whether all writers do.
    pub(super) all: bool,
}

impl Held {
    /// Holds whoever has the file open to write.
    pub(super) fn of(file: &fs::Metadata) -> Self {
        let mut held = Self { pids: Vec::new(), ours: Vec::new(), guard: None, all: true };
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
    /// Whether nobody has it open.
    pub(super) fn is_nobody(&self) -> bool {
        self.pids.is_empty()
    }

    /// Whether it could be made to stand still.
    fn stop(&mut self, pid: Pid) -> bool {
        if self.guard.is_none() {
            self.guard = Guard::begin().ok();
        }
        // Without a guard nobody is stopped.
        let line = pid.as_raw_nonzero().to_string();
        if self.guard.as_mut().is_none_or(|guard| guard.write(&line).is_err()) {
            return false;
        }
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn who_is_held_goes_on_if_the_holder_is_killed() {
        let mut sleep = Command::new("sleep").arg("1000").spawn().unwrap();
        let pid = Pid::from_child(&sleep);
        let mut guard = Guard::begin().unwrap();
        guard.write(&pid.as_raw_nonzero().to_string()).unwrap();
        kill_process(pid, Signal::STOP).unwrap();
        while !is_still(pid) {
            std::thread::yield_now();
        }
        // As a kill does: the other end is gone without a word.
        drop(guard.0.stdin.take());
        let until = Instant::now() + Duration::from_secs(10);
        while is_still(pid) && Instant::now() < until {
            std::thread::yield_now();
        }
        assert!(!is_still(pid));
        sleep.kill().unwrap();
        sleep.wait().unwrap();
    }
}
