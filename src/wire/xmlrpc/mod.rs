//! XML-RPC: calls and answers as text, both directions.
//!
//! Reading is tolerant where Supervisor's own reader is: a missing `<params>`, elements it does not know, text without
//! a type (a string), blanks and underscores in numbers. It has limits where that reader has none: values nest at most
//! [`MAX_DEPTH`] deep, and no document can define entities. The size of a text is the transport's affair.
//!
//! Writing is lossy where XML leaves no choice: characters that no XML 1.0 document may hold become U+FFFD, so that
//! one escape sequence in a log cannot break the reader at the other end. The layout is that of Python's
//! `xmlrpc.client`, byte for byte.
//!
//! Deliberately absent: sockets, HTTP, and the names of methods.

mod read;
mod record;
mod tokens;
mod value;
mod write;

pub use read::{read_call, read_response};
pub use record::{Record, Scalar};
pub use value::Value;
pub use write::{Response, write_call, write_fault, write_records, write_response};

/// How deep arrays and structs may nest.
pub const MAX_DEPTH: usize = 64;

/// A call as it came in or goes out.
#[derive(Clone, Debug, PartialEq)]
pub struct Call {
    /// Full name, such as `supervisor.getState`.
    pub method: String,
    /// Parameters in order.
    pub params: Vec<Value>,
}

#[cfg(test)]
mod tests;
