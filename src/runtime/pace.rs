//! How eagerly the output of a child is read.
//!
//! A child that writes line by line would wake the daemon for every line. Once it proves busy, its pipe is made
//! larger and the daemon waits a moment after each read that emptied it, so that lines come in bunches: a tenth of the
//! work at the same throughput. Whoever writes now and then, or in large blocks, is read at once.

use std::time::Duration;

use crate::base::time::Mono;

/// A read below so many bytes is a small one.
const SMALL: usize = 16 << 10;
/// Small reads that come faster than this one after another make a child busy.
const CLOSE: Duration = Duration::from_millis(5);
/// A child that wrote nothing for so long is busy no more. It is much more than [`CLOSE`], as it takes in our own pause
/// and whatever else the machine had to do meanwhile.
const QUIET: Duration = Duration::from_millis(100);
/// So many of them.
const STREAK: u32 = 16;

/// The pause after a read of a busy child.
pub(super) const PAUSE: Duration = Duration::from_millis(1);
/// The size of a busy child's pipe in bytes: what an unprivileged user may ask for.
pub(super) const PIPE_SIZE: usize = 1 << 20;

/// What to do after a read.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Advice {
    /// Read on as soon as there is something.
    Go,
    /// It has just become busy: enlarge the pipe, and wait for [`PAUSE`].
    Enlarge,
    /// Wait for [`PAUSE`].
    Pause,
}

/// The habits of one output.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Pace {
    last: Mono,
    streak: u32,
    enlarged: bool,
}

impl Pace {
    /// A read gave `bytes` of at most `room`.
    pub(super) fn after(&mut self, now: Mono, bytes: usize, room: usize) -> Advice {
        let gap = now - self.last;
        self.last = now;
        let busy = self.streak >= STREAK;
        self.streak = match busy {
            true if gap < QUIET => STREAK,
            false if gap < CLOSE && bytes < SMALL => self.streak + 1,
            true | false => 0,
        };
        if self.streak < STREAK || bytes == room {
            Advice::Go
        } else if std::mem::replace(&mut self.enlarged, true) {
            Advice::Pause
        } else {
            Advice::Enlarge
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn reads(pace: &mut Pace, at: &mut u64, gap_millis: u64, bytes: usize, count: usize) -> Vec<Advice> {
        let mut advice = Vec::new();
        for _ in 0..count {
            *at += gap_millis * 1_000_000;
            advice.push(pace.after(Mono(*at), bytes, 128 << 10));
        }
        advice
    }

    #[test]
    fn only_busy_writers_of_lines_are_held_back() {
        let (mut pace, mut at) = (Pace::default(), 1 << 40);
        assert_eq!(reads(&mut pace, &mut at, 10, 100, 100), [Advice::Go; 100]);
        assert_eq!(reads(&mut pace, &mut at, 0, 64 << 10, 100), [Advice::Go; 100]);
        assert_eq!(reads(&mut pace, &mut at, 0, 100, 15), [Advice::Go; 15]);
        assert_eq!(reads(&mut pace, &mut at, 0, 100, 2), [Advice::Enlarge, Advice::Pause]);
        assert_eq!(reads(&mut pace, &mut at, 1, 100 << 10, 2), [Advice::Pause; 2]);
        assert_eq!(reads(&mut pace, &mut at, 50, 128 << 10, 2), [Advice::Go; 2]);
        assert_eq!(reads(&mut pace, &mut at, 50, 100, 1), [Advice::Pause]);
        assert_eq!(reads(&mut pace, &mut at, 200, 100, 3), [Advice::Go; 3]);
    }
}
