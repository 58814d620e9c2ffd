//! The part of YAML that manifests are mostly written in, read line by line: tables of one key a line, plain and quoted
//! texts, and brackets that are closed on their line.
//!
//! The parser of [`super`] decides what a text means, and is asked for every value that is anything else (lists of lines,
//! texts of several lines, tags). Where that would not do, because of an error, an anchor, or a key that is not plain,
//! there is no answer, and it reads all of the text. So there is one YAML: a test compares the two on random texts.

use granit_parser::ScalarStyle;
use memchr::memchr;

use super::events::Builder;
use super::{feed, scalar};
use crate::base::{Diagnostics, FileId, Span};
use crate::compile::document::{Entry, Key, List, Node, Op, Scalar, Table};

/// How many tables are in each other at most, here and in a value that the parser reads: both together are no more than
/// may be.
const DEPTH: usize = super::DEPTH / 2;

/// How long a key may be: the parser gives up on longer ones.
const KEY: usize = 256;

/// The root of a text, if it is sure.
pub(super) fn read(file: FileId, text: &str) -> Option<Table> {
    let mut reader = Reader { file, text, at: 0 };
    let mut line = reader.next_line()?;
    if line.indent == 0 && line.text == "---" {
        reader.at = line.end() + 1;
        line = reader.next_line()?;
    }
    let root = if line.indent == 0 { reader.table(0, None, 1)? } else { return None };
    reader.next_line().is_none().then_some(root)
}

struct Reader<'t> {
    file: FileId,
    text: &'t str,
    /// The start of the next line.
    at: usize,
}

/// A line with something in it but a comment.
#[derive(Clone, Copy)]
struct Line<'t> {
    start: usize,
    indent: usize,
    /// Behind its indentation, without its end.
    text: &'t str,
}

impl Line<'_> {
    fn is_item(self) -> bool {
        self.text == "-" || self.text.starts_with("- ")
    }

    fn end(self) -> usize {
        self.start + self.indent + self.text.len()
    }
}

