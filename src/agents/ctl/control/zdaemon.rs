//! By zdaemon's controller, in a process of its own: it becomes the user of its configuration, and can never go back.

use std::time::Duration;

use super::commands;
use crate::agents::ctl::world::{Turn, Unturned};
use crate::agents::shell::{self, Output};

/// How long it may take to say how it is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Starts or stops what a zdaemon.conf runs.
pub(super) fn turn(controller: &[String], conf: &str, turn: Turn, patience: Duration) -> Result<(), Unturned> {
    let verb = if turn == Turn::On { "start" } else { "stop" };
    let words = controller.iter().map(String::as_str).chain(["-C", conf, verb]);
    commands::turn(&shell_words::join(words), patience)
}

/// That the manager has ended, as it does when it has started a program too often, in words.
pub(super) fn ending(controller: &[String], conf: &str) -> Option<String> {
    let words = controller.iter().map(String::as_str).chain(["-C", conf, "status"]);
    let (_, said) = shell::run(&shell_words::join(words), b"", Output::Kept, PATIENCE).ok()?;
    let is_gone = String::from_utf8_lossy(&said).contains("daemon manager not running");
    is_gone.then(|| format!("zdaemon says that the manager of {conf} does not run any more"))
}
