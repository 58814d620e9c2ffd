//! What a reread changes: which groups are new, gone, or different, as `reloadConfig` tells it.
//!
//! The order of variables and of event types makes no difference. In two points more is seen than by the original: a
//! log that becomes AUTO, and another owner, mode or queue of a socket.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use super::model::{Group, GroupKind, Process};

/// Names of groups.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct ReloadDiff {
    /// Only in the new configuration, in its order.
    pub added: Vec<String>,
    /// In both, but different, in the order of the new one.
    pub changed: Vec<String>,
    /// Only in the old configuration, in its order.
    pub removed: Vec<String>,
}

/// Compares the groups in force with those just read. Of several old groups of one name the last counts.
pub fn reload_diff(old: &[Group], new: &[Group]) -> ReloadDiff {
    let old_by_name: HashMap<&str, &Group> = old.iter().map(|group| (group.name.as_str(), group)).collect();
    let new_names: BTreeSet<&str> = new.iter().map(|group| group.name.as_str()).collect();
    let mut diff = ReloadDiff::default();
    for group in new {
        match old_by_name.get(group.name.as_str()) {
            None => diff.added.push(group.name.clone()),
            Some(before) if !same_group(before, group) => diff.changed.push(group.name.clone()),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|group| !new_names.contains(group.name.as_str()));
    diff.removed.extend(gone.map(|group| group.name.clone()));
    diff
}

/// Whether two groups of one name are the same.
pub fn same_group(a: &Group, b: &Group) -> bool {
    a.priority == b.priority
        && same_kind(&a.kind, &b.kind)
        && a.processes.len() == b.processes.len()
        && a.processes.iter().zip(&b.processes).all(|(a, b)| same_process(a, b))
}

fn same_kind(a: &GroupKind, b: &GroupKind) -> bool {
    match (a, b) {
        (
            GroupKind::EventListener { events, buffer_size, result_handler },
            GroupKind::EventListener { events: events_b, buffer_size: size_b, result_handler: handler_b },
        ) => {
            let set = |events: &[String]| events.iter().cloned().collect::<BTreeSet<_>>();
            buffer_size == size_b && result_handler == handler_b && set(events) == set(events_b)
        }
        (a, b) => a == b,
    }
}

/// Whether two processes are the same.
pub fn same_process(a: &Process, b: &Process) -> bool {
    if a == b {
        return true;
    }
    let map = |process: &Process| process.environment.iter().cloned().collect::<BTreeMap<_, _>>();
    if a.environment == b.environment || map(a) != map(b) {
        return false;
    }
    let bare = |process: &Process| Process { environment: Vec::new(), ..process.clone() };
    bare(a) == bare(b)
}
