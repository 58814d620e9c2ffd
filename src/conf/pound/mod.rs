//! pound.cfg: which backends are in it, and how one is taken out and put back. Every other byte stays.
//!
//! ```text
//! text → blocks (BackEnd … End, commented out or not, and in which Service) → edit → text
//! ```
//!
//! A backend is out if each line of its block is a comment. It is known by its `Address` and `Port`. The line
//! `### NAME (DATE) ###`, which says whose it is and when it was edited last, is that of aws.windowsplonecluster's `ctl`.
//!
//! That one deleted all blocks by a pattern, and wrote its own ones behind each word `Service`. It lost directives, doubled
//! blocks with a capital E in them, and wrote into comments. Here a client's own block is edited, wherever it is; one is
//! added only if there is none.
//!
//! Deliberately absent: all other directives, which Pound itself checks.

pub mod block;
mod edit;

use std::fmt;

pub use edit::edit;

/// Where a client listens, and how it is called.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Its host, as in `Address`.
    pub address: String,
    /// Its port, as in `Port`.
    pub port: u16,
}

/// What the file says of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// Pound gives it requests.
    In,
    /// Its block is commented out.
    Out,
}

/// What is wrong with a file.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// A block without an end.
    NoEnd {
        /// The line of its `BackEnd`.
        line: usize,
    },
    /// The client has no block, and there is not one place for it.
    NoPlace {
        /// Its name.
        name: String,
        /// Its address and port.
        address: String,
        /// How many services there are.
        services: usize,
    },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoEnd { line } => write!(f, "line {line}: `BackEnd` has no `End`"),
            Self::NoPlace { name, address, services: 0 } => {
                write!(f, "no `BackEnd` has the address {address} of {name}, and there is no `Service` to add one to")
            }
            Self::NoPlace { name, address, services } => write!(
                f,
                "no `BackEnd` has the address {address} of {name}, and which of {services} `Service`s it belongs to is not \
                 known; expected a block with this `Address` and `Port`"
            ),
        }
    }
}

/// The addresses and ports of all backends, commented out or not, as they are written.
pub fn ends(text: &str) -> Result<Vec<(String, u16)>, Problem> {
    let blocks = block::blocks(text)?;
    Ok(blocks.iter().filter_map(block::Block::end).map(|(address, port)| (address.to_owned(), port)).collect())
}

/// Where the client is; nothing if it has no block.
pub fn place(text: &str, client: &Client) -> Result<Option<Place>, Problem> {
    let blocks = block::blocks(text)?;
    let mut own = blocks.iter().filter(|block| block.is_of(client)).peekable();
    Ok(own.peek().is_some().then_some(()).map(|()| if own.any(block::Block::is_live) { Place::In } else { Place::Out }))
}
