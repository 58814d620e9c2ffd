//! The shells of both clients on a dumb terminal, which shows what is typed as it is typed: the same session must look the
//! same.

use std::path::Path;

use libtest_mimic::Failed;

use super::lines;
use crate::harness::pty::Pty;
use crate::harness::{Outcome, recipe, session};
use crate::shell::{CONF, LOCK, daemon};

/// What is waited for, and what is typed then.
const TYPED: &[(&str, &str)] = &[
    ("supervisor> ", "status off\n"),
    ("supervisor> ", "\n"),
    ("supervisor> ", "nonsense words\n"),
    ("supervisor> ", "? nonsense\n"),
    ("supervisor> ", "help\n"),
    ("supervisor> ", "start off zz\n"),
    ("supervisor> ", "stop off\n"),
    ("supervisor> ", "fg off\n"),
    ("supervisor> ", "open ftp://x\n"),
    ("supervisor> ", "reload\n"),
    ("y/N? ", "n\n"),
    ("supervisor> ", "shutdown\n"),
    ("y/N? ", "\n"),
    ("supervisor> ", "avail\n"),
    ("supervisor> ", "version\n"),
    ("supervisor> ", "shutdown\n"),
    ("y/N? ", "yes\n"),
    ("supervisor> ", "quit\n"),
];

/// What is typed before the server lets one in.
const LOGIN: &[(&str, &str)] =
    &[("Username:", "admin\n"), ("Password:", "wrong\n"), ("Username:", "admin\n"), ("Password:", "s3kret\n")];

/// Both sessions, with and without a password.
pub fn say_the_same(bin: &Path) -> Outcome {
    let open = |client: &Path, first: &[&str]| transcript(client, first, CONF, TYPED);
    same(&open(&bin.join("supervisorctl"), &[])?, &open(&recipe(), &["supervisorctl"])?)?;
    let locked = format!("{LOCK}{CONF}");
    let typed = [LOGIN, &[("supervisor> ", "pid off\n"), ("supervisor> ", "\x04")]].concat();
    let closed = |client: &Path, first: &[&str]| transcript(client, first, &locked, &typed);
    same(&closed(&bin.join("supervisorctl"), &[])?, &closed(&recipe(), &["supervisorctl"])?)
}

fn same(theirs: &str, ours: &str) -> Outcome {
    if theirs == ours { Ok(()) } else { Err(session::difference(theirs, ours).into()) }
}

/// All that shows up, and the exit status.
fn transcript(client: &Path, first: &[&str], conf: &str, typed: &[(&str, &str)]) -> Result<String, Failed> {
    let daemon = daemon(conf);
    let words = [first, &["-c", "supervisord.conf"]].concat();
    let mut shell = Pty::start(client, &words, &daemon.folder(), "dumb")?;
    for (prompt, line) in typed {
        shell.expect(prompt)?;
        shell.send(line)?;
    }
    let (status, shown) = shell.end()?;
    Ok(format!("{}{status}\n", lines::plain(&shown, &daemon.folder())))
}
