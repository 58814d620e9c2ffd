//! `recipe show`: what a supervisord.conf or a zdaemon.conf means, read as the daemon reads it, but for the host: only the file and those
//! that it includes are opened, and no folder, user or host is looked up. So the answer is the same anywhere.
//!
//! The text is for people, who may paste it: secrets are masked unless they are asked for. JSON is for programs that
//! compare values, and holds all of them.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use super::args::ShowArgs;
use super::effective::{self, Fields};
use super::exit::Exit;
use super::surroundings::Surroundings;
use super::terminal::Terminal;
use super::zdaemon::shown;
use crate::base::seams::{ConfFiles, Files, ReadError};
use crate::base::{Diagnostic, Severity, Sources};
use crate::conf::include;
use crate::conf::model::{Config, Group, Process, RpcInterface, Server};
use crate::conf::namespec::namespec;
use crate::conf::read;
use crate::conf::zconfig::zdaemon;
use crate::lint::settings::Settings;
use crate::lint::supervisord;
use crate::lint::view::{Conf, Given};
use crate::sources::host::Host;

/// Prints the configuration; what is wrong with it in the order in which supervisord meets it.
pub(super) fn run(args: &ShowArgs, terminal: &Terminal) -> Exit {
    let surroundings = Surroundings::now();
    let path = args.conf.as_str();
    let text = match surroundings.read(path) {
        Ok(text) => text,
        Err(why) => return terminal.fail(format_args!("{why}")),
    };
    if zdaemon::looks_like(&text) {
        return show_zdaemon(args, path, &text, &surroundings, terminal);
    }
    let mut sources = Sources::new();
    let context = surroundings.context_with(&Anywhere);
    let loaded = include::load(&mut sources, path, text, &context);
    let ini = loaded.ini(&sources, &context);
    let reading = read::read_loaded(&loaded, &ini, path, &context);
    // A function that is not built in is refused by the daemon, not by those who only read.
    let foreign = reading.foreign_functions().map(|finding| Diagnostic { severity: Severity::Warning, ..finding });
    let given = Given { settings: &Settings::default(), context, here: None };
    let passed_over = supervisord::passed_over(&Conf::new(&sources, &ini, &loaded, &reading, given));
    if terminal
        .findings_in_order(&sources, reading.diagnostics().into_iter().chain(foreign).chain(passed_over).collect())
    {
        return Exit::Failed;
    }
    let config = reading.config;
    terminal.print(&if args.json { json_text(&config) } else { text_of(&config, args.show_secrets) })
}

/// The same for a zdaemon.conf.
fn show_zdaemon(args: &ShowArgs, path: &str, text: &str, surroundings: &Surroundings, terminal: &Terminal) -> Exit {
    let mut sources = Sources::new();
    let reading = zdaemon::read(&mut sources, path, text, &[], &surroundings.context_with(&Anywhere));
    if terminal.findings_in_order(&sources, reading.diagnostics().collect()) {
        return Exit::Failed;
    }
    let config = reading.config;
    terminal.print(&if args.json { shown::json_text(&config) } else { shown::text_of(&config, args.show_secrets) })
}

/// The files of this host, and nothing else of it.
struct Anywhere;

impl Files for Anywhere {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        Host.read(path)
    }

    fn exists(&self, path: &str) -> bool {
        Host.exists(path)
    }
}

impl ConfFiles for Anywhere {
    fn list(&self, directory: &str) -> Vec<String> {
        Host.list(directory)
    }

    fn home(&self, _user: &str) -> Option<String> {
        None
    }
}

fn json_text(config: &Config) -> String {
    let server = |server: &Server| with([("section", json!(server.section))], &effective::server(server));
    let interface = |i: &RpcInterface| with([("name", json!(i.name))], &effective::rpcinterface(i));
    let shown = json!({
        "supervisord": effective::object(&effective::supervisord(config)),
        "servers": config.servers.iter().map(server).collect::<Vec<_>>(),
        "rpcinterfaces": config.rpcinterfaces.iter().map(interface).collect::<Vec<_>>(),
        "groups": config.groups.iter().map(json_group).collect::<Vec<_>>(),
    });
    format!("{shown:#}\n")
}

fn json_group(group: &Group) -> Value {
    let mut all =
        with([("name", json!(group.name)), ("kind", json!(effective::kind(group)))], &effective::group(group));
    let process = |process: &Process| with([("name", json!(process.name))], &effective::process(process));
    all.insert("processes".to_owned(), group.processes.iter().map(|p| process(p)).collect());
    Value::Object(all)
}

/// `first`, then the options.
fn with<const N: usize>(first: [(&str, Value); N], fields: &Fields) -> Map<String, Value> {
    let first = first.into_iter().map(|(name, value)| (name.to_owned(), value));
    first.chain(effective::object(fields)).collect()
}

/// Sections as in the file, with all options, a group before its processes.
fn text_of(config: &Config, clear: bool) -> String {
    let mut out = String::new();
    section_text(&mut out, "supervisord", &effective::supervisord(config), clear);
    for server in &config.servers {
        section_text(&mut out, &server.section, &effective::server(server), clear);
    }
    for interface in &config.rpcinterfaces {
        let header = format!("rpcinterface:{}", interface.name);
        section_text(&mut out, &header, &effective::rpcinterface(interface), clear);
    }
    for group in &config.groups {
        section_text(
            &mut out,
            &format!("{} group {}", effective::kind(group), group.name),
            &effective::group(group),
            clear,
        );
        for process in &group.processes {
            let header = format!("process {}", namespec(&group.name, &process.name));
            section_text(&mut out, &header, &effective::process(process), clear);
        }
    }
    out
}

fn section_text(out: &mut String, header: &str, fields: &Fields, clear: bool) {
    let gap = if out.is_empty() { "" } else { "\n" };
    let _ = writeln!(out, "{gap}[{header}]");
    for (name, value) in fields {
        match value.line(clear) {
            Some(line) if line.is_empty() || line.starts_with('\n') => {
                let _ = writeln!(out, "{name} ={line}");
            }
            Some(line) => {
                let _ = writeln!(out, "{name} = {line}");
            }
            None => {}
        }
    }
}

#[cfg(test)]
pub(super) mod testing {
    use super::*;

    /// What a text without errors means.
    pub(in super::super) fn config(text: &str) -> Config {
        let surroundings = Surroundings::now();
        let reading = read::read(&mut Sources::new(), "conf", text, &surroundings.context_with(&Anywhere));
        assert_eq!(reading.errors, []);
        reading.config
    }
}
