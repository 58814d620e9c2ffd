//! The daemon as the first process of a container: it takes in whoever is left to it, obeys signals that have no default
//! there, and leaves with its status. Reported as ignored where no pid namespace may be made.

use std::fs;
use std::io::{BufRead, BufReader, Lines};
use std::path::Path;
use std::process::{Child, ChildStdout, Command, Stdio};

use libtest_mimic::Trial;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let trial = Trial::test("pid1::it_reaps_strangers_obeys_signals_and_leaves", first_of_all);
    vec![trial.with_ignored_flag(!possible())]
}

const UNSHARE: [&str; 4] = ["--pid", "--fork", "--mount-proc", "--kill-child"];

fn possible() -> bool {
    Command::new("unshare").args(UNSHARE).arg("true").output().is_ok_and(|output| output.status.success())
}

/// Each round leaves three processes whose parents have ended: one that ends at once, one later, one never.
const CONF: &str = "\
[supervisord]
nodaemon=true
logfile=log
[program:parent]
command=sh -c \"sh -c '(true &)'; sh -c '(sleep 0.2; exit 3) &'; sh -c 'sleep 1000 &'; exec sleep 1000\"
startsecs=0
";

struct Container {
    outer: Child,
    lines: Lines<BufReader<ChildStdout>>,
}

impl Container {
    fn start(folder: &Path) -> std::io::Result<Self> {
        let mut command = Command::new("timeout");
        command.args(["60", "unshare"]).args(UNSHARE).arg(recipe()).args(["supervisord", "-c", "supervisord.conf"]);
        let mut outer = command.current_dir(folder).stdout(Stdio::piped()).spawn()?;
        let lines = BufReader::new(outer.stdout.take().expect("a pipe")).lines();
        Ok(Self { outer, lines })
    }

    /// Waits for the lines, which may come in any order.
    fn until(&mut self, wanted: &[&str]) -> Outcome {
        let mut left = wanted.to_vec();
        let mut seen = Vec::new();
        while !left.is_empty() {
            let Some(Ok(line)) = self.lines.next() else {
                return Err(format!("no {left:?} in\n{}", seen.join("\n")).into());
            };
            if let Some(at) = left.iter().position(|wanted| matches(&line, wanted)) {
                left.remove(at);
            }
            seen.push(line);
        }
        Ok(())
    }

    /// The daemon, as it is numbered out here: the child of `unshare`, the child of `timeout`.
    fn daemon(&self) -> Option<Pid> {
        let mut pid = self.outer.id();
        for _ in 0..2 {
            let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).ok()?;
            pid = children.split_whitespace().next()?.parse().ok()?;
        }
        Pid::from_raw(pid.cast_signed())
    }
}

/// `*` stands for a number.
fn matches(line: &str, wanted: &str) -> bool {
    let Some((before, behind)) = wanted.split_once('*') else { return line.ends_with(wanted) };
    line.split_once(before).is_some_and(|(_, rest)| rest.trim_start_matches(|c: char| c.is_ascii_digit()) == behind)
}

/// Children of a process that have ended, and that it has not asked for.
fn zombies(parent: Pid) -> usize {
    let pid = parent.as_raw_nonzero();
    let children = fs::read_to_string(format!("/proc/{pid}/task/{pid}/children")).unwrap_or_default();
    let stat = |child: &str| fs::read_to_string(format!("/proc/{child}/stat")).unwrap_or_default();
    children.split_whitespace().filter(|child| stat(child).contains(") Z ")).count()
}

fn first_of_all() -> Outcome {
    let scratch = Scratch::new();
    let user = if rustix::process::getuid().is_root() { "[supervisord]\nuser=root" } else { "[supervisord]" };
    fs::write(scratch.path().join("supervisord.conf"), CONF.replace("[supervisord]", user))?;
    let mut container = Container::start(&scratch.path())?;
    let strangers = ["INFO reaped unknown pid * (exit status 0)", "INFO reaped unknown pid * (exit status 3)"];
    container.until(&["INFO supervisord started with pid 1"])?;
    container.until(&strangers)?;
    let daemon = container.daemon().ok_or("no daemon")?;
    kill_process(daemon, Signal::USR1)?;
    kill_process(daemon, Signal::USR2)?;
    container.until(&["INFO supervisord logreopen"])?;
    kill_process(daemon, Signal::HUP)?;
    container
        .until(&["WARN received SIGHUP indicating restart request", "WARN stopped: parent (terminated by SIGTERM)"])?;
    container.until(&["INFO supervisord started with pid 1", strangers[0], strangers[1]])?;
    let left = zombies(daemon);
    if left > 0 {
        return Err(format!("{left} zombies").into());
    }
    kill_process(daemon, Signal::TERM)?;
    container
        .until(&["WARN received SIGTERM indicating exit request", "WARN stopped: parent (terminated by SIGTERM)"])?;
    let status = container.outer.wait()?;
    if status.success() { Ok(()) } else { Err(format!("left with {status}").into()) }
}
