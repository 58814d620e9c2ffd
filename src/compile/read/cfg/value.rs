//! The value of an option as its lines: ranges of the text, so that ten thousand lines cost no strings.

use crate::base::{FileId, Span};
use crate::compile::document::Scalar;
use crate::compile::read::python::common_indent;

/// One line, stripped as its option asked for.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line {
    start: u32,
    end: u32,
}

impl Line {
    /// The bytes `start..end` of the file.
    pub(super) fn new(start: usize, end: usize) -> Self {
        let clamp = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { start: clamp(start), end: clamp(end) }
    }

    fn is_empty(self) -> bool {
        self.start == self.end
    }

    fn of(self, text: &str) -> &str {
        text.get(self.start as usize..self.end as usize).unwrap_or("")
    }
}

/// The lines of a value, joined by line ends when it is finished. Never empty.
#[derive(Debug)]
pub(super) struct Value {
    lines: Vec<Line>,
}

impl Value {
    /// Starts with what stands behind the `=`.
    pub(super) fn new(first: Line) -> Self {
        Self { lines: vec![first] }
    }

    /// Adds a line.
    pub(super) fn push(&mut self, line: Line) {
        self.lines.push(line);
    }

    /// Where the last line ends that is not blank, or the first.
    pub(super) fn end(&self) -> usize {
        let mut lines = self.lines.iter().rev().filter(|line| !line.is_empty());
        lines.next().or(self.lines.first()).map_or(0, |line| line.end as usize)
    }

    /// Goes on with the value of another `+=` of the same option: blank lines at the end go, an empty first line adds
    /// nothing.
    pub(super) fn extend(&mut self, first: Line) {
        while self.lines.len() > 1 && self.lines.last().is_some_and(|l| l.is_empty()) {
            self.lines.pop();
        }
        if !first.is_empty() {
            self.push(first);
        }
    }

    /// The text that it means. A value that starts on the line below its name is dedented, and loses the blank lines
    /// around it; any other is taken as it is.
    pub(super) fn finish(mut self, file: FileId, text: &str) -> Scalar {
        let after_equals = self.lines[0];
        if self.lines.len() > 1 && after_equals.is_empty() {
            self.dedent(text);
        }
        let mut joined = String::with_capacity(self.lines.iter().map(|l| (l.end - l.start) as usize + 1).sum());
        for (at, line) in self.lines.iter().enumerate() {
            joined.push_str(if at > 0 { "\n" } else { "" });
            joined.push_str(line.of(text));
        }
        let place = |l: &Line| Span { file, start: l.start, end: l.end };
        let span = match (self.lines.first(), self.lines.last()) {
            (Some(first), Some(last)) => place(first).to(place(last)),
            _ => place(&after_equals),
        };
        let lines = if self.lines.len() > 1 { self.lines.iter().map(place).collect() } else { Box::default() };
        Scalar { lines, ..Scalar::string(joined, span) }
    }

    fn dedent(&mut self, text: &str) {
        let blank = |l: &Line| l.is_empty();
        let end = self.lines.iter().rposition(|l| !blank(l)).map_or(0, |n| n + 1);
        self.lines.truncate(end);
        let start = self.lines.iter().position(|l| !blank(l)).unwrap_or(0);
        self.lines.drain(..start);
        let margin = common_indent(self.lines.iter().map(|l| l.of(text)));
        let margin = u32::try_from(margin).unwrap_or(0);
        for line in self.lines.iter_mut().filter(|l| !l.is_empty()) {
            line.start += margin;
        }
    }
}
