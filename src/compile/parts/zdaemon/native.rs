//! A native `zdaemon` part.
//!
//! | option | what |
//! |---|---|
//! | `program`, `start-test-program` | a command: a text of words between blanks, or a list of words |
//! | any other key of zdaemon's `<runner>` | as there; lists and booleans are the manifest's own |
//! | `environment` | a table: the variables of the program |
//! | `eventlog` | `level`, and handlers: `logfile`, `syslog`, each a table or a list of tables |
//! | `logrotate` | path of a logrotate file for the transcript |
//! | `su` | the user that the control script becomes |
//! | `zdaemon-conf`, `runtime`, `ports`, `credentials`, `location` | as for other parts |
//!
//! Paths are relative to the project folder. The program works in the project folder; its socket and its transcript, where
//! the manager logs too, are in the folder of the part.

use camino::Utf8PathBuf;

use super::super::builder::{Builder, Target};
use super::super::options::Options;
use super::super::problem::Problem;
use super::super::scripts::{self, Runtime, Script};
use super::{configuration, findings, key, logrotate, report};
use crate::base::{Span, secret};
use crate::compile::document::{Key as Name, List, Node, Scalar, Table};
use crate::compile::project::Part;
use crate::conf::zconfig::schema;
use crate::conf::zconfig::tree::{Key, Section};
use crate::conf::zconfig::words;

/// Options that are no keys of `<runner>`.
const OWN: [&str; 10] = [
    "recipe",
    "location",
    "ports",
    "credentials",
    "environment",
    "eventlog",
    "logrotate",
    "su",
    "runtime",
    "zdaemon-conf",
];

/// Keys whose values are commands.
const COMMANDS: [&str; 2] = ["program", "start-test-program"];

/// Keys whose values are paths.
const PATHS: [&str; 7] = ["python", "zdrun", "socket-name", "directory", "logfile", "transcript", "path"];

/// Builds the configuration, the control script and the logrotate file.
pub(in super::super) fn build<'a>(part: &'a Part, builder: &mut Builder<'a>) {
    let mut options = Options::of(part);
    options.required_any("program");
    let (rotated, su, runtime) = (options.text("logrotate"), options.text("su"), options.text("runtime"));
    let conf_option = options.text("zdaemon-conf");
    builder.extend(options.finish());
    unknown_options(part, builder);
    let top = tree(part, builder);
    if part.table.get("program").is_some() {
        report(builder, findings(&top), false);
    }
    let folder = builder.project.parts_directory.join(&part.name);
    builder.folder(part, Target::project(&folder, part.span));
    folders(part, &top, builder);
    let conf = match conf_option {
        Some(scalar) => builder.path(part, scalar),
        None => Target::project(folder.join("zdaemon.conf"), part.span),
    };
    let script = Target::project(builder.project.bin_directory.join(&part.name), part.span);
    if let Some(scalar) = rotated {
        let target = builder.path(part, scalar);
        let log = top.section("runner").and_then(|runner| runner.key("transcript")).map_or("", |key| &key.value);
        let named = [("logfile", log), ("rc", script.path().as_str()), ("conf", conf.path().as_str())];
        logrotate(part, builder, named, target);
    }
    configuration(part, builder, &top, &[], conf.clone());
    let runtime = Runtime::of(part, builder.project, runtime);
    let runtime = builder.check(runtime).unwrap_or(Runtime::Recipe);
    let own = Script {
        name: &part.name,
        program: "zdaemon",
        arguments: scripts::with_conf("-C", Some(conf.path())),
        span: part.span,
    };
    scripts::write_to(part, builder, &runtime, &own, script, su.map(|scalar| &*scalar.text));
}

