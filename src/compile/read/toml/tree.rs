//! TOML's rules on what may define and extend a table, apart from how they are written.
//!
//! A table is made by a `[header]`, by a header below it, by a dotted key, or is written inline; only the second may
//! still get a header of its own, only the second and third take further dotted keys, and an inline table is closed.

use crate::base::Span;
use crate::compile::document::{Entry, Key, List, Node, Op, Table};
use crate::compile::read::problem::Problem;

/// A table that is still open, by its number.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct TableId(usize);

/// How a table came to be.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Origin {
    /// By a header below it.
    Implied,
    /// By its own header, or as the root.
    Header,
    /// By a dotted key.
    Dotted,
}

/// Tables below an open table; their entries hold a placeholder until [`Tree::close`].
#[derive(Debug)]
enum Child {
    Table(TableId),
    /// An array of tables, never empty.
    Tables(Vec<TableId>),
}

#[derive(Debug)]
struct Draft {
    table: Table,
    origin: Origin,
    /// By the position of their entry, ascending.
    children: Vec<(usize, Child)>,
}

/// What stands under a key.
enum Found {
    Nothing,
    Table(TableId),
    /// An array of tables: the last of them.
    Tables(TableId),
    Value,
}

/// All open tables.
#[derive(Debug, Default)]
pub(super) struct Tree {
    drafts: Vec<Draft>,
}

impl Tree {
    /// A table that nothing names yet: the root, an inline table, or one whose header was wrong.
    pub(super) fn open(&mut self, span: Span) -> TableId {
        self.add(span, Origin::Header)
    }

    fn add(&mut self, span: Span, origin: Origin) -> TableId {
        self.drafts.push(Draft { table: Table::new(span), origin, children: Vec::new() });
        TableId(self.drafts.len() - 1)
    }

    /// Takes out a table with all that is below it. The tables opened since must be below it or done with.
    pub(super) fn close(&mut self, id: TableId, span: Span) -> Table {
        let mut table = self.take(id);
        self.drafts.truncate(id.0);
        table.span = span;
        table
    }

    fn take(&mut self, id: TableId) -> Table {
        let draft = &mut self.drafts[id.0];
        let empty = Table::new(draft.table.span);
        let mut table = std::mem::replace(&mut draft.table, empty);
        for (at, child) in std::mem::take(&mut draft.children) {
            let node = match child {
                Child::Table(id) => Node::Table(self.take(id)),
                Child::Tables(ids) => self.take_all(ids),
            };
            if let Some(placeholder) = table.node_at_mut(at) {
                *placeholder = node;
            }
        }
        table
    }

    fn take_all(&mut self, ids: Vec<TableId>) -> Node {
        let tables: Vec<_> = ids.into_iter().map(|id| self.take(id)).collect();
        let spans = tables.iter().map(|t| t.span);
        let span = spans.reduce(Span::to).expect("invariant: an array of tables has one");
        Node::List(List { span, items: tables.into_iter().map(Node::Table).collect() })
    }

    fn find(&self, id: TableId, key: &str) -> (Found, Option<Span>) {
        let draft = &self.drafts[id.0];
        let Some(at) = draft.table.position(key) else { return (Found::Nothing, None) };
        let first = draft.table.entries()[at].key.span;
        let child = draft.children.binary_search_by_key(&at, |(at, _)| *at);
        let found = match child.ok().map(|n| &draft.children[n].1) {
            None => Found::Value,
            Some(Child::Table(id)) => Found::Table(*id),
            Some(Child::Tables(ids)) => ids.last().map_or(Found::Value, |id| Found::Tables(*id)),
        };
        (found, Some(first))
    }

    fn push(&mut self, id: TableId, key: Key, node: Node) {
        self.drafts[id.0].table.push(Entry { key, op: Op::Set, node });
    }

    fn push_child(&mut self, id: TableId, key: Key, child: Child) {
        let placeholder = Node::Table(Table::new(key.span));
        let draft = &mut self.drafts[id.0];
        draft.children.push((draft.table.len(), child));
        self.push(id, key, placeholder);
    }

