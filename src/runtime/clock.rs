//! The two clocks, read together: the only place of the daemon that reads them.

use std::time::{Instant, SystemTime, UNIX_EPOCH};

use crate::base::time::{Mono, Now, Wall};

/// The clocks. Monotonic time counts from when this was made.
#[derive(Clone, Copy, Debug)]
pub(super) struct Clock {
    origin: Instant,
}

impl Clock {
    /// Starts to count.
    pub(super) fn new() -> Self {
        Self { origin: Instant::now() }
    }

    /// Both clocks.
    pub(super) fn now(self) -> Now {
        let mono = u64::try_from(self.origin.elapsed().as_nanos()).unwrap_or(u64::MAX);
        let since = SystemTime::now().duration_since(UNIX_EPOCH).unwrap_or_default();
        Now { mono: Mono(mono), wall: Wall(i64::try_from(since.as_nanos()).unwrap_or(i64::MAX)) }
    }

    /// When the monotonic clock will show `at`.
    pub(super) fn instant(self, at: Mono) -> Instant {
        self.origin + (at - Mono(0))
    }
}
