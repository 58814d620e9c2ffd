//! Rolls that are ended from outside, or whose balancer or supervisor falls silent: whoever is out is known, and the next run
//! makes up for it.

use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use super::haproxy::{front, good, is, serves_all};
use super::stack::{CLIENTS, Stack, run_at};
use super::{program, trial};
use crate::harness::load::{Load, page};
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("haproxy").is_some();
    let signals = [("TERM", 15), ("INT", 2), ("HUP", 1)].map(|(name, number)| {
        trial(
            &format!("a_ctl_that_gets_sig{}_is_made_up_for_by_a_start", name.to_lowercase()),
            is_possible,
            move || ended(name, number),
        )
    });
    let silences = SILENCES.map(|step| {
        let name = format!("a_balancer_that_falls_silent_is_told/{}", step.replace(' ', "_"));
        trial(&name, is_possible, move || silent_balancer(step))
    });
    let others = [
        trial("a_ctl_that_gets_a_second_signal_ends_at_once", is_possible, ended_at_once),
        trial("a_ctl_under_nohup_is_not_hung_up", is_possible, ignored),
        trial("a_supervisor_that_falls_silent_leaves_nobody_out_unseen", is_possible, silent_supervisor),
        trial("a_client_that_stops_by_itself_meanwhile_is_waited_for", is_possible, stops_already),
        trial("a_client_that_is_stopping_when_ctl_is_killed_is_not_put_back", is_possible, killed_while_stopping),
        trial("a_roll_and_a_repair_never_overlap", is_possible, one_at_a_time),
        trial("a_client_in_hand_has_one_turn_in_the_next_start", is_possible, one_turn),
    ];
    signals.into_iter().chain(silences).chain(others).collect()
}

fn ended(name: &str, number: i32) -> Outcome {
    let stack = Stack::start(front)?;
    let load = Load::on(stack.ports.front, false);
    let (status, said) =
        stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: starting", |ctl| send(name, ctl.id()))?;
    is("it ends with the status of the signal", status.code() == Some(128 + number), &said)?;
    let told = format!(
        "SIG{name} came: the rolling start ends here, 3 of 3 turns are not done; web1 is out of the balancer until the next \
         `start` or `repair`"
    );
    is("it says where things are", said.contains(&told), &said)?;
    is("a mail says so", stack.smtp.mail()?.text.replace('\n', " ").contains("web1 is out of the balancer"), &said)?;
    is("who is out is written down", stack.read("ctl.lock.roll").contains("in-hand\tweb1"), &said)?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini", "-s", "web2"])?;
    is("a check tells", status == 1 && said.contains("web1 is out of the balancer: a run that was cut off"), &said)?;
    // It is not asked for, and comes back.
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini", "-s", "web3"])?;
    good(&load.off())?;
    is("exit status 0", status == 0, &said)?;
    is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)
}

fn one_turn() -> Outcome {
    let stack = Stack::start(front)?;
    let words = ["-a", "start", "-c", "cluster.ini"];
    let (_, said) = stack.ctl_at(&words, "web1: starting", |ctl| send("INT", ctl.id()))?;
    is("it is written down", stack.read("ctl.lock.roll").contains("in-hand\tweb1"), &said)?;
    // It is up by then, so that there is something to put back.
    stack.until("it is up", || page(stack.ports.clients[0], "/").is_ok())?;
    let load = Load::on(stack.ports.front, false);
    let (status, said) = stack.ctl(&words)?;
    good(&load.off())?;
    is("all serve", status == 0 && serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)?;
    let turns = said.lines().filter(|line| line.contains("web1: taken out of the balancer")).count();
    is("one turn each", turns == 1 && said.contains("[3/3] "), &said)
}

fn send(name: &str, pid: u32) -> Outcome {
    Ok(Command::new("kill").args([&format!("-{name}"), &pid.to_string()]).status().map(drop)?)
}

/// The first signal waits until the client has stopped, the second does not.
fn ended_at_once() -> Outcome {
    let stack = slow_stack()?;
    for is_twice in [true, false] {
        let held = std::cell::Cell::new(false);
        let (status, said) =
            stack.ctl_at(&["-a", "start", "-c", "cluster.ini", "-s", "web1"], "web1: stopping", |ctl| {
                stack.until_stopping()?;
                send("INT", ctl.id())?;
                if is_twice {
                    // The first has to be taken, as two at the same time are one.
                    stack.until("both signals are taken", || {
                        let _ = send("TERM", ctl.id());
                        matches!(ctl.try_wait(), Ok(Some(_)))
                    })?;
                    held.set(page(stack.ports.clients[0], "/").is_ok());
                }
                Ok(())
            })?;
        let expected = if is_twice { [130, 143] } else { [130, 130] };
        is("the status of a signal", status.code().is_some_and(|code| expected.contains(&code)), &said)?;
        is("it is told what a second one does", said.contains("ctl: SIGINT came: this step is ended;"), &said)?;
        is("only the second is not waited with", held.get() == is_twice, &said)?;
        is("who is out is written down", stack.read("ctl.lock.roll").contains("in-hand\tweb1"), &said)?;
        let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
        is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)?;
    }
    Ok(())
}

