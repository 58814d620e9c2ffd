//! `section:key=value` words of the command line. They are applied after all files, in their order; the last one of a
//! key wins. (zc.buildout sorts them, so that there the greatest value wins.)

use crate::base::{Diagnostics, FileId, Sources, Span};
use crate::compile::document::{Entry, Key, List, Node, Op, Scalar, ScalarKind, Syntax, Table};
use crate::compile::read::condition::Conditions;
use crate::compile::read::read;

use super::builtin::COMMAND_LINE;
use super::inherit::INHERIT;
use super::merge_native::PARTS;
use super::problem::Problem;

/// One word.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Override {
    /// None for the project's own section.
    pub(super) section: Option<Piece>,
    pub(super) key: Piece,
    pub(super) op: Op,
    pub(super) value: Piece,
}

/// A piece of a word with its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Reads the words, which become a text of `sources`, one per line.
pub(super) fn parse(words: &[String], sources: &mut Sources, found: &mut Diagnostics) -> Vec<Override> {
    if words.is_empty() {
        return Vec::new();
    }
    let file = sources.add(COMMAND_LINE, words.join("\n"));
    let mut at = 0;
    let mut all = Vec::new();
    for word in words {
        match parse_word(word, file, at) {
            Some(one) => all.push(one),
            None => found.push(Problem::OverrideShape { span: Span::new(file, at, at + word.len()) }),
        }
        at += word.len() + 1;
    }
    all
}

fn parse_word(word: &str, file: FileId, start: usize) -> Option<Override> {
    let piece = |from: usize, to: usize| {
        let text = &word[from..to];
        let trimmed = text.trim();
        let from = from + (text.len() - text.trim_start().len());
        Piece { text: trimmed.to_owned(), span: Span::new(file, start + from, start + from + trimmed.len()) }
    };
    let equals = word.find('=')?;
    let (end, op) = match word.as_bytes().get(equals.wrapping_sub(1)) {
        Some(b'+') => (equals - 1, Op::Append),
        Some(b'-') => (equals - 1, Op::Remove),
        _ => (equals, Op::Set),
    };
    let value = piece(equals + 1, word.len());
    let (section, key) = match word[..end].split_once(':') {
        Some((_, key)) if key.contains(':') => return None,
        Some((section, _)) => (Some(piece(0, section.len())), piece(section.len() + 1, end)),
        None => (None, piece(0, end)),
    };
    let is_named = |k: &Piece| !k.text.is_empty();
    (is_named(&key) && section.as_ref().is_none_or(is_named)).then_some(Override { section, key, op, value })
}

/// The word as a `.cfg` of one section.
pub(super) fn as_cfg(one: &Override) -> Table {
    let value = Scalar::string(one.value.text.as_str(), one.value.span);
    let section = one.section.as_ref().map_or("buildout", |s| &s.text);
    table_of(section, one.key.span, entry(&one.key.text, one.key.span, one.op, Node::Scalar(value)))
}

/// The word as a native manifest of one section, its value typed as the value that it replaces.
pub(super) fn as_native(one: &Override, all: &Table, sources: &mut Sources, found: &mut Diagnostics) -> Option<Table> {
    let section = one.section.as_ref().map_or("project", |s| &s.text);
    let part = all.get(PARTS).and_then(Node::as_table).and_then(|parts| parts.get(section));
    let (is_part, node) = match part {
        Some(node) => (true, Some(node)),
        None => (false, all.get(section).filter(|_| section != PARTS)),
    };
    let Some(table) = node.and_then(Node::as_table) else {
        let parts = all.get(PARTS).and_then(Node::as_table).into_iter().flat_map(Table::keys);
        let nearest = found.nearest(section, parts.chain(all.keys()));
        let span = one.section.as_ref().map_or(one.key.span, |s| s.span);
        found.push(Problem::OverrideOfNothing { span, section: section.to_owned(), nearest });
        return None;
    };
    let path = path(table, &one.key.text);
    let existing = existing(all, table, &path, 0);
    let node = typed(&one.value, existing, one.op, sources, found)?;
    let mut inner = entry(path.last()?, one.key.span, one.op, node);
    for key in path.iter().rev().skip(1) {
        let mut table = Table::new(one.key.span);
        table.push(inner);
        inner = entry(key, one.key.span, Op::Set, Node::Table(table));
    }
    let sections = table_of(section, one.key.span, inner);
    Some(if is_part { table_of_tables(PARTS, sections) } else { sections })
}

