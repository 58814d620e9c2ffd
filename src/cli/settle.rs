//! Waiting until a supervisor's programs have settled, and the table that says how.

use std::collections::HashSet;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::exit::Exit;
use super::running::{Answer, Supervisor};
use super::terminal::Terminal;
use crate::client::proxy::{ProcessInfo, Proxy};

/// How long a supervisor may take until it answers.
const TO_ANSWER: Duration = Duration::from_secs(10);
/// How long programs may take beyond their `startsecs` and their retries.
const TO_SETTLE: Duration = Duration::from_secs(5);
/// The longest that anybody is kept waiting.
const LONGEST: Duration = Duration::from_secs(120);
/// Between two looks.
const PAUSE: Duration = Duration::from_millis(20);

/// Waits until the supervisor answers. `failed` gives its exit status once it has failed to start.
pub(super) fn answers(supervisor: &Supervisor, mut failed: impl FnMut() -> Option<ExitStatus>) -> Result<(), String> {
    let deadline = Instant::now() + TO_ANSWER;
    loop {
        if let Answer::Running = supervisor.ask() {
            return Ok(());
        }
        if let Some(status) = failed() {
            return Err(format!("the supervisor did not start ({status})"));
        }
        if Instant::now() > deadline {
            return Err(match supervisor.ask() {
                Answer::Other(why) => why,
                _ => format!("the supervisor does not answer after {} seconds", TO_ANSWER.as_secs()),
            });
        }
        sleep(PAUSE);
    }
}

/// Waits until no program is on its way to another state, and prints `supervisorctl status`. A program that is not where
/// it should be fails.
pub(super) fn table(supervisor: &Supervisor, terminal: &Terminal) -> Exit {
    let mut proxy = supervisor.proxy();
    let deadline = Instant::now() + patience(supervisor);
    let processes = loop {
        let (Ok(processes), Ok(automatic)) = (proxy.all_process_info(), automatic(&mut proxy)) else {
            return terminal.fail(format_args!("the supervisor went away"));
        };
        if Instant::now() > deadline || processes.iter().all(|p| is_settled(p, &automatic)) {
            break processes;
        }
        sleep(PAUSE);
    };
    supervisor.command("status");
    let troubled: Vec<String> = processes.iter().filter(|p| is_troubled(p)).map(name).collect();
    if troubled.is_empty() {
        return Exit::Done;
    }
    terminal.fail(format_args!("not running: {}", troubled.join(", ")))
}

/// As long as the slowest program may need: it may have to be tried `startretries` times, each a second later.
fn patience(supervisor: &Supervisor) -> Duration {
    let processes = supervisor.config.groups.iter().flat_map(|group| &group.processes);
    let needs = processes.map(|p| {
        let tries = u64::try_from(p.startretries).unwrap_or(0).min(20);
        u64::try_from(p.startsecs).unwrap_or(0).max(1).saturating_mul(tries + 1) + tries * (tries + 1) / 2
    });
    (TO_SETTLE + Duration::from_secs(needs.max().unwrap_or(0))).min(LONGEST)
}

/// Names of the processes that start by themselves.
fn automatic(proxy: &mut Proxy) -> Result<HashSet<(String, String)>, crate::client::problem::Problem> {
    let configured = proxy.all_config_info()?;
    Ok(configured.into_iter().filter(|c| c.autostart).map(|c| (c.group, c.name)).collect())
}

fn is_settled(process: &ProcessInfo, automatic: &HashSet<(String, String)>) -> bool {
    match process.statename.as_str() {
        "STARTING" | "BACKOFF" | "STOPPING" => false,
        "STOPPED" => {
            process.description != "Not started" || !automatic.contains(&(process.group.clone(), process.name.clone()))
        }
        _ => true,
    }
}

fn is_troubled(process: &ProcessInfo) -> bool {
    matches!(process.statename.as_str(), "FATAL" | "BACKOFF" | "STARTING" | "UNKNOWN")
}

fn name(process: &ProcessInfo) -> String {
    if process.group == process.name { process.name.clone() } else { format!("{}:{}", process.group, process.name) }
}