/// The folders in the project that the manager writes to.
fn folders(part: &Part, top: &Section, builder: &mut Builder<'_>) {
    let runner = top.section("runner").into_iter().flat_map(|runner| &runner.keys);
    let written = runner.filter(|key| matches!(&*key.name, "socket-name" | "transcript" | "logfile"));
    let logs =
        top.section("eventlog").into_iter().flat_map(|log| &log.sections).filter_map(|handler| handler.key("path"));
    let paths: Vec<(Utf8PathBuf, Span)> =
        written.chain(logs).map(|key| (Utf8PathBuf::from(&key.value), key.value_span)).collect();
    for (path, span) in paths {
        let inside = path.parent().filter(|folder| folder.starts_with(&builder.project.directory));
        if let Some(folder) = inside.filter(|folder| *folder != builder.project.directory) {
            builder.folder(part, Target::project(folder, span));
        }
    }
}

fn runner_keys() -> &'static [&'static str] {
    schema::kind("runner").map_or(&[], |kind| kind.keys)
}

fn unknown_options(part: &Part, builder: &mut Builder<'_>) {
    let known = || OWN.into_iter().chain(runner_keys().iter().copied());
    let unknown = part.table.entries().iter().filter(|entry| !known().any(|name| name == &*entry.key.text));
    builder.extend(unknown.map(|entry| Problem::unknown_option(part, &entry.key, "", known())).collect::<Vec<_>>());
}

/// The part as `ZConfig` has it, with its defaults.
fn tree(part: &Part, builder: &mut Builder<'_>) -> Section {
    let mut runner = Section::new("runner", part.span);
    for entry in part.table.entries().iter().filter(|entry| runner_keys().contains(&&*entry.key.text)) {
        let value = value(part, &entry.key, &entry.node, builder);
        runner.keys.extend(value.map(|value| whole(&entry.key, value, &entry.node)));
    }
    let folder = builder.project.parts_directory.join(&part.name);
    let defaults = [
        ("daemon", "on".to_owned()),
        ("directory", builder.project.directory.to_string()),
        ("socket-name", folder.join("zdaemon.sock").into_string()),
        ("transcript", folder.join("transcript.log").into_string()),
    ];
    for (name, value) in defaults {
        if runner.key(name).is_none() {
            runner.keys.push(key(name, value, part.span));
        }
    }
    let transcript = runner.key("transcript").map(|key| key.value.clone()).unwrap_or_default();
    let mut top = Section::new("", part.span);
    top.sections.push(runner);
    top.sections.extend(part.table.get("environment").and_then(|node| environment(part, node, builder)));
    let own = part.table.get("eventlog").map(|node| eventlog(part, node, builder));
    top.sections.push(own.unwrap_or_else(|| super::eventlog(transcript, part.span)));
    top
}

/// A key with the places of the manifest.
fn whole(name: &Name, value: String, node: &Node) -> Key {
    Key { name: name.text.to_string(), name_span: name.span, value, value_span: node.span() }
}

/// The text of a value.
fn value(part: &Part, name: &Name, node: &Node, builder: &mut Builder<'_>) -> Option<String> {
    let is_command = COMMANDS.contains(&&*name.text);
    let text = match node {
        Node::Scalar(scalar) if is_command => {
            let words = builder.check(words::parse(&scalar.text).map_err(|_| no_words(part, name, scalar)))?;
            words::text(&absolute(words, builder))
        }
        Node::Scalar(scalar) if PATHS.contains(&&*name.text) && !is_stream(&scalar.text) => {
            builder.project.absolute(&scalar.text).into_string()
        }
        Node::Scalar(scalar) => scalar.text.to_string(),
        Node::List(list) if is_command => words::text(&absolute(texts(part, name, list, builder)?, builder)),
        Node::List(list) if &*name.text == "exit-codes" => texts(part, name, list, builder)?.join(","),
        other => {
            builder.report(wrong_kind(part, &name.text, "a string", other));
            return None;
        }
    };
    if is_command && secret::holds_mark(&text) {
        let severity = crate::base::Severity::Error;
        builder.report(Problem::SecretInCommand { part: part.name.clone(), severity, span: node.span() });
    }
    if text.contains(['\n', '\r']) {
        let option = name.text.to_string();
        let (value, expected) =
            (secret::masked(&text).replace(['\n', '\r'], " "), "one line: zdaemon.conf has no others");
        builder.report(Problem::BadValue { part: part.name.clone(), option, value, expected, span: node.span() });
        return None;
    }
    Some(text)
}

