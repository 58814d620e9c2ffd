//! By systemd's `systemctl`, which is looked for on PATH.

use std::time::Duration;

use super::commands;
use crate::agents::ctl::world::{Turn, Unturned};
use crate::agents::shell::{self, Output};

/// Starts or stops a unit.
pub(super) fn turn(unit: &str, turn: Turn, patience: Duration) -> Result<(), Unturned> {
    let verb = if turn == Turn::On { "start" } else { "stop" };
    commands::turn(&shell_words::join(["systemctl", verb, "--", unit]), patience)
}

/// How long it may take to say how a unit is.
const PATIENCE: Duration = Duration::from_secs(10);

/// Whether a unit is stopping.
pub(super) fn is_stopping(unit: &str) -> bool {
    is_deactivating(&question(unit))
}

/// That a unit has failed, in words.
pub(super) fn ending(unit: &str) -> Option<String> {
    says(&question(unit), "failed").then(|| format!("systemctl says that {unit} has failed"))
}

/// The command that says how a unit is.
fn question(unit: &str) -> String {
    shell_words::join(["systemctl", "is-active", "--", unit])
}

/// Whether a command says so; its status only tells whether the unit is active.
fn is_deactivating(command: &str) -> bool {
    says(command, "deactivating")
}

fn says(command: &str, state: &str) -> bool {
    shell::run(command, b"", Output::Kept, PATIENCE).is_ok_and(|(_, said)| said.trim_ascii() == state.as_bytes())
}

#[cfg(test)]
mod tests {
    use super::is_deactivating;

    #[test]
    fn a_unit_is_stopping_if_systemctl_says_so() {
        let of = |said: &str, status: u8| is_deactivating(&format!("echo {said}; exit {status}"));
        assert!(of("deactivating", 3));
        assert!(!of("active", 0) && !of("inactive", 3) && !is_deactivating("/nowhere/systemctl 2>&-"));
    }
}