    /// `[above.key]` at `span`: the table that the following keys belong to. Where it may not be opened, the keys go to
    /// where they were probably meant for, or nowhere.
    pub(super) fn header(&mut self, above: &[Key], key: Key, span: Span) -> (TableId, Option<Problem>) {
        let parent = match self.above(above) {
            Ok(found) => found,
            Err(problem) => return (self.open(span), Some(problem)),
        };
        match self.find(parent, &key.text) {
            (Found::Table(id), _) if self.drafts[id.0].origin == Origin::Implied => {
                self.drafts[id.0].origin = Origin::Header;
                self.drafts[id.0].table.span = span;
                (id, None)
            }
            (Found::Table(id), first) => (id, Some(twice(above, &key, first))),
            (Found::Nothing, _) => {
                let id = self.add(span, Origin::Header);
                self.push_child(parent, key, Child::Table(id));
                (id, None)
            }
            (Found::Tables(_) | Found::Value, first) => (self.open(span), Some(twice(above, &key, first))),
        }
    }

    /// `[[above.key]]` at `span`.
    pub(super) fn array_header(&mut self, above: &[Key], key: Key, span: Span) -> (TableId, Option<Problem>) {
        let parent = match self.above(above) {
            Ok(found) => found,
            Err(problem) => return (self.open(span), Some(problem)),
        };
        let id = self.add(span, Origin::Header);
        match self.find(parent, &key.text) {
            (Found::Nothing, _) => self.push_child(parent, key, Child::Tables(vec![id])),
            (Found::Tables(_), _) => self.append(parent, &key.text, id),
            (Found::Table(_) | Found::Value, first) => return (id, Some(twice(above, &key, first))),
        }
        (id, None)
    }

    fn append(&mut self, parent: TableId, key: &str, id: TableId) {
        let draft = &mut self.drafts[parent.0];
        let Some(at) = draft.table.position(key) else { return };
        let child = draft.children.binary_search_by_key(&at, |(at, _)| *at);
        if let Some((_, Child::Tables(ids))) = child.ok().and_then(|n| draft.children.get_mut(n)) {
            ids.push(id);
        }
    }

    /// The table that the last key of a header stands in.
    fn above(&mut self, path: &[Key]) -> Result<TableId, Problem> {
        let mut at = TableId(0);
        for key in path {
            at = match self.find(at, &key.text) {
                (Found::Table(id) | Found::Tables(id), _) => id,
                (Found::Value, first) => return Err(self.closed(at, key, first)),
                (Found::Nothing, _) => self.add_below(at, key.clone(), Origin::Implied),
            };
        }
        Ok(at)
    }

    fn add_below(&mut self, parent: TableId, key: Key, origin: Origin) -> TableId {
        let id = self.add(key.span, origin);
        self.push_child(parent, key, Child::Table(id));
        id
    }

    /// `path.key = node` below `table`.
    pub(super) fn set(
        &mut self,
        table: TableId,
        path: impl Iterator<Item = Key>,
        key: Key,
        node: Node,
    ) -> Result<(), Problem> {
        let mut at = table;
        for step in path {
            at = self.step(at, step)?;
        }
        match self.find(at, &key.text) {
            (Found::Nothing, _) => {
                self.push(at, key, node);
                Ok(())
            }
            (_, first) => Err(Problem::SameKey { key: key.text, first: first.unwrap_or(key.span), span: key.span }),
        }
    }

    /// One step along a dotted key.
    fn step(&mut self, at: TableId, key: Key) -> Result<TableId, Problem> {
        match self.find(at, &key.text) {
            (Found::Nothing, _) => Ok(self.add_below(at, key, Origin::Dotted)),
            (Found::Table(id), first) => match self.drafts[id.0].origin {
                Origin::Header => Err(Problem::Closed {
                    key: key.text,
                    what: "a table with a header of its own",
                    first: first.unwrap_or(key.span),
                    span: key.span,
                }),
                Origin::Implied | Origin::Dotted => {
                    self.drafts[id.0].origin = Origin::Dotted;
                    Ok(id)
                }
            },
            (Found::Tables(_) | Found::Value, first) => Err(self.closed(at, &key, first)),
        }
    }

    fn closed(&self, at: TableId, key: &Key, first: Option<Span>) -> Problem {
        let what = match (self.find(at, &key.text).0, self.drafts[at.0].table.get(&key.text)) {
            (Found::Tables(_), _) => "an array of tables",
            (_, Some(Node::Table(_))) => "an inline table",
            (_, Some(node)) => node.kind(),
            (_, None) => "a value",
        };
        Problem::Closed { key: key.text.clone(), what, first: first.unwrap_or(key.span), span: key.span }
    }
}

fn twice(above: &[Key], key: &Key, first: Option<Span>) -> Problem {
    let path: Vec<&str> = above.iter().chain([key]).map(|key| &*key.text).collect();
    Problem::SameTable { name: path.join(".").into(), first: first.unwrap_or(key.span), span: key.span }
}
