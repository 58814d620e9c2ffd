//! HAProxy, which would answer a request with an error at once if its server did not: it tries nothing again.

use std::collections::BTreeSet;
use std::path::Path;

use libtest_mimic::{Failed, Trial};

use super::cut_off::slow_stack;
use super::restarts::judge;
use super::stack::{CLIENTS, Front, Ports, Stack};
use super::{program, trial};
use crate::harness::load::{Load, Tally, page};
use crate::harness::pty::Pty;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("haproxy").is_some();
    vec![
        trial("haproxy_rolls_and_no_request_fails", is_possible, rolls),
        trial("haproxy_a_broken_client_stops_the_roll_and_a_mail_says_why", is_possible, broken),
        trial("haproxy_that_was_restarted_and_has_put_a_client_back_is_told", is_possible, restarted),
        trial("haproxy_that_does_not_answer_is_told", is_possible, silent),
        trial("haproxy_gives_nobody_up_for_a_supervisor_that_is_away", is_possible, away),
        trial("haproxy_that_allows_too_little_is_told", is_possible, low_level),
        trial("haproxy_keeps_whom_an_operator_has_taken_out", is_possible, operator),
        trial("haproxy_is_looked_at_before_each_turn", is_possible, meanwhile),
        trial("haproxy_on_a_terminal_there_is_one_line", is_possible, terminal),
        trial("haproxy_on_a_terminal_the_line_says_for_how_long", is_possible, terminal_time),
    ]
}

/// An HAProxy before three clients, which are told to be down by their checks.
pub fn front(folder: &Path, ports: &Ports) -> Front {
    let socket = folder.join("haproxy.sock");
    let socket = socket.display();
    let server =
        |(name, port): (&&str, u16)| format!("    server {name} 127.0.0.1:{port} check inter 200ms rise 1 fall 2\n");
    let servers: String = CLIENTS.iter().zip(ports.clients).map(server).collect();
    let conf = format!(
        "global\n    stats socket {socket} level admin\n\
         defaults\n    mode http\n    retries 0\n    timeout connect 2s\n    timeout check 5s\n    timeout client 10s\n    timeout server 10s\n\
         frontend site\n    bind 127.0.0.1:{}\n    default_backend web\n\
         backend web\n    option httpchk GET /health\n{servers}",
        ports.front
    );
    Front {
        files: vec![("haproxy.cfg", conf)],
        programs: vec![("haproxy", "haproxy -db -f haproxy.cfg".to_owned())],
        sections: format!(
            "[haproxy]\ntype = HAProxy\nip = 127.0.0.1\nport = {}\ncontrol = supervisor:haproxy\nsocket = ./haproxy.sock\n\
             backend = web\nserver_state = haproxy.state\n",
            ports.front
        ),
        frontends: "haproxy",
    }
}

/// That none of them failed, of some at least.
pub fn good(tally: &Tally) -> Outcome {
    let is_good = tally.failed.is_empty() && tally.good > 10;
    if is_good { Ok(()) } else { Err(format!("{} good, failed: {:?}", tally.good, tally.failed).into()) }
}

/// That it is so.
pub fn is(what: &str, holds: bool, said: &str) -> Outcome {
    if holds { Ok(()) } else { Err(format!("not so: {what}\n{said}").into()) }
}

/// What its socket answers to a command.
fn told(stack: &Stack, command: &str) -> Result<String, Failed> {
    use std::io::{Read as _, Write as _};
    let mut stream = std::os::unix::net::UnixStream::connect(stack.folder().join("haproxy.sock"))?;
    stream.write_all(format!("{command}\n").as_bytes())?;
    let mut text = String::new();
    stream.read_to_string(&mut text)?;
    Ok(text)
}

/// The status of each server, by `show stat`, without numbers.
pub fn statuses(stack: &Stack) -> Result<Vec<String>, Failed> {
    let text = told(stack, "show stat -1 4 -1")?;
    // One that is new has checks to go: `UP 1/2`.
    let word = |line: &str| line.split(',').nth(17).and_then(|status| status.split(' ').next()).map(str::to_owned);
    Ok(text.lines().skip(1).filter_map(word).collect())
}

