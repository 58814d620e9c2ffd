//! The brake on programs that exit again and again.
//!
//! A program that exits is restarted at once, until it has done so too often: it has a bucket of ten immediate
//! restarts, refilled at two for each second that it is *up* (time spent waiting is no merit). With the bucket empty
//! it is restarted once a second. So a hot loop costs one spawn a second, and an operator who kills a program a few
//! times never notices.

use std::time::Duration;

/// Thousandths of a restart that the bucket holds.
const FULL: u64 = 10_000;
/// Thousandths that one restart takes.
const RESTART: u64 = 1_000;
/// Thousandths that a millisecond of uptime gives.
const REFILL_PER_MILLI: u64 = 2;

/// How long a restart is held back when the bucket is empty.
pub(super) const PAUSE: Duration = Duration::from_secs(1);

/// What to do about a restart.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// Restart now.
    Go,
    /// Restart after [`PAUSE`]; `first` when it is the first time since the bucket was full.
    Wait { first: bool },
}

/// The bucket of one program.
#[derive(Clone, Copy, Debug)]
pub(super) struct Brake {
    level: u64,
    warned: bool,
}

impl Brake {
    /// A full bucket.
    pub(super) fn new() -> Self {
        Self { level: FULL, warned: false }
    }

    /// Asks for a restart of a program that was up for `uptime`.
    pub(super) fn ask(&mut self, uptime: Duration) -> Verdict {
        self.refill(uptime);
        if self.level >= RESTART {
            self.level -= RESTART;
            return Verdict::Go;
        }
        let first = !self.warned;
        self.warned = true;
        Verdict::Wait { first }
    }

    fn refill(&mut self, uptime: Duration) {
        let millis = u64::try_from(uptime.as_millis()).unwrap_or(u64::MAX);
        self.level = millis.saturating_mul(REFILL_PER_MILLI).saturating_add(self.level).min(FULL);
        self.warned &= self.level < FULL;
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ten_at_once_then_one_warning() {
        let mut brake = Brake::new();
        for _ in 0..10 {
            assert_eq!(brake.ask(Duration::ZERO), Verdict::Go);
        }
        assert_eq!(brake.ask(Duration::ZERO), Verdict::Wait { first: true });
        assert_eq!(brake.ask(Duration::from_millis(300)), Verdict::Wait { first: false });
        assert_eq!(brake.ask(Duration::from_millis(200)), Verdict::Go);
        assert_eq!(brake.ask(Duration::from_secs(3600)), Verdict::Go);
    }

    #[test]
    fn half_a_second_of_life_is_enough() {
        let mut brake = Brake::new();
        assert!((0..1000).all(|_| brake.ask(Duration::from_millis(500)) == Verdict::Go));
    }
}
