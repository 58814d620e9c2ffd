//! One file per verb; the only place that prints or exits. Nobody imports it.

pub mod build;
pub mod clean;
pub mod diff;
pub mod report;

mod dropin;
mod editor;
mod getopt;
mod surroundings;

pub mod supervisorctl;
pub mod supervisord;
