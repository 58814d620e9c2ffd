//! `<<`: entries of other tables, where the table has none of its own.

use crate::base::Span;
use crate::compile::document::{Entry, Node, Table};
use crate::compile::read::problem::Problem;
use crate::compile::read::report::Report;

/// A `<<` and its value.
pub(super) struct Merge {
    /// The position in the table at which it stands.
    pub(super) at: usize,
    /// A table, or a list of tables of which earlier ones win.
    pub(super) from: Node,
    /// The place of the `<<`.
    pub(super) span: Span,
}

/// `table` with what it merges.
pub(super) fn merged(table: Table, merge: Merge, report: &mut Report<'_>) -> Table {
    let mut inherited: Vec<Entry> = tables(merge.from, report).into_iter().flat_map(Table::into_entries).collect();
    inherited.retain(|e| table.entry(&e.key.text).is_none());
    let mut result = Table::new(table.span);
    let mut own = table.into_entries().into_iter();
    own.by_ref().take(merge.at).for_each(|entry| result.push(entry));
    for entry in inherited {
        if result.entry(&entry.key.text).is_none() {
            result.push(entry);
        }
    }
    own.for_each(|entry| result.push(entry));
    result
}

fn tables(from: Node, report: &mut Report<'_>) -> Vec<Table> {
    let nodes = match from {
        Node::List(list) => list.items,
        node => vec![node],
    };
    let table = |node| match node {
        Node::Table(table) => Some(table),
        other => {
            report.push(Problem::MergeOfNoTable { what: other.kind(), span: other.span() });
            None
        }
    };
    nodes.into_iter().filter_map(table).collect()
}
