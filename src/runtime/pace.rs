//! How eagerly the output of a child is read.
//!
//! A child that writes line by line would wake the daemon for every line. Once it proves busy, its pipe is made
//! larger, taken from the event loop and read by the clock, so that lines come in bunches: a fraction of the work at
//! the same throughput. When the clock finds nothing for a while, the event loop gets the pipe back. Whoever writes now
//! and then, or in large blocks, is read at once.

use std::time::Duration;

use crate::base::time::Mono;

/// A read below so many bytes is a small one.
const SMALL: usize = 16 << 10;
/// Small reads that come faster than this one after another make a child busy.
const CLOSE: Duration = Duration::from_millis(5);
/// So many of them.
const STREAK: u32 = 16;

/// The pause before each read by the clock.
pub(super) const PAUSE: Duration = Duration::from_millis(1);
/// So many reads by the clock in a row that find nothing end the busy time.
pub(super) const EMPTY_READS: u32 = 20;
/// The size of a busy child's pipe in bytes: what an unprivileged user may ask for.
pub(super) const PIPE_SIZE: usize = 1 << 20;

/// The habits of one output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    last: Mono,
    streak: u32,
}

impl Pace {
    /// A read gave `bytes`. Whether the child has proved busy by now; then it begins to count anew.
    pub(super) fn is_busy_after(&mut self, now: Mono, bytes: usize) -> bool {
        let close = now - self.last < CLOSE && bytes < SMALL;
        self.last = now;
        self.streak = if close { self.streak + 1 } else { 0 };
        let busy = self.streak >= STREAK;
        if busy {
            self.streak = 0;
        }
        busy
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn busy_reads(pace: &mut Pace, at: &mut u64, gap_millis: u64, bytes: usize, count: usize) -> usize {
        let mut read = || {
            *at += gap_millis * 1_000_000;
            pace.is_busy_after(Mono(*at), bytes)
        };
        (0..count).filter(|_| read()).count()
    }

    #[test]
    fn only_busy_writers_of_lines_are_read_by_the_clock() {
        let (mut pace, mut at) = (Pace::default(), 1 << 40);
        assert_eq!(busy_reads(&mut pace, &mut at, 10, 100, 100), 0);
        assert_eq!(busy_reads(&mut pace, &mut at, 0, 64 << 10, 100), 0);
        assert_eq!(busy_reads(&mut pace, &mut at, 0, 100, 15), 0);
        assert_eq!(busy_reads(&mut pace, &mut at, 0, 100, 1), 1);
        assert_eq!(busy_reads(&mut pace, &mut at, 0, 100, 15), 0);
        assert_eq!(busy_reads(&mut pace, &mut at, 100, 100, 1), 0);
    }
}
