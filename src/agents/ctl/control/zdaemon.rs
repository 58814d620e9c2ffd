//! By zdaemon's controller, in a process of its own: it becomes the user of its configuration, and can never go back.

use std::time::Duration;

use super::commands;
use crate::agents::ctl::world::{Turn, Unturned};

/// Starts or stops what a zdaemon.conf runs.
pub(super) fn turn(controller: &[String], conf: &str, turn: Turn, patience: Duration) -> Result<(), Unturned> {
    let verb = if turn == Turn::On { "start" } else { "stop" };
    let words = controller.iter().map(String::as_str).chain(["-C", conf, verb]);
    commands::turn(&shell_words::join(words), patience)
}