impl<'t> Reader<'t> {
    /// The next line that counts. Those before it are passed.
    fn next_line(&mut self) -> Option<Line<'t>> {
        loop {
            let line = self.line_at(self.at)?;
            if !matches!(line.text.as_bytes().first(), None | Some(b'#')) {
                return Some(line);
            }
            self.at = line.end() + 1;
        }
    }

    fn line_at(&self, start: usize) -> Option<Line<'t>> {
        let rest = self.text.get(start..).filter(|rest| !rest.is_empty())?;
        let whole = &rest[..memchr(b'\n', rest.as_bytes()).unwrap_or(rest.len())];
        let text = whole.trim_start_matches(' ');
        Some(Line { start, indent: whole.len() - text.len(), text })
    }

    fn span(&self, start: usize, end: usize) -> Span {
        Span::new(self.file, start, end)
    }

    /// The table whose keys stand at `indent`; `name` is the place of the key that it is the value of.
    fn table(&mut self, indent: usize, name: Option<Span>, depth: usize) -> Option<Table> {
        let mut table = Table::new(self.span(0, 0));
        while let Some(line) = self.next_line().filter(|line| line.indent >= indent) {
            if line.indent > indent || depth > DEPTH {
                return None;
            }
            let (key, value) = self.key(line)?;
            if table.entry(&key.text).is_some() {
                return None;
            }
            let node = self.value(line, &key, value, depth)?;
            table.push(Entry { key, op: Op::Set, node });
        }
        table.span = name.or(table.entries().first().map(|first| first.key.span))?;
        Some(table)
    }

    /// The key of a line, and where its value begins.
    fn key(&self, line: Line<'_>) -> Option<(Key, usize)> {
        let start = line.start + line.indent;
        let first = *line.text.as_bytes().first()?;
        let (text, length) = match first {
            b'"' | b'\'' => quoted(line.text)?,
            _ if first.is_ascii_alphanumeric() || b"_$/".contains(&first) => {
                let end = line.text.bytes().position(|b| !is_of_key(b))?;
                (&line.text[..end], end)
            }
            _ => return None,
        };
        let bytes = line.text.as_bytes();
        let is_end = bytes.get(length) == Some(&b':') && matches!(bytes.get(length + 1), None | Some(b' '));
        let is_key = is_end && length <= KEY && !text.ends_with(' ');
        is_key.then(|| (Key { text: text.into(), span: self.span(start, start + length) }, start + length + 1))
    }

    /// The value of a key, which begins at `from` in the same line, or stands below.
    fn value(&mut self, line: Line<'t>, key: &Key, from: usize, depth: usize) -> Option<Node> {
        let rest = &self.text[from..line.end()];
        let value = rest.trim_start_matches(' ');
        let start = from + rest.len() - value.len();
        self.at = line.end() + 1;
        if value.is_empty() || value.starts_with('#') {
            let next = self.next_line()?;
            if next.indent > line.indent && self.key(next).is_some() {
                return self.table(next.indent, Some(key.span), depth + 1).map(Node::Table);
            }
            return self.parsed(line);
        }
        let node = self.in_line(value, start);
        // What is indented deeper goes on.
        match node.filter(|_| self.next_line().is_none_or(|next| next.indent <= line.indent)) {
            Some(node) => Some(node),
            None => self.parsed(line),
        }
    }

    /// A value that ends with its line.
    fn in_line(&self, text: &str, start: usize) -> Option<Node> {
        let (node, length) = match text.as_bytes()[0] {
            b'[' | b'{' => self.brackets(text, start, 1)?,
            b'"' | b'\'' => self.quotes(text, start)?,
            _ => {
                let length = plain(text)?;
                (Node::Scalar(self.scalar(&text[..length], ScalarStyle::Plain, start, start + length)), length)
            }
        };
        let behind = text[length..].trim_start_matches(' ');
        let is_comment = behind.starts_with('#') && behind.len() < text.len() - length;
        (behind.is_empty() || is_comment).then_some(node)
    }

    fn scalar(&self, text: &str, style: ScalarStyle, start: usize, end: usize) -> Scalar {
        let (kind, _) = scalar::kind(text, style, None);
        scalar::scalar(text, kind, style, &self.text[start..end], self.span(start, end))
    }

    fn quotes(&self, text: &str, start: usize) -> Option<(Node, usize)> {
        let style = if text.starts_with('"') { ScalarStyle::DoubleQuoted } else { ScalarStyle::SingleQuoted };
        let (inner, length) = quoted(text)?;
        Some((Node::Scalar(self.scalar(inner, style, start, start + length)), length))
    }

    /// A list or table in brackets, and its length.
    fn brackets(&self, text: &str, start: usize, depth: usize) -> Option<(Node, usize)> {
        let is_table = text.starts_with('{');
        let close = if is_table { '}' } else { ']' };
        let (mut items, mut table) = (Vec::new(), Table::new(self.span(0, 0)));
        let mut at = 1;
        let skip = |at: usize| at + text[at..].len() - text[at..].trim_start_matches(' ').len();
        loop {
            at = skip(at);
            if depth > DEPTH {
                return None;
            } else if text[at..].starts_with(close) && at == skip(1) {
                break;
            } else if is_table {
                let (key, length) = self.item(&text[at..], start + at, depth)?;
                let Node::Scalar(Scalar { text: name, span, .. }) = key else { return None };
                let value = text[at + length..].strip_prefix(": ").filter(|_| length <= KEY)?;
                if table.entry(&name).is_some() || &*name == "<<" {
                    return None;
                }
                at = skip(text.len() - value.len());
                let (node, length) = self.item(&text[at..], start + at, depth)?;
                table.push(Entry { key: Key { text: name, span }, op: Op::Set, node });
                at += length;
            } else {
                let (node, length) = self.item(&text[at..], start + at, depth)?;
                items.push(node);
                at += length;
            }
            at = skip(at);
            match text[at..].chars().next()? {
                ',' => at += 1,
                c if c == close => break,
                _ => return None,
            }
        }
        table.span = self.span(start, start + at + 1);
        let node = if is_table { Node::Table(table) } else { Node::List(List { span: table.span, items }) };
        Some((node, at + 1))
    }

    /// A value in brackets, and its length.
    fn item(&self, text: &str, start: usize, depth: usize) -> Option<(Node, usize)> {
        match text.as_bytes().first()? {
            b'[' | b'{' => self.brackets(text, start, depth + 1),
            b'"' | b'\'' => self.quotes(text, start),
            first if is_first(*first) => {
                let is_of_item = |b: u8| is_of_key(b) && !b"?!&*|`".contains(&b);
                let end = text.bytes().position(|b| !is_of_item(b))?;
                let word = text[..end].trim_end_matches(' ');
                let node = self.scalar(word, ScalarStyle::Plain, start, start + word.len());
                Some((Node::Scalar(node), word.len()))
            }
            _ => None,
        }
    }

    /// The value of the key of a line, read by the parser with all up to the next key: what is indented deeper belongs to it,
    /// and a list may stand below its key.
    fn parsed(&mut self, line: Line<'t>) -> Option<Node> {
        self.at = line.end() + 1;
        while let Some(next) = self.line_at(self.at) {
            let is_passed = next.text.is_empty() || next.text.starts_with('#');
            if !is_passed && next.indent <= line.indent && !(next.indent == line.indent && next.is_item()) {
                break;
            }
            self.at = next.end() + 1;
        }
        let piece = line.start..self.at.min(self.text.len());
        let mut found = Diagnostics::new();
        let mut builder = Builder::new(self.file, self.text, piece.clone(), &mut found);
        feed(&mut builder, &self.text[piece]);
        let is_sure = builder.is_self_contained(DEPTH);
        let mut entries = builder.finish().into_entries();
        let entry = entries.pop().filter(|_| is_sure && entries.is_empty() && found.is_empty())?;
        Some(entry.node)
    }
}

