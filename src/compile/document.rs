//! One file of a manifest as its author wrote it: ordered tables of spanned scalars.
//!
//! All three syntaxes become this tree (`read::toml`, `read::yaml`, `read::cfg`). Nothing is interpreted yet: a number
//! keeps its text (`0644`, `1.10`), references are not resolved, `+=` is an [`Op`] on the entry, native edits
//! (`append.KEY`, `inherit`) are ordinary keys. `sections` gives it meaning.

use std::collections::HashMap;

use foldhash::fast::FixedState;

use crate::base::{Span, secret};

/// One file.
#[derive(Clone, Debug, PartialEq)]
pub struct Document {
    /// How it was written.
    pub syntax: Syntax,
    /// Its content. In a `.cfg` the entries are sections, and each is a table of scalars.
    pub root: Table,
}

/// The three spellings of a manifest.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Syntax {
    /// `recipe.toml`
    Toml,
    /// `recipe.yaml`
    Yaml,
    /// `buildout.cfg`
    Cfg,
}

impl Syntax {
    /// By the ending of a path or URL: `.toml`; `.yaml`, `.yml`; anything else is buildout's.
    pub fn of(path: &str) -> Self {
        let ending = path.rsplit('/').next().unwrap_or("").rsplit_once('.').map_or("", |(_, e)| e);
        match ending.to_ascii_lowercase().as_str() {
            "toml" => Self::Toml,
            "yaml" | "yml" => Self::Yaml,
            _ => Self::Cfg,
        }
    }

    /// Whether it is one of the native syntaxes, which may extend each other.
    pub fn is_native(self) -> bool {
        self != Self::Cfg
    }
}

/// A key with its place.
#[derive(Clone, Debug, PartialEq)]
pub struct Key {
    /// As meant: unquoted, unescaped.
    pub text: Box<str>,
    /// As written.
    pub span: Span,
}

/// What an entry does to the value that an earlier file set.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, Hash)]
pub enum Op {
    /// `=`
    #[default]
    Set,
    /// `+=` (`.cfg` only)
    Append,
    /// `-=` (`.cfg` only)
    Remove,
}

/// A key and its value.
#[derive(Clone, Debug, PartialEq)]
pub struct Entry {
    /// The key.
    pub key: Key,
    /// How the value meets that of an earlier file.
    pub op: Op,
    /// The value.
    pub node: Node,
}

/// A value.
#[derive(Clone, Debug, PartialEq)]
pub enum Node {
    /// Text, number, boolean, date or nothing.
    Scalar(Scalar),
    /// A list.
    List(List),
    /// A table.
    Table(Table),
}

impl Node {
    /// Where it stands.
    pub fn span(&self) -> Span {
        match self {
            Self::Scalar(s) => s.span,
            Self::List(l) => l.span,
            Self::Table(t) => t.span,
        }
    }

    /// `a string`, `a list`, …: for messages.
    pub fn kind(&self) -> &'static str {
        match self {
            Self::Scalar(s) => s.kind.name(),
            Self::List(_) => "a list",
            Self::Table(_) => "a table",
        }
    }

    /// Whether any text in it is secret.
    pub fn holds_secret(&self) -> bool {
        match self {
            Self::Scalar(s) => secret::is_marked(&s.text),
            Self::List(l) => l.items.iter().any(Self::holds_secret),
            Self::Table(t) => t.entries().iter().any(|entry| entry.node.holds_secret()),
        }
    }

    /// The scalar, if it is one.
    pub fn as_scalar(&self) -> Option<&Scalar> {
        if let Self::Scalar(s) = self { Some(s) } else { None }
    }

    /// The list, if it is one.
    pub fn as_list(&self) -> Option<&List> {
        if let Self::List(l) = self { Some(l) } else { None }
    }

    /// The table, if it is one.
    pub fn as_table(&self) -> Option<&Table> {
        if let Self::Table(t) = self { Some(t) } else { None }
    }
}

