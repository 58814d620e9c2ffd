//! The shell of supervisorctl on a terminal: prompt, history, completion, Ctrl-C, the end of the input.

use std::fs;
use std::process::{Command, Stdio};

use libtest_mimic::{Failed, Trial};

use crate::harness::pty::Pty;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("shell::history_completion_and_the_end", history_and_completion),
        Trial::test("shell::ctrl_c_leaves_what_goes_on", ctrl_c),
        Trial::test("shell::passwords_are_asked_for_and_not_shown", passwords),
    ]
}

/// A program that repeats what it reads, and one that waits to be started.
pub const CONF: &str = "\
[supervisord]
[unix_http_server]
file = %(here)s/s
[rpcinterface:supervisor]
supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface
[supervisorctl]
serverurl = unix://%(here)s/s
history_file = %(here)s/history
[program:cat]
command = /bin/cat
startsecs = 0
stdout_logfile = %(here)s/cat.log
[program:off]
command = /bin/sleep 1000
autostart = false
startsecs = 0
";

/// A folder whose supervisord runs, with `cat` up.
pub fn daemon(conf: &str) -> Result<Scratch, Failed> {
    let scratch = Scratch::new();
    let folder = scratch.path();
    fs::write(folder.join("supervisord.conf"), conf)?;
    let mut daemon = Command::new(recipe());
    daemon.args(["supervisord", "-n", "-s", "-c"]).arg(folder.join("supervisord.conf")).current_dir(&folder);
    daemon.stdin(Stdio::null()).stdout(Stdio::null()).stderr(Stdio::null()).spawn()?;
    let log = folder.join("supervisord.log");
    let deadline = std::time::Instant::now() + std::time::Duration::from_secs(20);
    while !fs::read_to_string(&log).is_ok_and(|text| text.contains("success: cat entered RUNNING")) {
        if std::time::Instant::now() > deadline {
            return Err(format!("cat does not run: {:?}", fs::read_to_string(&log)).into());
        }
        std::thread::yield_now();
    }
    Ok(scratch)
}

fn shell(scratch: &Scratch) -> Result<Pty, Failed> {
    let mut shell = Pty::start(&recipe(), &["supervisorctl", "-c", "supervisord.conf"], &scratch.path(), "xterm")?;
    shell.expect("RUNNING")?;
    shell.expect("Not started\n")?;
    shell.expect("supervisor> ")?;
    Ok(shell)
}

fn history_and_completion() -> Outcome {
    let scratch = daemon(CONF)?;
    let mut first = shell(&scratch)?;
    first.send("versi\t\r")?;
    first.expect("4.3.0\n")?;
    first.expect("supervisor> ")?;
    // A name of the daemon's, an empty line, and what is no command.
    first.send("status o\t\r")?;
    first.expect("off ")?;
    first.expect("STOPPED")?;
    first.expect("supervisor> ")?;
    first.send("\r")?;
    first.expect("supervisor> ")?;
    // Two lines at once: the second waits for its turn.
    first.send("pid off\rnonsense\r")?;
    first.expect("0\n")?;
    first.expect("*** Unknown syntax: nonsense\n")?;
    first.expect("supervisor> ")?;
    first.send("\x04")?;
    let (status, shown) = first.end()?;
    if !status.success() || !shown.ends_with('\n') {
        return Err(format!("{status}: {shown:?}").into());
    }
    let history = fs::read_to_string(scratch.path().join("history"))?;
    if !history.contains("status off") {
        return Err(format!("the history is {history:?}").into());
    }
    // The next session knows the lines of the last.
    let mut second = shell(&scratch)?;
    second.send("\x1b[A\x1b[A\r")?;
    second.expect("pid off")?;
    second.expect("0\n")?;
    second.expect("supervisor> ")?;
    second.send("\x03")?;
    let (status, _) = second.end()?;
    if status.success() { Ok(()) } else { Err(format!("Ctrl-C ends the shell with {status}").into()) }
}

fn ctrl_c() -> Outcome {
    let scratch = daemon(CONF)?;
    let mut shell = shell(&scratch)?;
    shell.send("fg cat\r")?;
    shell.expect("==> Press Ctrl-C to exit <==\n")?;
    // The terminal shows the line as it is typed, and the program again.
    shell.send("hello\r")?;
    shell.expect("hello\n")?;
    shell.expect("hello\n")?;
    shell.send("\x03")?;
    shell.expect("Exiting foreground\n")?;
    shell.expect("supervisor> ")?;
    shell.send("tail -f cat\r")?;
    shell.expect("==> Press Ctrl-C to exit <==\n")?;
    shell.expect("hello\n")?;
    shell.send("\x03")?;
    shell.expect("supervisor> ")?;
    shell.send("shutdown\r")?;
    shell.expect("Really shut the remote supervisord process down y/N? ")?;
    shell.send("n\r")?;
    shell.expect("supervisor> ")?;
    shell.send("shutdown\r")?;
    shell.expect("y/N? ")?;
    shell.send("y\r")?;
    shell.expect("Shut down\n")?;
    shell.expect("supervisor> ")?;
    shell.send("quit\r")?;
    let (status, _) = shell.end()?;
    if status.success() { Ok(()) } else { Err(format!("quit ends the shell with {status}").into()) }
}

fn passwords() -> Outcome {
    let conf = CONF.replace("file = %(here)s/s\n", "file = %(here)s/s\nusername = admin\npassword = s3kret\n");
    let scratch = daemon(&conf)?;
    let words = ["supervisorctl", "-c", "supervisord.conf"];
    let mut shell = Pty::start(&recipe(), &words, &scratch.path(), "xterm")?;
    for (user, password) in [("admin", "wrong"), ("admin", "s3kret")] {
        shell.expect("Server requires authentication\nUsername:")?;
        shell.send(&format!("{user}\r"))?;
        shell.expect("Password:")?;
        shell.send(&format!("{password}\r"))?;
    }
    shell.expect("cat ")?;
    shell.expect("supervisor> ")?;
    shell.send("pid off\r")?;
    shell.expect("0\n")?;
    shell.send("exit\r")?;
    let (status, shown) = shell.end()?;
    if shown.contains("s3kret") || !status.success() {
        return Err(format!("{status}: {shown:?}").into());
    }
    Ok(())
}
