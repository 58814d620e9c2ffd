//! `supervisor`: a native part. Everything in it is a table named like a section of supervisord.conf, with Supervisor's
//! own keys, which are checked against the same table that the daemon reads by.
//!
//! | option | what |
//! |---|---|
//! | `programs` | names of program parts; each becomes `[program:NAME]` |
//! | `program.NAME`, `fcgi-program.NAME`, `eventlistener.NAME`, `group.NAME` | sections of their own |
//! | `supervisord`, `supervisorctl`, `include`, `rpcinterface.NAME`, `ctlplugin.NAME` | these sections |
//! | `inet_http_server`, `unix_http_server` | servers beside, or instead of, the one of `ports.control` |
//! | `ports.control` | where the daemon listens: `HOST:PORT`; a bare number is on 127.0.0.1, `*:PORT` everywhere |
//! | `credentials` | user name and password of the servers, of `supervisorctl` and of the event listeners |
//! | `plugins` | scripts of superlance or supervisor, by script (`memmon`) or by distribution (`superlance`) |
//! | `runtime` | `recipe`, `python`, or the folder of an installed Supervisor: see [`super::scripts`] |
//! | `supervisord-conf` | where the conf goes |
//!
//! Without a server of its own the daemon listens on the unix socket `var/NAMEd.sock`, mode 0700. Its log is
//! `var/log/NAMEd.log`, its pid file `var/NAMEd.pid`, AUTO logs go to `var/log`, and `directory` of a program is the
//! project folder, and none where it is empty. All else that the manifest does not say is left out of the conf, so that
//! Supervisor's defaults hold.
//!
//! A script in the bin folder is also made for each program of superlance or supervisor that a command names there
//! (`$<project:bin-directory>/memmon`).

mod command;
mod expansions;
mod listener;
mod sections;
mod servers;
#[cfg(test)]
mod tests;
mod value;

use super::builder::{Builder, Target};
use super::options::Options;
use super::problem::Problem;
use super::program;
use super::scripts::{self, Runtime, Script};
use crate::base::Span;
use crate::compile::document::{Entry, Node};
use crate::compile::known::{self, Known, Options as All, Shape};
use crate::compile::project::Part;
use crate::conf::options::{Section, Type};
use sections::Sections;
use servers::Servers;

pub(super) use servers::network as network_servers;

/// Options that are no sections.
const OWN: &[Known] = &[
    known::RECIPE,
    known::LOCATION,
    Known::new("programs", Shape::Texts, "Names of `program` parts; each becomes `[program:NAME]`."),
    Known::new(
        "ports",
        Shape::Ports,
        "`control` is where the daemon listens: `host:port`, or a number on 127.0.0.1. Without it, a unix socket.",
    ),
    Known::new(
        "credentials",
        Shape::Credentials,
        "User name and password of the servers, of supervisorctl and of the event listeners.",
    ),
    Known::new("plugins", Shape::Texts, "Scripts to make: names such as `memmon`, or `superlance` for all of them."),
    known::RUNTIME,
    Known::new("supervisord-conf", Shape::Value(Type::Path), "Where the configuration goes.")
        .default("$<:location>/supervisord.conf"),
];

/// All of them.
pub(super) const OPTIONS: All = All::Native { own: OWN, section: None, tables: Section::ALL, any: false };

/// Builds the configuration, the scripts and the folders.
pub(super) fn build<'a>(part: &'a Part, builder: &mut Builder<'a>) {
    builder.extend(unknown_options(part));
    builder.extend(wrong_shapes(part));
    let servers = Servers::of(part, builder);
    let mut sections = Sections::new(part, builder);
    sections.all(&servers);
    let (text, folders, named) = (sections.text, sections.folders, sections.scripts);
    for (path, span) in folders {
        let is_inside = path.starts_with(&builder.project.directory);
        let target =
            if is_inside { Target::project(path, span) } else { Target::written(builder.project, path.as_str(), span) };
        builder.folder(part, target);
    }
    let conf = conf_path(part, builder);
    scripts(part, builder, &conf, named);
    builder.file(part, conf, text, 0o644);
}

