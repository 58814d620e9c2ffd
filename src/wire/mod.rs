//! Bytes to values and back, with no socket.
//!
//! - [`xmlrpc`]: the calls and answers of Supervisor's control interface.
//! - [`listener`]: what the daemon and its event listeners say to each other.
//! - [`fault`]: the numbers by which a call fails, shared by the daemon and its clients.
//!
//! Deliberately absent: HTTP, which hyper speaks for the daemon and `client::transport` for the tools.

pub mod fault;
pub mod listener;
pub mod problem;
pub mod xmlrpc;
