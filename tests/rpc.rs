//! XML-RPC of our daemon beside that of the original: `harness/calls.py` makes the same calls to both, with Python's own
//! client, on the same configuration.

use std::fs;
use std::io::Write as _;
use std::os::unix::net::UnixStream;
use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};
use rustix::net::RecvFlags;

use crate::harness::daemon::{Daemon, posted};
use crate::harness::{Outcome, peers, project, session};

/// The trials on XML-RPC.
pub fn trials() -> Vec<Trial> {
    let compared = Trial::test("rpc::every_method_answers_as_the_originals_does", compared);
    let syslog = Trial::test("rpc::a_main_log_that_is_the_system_log_is_no_file", no_main_log);
    let renamed = Trial::test("rpc::a_log_that_is_to_be_automatic_is_not_named_before", renamed_log);
    let beside = [compared, syslog, renamed].into_iter().map(|trial| trial.with_ignored_flag(!peers::possible()));
    let left = Trial::test("rpc::who_asks_and_leaves_at_once_has_asked", leaves_at_once);
    beside.chain([left, Trial::test("rpc::a_main_log_that_is_cleared_is_empty", cleared)]).collect()
}

fn cleared() -> Outcome {
    let daemon = Daemon::ours("");
    let answer = daemon.call("clearLog", &[]);
    daemon.until("reopening log file");
    let log = fs::read_to_string(daemon.folder().join("main.log"))?;
    if answer.contains("<boolean>1") && !log.contains("reopening") { Ok(()) } else { Err((answer + &log).into()) }
}

fn leaves_at_once() -> Outcome {
    let daemon = Daemon::ours("[program:cat]\ncommand = /bin/cat\nstartsecs = 0\n");
    let signal = |name| Command::new("kill").args([name, daemon.pid().to_string().as_str()]).status();
    // The daemon finds the question and the end together.
    let asks = |mut stream: UnixStream, request: &str| {
        daemon.until("success: cat entered RUNNING");
        signal("-STOP")?;
        stream.write_all(request.as_bytes())?;
        drop(stream);
        signal("-CONT")?;
        daemon.until("stopped: cat");
        daemon.call("startProcess", &["cat"]);
        Ok::<_, Failed>(())
    };
    let call = "<methodCall><methodName>supervisor.stopProcess</methodName><params><param><value><string>cat</string>\
                </value></param></params></methodCall>";
    asks(daemon.connect(), &posted(call))?;
    // As much as is read at once.
    for length in [8 << 10, 24 << 10] {
        let head = posted(&" ".repeat(length)).len() - length;
        asks(daemon.connect(), &posted(&format!("{call:0$}", length - head)))?;
    }
    // Who has not read the answer before it breaks the connection off.
    let mut stream = daemon.connect();
    stream.write_all(posted("<methodCall><methodName>supervisor.getState</methodName></methodCall>").as_bytes())?;
    rustix::net::recv(&stream, &mut [0], RecvFlags::PEEK)?;
    asks(stream, &posted(call))
}

const CONF: &str = "\
[program:cat]
command = /bin/cat
startsecs = 0
[program:off]
command = /bin/cat
autostart = false
startsecs = 0
[program:missing]
command = /no/such
autostart = false
startretries = 0
stdout_logfile = %(here)s/missing.log
[program:quick]
command = /bin/false
autostart = false
startretries = 0
[program:folder]
command = /usr
autostart = false
startretries = 0
[program:told]
command = /bin/sh -c 'echo 0123456789\u{e9}; exec cat'
startsecs = 0
stdout_logfile = %(here)s/told.log
stderr_logfile = NONE
[group:g]
programs = a,b
priority = 5
[program:a]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
exitcodes = 0,2
stopsignal = INT
environment = A=\"b\"
[program:b]
command = /bin/cat
startsecs = 0
redirect_stderr = true
";

/// `server` is the daemon whose socket is given.
const CONNECT: &str = "\
import sys, xmlrpc.client
from supervisor.xmlrpc import SupervisorTransport
transport = SupervisorTransport(None, None, 'unix://' + sys.argv[1])
server = xmlrpc.client.ServerProxy('http://localhost', transport=transport).supervisor
";

/// Both daemons, with the same configuration, come to the same when the script asks them, and to what is `expected`.
fn asked(conf: &str, before: fn(&Daemon) -> Outcome, script: &str, expected: &str) -> Outcome {
    let Some(bin) = peers::venv() else { return Err("the pinned packages could not be installed".into()) };
    let said = |daemon: Daemon| -> Result<String, Failed> {
        before(&daemon)?;
        let (script, socket) = (format!("{CONNECT}{script}"), daemon.folder().join("sock"));
        let output = Command::new(bin.join("python")).args(["-c", &script]).arg(socket).output()?;
        Ok(String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned())
    };
    let (theirs, ours) = (said(Daemon::theirs(bin, conf))?, said(Daemon::ours(conf))?);
    if ours == theirs && ours.contains(expected) { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

const READ_MAIN_LOG: &str = "\
for method in (lambda: server.readLog(0, 0), lambda: server.readLog(-1, 5), server.clearLog):
    try:
        print(method())
    except xmlrpc.client.Fault as fault:
        print(fault)
";

fn no_main_log() -> Outcome {
    asked("[supervisord]\nlogfile = syslog\n", |_| Ok(()), READ_MAIN_LOG, "NO_FILE: syslog")
}

const WHERE_LOGS_GO: &str = "\
server.reloadConfig()
for info in server.getAllConfigInfo():
    print(info['name'], info['stdout_logfile'], info['stderr_logfile'])
";

/// A log with a name of its own, that by the file is to have one of the daemon's naming.
fn renamed_log() -> Outcome {
    let conf = "[program:a]\ncommand = sleep 1000\nstdout_logfile = %(here)s/named\nstderr_logfile = NONE\n";
    let before = |daemon: &Daemon| {
        daemon.until("spawned: 'a'");
        let file = daemon.folder().join("supervisord.conf");
        let text = fs::read_to_string(&file)?;
        Ok(fs::write(&file, text.replace("stdout_logfile = %(here)s/named", "stdout_logfile = AUTO"))?)
    };
    asked(conf, before, WHERE_LOGS_GO, "a auto none")
}

fn compared() -> Outcome {
    let Some(bin) = peers::venv() else { return Err("the pinned packages could not be installed".into()) };
    let theirs = transcript(bin, &Daemon::theirs(bin, CONF))?;
    let ours = transcript(bin, &Daemon::ours(CONF))?;
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

fn transcript(bin: &Path, daemon: &Daemon) -> Result<String, Failed> {
    daemon.until("'told' stdout output:");
    let folder = daemon.folder();
    let output = Command::new(bin.join("python"))
        .arg(project().join("tests/harness/calls.py"))
        .arg(folder.join("sock"))
        .arg(&folder)
        .env("PYTHONIOENCODING", "utf-8")
        .output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(text) } else { Err(text.into()) }
}
