//! `recipe up`: build, then make what runs match.
//!
//! A supervisor that does not run yet is started: in the foreground this process becomes it, so that signals, exit status
//! and job control are the supervisor's own, and a small companion prints the table once all is settled. One that runs is
//! told to read its configuration again, and stops, starts and restarts only the groups that changed. What only a restart
//! of the supervisor itself would apply (its own options, its servers) is said and left to the user, since it would stop
//! every program.

use std::collections::BTreeSet;
use std::os::unix::process::CommandExt as _;
use std::process::{Command, Stdio};

use camino::{Utf8Path, Utf8PathBuf};

use super::args::{Common, UpArgs};
use super::build::Settings;
use super::daemons::{self, Record};
use super::exit::Exit;
use super::pipeline::{Compiled, Compiler, groups_with};
use super::readback::{self, Daemon};
use super::running::{Answer, Supervisor, left_behind};
use super::surroundings::Surroundings;
use super::terminal::Terminal;
use super::words::Split;
use super::{diff as compare, orphans, settle, verbs};
use crate::apply::lock::{self, Lock};
use crate::base::{Diagnostic, list, suggest};
use crate::compile::output::{Content, Output};
use crate::compile::parts;
use crate::compile::parts::{lists, supervisord_conf};
use crate::compile::plan::RECIPE_FOLDER;
use crate::compile::plan::state::within;
use crate::compile::project::{Part, Project};
use crate::conf::model::Config;

/// What is to be brought up.
struct Wanted {
    part: String,
    /// Its configuration, absolute.
    conf: Utf8PathBuf,
    /// The script that starts it, absolute.
    script: Utf8PathBuf,
    /// The groups that may have to be updated; empty for all.
    groups: Vec<String>,
}

/// Builds, then starts or updates.
pub(super) fn run(args: &UpArgs, common: &Common, terminal: &Terminal) -> Exit {
    if let Some(conf) = &args.settled {
        return report(conf, terminal);
    }
    let (compiler, mut compiled, words) = match Compiler::begin(&args.words, common, terminal) {
        Ok(begun) => begun,
        Err(exit) => return exit,
    };
    let wanted = wanted(&mut compiled, &words.names);
    let names = if words.names.is_empty() { Vec::new() } else { wanted.iter().map(|w| w.part.clone()).collect() };
    compiled.select(&names);
    let words = Split { names, ..words };
    let running = compiled.project.as_ref().map_or_else(Vec::new, |project| daemons::read(&project.directory));
    let before: Vec<Option<Supervisor>> = wanted.iter().map(|w| started_with(&w.conf, &running)).collect();
    refuse(&mut compiled, &wanted, &before);
    let target = match verbs::writable(&mut compiled, &args.write, None, &words, terminal) {
        Ok(target) => target,
        Err(exit) => return exit,
    };
    if compiled.is_fragment(terminal) || wanted.is_empty() {
        let instead = by_hand(&compiled);
        let none = "no part of the manifest is a supervisor, so there is nothing to start";
        return terminal.fail(format_args!("{none}{instead}"));
    }
    let forgotten = || forgotten(&compiled, &running);
    if let Some(why) = removed(&compiled, &target).or_else(forgotten).or_else(|| bereft(&compiled, &wanted, &before)) {
        return terminal.fail(format_args!("{why}"));
    }
    match verbs::write(&compiler, compiled, &target, &words, terminal) {
        Exit::Done => {
            let turn = Turn::new(&target.project, terminal);
            bring_up(&wanted, before, args.detach, turn, terminal)
        }
        exit => exit,
    }
}

/// Finds what supervisord would not take, on this host and in its environment, before anything is written.
fn refuse(compiled: &mut Compiled, wanted: &[Wanted], before: &[Option<Supervisor>]) {
    if compiled.found.has_errors() {
        return;
    }
    let running = |part: &Part| {
        let at = wanted.iter().position(|w| w.part == part.name)?;
        before[at].as_ref()?.pid_alive()
    };
    readback::add(compiled, &|part| reader(running(part)));
}

/// The daemon that will read the configuration: the one that runs as `pid`, or one that is started with our environment.
fn reader(pid: Option<i64>) -> Daemon {
    let its = pid.map(Surroundings::of_process);
    let knows_variables = !matches!(its, Some(None));
    let surroundings = its.flatten().unwrap_or_else(Surroundings::now);
    Daemon { surroundings, knows_variables }
}

/// Why nothing is brought up: a supervisor that runs would be forgotten, and its programs might run twice.
fn removed(compiled: &Compiled, target: &Settings) -> Option<String> {
    let (plan, _) = compare::plan(compiled.outputs.clone(), target);
    let (conf, pid) = left_behind(&plan?).into_iter().next()?;
    Some(format!(
        "{conf} would go, but its supervisord runs (pid {pid}): end it first, with all its programs: `kill {pid}`"
    ))
}

