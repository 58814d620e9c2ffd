//! Puts the parser's events into tables and lists.

use std::ops::Range;

use granit_parser::{Event, ScalarStyle, Span as YamlSpan, StructureStyle, Tag};

use super::anchors::{self, Anchors};
use super::merge::{Merge, merged};
use super::scalar::{self, TagFault};
use crate::base::{Diagnostics, FileId, Span};
use crate::compile::document::{Entry, Key, List, Node, Op, Scalar, ScalarKind, Table};
use crate::compile::read::problem::Problem;
use crate::compile::read::report::Report;
use crate::compile::read::{DEPTH, forbidden_in};

/// A collection that is not closed yet.
struct Frame {
    open: Span,
    style: StructureStyle,
    anchor: usize,
    content: Content,
}

enum Content {
    List(Vec<Node>),
    Table {
        table: Table,
        key: Option<Slot>,
        merge: Option<Merge>,
        /// Place of the key that this table is the value of.
        name: Option<Span>,
    },
}

/// What becomes of the next value of a table.
enum Slot {
    Set(Key),
    Merge(Span),
    /// The key was wrong.
    Drop,
}

/// Builds the tree of one text.
pub(super) struct Builder<'a> {
    pub(super) file: FileId,
    text: &'a str,
    /// The piece of the text that is parsed.
    piece: Range<usize>,
    report: Report<'a>,
    frames: Vec<Frame>,
    anchors: Anchors,
    root: Option<Node>,
    documents: usize,
    /// Nothing more can be read.
    stopped: bool,
    /// Whether there is a value without a word whose place is that of the next token.
    is_open_ended: bool,
}

impl<'a> Builder<'a> {
    /// One for a piece of a text, of whole lines.
    pub(super) fn new(file: FileId, text: &'a str, piece: Range<usize>, diagnostics: &'a mut Diagnostics) -> Self {
        let (frames, anchors) = (Vec::new(), Anchors::default());
        let report = Report::new(diagnostics);
        Self {
            file,
            text,
            piece,
            report,
            frames,
            anchors,
            root: None,
            documents: 0,
            stopped: false,
            is_open_ended: false,
        }
    }

    /// Where the innermost bracket that is still open stands.
    pub(super) fn open_bracket(&self) -> Option<Span> {
        self.frames.last().filter(|f| f.style == StructureStyle::Flow).map(|f| f.open)
    }

    /// Whether what was read means the same whatever stands around it: it has no anchors, its last value does not end with
    /// what follows, and no more than so many tables and lists are in each other.
    pub(super) fn is_self_contained(&self, depth: usize) -> bool {
        self.anchors.is_empty()
            && !self.is_open_ended
            && self.root.as_ref().is_none_or(|root| anchors::measure(root).1 <= depth)
    }

    fn push(&mut self, problem: Problem) {
        self.report.push(problem);
    }

    /// Nothing more can be read.
    pub(super) fn broken(&mut self, problem: Problem) {
        self.push(problem);
        self.stopped = true;
    }

    /// What was read, collections that the text does not end included.
    pub(super) fn finish(mut self) -> Table {
        let end = Span::new(self.file, self.piece.end, self.piece.end);
        let stopped = std::mem::replace(&mut self.stopped, true);
        while let Some(frame) = self.frames.pop() {
            self.end(frame, end);
        }
        let root = match self.root.take() {
            Some(Node::Table(table)) => Some(table),
            Some(Node::Scalar(scalar)) if scalar.kind == ScalarKind::Null => None,
            Some(_) if stopped => None,
            Some(node) => {
                self.push(Problem::NotATable { what: node.kind(), span: node.span() });
                None
            }
            None => None,
        };
        self.report.finish(end);
        root.unwrap_or_else(|| Table::new(Span::new(self.file, 0, 0)))
    }

