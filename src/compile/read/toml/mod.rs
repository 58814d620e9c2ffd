//! `recipe.toml` → [`Table`], from the events of `toml_parser`, by the rules of TOML 1.1.
//!
//! A statement is a header, or a key and its value with all lists and inline tables in it. Of what is wrong in the
//! spelling of one statement only the first is told, as the rest follows from it; reading goes on with the next.
//!
//! A number keeps its text, whatever its size; `recipe` has no use for its value here.

mod events;
#[cfg(test)]
mod tests;
mod tree;
mod value;

use std::cell::{Cell, RefCell};

use toml_parser::{Expected, ParseError, Source, Span as TomlSpan};

use self::events::Builder;
use super::problem::Problem;
use crate::base::{Diagnostics, FileId, Span};
use crate::compile::document::Table;

/// Errors named one by one; the rest is counted.
const NAMED_ERRORS: usize = 100;

/// Reads a text. A byte order mark at its start is fine.
pub(super) fn read(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Table {
    let source = Source::new(text);
    let tokens: Vec<_> = source.lex().collect();
    let findings = Findings::new(file, text);
    let mut builder = Builder::new(source, &findings);
    let mut sink = |error: ParseError| findings.syntax(&error);
    toml_parser::parser::parse_document(&tokens, &mut builder, &mut sink);
    let root = builder.finish();
    findings.report(diagnostics);
    root
}

/// What was found so far. Shared by the parser, which reports what it cannot parse, and the builder, which knows
/// where a statement ends.
struct Findings<'a> {
    file: FileId,
    text: &'a str,
    problems: RefCell<Vec<Problem>>,
    /// Whether this statement has had its error.
    is_broken: Cell<bool>,
    unnamed: Cell<usize>,
}

impl<'a> Findings<'a> {
    fn new(file: FileId, text: &'a str) -> Self {
        let problems = RefCell::default();
        Self { file, text, problems, is_broken: Cell::new(false), unnamed: Cell::new(0) }
    }

    fn span(&self, span: TomlSpan) -> Span {
        Span::new(self.file, span.start(), span.end())
    }

    fn push(&self, problem: Problem) {
        let mut problems = self.problems.borrow_mut();
        if problems.len() < NAMED_ERRORS {
            problems.push(problem);
        } else {
            self.unnamed.set(self.unnamed.get() + 1);
        }
    }

    /// The text cannot be parsed.
    fn syntax(&self, error: &ParseError) {
        let place = error.unexpected().or(error.context()).unwrap_or_default();
        let start = place.start().min(self.text.len());
        let within = error.context().filter(|c| !c.is_empty() && c.start() < start);
        self.spelling(Problem::TomlSyntax {
            what: error.description().into(),
            expected: error.expected().unwrap_or_default().iter().map(expected).collect(),
            within: within.map(|c| self.span(c)),
            span: Span::new(self.file, start, place.end().min(self.text.len())),
        });
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

    fn characters(&self, text: &str, raw: &str, span: Span) {
        if let Some(character) = value::escaped_character(text, raw) {
            self.push(Problem::Forbidden { character, escaped: true, span });
        }
    }

    fn report(self, diagnostics: &mut Diagnostics) {
        for problem in self.problems.into_inner() {
            diagnostics.push(problem);
        }
        let count = self.unnamed.get();
        if count > 0 {
            let span = Span::new(self.file, self.text.len(), self.text.len());
            diagnostics.push(Problem::MoreErrors { count, span });
        }
    }
}

fn expected(what: &Expected) -> Box<str> {
    match what {
        Expected::Literal(text) => format!("`{}`", text.escape_debug()).into(),
        Expected::Description(text) => (*text).into(),
        _ => "something else".into(),
    }
}
