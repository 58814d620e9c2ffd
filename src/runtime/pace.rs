//! How eagerly the output of a child is read.
//!
//! A child that writes line by line would wake the daemon for every line. Once it proves busy, its pipe is made
//! larger, taken from the event loop and read by the clock, so that lines come in bunches: a fraction of the work at
//! the same throughput. When the clock finds nothing for a while, the event loop gets the pipe back. Whoever writes now
//! and then, or in large blocks, is read at once; the pipe of who fills it time and again is made larger, too.

use std::time::Duration;

use crate::base::time::Mono;

/// A read below so many bytes is a small one.
const SMALL: usize = 16 << 10;
/// A read of so many bytes has found a pipe full that nobody has made larger.
const FULL: usize = 64 << 10;
/// Reads of one kind that come faster than this one after another make a child busy.
const CLOSE: Duration = Duration::from_millis(5);
/// So many of them.
const STREAK: u32 = 16;

/// The pause before each read by the clock.
pub(super) const PAUSE: Duration = Duration::from_millis(1);
/// So many reads by the clock in a row that find nothing end the busy time.
pub(super) const EMPTY_READS: u32 = 20;
/// The size of a busy child's pipe in bytes: what an unprivileged user may ask for.
pub(super) const PIPE_SIZE: usize = 1 << 20;

/// What an output has proved to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Habit {
    /// Busy in small steps.
    Lines,
    /// Busy, and its pipe full every time.
    Blocks,
}

impl Habit {
    fn of(bytes: usize) -> Option<Self> {
        match bytes {
            0..SMALL => Some(Self::Lines),
            FULL.. => Some(Self::Blocks),
            _ => None,
        }
    }
}

/// The habits of one output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    last: Mono,
    habit: Option<Habit>,
    streak: u32,
}

impl Pace {
    /// A read gave `bytes`. What the child has proved to be by now, if anything; then it begins to count anew.
    pub(super) fn after(&mut self, now: Mono, bytes: usize) -> Option<Habit> {
        let habit = Habit::of(bytes);
        let goes_on = now - self.last < CLOSE && habit.is_some() && (habit == self.habit || self.streak == 0);
        (self.last, self.habit) = (now, habit);
        self.streak = if goes_on { self.streak + 1 } else { 0 };
        if self.streak < STREAK {
            return None;
        }
        self.streak = 0;
        habit
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn proofs(pace: &mut Pace, at: &mut u64, gap_millis: u64, bytes: usize, count: usize) -> Vec<Habit> {
        let mut read = || {
            *at += gap_millis * 1_000_000;
            pace.after(Mono(*at), bytes)
        };
        (0..count).filter_map(|_| read()).collect()
    }

    #[test]
    fn only_who_goes_on_without_a_pause_is_busy() {
        let (mut pace, mut at) = (Pace::default(), 1 << 40);
        assert_eq!(proofs(&mut pace, &mut at, 10, 100, 100), []);
        assert_eq!(proofs(&mut pace, &mut at, 0, 32 << 10, 100), []);
        assert_eq!(proofs(&mut pace, &mut at, 0, 100, 15), []);
        assert_eq!(proofs(&mut pace, &mut at, 0, 100, 1), [Habit::Lines]);
        assert_eq!(proofs(&mut pace, &mut at, 0, 100, 15), []);
        assert_eq!(proofs(&mut pace, &mut at, 100, 100, 1), []);
    }

    #[test]
    fn who_fills_the_pipe_writes_blocks() {
        let (mut pace, mut at) = (Pace::default(), 1 << 40);
        assert_eq!(proofs(&mut pace, &mut at, 10, 64 << 10, 100), []);
        assert_eq!(proofs(&mut pace, &mut at, 0, 64 << 10, 15), []);
        assert_eq!(proofs(&mut pace, &mut at, 0, 100, 8), []);
        assert_eq!(proofs(&mut pace, &mut at, 0, 64 << 10, 17), [Habit::Blocks]);
    }
}
