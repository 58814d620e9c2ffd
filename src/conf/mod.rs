//! The shared model of supervisord.conf: read, checked, expanded, written. The daemon, its client, the compiler and
//! lint all use this reader, so they cannot disagree.
//!
//! ```text
//! text → ini (sections, options, places) → read, by the option table → model, questions to the host, findings
//! values → quote, environment::quote, command::quote → write → text
//! ```
//!
//! A value passes three layers, each with its own rules: the *line* ([`ini`], [`quote`]: comments, blanks,
//! continuation), the *expansion* ([`expand`]: `%(name)s`), and its own *type* ([`values`], [`environment`],
//! [`command`]). Whoever writes a value goes the same way back: `environment::quote`, then `expand::escape`, then
//! `quote::quote_value`; `command::quote` does all three.
//!
//! The messages of problems are the original's own texts, as people and scripts know them; places and help are ours.
//! Where a text is refused that the original takes, or the other way round, the module says so.
//!
//! zdaemon.conf is another language, with a reader of its own: [`zconfig`]. So is the cluster monitor's cluster.ini:
//! [`monitor`].
//!
//! Files of balancers are not read to a model, but edited, so that every other byte stays: [`pound`], [`upstream`].
//!
//! Deliberately absent: files, environment, host and clock. All that a configuration depends on is handed in
//! ([`include::Context`]); what it asks of the host is written down as questions ([`check`]).

pub mod address;
pub mod check;
pub mod cluster;
pub mod command;
pub mod diff;
pub mod environment;
pub mod events;
pub mod expand;
pub mod factory;
pub mod format;
pub mod glob;
pub mod host;
pub mod include;
pub mod ini;
pub mod model;
pub mod monitor;
pub mod namespec;
pub mod options;
pub mod path;
pub mod pound;
pub mod problem;
pub mod quote;
pub mod read;
pub mod sample;
pub mod signals;
pub mod together;
pub mod upstream;
pub mod values;
pub mod write;
pub mod zconfig;

pub use crate::base::python;