/// A value without parts.
#[derive(Clone, Debug, PartialEq)]
pub struct Scalar {
    /// For a string the text that it means (unescaped, dedented); for all else the text as written (`0x1F`, `on`).
    pub text: Box<str>,
    /// Its type in its own syntax.
    pub kind: ScalarKind,
    /// As written, quotes included.
    pub span: Span,
    /// The place of each line of `text`, where it has several and they stand on lines of their own; else empty.
    pub lines: Box<[Span]>,
}

impl Scalar {
    /// A string of one line.
    pub fn string(text: impl Into<Box<str>>, span: Span) -> Self {
        Self { text: text.into(), kind: ScalarKind::String, span, lines: Box::default() }
    }

    /// The place of line `number` (from 0) of the text.
    pub fn line_span(&self, number: usize) -> Span {
        self.lines.get(number).copied().unwrap_or(self.span)
    }
}

/// The type of a scalar in the syntax that it was written in. Every value of a `.cfg` is a string.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum ScalarKind {
    /// Text.
    String,
    /// A whole number.
    Integer,
    /// A number with a fraction or exponent, or `inf`, `nan`.
    Float,
    /// `true`, `false`.
    Boolean,
    /// A TOML date or time.
    Datetime,
    /// YAML's `null`, `~` and nothing at all.
    Null,
}

impl ScalarKind {
    /// With its article, for messages.
    pub fn name(self) -> &'static str {
        match self {
            Self::String => "a string",
            Self::Integer => "a number",
            Self::Float => "a fraction",
            Self::Boolean => "a boolean",
            Self::Datetime => "a date",
            Self::Null => "null",
        }
    }
}

/// A list.
#[derive(Clone, Debug, PartialEq)]
pub struct List {
    /// From bracket to bracket, or from the first to the last item.
    pub span: Span,
    /// In order.
    pub items: Vec<Node>,
}

/// Tables with more entries than this keep an index; below it a scan is faster and smaller.
const INDEX_FROM: usize = 12;

type Index = HashMap<Box<str>, u32, FixedState>;

/// An ordered table. Keys are unique, except in a `.cfg`, where a key may stand once for each [`Op`].
#[derive(Clone, Debug)]
pub struct Table {
    /// Its header, or from brace to brace.
    pub span: Span,
    entries: Vec<Entry>,
    index: Option<Box<Index>>,
}

impl PartialEq for Table {
    fn eq(&self, other: &Self) -> bool {
        self.span == other.span && self.entries == other.entries
    }
}

impl Table {
    /// Empty.
    pub fn new(span: Span) -> Self {
        Self { span, entries: Vec::new(), index: None }
    }

    /// In the order of the file.
    pub fn entries(&self) -> &[Entry] {
        &self.entries
    }

    /// In the order of the file, owned.
    pub fn into_entries(self) -> Vec<Entry> {
        self.entries
    }

    /// How many entries there are.
    pub fn len(&self) -> usize {
        self.entries.len()
    }

    /// Whether there are none.
    pub fn is_empty(&self) -> bool {
        self.entries.is_empty()
    }

    /// Names of all keys, in order.
    pub fn keys(&self) -> impl Iterator<Item = &str> {
        self.entries.iter().map(|e| &*e.key.text)
    }

    /// The first entry with this key.
    pub fn entry(&self, key: &str) -> Option<&Entry> {
        self.position(key).map(|at| &self.entries[at])
    }

    /// The value of the first entry with this key.
    pub fn get(&self, key: &str) -> Option<&Node> {
        self.entry(key).map(|e| &e.node)
    }

    /// The value of the first entry with this key.
    pub fn get_mut(&mut self, key: &str) -> Option<&mut Node> {
        let at = self.position(key)?;
        Some(&mut self.entries[at].node)
    }

    /// Whether `key` is set in the file of `span`.
    pub fn has_beside(&self, key: &str, span: Span) -> bool {
        self.entry(key).is_some_and(|entry| entry.key.span.file == span.file)
    }

    /// The scalar under `key`, if there is one.
    pub fn scalar(&self, key: &str) -> Option<&Scalar> {
        self.get(key).and_then(Node::as_scalar)
    }

