//! Bytes to values and back, with no socket.
//!
//! - [`xmlrpc`]: the calls and answers of Supervisor's control interface.
//! - [`listener`]: what the daemon and its event listeners say to each other.
//! - [`lsp`]: the frames in which editors and the language server talk.
//! - [`zdaemon`]: what zdaemon's controller and its manager say to each other.
//! - [`haproxy`], [`pound`], [`varnish`]: what balancers and caches are told, and what they answer.
//! - [`tcp`]: the connections of the system, as it shows them.
//! - [`url`] and [`basic`]: escapes, forms and who a client says it is, in the head of a request.
//! - [`fault`]: the numbers by which a call fails, shared by the daemon and its clients.
//!
//! Deliberately absent: HTTP, which hyper speaks for the daemon and `client::transport` for the tools.

pub mod basic;
pub mod fault;
pub mod haproxy;
pub mod listener;
pub mod lsp;
pub mod pound;
pub mod problem;
pub mod tcp;
pub mod url;
pub mod varnish;
pub mod xmlrpc;
pub mod zdaemon;