/// Why nothing is brought up: an earlier build has forgotten a supervisor that runs.
fn forgotten(compiled: &Compiled, running: &[Record]) -> Option<String> {
    let project = compiled.project.as_ref()?;
    let is_made = |record: &&Record| {
        project.parts.iter().any(|part| supervisord_conf(part, project).is_some_and(|conf| *conf == *record.conf))
    };
    let Record { conf, pid, .. } = running.iter().find(|record| !is_made(record))?;
    let conf = within(Utf8Path::new(conf), &project.directory);
    Some(format!(
        "{conf} is gone, but its supervisord runs (pid {pid}): end it first, with all its programs: `kill {pid}`"
    ))
}

/// The supervisor of a configuration as it was started, or would be.
fn started_with(conf: &Utf8Path, running: &[Record]) -> Option<Supervisor> {
    let record = running.iter().find(|record| *conf == *record.conf);
    record.and_then(Record::supervisor).or_else(|| Supervisor::read(conf).ok())
}

/// Why nothing is brought up: a manifest without programs is one that was cut off, or lost them by a slip, and a supervisor
/// that runs would stop all of its own.
fn bereft(compiled: &Compiled, wanted: &[Wanted], before: &[Option<Supervisor>]) -> Option<String> {
    let has_programs = |output: &Output| match &output.content {
        Content::File { text, .. } => text.lines().any(|line| PROGRAMS.iter().any(|header| line.starts_with(header))),
        Content::Folder => false,
    };
    let (wanted, count) = wanted.iter().zip(before).find_map(|(wanted, before)| {
        let output = compiled.outputs.iter().find(|output| output.path == wanted.conf)?;
        let before = before.as_ref().filter(|before| !has_programs(output) && before.pid_alive().is_some())?;
        let processes = before.proxy().all_process_info().ok()?;
        (!processes.is_empty()).then_some((wanted, processes.len()))
    })?;
    let (part, script) = (&wanted.part, wanted.script.as_str());
    let named = script.strip_suffix('d').unwrap_or(script);
    let processes = list::count(count, "process", "processes");
    Some(format!(
        "part `{part}` has no programs any more, and its supervisord, which runs {processes}, would stop all; if that is \
         meant: `recipe build`, then `{named}ctl update`"
    ))
}

/// What the sections that make processes, or may bring some along, begin with.
const PROGRAMS: [&str; 4] = ["[program:", "[fcgi-program:", "[eventlistener:", "[include]"];

/// The supervisors that the words name, themselves or by a program of theirs.
fn wanted(compiled: &mut Compiled, names: &[String]) -> Vec<Wanted> {
    let Some(project) = &compiled.project else { return Vec::new() };
    let supervisors = || project.parts.iter().filter(|part| part.kind.name == "supervisor");
    if names.is_empty() {
        return supervisors().filter_map(|part| to_bring_up(part, project, compiled, Vec::new())).collect();
    }
    let mut all: Vec<Wanted> = Vec::new();
    let mut problems = Vec::new();
    for name in names {
        let listing: Vec<&Part> = supervisors().filter(|part| part.name == *name || lists(part, name)).collect();
        if listing.is_empty() && !may_be_run(name, project) {
            problems.push(unknown(name, project, &compiled.outputs));
        }
        for part in listing {
            let groups = if part.name == *name { Vec::new() } else { groups_of(part, name) };
            match all.iter_mut().find(|w| w.part == part.name) {
                Some(known) if known.groups.is_empty() || groups.is_empty() => known.groups.clear(),
                Some(known) => known.groups.extend(groups),
                None => all.extend(to_bring_up(part, project, compiled, groups)),
            }
        }
    }
    compiled.found.extend(problems);
    all
}

/// The groups that a program may be in: those that name it, and its own, where none does or did.
fn groups_of(part: &Part, program: &str) -> Vec<String> {
    let mut groups = groups_with(part, program);
    groups.push(program.to_owned());
    groups
}

/// Whether it cannot be told, as a recipe is wrong, which has been reported.
fn may_be_run(name: &str, project: &Project) -> bool {
    let mut unknown = project.parts.iter().filter(|part| part.kind.name == parts::UNKNOWN.name);
    unknown.any(|part| part.name == *name || lists(part, name))
}

