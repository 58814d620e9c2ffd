//! All six under our daemon and under Supervisor, beside the originals: what they say, what they mail, what they restart.

use std::fmt::Write as _;
use std::fs;
use std::path::Path;
use std::thread;
use std::time::{Duration, Instant};

use libtest_mimic::Failed;

use crate::harness::daemon::Daemon;
use crate::harness::scratch::Scratch;
use crate::harness::smtp::{Manners, Smtp, Taken};
use crate::harness::{Outcome, recipe, session};
use crate::listeners::out_of_order;

/// Who is the daemon, and whose the listeners are.
#[derive(Clone, Copy, Debug)]
struct Cast {
    our_daemon: bool,
    our_listeners: bool,
}

const PROGRAMS: [&str; 6] = ["memmon", "httpok", "crashmail", "crashmailbatch", "fatalmailbatch", "crashsms"];

pub(super) fn compared(bin: &Path) -> Outcome {
    let casts = [(false, false), (true, false), (false, true), (true, true)]
        .map(|(our_daemon, our_listeners)| Cast { our_daemon, our_listeners });
    let seen: Vec<_> = thread::scope(|scope| {
        let runs = casts.map(|cast| scope.spawn(move || staged(bin, cast)));
        runs.into_iter().map(|run| run.join().unwrap_or_else(|_| Err("it panics".into()))).collect()
    });
    let mut seen = seen.into_iter();
    let original = seen.next().ok_or("nothing was run")??;
    for (cast, seen) in casts[1..].iter().zip(seen) {
        let seen = seen.map_err(|why| format!("{cast:?}: {}", why.message().unwrap_or_default()))?;
        if seen != original {
            return Err(format!("{cast:?}\n{}", session::difference(&original, &seen)).into());
        }
    }
    Ok(())
}

/// What is to be seen when this cast plays.
fn staged(bin: &Path, cast: Cast) -> Result<String, Failed> {
    let (server, web, folder) = (Smtp::start(Manners::default()), out_of_order()?, Scratch::new());
    let own = folder.path();
    for program in PROGRAMS {
        std::os::unix::fs::symlink(recipe(), own.join(program))?;
    }
    let listeners = if cast.our_listeners { &own } else { bin };
    let conf = conf(listeners, &web, server.port);
    let daemon = if cast.our_daemon { Daemon::ours(&conf) } else { Daemon::theirs(bin, &conf) };
    daemon.until_all(&[
        "stopped: hog (terminated by SIGTERM)",
        "stopped: web (terminated by SIGTERM)",
        "memmon: event was processed",
        "httpok: event was processed",
        "crashmail: event was processed",
    ]);
    let mut seen = String::new();
    for program in ["memmon", "httpok", "crashmail"] {
        let mail = fs::read_to_string(daemon.folder().join(format!("mail.{program}")))?;
        writeln!(seen, "== mail of {program}\n{mail}")?;
    }
    let mut mails: Vec<String> = (0..3).map(|_| server.mail().map(|mail| shown(&mail))).collect::<Result<_, _>>()?;
    mails.sort();
    seen += &mails.concat();
    for program in PROGRAMS {
        let stderr = said(&daemon.folder().join(format!("{program}.err")), program)?;
        writeln!(seen, "== {program}\n{}", first_time(program, &stderr))?;
    }
    Ok(without_numbers(&seen))
}

