//! Putting values into a text, and keeping the place of each line.
//!
//! A line that one reference brought, and nothing else, has the place where that value is written; any other line has
//! the place of the text that refers. So a wrong line of `programs = ${zope:programs}` is shown in `[zope]`.

use crate::base::Span;
use crate::compile::document::Scalar;

use super::merge_cfg::line_spans;
use super::template::{Piece, What};

/// A value that comes into a text.
#[derive(Clone, Copy)]
pub(super) enum Value<'a> {
    /// One that stands somewhere.
    Scalar(&'a Scalar),
    /// One that stands nowhere: an environment variable, a name.
    Text(&'a str),
}

impl Value<'_> {
    fn text(&self) -> &str {
        match self {
            Self::Scalar(scalar) => &scalar.text,
            Self::Text(text) => text,
        }
    }

    /// How many bytes it brings.
    pub(super) fn len(&self) -> usize {
        self.text().len()
    }
}

/// `template` with `values` in the places of its references, one for each.
pub(super) fn fill(template: Scalar, pieces: &[Piece], values: &[Value<'_>]) -> Scalar {
    let has_lines = |text: &str| memchr::memchr(b'\n', text.as_bytes()).is_some();
    if has_lines(&template.text) || values.iter().any(|v| has_lines(v.text())) {
        Filling::new(&template).all(pieces, values)
    } else {
        let text = plain(&template.text, pieces, values);
        Scalar { text: text.into(), ..template }
    }
}

fn plain(template: &str, pieces: &[Piece], values: &[Value<'_>]) -> String {
    let mut out = String::with_capacity(template.len() + values.iter().map(|v| v.text().len()).sum::<usize>());
    let (mut at, mut values) = (0, values.iter());
    for piece in pieces {
        out.push_str(&template[at..piece.range.start]);
        at = piece.range.end;
        match piece.what {
            What::Escape => out.push_str("$<"),
            What::Reference { .. } => out.push_str(values.next().map_or("", Value::text)),
        }
    }
    out.push_str(&template[at..]);
    out
}

/// Where the current line comes from so far.
#[derive(Clone, Copy)]
enum Origin {
    Nothing,
    Reference(Span),
    Own,
}

struct Filling<'a> {
    template: &'a Scalar,
    /// The line of the template that is being copied.
    line: usize,
    text: String,
    lines: Vec<Span>,
    origin: Origin,
}

impl<'a> Filling<'a> {
    fn new(template: &'a Scalar) -> Self {
        Self { template, line: 0, text: String::new(), lines: Vec::new(), origin: Origin::Nothing }
    }

    fn all(mut self, pieces: &[Piece], values: &[Value<'_>]) -> Scalar {
        let (mut at, mut values) = (0, values.iter());
        for piece in pieces {
            self.own(&self.template.text[at..piece.range.start]);
            at = piece.range.end;
            match piece.what {
                What::Escape => self.own("$<"),
                What::Reference { .. } => values.next().into_iter().for_each(|v| self.value(*v)),
            }
        }
        self.own(&self.template.text[at..]);
        self.end_line();
        Scalar { text: self.text.into(), kind: self.template.kind, span: self.template.span, lines: self.lines.into() }
    }

    fn own(&mut self, text: &str) {
        for (number, line) in text.split('\n').enumerate() {
            if number > 0 {
                self.end_line();
                self.text.push('\n');
                self.line += 1;
            }
            if !line.trim().is_empty() {
                self.origin = Origin::Own;
            }
            self.text.push_str(line);
        }
    }

    fn value(&mut self, value: Value<'_>) {
        let own = self.template.line_span(self.line);
        let spans: Vec<Span> = match value {
            Value::Scalar(scalar) => line_spans(scalar).collect(),
            Value::Text(_) => Vec::new(),
        };
        for (number, line) in value.text().split('\n').enumerate() {
            if number > 0 {
                self.end_line();
                self.text.push('\n');
            }
            self.origin = match self.origin {
                Origin::Nothing => Origin::Reference(spans.get(number).copied().unwrap_or(own)),
                _ if line.is_empty() => self.origin,
                _ => Origin::Own,
            };
            self.text.push_str(line);
        }
    }

    fn end_line(&mut self) {
        let own = self.template.line_span(self.line);
        self.lines.push(match self.origin {
            Origin::Reference(span) => span,
            Origin::Own | Origin::Nothing => own,
        });
        self.origin = Origin::Nothing;
    }
}