fn unknown(name: &str, project: &Project, outputs: &[Output]) -> Diagnostic {
    if let Some(part) = project.parts.iter().find(|part| part.name == name) {
        let told = format!("part `{name}` is not run by any supervisor");
        let finding = Diagnostic::error("nothing-to-start", None, told);
        return match script(part, project, outputs) {
            Some(script) => finding.help(format!("`recipe build`, then `{script} start`")),
            None => finding,
        };
    }
    let finding = Diagnostic::error("nothing-to-start", None, format!("there is no part `{name}`"));
    match suggest::did_you_mean(name, project.parts.iter().map(|part| part.name.as_str())) {
        Some(help) => finding.help(help),
        None => finding,
    }
}

/// Kinds of parts whose script starts what they declare.
const STARTED_BY_HAND: [&str; 2] = ["zdaemon", "cluster"];

/// The script that starts what a part declares, where that is no supervisor's work.
fn script<'a>(part: &Part, project: &Project, outputs: &'a [Output]) -> Option<&'a Utf8Path> {
    let mut its = outputs.iter().filter(|output| output.part == part.name && STARTED_BY_HAND.contains(&part.kind.name));
    let script = its.find(|output| matches!(output.content, Content::File { mode, .. } if mode & 0o100 != 0))?;
    Some(within(&script.path, &project.directory))
}

/// What to do where there are only such parts.
fn by_hand(compiled: &Compiled) -> String {
    let Some(project) = &compiled.project else { return String::new() };
    let scripts = project.parts.iter().filter_map(|part| script(part, project, &compiled.outputs));
    let starts: Vec<String> = scripts.map(|script| format!("{script} start")).collect();
    if starts.is_empty() { String::new() } else { format!(": `recipe build`, then {}", list::all_of(starts)) }
}

/// None where the part makes no script to start it: a fragment for others to include.
fn to_bring_up(part: &Part, project: &Project, compiled: &Compiled, groups: Vec<String>) -> Option<Wanted> {
    let script = project.bin_directory.join(format!("{}d", part.name));
    let conf = supervisord_conf(part, project)?;
    let is_made = compiled.outputs.iter().any(|output| output.path == script);
    is_made.then(|| Wanted { part: part.name.clone(), conf, script, groups })
}

/// The turn of one `up` of several at once, or else all would start what does not run yet. Without leave to write in the
/// project there are no turns.
struct Turn {
    path: Utf8PathBuf,
    lock: Option<Lock>,
}

impl Turn {
    fn new(project: &Utf8Path, terminal: &Terminal) -> Self {
        let path = project.join(RECIPE_FOLDER).join("up");
        let mut waiting = || terminal.say(format_args!("waiting for another `up` of this project"));
        let lock = lock::exclusive(&path, &mut waiting).ok();
        Self { path, lock }
    }
}

impl Drop for Turn {
    fn drop(&mut self) {
        if self.lock.is_some() {
            let _ = std::fs::remove_file(&self.path);
        }
    }
}

fn bring_up(wanted: &[Wanted], before: Vec<Option<Supervisor>>, detach: bool, turn: Turn, terminal: &Terminal) -> Exit {
    let mut exit = Exit::Done;
    let mut to_start = Vec::new();
    for (wanted, before) in wanted.iter().zip(before) {
        match update(wanted, before, terminal) {
            Some(Exit::Done) => {}
            Some(other) => exit = other,
            None => to_start.push(wanted),
        }
    }
    for wanted in &to_start {
        warn_of_orphans(wanted, terminal);
    }
    match to_start.as_slice() {
        [] => exit,
        [one] if !detach => {
            drop(turn);
            become_supervisor(one, terminal)
        }
        [_, _, ..] if !detach => {
            terminal.fail(format_args!("several supervisors are to be started: name one, or use -d for all"))
        }
        all => all
            .iter()
            .map(|one| start(one, terminal))
            .fold(exit, |exit, other| if other == Exit::Done { exit } else { other }),
    }
}

/// Says which programs of a supervisor that is to be started run already.
fn warn_of_orphans(wanted: &Wanted, terminal: &Terminal) {
    let url = Supervisor::read(&wanted.conf).ok().and_then(|supervisor| supervisor.config.serverurl());
    if let Some(told) = url.and_then(|url| orphans::told(&url)) {
        terminal.say(format_args!("{}: {told}", wanted.part));
    }
}

