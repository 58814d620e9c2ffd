//! Programs whose supervisord was killed: they live on, and a new supervisord would start them a second time.

use std::collections::BTreeMap;
use std::fs;

use crate::base::list;

/// A process that a supervisord started, and that supervisord is gone.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Orphan {
    name: String,
    parent: i64,
}

/// Who runs on though the supervisord at `url` does not, in words; nothing where there is nobody.
pub(super) fn told(url: &str) -> Option<String> {
    let all = of_url(url);
    if all.is_empty() {
        return None;
    }
    let named: Vec<String> = all.iter().map(|(pid, orphan)| format!("{} (pid {pid})", orphan.name)).collect();
    let pids: Vec<String> = all.keys().map(i64::to_string).collect();
    let count = list::count(all.len(), "process", "processes");
    Some(format!(
        "the last supervisord at {url} left {count} behind, which may now run twice: {}; `kill {}` ends the old",
        named.join(", "),
        pids.join(" ")
    ))
}

/// By pid. What they have started themselves is not among them, nor is anybody whom we descend from.
fn of_url(url: &str) -> BTreeMap<i64, Orphan> {
    let entries = fs::read_dir("/proc").into_iter().flatten().flatten();
    let pids = entries.filter_map(|entry| entry.file_name().to_str()?.parse::<i64>().ok());
    let mut all: BTreeMap<i64, Orphan> = pids.filter_map(|pid| Some((pid, orphan(pid, url)?))).collect();
    let mut ours = Some(i64::from(std::process::id()));
    while let Some(pid) = ours.filter(|pid| *pid > 0) {
        all.remove(&pid);
        ours = parent(pid);
    }
    let known = all.clone();
    all.retain(|_, orphan| !known.contains_key(&orphan.parent));
    all
}

fn orphan(pid: i64, url: &str) -> Option<Orphan> {
    let block = fs::read(format!("/proc/{pid}/environ")).ok()?;
    let variable = |name: &str| {
        let entries = block.split(|byte| *byte == 0).filter_map(|entry| std::str::from_utf8(entry).ok());
        entries.filter_map(|entry| entry.split_once('=')).find(|(key, _)| *key == name).map(|(_, value)| value)
    };
    let name = variable("SUPERVISOR_PROCESS_NAME")?.to_owned();
    (variable("SUPERVISOR_SERVER_URL")? == url).then_some(Orphan { name, parent: parent(pid)? })
}

/// The parent of a process: the second field behind its name, which may hold anything.
fn parent(pid: i64) -> Option<i64> {
    let status = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    status.rsplit_once(')')?.1.split_whitespace().nth(1)?.parse().ok()
}
