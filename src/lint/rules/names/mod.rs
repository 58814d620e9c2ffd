//! Rules on names and values.

pub(super) mod option_set_twice;
pub(super) mod quoted_value;
pub(super) mod removed_option;
pub(super) mod section_twice;
pub(super) mod swallowed_option;
pub(super) mod unknown_option;
pub(super) mod unknown_section;
pub(super) mod unused_section;
pub(super) mod unused_value;
