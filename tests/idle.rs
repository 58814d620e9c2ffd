//! An idle daemon sleeps, whatever it was asked before, and when its clients have left.

use std::fs;
use std::io::{Read, Write};
use std::net::TcpStream;
use std::os::unix::net::UnixStream;
use std::time::{Duration, Instant};

use libtest_mimic::{Failed, Trial};

use crate::harness::daemon::{Daemon, posted};
use crate::harness::{Outcome, descriptors, ports, shipped};

/// All of them.
pub fn trials() -> Vec<Trial> {
    // One that is not optimized is too slow for anybody to be quick.
    let sleeps = Trial::test("idle::as_shipped_a_daemon_sleeps_after_whatever_was_asked", sleeps);
    let left = Trial::test("idle::a_log_is_not_read_for_who_has_left", left);
    vec![sleeps.with_ignored_flag(shipped().is_none()), left]
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
    let request = posted("<methodCall><methodName>supervisor.getState</methodName></methodCall>");
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

fn left() -> Outcome {
    let port = ports::free();
    let daemon = Daemon::ours(&format!("[inet_http_server]\nport = 127.0.0.1:{port}\n{CONF}"));
    daemon.until("success: cat entered RUNNING");
    // As Supervisor's own client asks: with the end of a line too many.
    follow(&daemon, daemon.connect(), "GET /mainlogtail HTTP/1.1\r\nHost: a\r\n\r\n\r\n")?;
    follow(&daemon, daemon.connect(), "GET /mainlogtail HTTP/1.0\r\n\r\n")?;
    // More than there is room for where nobody reads.
    let much = format!("GET /mainlogtail HTTP/1.1\r\nHost: a\r\n\r\n{}", "x".repeat(8 << 20));
    let stream = TcpStream::connect(("127.0.0.1", port))?;
    stream.set_write_timeout(Some(DEADLINE))?;
    follow(&daemon, stream, &much)?;
    let end = Instant::now() + DEADLINE;
    // It writes to it itself.
    while openings(&daemon)? > 1 {
        if Instant::now() > end {
            return Err("its log is read for who has left".into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

/// Asks for the log, and leaves when it comes.
fn follow(daemon: &Daemon, mut stream: impl Read + Write, request: &str) -> Outcome {
    stream.write_all(request.as_bytes())?;
    if stream.read(&mut [0; 4096])? == 0 || openings(daemon)? < 2 {
        return Err("nobody is read for".into());
    }
    Ok(())
}

/// How often it has its log open.
fn openings(daemon: &Daemon) -> Result<usize, Failed> {
    Ok(descriptors(daemon.pid())?.iter().filter(|file| file.ends_with("main.log")).count())
}

/// How long it has run, and how often it was let run.
fn work(daemon: &Daemon) -> Result<String, Failed> {
    Ok(fs::read_to_string(format!("/proc/{}/schedstat", daemon.pid()))?)
}
