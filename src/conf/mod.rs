//! The shared model of supervisord.conf: read, checked, expanded, written. Pure.

pub mod check;
pub mod command;
pub mod diff;
pub mod environment;
pub mod events;
pub mod expand;
pub mod format;
pub mod glob;
pub mod include;
pub mod ini;
pub mod model;
pub mod options;
pub mod path;
pub mod problem;
pub mod python;
pub mod quote;
pub mod read;
pub mod signals;
pub mod values;
pub mod write;
