//! Rules on what a text means to its reader.

pub(super) mod comment_without_blank;
pub(super) mod cut_value;
pub(super) mod escaped_line_end;
