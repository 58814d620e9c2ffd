//! `buildout.cfg` → [`Table`] of sections, by the rules of zc.buildout's own parser (which is not Python's
//! `ConfigParser`).
//!
//! Each line is, in this order: a comment (`#` or `;` in the first column, even inside a value); an indented or blank
//! line that goes on with the option above; a `[section]`; an option. Anything else is an error, and reading goes on.
//! A value that starts behind its `=` loses the indentation and the blank lines of what follows; one that starts on the
//! next line keeps both, less the common indent. There are no comments behind a value, no quotes, no escapes.
//!
//! Within the file a section may be opened again, the last `=` of an option wins and drops the `+=` and `-=` before
//! it, and several `+=` (or `-=`) of one option become one. How they meet earlier files is for `sections`.
//!
//! Where this is kinder than the original: a byte order mark is skipped, reading goes on before the first header, a
//! false condition on the first section only skips that section, and `a+=1` is `a += 1` everywhere.

mod line;
#[cfg(test)]
mod tests;
mod value;

use std::collections::HashMap;

use super::condition::{self, Conditions};
use super::problem::{Excerpt, Problem};
use super::python::{self, is_space, strip, strip_end, strip_start};
use super::report::Report;
use crate::base::{Diagnostics, FileId, Span};
use crate::compile::document::{Entry, Key, Node, Op, Table};

use self::line::{Fault, Header, OptionStart};
use self::value::{Line, Value};

pub(crate) use self::line::Fault as LineFault;

/// Under which name `=> x` is kept.
const PART_DEPENDENCIES: &str = "<part-dependencies>";

/// Reads `text` from the byte `from` on.
pub(super) fn read(
    file: FileId,
    text: &str,
    from: usize,
    conditions: &Conditions,
    diagnostics: &mut Diagnostics,
) -> Table {
    let mut reader = Reader {
        file,
        text,
        conditions,
        report: Report::new(diagnostics),
        sections: Vec::new(),
        index: HashMap::new(),
        place: Place::Before { reported: false },
        headers: 0,
    };
    for (at, line) in python::lines(&text[from..]) {
        reader.line(from + at, line);
    }
    reader.finish()
}

/// Which lines may come next.
#[derive(Clone, Copy, Debug)]
enum Place {
    /// No header yet; whether that was reported.
    Before { reported: bool },
    /// In a section whose condition is false.
    Skipped,
    /// In a section without an option yet.
    Section(usize),
    /// In an option of a section; whether its value keeps its indentation.
    Option { section: usize, option: usize, block: bool },
}

struct Reader<'a> {
    file: FileId,
    text: &'a str,
    conditions: &'a Conditions,
    report: Report<'a>,
    sections: Vec<Section<'a>>,
    index: HashMap<&'a str, usize>,
    place: Place,
    headers: usize,
}

struct Section<'a> {
    name: &'a str,
    span: Span,
    options: Vec<Draft<'a>>,
    index: HashMap<(&'a str, Op), usize>,
}

struct Draft<'a> {
    key: &'a str,
    span: Span,
    op: Op,
    value: Value,
    /// Under which header of the file it was last set.
    header: usize,
    dropped: bool,
}

impl<'a> Reader<'a> {
    fn line(&mut self, at: usize, line: &'a str) {
        if line.starts_with(['#', ';']) {
            return;
        }
        if line.is_empty() || line.starts_with(is_space) {
            return self.indented(at, line);
        }
        if line.starts_with('[') {
            return match line::header(line) {
                Ok(header) => self.header(at, line, header),
                Err((fault, range)) => self.bad_line(at, line, fault, range.start..range.end),
            };
        }
        match (self.place, line::option(line)) {
            (Place::Before { .. }, _) => self.before_header(at, line),
            (_, None) => {
                let (fault, range) = line::fault(line);
                self.bad_line(at, line, fault, range);
            }
            (_, Some(option)) if option.name.is_empty() => self.bad_line(at, line, Fault::NoOptionName, 0..2),
            (Place::Skipped, Some(_)) => {}
            (Place::Section(section) | Place::Option { section, .. }, Some(option)) => {
                self.option(section, at, line, &option);
            }
        }
    }

    fn indented(&mut self, at: usize, line: &'a str) {
        match self.place {
            Place::Skipped => {}
            Place::Option { section, option, block } => self.continuation(section, option, block, at, line),
            _ if strip(line).is_empty() => {}
            Place::Before { .. } => self.before_header(at, line),
            Place::Section(_) => {
                let (fault, range) = line::fault(line);
                self.bad_line(at, line, fault, range);
            }
        }
    }

    fn continuation(&mut self, section: usize, option: usize, block: bool, at: usize, line: &str) {
        let value = &mut self.sections[section].options[option].value;
        let end = at + strip_end(line).len();
        if block {
            value.push(Line::new(at.min(end), end));
        } else if end > at {
            value.push(Line::new(at + line.len() - strip_start(line).len(), end));
        }
    }

