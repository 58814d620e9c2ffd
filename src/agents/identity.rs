//! Processes once and for all, and files that name them: pids are used again, and the file may be older than that.

use std::fs;
use std::io;
use std::path::Path;
use std::time::{Duration, SystemTime};

/// One process, once and for all: pids are used again, but not with the same beginning.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub(super) struct Process {
    /// When it began: clock ticks since the system did.
    pub(super) start: u64,
    /// Its number.
    pub(super) pid: i32,
}

/// Reads `/proc/PID/stat`: which process it is, its parent, and whether it has ended.
pub(super) fn read_stat(text: &str) -> Option<(Process, i32, bool)> {
    // The name, in parentheses, may hold anything.
    let (head, tail) = text.rsplit_once(')')?;
    let pid = head.split(' ').next()?.parse().ok()?;
    let mut fields = tail.split_ascii_whitespace();
    let has_ended = matches!(fields.next()?, "Z" | "X");
    let parent = fields.next()?.parse().ok()?;
    let start = fields.nth(17)?.parse().ok()?;
    Some((Process { start, pid }, parent, has_ended))
}

/// Which process this is.
pub(super) fn own() -> io::Result<Process> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (process, _, _) = read_stat(&stat).ok_or(io::ErrorKind::InvalidData)?;
    Ok(process)
}

/// The processes whose parent has this pid.
pub(super) fn children(parent: i32) -> Vec<Process> {
    let pids = fs::read_dir("/proc").into_iter().flatten().flatten();
    let stats = pids.filter_map(|entry| fs::read(entry.path().join("stat")).ok());
    let all = stats.filter_map(|stat| read_stat(&String::from_utf8_lossy(&stat)));
    all.filter(|(_, own, has_ended)| *own == parent && !has_ended).map(|(process, _, _)| process).collect()
}

/// The process that has this pid now, and whether it has ended.
pub(super) fn one(pid: i32) -> Option<(Process, bool)> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    read_stat(&String::from_utf8_lossy(&stat)).map(|(process, _, has_ended)| (process, has_ended))
}

/// Which start of the system this is.
pub(super) fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").map_or_else(|_| "-".to_owned(), |id| id.trim().to_owned())
}

/// Whether a process can be the one that is meant in a file of this age: it cannot if it began after the file was written.
/// What is not known speaks for it.
pub(super) fn is_older(process: Process, written: SystemTime) -> bool {
    let Some(booted) = booted() else { return true };
    let ticks = rustix::param::clock_ticks_per_second().max(1);
    let began = booted + Duration::from_secs(process.start / ticks);
    began <= written + SLACK
}

/// How far the clocks of processes and files are apart: both are rounded, the former to whole seconds.
const SLACK: Duration = Duration::from_secs(2);

fn booted() -> Option<SystemTime> {
    let stat = fs::read_to_string("/proc/stat").ok()?;
    let seconds = stat.lines().find_map(|line| line.strip_prefix("btime "))?.trim().parse().ok()?;
    Some(SystemTime::UNIX_EPOCH + Duration::from_secs(seconds))
}

/// When the process that has this pid began, if that was before the file was written.
pub(super) fn begun_before(pid: i32, file: &Path) -> Option<u64> {
    let (process, _) = one(pid)?;
    let written: SystemTime = fs::metadata(file).and_then(|metadata| metadata.modified()).ok()?;
    is_older(process, written).then_some(process.start)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn stat_is_read_whatever_the_name_is() {
        let stat = "42 (a) Z 9 (x)) S 7 42 42 0 -1 4194304 1 0 0 0 1 2 3 4 20 0 1 0 98765 1 2";
        assert_eq!(read_stat(stat), Some((Process { start: 98765, pid: 42 }, 7, false)));
        assert!(read_stat(&stat.replace(") S", ") Z")).unwrap().2);
        for broken in ["", "42", "42 (a", "42 (a) S 7", "x (a) S 7 42 42 0 -1 4194304 1 0 0 0 1 2 3 4 20 0 1 0 98765"] {
            assert_eq!(read_stat(broken), None, "{broken}");
        }
    }

    #[test]
    fn we_are_no_younger_than_now() {
        let own = own().unwrap();
        assert_eq!(one(own.pid), Some((own, false)));
        assert!(is_older(own, SystemTime::now()));
        assert!(!is_older(own, SystemTime::UNIX_EPOCH));
        assert_ne!(boot(), "-");
    }

    proptest! {
        #[test]
        fn any_stat_can_be_read(text in any::<String>()) {
            let _ = read_stat(&text);
        }
    }
}
