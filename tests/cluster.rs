//! A cluster on a disk that is full: the start fails with a word, and what was started is ended. Reported as ignored where no
//! small disk can be made.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use libtest_mimic::Trial;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let ignored = !possible();
    vec![
        Trial::test("cluster::a_full_disk_starts_nothing", full_before).with_ignored_flag(ignored),
        Trial::test("cluster::a_disk_that_fills_up_undoes_the_start", full_meanwhile).with_ignored_flag(ignored),
    ]
}

/// Runs a script of `sh` in a name space of mounts of its own.
fn apart(folder: &Path, script: &str) -> std::io::Result<Output> {
    let own = if rustix::process::getuid().is_root() { "-m" } else { "-rm" };
    let command = ["timeout", "60", "unshare", own, "sh", "-c", script];
    Command::new("env").args(command).env("RECIPE", recipe()).current_dir(folder).output()
}

/// The folder `run` becomes a disk of three pages.
const SMALL_DISK: &str = "mount -t tmpfs -o size=12k none run";

/// Takes all its room.
const FILL: &str = "head -c 65536 /dev/zero >run/filler 2>/dev/null";

fn possible() -> bool {
    let scratch = Scratch::new();
    let script = format!("mkdir run && {SMALL_DISK} && {{ {FILL}; [ -s run/filler ]; }}");
    apart(&scratch.path(), &script).is_ok_and(|output| output.status.success())
}

/// What a start says, and whether anything is left, in a project whose list this is. The disk is there before.
fn started(list: &str, before: &str) -> Result<String, libtest_mimic::Failed> {
    let scratch = Scratch::new();
    let manifest = format!(
        "[project]\nname = \"full\"\n[parts.shop]\nrecipe = \"cluster\"\npid-file = \"run/shop.pid\"\nstart = [{list}]\n"
    );
    fs::write(scratch.path().join("recipe.toml"), manifest)?;
    let build = Command::new(recipe()).args(["-q", "build"]).current_dir(scratch.path()).status()?;
    if !build.success() {
        return Err("it does not build".into());
    }
    let script = format!("{SMALL_DISK}; {before}; bin/shop start 2>&1; echo $?; ls run; bin/shop status 2>&1");
    let output = apart(&scratch.path(), &script)?;
    let said = String::from_utf8_lossy(&output.stdout);
    // Pids are not the same each time.
    Ok(said
        .lines()
        .map(|line| line.trim_end_matches(|c: char| c.is_ascii_digit() && line.len() > 1))
        .collect::<Vec<_>>()
        .join("\n"))
}

fn is(said: &str, expected: &[&str]) -> Outcome {
    let expected = expected.join("\n");
    if said == expected { Ok(()) } else { Err(format!("said\n{said}\nnot\n{expected}").into()) }
}

const FULL: &str = "Cannot write pid file 'run/shop.pid': no space left on device";

fn full_before() -> Outcome {
    let said = started("\"background:sleep 1001\"", FILL)?;
    let expected =
        ["Cluster is starting...", FULL, "Undoing what was started...", "1", "filler", "shop.pid.lock", "Not running."];
    is(&said, &expected)
}

fn full_meanwhile() -> Outcome {
    // The room that the pid file has is its own.
    let said = started(&format!("\"background:sleep 1001\", \"{FILL}; true\", \"background:sleep 1002\""), "true")?;
    let expected = [
        "Cluster is starting...",
        "Running in background sleep ",
        "Background pid is ",
        &format!("Running {FILL}; true"),
        "Running in background sleep ",
        "Background pid is ",
        FULL,
        "Undoing what was started...",
        "Stopping PID ",
        "Stopping PID ",
        "1",
        "filler",
        "shop.pid.lock",
        "Not running.",
    ];
    is(&said, &expected)
}
