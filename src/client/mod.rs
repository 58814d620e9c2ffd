//! Talking to a daemon.
//!
//! ```text
//! shell or argv → supervisorctl (one line) → commands → proxy (typed calls) → transport (HTTP) → socket
//! ```
//!
//! - [`transport`], [`http`]: HTTP/1.1 over blocking sockets, which start faster and weigh less than an event loop.
//! - [`timed`]: connections with one deadline for all that is said.
//! - [`lookup`]: addresses of hosts, in limited time.
//! - [`proxy`]: the calls, with their results as types.
//! - [`follow`]: endless answers (`tail -f`, `fg`) beside the keyboard and Ctrl-C.
//! - [`console`]: where lines are written to and answers come from.
//! - [`supervisorctl`], [`commands`], [`shell`]: the commands of supervisorctl, one function each.
//! - [`zdaemon`]: the commands of zdaemon.
//!
//! Everything is written to the sinks handed in. Deliberately absent: options and their defaults, which `cli` reads.

pub mod commands;
pub mod console;
pub mod follow;
pub mod http;
mod interrupt;
pub mod lookup;
pub mod problem;
pub mod proxy;
pub mod shell;
pub mod supervisorctl;
pub mod timed;
pub mod transport;
pub mod zdaemon;
