//! A daemon that is told to start anew: on the same addresses, with a configuration that cannot be read, that cannot be
//! used, and where nothing can be used any more. It never leaves.

use std::fs;
use std::net::TcpListener;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::time::{Duration, Instant};

use libtest_mimic::Trial;
use rustix::net::RecvFlags;
use rustix::process::{Pid, Signal, kill_process};

use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, descriptors, ports};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("restart::addresses_are_taken_over", same_addresses),
        Trial::test("restart::what_cannot_be_read_stops_nothing", unreadable),
        Trial::test("restart::what_cannot_be_used_leaves_the_former", unusable),
        Trial::test("restart::who_does_not_read_is_not_taken_along", unread),
        Trial::test("restart::without_a_server_the_programs_run", no_server),
    ]
}

/// How long anything may take.
const DEADLINE: Duration = Duration::from_secs(30);
const CAT: &str = "[program:cat]\ncommand = /bin/cat\nstartsecs = 0\n";
const STARTED: &str = "supervisord started with pid";

fn same_addresses() -> Outcome {
    let port = ports::free();
    let daemon = Daemon::ours(&format!("[inet_http_server]\nport = 127.0.0.1:{port}\n{CAT}"));
    daemon.until("spawned: 'cat'");
    for _ in 0..10 {
        hang_up(&daemon)?;
        daemon.until_not("keeping the former one", STARTED);
        daemon.until("spawned: 'cat'");
    }
    Ok(())
}

fn unreadable() -> Outcome {
    let daemon = Daemon::ours(CAT);
    daemon.until("entered RUNNING state");
    let before = daemon.call("getProcessInfo", &["cat"]);
    rewrite(&daemon, "autostart = maybe\n")?;
    let answer = daemon.call("restart", &[]);
    assert!(answer.contains("<string>CANT_REREAD: not a valid boolean value: 'maybe'"), "{answer}");
    hang_up(&daemon)?;
    daemon.until("CRIT did not restart, all goes on as before: not a valid boolean value: 'maybe'");
    assert_eq!(pid(&daemon.call("getProcessInfo", &["cat"])), pid(&before));
    Ok(())
}

fn unusable() -> Outcome {
    let other = TcpListener::bind("127.0.0.1:0")?;
    let daemon = Daemon::ours(CAT);
    daemon.until("entered RUNNING state");
    rewrite(&daemon, &format!("[inet_http_server]\nport = {}\n", other.local_addr()?))?;
    hang_up(&daemon)?;
    daemon.until("keeping the former one: Another program is already listening");
    daemon.until("entered RUNNING state");
    assert!(daemon.call("getState", &[]).contains("RUNNING"));
    Ok(())
}

/// As of a `supervisorctl tail -f` that is stopped.
fn unread() -> Outcome {
    let daemon = Daemon::ours("[program:cat]\ncommand = /bin/cat\nstartsecs = 0\nstdout_logfile = %(here)s/cat.log\n");
    daemon.until("spawned: 'cat'");
    let log = daemon.folder().join("cat.log");
    let before = descriptors(daemon.pid())?.len();
    let follower = daemon.follow("cat", &log)?;
    fs::write(&log, vec![b'x'; 8 << 20])?;
    rustix::net::recv(&follower, &mut [0], RecvFlags::PEEK)?;
    hang_up(&daemon)?;
    daemon.until("spawned: 'cat'");
    let end = Instant::now() + DEADLINE;
    while descriptors(daemon.pid())?.len() > before {
        if Instant::now() > end {
            return Err("who does not read is connected yet".into());
        }
        std::thread::yield_now();
    }
    Ok(())
}

fn no_server() -> Outcome {
    let daemon = Daemon::ours(CAT);
    daemon.until("entered RUNNING state");
    let folder = daemon.folder().join("sub");
    fs::create_dir(&folder)?;
    rewrite(&daemon, "[unix_http_server]\nfile = %(here)s/sub/sock\n")?;
    hang_up(&daemon)?;
    daemon.until("entered RUNNING state");
    fs::remove_dir_all(&folder)?;
    hang_up(&daemon)?;
    daemon.until("CRIT nobody can be answered until SIGHUP makes us try again: Cannot open an HTTP server");
    daemon.until("entered RUNNING state");
    fs::create_dir(&folder)?;
    hang_up(&daemon)?;
    daemon.until("entered RUNNING state");
    UnixStream::connect(folder.join("sock"))?;
    Ok(())
}

fn hang_up(daemon: &Daemon) -> Outcome {
    let pid = Pid::from_raw(daemon.pid().cast_signed()).ok_or("no pid")?;
    Ok(kill_process(pid, Signal::HUP)?)
}

/// Adds to the configuration.
fn rewrite(daemon: &Daemon, more: &str) -> Outcome {
    let file = daemon.folder().join("supervisord.conf");
    let text = fs::read_to_string(Path::new(&file))?;
    Ok(fs::write(file, text + more)?)
}

/// What stands as the pid in the answer.
fn pid(info: &str) -> Option<&str> {
    info.split("<name>pid</name>").nth(1)?.split("</int>").next()
}
