//! Ticks: the events of the passing of wall time, one for each period whose slice has changed.
//!
//! The timer is armed only while somebody listens. A clock that is set is noticed with the next input, at the latest
//! when the tick was due before.

use std::time::Duration;

use crate::base::time::{Mono, Now};

use super::event::{Event, TickPeriod};

const NANOS: i64 = 1_000_000_000;

/// The slices of the periods that somebody listens to.
#[derive(Debug, Default)]
pub(super) struct Ticks {
    /// Where the present slice of each period began, in seconds since 1970.
    slices: [Option<i64>; TickPeriod::ALL.len()],
    at: Option<Mono>,
}

impl Ticks {
    /// When the next slice begins.
    pub(super) fn deadline(&self) -> Option<Mono> {
        self.at
    }

    /// The ticks since the last call. A period that was not wanted then only begins to be watched.
    pub(super) fn turn(&mut self, now: Now, is_wanted: impl Fn(&Event) -> bool) -> Vec<Event> {
        let mut ticks = Vec::new();
        self.at = None;
        for (period, slice) in TickPeriod::ALL.into_iter().zip(&mut self.slices) {
            let length = period.seconds();
            let when = now.wall.seconds().div_euclid(length) * length;
            let tick = Event::Tick { period, when };
            if !is_wanted(&tick) {
                *slice = None;
                continue;
            }
            if slice.replace(when).is_some_and(|last| last != when) {
                ticks.push(tick);
            }
            let left = (when + length).saturating_mul(NANOS).saturating_sub(now.wall.0);
            let next = now.mono + Duration::from_nanos(left.unsigned_abs());
            self.at = Some(self.at.map_or(next, |at| at.min(next)));
        }
        ticks
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::time::Wall;
    use crate::runtime::core::event::EventType;

    fn at(mono: i64, wall: i64) -> Now {
        Now { mono: Mono(u64::try_from(mono * NANOS).unwrap()), wall: Wall(wall * NANOS) }
    }

    fn payloads(ticks: &[Event]) -> Vec<String> {
        ticks.iter().map(|tick| format!("{} {}", tick.kind().name(), tick.payload())).collect()
    }

    #[test]
    fn nobody_listens_and_no_timer_runs() {
        let mut ticks = Ticks::default();
        assert!(ticks.turn(at(0, 100), |_| false).is_empty());
        assert_eq!(ticks.deadline(), None);
    }

    #[test]
    fn a_tick_comes_when_the_slice_changes_and_never_at_first() {
        let mut ticks = Ticks::default();
        assert!(ticks.turn(at(0, 58), |_| true).is_empty());
        assert_eq!(ticks.deadline(), Some(at(2, 0).mono));
        assert!(ticks.turn(at(1, 59), |_| true).is_empty());
        assert_eq!(payloads(&ticks.turn(at(2, 60), |_| true)), ["TICK_5 when:60", "TICK_60 when:60"]);
        assert!(ticks.turn(at(3, 61), |_| true).is_empty());
        assert_eq!(ticks.deadline(), Some(at(7, 0).mono));
        assert_eq!(payloads(&ticks.turn(at(8, 67), |_| true)), ["TICK_5 when:65"]);
    }

    #[test]
    fn a_period_is_watched_from_when_it_is_wanted() {
        let mut ticks = Ticks::default();
        let hourly = |tick: &Event| tick.kind() == EventType::Tick3600;
        assert!(ticks.turn(at(0, 3590), hourly).is_empty());
        assert!(ticks.turn(at(5, 3595), |_| true).is_empty());
        assert_eq!(payloads(&ticks.turn(at(10, 3600), hourly)), ["TICK_3600 when:3600"]);
        assert_eq!(ticks.deadline(), Some(at(3610, 0).mono));
    }

    #[test]
    fn a_clock_that_is_set_back_ticks_for_the_slice_it_is_in() {
        let mut ticks = Ticks::default();
        let five = |tick: &Event| tick.kind() == EventType::Tick5;
        ticks.turn(at(0, 1000), five);
        assert_eq!(payloads(&ticks.turn(at(1, 501), five)), ["TICK_5 when:500"]);
        assert_eq!(ticks.deadline(), Some(at(5, 0).mono));
    }
}
