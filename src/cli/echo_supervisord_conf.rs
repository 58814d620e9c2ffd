//! `echo_supervisord_conf`: prints a configuration to begin with. Arguments have no meaning.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::conf::sample::sample;

/// Runs `echo_supervisord_conf`.
pub(super) fn main(_: Vec<OsString>, _: &str) -> ExitCode {
    match io::stdout().write_all(sample().as_bytes()) {
        Ok(()) => ExitCode::SUCCESS,
        Err(_) => ExitCode::FAILURE,
    }
}
