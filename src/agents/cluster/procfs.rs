//! The processes of this system, as `/proc` shows them.

use std::fs;
use std::io;
use std::path::PathBuf;

pub(super) use crate::agents::identity::{boot, is_older, own};

use super::process::{Mark, Seen, VARIABLE};
use crate::agents::identity::read_stat;

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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn we_are_among_all() {
        let own = own().unwrap();
        assert!(all().unwrap().iter().any(|seen| seen.process == own && !seen.has_ended));
        assert_eq!(one(own.pid).unwrap().process, own);
    }
}
