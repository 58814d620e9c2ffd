//! `recipe query`: one value of the manifest, or all of a section.

use super::args::{Common, QueryArgs};
use super::exit::Exit;
use super::pipeline::Compiler;
use super::shown;
use super::terminal::Terminal;
use crate::base::suggest;
use crate::compile::document::{Node, Table};

/// Prints the value, resolved, or as it is written.
pub(super) fn run(args: &QueryArgs, common: &Common, terminal: &Terminal) -> Exit {
    let compiler = match Compiler::new(common, terminal) {
        Ok(compiler) => compiler,
        Err(exit) => return exit,
    };
    let mut unresolved =
        if args.raw { compiler.written(&args.assignments, false) } else { compiler.merge(&args.assignments, false) };
    let Some(merged) = unresolved.merged.as_mut() else {
        terminal.findings(&unresolved.sources, unresolved.found);
        return Exit::Failed;
    };
    let own = merged.own();
    let (section, key) = match args.key.split_once(':') {
        Some(("", key)) => (own, key),
        Some((section, key)) => (section, key),
        None if merged.section(&args.key).is_some() => (args.key.as_str(), ""),
        None => (own, args.key.as_str()),
    };
    if merged.section(section).is_none() {
        let help = suggest::did_you_mean(section, merged.sections().map(|(name, _)| name));
        return terminal.fail(format_args!("there is no section `{section}`{}", and(help)));
    }
    let table = if args.raw {
        merged.make_directories_absolute();
        merged.section(section).cloned()
    } else {
        compiler.section(&mut unresolved, section, |table| holds_secret(table, key))
    };
    if terminal.findings(&unresolved.sources, unresolved.found) {
        return Exit::Failed;
    }
    match table {
        Some(table) => print(&table, section, key, terminal),
        None => terminal.fail(format_args!("there is no section `{section}`")),
    }
}

/// Whether the value of `key`, or any where it is empty, holds a secret.
fn holds_secret(table: &Table, key: &str) -> bool {
    if key.is_empty() {
        return table.entries().iter().any(|entry| entry.node.holds_secret());
    }
    find(table, key).is_some_and(Node::holds_secret)
}

fn print(table: &Table, section: &str, key: &str, terminal: &Terminal) -> Exit {
    if key.is_empty() {
        let lines = shown::values(table).into_iter();
        let lines = lines.map(|(path, value)| format!("{path} = {}\n", value.replace('\n', "\n    ")));
        return terminal.print(&lines.collect::<String>());
    }
    if let Some(node) = find(table, key) {
        return terminal.print(&format!("{}\n", shown::node_text(key, node)));
    }
    let paths: Vec<String> = shown::values(table).into_iter().map(|(path, _)| path).collect();
    let known = table.keys().chain(paths.iter().map(String::as_str));
    terminal.fail(format_args!("section `{section}` has no `{key}`{}", and(suggest::did_you_mean(key, known))))
}

/// An exact key, else a dotted path.
fn find<'t>(table: &'t Table, key: &str) -> Option<&'t Node> {
    if let Some(node) = table.get(key) {
        return Some(node);
    }
    let dots = key.char_indices().filter(|(_, c)| *c == '.').map(|(at, _)| at);
    dots.into_iter().find_map(|at| find(table.get(&key[..at])?.as_table()?, &key[at + 1..]))
}

fn and(help: Option<String>) -> String {
    help.map(|text| format!("; {text}")).unwrap_or_default()
}
