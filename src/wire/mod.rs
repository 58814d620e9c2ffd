//! Bytes to values and back, with no socket.
//!
//! - [`xmlrpc`]: the calls and answers of Supervisor's control interface.
//! - [`listener`]: what the daemon and its event listeners say to each other.
//! - [`lsp`]: the frames in which editors and the language server talk.
//! - [`zdaemon`]: what zdaemon's controller and its manager say to each other.
//! - [`url`] and [`basic`]: escapes, forms and who a client says it is, in the head of a request.
//! - [`fault`]: the numbers by which a call fails, shared by the daemon and its clients.
//!
//! Deliberately absent: HTTP, which hyper speaks for the daemon and `client::transport` for the tools.

pub mod basic;
pub mod fault;
pub mod listener;
pub mod lsp;
pub mod problem;
pub mod url;
pub mod xmlrpc;
pub mod zdaemon;