    fn header(&mut self, at: usize, line: &'a str, header: Header) {
        self.headers += 1;
        if let Some(expression) = header.expression.filter(|e| !strip(&line[e.clone()]).is_empty()) {
            let span = self.span(at, expression.clone());
            match condition::evaluate(&line[expression], span, self.conditions) {
                Ok(true) => {}
                Ok(false) => {
                    self.place = Place::Skipped;
                    return;
                }
                Err(problem) => self.report.push(problem),
            }
        }
        let name = &line[header.name.clone()];
        let span = self.span(at, header.name);
        let sections = &mut self.sections;
        let section = *self.index.entry(name).or_insert_with(|| {
            sections.push(Section { name, span, options: Vec::new(), index: HashMap::new() });
            sections.len() - 1
        });
        self.place = Place::Section(section);
    }

    fn option(&mut self, section: usize, at: usize, line: &'a str, start: &OptionStart) {
        let written = &line[start.name.clone()];
        let key = if written == "=>" { PART_DEPENDENCIES } else { written };
        let span = self.span(at, start.name.clone());
        let first = Line::new(at + start.value.start, at + start.value.end);
        let header = self.headers;
        let into = &mut self.sections[section];
        let known = into.index.get(&(key, start.op)).copied();
        if start.op == Op::Set {
            into.drop_operators(key);
        }
        let option = known.unwrap_or_else(|| into.add(key, span, start.op, first, header));
        if known.is_some() {
            let draft = &mut into.options[option];
            if start.op == Op::Set {
                let earlier = std::mem::replace(draft, Draft::new(key, span, Op::Set, first, header));
                if earlier.header == header {
                    let lost = earlier.lines(self.file, self.text);
                    self.report.push(Problem::SetTwice { key: key.into(), first: earlier.span, lost, span });
                }
            } else {
                draft.value.extend(first);
            }
        }
        self.place = Place::Option { section, option, block: start.value.is_empty() };
    }

    fn before_header(&mut self, at: usize, line: &str) {
        if let Place::Before { reported: false } = self.place {
            self.place = Place::Before { reported: true };
            let line_span = self.span(at, 0..strip_end(line).len());
            self.report.push(Problem::BeforeHeader { line: Excerpt::of(line), span: line_span });
        }
    }

    fn bad_line(&mut self, at: usize, line: &str, fault: Fault, range: std::ops::Range<usize>) {
        let span = self.span(at, range);
        let above = match self.place {
            Place::Option { section, option, .. } => Some(self.sections[section].options[option].key.into()),
            _ => None,
        };
        self.report.push(Problem::BadLine { fault, line: Excerpt::of(line), above, span });
    }

    fn span(&self, line: usize, range: std::ops::Range<usize>) -> Span {
        Span::new(self.file, line + range.start, line + range.end)
    }

    fn finish(self) -> Table {
        let (file, text) = (self.file, self.text);
        self.report.finish(Span::new(file, text.len(), text.len()));
        let mut root = Table::new(Span::new(file, 0, 0));
        for section in self.sections {
            let key = Key { text: section.name.into(), span: section.span };
            root.push(Entry { key, op: Op::Set, node: Node::Table(section.finish(file, text)) });
        }
        root
    }
}

impl<'a> Section<'a> {
    fn add(&mut self, key: &'a str, span: Span, op: Op, first: Line, header: usize) -> usize {
        self.options.push(Draft::new(key, span, op, first, header));
        self.index.insert((key, op), self.options.len() - 1);
        self.options.len() - 1
    }

    fn drop_operators(&mut self, key: &'a str) {
        for op in [Op::Append, Op::Remove] {
            if let Some(at) = self.index.remove(&(key, op)) {
                self.options[at].dropped = true;
            }
        }
    }

    fn finish(self, file: FileId, text: &str) -> Table {
        let mut table = Table::new(self.span);
        for draft in self.options.into_iter().filter(|d| !d.dropped) {
            let key = Key { text: draft.key.into(), span: draft.span };
            table.push(Entry { key, op: draft.op, node: Node::Scalar(draft.value.finish(file, text)) });
        }
        table
    }
}

impl<'a> Draft<'a> {
    fn new(key: &'a str, span: Span, op: Op, first: Line, header: usize) -> Self {
        Self { key, span, op, value: Value::new(first), header, dropped: false }
    }

    /// All its lines with their ends, and whether there is a comment among them.
    fn lines(&self, file: FileId, text: &str) -> (Span, bool) {
        let (start, last) = (self.span.range().start, self.value.end());
        let end = text[last..].find('\n').map_or(text.len(), |at| last + at + 1);
        let has_comment = text[start..end].lines().any(|line| line.starts_with(['#', ';']));
        (Span::new(file, start, end), has_comment)
    }
}
