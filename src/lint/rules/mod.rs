//! One file per rule.

pub(super) mod unused_section;
pub(super) mod unused_value;
