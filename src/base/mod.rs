//! What every other module stands on, and what itself stands on nothing but `std` (and the types of what [`certificate`]
//! puts in words).
//!
//! - [`source`]: the files of a run, by number; lines and columns are worked out only when shown.
//! - [`diagnostic`]: findings as data, with a place; how they are printed is `cli::report`'s affair.
//! - [`fix`]: changes of a text that mend what a finding tells.
//! - [`suggest`], [`list`]: "did you mean", lists in prose.
//! - [`python`]: how Python quotes texts and reads numbers.
//! - [`reason`]: why the system would not do something.
//! - [`time`]: instants as values. Nothing here can read a clock.
//! - [`secret`], [`verbatim`]: how secret text, and text that is not to be quoted, is marked while it travels through
//!   the pipeline.
//! - [`telling`]: secrets that only the name beside them tells.
//! - [`certificate`]: what is wrong with an encrypted connection.
//! - [`seams`]: the traits through which files, URLs, secrets and facts about the host come in; [`memory`]: a host that
//!   is none.
//!
//! Deliberately absent: any file, socket, process, environment variable, clock or randomness.

pub mod certificate;
pub mod diagnostic;
pub mod fix;
pub mod list;
pub mod memory;
pub mod python;
pub mod reason;
pub mod seams;
pub mod secret;
pub mod source;
pub mod suggest;
pub mod telling;
pub mod time;
pub mod verbatim;

pub use diagnostic::{Diagnostic, Diagnostics, Label, Severity};
pub use fix::{Edit, Fix, Safety};
pub use source::{FileId, Position, Sources, Span};