/// Reports what is wrong with a program part that no supervisor lists.
pub(super) fn check_program<'a>(part: &'a Part, builder: &mut Builder<'a>) {
    Sections::new(part, builder).program_part(part, part.span);
}

fn scripts(part: &Part, builder: &mut Builder<'_>, conf: &Target, named: Vec<(&'static str, Span)>) {
    let mut options = Options::of(part);
    let runtime = Runtime::of(part, builder.project, options.text("runtime"));
    builder.extend(options.finish());
    let runtime = builder.check(runtime).unwrap_or(Runtime::Recipe);
    for (suffix, program) in [("d", "supervisord"), ("ctl", "supervisorctl")] {
        let (name, arguments) = (format!("{}{suffix}", part.name), scripts::with_conf("-c", Some(conf.path())));
        let script = Script { name: &name, program, arguments, span: part.span };
        scripts::write(part, builder, &runtime, &script);
    }
    for (name, span) in plugins(part, builder, named) {
        scripts::write(part, builder, &runtime, &Script { name, program: name, arguments: String::new(), span });
    }
}

fn unknown_options(part: &Part) -> Vec<Problem> {
    let known = || OPTIONS.names();
    let unknown = part.table.entries().iter().filter(|e| !known().any(|name| name == &*e.key.text));
    unknown.map(|entry| Problem::unknown_option(part, &entry.key, "", known())).collect()
}

/// Lists that hold more than names, and tables that are none. Those that are sections are looked at later.
fn wrong_shapes(part: &Part) -> Vec<Problem> {
    let is_name = |node: &Node| node.as_scalar().is_some();
    let is_wrong = |name: &str, node: &Node| match name {
        "programs" | "plugins" => !node.as_list().map_or(is_name(node), |list| list.items.iter().all(is_name)),
        "ports" => node.as_table().is_none(),
        _ => false,
    };
    let wrong = part.table.entries().iter().filter(|entry| is_wrong(&entry.key.text, &entry.node));
    wrong
        .map(|Entry { key, node, .. }| Problem::WrongKind {
            part: part.name.clone(),
            option: key.text.to_string(),
            expected: if &*key.text == "ports" { "a table" } else { "a list of names" },
            actual: node.kind(),
            span: node.span(),
        })
        .collect()
}

fn conf_path(part: &Part, builder: &mut Builder<'_>) -> Target {
    let default = builder.project.parts_directory.join(&part.name).join("supervisord.conf");
    let mut options = Options::of(part);
    let option = options.text("supervisord-conf");
    builder.extend(options.finish());
    match option {
        Some(scalar) if builder.project.absolute(&scalar.text) != default => builder.path(part, scalar),
        option => Target::project(default, option.map_or(part.span, |s| s.span)),
    }
}

/// The scripts that `plugins` names, and those that commands name in the bin folder; each once.
fn plugins(part: &Part, builder: &mut Builder<'_>, named: Vec<(&'static str, Span)>) -> Vec<(&'static str, Span)> {
    let mut wanted: Vec<(&'static str, Span)> = Vec::new();
    for (name, span) in part.table.get("plugins").into_iter().flat_map(program::names) {
        match scripts::of_distribution(name) {
            Some(scripts) => wanted.extend(scripts.iter().map(|script| (*script, span))),
            None => match scripts::named(name) {
                Some(script) => wanted.push((script, span)),
                None => builder.report(Problem::unknown_plugin(part, name, span)),
            },
        }
    }
    wanted.extend(named);
    let mut seen = std::collections::HashSet::new();
    wanted.retain(|(name, _)| {
        let own = [format!("{}d", part.name), format!("{}ctl", part.name)];
        !own.iter().any(|own| own == name) && seen.insert(*name)
    });
    wanted
}
