//! A rolling start that saves the clients' logs first, while they write, and then searches the new ones.

use std::fs;

use libtest_mimic::Trial;

use super::haproxy::{front, good, is, serves_all};
use super::stack::{CLIENTS, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::Load;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![trial("logs_are_saved_before_a_roll_and_no_line_is_lost", program("haproxy").is_some(), saved)]
}

/// How many requests of the load stand in the clients' logs, and in those that were saved.
fn requests(stack: &Stack) -> [usize; 2] {
    let files = walkdir::WalkDir::new(stack.folder()).into_iter().flatten();
    let logs = files.filter(|entry| entry.file_name().to_string_lossy().ends_with(".pages"));
    logs.fold([0; 2], |mut count, entry| {
        let text = fs::read_to_string(entry.path()).unwrap_or_default();
        count[usize::from(entry.depth() > 1)] += text.lines().filter(|line| *line == "/").count();
        count
    })
}

fn saved() -> Outcome {
    let stack = Stack::start(front)?;
    // By another path than the load, so that it is not taken for that.
    stack.edit("[connect]\n", "[connect]\nentity = site\n")?;
    stack.edit("[connect]\n", "archivedir = old\n[connect]\n")?;
    for name in CLIENTS {
        stack.edit(
            &format!("log_file = {name}.log\n"),
            &format!("log_file = {name}.log\nrotate_logs = {name}.log\n  {name}.pages\n"),
        )?;
        // Of an earlier start.
        let log = stack.read(&format!("{name}.log")) + "MemoryError\n";
        fs::write(stack.folder().join(format!("{name}.log")), log)?;
    }
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini"])?;
    is("an error stands in the logs", status == 1 && said.contains("web3 : MemoryError"), &said)?;
    let (before, pids) = (requests(&stack)[0], stack.pids()?);
    let load = Load::on(stack.ports.front, false);
    let (status, said) = stack.ctl(&["-a", "start", "-R", "-c", "cluster.ini"])?;
    let tally = load.off();
    good(&tally)?;
    let are_all = stack.pids()?.iter().zip(&pids).all(|(after, before)| after != before);
    is("all are restarted", status == 0 && are_all && !stack.has_journal() && serves_all(&stack, &CLIENTS), &said)?;
    let [now, old] = requests(&stack);
    // Each of `serves_all` is one too.
    is(
        "no line is lost",
        now + old == before + tally.good + 60 && old >= before,
        &format!("{before} {old} {now} {tally:?}\n{said}"),
    )?;
    for name in CLIENTS {
        is("the new log is of the new start", stack.read(&format!("{name}.log")).matches("Ready").count() == 1, &said)?;
    }
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini"])?;
    is("no error stands in the logs", status == 0, &said)
}
