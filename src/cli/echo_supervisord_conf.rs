//! `echo_supervisord_conf`: prints a configuration to begin with. Arguments have no meaning.

use std::ffi::OsString;
use std::process::ExitCode;

use super::dropin;
use crate::conf::sample::sample;

/// Runs `echo_supervisord_conf`.
pub(super) fn main(_: Vec<OsString>, _: &str) -> ExitCode {
    dropin::printed(&sample())
}
