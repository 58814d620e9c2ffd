//! Supervisords that run with a configuration which builds have replaced or removed since.
//!
//! What only a restart applies (the options of a supervisord itself, its address, its credentials) a running one has as it
//! read it, whatever stands in the file by now. So a build that changes any of it under a running supervisord keeps the old
//! text, without its programs, in `.recipe/running`, mode 0600; there `up` and `diff` find how to reach the supervisord and
//! what it waits for. A supervisord writes its pid file anew at each start and restart: a file that is not as it was means
//! that it has read its configuration again, and the record counts no more.

use std::fs::{self, OpenOptions};
use std::io::{self, Write as _};
use std::os::unix::fs::{MetadataExt as _, OpenOptionsExt as _};

use camino::{Utf8Path, Utf8PathBuf};
use serde::{Deserialize, Serialize};

use super::running::{self, Supervisor};
use crate::compile::plan::{Action, Change, Plan, RECIPE_FOLDER};

/// One that runs.
#[derive(Clone, Debug, Serialize, Deserialize, PartialEq, Eq)]
pub(super) struct Record {
    /// The file that it was started with, absolute.
    pub(super) conf: String,
    /// What stood there, without its programs.
    pub(super) text: String,
    /// Its process.
    pub(super) pid: i64,
    /// When it has read its configuration: the time of its pid file.
    since: String,
}

impl Record {
    /// The supervisord that runs with `text` in `conf`; none if none does.
    fn of(conf: &Utf8Path, text: String) -> Option<Self> {
        let config = running::config_of(conf, text.clone());
        let pid = running::pid_alive(&config, conf)?;
        let since = time(&config.supervisord.pidfile)?;
        Some(Self { conf: conf.to_string(), text, pid, since })
    }

    fn is_current(&self) -> bool {
        Self::of(Utf8Path::new(&self.conf), self.text.clone()).as_ref() == Some(self)
    }

    /// The way to it.
    pub(super) fn supervisor(&self) -> Option<Supervisor> {
        Supervisor::of(Utf8Path::new(&self.conf), self.text.clone()).ok()
    }

    /// Whether it runs with other options of its own than `text` says.
    pub(super) fn differs(&self, text: &str) -> bool {
        essence(text) != self.text
    }
}

/// Those of the project that still run.
pub(super) fn read(project: &Utf8Path) -> Vec<Record> {
    let text = fs::read_to_string(file(project)).unwrap_or_default();
    let all: Vec<Record> = serde_json::from_str(&text).unwrap_or_default();
    all.into_iter().filter(Record::is_current).collect()
}

/// Keeps what `plan`, which was carried out, has replaced or removed under running supervisords; those that have ended are
/// forgotten.
pub(super) fn keep(plan: &Plan) -> io::Result<()> {
    let path = file(&plan.project);
    // After `clean` nothing is remembered of anything.
    if !path.parent().is_some_and(Utf8Path::exists) {
        return Ok(());
    }
    let known = path.exists();
    let mut all = if known { read(&plan.project) } else { Vec::new() };
    for record in plan.changes.iter().filter_map(replaced) {
        if !all.iter().any(|other| other.conf == record.conf) {
            all.push(record);
        }
    }
    match (all.is_empty(), known) {
        (true, true) => fs::remove_file(path),
        (true, false) => Ok(()),
        (false, _) => write(&path, &all),
    }
}

/// Forgets those that have ended, as nothing else is kept for them.
pub(super) fn forget_ended(project: &Utf8Path) -> io::Result<()> {
    keep(&Plan { project: project.to_owned(), ..Plan::default() })
}

/// The supervisord that a change leaves with other options than those in its file.
fn replaced(change: &Change) -> Option<Record> {
    let new = match change.action {
        Action::Rewrite => change.new.as_ref().map(|new| essence(&new.text)),
        Action::Remove => None,
        _ => return None,
    };
    let text = old_daemon(change).map(essence).filter(|old| new.as_ref() != Some(old))?;
    Record::of(&change.path, text)
}

/// The old text of a change, if that is the configuration of a supervisord.
pub(super) fn old_daemon(change: &Change) -> Option<&str> {
    let text = std::str::from_utf8(change.old.as_ref()?.bytes.as_ref()?).ok()?;
    text.lines().any(|line| line.trim_end() == "[supervisord]").then_some(text)
}

/// The sections of a configuration that are about the supervisord itself.
fn essence(text: &str) -> String {
    const OWN: [&str; 5] =
        ["[supervisord]", "[inet_http_server]", "[unix_http_server]", "[supervisorctl]", "[rpcinterface:"];
    let (mut own, mut is_own) = (String::new(), false);
    for line in text.split_inclusive('\n') {
        if line.starts_with('[') {
            is_own = OWN.iter().any(|header| line.starts_with(header));
        }
        if is_own && !line.trim().is_empty() {
            own.push_str(line);
        }
    }
    own
}

fn file(project: &Utf8Path) -> Utf8PathBuf {
    project.join(RECIPE_FOLDER).join("running")
}

fn time(path: &str) -> Option<String> {
    let metadata = fs::metadata(path).ok()?;
    Some(format!("{}.{:09}", metadata.mtime(), metadata.mtime_nsec()))
}

/// Replaces the file, as it may hold passwords: its mode must be right from the start.
fn write(path: &Utf8Path, all: &[Record]) -> io::Result<()> {
    let new = path.with_extension("new");
    let mut file = OpenOptions::new().write(true).create(true).truncate(true).mode(0o600).open(&new)?;
    file.write_all(serde_json::to_string_pretty(all)?.as_bytes())?;
    fs::rename(new, path)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn programs_do_not_belong_to_a_supervisord() {
        let own = "[supervisord]\nlogfile = a\n  b\n[inet_http_server]\nport = 1\n";
        let text = format!("; head\n{own}\n[program:a]\ncommand = [supervisord]\n[rpcinterface:supervisor]\nx = y");
        assert_eq!(essence(&text), format!("{own}[rpcinterface:supervisor]\nx = y"));
    }
}
