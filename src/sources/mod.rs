//! The real files, URLs, secrets and facts about the host, behind the traits of `base::seams`.

mod accounts;
pub mod disk;
pub mod git;
pub mod host;
pub mod moved;
pub mod vault;
