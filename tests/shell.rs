//! The shell of supervisorctl on a terminal: prompt, history, completion, Ctrl-C, the end of the input.

use std::fs;

use libtest_mimic::{Failed, Trial};

use crate::harness::daemon::Daemon;
use crate::harness::pty::Pty;
use crate::harness::{Outcome, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("shell::history_completion_and_the_end", history_and_completion),
        Trial::test("shell::ctrl_c_leaves_what_goes_on", ctrl_c),
        Trial::test("shell::ctrl_c_ends_it_on_a_dumb_terminal", ctrl_c_on_a_dumb_terminal),
        Trial::test("shell::passwords_are_asked_for_and_not_shown", passwords),
    ]
}

/// A program that repeats what it reads, and one that waits to be started.
pub const CONF: &str = "\
[supervisorctl]
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

/// The same, behind a password.
pub const LOCK: &str = "[unix_http_server]\nusername = admin\npassword = s3kret\n";

/// Our supervisord, with `cat` up.
pub fn daemon(conf: &str) -> Daemon {
    let daemon = Daemon::ours(conf);
    daemon.until("success: cat entered RUNNING");
    daemon
}

fn shell(daemon: &Daemon) -> Result<Pty, Failed> {
    shell_on("xterm", daemon)
}

fn shell_on(terminal: &str, daemon: &Daemon) -> Result<Pty, Failed> {
    let mut shell = Pty::start(&recipe(), &["supervisorctl", "-c", "supervisord.conf"], &daemon.folder(), terminal)?;
    shell.expect("RUNNING")?;
    shell.expect("Not started\n")?;
    shell.expect("supervisor> ")?;
    Ok(shell)
}

fn history_and_completion() -> Outcome {
    let daemon = daemon(CONF);
    let mut first = shell(&daemon)?;
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
    let history = fs::read_to_string(daemon.folder().join("history"))?;
    // As GNU readline has it: a line for each, and nothing else. A name that is completed is followed by a space.
    if history != "version \nstatus off \npid off\nnonsense\n" {
        return Err(format!("the history is {history:?}").into());
    }
    // The next session knows the lines of the last.
    let mut second = shell(&daemon)?;
    second.send("\x1b[A\x1b[A\r")?;
    second.expect("pid off")?;
    second.expect("0\n")?;
    second.expect("supervisor> ")?;
    second.send("\x03")?;
    let (status, _) = second.end()?;
    if !status.success() {
        return Err(format!("Ctrl-C ends the shell with {status}").into());
    }
    let (before, history) = (history, fs::read_to_string(daemon.folder().join("history"))?);
    if history == before + "pid off\n" { Ok(()) } else { Err(format!("the history is {history:?}").into()) }
}

fn ctrl_c() -> Outcome {
    let daemon = daemon(CONF);
    let mut shell = shell(&daemon)?;
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

/// Where no line can be edited.
fn ctrl_c_on_a_dumb_terminal() -> Outcome {
    let daemon = daemon(CONF);
    let mut shell = shell_on("dumb", &daemon)?;
    shell.send("version\n")?;
    shell.expect("supervisor> ")?;
    shell.send("stop c\x03")?;
    let (status, _) = shell.end()?;
    if status.success() { Ok(()) } else { Err(format!("Ctrl-C ends the shell with {status}").into()) }
}

fn passwords() -> Outcome {
    let daemon = daemon(&format!("{LOCK}{CONF}"));
    let words = ["supervisorctl", "-c", "supervisord.conf"];
    let mut shell = Pty::start(&recipe(), &words, &daemon.folder(), "xterm")?;
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
