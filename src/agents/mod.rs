//! What watches and runs processes from outside, without being their supervisor.
//!
//! - [`cluster`]: starts, stops and restarts what belongs together, from a list of commands.

pub mod cluster;
pub mod ctl;
