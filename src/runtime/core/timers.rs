//! Which process wants to be asked when: the earliest first, at most one deadline for each.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::time::Mono;

use super::ids::ProcessId;

/// Deadlines of processes.
#[derive(Debug, Default)]
pub(super) struct Timers {
    by_time: BTreeSet<(Mono, ProcessId)>,
    armed: BTreeMap<ProcessId, Mono>,
}

impl Timers {
    /// Arms, moves or disarms the deadline of `process`.
    pub(super) fn set(&mut self, process: ProcessId, at: Option<Mono>) {
        let old = match at {
            Some(at) => self.armed.insert(process, at),
            None => self.armed.remove(&process),
        };
        if old != at {
            old.map(|old| self.by_time.remove(&(old, process)));
            at.map(|at| self.by_time.insert((at, process)));
        }
    }

    /// The earliest deadline.
    pub(super) fn first(&self) -> Option<Mono> {
        self.by_time.first().map(|(at, _)| *at)
    }

    /// Those whose deadline is reached, the earliest first.
    pub(super) fn due(&self, now: Mono) -> Vec<ProcessId> {
        self.by_time.iter().take_while(|(at, _)| *at <= now).map(|(_, process)| *process).collect()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn one_deadline_each() {
        let mut timers = Timers::default();
        timers.set(ProcessId(1), Some(Mono(5)));
        timers.set(ProcessId(2), Some(Mono(3)));
        timers.set(ProcessId(1), Some(Mono(2)));
        assert_eq!((timers.first(), timers.due(Mono(3))), (Some(Mono(2)), vec![ProcessId(1), ProcessId(2)]));
        timers.set(ProcessId(1), None);
        timers.set(ProcessId(2), None);
        assert_eq!(timers.first(), None);
    }
}