fn conf(listeners: &Path, web: &str, port: u16) -> String {
    let mail = |name: &str| {
        format!("-m admin@example.org -s 'cat >%(here)s/new.{name} && mv %(here)s/new.{name} %(here)s/mail.{name}'")
    };
    let smtp = format!("-t 'a@example.org, b@example.org' -f me@example.org -H 127.0.0.1:{port} -e TICK_5 -i 0.01");
    let lines = [
        ("memmon", format!("-p hog=1KB -p zero=1GB -g pair=1GB -a 1GB {}", mail("memmon")), "TICK_5"),
        ("httpok", format!("-p web -p zz {} {web}", mail("httpok")), "TICK_5"),
        ("crashmail", format!("-o here {}", mail("crashmail")), "PROCESS_STATE_EXITED"),
        ("crashmailbatch", format!("{smtp} --subject 'It is größer'"), "PROCESS_STATE,TICK_5"),
        ("fatalmailbatch", smtp.clone(), "PROCESS_STATE,TICK_5"),
        ("crashsms", smtp.clone(), "PROCESS_STATE,TICK_5"),
    ];
    let listener = |(name, args, events): (&str, String, &str)| {
        let program = listeners.join(name);
        format!(
            "[eventlistener:{name}]\ncommand = {} {args}\nevents = {events}\nbuffer_size = 100\n\
             stderr_logfile = %(here)s/{name}.err\nenvironment = TZ=\"UTC\"\n\n",
            program.display()
        )
    };
    lines.into_iter().map(listener).collect::<String>() + PLAYERS
}

/// One that takes too much, one behind a bad page, one that crashes, one that cannot be started, and bystanders.
const PLAYERS: &str = "\
[program:hog]
command = sleep 1000
startsecs = 0

[program:web]
command = sleep 1000
startsecs = 0

[program:zero]
command = sleep 1000
startsecs = 0

[program:one]
command = sleep 1000
startsecs = 0

[group:pair]
programs = one

[program:crash]
command = sh -c 'exit 3'
startsecs = 0
autorestart = false

[program:bad]
command = sh -c 'exit 1'
startretries = 0
";

/// What a program has said, once it has said the last of it.
fn said(file: &Path, program: &str) -> Result<String, Failed> {
    // The last process is looked at by two rules, `-p` and `-a`.
    let (last, times) = match program {
        "memmon" => ("RSS of zero:zero is ", 2),
        "httpok" | "crashmail" => ("Mailed:\n\nTo: ", 1),
        _ => ("\nBody:\n", 1),
    };
    let end = Instant::now() + Duration::from_secs(30);
    loop {
        let stderr = fs::read_to_string(file)?;
        match stderr.splitn(times + 1, last).nth(times) {
            Some(rest) if rest.contains(|c: char| c.is_ascii_digit()) => return Ok(stderr),
            _ if Instant::now() > end => return Err(format!("no {last:?} in {stderr}").into()),
            _ => thread::yield_now(),
        }
    }
}

/// A mail without what is another each time.
fn shown(mail: &Taken) -> String {
    let Taken { from, to, text, .. } = mail;
    let is_same = |line: &&str| !line.starts_with("Message-ID: <");
    let lines: Vec<&str> = text.lines().filter(is_same).collect();
    format!("== mail from {from} to {to:?}, {} lines\n{}\n", text.lines().count(), lines.join("\n"))
}

/// What it said at its first tick, but for what others do at the same time.
fn first_time(program: &str, stderr: &str) -> String {
    let again = match program {
        "memmon" => "Checking programs",
        "httpok" => "Restarting selected",
        _ => "\0",
    };
    let at = |text: &str| text.find(again);
    let end = at(stderr).and_then(|first| at(&stderr[first + 1..]).map(|second| first + 1 + second));
    let first = &stderr[..end.unwrap_or(stderr.len())];
    let of = |name: &str| format!("RSS of {name}:{name} is");
    let is_sure = |line: &String| !["web", "bad", "crash"].iter().any(|name| *line == of(name));
    let without = |line: &str| line.trim_end_matches(|c: char| c.is_ascii_digit()).trim_end().to_owned();
    let lines = first.trim_end().lines().map(without).filter(is_sure).collect::<Vec<_>>().join("\n");
    // The original looks whether one that it has just restarted took too much by another rule as well.
    lines.replace(&format!("Restarting hog:hog\n{}\n", of("hog")), "Restarting hog:hog\n")
}

/// Times, sizes and ports are others each time.
fn without_numbers(text: &str) -> String {
    let mut out = String::with_capacity(text.len());
    for c in text.chars() {
        match c {
            c if !c.is_ascii_digit() => out.push(c),
            _ if out.ends_with('#') => {}
            _ => out.push('#'),
        }
    }
    out
}
