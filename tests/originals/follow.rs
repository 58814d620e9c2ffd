//! What the clients show of a log while it grows, and their conversations with a program: the same steps, on a terminal,
//! by both clients to both daemons. They must look the same and end alike.

use std::fmt::Write as _;
use std::path::{Path, PathBuf};
use std::process::ExitStatus;

use libtest_mimic::Failed;

use super::run;
use crate::harness::daemon::Daemon;
use crate::harness::pty::Pty;
use crate::harness::{Outcome, recipe, session};

/// A program that says what it is told, on the output that it is told, and repeats everything else.
const CONF: &str = r#"
[program:talk]
command = /bin/sh -c 'while read -r to text; do case $to in out) printf %%b "$text";; err) printf %%b "$text" >&2;; *) echo "you said $to $text";; esac; done'
startsecs = 0
stopasgroup = true
stdout_logfile = %(here)s/talk.log
stderr_logfile = %(here)s/talk.err
"#;

/// What happens while a client follows, and in between.
enum Step {
    /// A client begins with this command.
    Begin(&'static str),
    /// Nothing goes on before this shows up.
    See(&'static str),
    /// The program is told something by somebody else.
    Tell(&'static str),
    /// A key or more is pressed.
    Type(&'static str),
    /// Somebody else gives a command.
    Do(&'static str),
    /// Ctrl-C is pressed, and the client ends.
    Interrupt,
    /// The client ends by itself.
    End,
}

use Step::{Begin, Do, End, Interrupt, See, Tell, Type};

const CTRL_C: &str = "\x03";
const CTRL_D: &str = "\x04";
const HINT: &str = "==> Press Ctrl-C to exit <==\n";

/// Each to a daemon of its own, which leaves at the end.
const SCRIPTS: &[&[Step]] = &[TAIL, FG, END_OF_INPUT, KILLED];

const TAIL: &[Step] = &[
    Begin("tail -f talk"),
    Tell("out one\\n"),
    See("one\n"),
    Interrupt,
    // What was there before, lines at once, half a line, more bytes than letters, and a log that begins anew.
    Begin("tail -f talk stdout"),
    See("one\n"),
    Tell("out two\\nthree\\n"),
    See("three\n"),
    Tell("err unseen\\n"),
    Tell("out half"),
    See("half"),
    Tell("out  a line: \u{e4}\u{20ac}\\n"),
    See("\u{e4}\u{20ac}\n"),
    Do("clear talk"),
    Tell("out new\\n"),
    See("new\n"),
    Interrupt,
    Begin("tail -f talk stderr"),
    Tell("err oops\\n"),
    See("oops\n"),
    Interrupt,
    Begin("tail -f talk:talk STDERR"),
    See("oops\n"),
    Do("restart talk"),
    Tell("err yes\\n"),
    See("yes\n"),
    Do("shutdown"),
    End,
];

// A thread of the original's `fg` ends when the daemon has something to say or leaves, half a minute later at the latest.
const FG: &[Step] = &[
    Tell("out begin\\n"),
    Begin("fg talk"),
    See("begin\n"),
    Type("hello there\n"),
    See("you said hello there\n"),
    Type("err warning\\n\n"),
    See("warning\n"),
    Tell("out by others\\n"),
    See("by others\n"),
    Type("\n"),
    See("you said  \n"),
    Type(CTRL_C),
    See("Exiting foreground\n"),
    Do("shutdown"),
    End,
];

const END_OF_INPUT: &[Step] = &[
    Tell("out begin\\n"),
    Begin("fg talk"),
    See("begin\n"),
    Type(CTRL_D),
    See("Exiting foreground\n"),
    Do("shutdown"),
    End,
];

const KILLED: &[Step] = &[
    Tell("out begin\\n"),
    Begin("fg talk"),
    See("begin\n"),
    Do("stop talk"),
    Type("hello\n"),
    See("Process got killed\nExiting foreground\n"),
    Do("shutdown"),
    End,
];

/// All scripts, by both clients to both daemons.
pub fn looks_the_same(bin: &Path) -> Outcome {
    let clients = clients(bin);
    let daemons: [fn(&Path) -> Daemon; 2] = [|bin| Daemon::theirs(bin, CONF), |_| Daemon::ours(CONF)];
    let pairs = daemons.iter().flat_map(|daemon| clients.iter().map(move |client| (daemon, client)));
    let transcripts: Vec<_> = std::thread::scope(|scope| {
        let all: Vec<_> = pairs
            .map(|(daemon, (client, first))| {
                scope.spawn(move || {
                    let one = |script: &&[Step]| transcript(script, &daemon(bin), client, first);
                    SCRIPTS.iter().map(one).collect::<Result<String, _>>().map_err(|why| format!("{why:?}"))
                })
            })
            .collect();
        all.into_iter().map(|one| one.join().unwrap_or_else(|_| Err("it panicked".to_owned()))).collect()
    });
    let transcripts = transcripts.into_iter().collect::<Result<Vec<_>, _>>()?;
    transcripts.iter().try_for_each(|other| same(&transcripts[0], other))
}

/// The main log, followed by both clients of a daemon at once.
pub fn main_log_looks_the_same(bin: &Path) -> Outcome {
    for daemon in [Daemon::theirs(bin, CONF), Daemon::ours(CONF)] {
        daemon.until("success: talk entered RUNNING state");
        let start = |(client, first): (_, &[&str])| follower(&daemon, client, first, "maintail -f");
        let [theirs, ours] = clients(bin);
        let mut both = [start((&theirs.0, theirs.1))?, start((&ours.0, ours.1))?];
        // Each has what was there before anything is added.
        both.iter_mut().try_for_each(|pty| pty.expect("success: talk entered RUNNING state"))?;
        for (line, logged) in [("stop talk", "stopped: talk"), ("start talk", "spawned: 'talk'")] {
            command(&daemon, line);
            both.iter_mut().try_for_each(|pty| pty.expect(logged))?;
        }
        let [theirs, ours] = both;
        let (theirs, ours) = (interrupted(theirs, true)?, interrupted(ours, false)?);
        let shown = |(status, text): &(_, String)| format!("{}{status}\n", without_interruptions(text));
        same(&shown(&theirs), &shown(&ours))?;
    }
    Ok(())
}

/// Theirs and ours.
fn clients(bin: &Path) -> [(PathBuf, &'static [&'static str]); 2] {
    [(bin.join("supervisorctl"), &[]), (recipe(), &["supervisorctl"])]
}

fn same(theirs: &str, ours: &str) -> Outcome {
    if theirs == ours { Ok(()) } else { Err(session::difference(theirs, ours).into()) }
}

fn transcript(script: &[Step], daemon: &Daemon, client: &Path, first: &[&str]) -> Result<String, Failed> {
    daemon.until("success: talk entered RUNNING state");
    let mut all = String::new();
    let mut open = None;
    for step in script {
        match (step, &mut open) {
            (Begin(line), open) => {
                let mut pty = follower(daemon, client, first, line)?;
                pty.expect(HINT)?;
                writeln!(all, "$ {line}")?;
                *open = Some(pty);
            }
            (See(text), Some(pty)) => pty.expect(text)?,
            (Interrupt, open) => {
                let pty = open.take().ok_or("no client")?;
                let (status, shown) = interrupted(pty, first.is_empty())?;
                writeln!(all, "{}{status}", without_interruptions(&shown))?;
            }
            (Type(keys), Some(pty)) => pty.send(keys)?,
            (Tell(line), _) => tell(daemon, line)?,
            (Do(line), _) => command(daemon, line),
            (End, open) => {
                let (status, shown) = open.take().ok_or("no client")?.end()?;
                writeln!(all, "{}{status}", without_interruptions(&shown))?;
            }
            (See(text) | Type(text), None) => return Err(format!("no client for {text:?}").into()),
        }
    }
    Ok(all)
}

fn follower(daemon: &Daemon, client: &Path, first: &[&str], line: &str) -> Result<Pty, Failed> {
    let words = [first, &["-c", "supervisord.conf", line]].concat();
    Pty::start(client, &words, &daemon.folder(), "dumb")
}

/// Types Ctrl-C, and waits for the end. The original takes it for an error of a connection, and goes on, if it comes while
/// something is read; so it may need another one.
fn interrupted(mut pty: Pty, is_theirs: bool) -> Result<(ExitStatus, String), Failed> {
    if is_theirs {
        let times = pty.type_until_end(CTRL_C)?;
        pty.shown = pty.shown.replace(&"^C".repeat(times), "^C");
    } else {
        pty.send(CTRL_C)?;
    }
    pty.end().map_err(|why| format!("{}: {why:?}", if is_theirs { "theirs" } else { "ours" }).into())
}

/// Without what the original says of where Ctrl-C has met it, which is where chance wants it.
fn without_interruptions(shown: &str) -> String {
    let mut lines: Vec<&str> = shown.split('\n').collect();
    lines.retain(|line| !line.ends_with(" Cannot connect, error: <class 'SystemExit'> ()"));
    for line in &mut lines {
        if line.ends_with(" Cannot connect, error: <class 'KeyboardInterrupt'> ()") {
            *line = line.split_once("unix://").map_or(*line, |(before, _)| before);
        }
    }
    lines.join("\n")
}

/// Writes a line to the program's input.
fn tell(daemon: &Daemon, line: &str) -> Outcome {
    let answer = daemon.call("sendProcessStdin", &["talk", &format!("{line}\n")]);
    if answer.contains("<boolean>1</boolean>") { Ok(()) } else { Err(answer.into()) }
}

fn command(daemon: &Daemon, line: &str) {
    run(&recipe(), &["supervisorctl", "-c", "supervisord.conf", line], &daemon.folder());
}
