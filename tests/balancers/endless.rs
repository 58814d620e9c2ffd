//! What has no end: a connection through the balancer, a page, redirections. A run ends all the same, and says what it was.

use std::io::{Read as _, Write as _};
use std::net::TcpStream;
use std::thread::{JoinHandle, spawn};
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use super::haproxy::{front, good, is, serves_all};
use super::stack::{CLIENTS, Stack};
use super::{program, trial};
use crate::harness::Outcome;
use crate::harness::load::Load;

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_possible = program("haproxy").is_some();
    vec![
        trial("a_connection_that_never_ends_is_cut_and_told", is_possible, connection),
        trial("a_page_that_never_ends_is_given_up", is_possible, pages),
    ]
}

/// Asks for a page that has no end; whoever it reads it from, and how many bytes it got before it was cut.
fn endless(stack: &Stack) -> Result<(&'static str, JoinHandle<usize>), Failed> {
    let mut stream = TcpStream::connect(("127.0.0.1", stack.ports.front))?;
    stream.write_all(b"GET /endless HTTP/1.1\r\nHost: localhost\r\n\r\n")?;
    let mut buffer = [0; 1024];
    let mut length = stream.read(&mut buffer)?;
    let by = CLIENTS.into_iter().find(|name| stack.read(&format!("{name}.pages")).contains("/endless"));
    let reader = spawn(move || {
        while let Ok(count @ 1..) = stream.read(&mut buffer) {
            length += count;
        }
        length
    });
    Ok((by.ok_or("nobody was asked")?, reader))
}

fn connection() -> Outcome {
    let stack = Stack::start(front)?;
    stack.edit("drain_timeout = 5", "drain_timeout = 2")?;
    let before = stack.pids()?;
    let (by, reader) = endless(&stack)?;
    let load = Load::on(stack.ports.front, false);
    let began = Instant::now();
    let (status, said) = stack.ctl(&["-a", "start", "-c", "cluster.ini"])?;
    good(&load.off())?;
    let told = format!("{by}: 1 connection is cut, as the time to drain is over");
    is("it is told", status == 1 && said.matches(&told).count() == 1, &said)?;
    is("a mail says so", stack.smtp.mail()?.text.replace('\n', " ").contains(&told), &said)?;
    is("it had its time", began.elapsed() > Duration::from_secs(2), &said)?;
    is("it lasted until then", reader.join().is_ok_and(|length| length > 1000), &said)?;
    let are_all = stack.pids()?.iter().zip(&before).all(|(after, before)| after != before);
    is("the roll goes on", are_all && !stack.has_journal() && serves_all(&stack, &CLIENTS), &said)
}

fn pages() -> Outcome {
    let stack = Stack::start(front)?;
    stack.edit("timeout = 5\nstart", "feed_timeout = 1\nfollow_redirection = True\ntimeout = 1\nstart")?;
    let asked = |words: &[&str], why: &str| -> Outcome {
        let began = Instant::now();
        let (status, said) = stack.ctl(&[words, &["-c", "cluster.ini"]].concat())?;
        is(why, status == 1 && said.contains(why), &said)?;
        is("it takes no more than its time", began.elapsed() < Duration::from_secs(20), &said)
    };
    let (late, round) = ("/endless 408 no answer within 1 s", "/round more than 5 redirections");
    asked(&["-a", "check", "-u", "endless"], late)?;
    asked(&["-a", "check", "-u", "round"], round)?;
    for (page, why) in [("endless", late), ("round", round)] {
        stack.edit("url = /feed", &format!("url = /{page}"))?;
        let load = Load::on(stack.ports.front, false);
        let before = stack.pids()?;
        asked(
            &["-a", "start"],
            &format!("web1 stays out of the balancer: error in URL : http://127.0.0.1:{}{why}", stack.ports.clients[0]),
        )?;
        is("the roll stops", stack.pids()?[1..] == before[1..], "")?;
        stack.edit(&format!("url = /{page}"), "url = /feed")?;
        let (_, said) = stack.ctl(&["-a", "repair", "-c", "cluster.ini"])?;
        good(&load.off())?;
        is("a repair puts it back", serves_all(&stack, &CLIENTS) && !stack.has_journal(), &said)?;
    }
    Ok(())
}
