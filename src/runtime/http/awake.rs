//! Whoever asks one thing right after the other finds the daemon awake.
//!
//! To fall asleep and to be woken by another processor takes longer than most answers. So after an answer to somebody
//! who had asked right after the former one, the event loop goes on looking for the next question, for about as long as
//! sleep and waking would have cost. Who asks now and then costs nothing more, and an idle daemon sleeps. Where there is
//! one processor it would only be in the way of who asks.

use std::cell::Cell;
use std::num::NonZeroUsize;
use std::time::Duration;

use tokio::sync::Notify;
use tokio::task::yield_now;

use crate::base::time::Mono;
use crate::runtime::clock::Clock;
use crate::runtime::sys;

/// How long the next question is looked for, and who asks within it is quick.
const MOMENT: Duration = Duration::from_micros(50);

/// How quickly the one at the other end of a connection asks.
#[derive(Clone, Copy, Debug, Default)]
struct Haste {
    answered: Option<Mono>,
    is_quick: bool,
}

impl Haste {
    fn asked(self, now: Mono) -> Self {
        Self { answered: None, is_quick: self.answered.is_some_and(|then| now - then < MOMENT) }
    }

    fn answered(self, now: Mono) -> Self {
        Self { answered: Some(now), ..self }
    }

    /// Whether the next question may come at any moment.
    fn is_awaited(self, now: Mono) -> bool {
        self.is_quick && self.answered.is_some_and(|then| now - then < MOMENT)
    }
}

/// What keeps the event loop awake for one connection.
#[derive(Debug)]
pub(super) struct Awake {
    clock: Clock,
    haste: Cell<Haste>,
    answered: Notify,
}

impl Awake {
    /// For a new connection.
    pub(super) fn new() -> Self {
        Self { clock: Clock::new(), haste: Cell::default(), answered: Notify::new() }
    }

    /// A question has come.
    pub(super) fn asked(&self) {
        self.haste.set(self.haste.get().asked(self.clock.now().mono));
    }

    /// Its answer is about to leave.
    pub(super) fn answered(&self) {
        let haste = self.haste.get().answered(self.clock.now().mono);
        self.haste.set(haste);
        if haste.is_quick {
            self.answered.notify_one();
        }
    }

    /// Keeps the event loop awake whenever that is worth it. It never ends.
    pub(super) async fn keep(&self) {
        loop {
            self.answered.notified().await;
            let is_worth_it = sys::processors() > NonZeroUsize::MIN;
            while is_worth_it && self.haste.get().is_awaited(self.clock.now().mono) {
                yield_now().await;
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    /// A question and its answer, in microseconds.
    fn call(haste: Haste, at: u64) -> Haste {
        haste.asked(Mono(at * 1000)).answered(Mono((at + 5) * 1000))
    }

    #[test]
    fn only_who_asks_right_after_an_answer_is_awaited_for_a_moment() {
        let first = call(Haste::default(), 1_000);
        assert!(!first.is_awaited(Mono(1_006_000)), "nobody is quick with the first question");
        let second = call(first, 1_020);
        assert!(second.is_awaited(Mono(1_030_000)));
        assert!(!second.is_awaited(Mono(1_080_000)), "the moment is over");
        assert!(!second.asked(Mono(1_030_000)).is_awaited(Mono(1_031_000)), "the question is there");
        let late = call(second, 2_000);
        assert!(!late.is_awaited(Mono(2_006_000)), "whoever takes his time is not quick any more");
    }
}
