//! Waiting until a supervisor's programs have settled, and the table that says how.

use std::collections::HashSet;
use std::process::ExitStatus;
use std::thread::sleep;
use std::time::{Duration, Instant};

use super::exit::Exit;
use super::running::{Answer, Supervisor};
use super::terminal::Terminal;
use crate::client::proxy::{Channel, ProcessInfo, Proxy};
use crate::conf::namespec::namespec;

/// How long a supervisor may take until it answers.
const TO_ANSWER: Duration = Duration::from_secs(10);
/// How long programs may take beyond their `startsecs` and their retries.
const TO_SETTLE: Duration = Duration::from_secs(5);
/// The longest that anybody is kept waiting.
const LONGEST: Duration = Duration::from_secs(120);
/// How long nobody wonders what is going on.
const QUIET: Duration = Duration::from_secs(1);
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
/// it should be fails, if it is of these groups; of any, where none are named.
pub(super) fn table(supervisor: &Supervisor, groups: &[String], terminal: &Terminal) -> Exit {
    let mut proxy = supervisor.proxy();
    let began = Instant::now();
    let deadline = began + patience(supervisor);
    let processes = loop {
        let (Ok(processes), Ok(automatic)) = (proxy.all_process_info(), automatic(&mut proxy)) else {
            terminal.progress("");
            return terminal.fail(format_args!("the supervisor went away"));
        };
        let waited_for: Vec<&ProcessInfo> = processes.iter().filter(|p| !is_settled(p, &automatic)).collect();
        if Instant::now() > deadline || waited_for.is_empty() {
            break processes;
        }
        if began.elapsed() > QUIET {
            terminal.progress(&waiting(&waited_for));
        }
        sleep(PAUSE);
    };
    terminal.progress("");
    supervisor.command("status");
    let is_asked_for = |p: &&ProcessInfo| groups.is_empty() || groups.contains(&p.group);
    let troubled: Vec<&ProcessInfo> = processes.iter().filter(is_asked_for).filter(|p| is_troubled(p)).collect();
    if troubled.is_empty() {
        return Exit::Done;
    }
    let names: Vec<String> = troubled.iter().map(|p| namespec(&p.group, &p.name)).collect();
    let words = troubled.iter().take(SHOWN).filter_map(|p| last_words(p, &mut proxy));
    terminal.fail(format_args!("not running: {}{}", names.join(", "), words.collect::<String>()))
}

/// Who is waited for.
fn waiting(processes: &[&ProcessInfo]) -> String {
    let names: Vec<String> = processes.iter().take(SHOWN).map(|p| namespec(&p.group, &p.name)).collect();
    let more = processes.len() - names.len();
    let more = if more == 0 { String::new() } else { format!(" and {more} more") };
    format!("waiting for {}{more}", names.join(", "))
}

/// Of how many programs the last words are shown.
const SHOWN: usize = 5;
/// How many lines these are.
const LINES: usize = 5;
/// How many bytes of a log they may be.
const BYTES: i64 = 2000;

/// The last lines that a program has written, on standard error if there are any.
fn last_words(process: &ProcessInfo, proxy: &mut Proxy) -> Option<String> {
    let name = namespec(&process.group, &process.name);
    [Channel::Stderr, Channel::Stdout].into_iter().find_map(|channel| {
        let log = proxy.read_process_log(&name, channel, -BYTES, 0).ok()?;
        let lines = last_lines(&log, LINES);
        let title = format!("\nthe last of {} of `{name}`:", channel.name());
        (!lines.is_empty()).then(|| format!("{title}\n    {}", lines.join("\n    ")))
    })
}

/// The last lines of a log that say anything, without what could move the cursor.
fn last_lines(log: &str, count: usize) -> Vec<String> {
    let lines = log.lines().rev().map(|line| {
        let text = line.replace('\t', "    ");
        text.trim_end().chars().filter(|c| !c.is_control()).collect::<String>()
    });
    let mut lines: Vec<String> = lines.filter(|line| !line.is_empty()).take(count).collect();
    lines.reverse();
    lines
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_last_lines_are_those_that_say_something() {
        assert_eq!(last_lines("a\nb\n\n\tc \u{1b}[2J\r\n\n", 2), ["b", "    c [2J"]);
        assert_eq!(last_lines("", 2), Vec::<String>::new());
    }
}
