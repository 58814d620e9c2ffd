//! An idle daemon sleeps, whatever it was asked before.

use std::fs;
use std::io::{Read as _, Write as _};
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, shipped};

/// All of them.
pub fn trials() -> Vec<Trial> {
    // One that is not optimized is too slow for anybody to be quick.
    let sleeps = Trial::test("idle::as_shipped_a_daemon_sleeps_after_whatever_was_asked", sleeps);
    vec![sleeps.with_ignored_flag(shipped().is_none())]
}

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(60);
/// Questions that are asked one right after the other.
const QUESTIONS: usize = 500;

const CONF: &str = "\
[program:cat]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
stderr_logfile = NONE
";

fn sleeps() -> Outcome {
    let daemon = Daemon::of(&shipped().ok_or("no binary that is shipped")?, CONF);
    daemon.until("success: cat entered RUNNING");
    daemon.call("reloadConfig", &[]);
    // Whoever has asked stays connected: it is for them that the daemon stays awake for a moment.
    let _stream = ask_in_haste(&daemon)?;
    let end = Instant::now() + DEADLINE;
    while Instant::now() < end {
        let before = work(&daemon)?;
        // Other daemons live and die, and nothing happens to this one.
        (0..20).for_each(|_| Daemon::ours(CONF).until("success: cat entered RUNNING"));
        if work(&daemon)? == before {
            return Ok(());
        }
    }
    Err("it never sleeps".into())
}

fn ask_in_haste(daemon: &Daemon) -> Result<UnixStream, Failed> {
    let body = "<methodCall><methodName>supervisor.getState</methodName></methodCall>";
    let length = body.len();
    let request =
        format!("POST /RPC2 HTTP/1.1\r\nHost: a\r\nContent-Type: text/xml\r\nContent-Length: {length}\r\n\r\n{body}");
    let (mut stream, mut room) = (daemon.connect(), [0; 4096]);
    for _ in 0..QUESTIONS {
        stream.write_all(request.as_bytes())?;
        let mut answer = String::new();
        while !answer.contains("</methodResponse>") {
            let count = stream.read(&mut room)?;
            if count == 0 {
                return Err(format!("the connection ends with {answer:?}").into());
            }
            answer += &String::from_utf8_lossy(&room[..count]);
        }
    }
    Ok(stream)
}

/// How long it has run, and how often it was let run.
fn work(daemon: &Daemon) -> Result<String, Failed> {
    Ok(fs::read_to_string(format!("/proc/{}/schedstat", daemon.pid()))?)
}
