//! How processes are ended: TERM, a bounded wait, KILL, another bounded wait. Time comes in as a value.

use std::collections::HashSet;
use std::time::Duration;

use super::process::Process;
use crate::base::time::Mono;

/// How long the system may take to end a process that was killed: one that hangs in a device may take forever.
const AFTER_KILL: Duration = Duration::from_secs(5);

/// A signal of the ladder.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub(super) enum Rung {
    /// It is asked to end.
    Term,
    /// It is ended.
    Kill,
}

/// What is to be done now.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Move {
    /// Send a signal to these.
    Send(Rung, Vec<Process>),
    /// Wait until one of them has ended, but no longer than this.
    Wait(Mono),
    /// All have ended.
    Done,
    /// They will not end.
    GiveUp,
}

/// Ends processes, among them such as begin while it is at it.
#[derive(Debug)]
pub(super) struct Ladder {
    patience: Duration,
    began: Mono,
    killing_since: Option<Mono>,
    sent: HashSet<(Rung, Process)>,
}

impl Ladder {
    /// The foot of the ladder: `patience` lies between TERM and KILL.
    pub(super) fn new(now: Mono, patience: Duration) -> Self {
        Self { patience, began: now, killing_since: None, sent: HashSet::new() }
    }

    /// What is to be done, while `alive` are left.
    pub(super) fn next(&mut self, now: Mono, alive: &[Process]) -> Move {
        if alive.is_empty() {
            return Move::Done;
        }
        if self.killing_since.is_none() && now >= self.began + self.patience {
            self.killing_since = Some(now);
        }
        let (rung, until) = match self.killing_since {
            None => (Rung::Term, self.began + self.patience),
            Some(since) => (Rung::Kill, since + AFTER_KILL),
        };
        let fresh: Vec<Process> = alive.iter().copied().filter(|process| self.sent.insert((rung, *process))).collect();
        match rung {
            _ if !fresh.is_empty() => Move::Send(rung, fresh),
            Rung::Kill if now >= until => Move::GiveUp,
            _ => Move::Wait(until),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    const SECOND: u64 = 1_000_000_000;

    fn process(pid: i32) -> Process {
        Process { start: 1, pid }
    }

    fn at(second: u64) -> Mono {
        Mono(second * SECOND)
    }

    #[test]
    fn the_obedient_get_one_signal() {
        let mut ladder = Ladder::new(at(0), Duration::from_secs(10));
        let both = [process(1), process(2)];
        assert_eq!(ladder.next(at(0), &both), Move::Send(Rung::Term, both.to_vec()));
        assert_eq!(ladder.next(at(0), &both), Move::Wait(at(10)));
        assert_eq!(ladder.next(at(3), &both[..1]), Move::Wait(at(10)));
        assert_eq!(ladder.next(at(4), &[]), Move::Done);
    }

    #[test]
    fn the_stubborn_are_killed_and_those_who_come_late_too() {
        let mut ladder = Ladder::new(at(5), Duration::from_secs(10));
        assert_eq!(ladder.next(at(5), &[process(1)]), Move::Send(Rung::Term, vec![process(1)]));
        let both = [process(1), process(2)];
        assert_eq!(ladder.next(at(9), &both), Move::Send(Rung::Term, vec![process(2)]));
        assert_eq!(ladder.next(at(15), &both), Move::Send(Rung::Kill, both.to_vec()));
        assert_eq!(ladder.next(at(15), &both), Move::Wait(at(20)));
        assert_eq!(ladder.next(at(16), &[process(3)]), Move::Send(Rung::Kill, vec![process(3)]));
        assert_eq!(ladder.next(at(20), &[process(3)]), Move::GiveUp);
    }

    #[test]
    fn without_patience_it_kills_at_once() {
        let mut ladder = Ladder::new(at(5), Duration::ZERO);
        assert_eq!(ladder.next(at(5), &[process(1)]), Move::Send(Rung::Kill, vec![process(1)]));
    }
}