/// The keys on the way to a value: an exact key wins over a dotted path.
fn path(table: &Table, key: &str) -> Vec<String> {
    if table.get(key).is_some() {
        return vec![key.to_owned()];
    }
    for (at, _) in key.match_indices('.') {
        if let Some(Node::Table(inner)) = table.get(&key[..at]) {
            let mut keys = vec![key[..at].to_owned()];
            keys.extend(path(inner, &key[at + 1..]));
            return keys;
        }
    }
    key.split('.').map(str::to_owned).collect()
}

/// The value that is there now, if need be in what the section inherits.
fn existing<'a>(all: &'a Table, table: &'a Table, path: &[String], depth: usize) -> Option<&'a Node> {
    let mut node = None;
    let mut here = Some(table);
    for key in path {
        node = here.and_then(|t| t.get(key));
        here = node.and_then(Node::as_table);
    }
    if node.is_some() || depth > 20 {
        return node;
    }
    let parents = match table.get(INHERIT)? {
        Node::List(list) => list.items.as_slice(),
        other => std::slice::from_ref(other),
    };
    let parts = all.get(PARTS).and_then(Node::as_table);
    parents.iter().rev().filter_map(Node::as_scalar).find_map(|name| {
        let parent = parts.and_then(|p| p.get(&name.text)).or_else(|| all.get(&name.text))?;
        existing(all, parent.as_table()?, path, depth + 1)
    })
}

/// The value as what it replaces; where that says nothing, as TOML reads it, and as text where TOML cannot.
fn typed(
    value: &Piece,
    existing: Option<&Node>,
    op: Op,
    sources: &mut Sources,
    found: &mut Diagnostics,
) -> Option<Node> {
    let string = || Node::Scalar(Scalar::string(value.text.as_str(), value.span));
    let node = match (existing, as_toml(&value.text)) {
        (Some(Node::Scalar(old)), _) if old.kind == ScalarKind::String => string(),
        (_, Some(Node::Scalar(scalar))) => Node::Scalar(Scalar { span: value.span, lines: Box::default(), ..scalar }),
        (_, Some(_)) => composite(&value.text, sources)?,
        (Some(Node::Table(_)), None) => {
            found.push(Problem::OverrideType { span: value.span, kind: "a table" });
            return None;
        }
        (Some(Node::List(_)), None) if op == Op::Set => {
            found.push(Problem::OverrideType { span: value.span, kind: "a list" });
            return None;
        }
        (_, None) => string(),
    };
    Some(match (op, node) {
        (Op::Set, node) | (_, node @ Node::List(_)) => node,
        (_, item) => Node::List(List { span: value.span, items: vec![item] }),
    })
}

fn as_toml(value: &str) -> Option<Node> {
    read_value(value, &mut Sources::new())
}

/// A list or table, with places in a text of its own.
fn composite(value: &str, sources: &mut Sources) -> Option<Node> {
    read_value(value, sources)
}

fn read_value(value: &str, sources: &mut Sources) -> Option<Node> {
    let file = sources.add(COMMAND_LINE, format!("value = {value}"));
    let mut found = Diagnostics::new();
    let mut document = read(file, Syntax::Toml, sources, &Conditions::default(), &mut found);
    let is_one_value = !found.has_errors() && document.root.len() == 1;
    document.root.remove("value").filter(|_| is_one_value).map(|e| e.node)
}

fn entry(key: &str, span: Span, op: Op, node: Node) -> Entry {
    Entry { key: Key { text: key.into(), span }, op, node }
}

fn table_of(section: &str, span: Span, inner: Entry) -> Table {
    let mut table = Table::new(span);
    table.push(inner);
    let mut root = Table::new(span);
    root.push(entry(section, span, Op::Set, Node::Table(table)));
    root
}

fn table_of_tables(name: &str, inner: Table) -> Table {
    let span = inner.span;
    let mut root = Table::new(span);
    root.push(entry(name, span, Op::Set, Node::Table(inner)));
    root
}
