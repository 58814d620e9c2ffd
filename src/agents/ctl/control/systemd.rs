//! By systemd's `systemctl`, which is looked for on PATH.

use std::time::Duration;

use super::commands;
use crate::agents::ctl::world::{Turn, Unturned};

/// Starts or stops a unit.
pub(super) fn turn(unit: &str, turn: Turn, patience: Duration) -> Result<(), Unturned> {
    let verb = if turn == Turn::On { "start" } else { "stop" };
    commands::turn(&shell_words::join(["systemctl", verb, "--", unit]), patience)
}