    /// Takes one event; whether there is any use in more of them.
    pub(super) fn event(&mut self, event: Event<'_>, at: YamlSpan) -> bool {
        let span = self.span(at);
        match event {
            Event::DocumentStart(..) => self.document(span),
            Event::Scalar(text, style, anchor, tag) => self.scalar(&text, style, anchor, tag.as_deref(), at),
            Event::SequenceStart(style, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "seq", at);
                self.start(Frame { open: span, style, anchor, content: Content::List(Vec::new()) });
            }
            Event::MappingStart(style, anchor, tag) => {
                self.collection_tag(tag.as_deref(), "map", at);
                let content = Content::Table { table: Table::new(span), key: None, merge: None, name: self.name() };
                self.start(Frame { open: span, style, anchor, content });
            }
            Event::SequenceEnd | Event::MappingEnd => {
                if let Some(frame) = self.frames.pop() {
                    self.end(frame, span);
                }
            }
            Event::Alias(id) => self.alias(id, span),
            Event::UnresolvedAlias(name) => {
                self.push(Problem::UnknownAlias { name: name.as_ref().into(), span });
                self.place(null(span), false);
            }
            _ => {}
        }
        !self.stopped
    }

    fn span(&self, at: YamlSpan) -> Span {
        let range = at.byte_range().unwrap_or(self.piece.len()..self.piece.len());
        Span::new(self.file, self.piece.start + range.start, self.piece.start + range.end)
    }

    fn document(&mut self, span: Span) {
        self.documents += 1;
        if self.documents > 1 {
            self.push(Problem::SecondDocument { span });
            self.stopped = true;
        }
    }

    /// The place of the key whose value comes next.
    fn name(&self) -> Option<Span> {
        match &self.frames.last()?.content {
            Content::Table { key: Some(Slot::Set(key)), .. } => Some(key.span),
            _ => None,
        }
    }

    fn start(&mut self, frame: Frame) {
        if self.frames.len() >= DEPTH {
            self.push(Problem::TooDeep { limit: DEPTH, span: frame.open });
            self.stopped = true;
            return;
        }
        self.frames.push(frame);
    }

    fn end(&mut self, frame: Frame, end: Span) {
        let is_flow = frame.style == StructureStyle::Flow;
        let whole = frame.open.to(end);
        let node = match frame.content {
            Content::List(items) => {
                let block = items.iter().map(Node::span).reduce(Span::to).unwrap_or(frame.open);
                Node::List(List { span: if is_flow { whole } else { block }, items })
            }
            Content::Table { mut table, merge, name, .. } => {
                let first = table.entries().first().map(|e| e.key.span);
                table.span = if is_flow { whole } else { name.or(first).unwrap_or(frame.open) };
                Node::Table(match merge {
                    Some(merge) => merged(table, merge, &mut self.report),
                    None => table,
                })
            }
        };
        self.anchors.remember(frame.anchor, &node);
        self.place(node, false);
    }

    fn scalar(&mut self, text: &str, style: ScalarStyle, anchor: usize, tag: Option<&Tag>, at: YamlSpan) {
        let is_block = matches!(style, ScalarStyle::Literal | ScalarStyle::Folded);
        let mut span = self.span(at);
        if is_block && span.range().end == self.piece.end {
            // Its place ends before the next word, wherever the piece does.
            let behind = &self.text.as_bytes()[self.piece.end..];
            let blanks = behind.iter().take_while(|byte| **byte == b' ').count();
            span = Span::new(self.file, span.range().start, self.piece.end + blanks);
        }
        let raw = self.text.get(span.range()).unwrap_or("");
        let (kind, fault) = scalar::kind(text, style, tag);
        self.tag_fault(fault, tag, at);
        let escaped = style == ScalarStyle::DoubleQuoted && raw.contains('\\');
        if let Some(character) = forbidden_in(text).filter(|_| escaped) {
            self.push(Problem::Forbidden { character, escaped, span });
        }
        let is_empty = is_block || span.range().start == self.piece.end;
        self.is_open_ended |= is_empty && text.bytes().all(|byte| byte == b'\n');
        let is_merge = style == ScalarStyle::Plain && tag.is_none() && text == "<<";
        let node = Node::Scalar(scalar::scalar(text, kind, style, raw, span));
        self.anchors.remember(anchor, &node);
        self.place(node, is_merge);
    }

    fn collection_tag(&mut self, tag: Option<&Tag>, wanted: &str, at: YamlSpan) {
        let fault = match tag.map(Tag::core_suffix) {
            Some(Some(suffix)) if suffix != wanted => Some(TagFault::Mismatch),
            Some(None) if !tag.is_some_and(scalar::is_non_specific) => Some(TagFault::Unknown),
            _ => None,
        };
        self.tag_fault(fault, tag, at);
    }

    fn tag_fault(&mut self, fault: Option<TagFault>, tag: Option<&Tag>, at: YamlSpan) {
        let (Some(fault), Some(tag)) = (fault, tag) else { return };
        let span = at.tag_span().map_or_else(|| self.span(at), |tag| self.span(tag));
        let tag = tag.original().into();
        self.push(match fault {
            TagFault::Unknown => Problem::UnknownTag { tag, span },
            TagFault::Mismatch => Problem::TagMismatch { tag, span },
        });
    }

    fn alias(&mut self, id: usize, span: Span) {
        let node = match self.anchors.expand(id, self.frames.len(), span) {
            Ok(node) => node,
            Err(problem) => {
                if let Some(problem) = problem {
                    self.push(problem);
                }
                null(span)
            }
        };
        self.place(node, false);
    }

    /// A node is complete: it is the root, an item, a key or a value.
    fn place(&mut self, node: Node, is_merge: bool) {
        let Some(frame) = self.frames.last_mut() else {
            self.root.get_or_insert(node);
            return;
        };
        match &mut frame.content {
            Content::List(items) => items.push(node),
            Content::Table { key: slot @ None, table, merge, .. } => {
                let (next, problem) = key(node, is_merge, table, merge.as_ref());
                *slot = Some(next);
                if let Some(problem) = problem.filter(|_| !self.stopped) {
                    self.push(problem);
                }
            }
            Content::Table { key: slot, table, merge, .. } => match slot.take() {
                Some(Slot::Set(key)) => table.push(Entry { key, op: Op::Set, node }),
                Some(Slot::Merge(span)) => *merge = Some(Merge { at: table.len(), from: node, span }),
                Some(Slot::Drop) | None => {}
            },
        }
    }
}

/// What a node means as a key of `table`.
fn key(node: Node, is_merge: bool, table: &Table, merge: Option<&Merge>) -> (Slot, Option<Problem>) {
    let scalar = match node {
        Node::Scalar(scalar) => scalar,
        other => return (Slot::Drop, Some(Problem::ComplexKey { what: other.kind(), span: other.span() })),
    };
    let first = if is_merge { merge.map(|m| m.span) } else { table.entry(&scalar.text).map(|e| e.key.span) };
    match first {
        None if is_merge => (Slot::Merge(scalar.span), None),
        Some(first) => (Slot::Drop, Some(Problem::SameKey { key: scalar.text, first, span: scalar.span })),
        None => (Slot::Set(Key { text: scalar.text, span: scalar.span }), None),
    }
}

fn null(span: Span) -> Node {
    Node::Scalar(Scalar { kind: ScalarKind::Null, ..Scalar::string("", span) })
}
