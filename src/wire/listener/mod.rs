//! The protocol between the daemon and an event listener, which speaks it on its standard input and output.
//!
//! ```text
//! listener → daemon   READY\n
//! daemon → listener   ver:3.0 server:… serial:… pool:… poolserial:… eventname:… len:N\n   and N characters
//! listener → daemon   RESULT 2\nOK      (OK: done; anything else: offer it again)
//! ```
//!
//! `len` counts characters, not bytes, as in the original: its listeners read text, and a listener that reads so many
//! characters is right whatever the payload holds. One that reads bytes is right for ASCII only, there as here.
//!
//! - [`Header`], [`envelope`]: an event as the daemon sends it.
//! - [`Words`]: what the daemon makes of a listener's output, which comes in pieces.
//! - [`Events`]: what a listener makes of its input, which comes in pieces.
//! - [`READY`], [`Verdict`]: what a listener answers.
//!
//! Deliberately absent: pipes, and who gets which event when.

mod events;
mod header;
mod words;

pub use events::{Events, Notification};
pub use header::{Header, envelope, tokens};
pub use words::{Awaited, Word, Words};

/// What a listener says when it wants an event.
pub const READY: &[u8] = b"READY\n";

/// What a listener says about an event.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Verdict {
    /// `OK`: it is done with it.
    Processed,
    /// `FAIL`, or anything else: the event is to be offered again.
    Rejected,
}

impl Verdict {
    /// As the listener says it.
    pub fn bytes(self) -> &'static [u8] {
        match self {
            Self::Processed => b"RESULT 2\nOK",
            Self::Rejected => b"RESULT 4\nFAIL",
        }
    }
}

#[cfg(test)]
mod tests;