fn rolls() -> Outcome {
    let stack = Stack::start(front)?;
    let before = stack.pids()?;
    let load = Load::on(stack.ports.front, false);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    good(&load.off())?;
    is("exit status 0", status == 0, &said)?;
    let after = stack.pids()?;
    is("all are restarted", before.iter().zip(&after).all(|(before, after)| before != after), &said)?;
    is("all serve", statuses(&stack)?.iter().all(|status| status == "UP"), &said)?;
    for name in CLIENTS {
        is("the feed url was fetched", stack.read(&format!("{name}.pages")).contains("/feed"), &said)?;
    }
    is("nobody is written down", !stack.has_journal(), &said)?;
    is("the states are kept", stack.read("haproxy.state").contains("web3"), &said)?;
    for (number, stage) in ["taken out of the balancer", "stopping", "starting", "checking"].iter().enumerate() {
        let line = format!("[{}/3] web{}: {stage}", number % 3 + 1, number % 3 + 1);
        is(&line, said.contains(&line), &said)?;
    }
    is("no mail", !stack.smtp.has_mail(), &said)
}

fn broken() -> Outcome {
    broken_stays_out(&Stack::start(front)?, false)
}

/// On a terminal there is one line that changes.
fn terminal() -> Outcome {
    let stack = Stack::start(front)?;
    let mut pty = Pty::start(&recipe(), &["ctl", "-a", "start", "-c", "cluster.ini"], &stack.folder(), "xterm")?;
    pty.expect("[1/3] web1: taken out of the balancer")?;
    pty.expect("[3/3] web3: waiting until the balancer finds it good")?;
    let (_, shown) = pty.end()?;
    let lines = shown.lines().filter(|line| line.contains("/3]")).count();
    is("one line", lines == 1, &shown)
}

/// It says for how long a step has been going on, whoever is waited for: a connection, or one that takes its time to stop.
fn terminal_time() -> Outcome {
    let stack = slow_stack()?;
    let mut pty =
        Pty::start(&recipe(), &["ctl", "-a", "start", "-c", "cluster.ini", "-s", "web1"], &stack.folder(), "xterm")?;
    pty.expect("[1/1] web1: stopping")?;
    pty.expect("[1/1] web1: stopping (1 s)")?;
    pty.expect("[1/1] web1: stopping (2 s)")?;
    pty.expect("[1/1] web1: starting")?;
    let (status, shown) = pty.end()?;
    is("all is well", status.success(), &shown)
}

/// Whether these clients serve pages through the balancer, and no others.
pub fn serves_all(stack: &Stack, names: &[&str]) -> bool {
    let asked = (0..60).filter_map(|_| page(stack.ports.front, "/").ok());
    let seen: BTreeSet<String> = asked.filter_map(|page| page.split(' ').next().map(str::to_owned)).collect();
    seen.iter().map(String::as_str).eq(names.iter().copied())
}

/// One that comes up broken stops the run, stays out, and comes back by a repair once it is well.
pub fn broken_stays_out(stack: &Stack, may_retry: bool) -> Outcome {
    stack.set_broken("web1", true)?;
    let before = stack.pids()?;
    let load = Load::on(stack.ports.front, may_retry);
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    is("exit status 1", status == 1, &said)?;
    is("web2 and web3 are left alone", stack.pids()?[1..] == before[1..], &said)?;
    is("web1 is out, the others serve", serves_all(stack, &CLIENTS[1..]), &said)?;
    let mail = stack.smtp.mail()?;
    is("it goes to whom it may concern", mail.to == ["admin@example.org"], &mail.text)?;
    for part in ["web1 stays out of the balancer: error in URL", "the rolling start stops before web2"] {
        is(part, mail.text.contains(part), &mail.text)?;
    }
    // It is known until it is well again.
    is("it is written down", stack.has_journal(), &said)?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini", "-s", "web2"])?;
    is("a check tells", status == 1 && said.contains("web1 is out of the balancer: error in URL"), &said)?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    is("web1 is still out", serves_all(stack, &CLIENTS[1..]), &said)?;
    stack.set_broken("web1", false)?;
    let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    judge(stack, load, may_retry)?;
    is("all serve", serves_all(stack, &CLIENTS), &said)?;
    is("nobody is written down", !stack.has_journal(), &said)
}