/// Updates the supervisor if it runs; None if it does not.
fn update(wanted: &Wanted, before: Option<Supervisor>, terminal: &Terminal) -> Option<Exit> {
    let now = match Supervisor::read(&wanted.conf) {
        Ok(now) => now,
        Err(why) => return Some(terminal.fail(format_args!("{}: {why}", wanted.conf))),
    };
    let config = now.config.clone();
    let (running, due) = match (now.ask(), before) {
        (Answer::Running, before) => {
            let changed = before.filter(|before| !before.same_daemon(&now));
            let due = changed.map(|_| restart_due(wanted, &now, true));
            (now, due)
        }
        (answer, before) => match (before.map(|before| (before.ask(), before)), answer) {
            // It was started with the address or the credentials that the build has just replaced.
            (Some((Answer::Running, before)), _) => {
                let due = restart_due(wanted, &before, before.has_address_of(&now));
                (before, Some(due))
            }
            (_, Answer::Other(why)) | (Some((Answer::Other(why), _)), _) => {
                return Some(terminal.fail(format_args!("{}: {why}", wanted.part)));
            }
            (_, _) => return None,
        },
    };
    let groups = groups(wanted, &config, &running);
    let updated = running.update(&groups);
    if let Some(due) = due {
        terminal.say(format_args!("{}: {due}", wanted.part));
    }
    let settled = settle::table(&running, &groups, terminal);
    Some(if updated { settled } else { Exit::Failed })
}

/// What to update for `wanted`: those of its groups that the configuration or the daemon has, and those that run a program
/// of their name.
fn groups(wanted: &Wanted, config: &Config, running: &Supervisor) -> Vec<String> {
    if wanted.groups.is_empty() {
        return Vec::new();
    }
    let processes = running.proxy().all_process_info().unwrap_or_default();
    let made = config.groups.iter().map(|group| &group.name).filter(|name| wanted.groups.contains(name));
    let run = processes.iter().filter(|p| wanted.groups.contains(&p.group) || wanted.groups.contains(&p.name));
    made.chain(run.map(|process| &process.group)).cloned().collect::<BTreeSet<_>>().into_iter().collect()
}

/// What a supervisor that runs waits for, and how it gets it.
fn restart_due(wanted: &Wanted, running: &Supervisor, is_reached: bool) -> String {
    let script = wanted.script.as_str();
    let control = Utf8PathBuf::from(format!("{}ctl", script.strip_suffix('d').unwrap_or(script)));
    let signal = running.pid().map_or_else(String::new, |pid| format!(": kill -HUP {pid}"));
    if !is_reached {
        return format!(
            "the address or the credentials of the supervisor itself changed; until a restart, which stops all its \
             programs, it has the old ones, so that only `up` reaches it and {control} does not{signal}"
        );
    }
    let how = if control.exists() { format!(": {control} reload") } else { signal };
    format!("options of the supervisor itself changed; they count after a restart, which stops all its programs{how}")
}

/// Starts it in the background, and shows the table.
fn start(wanted: &Wanted, terminal: &Terminal) -> Exit {
    let spawned = Command::new(&wanted.script).stdin(Stdio::null()).stdout(Stdio::null()).process_group(0).spawn();
    let mut child = match spawned {
        Ok(child) => child,
        Err(e) => return terminal.fail(format_args!("cannot start {}: {e}", wanted.script)),
    };
    let supervisor = match Supervisor::read(&wanted.conf) {
        Ok(supervisor) => supervisor,
        Err(why) => return terminal.fail(format_args!("{}: {why}", wanted.conf)),
    };
    let failed = || child.try_wait().ok().flatten().filter(|status| !status.success());
    match settle::answers(&supervisor, failed) {
        Ok(()) => settle::table(&supervisor, &[], terminal),
        Err(why) => terminal.fail(format_args!("{}: {why}", wanted.part)),
    }
}

/// This process becomes the supervisor.
fn become_supervisor(wanted: &Wanted, terminal: &Terminal) -> Exit {
    if let Err(why) = accompany(&wanted.conf) {
        terminal.say(format_args!("no table will be shown: {why}"));
    }
    let error = Command::new(&wanted.script).arg("-n").exec();
    terminal.fail(format_args!("cannot start {}: {error}", wanted.script))
}

/// Starts the companion that shows the table. A shell in between makes it nobody's child, so that the supervisor does not
/// find a stranger among its own.
fn accompany(conf: &Utf8Path) -> std::io::Result<()> {
    let program = std::env::current_exe()?;
    let line = r#""$0" up --settled "$1" </dev/null &"#;
    let status = Command::new("/bin/sh").args(["-c", line]).arg(program).arg(conf).status()?;
    if status.success() { Ok(()) } else { Err(std::io::Error::other(status.to_string())) }
}

/// What the companion does.
fn report(conf: &Utf8Path, terminal: &Terminal) -> Exit {
    let Ok(supervisor) = Supervisor::read(conf) else { return Exit::Failed };
    match settle::answers(&supervisor, || None) {
        Ok(()) => settle::table(&supervisor, &[], terminal),
        Err(_) => Exit::Failed,
    }
}
