//! What is promised of the binary that is shipped: idle daemons are small.
//!
//! A fresh copy of it is the worst case, as its pages come in larger pieces than those of a file that has long been cached.

use std::fmt::Write as _;
use std::fs;
use std::path::PathBuf;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::harness::daemon::Daemon;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, resident, shipped};

/// A test.
type Test = fn() -> Outcome;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let tests: [(&str, Test); 3] = [
        ("a_supervisord_with_one_program_is_small", || supervisord(1, 4 << 10)),
        ("a_supervisord_with_a_thousand_programs_is_small", || supervisord(1000, 13 << 9)),
        ("a_manager_of_zdaemon_is_small", || manager(3 << 10)),
    ];
    let trial = |(name, test): (&str, Test)| {
        Trial::test(format!("shipped::{name}"), test).with_ignored_flag(shipped().is_none())
    };
    tests.into_iter().map(trial).collect()
}

/// How long a daemon has for what it does after its start.
const DEADLINE: Duration = Duration::from_secs(60);

/// With so many programs, after an answer about all of them and after its configuration was read again, it takes no more
/// than so many KiB.
fn supervisord(programs: usize, limit: u64) -> Outcome {
    let scratch = Scratch::new();
    let binary = copy(&scratch)?;
    let mut conf = String::new();
    for number in 0..programs {
        write!(conf, "[program:p{number}]\ncommand = /bin/sleep 100000\nstartsecs = 0\n\n")?;
    }
    let daemon = Daemon::of(&binary, &conf);
    let ready: Vec<String> = (0..programs).map(|number| format!("success: p{number} entered RUNNING state")).collect();
    daemon.until_all(&ready.iter().map(String::as_str).collect::<Vec<_>>());
    assert_eq!(daemon.call("getAllProcessInfo", &[]).matches("RUNNING").count(), programs);
    comes_down_to(limit, daemon.pid())?;
    for _ in 0..10 {
        assert!(!daemon.call("reloadConfig", &[]).contains("fault"));
    }
    comes_down_to(limit, daemon.pid())
}

/// It takes no more than so many KiB while its program runs.
fn manager(limit: u64) -> Outcome {
    let scratch = Scratch::new();
    let binary = copy(&scratch)?;
    let folder = scratch.path();
    let keys = format!("socket-name {0}/s\ndirectory {0}\ndaemon true", folder.display());
    fs::write(folder.join("conf"), format!("<runner>\nprogram /bin/sleep 100000\n{keys}\n</runner>\n"))?;
    let zdaemon = |action: &str| -> Result<String, Failed> {
        let mut command = Command::new(&binary);
        command.args(["zdaemon", "-C", "conf", action]).current_dir(&folder).stdin(Stdio::null());
        Ok(String::from_utf8_lossy(&command.output()?.stdout).into_owned())
    };
    zdaemon("start")?;
    let status = zdaemon("status")?;
    let program = status.trim().strip_prefix("program running; pid=").ok_or_else(|| status.clone())?;
    let stat = fs::read_to_string(format!("/proc/{program}/stat"))?;
    let manager = stat.rsplit_once(") ").and_then(|(_, rest)| rest.split(' ').nth(1)).ok_or("no parent")?;
    let outcome = comes_down_to(limit, manager.parse()?);
    zdaemon("stop")?;
    outcome
}

/// Made by a process of its own: a program that is open to be written, if only by what another test starts just then,
/// cannot be run.
pub fn copy(scratch: &Scratch) -> Result<PathBuf, Failed> {
    let binary = scratch.path().join("recipe");
    let made = Command::new("cp").arg(shipped().ok_or("no binary that is shipped")?).arg(&binary).status()?;
    if made.success() { Ok(binary) } else { Err("it cannot be copied".into()) }
}

/// What only the start needed is given back a little later.
pub fn comes_down_to(limit: u64, pid: u32) -> Outcome {
    let end = Instant::now() + DEADLINE;
    loop {
        let resident = resident(pid)?;
        if resident <= limit {
            return Ok(());
        }
        if Instant::now() > end {
            return Err(format!("{resident} KiB, of {limit} that it may have").into());
        }
        std::thread::yield_now();
    }
}
