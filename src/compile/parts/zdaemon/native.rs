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
use crate::compile::document::{Entry, Key as Name, List, Node, Scalar, Table};
use crate::compile::known::{self, Known, Options as All, Shape};
use crate::compile::project::Part;
use crate::conf::options::Type;
use crate::conf::zconfig::schema;
use crate::conf::zconfig::tree::{Key, Section};
use crate::conf::zconfig::words;

/// Options of the part: its own, then the keys of `<runner>`.
const OWN: &[Known] = &[
    known::RECIPE,
    known::LOCATION,
    known::PORTS,
    known::CREDENTIALS,
    Known::new("environment", Shape::Table, "Variables of the program."),
    Known::new(
        "eventlog",
        Shape::Table,
        "The manager's own log: `level`, and handlers such as `logfile` and `syslog`.",
    ),
    Known::new("logrotate", Shape::Value(Type::Path), "A logrotate file to make for the transcript."),
    Known::new("su", Shape::Value(Type::User), "The user that the control script becomes first."),
    known::RUNTIME,
    Known::new("zdaemon-conf", Shape::Value(Type::Path), "Where the configuration goes.")
        .default("$<:location>/zdaemon.conf"),
    Known::new("program", Shape::Words, "The command that is run.").required(),
    Known::new("python", Shape::Value(Type::Path), "The Python that runs the original's manager."),
    Known::new("zdrun", Shape::Value(Type::Path), "The script of the original's manager."),
    Known::new("socket-name", Shape::Value(Type::Path), "The socket by which the manager is reached.")
        .default("$<:location>/zdaemon.sock"),
    Known::new("daemon", Shape::Value(Type::Boolean), "Whether the manager goes to the background.").default("true"),
    Known::new("directory", Shape::Value(Type::Directory), "The folder that the program works in.")
        .default("$<project:directory>"),
    Known::new("backoff-limit", Shape::Value(Type::Integer), "How many quick failures in a row end the manager.")
        .default("10"),
    Known::new("forever", Shape::Value(Type::Boolean), "Restart a failing program for ever.").default("false"),
    Known::new("exit-codes", Shape::Value(Type::ExitCodes), "Exit statuses after which it is not restarted.")
        .default("0,2"),
    Known::new("start-test-program", Shape::Words, "A command that succeeds once the program is up."),
    Known::new("start-timeout", Shape::Value(Type::Integer), "Seconds to wait for that.").default("300"),
    Known::new("stop-timeout", Shape::Value(Type::Integer), "Seconds between TERM and KILL.").default("300"),
    Known::new("user", Shape::Value(Type::User), "The user that the program runs as, if the manager is root."),
    Known::new("umask", Shape::Value(Type::Octal), "File mode mask of the program.").default("022"),
    Known::new("hang-around", Shape::Value(Type::Boolean), "Whether the manager stays when the program has ended.")
        .default("false"),
    Known::new(
        "default-to-interactive",
        Shape::Value(Type::Boolean),
        "Whether `zdaemon` without a command is a shell.",
    )
    .default("true"),
    Known::new("logfile", Shape::Value(Type::Path), "The log that `logtail` shows, if not the transcript."),
    Known::new("transcript", Shape::Value(Type::Path), "The file that the program's output goes to.")
        .default("$<:location>/transcript.log"),
    Known::new("prompt", Shape::Value(Type::Text), "The prompt of the shell."),
];

/// All of them.
pub(in super::super) const OPTIONS: All = All::only(OWN);

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
    let unknown = part.table.entries().iter().filter(|entry| !known::has(OWN, &entry.key.text));
    let problem = |entry: &Entry| Problem::unknown_option(part, &entry.key, "", OPTIONS.names());
    builder.extend(unknown.map(problem).collect::<Vec<_>>());
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

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_key_of_the_runner_is_an_option() {
        let missing = runner_keys().iter().filter(|key| !known::has(OWN, key));
        assert_eq!(missing.collect::<Vec<_>>(), [&""; 0]);
    }
}
