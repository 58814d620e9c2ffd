//! `cluster`: the command line of the scripts that cluster parts make. What it does is [`crate::agents::cluster`]'s.
//!
//! `cluster [--name NAME] CONFIG ACTION`, where NAME is what the usage line calls it: a script gives its own. The word
//! `--daemon` is how a start makes its daemon.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use super::args::Color;
use super::dropin;
use super::terminal::Terminal;
use crate::agents::cluster::{self, Action, Handed, List};
use crate::base::seams::Files as _;
use crate::base::{Diagnostics, Sources};
use crate::conf::cluster::{Cluster, read};
use crate::sources::disk::{Disk, reason};

/// The status for a configuration that cannot be read.
const NOT_READ: u8 = 2;

/// Runs cluster. `argv0` is the name by which messages call it.
pub(super) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let words = dropin::texts(args);
    let words: Vec<&str> = words.iter().map(String::as_str).collect();
    let (name, words) = match &words[..] {
        ["--name", name, rest @ ..] => ((*name).to_owned(), rest),
        ["--daemon", list, config] => return daemon(list, config),
        [config, ..] if !config.starts_with('-') => (format!("{argv0} {config}"), &words[..]),
        _ => (format!("{argv0} CONFIG"), &words[..]),
    };
    let [config, action] = words else { return usage(&name, "start|stop|restart|status", 1) };
    match Action::named(action) {
        Some(action) => control(config, action).into(),
        None => usage(&name, "start|stop|restart", 2),
    }
}

/// The original's, word for word, with its exit statuses.
fn usage(name: &str, actions: &str, status: u8) -> ExitCode {
    // Nobody is there to be told that nobody reads.
    let _ = writeln!(io::stdout(), "usage: {name} {actions}");
    status.into()
}

fn control(config: &str, action: Action) -> u8 {
    let Some(cluster) = open(config) else { return NOT_READ };
    match std::path::absolute(config) {
        Ok(path) => cluster::run(&cluster, &path.to_string_lossy(), action, &mut io::stderr()),
        Err(why) => {
            complain(&format!("cannot find {config}: {}", reason(&why)));
            NOT_READ
        }
    }
}

fn daemon(list: &str, config: &str) -> ExitCode {
    let (Some(list), Some(cluster)) = (List::named(list), open(config)) else { return NOT_READ.into() };
    let lock = io::stdin().as_fd().try_clone_to_owned();
    let (Ok(lock), Ok(word)) = (lock, io::stdout().as_fd().try_clone_to_owned()) else { return NOT_READ.into() };
    cluster::run_daemon(&cluster, list, Handed { lock, word }, &mut io::stderr()).into()
}

fn open(config: &str) -> Option<Cluster> {
    let text = match Disk.read(config) {
        Ok(text) => text,
        Err(why) => {
            complain(&format!("cannot read {config}: {why}"));
            return None;
        }
    };
    let mut sources = Sources::new();
    let file = sources.add(config, text.as_str());
    let wrong = match read(file, &text) {
        Ok(cluster) => return Some(cluster),
        Err(wrong) => wrong,
    };
    let mut found = Diagnostics::new();
    found.extend(wrong);
    Terminal::new(false, Color::Auto).findings(&sources, found);
    None
}

fn complain(message: &str) {
    let _ = writeln!(io::stderr(), "cluster: {message}");
}
