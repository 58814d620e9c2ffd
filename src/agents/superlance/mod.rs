//! superlance's event listeners: `memmon`, `httpok`, `crashmail`, `crashmailbatch`, `fatalmailbatch`, `crashsms`.
//!
//! ```text
//! daemon ── event ──→ listener loop ── event ──→ program ── what it wants ──→ world ── RPC ──→ daemon
//!    ↑ READY, RESULT ────┘                                                     └ /proc, HTTP, mails, stderr
//! ```
//!
//! A program gets one event after another, and is done with one before it wants the next. Between events it waits for its
//! input and nothing else, so it never wakes up. It speaks no protocol but [`crate::wire::listener`]'s, so it works under
//! any supervisord.
//!
//! What a program does is in one file each, and goes by the seam [`World`], so that it is tested without a daemon. What
//! it says on standard error and in mails is superlance's, word for word. Where superlance dies of an exception this goes on, or
//! ends with one line instead of a traceback, and the same status.
//!
//! | module | holds | touches the world |
//! |---|---|---|
//! | [`listener`] | the loop | its input and output |
//! | [`memmon`], [`httpok`], [`crashmail`], [`batch`] | the programs | through [`world`] |
//! | [`brake`] | how soon after a start, and how often, a process is restarted | no |
//! | [`outbox`] | mails that could not be sent | through [`world`] |
//! | [`stamp`] | instants as Python writes them | no |
//! | [`world`] | the seam | it is it |
//! | [`host`] | the real world: the daemon, mails, standard error | yes |
//! | [`memory`] | memory of processes, from `/proc` | yes |
//! | [`page`] | a page by HTTP or HTTPS, in limited time | yes |
//!
//! Deliberately absent: command lines, which `cli` reads.

pub mod batch;
pub mod brake;
pub mod crashmail;
pub mod host;
pub mod httpok;
pub mod listener;
pub mod memmon;
mod memory;
mod outbox;
pub mod page;
mod stamp;
pub mod world;

#[cfg(test)]
mod fake;

pub use listener::{Program, listen};
pub use world::World;
