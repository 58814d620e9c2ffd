//! Rules on event listeners.

pub(super) mod late_listener;
pub(super) mod small_buffer;
