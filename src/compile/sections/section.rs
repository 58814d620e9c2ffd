//! All sections of a manifest while their references are resolved, in place.
//!
//! A [`Slot`] is a scalar that holds references (or a password that has to be got from somewhere). Values without a `$`
//! have no slot and are never looked at again.

use std::collections::HashMap;

use crate::base::Span;
use crate::compile::document::{Node, Scalar, ScalarKind, Table};
use crate::compile::parts::Kind;

use super::template::{self, Grammar, Piece};

/// What a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    /// `[project]`, `[buildout]`.
    Project,
    /// `[parts.NAME]`. In a `.cfg` a section shows only when touched whether it is a part.
    Part,
    /// Any other.
    Data,
}

/// A section.
#[derive(Debug)]
pub(super) struct Section {
    pub(super) name: Box<str>,
    pub(super) span: Span,
    pub(super) role: Role,
    pub(super) table: Table,
    pub(super) kind: Option<&'static Kind>,
    /// In the order of their paths; those of options that a recipe adds at the end.
    pub(super) slots: Vec<Slot>,
    pub(super) state: SectionState,
    /// How many entries the manifest itself gives it; its recipe adds more.
    pub(super) written: usize,
    /// Whether another section refers to it.
    pub(super) is_referred: bool,
}

/// How far a section is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub(super) enum SectionState {
    /// Nothing needs it so far.
    Untouched,
    /// Its slots are known.
    Collected,
    /// It counts: what it refers to comes before it.
    Touched,
}

/// A value that has to be worked out.
#[derive(Debug)]
pub(super) struct Slot {
    /// Numbers of entries and items on the way to it.
    pub(super) path: Box<[u32]>,
    pub(super) pieces: Box<[Piece]>,
    /// Whether it is a password of `credentials`.
    pub(super) is_password: bool,
    pub(super) state: SlotState,
    /// How far the sections that it refers to are touched.
    pub(super) visit: SlotVisit,
}

/// How far a slot is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotState {
    /// Not looked at.
    Waiting,
    /// Waiting for others.
    Open,
    /// Replaced.
    Done,
    /// Could not be worked out, which has been reported.
    Failed,
}

/// How far the sections that a slot refers to are touched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum SlotVisit {
    /// Not at all.
    Not,
    /// In part, by the chain of references of this number.
    Open(usize),
    /// All of them.
    Done,
}

/// A slot: the number of its section and its own in there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct SlotId {
    pub(super) section: usize,
    pub(super) slot: usize,
}

/// All sections, by name and number.
#[derive(Debug, Default)]
pub(super) struct Sections {
    pub(super) list: Vec<Section>,
    index: HashMap<Box<str>, usize>,
}

impl Sections {
    /// Adds a section; its number, or that of the one that has its name.
    pub(super) fn add(&mut self, name: Box<str>, span: Span, role: Role, table: Table) -> Result<usize, usize> {
        let number = self.list.len();
        if let Some(first) = self.index.get(&name) {
            return Err(*first);
        }
        self.index.insert(name.clone(), number);
        let (state, written) = (SectionState::Untouched, table.len());
        self.list.push(Section {
            name,
            span,
            role,
            table,
            kind: None,
            slots: Vec::new(),
            state,
            written,
            is_referred: false,
        });
        Ok(number)
    }

    pub(super) fn find(&self, name: &str) -> Option<usize> {
        self.index.get(name).copied()
    }

    pub(super) fn names(&self) -> impl Iterator<Item = &str> {
        self.list.iter().map(|s| &*s.name)
    }

    pub(super) fn slot(&self, id: SlotId) -> &Slot {
        &self.list[id.section].slots[id.slot]
    }

    pub(super) fn slot_mut(&mut self, id: SlotId) -> &mut Slot {
        &mut self.list[id.section].slots[id.slot]
    }

    /// The value of a slot.
    pub(super) fn node(&self, id: SlotId) -> Option<&Node> {
        let section = &self.list[id.section];
        node_at(&section.table, &section.slots[id.slot].path)
    }

    /// The value of a slot.
    pub(super) fn node_mut(&mut self, id: SlotId) -> Option<&mut Node> {
        let section = &mut self.list[id.section];
        node_at_mut(&mut section.table, &section.slots[id.slot].path)
    }
}

impl Section {
    /// The scalar under a key of the section itself.
    pub(super) fn text(&self, key: &str) -> Option<&str> {
        self.table.scalar(key).map(|s| &*s.text)
    }

    /// The slots at `path` and below it.
    pub(super) fn slots_at(&self, path: &[u32]) -> impl Iterator<Item = usize> {
        // Paths ascend but for the few of a recipe's own options, which are at the top and past all others.
        let from = self.slots.partition_point(|s| *s.path < *path);
        self.slots[from..].iter().take_while(|s| s.path.starts_with(path)).enumerate().map(move |(n, _)| from + n)
    }

