//! How a cluster stands, and in which order what is left of it is ended.

use std::collections::HashMap;

use super::process::{Family, Group, Member, Process};

/// How things stand.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Standing {
    /// There is nothing.
    Absent,
    /// The daemon lives.
    Alive,
    /// The daemon does not, but its pid file or some of its processes are still there.
    Stale,
}

impl Standing {
    /// By whether there is a pid file, and what lives.
    pub(super) fn of(has_pid_file: bool, family: &Family) -> Self {
        match (family.daemon, has_pid_file || !family.members.is_empty()) {
            (Some(_), _) => Self::Alive,
            (None, true) => Self::Stale,
            (None, false) => Self::Absent,
        }
    }
}

/// Which members are meant.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Which {
    /// Programs in the background, and what descends from them.
    Background,
    /// All.
    All,
}

impl Which {
    /// Whether the member is meant. Only programs in the background are written down, so that a stray that is, is one.
    pub(super) fn means(self, member: &Member, children: &[Process]) -> bool {
        match (self, &member.group) {
            (Self::All, _) | (_, Group::Background(_)) => true,
            (Self::Background, Group::Stray(first)) => children.contains(first),
            (Self::Background, _) => false,
        }
    }
}

/// The group that is ended next: that whose first process is the youngest, as what was started last is ended first. With it
/// comes its first process, by which it is called.
pub(super) fn next_group<'m>(members: impl Iterator<Item = &'m Member>) -> Option<(Group, Process)> {
    let mut firsts: HashMap<&Group, Process> = HashMap::new();
    for member in members {
        let first = firsts.entry(&member.group).or_insert(member.process);
        *first = member.process.min(*first);
    }
    firsts.into_iter().max_by_key(|(_, first)| *first).map(|(group, first)| (group.clone(), first))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn member(pid: i32, start: u64, group: Group) -> Member {
        Member { process: Process { start, pid }, group }
    }

    #[test]
    fn the_pid_file_alone_says_nothing() {
        let daemon = Some(Process { start: 1, pid: 1 });
        let left = vec![member(2, 2, Group::Command(0))];
        let cases = [
            (false, None, vec![], Standing::Absent),
            (true, None, vec![], Standing::Stale),
            (false, None, left.clone(), Standing::Stale),
            (true, daemon, left, Standing::Alive),
            (false, daemon, vec![], Standing::Alive),
        ];
        for (has_pid_file, daemon, members, expected) in cases {
            assert_eq!(Standing::of(has_pid_file, &Family { daemon, members }), expected);
        }
    }

    #[test]
    fn what_was_started_last_is_ended_first() {
        let mut members = vec![
            member(5, 10, Group::Background(0)),
            member(9, 99, Group::Background(0)), // a late worker of the first
            member(7, 20, Group::Command(1)),
            member(3, 30, Group::Background(2)),
        ];
        let mut order = Vec::new();
        while let Some((group, first)) = next_group(members.iter()) {
            order.push(first.pid);
            members.retain(|member| member.group != group);
        }
        assert_eq!(order, [3, 7, 5]);
    }

    #[test]
    fn a_restart_means_the_background_only() {
        let stray = Process { start: 4, pid: 4 };
        let child = Process { start: 5, pid: 5 };
        let means = |which: Which, group| which.means(&member(9, 9, group), &[child]);
        assert!(means(Which::Background, Group::Background(0)) && means(Which::Background, Group::Stray(child)));
        assert!(!means(Which::Background, Group::Command(0)) && !means(Which::Background, Group::Stray(stray)));
        assert!(means(Which::All, Group::Command(0)) && means(Which::All, Group::Stray(stray)));
    }
}