/// Whom a roll has left out is in again, as an HAProxy that reads no states at its start knows nothing of it.
fn restarted() -> Outcome {
    let stack = Stack::start(front)?;
    stack.set_broken("web1", true)?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    is("web1 is out", status == 1 && statuses(&stack)?[0] == "MAINT", &said)?;
    stack.supervisorctl(&["restart", "haproxy"]).output()?;
    stack
        .until("it is in again", || statuses(&stack).is_ok_and(|all| all.first().is_some_and(|own| own != "MAINT")))?;
    let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini", "-s", "web2"])?;
    let is_told = said.contains("web1 is in the balancer, ") && said.contains("written down to be out: error in URL");
    is("a check tells", status == 1 && is_told && !said.contains("web1 is out"), &said)
}

fn silent() -> Outcome {
    let stack = Stack::start(front)?;
    let before = stack.pids()?;
    std::fs::remove_file(stack.folder().join("haproxy.sock"))?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    is("exit status 1", status == 1, &said)?;
    is(
        "it is told",
        said.contains("the balancer at ./haproxy.sock does not answer: no such file or directory"),
        &said,
    )?;
    is("nobody is restarted", stack.pids()? == before, &said)
}

/// Nobody leaves the balancer for a supervisor that cannot be told anything, nor for a program that it does not have.
fn away() -> Outcome {
    let stack = Stack::start(front)?;
    let before = stack.pids()?;
    let (cluster, conf) = (stack.read("cluster.ini"), stack.read("supervisord.conf"));
    let write = |name: &str, text: &str| std::fs::write(stack.folder().join(name), text);
    write("away.conf", &conf.replace("unix://%(here)s/sock", "unix://%(here)s/none"))?;
    write("away.ini", &cluster.replace("supervisor_conf = supervisord.conf", "supervisor_conf = away.conf"))?;
    for action in ["start", "stop"] {
        let (status, said) = stack.ctl(&["-a", action, "-c", "away.ini"])?;
        is("exit status 1", status == 1, &said)?;
        let word = if action == "start" { "restarted" } else { "stopped" };
        for name in CLIENTS {
            let told = format!("{name} is not {word}, and serves as before: the supervisor does not answer: [Errno 2]");
            is(&told, said.matches(&told).count() == 1, &said)?;
        }
        is("nobody is taken out", !said.contains("taken out") && !stack.has_journal(), &said)?;
    }
    // What is new in the file is not known to the one that runs; what is in neither is a mistake.
    write("supervisord.conf", &conf.replace("[program:web3]", "[program:web4]"))?;
    write("new.ini", &cluster.replace("supervisor:web3", "supervisor:web4"))?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "new.ini", "-s", "web3"])?;
    let told = "web3 is not restarted, and serves as before: the supervisor has no program `web4`";
    is(told, status == 1 && said.contains(told) && !said.contains("taken out"), &said)?;
    write("wrong.ini", &cluster.replace("supervisor:web3", "supervisor:wbe3"))?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "wrong.ini", "--dry-run"])?;
    is("exit status 2", status == 2 && said.contains("there is no program `wbe3` in supervisord.conf"), &said)?;
    // What runs, and is in the file no more, is none.
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini", "-s", "web3", "--dry-run"])?;
    is("exit status 0", status == 0 && said == "web3 : would restart\n", &said)?;
    is("nobody is restarted", stack.pids()? == before && serves_all(&stack, &CLIENTS), &said)
}

/// A client in maintenance is left alone by all who do not name it, and the exit status tells of it.
fn operator() -> Outcome {
    let stack = Stack::start(front)?;
    let cluster = stack.read("cluster.ini").replace("min_serving = 2", "min_serving = 1");
    std::fs::write(stack.folder().join("cluster.ini"), cluster)?;
    told(&stack, "set server web/web1 state maint")?;
    let out = ["MAINT", "UP", "UP"];
    let before = stack.pids()?;
    for words in [&["-a", "repair"][..], &["-a", "start", "-s", "web2"], &["-a", "start"]] {
        let (status, said) = stack.ctl(&[words, &["-c", "cluster.ini"]].concat())?;
        is("exit status 1", status == 1 && said.contains("web1 is good, but out of the balancer"), &said)?;
        is("it is left out", statuses(&stack)? == out && stack.pids()?[0] == before[0], &said)?;
        is("nobody is written down", !stack.has_journal(), &said)?;
    }
    is("the others were restarted", stack.pids()?[2] != before[2], "")?;
    let (status, said) = stack.ctl(&["-a", "start", "-s", "web1", "-c", "cluster.ini"])?;
    is("who names it means it", status == 0 && serves_all(&stack, &CLIENTS), &said)?;
    // Without weight it is out as well, though it is up.
    told(&stack, "set server web/web1 weight 0")?;
    let before = stack.pids()?;
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    is("exit status 1", status == 1 && said.contains("web1 is good, but out of the balancer"), &said)?;
    let after = stack.pids()?;
    is("it is left out", after[0] == before[0] && after[2] != before[2], &said)?;
    is("it has no weight", told(&stack, "get weight web/web1")?.starts_with("0 "), &said)?;
    let (status, said) = stack.ctl(&["-a", "start", "-s", "web1", "-c", "cluster.ini"])?;
    let weight = told(&stack, "get weight web/web1")?;
    is("who names it means it", status == 0 && weight.starts_with("1 "), &format!("{weight}{said}"))
}

