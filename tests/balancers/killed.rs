//! A ctl that is killed at any step of a client's turn, of the first client or a later one, in a start or a repair: the next
//! repair puts everybody back, and no request fails.

use std::fs::OpenOptions;
use std::io::Write as _;

use libtest_mimic::Trial;

use super::haproxy::{front, is, serves_all};
use super::restarts::judge;
use super::stack::{CLIENTS, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::Load;

/// Those behind an HAProxy; those behind others stand with them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("haproxy").is_some();
    vec![
        trial("haproxy_a_ctl_killed_at_any_step_is_made_up_for_by_a_repair", is_possible, || {
            killed_at_each_step(&Stack::start(front)?, false)
        }),
        trial("haproxy_a_ctl_killed_at_any_step_of_its_last_client_is_made_up_for", is_possible, || {
            killed_at(&Stack::start(front)?, "start", "web3", false)
        }),
        trial("haproxy_a_repair_killed_at_any_step_is_made_up_for", is_possible, || {
            killed_at(&Stack::start(front)?, "repair", "web2", false)
        }),
    ]
}

/// What ctl says of a client when it begins with something.
const STEPS: [&str; 7] = [
    "taken out of the balancer",
    "stopping",
    "starting",
    "checking",
    "fetching the feed url",
    "put back into the balancer",
    "waiting until the balancer finds it good",
];

/// A start that is killed at any step of its first client.
pub fn killed_at_each_step(stack: &Stack, may_retry: bool) -> Outcome {
    killed_at(stack, "start", "web1", may_retry)
}

/// Whoever is killed at any step of a client's turn, under load: a repair puts everybody back.
pub fn killed_at(stack: &Stack, action: &str, client: &str, may_retry: bool) -> Outcome {
    let load = Load::on(stack.ports.front, may_retry);
    for step in STEPS.map(|step| format!("{client}: {step}")) {
        if action == "repair" {
            // It is good but for that.
            let log = stack.folder().join(format!("{client}.log"));
            OpenOptions::new().append(true).open(log)?.write_all(b"MemoryError\n")?;
        }
        stack.ctl_at(&["-a", action, "-c", "cluster.ini"], &step, |ctl| Ok(ctl.kill()?))?;
        // The kill may come when the last step is done.
        is("who is out is written down", stack.has_journal() || serves_all(stack, &CLIENTS), &step)?;
        let (status, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
        // One that was found stopped is critical, and repaired.
        is("exit status 0 or 1", matches!(status, 0 | 1), &said)?;
        is("all serve", serves_all(stack, &CLIENTS), &format!("{step}\n{said}"))?;
        is("nobody is written down", !stack.has_journal(), &format!("{step}\n{said}"))?;
    }
    judge(stack, load, may_retry)
}
