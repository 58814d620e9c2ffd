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

/// Compares the groups in force with those just read. Of several groups of one name the first counts, as it is the one
/// that is run.
pub fn reload_diff(old: &[Group], new: &[Group]) -> ReloadDiff {
    let (old_by_name, new_by_name) = (by_name(old), by_name(new));
    let mut diff = ReloadDiff::default();
    for group in new.iter().filter(|group| is_first(group, &new_by_name)) {
        match old_by_name.get(group.name.as_str()) {
            None => diff.added.push(group.name.clone()),
            Some(before) if !same_group(before, group) => diff.changed.push(group.name.clone()),
            Some(_) => {}
        }
    }
    let gone = old.iter().filter(|group| !new_by_name.contains_key(group.name.as_str()));
    diff.removed.extend(gone.filter(|group| is_first(group, &old_by_name)).map(|group| group.name.clone()));
    diff
}

fn by_name(groups: &[Group]) -> HashMap<&str, &Group> {
    // Backwards, so that the first of a name is the one that stays.
    groups.iter().rev().map(|group| (group.name.as_str(), group)).collect()
}

fn is_first(group: &Group, by_name: &HashMap<&str, &Group>) -> bool {
    by_name.get(group.name.as_str()).is_some_and(|first| std::ptr::eq(*first, group))
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