/// What stands in quotes, without any escape, and its length with them.
fn quoted(text: &str) -> Option<(&str, usize)> {
    let quote = text.as_bytes()[0];
    let inner = &text[1..];
    let end = memchr(quote, inner.as_bytes())?;
    let is_doubled = quote == b'\'' && inner.as_bytes().get(end + 1) == Some(&quote);
    let is_plain = inner.bytes().take(end).all(|b| is_printable(b) && !(b == b'\\' && quote == b'"'));
    (is_plain && !is_doubled).then_some((&inner[..end], end + 2))
}

/// The length of a plain text that ends with its line, or before a comment.
fn plain(text: &str) -> Option<usize> {
    let bytes = text.as_bytes();
    if !is_first(bytes[0]) {
        return None;
    }
    for (at, byte) in bytes.iter().enumerate() {
        match byte {
            b':' if matches!(bytes.get(at + 1), None | Some(b' ')) => return None,
            b'#' if bytes[at - 1] == b' ' => return Some(text[..at].trim_end_matches(' ').len()),
            byte if !is_printable(*byte) => return None,
            _ => {}
        }
    }
    Some(text.trim_end_matches(' ').len())
}

/// Whether a plain text may begin with it, whatever follows.
fn is_first(byte: u8) -> bool {
    byte.is_ascii_alphanumeric() || b"/$_.+<=(;^~".contains(&byte)
}

/// Whether it may stand in a plain key, or in a plain text in brackets.
fn is_of_key(byte: u8) -> bool {
    is_printable(byte) && !matches!(byte, b':' | b'#' | b',' | b'[' | b']' | b'{' | b'}' | b'"' | b'\'')
}

fn is_printable(byte: u8) -> bool {
    matches!(byte, b' '..=b'~')
}