/// Somebody takes a client out while a roll is under way, and another one dies after its turn.
fn meanwhile() -> Outcome {
    let stack = Stack::start(front)?;
    let cluster = stack.read("cluster.ini").replace("min_serving = 2", "min_serving = 1");
    std::fs::write(stack.folder().join("cluster.ini"), cluster)?;
    let before = stack.pids()?;
    let (status, said) = stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: stopping", |_| {
        told(&stack, "set server web/web3 state maint").map(drop)
    })?;
    is("exit status 1", status.code() == Some(1) && said.contains("web3 is good, but out of the balancer"), &said)?;
    let after = stack.pids()?;
    is("it is left alone", after[2] == before[2] && after[1] != before[1], &said)?;
    is("the others serve", statuses(&stack)? == ["UP", "UP", "MAINT"], &said)?;
    told(&stack, "set server web/web3 state ready")?;
    stack.until("all serve", || serves_all(&stack, &CLIENTS))?;
    let before = stack.pids()?;
    let (status, said) = stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web2: starting", |_| {
        Ok(stack.supervisorctl(&["stop", "web1"]).output().map(drop)?)
    })?;
    let died = "web1 stays out of the balancer: it was good, and cannot be connected to any more";
    is("exit status 1", status.code() == Some(1) && said.contains(died), &said)?;
    is("a mail says so", stack.smtp.mail()?.text.replace('\n', " ").contains(died), &said)?;
    is("the last one is restarted all the same", stack.pids()?[2] != before[2], &said)?;
    let (status, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
    is("a repair mends it", status == 0 && serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)?;
    // Whoever takes one out may be at it.
    let (status, said) = stack.ctl_at(&["-a", "start", "-c", "cluster.ini"], "web1: stopping", |_| {
        told(&stack, "set server web/web3 state maint")?;
        Ok(stack.supervisorctl(&["stop", "web3"]).output().map(drop)?)
    })?;
    let is_told = said.contains("web3 is not good, and out of the balancer, and it was not ctl that took it out");
    is("it is told as what it is", status.code() == Some(1) && is_told && !stack.has_journal(), &said)
}

/// A socket that does not allow what a roll needs: that is told before anything is done.
fn low_level() -> Outcome {
    for level in ["user", "operator"] {
        let stack = Stack::start(|folder, ports| {
            let mut front = front(folder, ports);
            // A `user` is not shown where servers are; these are known by that alone.
            front.files[0].1 =
                front.files[0].1.replace("level admin", &format!("level {level}")).replace("server web", "server srv");
            front
        })?;
        let before = stack.pids()?;
        let why = format!(
            "permission denied by the HAProxy at ./haproxy.sock, as its level is `{level}`; its `stats socket` needs `level admin`"
        );
        for action in ["start", "repair"] {
            let (status, said) = stack.ctl(&["-a", action, "-c", "cluster.ini"])?;
            is(
                "exit status 1",
                status == 1 && said.matches(&why).count() == 1 && !said.contains("has no server"),
                &said,
            )?;
            is("nothing is done", stack.pids()? == before && !stack.has_journal(), &said)?;
            is("a mail says so", stack.smtp.mail()?.text.replace('\n', " ").contains("needs `level admin`"), &said)?;
        }
        let (status, said) = stack.ctl(&["-a", "check", "-c", "cluster.ini"])?;
        is(
            "a check tells where it is hindered",
            (status == 1) == (level == "user") && said.contains(&why) == (level == "user"),
            &said,
        )?;
    }
    Ok(())
}
