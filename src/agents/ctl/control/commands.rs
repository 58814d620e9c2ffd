//! By commands for the shell. What a command writes is told where it fails.

use std::time::Duration;

use crate::agents::ctl::world::Unturned;
use crate::agents::shell::{self, Ended, Output};

/// The most of a command's output that a message has.
const SHOWN: usize = 300;

/// Runs one; it has to end well.
pub(super) fn turn(command: &str, patience: Duration) -> Result<(), Unturned> {
    // What goes wrong is said to the standard error.
    let (ended, output) = shell::run(&format!("exec 2>&1\n{command}"), b"", Output::Kept, patience)
        .map_err(|why| format!("cannot run a shell: {why}"))?;
    let how = match ended {
        Ended::Exit(0) => return Ok(()),
        Ended::Exit(status) => format!("exit status {status}"),
        Ended::Signal(number) => format!("ended by signal {number}"),
        Ended::TooLate => format!("not done after {} s", patience.as_secs()),
    };
    let output = String::from_utf8_lossy(&output);
    let last = output.lines().map(str::trim).rfind(|line| !line.is_empty());
    let last = last.map(|line| line.chars().take(SHOWN).collect::<String>());
    let why = last.map_or(how.clone(), |last| format!("{how}: {last}"));
    // Whom it has told is told.
    Err(Unturned { why, may_come: ended == Ended::TooLate })
}
