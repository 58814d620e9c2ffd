//! `inherit = "part"` or `inherit = ["a", "b"]`: a section begins as a copy of others.
//!
//! Names are those of parts and data sections. Tables merge, later names override earlier ones, the section's own values
//! override all, and its `append.KEY` and `remove.KEY` work on what is inherited. A reference to "this section" means
//! the one that inherits.

use std::collections::HashMap;

use crate::base::{Diagnostics, Span};
use crate::compile::document::{Entry, Node, Table};

use super::history::History;
use super::merge_native::{PARTS, merge, settle};
use super::problem::Problem;

/// The key that names the sections to inherit from.
pub(super) const INHERIT: &str = "inherit";
/// How deep sections may inherit.
const DEPTH: usize = 500;

/// Replaces every section by what it comes to.
pub(super) fn expand(all: &mut Table, history: Option<&mut History>, found: &mut Diagnostics) {
    let mut expander = Expander { all, done: HashMap::new(), open: Vec::new(), history, found };
    for (is_part, name) in expander.heirs() {
        expander.section(is_part, &name);
    }
    let Expander { done, .. } = expander;
    for ((is_part, name), table) in done {
        if let Some(node) = group_mut(all, is_part).and_then(|group| group.get_mut(&name)) {
            *node = Node::Table(table);
        }
    }
    settle(all, found);
}

/// The sections that others inherit from: they are in use.
pub(super) fn used(all: &Table) -> Vec<Box<str>> {
    let groups = [Some(all), all.get(PARTS).and_then(Node::as_table)];
    let sections = groups.into_iter().flatten().flat_map(Table::entries).filter_map(|e| e.node.as_table());
    sections.flat_map(|table| parents(table).0).map(|(name, _)| name.into()).collect()
}

fn group(all: &Table, is_part: bool) -> Option<&Table> {
    if is_part { all.get(PARTS).and_then(Node::as_table) } else { Some(all) }
}

fn group_mut(all: &mut Table, is_part: bool) -> Option<&mut Table> {
    if !is_part {
        return Some(all);
    }
    match all.get_mut(PARTS) {
        Some(Node::Table(parts)) => Some(parts),
        _ => None,
    }
}

/// The names that a section inherits from, and the values that are none.
fn parents(table: &Table) -> (Vec<(&str, Span)>, Vec<&Node>) {
    let nodes = match table.get(INHERIT) {
        Some(Node::List(list)) => list.items.as_slice(),
        Some(other) => std::slice::from_ref(other),
        None => &[],
    };
    let (names, wrong): (Vec<&Node>, Vec<&Node>) = nodes.iter().partition(|n| n.as_scalar().is_some());
    (names.into_iter().filter_map(Node::as_scalar).map(|s| (&*s.text, s.span)).collect(), wrong)
}

struct Expander<'a> {
    all: &'a Table,
    /// What inherits, expanded, by whether it is a part, and name.
    done: HashMap<(bool, Box<str>), Table>,
    /// Those that are being expanded, and where each names the next.
    open: Vec<(bool, Box<str>, Span)>,
    history: Option<&'a mut History>,
    found: &'a mut Diagnostics,
}

impl Expander<'_> {
    fn heirs(&self) -> Vec<(bool, Box<str>)> {
        let mut heirs = Vec::new();
        for is_part in [true, false] {
            let entries = group(self.all, is_part).map_or(&[][..], Table::entries);
            let heir = |e: &&Entry| {
                (is_part || &*e.key.text != PARTS) && e.node.as_table().is_some_and(|t| t.get(INHERIT).is_some())
            };
            heirs.extend(entries.iter().filter(heir).map(|e| (is_part, e.key.text.clone())));
        }
        heirs
    }

    /// Where something is missing, a section that has no `recipe` keeps its `inherit`: it may be that.
    fn section(&mut self, is_part: bool, name: &str) {
        if self.done.contains_key(&(is_part, name.into())) {
            return;
        }
        let all = self.all;
        let Some(own) = group(all, is_part).and_then(|g| g.get(name)).and_then(Node::as_table) else { return };
        let mut result = Table::new(own.span);
        let (parents, wrong) = parents(own);
        for node in wrong {
            self.found.push(Problem::InheritShape { span: node.span(), kind: node.kind() });
        }
        let mut is_whole = true;
        for (parent, span) in parents.iter().copied() {
            self.open.push((is_part, name.into(), span));
            is_whole &= self.take_in(&mut result, parent, span);
            self.open.pop();
        }
        if let Some(history) = &mut self.history {
            history.inherit(name, INHERIT, parents.iter().map(|(parent, _)| *parent));
        }
        merge(&mut result, own.clone(), self.found);
        if is_whole || result.get("recipe").is_some() {
            result.remove(INHERIT);
        }
        self.done.insert((is_part, name.into()), result);
    }

    /// Whether there is nothing missing.
    fn take_in(&mut self, result: &mut Table, parent: &str, span: Span) -> bool {
        let Some((is_part, table)) = self.find(parent) else {
            let nearest = self.found.nearest(parent, self.names());
            self.found.push(Problem::InheritMissing { span, name: parent.to_owned(), nearest });
            return false;
        };
        if table.get(INHERIT).is_none() {
            merge(result, table.clone(), self.found);
            return true;
        }
        if self.is_loop(is_part, parent, span) {
            return false;
        }
        self.section(is_part, parent);
        let Some(table) = self.done.get(&(is_part, parent.into())) else { return false };
        merge(result, table.clone(), self.found);
        table.get(INHERIT).is_none()
    }

    fn find(&self, name: &str) -> Option<(bool, &Table)> {
        let all = self.all;
        let of = |is_part| group(all, is_part).and_then(|g| g.get(name)).and_then(Node::as_table);
        of(true).map(|t| (true, t)).or_else(|| of(false).filter(|_| name != PARTS).map(|t| (false, t)))
    }

    fn names(&self) -> impl Iterator<Item = &str> {
        [true, false].into_iter().filter_map(|p| group(self.all, p)).flat_map(Table::keys).filter(|n| *n != PARTS)
    }

    fn is_loop(&mut self, is_part: bool, parent: &str, span: Span) -> bool {
        let from = self.open.iter().position(|(p, name, _)| *p == is_part && &**name == parent);
        let too_deep = self.open.len() >= DEPTH;
        let Some(from) = from.or(too_deep.then_some(0)) else { return false };
        let chain = self.open[from..].iter().map(|(_, name, span)| (name.to_string(), *span)).collect();
        self.found.push(Problem::InheritLoop { span, name: parent.to_owned(), chain, too_deep });
        true
    }
}
