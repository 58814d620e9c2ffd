//! Processes: which is which, which belong to a cluster, and to what in it. Nothing here looks at the system.

use std::collections::HashMap;

pub(super) use crate::agents::identity::Process;

/// The variable that marks the processes of a cluster.
pub(super) const VARIABLE: &str = "RECIPE_CLUSTER";

/// What in a cluster a process belongs to.
#[derive(Clone, Debug, PartialEq, Eq, Hash)]
pub(super) enum Group {
    /// It is the daemon.
    Daemon,
    /// A command that was left running: the number of its step.
    Background(usize),
    /// A command that was waited for, and left something behind.
    Command(usize),
    /// Left behind, and without a mark: the first of its kind.
    Stray(Process),
}

/// What stands in the environment of a cluster's process, and of all that descend from it: the group, and which cluster, by
/// the path of its pid file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Mark {
    /// What it belongs to. Never [`Group::Stray`].
    pub(super) group: Group,
    /// The absolute path of the pid file.
    pub(super) cluster: String,
}

impl Mark {
    /// The value of [`VARIABLE`].
    pub(super) fn written(&self) -> String {
        let group = match self.group {
            Group::Background(step) => format!("background-{step}"),
            Group::Command(step) => format!("command-{step}"),
            Group::Daemon | Group::Stray(_) => "daemon".to_owned(),
        };
        format!("{group}:{}", self.cluster)
    }

    /// What a value of [`VARIABLE`] says, if it is one of ours.
    pub(super) fn read(text: &str) -> Option<Self> {
        let (group, cluster) = text.split_once(':')?;
        let group = match group.split_once('-') {
            None if group == "daemon" => Group::Daemon,
            Some(("background", step)) => Group::Background(step.parse().ok()?),
            Some(("command", step)) => Group::Command(step.parse().ok()?),
            _ => return None,
        };
        Some(Self { group, cluster: cluster.to_owned() })
    }
}

/// A process as the system shows it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Seen {
    /// Which it is.
    pub(super) process: Process,
    /// Its parent.
    pub(super) parent: i32,
    /// Whether it has ended, and only waits for its parent to hear of it.
    pub(super) has_ended: bool,
    /// Its mark. None where its environment is not ours to read, or where it is in a container of its own.
    pub(super) mark: Option<Mark>,
}

/// A process of a cluster.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Member {
    /// Which it is.
    pub(super) process: Process,
    /// What it belongs to.
    pub(super) group: Group,
}

impl Family {
    /// Those that are to be written down, as their mark may be gone by the time that they are looked for without a daemon.
    pub(super) fn strays(&self) -> Vec<Process> {
        let strays = self.members.iter().filter(|member| !matches!(member.group, Group::Background(_)));
        strays.map(|member| member.process).collect()
    }
}

/// The living processes of a cluster.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Family {
    /// The daemon.
    pub(super) daemon: Option<Process>,
    /// All others.
    pub(super) members: Vec<Member>,
}

/// By what a cluster's processes are known.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Known {
    /// The absolute path of the pid file.
    pub(super) cluster: String,
    /// The daemon, as it is written down.
    pub(super) daemon: Option<Process>,
    /// The programs in the background, as they are written down, with their steps.
    pub(super) children: Vec<Process>,
    /// What has parted from its parents and carries no mark, as it is written down.
    pub(super) strays: Vec<Process>,
    /// A process that is not to be found: the one that asks.
    pub(super) except: Option<i32>,
}

/// Finds the processes of a cluster among all.
pub(super) fn family(all: &[Seen], known: &Known) -> Family {
    let all: Vec<&Seen> = all.iter().filter(|seen| !seen.has_ended && Some(seen.process.pid) != known.except).collect();
    let daemon = known.daemon.filter(|daemon| all.iter().any(|seen| seen.process == *daemon));
    let daemon = daemon.or_else(|| marked_daemon(&all, known));
    let mut children: HashMap<i32, Vec<&Seen>> = HashMap::new();
    for seen in &all {
        children.entry(seen.parent).or_default().push(seen);
    }
    let mut groups: HashMap<i32, Group> = HashMap::new();
    let mut open: Vec<&Seen> = Vec::new();
    for seen in &all {
        if let Some(group) = own_group(seen, daemon, known) {
            groups.insert(seen.process.pid, group);
            open.push(seen);
        }
    }
    while let Some(parent) = open.pop() {
        let group = groups[&parent.process.pid].clone();
        for child in children.get(&parent.process.pid).into_iter().flatten() {
            if groups.contains_key(&child.process.pid) {
                continue;
            }
            let inherited = if group == Group::Daemon { Group::Stray(child.process) } else { group.clone() };
            groups.insert(child.process.pid, inherited);
            open.push(child);
        }
    }
    let member = |seen: &&Seen| {
        let group = groups.get(&seen.process.pid).filter(|group| **group != Group::Daemon)?;
        Some(Member { process: seen.process, group: group.clone() })
    };
    Family { daemon, members: all.iter().filter_map(member).collect() }
}

