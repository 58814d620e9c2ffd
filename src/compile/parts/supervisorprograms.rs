//! collective.recipe.supervisorprograms: program lines for collective.recipe.supervisor from sections named
//! `*-program`. Both recipes work while references are resolved and make no files.
//!
//! A section's options become the fields of a line (`priority`, `id`, `process_opts`, `command`, `args`, `directory`,
//! `redirect-stderr`, `user`); any other is a process option. Without an `id` it is the section's name without `-program`,
//! wherever that stands in it (`my-program-program` is `my`). Lines are sorted by priority (as text), id, command and
//! directory. `:multiplier` makes `count` copies of a section, with `-1`, `-2`, … after its command and its name.
//!
//! Different from the original: a `recipe` option of such a section is not taken for a process option, process options
//! keep the order of the section, and a `process_opts` is kept beside other options instead of being lost.

use std::borrow::Cow;

use super::problem::Problem;
use crate::base::{Diagnostics, Span};
use crate::compile::document::{Entry, Key, Node, Op, Scalar, Table};

const SUFFIX: &str = "-program";
const FIELDS: [&str; 8] = ["priority", "id", "process_opts", "command", "args", "directory", "redirect-stderr", "user"];
/// Options that are buildout's, not the program's.
const NOT_OPTIONS: [&str; 2] = ["recipe", "location"];

/// Whether a section describes a program.
pub(super) fn collects(section: &str) -> bool {
    section.ends_with(SUFFIX)
}

/// The option `programs`: one line for each section.
pub(super) fn programs(sections: &[(String, Table)], span: Span, found: &mut Diagnostics) -> Vec<Entry> {
    let mut lines: Vec<(SortKey<'_>, String)> = sections
        .iter()
        .map(|(name, table)| {
            warn_of_blanks(name, table, found);
            (sort_key(name, table), line(name, table))
        })
        .collect();
    lines.sort_by(|a, b| a.0.cmp(&b.0));
    let text: Vec<String> = lines.into_iter().map(|(_, line)| line).collect();
    vec![entry("programs", text.join("\n"), span)]
}

type SortKey<'a> = [Option<Cow<'a, str>>; 4];

fn sort_key<'a>(name: &str, table: &'a Table) -> SortKey<'a> {
    let field = |option| text(table, option).map(Cow::Borrowed);
    [field("priority"), Some(id(name, table)), field("command"), field("directory")]
}

fn id<'a>(name: &str, table: &'a Table) -> Cow<'a, str> {
    text(table, "id").map_or_else(|| Cow::Owned(base(name)), Cow::Borrowed)
}

/// Python's `replace`: each `-program` goes, not only the one at the end.
fn base(section: &str) -> String {
    section.replace(SUFFIX, "")
}

fn text<'a>(table: &'a Table, option: &str) -> Option<&'a str> {
    table.scalar(option).map(|s| &*s.text)
}

fn line(name: &str, table: &Table) -> String {
    let field = |field: &str| match field {
        "id" => id(name, table).trim().to_owned(),
        "args" => bracketed(text(table, "args").unwrap_or("").trim(), '[', ']'),
        "process_opts" => process_options(table),
        other => text(table, other).unwrap_or("").trim().to_owned(),
    };
    FIELDS.iter().map(|f| field(f)).filter(|f| !f.is_empty()).collect::<Vec<_>>().join(" ")
}

fn bracketed(text: &str, open: char, close: char) -> String {
    if text.is_empty() || text.starts_with(open) { text.to_owned() } else { format!("{open}{text}{close}") }
}

fn is_process_option(entry: &Entry) -> bool {
    let key = &*entry.key.text;
    !FIELDS.contains(&key) && !NOT_OPTIONS.contains(&key)
}

fn process_options(table: &Table) -> String {
    let own = text(table, "process_opts").unwrap_or("").trim();
    let own = own.strip_prefix('(').map_or(own, |rest| rest.strip_suffix(')').unwrap_or(rest));
    let others = table.entries().iter().filter(|e| is_process_option(e));
    let others = others.filter_map(|e| e.node.as_scalar().map(|s| format!("{}={}", e.key.text, s.text)));
    let all: Vec<String> = Some(own.to_owned()).filter(|own| !own.is_empty()).into_iter().chain(others).collect();
    bracketed(&all.join(" "), '(', ')')
}

/// A process option cannot hold a blank outside quotes: the program line would end it there.
fn warn_of_blanks(name: &str, table: &Table, found: &mut Diagnostics) {
    for entry in table.entries().iter().filter(|e| is_process_option(e)) {
        let Some(scalar) = entry.node.as_scalar() else { continue };
        let line = format!("x={}", scalar.text);
        let is_whole = super::supervisor_cfg::lines::options(&line) == [("x", &*scalar.text)];
        if !is_whole || scalar.text.contains(')') {
            let (section, option) = (name.to_owned(), entry.key.text.to_string());
            found.push(Problem::BlankInProcessOption { section, option, span: scalar.span });
        }
    }
}

/// The sections that a multiplier makes of the section `name`.
pub(super) fn multiply(own: &Table, name: &str, section: &Table, found: &mut Diagnostics) -> Vec<(String, Table)> {
    let count = own.scalar("count");
    let Some(number) = count.and_then(|count| count.text.trim().parse::<u16>().ok()) else {
        let (value, span) = (count.map(|count| count.text.to_string()), count.map_or(own.span, |count| count.span));
        found.push(Problem::BadCount { value, span });
        return Vec::new();
    };
    let base = base(name);
    (1..=number).map(|n| (format!("{base}-{n}{SUFFIX}"), numbered(section, n))).collect()
}

fn numbered(section: &Table, number: u16) -> Table {
    let mut copy = section.clone();
    if let Some(Node::Scalar(command)) = copy.get_mut("command") {
        command.text = format!("{}-{number}", command.text).into();
    }
    copy
}

fn entry(key: &str, text: String, span: Span) -> Entry {
    Entry { key: Key { text: key.into(), span }, op: Op::Set, node: Node::Scalar(Scalar::string(text, span)) }
}
