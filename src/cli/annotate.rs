//! `recipe annotate`: every value with the places that set it, in order.

use std::fmt::Write as _;

use super::args::{AnnotateArgs, Common};
use super::exit::Exit;
use super::pipeline::Compiler;
use super::terminal::Terminal;
use super::{shown, words};
use crate::base::{Sources, suggest};
use crate::compile::document::Table;
use crate::compile::sections::{History, Merged, Step};

/// Prints all sections, or those that are named, with references as they are written.
pub(super) fn run(args: &AnnotateArgs, common: &Common, terminal: &Terminal) -> Exit {
    let words = words::split(&args.words);
    let compiler = match Compiler::new(common, terminal) {
        Ok(compiler) => compiler,
        Err(exit) => return exit,
    };
    let unresolved = compiler.written(&words.assignments, true);
    let failed = terminal.findings(&unresolved.sources, unresolved.found);
    let Some(merged) = unresolved.merged else { return Exit::Failed };
    let unknown = words.names.iter().find(|name| merged.section(name).is_none());
    if let Some(name) = unknown.filter(|_| !failed) {
        let help = suggest::did_you_mean(name, merged.sections().map(|(name, _)| name));
        let help = help.map(|text| format!("; {text}")).unwrap_or_default();
        return terminal.fail(format_args!("there is no section `{name}`{help}"));
    }
    let printed = terminal.print(&text(&merged, &unresolved.sources, &words.names));
    if failed { Exit::Failed } else { printed }
}

fn text(merged: &Merged, sources: &Sources, names: &[String]) -> String {
    let mut out = String::new();
    let empty = History::default();
    let history = merged.history().unwrap_or(&empty);
    let mut sections: Vec<_> = merged.sections().collect();
    sections.sort_unstable_by_key(|(name, _)| *name);
    for (name, table) in sections {
        if names.is_empty() || names.iter().any(|wanted| wanted == name) {
            section(&mut out, name, table, history, sources);
        }
    }
    out
}

/// ```text
/// [section]
/// key = value
///     file:line:column  set in [other]  value
/// ```
fn section(out: &mut String, name: &str, table: &Table, history: &History, sources: &Sources) {
    let _ = writeln!(out, "{}[{name}]", if out.is_empty() { "" } else { "\n" });
    for (key, value) in shown::values(table) {
        let _ = writeln!(out, "{key} = {}", value.replace('\n', "\n    | "));
        let steps = history.steps(name, &key);
        for step in steps {
            self::step(out, &key, step, steps.len() > 1, sources);
        }
    }
}

fn step(out: &mut String, key: &str, step: &Step, with_value: bool, sources: &Sources) {
    let source = step.source(sources);
    let place = if source == sources.name(step.span.file) { sources.place(step.span) } else { source.to_owned() };
    let within = step.within.as_ref().map(|section| format!(" in [{section}]")).unwrap_or_default();
    let value = if with_value { format!("  {}", shown::one_line(key, &step.value)) } else { String::new() };
    let _ = writeln!(out, "    {place}  {}{within}{value}", step.operation.name().to_ascii_lowercase());
}