/// What `nohup` has ignored stays so.
fn ignored() -> Outcome {
    let stack = Stack::start(front)?;
    let ctl = format!("trap '' HUP; exec {} ctl -a start -c cluster.ini -s web1", recipe().display());
    let mut shell = Command::new("sh");
    shell.args(["-c", &ctl]).current_dir(stack.folder()).stdin(Stdio::null()).stdout(Stdio::null());
    let (status, said) = run_at(shell, "web1: starting", |ctl| send("HUP", ctl.id()))?;
    is("it goes on", status.code() == Some(0) && serves_all(&stack, &CLIENTS), &said)
}

/// When it falls silent: before it is told anything, and before it is told to take the client back.
const SILENCES: [&str; 2] = ["taken out of the balancer", "starting"];

fn silent_balancer(step: &str) -> Outcome {
    let stack = Stack::start(front)?;
    let before = stack.pids()?;
    let (status, said) = stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], &format!("web1: {step}"), |_| {
        stack.signal(Some("haproxy"), "STOP")
    })?;
    is("exit status 1", status.code() == Some(1), &said)?;
    is("web2 and web3 are left alone", stack.pids()?[1..] == before[1..], &said)?;
    let mail = stack.smtp.mail()?;
    for part in ["the rolling start stops at web1: the balancer at ./haproxy.sock does not answer", "it may be out"] {
        is(part, mail.text.replace('\n', " ").contains(part), &mail.text)?;
    }
    is("it is written down", stack.read("ctl.lock.roll").contains("in-hand\tweb1"), &said)?;
    stack.signal(Some("haproxy"), "CONT")?;
    stack.until("a page", || page(stack.ports.front, "/").is_ok())?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)
}

/// It falls silent when it is to stop web1, which takes its time.
fn silent_supervisor() -> Outcome {
    let stack = slow_stack()?;
    let load = Load::on(stack.ports.front, false);
    let (status, said) =
        stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: stopping", |_| stack.signal(None, "STOP"))?;
    is("exit status 1", status.code() == Some(1), &said)?;
    is("web1 is out, the others serve", serves_all(&stack, &CLIENTS[1..]), &said)?;
    is("it is written down", stack.read("ctl.lock.roll").contains("ending\tweb1"), &said)?;
    let mail = stack.smtp.mail()?;
    is(
        "the mail says why",
        mail.text.contains("web1 stays out of the balancer, as it may stop at any moment"),
        &mail.text,
    )?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini", "-s", "web2"])?;
    is("a check tells", status == 1 && said.contains("web1 was told to stop: it may stop at any moment"), &said)?;
    // Now the supervisor does what it was told, if it has not begun.
    stack.signal(None, "CONT")?;
    stack.until("the end of web1", || page(stack.ports.clients[0], "/").is_err())?;
    // It is not asked for, and comes back.
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini", "-s", "web2"])?;
    good(&load.off())?;
    is("exit status 0", status == 0, &said)?;
    is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)
}

/// It is good until it has stopped; a repair puts it back then, and not before.
fn killed_while_stopping() -> Outcome {
    let stack = slow_stack()?;
    let before = stack.pids()?;
    let load = Load::on(stack.ports.front, false);
    stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: stopping", |ctl| {
        stack.until_stopping()?;
        Ok(ctl.kill()?)
    })?;
    is("it serves so far", page(stack.ports.clients[0], "/").is_ok(), "")?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    good(&load.off())?;
    is("it is another one", stack.pids()?[0] != before[0], &said)?;
    is("all serve", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)
}

/// One whose `web1` ends some seconds after it is told to.
pub fn slow_stack() -> Result<Stack, Failed> {
    Stack::start(|folder, ports| {
        std::fs::write(folder.join("web1.slow"), "").expect("a file");
        front(folder, ports)
    })
}

/// For a supervisor, one that is stopping does not run; it is started when it has stopped.
fn stops_already() -> Outcome {
    let stack = slow_stack()?;
    let before = stack.pids()?;
    let load = Load::on(stack.ports.front, false);
    let mut other = stack.supervisorctl(&["stop", "web1"]).stdout(Stdio::null()).spawn()?;
    stack.until_stopping()?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini", "-s", "web1"])?;
    other.wait()?;
    good(&load.off())?;
    is("exit status 0", status == 0, &said)?;
    is("it is another one", stack.pids()?[0] != before[0] && serves_all(&stack, &CLIENTS), &said)
}

fn one_at_a_time() -> Outcome {
    let stack = Stack::start(front)?;
    let before = stack.pids()?;
    let load = Load::on(stack.ports.front, false);
    let mut seen = Vec::new();
    let (status, said) = stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: starting", |ctl| {
        let other = format!("another ctl is at work (pid {}, start, since 2", ctl.id());
        for (action, expected) in [("repair", 2), ("start", 2), ("stop", 2), ("check", 0)] {
            let (status, said) = stack.ctl(&["-v", "-a", action, "-c", "cluster.ini"])?;
            seen.push((action, status == expected && said.contains(&other), said));
        }
        Ok(())
    })?;
    good(&load.off())?;
    for (action, is_right, said) in &seen {
        is(action, *is_right, said)?;
    }
    let are_all = stack.pids()?.iter().zip(&before).all(|(after, before)| after != before);
    is("the roll goes on", status.code() == Some(0) && are_all && !stack.has_journal(), &said)?;
    is("all serve", serves_all(&stack, &CLIENTS), &said)
}
