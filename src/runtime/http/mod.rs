//! The control servers: HTTP/1 on the TCP and unix sockets of the configuration.
//!
//! ```text
//! servers: listen (sockets) → server (connections) → site: auth → route → rpc | logtail | web page | file
//! ```
//!
//! Connections are tasks of the daemon's one thread and hold no borrow while they wait. What an unknown client can do
//! is bounded: so many connections for each server ([`room`]), so long for a first request, so many bytes of a body and
//! so long for it, which is read only from those who are let in. A known client may stay connected and silent for as
//! long as its place is not needed, as Supervisor's clients do; nothing wakes up for it.

mod access;
mod auth;
mod awake;
mod body;
mod listen;
mod logtail;
mod origin;
mod respond;
mod room;
mod server;
mod servers;
mod site;
mod stream;
#[cfg(test)]
mod tests;

pub use listen::OpenError;
pub use servers::ControlServers;
