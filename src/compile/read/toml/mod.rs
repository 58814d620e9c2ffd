//! `recipe.toml` → [`Table`], from the events of `toml_parser`, by the rules of TOML 1.1.
//!
//! A statement is a header, or a key and its value with all lists and inline tables in it. Of what is wrong in the
//! spelling of one statement only the first is told, as the rest follows from it; reading goes on with the next.
//!
//! A number keeps its text, whatever its size; `recipe` has no use for its value here.

mod events;
mod statements;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::cell::{Cell, RefCell};

use toml_parser::{Expected, ParseError, Source, Span as TomlSpan};

use self::events::Builder;
use self::statements::Statements;
use super::forbidden_in;
use super::problem::Problem;
use super::report::Report;
use crate::base::{Diagnostics, FileId, Span};
use crate::compile::document::Table;

/// Tokens that are parsed at once, if whole statements fit: few enough to stay in the processor's cache.
const TOKENS: usize = 4096;

/// Reads a text. A byte order mark at its start is fine.
pub(super) fn read(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Table {
    read_by(TOKENS, file, text, diagnostics)
}

/// As [`read`], with at least `at_once` tokens at a time.
fn read_by(at_once: usize, file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Table {
    let source = Source::new(text);
    let findings = Findings::new(file, text, diagnostics);
    let mut builder = Builder::new(source, &findings);
    let mut sink = |error: ParseError| findings.syntax(&error);
    let mut statements = Statements::new(source.lex(), at_once);
    while let Some(tokens) = statements.next() {
        toml_parser::parser::parse_document(tokens, &mut builder, &mut sink);
    }
    let root = builder.finish();
    findings.finish();
    root
}

/// What was found so far. Shared by the parser, which reports what it cannot parse, and the builder, which knows
/// where a statement ends.
struct Findings<'a> {
    file: FileId,
    text: &'a str,
    report: RefCell<Report<'a>>,
    /// Whether this statement has had its error.
    is_broken: Cell<bool>,
}

impl<'a> Findings<'a> {
    fn new(file: FileId, text: &'a str, diagnostics: &'a mut Diagnostics) -> Self {
        Self { file, text, report: RefCell::new(Report::new(diagnostics)), is_broken: Cell::new(false) }
    }

    fn span(&self, span: TomlSpan) -> Span {
        Span::new(self.file, span.start(), span.end())
    }

    fn push(&self, problem: Problem) {
        self.report.borrow_mut().push(problem);
    }

    /// The text cannot be parsed.
    fn syntax(&self, error: &ParseError) {
        let place = error.unexpected().or(error.context()).unwrap_or_default();
        let start = place.start().min(self.text.len());
        let within = error.context().filter(|c| !c.is_empty() && c.start() < start);
        let (what, help) = words(error, self.text.get(start..).unwrap_or(""));
        self.spelling(Problem::TomlSyntax {
            what: what.into(),
            help,
            within: within.map(|c| self.span(c)),
            span: Span::new(self.file, start, place.end().min(self.text.len())),
        });
    }

    /// `at` is where a value should stand.
    fn no_value(&self, at: Span) {
        let (what, help) = ("a value is missing here".into(), Some("write `key = value`".into()));
        self.spelling(Problem::TomlSyntax { what, help, within: None, span: at });
    }

    /// The spelling of this statement is wrong.
    fn spelling(&self, problem: Problem) {
        if !self.is_broken.replace(true) {
            self.push(problem);
        }
    }

    fn next_statement(&self) {
        self.is_broken.set(false);
    }

    /// `text` is what escapes made. What is written openly was looked at before.
    fn escaped(&self, text: &str, span: Span) {
        if let Some(character) = forbidden_in(text) {
            self.push(Problem::Forbidden { character, escaped: true, span });
        }
    }

    fn finish(self) {
        self.report.into_inner().finish(Span::new(self.file, self.text.len(), self.text.len()));
    }
}

/// What is wrong and what would be right: in our words for the common slips, else in those of the parser. `rest` is the
/// text from the fault on.
fn words<'e>(error: &'e ParseError, rest: &str) -> (&'e str, Option<Box<str>>) {
    let expected: Vec<_> = error.expected().unwrap_or_default().iter().map(expected).collect();
    let quote = expected.iter().any(|e| matches!(&**e, "`\"`" | "`'`" | "`\"\"\"`" | "`'''`"));
    let help = match error.description() {
        "invalid unquoted key" | "key with no value" if rest.starts_with(':') => "TOML writes `key = value`".into(),
        "missing escaped value" => "write `\\\\` for a backslash, or use single quotes".into(),
        "missing comma between array elements" => "expected `,` or `]`".into(),
        text if quote && text.ends_with("string") => return ("this text lacks its closing quote", None),
        _ => match expected.as_slice() {
            [] => return (error.description(), None),
            [one] => format!("expected {one}").into(),
            [most @ .., last] => format!("expected {} or {last}", most.join(", ")).into(),
        },
    };
    (error.description(), Some(help))
}

fn expected(what: &Expected) -> Box<str> {
    match what {
        Expected::Literal(text) if text.contains(char::is_control) => format!("`{}`", text.escape_default()).into(),
        Expected::Literal(text) => format!("`{text}`").into(),
        Expected::Description(text) => (*text).into(),
        _ => "something else".into(),
    }
}
