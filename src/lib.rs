//! The map of the crate.
//!
//! ```text
//! manifest text → document → sections → parts → outputs → plan → apply
//! supervisord.conf text → conf → runtime::core (input, now → effects) → driver
//! zdaemon.conf text → conf::zconfig → runtime::zdaemon (its own core and loop)
//! ```
//!
//! | module | holds | may use |
//! |---|---|---|
//! | [`base`] | sources, spans, diagnostics, time, secrets' marks, the seams | `std` |
//! | [`sources`] | the real files, fetch with its cache, secrets | base |
//! | [`conf`] | supervisord.conf: INI, the option table, values, expansion, the model, read and write; zdaemon.conf in [`conf::zconfig`] | base |
//! | [`wire`] | bytes ↔ values with no socket | base |
//! | [`compile`] | the manifest's pipeline up to the plan; pure | base, conf |
//! | [`lint`] | one file per rule, over models handed in | base, conf, compile |
//! | [`apply`] | the only writer of the compiler | base, compile |
//! | [`runtime`] | `runtime::core` is pure supervision, the rest drives it; zdaemon's manager in [`runtime::zdaemon`], its core pure | base, conf, wire |
//! | [`client`] | talking to a daemon | base, conf, wire |
//! | [`agents`] | what watches and runs processes from outside: clusters, event listeners; mails | base, conf, wire, client |
//! | [`cli`] | one file per verb; the only place that prints or exits | all |
//!
//! `tests/layers.rs` checks the table.

pub mod base;

pub mod agents;
pub mod apply;
pub mod cli;
pub mod client;
pub mod compile;
pub mod conf;
pub mod lint;
pub mod runtime;
pub mod sources;
pub mod wire;
