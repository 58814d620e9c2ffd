//! All of a stop, but for the end of the daemon: what was left running, the list, and what is left after that.

use std::time::Duration;

use super::ending;
use super::problem::Problem;
use super::process;
use super::runner::Runner;
use super::standing::Which;
use super::steps::{Child, Steps};
use super::world::World as _;

/// Ends the cluster; whether nothing went wrong. A command that fails is told, and keeps no other from being run. The pid
/// file goes, unless something is left that is to be found by it.
pub(super) fn stop(steps: &Steps<'_>, runner: &mut Runner<'_>) -> bool {
    let patience = Duration::from_secs(steps.cluster.stopwaitsecs);
    let mut problems = Vec::new();
    let told = |problems: Vec<Problem>, runner: &mut Runner<'_>, all: &mut Vec<Problem>| {
        runner.complain_of(&problems);
        all.extend(problems);
    };
    let found = ending::end(runner, &steps.known, Which::Background, patience);
    told(found, runner, &mut problems);
    runner.say("Cluster is going down...");
    let mut children = Vec::new();
    for (number, step) in steps.cluster.stop.iter().enumerate() {
        match steps.run(runner, number, step) {
            Ok(child) => children.extend(child),
            Err(problem) => told(vec![problem], runner, &mut problems),
        }
    }
    let found = wait_for(&children, runner, patience);
    told(found, runner, &mut problems);
    let found = ending::end(runner, &steps.known, Which::All, patience);
    told(found, runner, &mut problems);
    if is_over(steps, runner) {
        let found = steps.site.remove().err().into_iter().collect();
        told(found, runner, &mut problems);
    }
    problems.is_empty()
}

/// Waits for what the list has left running; what takes too long is ended with all else.
fn wait_for(children: &[Child], runner: &mut Runner<'_>, patience: Duration) -> Vec<Problem> {
    if children.is_empty() {
        return Vec::new();
    }
    let pids: Vec<String> = children.iter().map(|child| child.process.pid.to_string()).collect();
    runner.say(&format!("Child PIDs: {}", pids.join(", ")));
    let until = runner.now() + patience;
    while runner.now() < until && children.iter().any(|child| runner.ended(child.process.pid).is_none()) {
        if let Err(why) = runner.turn(&[], Some(until)) {
            return vec![Problem::Processes(why)];
        }
    }
    let failed = children.iter().filter_map(|Child { process, shown }| {
        let ended = runner.ended(process.pid).filter(|ended| !ended.is_success())?;
        Some(Problem::Failed { command: shown.clone(), ended })
    });
    failed.collect()
}

/// Whether nothing is left but the daemon.
fn is_over(steps: &Steps<'_>, runner: &mut Runner<'_>) -> bool {
    runner.processes().is_ok_and(|all| process::family(&all, &steps.known).members.is_empty())
}
