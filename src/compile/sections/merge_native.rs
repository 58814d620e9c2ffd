//! Merging native files: tables merge, lists and scalars replace, `append.KEY` and `remove.KEY` edit a list.
//!
//! Edits become entries with an [`Op`] when a file is taken up. One whose list is not there yet waits in the table,
//! under its key, for what the section inherits ([`super::inherit`]).

use crate::base::Diagnostics;
use crate::compile::document::{Entry, Key, List, Node, Op, Table};

use super::history::{History, Operation};
use super::problem::Problem;

/// Tables of edits, and what they do.
const EDITS: [(&str, Op); 2] = [("append", Op::Append), ("remove", Op::Remove)];
/// The table of parts.
pub(super) const PARTS: &str = "parts";

/// Applies one file to what earlier files gave.
pub(super) fn update(all: &mut Table, mut root: Table, mut history: Option<&mut History>, found: &mut Diagnostics) {
    match root.remove(PARTS) {
        Some(Entry { key, node: Node::Table(parts), .. }) => {
            update_sections(child(all, key, &parts), parts, PARTS, history.as_deref_mut(), found);
        }
        Some(Entry { key, node, .. }) => found.push(Problem::NoTableOfParts { span: key.span, kind: node.kind() }),
        None => {}
    }
    update_sections(all, root, "", history, found);
}

/// `within` is the table that holds the sections; empty for the top.
fn update_sections(
    all: &mut Table,
    new: Table,
    within: &'static str,
    mut history: Option<&mut History>,
    found: &mut Diagnostics,
) {
    for Entry { key, node, .. } in new.into_entries() {
        let Node::Table(table) = node else {
            found.push(Problem::NotASection { name: key.text.to_string(), span: key.span, kind: node.kind(), within });
            continue;
        };
        let table = with_edits(table, found);
        if let Some(history) = history.as_deref_mut() {
            record(history, &key.text, "", &table);
        }
        match all.get_mut(&key.text) {
            Some(Node::Table(old)) => merge(old, table, found),
            _ => all.set(Entry { key, op: Op::Set, node: Node::Table(laid(table, found)) }),
        }
    }
}

/// The table under `key`, made if there is none.
fn child<'a>(all: &'a mut Table, key: Key, like: &Table) -> &'a mut Table {
    let name = key.text.clone();
    if !matches!(all.get(&name), Some(Node::Table(_))) {
        all.set(Entry { key, op: Op::Set, node: Node::Table(Table::new(like.span)) });
    }
    match all.get_mut(&name) {
        Some(Node::Table(table)) => table,
        _ => unreachable!("invariant: it was just set"),
    }
}

/// `table` with its tables of edits as entries with an [`Op`], at the end, so that they work on what it sets itself.
pub(super) fn with_edits(table: Table, found: &mut Diagnostics) -> Table {
    if !has_edits(&table) {
        return table;
    }
    let mut plain = Table::new(table.span);
    let mut edits = Vec::new();
    for mut entry in table.into_entries() {
        let op = EDITS.iter().find(|(name, _)| **name == *entry.key.text).map(|(_, op)| *op);
        match (op, entry.node) {
            (Some(op), Node::Table(table)) => edits.push((op, table)),
            (_, Node::Table(table)) => {
                entry.node = Node::Table(with_edits(table, found));
                plain.push(entry);
            }
            (_, node) => {
                entry.node = node;
                plain.push(entry);
            }
        }
    }
    edits.sort_by_key(|(op, _)| *op == Op::Remove);
    for (op, table) in edits {
        for Entry { key, node, .. } in table.into_entries() {
            match node {
                Node::List(_) => plain.push(Entry { key, op, node }),
                other => {
                    found.push(Problem::EditShape { span: other.span(), key: key.text.into(), kind: other.kind() });
                }
            }
        }
    }
    plain
}

/// Whether there is a table of edits in a table or those in it.
fn has_edits(table: &Table) -> bool {
    let is_edit = |e: &Entry| EDITS.iter().any(|(name, _)| **name == *e.key.text);
    table.entries().iter().any(|e| e.node.as_table().is_some_and(|t| is_edit(e) || has_edits(t)))
}

/// Applies a table to an earlier one. Both may hold edits.
pub(super) fn merge(old: &mut Table, new: Table, found: &mut Diagnostics) {
    for entry in new.into_entries() {
        match entry.op {
            Op::Set => set(old, entry, found),
            Op::Append | Op::Remove => edit(old, entry, found),
        }
    }
}

