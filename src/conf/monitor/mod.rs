//! cluster.ini, the configuration of the cluster monitor `ctl`: which services there are, where they listen, how they are
//! controlled and what is critical.
//!
//! ```text
//! text → text (sections, options, places) → expand (%(name)s) → read, section by section → model, findings
//! values → write → text
//! ```
//!
//! The format is that of Python 2's `ConfigParser`, and every key of aws.windowsplonecluster's `ctl` is read; [`keys`] is
//! the list, with those that are ours. `[DEFAULT]` stands behind every section, so that each of its keys can be set for
//! one service alone.
//!
//! Where the original crashed on a key that is missing, there is a default, or nothing is done that would have needed it.
//!
//! Deliberately absent: files, clock, host. Whether a folder is there is seen when it is used.

pub mod expand;
pub mod keys;
pub mod model;
mod pattern;
pub mod problem;
pub mod read;
mod scope;
mod service;
mod text;
pub mod write;

pub use model::{
    Connect, Control, HaProxy, Kind, Mail, Method, Monitor, Nginx, Pound, Rolling, Said, Service, Squid, Varnish,
};
pub use pattern::pattern;
pub use read::{Reading, read};
