//! The real files, URLs, secrets and facts about the host, behind the traits of `base::seams`.

pub mod git;
pub mod moved;
