//! An HAProxy that reads the states of its servers when it starts, from the file that ctl keeps: whoever was taken out stays out.

use std::fs;

use libtest_mimic::{Failed, Trial};

use super::haproxy::{front, is, serves_all, statuses};
use super::stack::{CLIENTS, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::page;

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![trial("haproxy_keeps_states_over_its_restart", program("haproxy").is_some(), kept)]
}

fn stack() -> Result<Stack, Failed> {
    Stack::start(|folder, ports| {
        let mut front = front(folder, ports);
        let file = format!("global\n    server-state-file {}/haproxy.state\n", folder.display());
        let conf = front.files[0].1.replace("global\n", &file);
        front.files[0].1 = conf.replace("defaults\n", "defaults\n    load-server-state-from-file global\n");
        // One that has never kept a state.
        fs::write(folder.join("haproxy.state"), "1\n").expect("a file");
        front
    })
}

/// Another HAProxy, which has read the file.
fn restart(stack: &Stack) -> Outcome {
    stack.supervisorctl(&["restart", "haproxy"]).output()?;
    stack.until("a page of the new one", || page(stack.ports.front, "/").is_ok())
}

fn kept() -> Outcome {
    let stack = stack()?;
    stack.set_broken("web1", true)?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    is("web1 is out", status == 1 && statuses(&stack)? == ["MAINT", "UP", "UP"], &said)?;
    restart(&stack)?;
    is("one that has failed is still out", statuses(&stack)? == ["MAINT", "UP", "UP"], &stack.read("haproxy.state"))?;
    is("no request gets there", serves_all(&stack, &CLIENTS[1..]), "")?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini", "-s", "web2"])?;
    is("a check tells", status == 1 && said.contains("web1 is out of the balancer: error in URL"), &said)?;
    stack.set_broken("web1", false)?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    restart(&stack)?;
    stack.until("all serve", || serves_all(&stack, &CLIENTS)).map_err(|_| Failed::from(said))?;
    // One that is out while it is stopped and comes up again is out until it is started.
    stack.edit("min_serving = 2", "min_serving = 1")?;
    let (status, said) = stack.ctl(&["-a", "stop", "-c", "cluster.ini", "-s", "web2"])?;
    is("web2 is stopped", status == 0, &said)?;
    restart(&stack)?;
    stack.supervisorctl(&["start", "web2"]).output()?;
    stack.until("web2 is up", || page(stack.ports.clients[1], "/").is_ok())?;
    is("it is still out", statuses(&stack)? == ["UP", "MAINT", "UP"], &stack.read("haproxy.state"))
}
