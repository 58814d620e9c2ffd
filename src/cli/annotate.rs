//! `recipe annotate`: every value with the places that set it, in order.

use std::fmt::Write as _;

use super::args::{AnnotateArgs, Common};
use super::exit::Exit;
use super::pipeline;
use super::terminal::Terminal;
use super::words;
use crate::base::{Sources, secret};
use crate::compile::sections::{History, Step};

/// Prints all sections, or those that are named.
pub(super) fn run(args: &AnnotateArgs, common: &Common, terminal: &Terminal) -> Exit {
    let words = words::split(&args.words);
    let mut merged = pipeline::merged(common, &words.assignments, terminal);
    let Some(history) = merged.history() else { return merged.fail(terminal) };
    for name in &words.names {
        if !history.sections().any(|section| section == name) {
            return terminal.fail(format_args!("there is no section `{name}`"));
        }
    }
    let wanted = |section: &str| words.names.is_empty() || words.names.iter().any(|name| name == section);
    let mut text = String::new();
    for section in history.sections().filter(|s| wanted(s)) {
        section_text(&mut text, section, &history, merged.sources());
    }
    terminal.print(&text);
    merged.finish(terminal)
}

/// ```text
/// [section]
/// key = value
///     file:line:column  set  value
/// ```
fn section_text(out: &mut String, section: &str, history: &History, sources: &Sources) {
    let _ = writeln!(out, "{}[{section}]", if out.is_empty() { "" } else { "\n" });
    let mut keys: Vec<&str> = history.keys(section).collect();
    keys.sort_unstable();
    for key in keys {
        let steps = history.steps(section, key);
        let Some(last) = steps.last() else { continue };
        let _ = writeln!(out, "{key} = {}", indented(&secret::masked(history.value(section, key).unwrap_or(&last.value))));
        for step in steps {
            step_text(out, step, steps.len() > 1, sources);
        }
    }
}

fn step_text(out: &mut String, step: &Step, with_value: bool, sources: &Sources) {
    let name = sources.name(step.span.file);
    let place = if sources.text(step.span.file).is_empty() { name.to_owned() } else { sources.place(step.span) };
    let value = if with_value { format!("  {}", indented(&secret::masked(&step.value))) } else { String::new() };
    let _ = writeln!(out, "    {place}  {}{value}", step.operation.name().to_ascii_lowercase());
}

/// Further lines of a value stand under the first.
fn indented(value: &str) -> String {
    value.replace('\n', "\n    | ")
}
