//! Programs whose command is not on this host: `up` says so before it starts them. Only a warning, as another program may
//! make the command before its turn comes.

use std::collections::BTreeSet;
use std::path::Path;

use super::after_build::AfterBuild;
use super::surroundings::Surroundings;
use crate::base::{Diagnostic, suggest};
use crate::conf::command;
use crate::conf::model::{Config, Process};

/// Where programs are looked for when no `PATH` is set.
const DEFAULT_PATH: &str = "/bin:/usr/bin:/usr/local/bin";

/// One finding for each program that is to be started and cannot be found, with the names under which its section may be
/// found.
pub(super) fn missing<'c>(
    config: &'c Config,
    surroundings: &Surroundings,
    host: &AfterBuild<'_>,
) -> Vec<(Diagnostic, [&'c str; 2])> {
    let path = surroundings.variable("PATH").unwrap_or(DEFAULT_PATH);
    let sets_path = |variables: &[(String, String)]| variables.iter().any(|(name, _)| name == "PATH");
    let mut seen = BTreeSet::new();
    let mut found = Vec::new();
    for group in &config.groups {
        for process in group.processes.iter().filter(|process| process.autostart) {
            let Some(name) = first_word(process) else { continue };
            if !seen.insert((group.name.as_str(), name.clone())) {
                continue;
            }
            let is_there = match name.starts_with('/') {
                true => host.is_file(&name),
                // It depends on where, and with which PATH, it is looked for.
                false if name.contains('/') || sets_path(&process.environment) => true,
                false => path.split(':').any(|folder| Path::new(folder).join(&name).exists()),
            };
            if !is_there {
                found.push((finding(process, &name, path), [&*group.name, &*process.name]));
            }
        }
    }
    found
}

fn first_word(process: &Process) -> Option<String> {
    command::split(&process.command).ok()?.into_iter().next()
}

fn finding(process: &Process, name: &str, path: &str) -> Diagnostic {
    let message = format!("`{}` cannot be started: there is no command `{name}` on this host", process.name);
    let finding = Diagnostic::warning("command-not-found", None, message);
    if name.contains('/') {
        return match neighbour(name) {
            Some(help) => finding.help(help),
            None => finding,
        };
    }
    finding.help(format!("it is looked for in {path}, the PATH of supervisord"))
}

/// A file in the same folder that may be meant.
fn neighbour(name: &str) -> Option<String> {
    let path = Path::new(name);
    let entries = std::fs::read_dir(path.parent()?).ok()?.flatten();
    let names: Vec<String> = entries.filter_map(|entry| entry.file_name().into_string().ok()).collect();
    suggest::did_you_mean(path.file_name()?.to_str()?, names.iter().map(String::as_str))
}
