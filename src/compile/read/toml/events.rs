//! Puts the parser's events into the [`Tree`].

use toml_parser::decoder::Encoding;
use toml_parser::parser::EventReceiver;
use toml_parser::{ErrorSink, Raw, Source, Span as TomlSpan};

use super::tree::{TableId, Tree};
use super::{Findings, value};
use crate::base::Span;
use crate::compile::document::{Key, List, Node, Table};
use crate::compile::read::DEPTH;
use crate::compile::read::problem::Problem;

/// A list or inline table that is not closed yet.
enum Frame {
    List {
        open: Span,
        items: Vec<Node>,
        depth: usize,
    },
    Table {
        open: Span,
        table: TableId,
        outer: Vec<Key>,
        depth: usize,
    },
    /// Nested too deep: its content is not looked at.
    Ignored,
}

/// Where a header began.
#[derive(Clone, Copy)]
struct Header {
    open: Span,
    is_array: bool,
}

/// Builds the tree of one text.
pub(super) struct Builder<'a, 'f> {
    source: Source<'a>,
    findings: &'f Findings<'a>,
    tree: Tree,
    root: TableId,
    /// What keys outside of inline tables belong to, and how deep that is.
    section: TableId,
    section_depth: usize,
    header: Option<Header>,
    /// The key that waits for its value or for the end of its header.
    path: Vec<Key>,
    frames: Vec<Frame>,
}

impl<'a, 'f> Builder<'a, 'f> {
    pub(super) fn new(source: Source<'a>, findings: &'f Findings<'a>) -> Self {
        let mut tree = Tree::default();
        let root = tree.open(findings.span(TomlSpan::default()));
        let (path, frames) = (Vec::new(), Vec::new());
        Self { source, findings, tree, root, section: root, section_depth: 0, header: None, path, frames }
    }

    pub(super) fn finish(mut self) -> Table {
        self.end_of_header(None);
        let span = self.findings.span(TomlSpan::default());
        self.tree.close(self.root, span)
    }

    fn depth(&self) -> usize {
        match self.frames.last() {
            Some(Frame::List { depth, .. } | Frame::Table { depth, .. }) => *depth,
            Some(Frame::Ignored) => DEPTH,
            None => self.section_depth,
        }
    }

    /// The depth of what a list or inline table that starts here holds.
    fn depth_inside(&self) -> usize {
        let in_list = matches!(self.frames.last(), Some(Frame::List { .. }));
        self.depth() + if in_list { 1 } else { self.path.len().max(1) }
    }

    fn raw(&self, span: TomlSpan, encoding: Option<Encoding>) -> Raw<'a> {
        let text = self.source.input().get(span.start()..span.end()).unwrap_or("");
        Raw::new_unchecked(text, encoding, span)
    }

    fn problem(&self, problem: Option<Problem>) {
        if let Some(problem) = problem {
            self.findings.push(problem);
        }
    }

    fn start_header(&mut self, span: TomlSpan, is_array: bool) {
        self.end_of_header(None);
        self.path.clear();
        self.header = Some(Header { open: self.findings.span(span), is_array });
    }

    /// Also called where the closing bracket is missing: what follows belongs to the header all the same.
    fn end_of_header(&mut self, close: Option<Span>) {
        let Some(header) = self.header.take() else { return };
        let Some(last) = self.path.last() else { return };
        let span = header.open.to(close.unwrap_or(last.span));
        if self.path.len() > DEPTH {
            self.findings.push(Problem::TooDeep { limit: DEPTH, span });
            self.path.truncate(1);
        }
        self.section_depth = self.path.len();
        let Some(key) = self.path.pop() else { return };
        let open = if header.is_array { Tree::array_header } else { Tree::header };
        let (section, problem) = open(&mut self.tree, &self.path, key, span);
        self.path.clear();
        self.section = section;
        self.problem(problem);
    }

    /// A value is complete.
    fn value(&mut self, node: Node) {
        let table = match self.frames.last_mut() {
            Some(Frame::List { items, .. }) => return items.push(node),
            Some(Frame::Ignored) => return,
            Some(Frame::Table { table, .. }) => *table,
            None => self.section,
        };
        let Some(key) = self.path.pop() else { return };
        if self.depth() + self.path.len() < DEPTH {
            let outcome = self.tree.set(table, self.path.drain(..), key, node);
            self.problem(outcome.err());
        } else {
            self.findings.push(Problem::TooDeep { limit: DEPTH, span: key.span });
            self.path.clear();
        }
    }

    /// Whether a list or inline table may be entered.
    fn enter(&mut self, span: Span) -> bool {
        if self.depth_inside() <= DEPTH {
            return true;
        }
        if !matches!(self.frames.last(), Some(Frame::Ignored)) {
            self.findings.push(Problem::TooDeep { limit: DEPTH, span });
        }
        self.frames.push(Frame::Ignored);
        false
    }

    fn statement_ends(&mut self) {
        if self.frames.is_empty() {
            self.end_of_header(None);
            self.path.clear();
            self.findings.next_statement();
        }
    }
}

impl EventReceiver for Builder<'_, '_> {
    fn std_table_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.start_header(span, false);
    }

    fn std_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.end_of_header(Some(self.findings.span(span)));
    }

    fn array_table_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.start_header(span, true);
    }

    fn array_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        self.end_of_header(Some(self.findings.span(span)));
    }

    fn inline_table_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) -> bool {
        let open = self.findings.span(span);
        let depth = self.depth_inside();
        let enter = self.enter(open);
        if enter {
            let outer = std::mem::take(&mut self.path);
            self.frames.push(Frame::Table { open, table: self.tree.open(open), outer, depth });
        }
        enter
    }

    fn inline_table_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        if let Some(Frame::Table { open, table, outer, .. }) = self.frames.pop() {
            self.path = outer;
            let table = self.tree.close(table, open.to(self.findings.span(span)));
            self.value(Node::Table(table));
        }
    }

    fn array_open(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) -> bool {
        let open = self.findings.span(span);
        let depth = self.depth_inside();
        let enter = self.enter(open);
        if enter {
            self.frames.push(Frame::List { open, items: Vec::new(), depth });
        }
        enter
    }

    fn array_close(&mut self, span: TomlSpan, _: &mut dyn ErrorSink) {
        if let Some(Frame::List { open, items, .. }) = self.frames.pop() {
            self.value(Node::List(List { span: open.to(self.findings.span(span)), items }));
        }
    }

    fn simple_key(&mut self, span: TomlSpan, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let key = value::key(self.raw(span, encoding), self.findings.span(span), self.findings);
        self.path.push(key);
    }

    fn scalar(&mut self, span: TomlSpan, encoding: Option<Encoding>, _: &mut dyn ErrorSink) {
        let (raw, place) = (self.raw(span, encoding), self.findings.span(span));
        let list = match self.frames.last() {
            Some(Frame::List { open, .. }) => Some(*open),
            _ => None,
        };
        let scalar = match encoding {
            Some(encoding) => value::quoted(raw, encoding, place, self.findings),
            None => value::bare(raw, list, place, self.findings),
        };
        self.value(Node::Scalar(scalar));
    }

    fn value_sep(&mut self, _: TomlSpan, _: &mut dyn ErrorSink) {
        if let Some(Frame::Table { .. }) = self.frames.last() {
            self.path.clear();
        }
    }

    fn comment(&mut self, span: TomlSpan, error: &mut dyn ErrorSink) {
        self.raw(span, None).decode_comment(error);
    }

    fn newline(&mut self, span: TomlSpan, error: &mut dyn ErrorSink) {
        self.raw(span, None).decode_newline(error);
        self.statement_ends();
    }
}
