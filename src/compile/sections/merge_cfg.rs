//! Merging `.cfg` files as zc.buildout does: lines are added and taken away, sections with macros wait.
//!
//! `+=` and `-=` work on lines. The base is what the same file says, else what earlier files said, else nothing. In a
//! section that is new, `+=` without a base sets, and `-=` gives nothing; in one that is there, `+=` without a base
//! gives an empty line first. A new section that takes in others (`<=`) keeps its edits until that happens
//! ([`super::macros`]).

use indexmap::IndexMap;

use crate::base::Span;
use crate::compile::document::{Entry, Key, Node, Op, Scalar, Table};

use super::history::{History, Operation};

/// The option that names the sections to take in.
pub(super) const MACRO: &str = "<";
/// The option that `=>` is read as.
pub(super) const DEPENDENCIES: &str = "<part-dependencies>";

/// Applies the sections of one file to what earlier files gave.
pub(super) fn update(all: &mut Table, root: Table, mut history: Option<&mut History>) {
    for section in root.into_entries() {
        let Entry { key, node: Node::Table(new), .. } = section else { continue };
        if let Some(Node::Table(old)) = all.get_mut(&key.text) {
            let mut recorder = Recorder { history: history.as_deref_mut(), section: &key.text };
            update_section(old, new, true, &mut recorder);
            continue;
        }
        let mut recorder = Recorder { history: history.as_deref_mut(), section: &key.text };
        let merged = if new.get(MACRO).is_some() {
            recorder.as_written(&new);
            new
        } else {
            let mut merged = Table::new(new.span);
            update_section(&mut merged, new, false, &mut recorder);
            merged
        };
        all.push(Entry { key, op: Op::Set, node: Node::Table(merged) });
    }
}

/// What the options of one section become. `exists` is whether an earlier file has the section.
pub(super) fn update_section(old: &mut Table, new: Table, exists: bool, recorder: &mut Recorder<'_>) {
    for (name, written) in grouped(new) {
        let base = written.base(old, &name);
        let Some(value) = written.applied(base, exists, &name, recorder) else { continue };
        old.set_with_op(Entry { key: value.0, op: Op::Set, node: Node::Scalar(value.1) });
    }
}

/// What one file says about one option.
#[derive(Default)]
struct Written {
    set: Option<(Key, Scalar)>,
    add: Option<(Key, Scalar)>,
    remove: Option<(Key, Scalar)>,
}

/// The entries of a section by option. A file whose only entries are plain, as nearly all are, is not copied about.
fn grouped(table: Table) -> impl Iterator<Item = (Box<str>, Written)> {
    let mut options: IndexMap<Box<str>, Written> = IndexMap::with_capacity(table.len());
    for Entry { key, op, node } in table.into_entries() {
        let Node::Scalar(scalar) = node else { continue };
        let written = options.entry(key.text.clone()).or_default();
        let place = match op {
            Op::Set => &mut written.set,
            Op::Append => &mut written.add,
            Op::Remove => &mut written.remove,
        };
        *place = Some((key, scalar));
    }
    options.into_iter()
}

impl Written {
    /// The earlier value, if it is needed.
    fn base(&self, old: &Table, name: &str) -> Option<Scalar> {
        let is_needed = self.set.is_none() && (self.add.is_some() || self.remove.is_some());
        let base = old.with_op(name, Op::Set).filter(|_| is_needed)?;
        base.node.as_scalar().cloned()
    }

    fn applied(
        self,
        base: Option<Scalar>,
        exists: bool,
        name: &str,
        recorder: &mut Recorder<'_>,
    ) -> Option<(Key, Scalar)> {
        let key = self.set.as_ref().or(self.add.as_ref()).or(self.remove.as_ref())?.0.clone();
        let mut value = base;
        if let Some((_, set)) = self.set {
            recorder.record(name, Operation::Set, &set);
            value = Some(set);
        }
        if let Some((key, added)) = self.add {
            let operation = if value.is_none() && !exists { Operation::Set } else { Operation::Add };
            recorder.record(name, operation, &added);
            value = Some(match value {
                Some(base) => with_lines(&base, &added),
                None if exists => with_lines(&Scalar::string("", key.span), &added),
                None => added,
            });
        }
        if let Some((key, removed)) = self.remove {
            recorder.record(name, Operation::Remove, &removed);
            value = Some(without_lines(&value.unwrap_or_else(|| Scalar::string("", key.span)), &removed));
        }
        value.map(|value| (key, value))
    }
}

/// Writes down what happens to the options of one section, if anyone wants to know.
pub(super) struct Recorder<'a> {
    pub(super) history: Option<&'a mut History>,
    pub(super) section: &'a str,
}

impl Recorder<'_> {
    fn record(&mut self, option: &str, operation: Operation, scalar: &Scalar) {
        if let Some(history) = &mut self.history {
            history.record(self.section, option, operation, &scalar.text, scalar.span);
        }
    }

    /// Writes down a section that waits for its macros.
    fn as_written(&mut self, table: &Table) {
        for entry in table.entries() {
            let Some(scalar) = entry.node.as_scalar() else { continue };
            let operation = match entry.op {
                Op::Set => Operation::Set,
                Op::Append => Operation::Add,
                Op::Remove => Operation::Remove,
            };
            self.record(&entry.key.text, operation, scalar);
        }
    }
}

/// The lines of both.
fn with_lines(base: &Scalar, added: &Scalar) -> Scalar {
    let lines: Box<[Span]> = line_spans(base).chain(line_spans(added)).collect();
    let text = format!("{}\n{}", base.text, added.text).into();
    Scalar { text, kind: added.kind, span: added.span, lines }
}

/// The lines of `base` that `removed` does not hold.
fn without_lines(base: &Scalar, removed: &Scalar) -> Scalar {
    let is_kept = |line: &str| !removed.text.split('\n').any(|r| r == line);
    let kept = base.text.split('\n').zip(line_spans(base)).filter(|(line, _)| is_kept(line));
    let (text, lines): (Vec<&str>, Vec<Span>) = kept.unzip();
    let (text, lines) = (text.join("\n").into(), lines.into());
    Scalar { text, kind: base.kind, span: base.span, lines }
}

/// One span for each line of the text.
pub(super) fn line_spans(scalar: &Scalar) -> impl Iterator<Item = Span> {
    (0..=memchr::memchr_iter(b'\n', scalar.text.as_bytes()).count()).map(|n| scalar.line_span(n))
}
