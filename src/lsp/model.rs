//! The sections of a manifest as they are written, all files laid together: what names lead to.
//!
//! Where a file is broken the last whole state is used; where there has been none, what can be read of the file alone.

use super::check::{self, kind_of};
use super::documents::Documents;
use super::site::Site;
use crate::base::seams::Files as _;
use crate::base::{Diagnostics, Sources, secret};
use crate::compile::document::{Document, Node, Table};
use crate::compile::read::read;
use crate::compile::sections::{self, Merged};
use crate::lint::kind::Kind;

/// The table of parts in a native manifest.
pub(super) const PARTS: &str = "parts";

/// The sections of one root.
#[derive(Debug)]
pub(super) struct Model {
    /// The texts that places point into.
    pub(super) sources: Sources,
    pub(super) is_cfg: bool,
    tree: Tree,
}

#[derive(Debug)]
enum Tree {
    /// All files, each section with what it has from others.
    Whole(Merged),
    /// One file.
    Alone(Document),
}

impl Model {
    /// Of all files; none where one is broken.
    pub(super) fn whole(root: &str, documents: &Documents, site: &Site<'_>) -> Option<Self> {
        let files = documents.over(site.files);
        let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
        let mut merged = None;
        check::with_world(root, &files, site, &mut |world| {
            merged = check::merge(root, world, site, &mut sources, &mut found);
            if let Some(merged) = &mut merged {
                merged.expand(&mut found);
                sections::mark_sources(merged, world, &sources);
            }
        });
        merged.map(|merged| Self { is_cfg: merged.is_cfg(), sources, tree: Tree::Whole(merged) })
    }

    /// Of what can be read of one file.
    pub(super) fn alone(path: &str, documents: &Documents, site: &Site<'_>) -> Option<Self> {
        let text = documents.over(site.files).read(path).ok()?;
        let Some(Kind::Manifest(syntax)) = kind_of(path, &text) else { return None };
        let mut sources = Sources::new();
        let file = sources.add(path, text);
        let document = read(file, syntax, &sources, site.conditions, &mut Diagnostics::new());
        Some(Self { sources, is_cfg: !syntax.is_native(), tree: Tree::Alone(document) })
    }

    /// Names and tables of all sections; the parts of a native manifest first.
    pub(super) fn sections(&self) -> Vec<(&str, &Table)> {
        match &self.tree {
            Tree::Whole(merged) => merged.sections().collect(),
            Tree::Alone(document) => {
                let parts = document.root.get(PARTS).filter(|_| !self.is_cfg).and_then(Node::as_table);
                let all = parts.into_iter().chain([&document.root]).flat_map(Table::entries);
                let named = all.filter_map(|entry| Some((&*entry.key.text, entry.node.as_table()?)));
                named.filter(|(name, _)| self.is_cfg || *name != PARTS).collect()
            }
        }
    }

    pub(super) fn section(&self, name: &str) -> Option<&Table> {
        self.sections().into_iter().find(|(own, _)| *own == name).map(|(_, table)| table)
    }

    /// The `recipe` of a section.
    pub(super) fn recipe(&self, name: &str) -> Option<&str> {
        self.section(name)?.scalar("recipe").map(|scalar| &*scalar.text)
    }

    /// Whether the section of this name is the project's own.
    pub(super) fn is_own(&self, name: &str) -> bool {
        name == if self.is_cfg { "buildout" } else { "project" }
    }

    /// What a value comes to, secrets masked.
    pub(super) fn value(
        &self,
        section: &str,
        key: &str,
        root: &str,
        documents: &Documents,
        site: &Site<'_>,
    ) -> Option<String> {
        let Tree::Whole(merged) = &self.tree else { return None };
        let files = documents.over(site.files);
        let mut value = None;
        check::with_world(root, &files, site, &mut |world| {
            let mut found = Diagnostics::new();
            let table = sections::section(merged.clone(), section, world, &self.sources, &mut found);
            value = table.as_ref().and_then(|table| node(table, key)).and_then(shown);
        });
        value
    }
}

/// What `key` leads to: the name as it is, or a path with dots.
pub(super) fn node<'t>(table: &'t Table, key: &str) -> Option<&'t Node> {
    entry(table, key).map(|entry| &entry.node)
}

/// As [`node`], with the key. An item of a list has none.
pub(super) fn entry<'t>(table: &'t Table, key: &str) -> Option<&'t crate::compile::document::Entry> {
    if let Some(entry) = table.entry(key) {
        return Some(entry);
    }
    let dots = key.match_indices('.').map(|(at, _)| at);
    let mut inner = dots.filter_map(|at| {
        let table = table.get(&key[..at])?.as_table()?;
        entry(table, &key[at + 1..])
    });
    inner.next()
}

/// A value in one line; tables and secrets are not shown.
pub(super) fn shown(node: &Node) -> Option<String> {
    match node {
        Node::Scalar(scalar) => Some(secret::masked(&scalar.text)),
        Node::List(list) => {
            let items: Option<Vec<String>> = list.items.iter().map(shown).collect();
            items.map(|items| format!("[{}]", items.join(", ")))
        }
        Node::Table(_) => None,
    }
}
