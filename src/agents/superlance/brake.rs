//! What holds a restart back: a process that has started just now, or that has been restarted often enough.
//!
//! By default nothing does, as in superlance.

use std::collections::{BTreeMap, VecDeque};
use std::time::Duration;

use crate::base::time::Mono;
use crate::client::proxy::ProcessInfo;

/// What is set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub struct Limits {
    /// A process that has run for less is left alone.
    pub warmup: Option<Duration>,
    /// So many restarts of one process in that time.
    pub restarts: Option<(usize, Duration)>,
}

/// The limits, and what was restarted when.
#[derive(Debug, Default)]
pub(super) struct Brake {
    limits: Limits,
    restarted: BTreeMap<String, VecDeque<Mono>>,
}

/// Whether a process may be restarted.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Ruling {
    /// It may, and that is taken as done.
    Go,
    /// It has run for so many seconds only.
    TooYoung(i64),
    /// It has been restarted so often within that time.
    TooOften(usize, Duration),
}

impl Brake {
    pub(super) fn new(limits: Limits) -> Self {
        Self { limits, restarted: BTreeMap::new() }
    }

    /// Whether a process, by the name that is shown, may be restarted now.
    pub(super) fn rule(&mut self, namespec: &str, process: &ProcessInfo, now: Mono) -> Ruling {
        let age = process.now.saturating_sub(process.start).max(0);
        if self.limits.warmup.is_some_and(|warmup| age.unsigned_abs() < warmup.as_secs()) {
            return Ruling::TooYoung(age);
        }
        let Some((most, window)) = self.limits.restarts else { return Ruling::Go };
        self.forget(now, window);
        let times = self.restarted.entry(namespec.to_owned()).or_default();
        if times.len() >= most {
            return Ruling::TooOften(most, window);
        }
        times.push_back(now);
        Ruling::Go
    }

    /// What is past does not count, and takes no room.
    fn forget(&mut self, now: Mono, window: Duration) {
        self.restarted.retain(|_, times| {
            times.retain(|time| now - *time < window);
            !times.is_empty()
        });
    }
}

/// What is said of a process that is left alone; none if it is not.
impl Ruling {
    pub(super) fn words(self, namespec: &str) -> Option<String> {
        match self {
            Self::Go => None,
            Self::TooYoung(age) => Some(format!("{namespec} was started {age} seconds ago, NOT restarting")),
            Self::TooOften(most, window) => {
                let times = if most == 1 { "once".to_owned() } else { format!("{most} times") };
                let seconds = window.as_secs();
                Some(format!("{namespec} was restarted {times} within {seconds} seconds, NOT restarting"))
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::superlance::fake::process;

    const SECOND: u64 = 1_000_000_000;

    #[test]
    fn without_limits_nothing_is_held_back() {
        let mut brake = Brake::default();
        for _ in 0..100 {
            assert_eq!(brake.rule("a", &process("a", "a", 1), Mono(0)), Ruling::Go);
        }
        assert!(brake.restarted.is_empty());
    }

    #[test]
    fn the_young_are_left_alone() {
        let mut brake = Brake::new(Limits { warmup: Some(Duration::from_secs(60)), restarts: None });
        let aged = |age: i64| ProcessInfo { start: 1000, now: 1000 + age, ..process("a", "a", 1) };
        assert_eq!(brake.rule("a", &aged(59), Mono(0)), Ruling::TooYoung(59));
        assert_eq!(brake.rule("a", &aged(60), Mono(0)), Ruling::Go);
        assert_eq!(brake.rule("a", &aged(-5), Mono(0)), Ruling::TooYoung(0));
    }

    #[test]
    fn each_process_has_its_number_of_restarts() {
        let minute = Duration::from_secs(60);
        let mut brake = Brake::new(Limits { warmup: None, restarts: Some((2, minute)) });
        let mut at = |name: &str, second: u64| brake.rule(name, &process("a", "a", 1), Mono(second * SECOND));
        assert_eq!((at("a", 0), at("a", 30)), (Ruling::Go, Ruling::Go));
        assert_eq!(at("a", 59), Ruling::TooOften(2, minute));
        assert_eq!(at("b", 59), Ruling::Go);
        // What was held back does not count.
        assert_eq!((at("a", 60), at("a", 61)), (Ruling::Go, Ruling::TooOften(2, minute)));
        assert_eq!(at("c", 1000), Ruling::Go);
        assert_eq!(brake.restarted.len(), 1);
    }
}