fn set(old: &mut Table, entry: Entry, found: &mut Diagnostics) {
    let Entry { key, op, node } = entry;
    while old.take(&key.text, Op::Append).or_else(|| old.take(&key.text, Op::Remove)).is_some() {}
    match (old.get_mut(&key.text), node) {
        (Some(Node::Table(old)), Node::Table(new)) => merge(old, new, found),
        (_, Node::Table(new)) => old.set(Entry { key, op, node: Node::Table(laid(new, found)) }),
        (_, node) => old.set(Entry { key, op, node }),
    }
}

/// A table with its own edits applied to its own lists.
fn laid(table: Table, found: &mut Diagnostics) -> Table {
    if !waits(&table) {
        return table;
    }
    let mut fresh = Table::new(table.span);
    merge(&mut fresh, table, found);
    fresh
}

fn edit(old: &mut Table, entry: Entry, found: &mut Diagnostics) {
    let Some(earlier) = old.entry(&entry.key.text) else {
        old.push(entry);
        return;
    };
    if earlier.op != Op::Set {
        old.push(entry);
        return;
    }
    let Node::List(new) = entry.node else { return };
    match old.get_mut(&entry.key.text) {
        Some(Node::List(list)) => edit_list(list, entry.op, new, &entry.key, found),
        Some(other) => {
            let (key, kind) = (entry.key.text.to_string(), other.kind());
            found.push(Problem::EditOfNoList { span: entry.key.span, key, kind, earlier: other.span() });
        }
        None => {}
    }
}

fn edit_list(list: &mut List, op: Op, new: List, key: &Key, found: &mut Diagnostics) {
    if op == Op::Append {
        list.items.extend(new.items);
        return;
    }
    for unwanted in new.items {
        let before = list.items.len();
        list.items.retain(|item| !same(item, &unwanted));
        if list.items.len() == before {
            found.push(Problem::NothingToRemove { span: unwanted.span(), key: key.text.to_string() });
        }
    }
}

/// Whether two values mean the same, wherever they stand.
fn same(a: &Node, b: &Node) -> bool {
    match (a, b) {
        (Node::Scalar(a), Node::Scalar(b)) => a.kind == b.kind && a.text == b.text,
        (Node::List(a), Node::List(b)) => {
            a.items.len() == b.items.len() && a.items.iter().zip(&b.items).all(|(a, b)| same(a, b))
        }
        (Node::Table(a), Node::Table(b)) => {
            a.len() == b.len() && a.entries().iter().all(|e| b.get(&e.key.text).is_some_and(|n| same(&e.node, n)))
        }
        _ => false,
    }
}

/// Turns the edits that still wait into the lists that they make of nothing.
pub(super) fn settle(table: &mut Table, found: &mut Diagnostics) {
    if !waits(table) {
        return;
    }
    let mut settled = Table::new(table.span);
    for entry in std::mem::replace(table, Table::new(settled.span)).into_entries() {
        settle_entry(&mut settled, entry, found);
    }
    *table = settled;
}

/// Whether any edit waits in a table or those in it.
fn waits(table: &Table) -> bool {
    table.entries().iter().any(|e| e.op != Op::Set || e.node.as_table().is_some_and(waits))
}

fn settle_entry(settled: &mut Table, mut entry: Entry, found: &mut Diagnostics) {
    if let Node::Table(table) = &mut entry.node {
        settle(table, found);
    }
    if entry.op != Op::Set && settled.get(&entry.key.text).is_none() {
        let empty = Node::List(List { span: entry.node.span(), items: Vec::new() });
        settled.push(Entry { key: entry.key.clone(), op: Op::Set, node: empty });
    }
    merge_one(settled, entry, found);
}

fn merge_one(settled: &mut Table, entry: Entry, found: &mut Diagnostics) {
    match entry.op {
        Op::Set => settled.push(entry),
        Op::Append | Op::Remove => edit(settled, entry, found),
    }
}

/// Writes down what a file says about a section, by dotted path.
pub(super) fn record(history: &mut History, section: &str, prefix: &str, table: &Table) {
    for Entry { key, op, node } in table.entries() {
        let path = format!("{prefix}{}", key.text);
        let operation = match op {
            Op::Set => Operation::Set,
            Op::Append => Operation::Add,
            Op::Remove => Operation::Remove,
        };
        match node {
            Node::Table(table) => record(history, section, &format!("{path}."), table),
            other => history.record(section, &path, operation, &shown(other), other.span()),
        }
    }
}

/// A value on one line.
fn shown(node: &Node) -> String {
    match node {
        Node::Scalar(scalar) => scalar.text.to_string(),
        Node::List(list) => format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Node::Table(table) => {
            let entries = table.entries().iter().map(|e| format!("{} = {}", e.key.text, shown(&e.node)));
            format!("{{ {} }}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}