/// The daemon by its mark: the first that has it, as a child has its parent's until it is its program.
fn marked_daemon(all: &[&Seen], known: &Known) -> Option<Process> {
    let marked = all.iter().filter(|seen| mark_of(seen, known) == Some(&Group::Daemon));
    marked.map(|seen| seen.process).min()
}

fn mark_of<'s>(seen: &'s Seen, known: &Known) -> Option<&'s Group> {
    seen.mark.as_ref().filter(|mark| mark.cluster == known.cluster).map(|mark| &mark.group)
}

/// What a process belongs to by itself.
fn own_group(seen: &Seen, daemon: Option<Process>, known: &Known) -> Option<Group> {
    if daemon == Some(seen.process) {
        return Some(Group::Daemon);
    }
    let is_known = known.children.contains(&seen.process) || known.strays.contains(&seen.process);
    match mark_of(seen, known) {
        // One that is about to become its program.
        Some(Group::Daemon) if !is_known => Some(Group::Daemon),
        Some(Group::Daemon) => Some(Group::Stray(seen.process)),
        Some(group) => Some(group.clone()),
        None => is_known.then_some(Group::Stray(seen.process)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn process(pid: i32) -> Process {
        Process { start: 100 + u64::try_from(pid).unwrap(), pid }
    }

    fn seen(pid: i32, parent: i32, mark: Option<(&str, Group)>) -> Seen {
        let mark = mark.map(|(cluster, group)| Mark { group, cluster: cluster.to_owned() });
        Seen { process: process(pid), parent, has_ended: false, mark }
    }

    fn known(daemon: Option<i32>, children: &[i32]) -> Known {
        let children = children.iter().map(|pid| process(*pid)).collect();
        Known { cluster: "/c.pid".to_owned(), daemon: daemon.map(process), children, ..Known::default() }
    }

    fn members(all: &[Seen], known: &Known) -> Vec<(i32, Group)> {
        family(all, known).members.into_iter().map(|member| (member.process.pid, member.group)).collect()
    }

    #[test]
    fn what_forked_away_is_found_by_its_mark_or_by_the_daemon() {
        let all = [
            seen(1, 0, None),
            seen(10, 1, Some(("/c.pid", Group::Daemon))),
            seen(11, 10, Some(("/c.pid", Group::Background(0)))),
            seen(12, 11, None),                                // has cleared its environment
            seen(13, 10, Some(("/c.pid", Group::Command(1)))), // was taken in by the daemon
            seen(14, 10, None),                                // both
            seen(15, 14, None),
            seen(16, 1, Some(("/c.pid", Group::Command(2)))), // left over from another daemon
            seen(17, 1, Some(("/other.pid", Group::Background(0)))), // somebody else's
            seen(18, 1, None),
        ];
        let expected = [
            (11, Group::Background(0)),
            (12, Group::Background(0)),
            (13, Group::Command(1)),
            (14, Group::Stray(process(14))),
            (15, Group::Stray(process(14))),
            (16, Group::Command(2)),
        ];
        assert_eq!(members(&all, &known(Some(10), &[11])), expected);
        // Without a pid file the daemon is known by its mark.
        let found = family(&all, &known(None, &[]));
        assert_eq!(found.daemon, Some(process(10)));
        assert_eq!(found.members.len(), expected.len());
    }

    #[test]
    fn a_pid_that_is_used_again_is_a_stranger_s() {
        let mut all = [seen(10, 1, None), seen(11, 10, None), seen(12, 1, None)];
        let known = known(Some(10), &[12]);
        assert_eq!(members(&all, &known).len(), 2);
        all[0].process.start += 1;
        all[2].process.start += 1;
        assert_eq!(family(&all, &known), Family::default());
    }

    #[test]
    fn what_is_written_down_is_found_without_a_daemon() {
        let all = [seen(12, 1, None), seen(13, 12, None), seen(14, 1, None)];
        let known = Known { strays: vec![process(12)], ..known(None, &[]) };
        let stray = Group::Stray(process(12));
        assert_eq!(members(&all, &known), [(12, stray.clone()), (13, stray)]);
    }

    #[test]
    fn who_asks_and_who_has_ended_is_not_found() {
        let mark = || Some(("/c.pid", Group::Background(0)));
        let mut all = [seen(10, 1, mark()), seen(11, 10, mark()), seen(12, 11, None)];
        all[0].has_ended = true;
        let known = Known { except: Some(11), ..known(None, &[]) };
        assert_eq!(family(&all, &known), Family::default());
    }

    proptest! {
        #[test]
        fn a_mark_is_read_as_it_is_written(cluster in any::<String>(), step in any::<usize>(), kind in 0..3_usize) {
            let group = [Group::Daemon, Group::Background(step), Group::Command(step)][kind].clone();
            let mark = Mark { group, cluster };
            prop_assert_eq!(Mark::read(&mark.written()), Some(mark));
        }

        #[test]
        fn any_environment_can_be_read(text in any::<String>()) {
            let _ = Mark::read(&text);
        }
    }
}