    /// `a.b.2`: what a path is called.
    pub(super) fn path_name(&self, path: &[u32]) -> String {
        let Some((first, rest)) = path.split_first() else { return String::new() };
        let Some(entry) = self.table.entries().get(*first as usize) else { return String::new() };
        let mut name = entry.key.text.to_string();
        let mut node = &entry.node;
        for at in rest {
            match node {
                Node::Table(table) => {
                    let Some(entry) = table.entries().get(*at as usize) else { break };
                    name = format!("{name}.{}", entry.key.text);
                    node = &entry.node;
                }
                Node::List(list) => {
                    let Some(item) = list.items.get(*at as usize) else { break };
                    name = format!("{name}.{at}");
                    node = item;
                }
                Node::Scalar(_) => break,
            }
        }
        name
    }
}

/// The value that a path leads to.
pub(super) fn node_at<'a>(table: &'a Table, path: &[u32]) -> Option<&'a Node> {
    let (first, rest) = path.split_first()?;
    let mut node = table.node_at(*first as usize)?;
    for at in rest {
        node = match node {
            Node::Table(table) => table.node_at(*at as usize)?,
            Node::List(list) => list.items.get(*at as usize)?,
            Node::Scalar(_) => return None,
        };
    }
    Some(node)
}

pub(super) fn node_at_mut<'a>(table: &'a mut Table, path: &[u32]) -> Option<&'a mut Node> {
    let (first, rest) = path.split_first()?;
    let mut node = table.node_at_mut(*first as usize)?;
    for at in rest {
        node = match node {
            Node::Table(table) => table.node_at_mut(*at as usize)?,
            Node::List(list) => list.items.get_mut(*at as usize)?,
            Node::Scalar(_) => return None,
        };
    }
    Some(node)
}

/// Finds the slots of a table's entries from number `from` on.
pub(super) struct Collector<'a> {
    pub(super) grammar: Grammar,
    /// Whether `credentials.password` is a slot.
    pub(super) has_passwords: bool,
    pub(super) slots: Vec<Slot>,
    pub(super) fault: &'a mut dyn FnMut(&Scalar, std::ops::Range<usize>, template::Fault),
}

impl Collector<'_> {
    pub(super) fn table(&mut self, table: &Table, from: usize) {
        let mut path = Vec::new();
        for (at, entry) in (0_u32..).zip(table.entries()).skip(from) {
            path.push(at);
            if self.has_passwords && &*entry.key.text == "credentials" {
                self.credentials(&entry.node, &mut path);
            } else {
                self.node(&entry.node, &mut path);
            }
            path.pop();
        }
    }

    fn credentials(&mut self, node: &Node, path: &mut Vec<u32>) {
        let Node::Table(table) = node else { return self.node(node, path) };
        for (at, entry) in (0_u32..).zip(table.entries()) {
            path.push(at);
            if &*entry.key.text == "password" {
                self.password(&entry.node, path);
            } else {
                self.node(&entry.node, path);
            }
            path.pop();
        }
    }

    fn password(&mut self, node: &Node, path: &mut Vec<u32>) {
        match node {
            Node::Scalar(scalar) => {
                let pieces = self.pieces(scalar);
                self.push(path, pieces, true);
            }
            other => {
                self.push(path, Box::default(), true);
                self.node(other, path);
            }
        }
    }

    fn node(&mut self, node: &Node, path: &mut Vec<u32>) {
        match node {
            Node::Scalar(scalar) => {
                if scalar.kind == ScalarKind::String && template::may_refer(&scalar.text) {
                    let pieces = self.pieces(scalar);
                    if !pieces.is_empty() {
                        self.push(path, pieces, false);
                    }
                }
            }
            Node::List(list) => self.children(list.items.iter(), path),
            Node::Table(table) => self.children(table.entries().iter().map(|e| &e.node), path),
        }
    }

    fn children<'n>(&mut self, nodes: impl Iterator<Item = &'n Node>, path: &mut Vec<u32>) {
        for (at, node) in (0_u32..).zip(nodes) {
            path.push(at);
            self.node(node, path);
            path.pop();
        }
    }

    fn pieces(&mut self, scalar: &Scalar) -> Box<[Piece]> {
        let fault = &mut *self.fault;
        template::parse(&scalar.text, self.grammar, &mut |range, why| fault(scalar, range, why)).into()
    }

    fn push(&mut self, path: &[u32], pieces: Box<[Piece]>, is_password: bool) {
        let state = SlotState::Waiting;
        self.slots.push(Slot { path: path.into(), pieces, is_password, state, visit: SlotVisit::Not });
    }
}
