//! Rules on what works here and not there.

pub(super) mod newer_option;
