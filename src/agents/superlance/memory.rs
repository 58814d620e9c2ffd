//! Memory of processes, from `/proc`: what `ps -o rss` shows.

use std::collections::BTreeMap;
use std::fs;

use crate::agents::stat::Stat;

/// Bytes of those of `pids` that are there; with all that descend from them if it is `cumulative`.
pub(super) fn of(pids: &[i64], cumulative: bool) -> BTreeMap<i64, u64> {
    let page = u64::try_from(rustix::param::page_size()).unwrap_or(4096);
    let all = if cumulative { all() } else { pids.iter().filter_map(|pid| one(&pid.to_string())).collect() };
    let pages = |pid: i64| if cumulative { sum(&all, pid) } else { own(&all, pid) };
    pids.iter().filter_map(|pid| Some((*pid, pages(*pid)? * page))).collect()
}

fn one(pid: &str) -> Option<Stat> {
    Stat::parse(&String::from_utf8_lossy(&fs::read(format!("/proc/{pid}/stat")).ok()?))
}

/// All processes. One that ends meanwhile is left out.
fn all() -> Vec<Stat> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let is_pid = |name: &String| name.bytes().all(|byte| byte.is_ascii_digit());
    entries.filter_map(|entry| one(&entry.file_name().into_string().ok().filter(is_pid)?)).collect()
}

fn own(all: &[Stat], pid: i64) -> Option<u64> {
    all.iter().find(|stat| i64::from(stat.pid) == pid).map(|stat| stat.pages)
}

/// Pages of a process and all that descend from it.
fn sum(all: &[Stat], pid: i64) -> Option<u64> {
    let mut family = vec![*all.iter().find(|stat| i64::from(stat.pid) == pid)?];
    let mut at = 0;
    while let Some(parent) = family.get(at).map(|stat| stat.pid) {
        let is_new = |stat: &&Stat| stat.parent == parent && family.iter().all(|known| known.pid != stat.pid);
        let children: Vec<Stat> = all.iter().filter(is_new).copied().collect();
        family.extend(children);
        at += 1;
    }
    Some(family.iter().map(|stat| stat.pages).sum())
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stat((pid, parent, pages): (i32, i32, u64)) -> Stat {
        Stat { pid, parent, has_ended: false, start: 0, pages }
    }

    #[test]
    fn a_family_is_all_that_descends() {
        let all = [(1, 0, 1), (2, 1, 10), (3, 2, 100), (4, 3, 1000), (5, 1, 10_000), (6, 6, 5)].map(stat);
        assert_eq!((sum(&all, 2), own(&all, 2)), (Some(1110), Some(10)));
        assert_eq!((sum(&all, 1), sum(&all, 6), sum(&all, 7)), (Some(11_111), Some(5), None));
    }

    #[test]
    fn it_is_what_the_system_says_elsewhere() {
        let mut child = std::process::Command::new("sleep").arg("1000").spawn().unwrap();
        let (pid, me) = (i64::from(child.id()), i64::from(std::process::id()));
        let resident = || -> Option<u64> {
            let status = fs::read_to_string(format!("/proc/{pid}/status")).ok()?;
            let line = status.lines().find_map(|line| line.strip_prefix("VmRSS:"))?;
            Some(line.trim().strip_suffix(" kB")?.parse::<u64>().ok()? * 1024)
        };
        // It grows until it sleeps.
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(30);
        while of(&[pid], false).get(&pid).copied() != resident() {
            assert!(std::time::Instant::now() < deadline);
            std::thread::yield_now();
        }
        let (alone, together) = (of(&[pid, me, 0], false), of(&[me], true));
        child.kill().unwrap();
        child.wait().unwrap();
        assert!(!alone.contains_key(&0) && together[&me] > alone[&pid]);
    }
}
