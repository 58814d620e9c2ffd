//! A daemon among many clients, and one that does not read: it answers the others, and its memory stays small.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;

use libtest_mimic::Trial;
use rustix::process::{Resource, Rlimit, getrlimit, setrlimit};

use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, descriptors, resident};

/// The trials with many clients.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("crowd::a_thousand_clients_are_answered", thousand),
        Trial::test("crowd::who_does_not_read_costs_nothing", unread),
    ]
}

/// Clients at once.
const CLIENTS: usize = 1000;
/// Most memory that they may cost, in KiB.
const COST: u64 = 48 * 1024;

const CALL: &str = "<?xml version='1.0'?><methodCall><methodName>supervisor.getPID</methodName></methodCall>";

fn post() -> String {
    format!("POST /RPC2 HTTP/1.1\r\nContent-Length: {}\r\n\r\n{CALL}", CALL.len())
}

/// All connect, then all ask, then all read; nobody hangs up.
fn thousand() -> Outcome {
    let daemon = Daemon::ours("[program:cat]\ncommand = /bin/cat\n");
    daemon.until("success: cat entered RUNNING state");
    let before = (resident(daemon.pid())?, descriptors(daemon.pid())?.len());
    // The daemon keeps the limit that it was started with.
    let limit = getrlimit(Resource::Nofile);
    setrlimit(Resource::Nofile, Rlimit { current: limit.maximum, ..limit })?;
    let silent = daemon.connect();
    let mut clients: Vec<UnixStream> = (0..CLIENTS).map(|_| daemon.connect()).collect();
    let mut answered = 0;
    for client in &mut clients {
        // One that was let go before it asked asks again, as any client does.
        let asked = client.write_all(post().as_bytes()).and_then(|()| client.read(&mut [0; 1024]));
        if asked.is_ok_and(|count| count > 0) {
            answered += 1;
        } else {
            *client = daemon.connect();
            client.write_all(post().as_bytes())?;
            answered += usize::from(client.read(&mut [0; 1024])? > 0);
        }
    }
    let cost = resident(daemon.pid())?.saturating_sub(before.0);
    drop((silent, clients));
    let last = daemon.ask("GET /ok.html HTTP/1.0\r\n\r\n");
    // Whoever has gone is noticed before another is let in.
    let mut rounds = 0..10_000;
    while descriptors(daemon.pid())?.len() > before.1 + 1 {
        rounds.next().ok_or("descriptors of clients that have gone stay open")?;
        daemon.ask("GET /ok.html HTTP/1.0\r\n\r\n");
    }
    if answered == CLIENTS && last.ends_with("OK") && cost < COST {
        return Ok(());
    }
    Err(format!("{answered} answered, {cost} KiB, {last}").into())
}

/// A log of many megabytes is followed by somebody who reads nothing of it.
fn unread() -> Outcome {
    let daemon = Daemon::ours("[program:cat]\ncommand = /bin/cat\nstdout_logfile = %(here)s/cat.log\n");
    daemon.until("success: cat entered RUNNING state");
    let log = daemon.folder().join("cat.log");
    let _follower = daemon.follow("cat", &log)?;
    let before = resident(daemon.pid())?;
    fs::write(&log, vec![b'x'; 64 << 20])?;
    for _ in 0..200 {
        daemon.ask("GET /ok.html HTTP/1.0\r\n\r\n");
    }
    let cost = resident(daemon.pid())?.saturating_sub(before);
    if cost < 8 * 1024 { Ok(()) } else { Err(format!("{cost} KiB for a log that nobody reads").into()) }
}