fn is_stream(text: &str) -> bool {
    matches!(text, "STDOUT" | "STDERR")
}

/// A program that is named with a slash is the project's, wherever the manager works.
fn absolute(mut words: Vec<String>, builder: &Builder<'_>) -> Vec<String> {
    if let Some(first) = words.first_mut().filter(|word| word.contains('/')) {
        *first = builder.project.absolute(first).into_string();
    }
    words
}

fn texts(part: &Part, name: &Name, list: &List, builder: &mut Builder<'_>) -> Option<Vec<String>> {
    let mut texts = Vec::new();
    for item in &list.items {
        match item {
            Node::Scalar(scalar) => texts.push(scalar.text.to_string()),
            other => {
                builder.report(wrong_kind(part, &name.text, "a list of strings", other));
                return None;
            }
        }
    }
    Some(texts)
}

fn no_words(part: &Part, name: &Name, scalar: &Scalar) -> Problem {
    let (part, option, span) = (part.name.clone(), name.text.to_string(), scalar.span);
    let value = secret::masked(&scalar.text);
    Problem::BadValue { part, option, value, expected: "words between blanks, or a list of words", span }
}

fn wrong_kind(part: &Part, option: &str, expected: &'static str, node: &Node) -> Problem {
    let (part, option) = (part.name.clone(), option.to_owned());
    Problem::WrongKind { part, option, expected, actual: node.kind(), span: node.span() }
}

fn environment(part: &Part, node: &Node, builder: &mut Builder<'_>) -> Option<Section> {
    let Some(table) = node.as_table() else {
        builder.report(wrong_kind(part, "environment", "a table", node));
        return None;
    };
    let mut section = Section::new("environment", node.span());
    keys(part, table, &[], &mut section, builder);
    for key in &section.keys {
        if key.name.contains(|c: char| c.is_whitespace() || matches!(c, '(' | ')'))
            || key.name.starts_with(['#', '<', '%'])
        {
            let (option, value) = (format!("environment.{}", key.name), key.name.clone());
            let expected = "a name without blanks and parentheses, which begins with no `#`, `<` and `%`";
            builder.report(Problem::BadValue { part: part.name.clone(), option, value, expected, span: key.name_span });
        }
    }
    (!section.keys.is_empty()).then_some(section)
}

/// All that is in a table but for the sections in it.
fn keys(part: &Part, table: &Table, sections: &[&str], section: &mut Section, builder: &mut Builder<'_>) {
    for entry in table.entries().iter().filter(|entry| !sections.contains(&&*entry.key.text)) {
        let value = value(part, &entry.key, &entry.node, builder);
        section.keys.extend(value.map(|value| whole(&entry.key, value, &entry.node)));
    }
}

fn eventlog(part: &Part, node: &Node, builder: &mut Builder<'_>) -> Section {
    let mut section = Section::new("eventlog", node.span());
    let Some(table) = node.as_table() else {
        builder.report(wrong_kind(part, "eventlog", "a table", node));
        return section;
    };
    keys(part, table, schema::HANDLERS, &mut section, builder);
    for entry in table.entries().iter().filter(|entry| schema::HANDLERS.contains(&&*entry.key.text)) {
        let all = match &entry.node {
            Node::List(list) => list.items.iter().collect(),
            other => vec![other],
        };
        for node in all {
            let span: Span = entry.key.span;
            let mut handler = Section::new(&*entry.key.text, span);
            match node.as_table() {
                Some(table) => keys(part, table, &[], &mut handler, builder),
                None => builder.report(wrong_kind(part, &entry.key.text, "a table", node)),
            }
            section.sections.push(handler);
        }
    }
    section
}
