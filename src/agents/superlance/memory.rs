//! Memory of processes, from `/proc/PID/status`: what `ps -o rss` shows. (`/proc/PID/stat` is not exact.)

use std::collections::BTreeMap;
use std::fs;

/// What is used of a process.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
struct Seen {
    pid: i64,
    parent: i64,
    /// Its memory (RSS).
    bytes: u64,
}

impl Seen {
    /// Reads the text. What has ended, and is only not waited for, has no memory.
    fn parse(text: &str) -> Option<Self> {
        let value = |key: &str| text.lines().find_map(|line| line.strip_prefix(key)?.split_ascii_whitespace().next());
        let kilobytes = value("VmRSS:").map_or(Some(0), |number| number.parse::<u64>().ok())?;
        Some(Self {
            pid: value("Pid:")?.parse().ok()?,
            parent: value("PPid:")?.parse().ok()?,
            bytes: kilobytes.checked_mul(1024)?,
        })
    }
}

/// Bytes of those of `pids` that are there; with all that descend from them if it is `cumulative`.
pub(super) fn of(pids: &[i64], cumulative: bool) -> BTreeMap<i64, u64> {
    let all = if cumulative { all() } else { pids.iter().filter_map(|pid| one(&pid.to_string())).collect() };
    let bytes = |pid: i64| if cumulative { sum(&all, pid) } else { own(&all, pid) };
    pids.iter().filter_map(|pid| Some((*pid, bytes(*pid)?))).collect()
}

fn one(pid: &str) -> Option<Seen> {
    Seen::parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/status")).ok()?))
}

/// All processes. One that ends meanwhile is left out.
fn all() -> Vec<Seen> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_pid = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    entries.filter_map(|entry| one(&entry.file_name().into_string().ok().filter(is_pid)?)).collect()
}

fn own(all: &[Seen], pid: i64) -> Option<u64> {
    all.iter().find(|seen| seen.pid == pid).map(|seen| seen.bytes)
}

/// Bytes of a process and all that descend from it.
fn sum(all: &[Seen], pid: i64) -> Option<u64> {
    let mut family = vec![*all.iter().find(|seen| seen.pid == pid)?];
    let mut at = 0;
    while let Some(parent) = family.get(at).map(|seen| seen.pid) {
        let is_new = |seen: &&Seen| seen.parent == parent && family.iter().all(|known| known.pid != seen.pid);
        let children: Vec<Seen> = all.iter().filter(is_new).copied().collect();
        family.extend(children);
        at += 1;
    }
    Some(family.iter().map(|seen| seen.bytes).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn seen((pid, parent, bytes): (i64, i64, u64)) -> Seen {
        Seen { pid, parent, bytes }
    }

    #[test]
    fn a_status_is_read() {
        let text = "Name:\tPid:\t9\nState:\tS (sleeping)\nPid:\t42\nPPid:\t7\nVmRSS:\t    1808 kB\nThreads:\t1\n";
        assert_eq!(Seen::parse(text), Some(seen((42, 7, 1808 * 1024))));
        assert_eq!(Seen::parse("Pid:\t42\nPPid:\t7\n"), Some(seen((42, 7, 0))));
        assert_eq!((Seen::parse(""), Seen::parse("Pid:\t42\nPPid:\tx\n")), (None, None));
    }

    #[test]
    fn a_family_is_all_that_descends() {
        let all = [(1, 0, 1), (2, 1, 10), (3, 2, 100), (4, 3, 1000), (5, 1, 10_000), (6, 6, 5)].map(seen);
        assert_eq!((sum(&all, 2), own(&all, 2)), (Some(1110), Some(10)));
        assert_eq!((sum(&all, 1), sum(&all, 6), sum(&all, 7)), (Some(11_111), Some(5), None));
    }

    #[test]
    fn processes_are_seen_alone_and_together() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let (pid, me) = (i64::from(child.id()), i64::from(std::process::id()));
        let (alone, together) = (of(&[pid, me, 0], false), of(&[me], true));
        child.kill().unwrap();
        let ended = of(&[pid], false);
        child.wait().unwrap();
        assert!(!alone.contains_key(&0) && alone[&pid] > 0 && together[&me] > alone[&pid]);
        assert!(ended.contains_key(&pid) && of(&[pid], false).is_empty());
    }
}