    /// Adds an entry at the end. Duplicates are the caller's business: look first.
    pub fn push(&mut self, entry: Entry) {
        let at = u32::try_from(self.entries.len()).unwrap_or(u32::MAX);
        if let Some(index) = &mut self.index {
            index.entry(entry.key.text.clone()).or_insert(at);
        }
        self.entries.push(entry);
        if self.index.is_none() && self.entries.len() > INDEX_FROM {
            self.build_index();
        }
    }

    /// Sets the value of the first entry with this key, keeping its place in the order, or adds one at the end.
    pub fn set(&mut self, entry: Entry) {
        match self.position(&entry.key.text) {
            Some(at) => self.entries[at] = entry,
            None => self.push(entry),
        }
    }

    /// The entry with this key and operation.
    pub fn with_op(&self, key: &str, op: Op) -> Option<&Entry> {
        self.position_with_op(key, op).map(|at| &self.entries[at])
    }

    /// Sets the value of the entry with the same key and operation, keeping its place, or adds one at the end.
    pub fn set_with_op(&mut self, entry: Entry) {
        match self.position_with_op(&entry.key.text, entry.op) {
            Some(at) => self.entries[at] = entry,
            None => self.push(entry),
        }
    }

    /// Takes out the entry with this key and operation.
    pub fn take(&mut self, key: &str, op: Op) -> Option<Entry> {
        let at = self.position_with_op(key, op)?;
        Some(self.remove_at(at))
    }

    /// Takes out the first entry with this key.
    pub fn remove(&mut self, key: &str) -> Option<Entry> {
        let at = self.position(key)?;
        Some(self.remove_at(at))
    }

    /// The value of entry number `at`.
    pub fn node_at(&self, at: usize) -> Option<&Node> {
        self.entries.get(at).map(|e| &e.node)
    }

    /// The value of entry number `at`.
    pub fn node_at_mut(&mut self, at: usize) -> Option<&mut Node> {
        self.entries.get_mut(at).map(|e| &mut e.node)
    }

    fn remove_at(&mut self, at: usize) -> Entry {
        let entry = self.entries.remove(at);
        if self.index.is_some() {
            self.build_index();
        }
        entry
    }

    fn position_with_op(&self, key: &str, op: Op) -> Option<usize> {
        let first = self.position(key)?;
        if self.entries[first].op == op {
            return Some(first);
        }
        self.entries.iter().position(|e| e.op == op && &*e.key.text == key)
    }

    /// The number of the first entry with this key.
    pub fn position(&self, key: &str) -> Option<usize> {
        match &self.index {
            Some(index) => index.get(key).map(|at| *at as usize),
            None => self.entries.iter().position(|e| &*e.key.text == key),
        }
    }

    fn build_index(&mut self) {
        let mut index = Index::default();
        for (at, entry) in (0_u32..).zip(&self.entries) {
            index.entry(entry.key.text.clone()).or_insert(at);
        }
        self.index = Some(Box::new(index));
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;

    #[test]
    fn small_and_large_tables_find_keys_alike() {
        let file = Sources::new().add("x", "");
        let span = Span::new(file, 0, 0);
        let mut table = Table::new(span);
        for n in 0..40 {
            let key = Key { text: format!("k{n}").into(), span };
            table.push(Entry { key, op: Op::Set, node: Node::Scalar(Scalar::string(n.to_string(), span)) });
            assert_eq!(&*table.scalar(&format!("k{n}")).unwrap().text, n.to_string());
            assert!(table.get("k").is_none());
        }
        table.remove("k3").unwrap();
        assert!(table.get("k3").is_none());
        assert_eq!(&*table.scalar("k39").unwrap().text, "39");
        assert_eq!(table.len(), 39);
    }

    #[test]
    fn syntax_goes_by_the_ending() {
        assert_eq!(Syntax::of("a/recipe.toml"), Syntax::Toml);
        assert_eq!(Syntax::of("recipe.YML"), Syntax::Yaml);
        assert_eq!(Syntax::of("base.toml.d/buildout"), Syntax::Cfg);
    }
}
