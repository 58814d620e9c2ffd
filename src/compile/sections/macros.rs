//! `<= other`: a section of a `.cfg` takes in the options of others, before references are looked at.
//!
//! One name per line; a later one overrides an earlier one, the section's own options override all, and its `+=` and
//! `-=` work on what was taken in. `recipe` is taken in too. `[buildout]` never takes anything in.

use std::collections::HashMap;

use crate::base::{Diagnostics, Span};
use crate::compile::document::{Node, Op, Table};

use super::history::History;
use super::merge_cfg::{MACRO, Recorder, update_section};
use super::problem::Problem;

/// How deep sections may take in each other.
const DEPTH: usize = 500;

/// Replaces every section that takes in others by what it comes to.
pub(super) fn expand(all: &mut Table, history: Option<&mut History>, diagnostics: &mut Diagnostics) {
    let with_macros = |e: &crate::compile::document::Entry| {
        &*e.key.text != "buildout" && e.node.as_table().is_some_and(|t| t.get(MACRO).is_some())
    };
    let names: Vec<Box<str>> = all.entries().iter().filter(|e| with_macros(e)).map(|e| e.key.text.clone()).collect();
    let mut expander = Expander { all, done: HashMap::new(), open: Vec::new(), history, diagnostics };
    for name in &names {
        expander.section(name);
    }
    let done = expander.done;
    for (name, table) in done {
        if let Some(node) = all.get_mut(&name) {
            *node = Node::Table(table);
        }
    }
}

struct Expander<'a> {
    all: &'a Table,
    /// Sections with macros, expanded.
    done: HashMap<Box<str>, Table>,
    /// Those that are being expanded, and where each names the next.
    open: Vec<(Box<str>, Span)>,
    history: Option<&'a mut History>,
    diagnostics: &'a mut Diagnostics,
}

impl Expander<'_> {
    /// Expands a section that has macros. One that lacks some of what it takes in keeps its `<`.
    fn section(&mut self, name: &str) {
        if self.done.contains_key(name) {
            return;
        }
        let Some(own) = self.all.get(name).and_then(Node::as_table) else { return };
        let mut result = Table::new(own.span);
        let mut is_whole = true;
        let parents = parents(own);
        for (parent, span) in &parents {
            self.open.push((name.into(), *span));
            is_whole &= self.take_in(&mut result, parent, *span);
            self.open.pop();
        }
        if let Some(history) = &mut self.history {
            history.inherit(name, MACRO, parents.iter().map(|(parent, _)| parent.as_str()));
        }
        update_section(&mut result, own.clone(), true, &mut Recorder { history: None, section: name });
        if is_whole {
            result.remove(MACRO);
        }
        self.done.insert(name.into(), result);
    }

    /// Whether there is nothing missing.
    fn take_in(&mut self, result: &mut Table, parent: &str, span: Span) -> bool {
        let Some(table) = self.all.get(parent).and_then(Node::as_table) else {
            let nearest = self.diagnostics.nearest(parent, self.all.keys());
            self.diagnostics.push(Problem::MacroMissing { span, name: parent.to_owned(), nearest });
            return false;
        };
        let table = if parent != "buildout" && table.get(MACRO).is_some() {
            if self.is_loop(parent, span) {
                return false;
            }
            self.section(parent);
            self.done.get(parent)
        } else {
            Some(table)
        };
        for entry in table.into_iter().flat_map(Table::entries) {
            result.set_with_op(entry.clone());
        }
        parent == "buildout" || table.is_some_and(|table| table.get(MACRO).is_none())
    }

    fn is_loop(&mut self, parent: &str, span: Span) -> bool {
        let from = self.open.iter().position(|(name, _)| &**name == parent);
        let too_deep = self.open.len() >= DEPTH;
        let Some(from) = from.or(too_deep.then_some(0)) else { return false };
        let chain = self.open[from..].iter().map(|(name, span)| (name.to_string(), *span)).collect();
        self.diagnostics.push(Problem::MacroLoop { span, name: parent.to_owned(), chain, too_deep });
        true
    }
}

/// The names that a section takes in, one per line.
fn parents(table: &Table) -> Vec<(String, Span)> {
    let Some(scalar) = table.with_op(MACRO, Op::Set).and_then(|e| e.node.as_scalar()) else { return Vec::new() };
    let lines = scalar.text.split('\n').enumerate().map(|(number, line)| (line.trim(), scalar.line_span(number)));
    lines.filter(|(name, _)| !name.is_empty()).map(|(name, span)| (name.to_owned(), span)).collect()
}
