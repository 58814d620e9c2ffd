//! The real files, URLs, secrets and facts about the host, behind the traits of `base::seams`.

mod accounts;
pub mod disk;
mod extends_cache;
pub mod git;
mod handshake;
pub mod host;
pub mod http;
pub mod moved;
pub mod standins;
mod url;
pub mod vault;
