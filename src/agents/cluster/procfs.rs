//! The processes of this system, as `/proc` shows them.

use std::fs;
use std::io;
use std::path::PathBuf;
use std::time::{Duration, SystemTime};

use super::process::{Mark, Process, Seen, VARIABLE, read_stat};

/// All processes. One that ends meanwhile is left out.
pub(super) fn all() -> io::Result<Vec<Seen>> {
    let namespace = namespace("self");
    let pids = fs::read_dir("/proc")?.flatten().filter_map(|entry| entry.file_name().to_str()?.parse::<i32>().ok());
    Ok(pids.filter_map(|pid| seen(pid, namespace.as_ref())).collect())
}

/// The process that has this pid now.
pub(super) fn one(pid: i32) -> Option<Seen> {
    seen(pid, namespace("self").as_ref())
}

/// Which process this is.
pub(super) fn own() -> io::Result<Process> {
    let stat = fs::read_to_string("/proc/self/stat")?;
    let (process, _, _) = read_stat(&stat).ok_or(io::ErrorKind::InvalidData)?;
    Ok(process)
}

fn seen(pid: i32, own: Option<&PathBuf>) -> Option<Seen> {
    let stat = fs::read(format!("/proc/{pid}/stat")).ok()?;
    let (process, parent, has_ended) = read_stat(&String::from_utf8_lossy(&stat))?;
    // A path in a container means another file.
    let mark = mark(pid).filter(|_| namespace(&pid.to_string()).as_ref() == own);
    Some(Seen { process, parent, has_ended, mark })
}

fn namespace(pid: &str) -> Option<PathBuf> {
    fs::read_link(format!("/proc/{pid}/ns/pid")).ok()
}

fn mark(pid: i32) -> Option<Mark> {
    let environ = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let value = environ
        .split(|byte| *byte == 0)
        .find_map(|variable| variable.strip_prefix(VARIABLE.as_bytes()).and_then(|rest| rest.strip_prefix(b"=")))?;
    Mark::read(std::str::from_utf8(value).ok()?)
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_among_all_and_no_younger_than_now() {
        let own = own().unwrap();
        assert!(all().unwrap().iter().any(|seen| seen.process == own && !seen.has_ended));
        assert_eq!(one(own.pid).unwrap().process, own);
        assert!(is_older(own, SystemTime::now()));
        assert!(!is_older(own, SystemTime::UNIX_EPOCH));
        assert_ne!(boot(), "-");
    }
}
