//! `recipe.yaml` → [`Table`], from the events of `granit-parser`, by the rules of YAML 1.2.
//!
//! Keys are texts, whatever their type; a table with one key twice is an error, as is a second document. Aliases are
//! copies, `<<` merges, tags of the core schema are obeyed and others refused.
//!
//! The parser stops at the first spelling error, as indentation decides about everything after it; what stands before it
//! is read.

mod anchors;
mod events;
mod merge;
mod plain;
mod scalar;
#[cfg(test)]
mod tests;

use granit_parser::{ErrorKind, Parser, ScanError};

use self::events::Builder;
use super::DEPTH;
use super::problem::Problem;
use crate::base::{Diagnostics, FileId, Span};
use crate::compile::document::Table;

/// Reads a text. A byte order mark at its start is fine.
pub(super) fn read(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Table {
    plain::read(file, text).unwrap_or_else(|| parsed(file, text, diagnostics))
}

/// As [`read`], all by the parser.
fn parsed(file: FileId, text: &str, diagnostics: &mut Diagnostics) -> Table {
    let mut builder = Builder::new(file, text, 0..text.len(), diagnostics);
    feed(&mut builder, text);
    builder.finish()
}

/// Parses a text, which may be a piece of that of the builder.
fn feed(builder: &mut Builder<'_>, text: &str) {
    let options = granit_parser::options! { emit_comments: false, emit_unresolved_aliases: true };
    for event in Parser::new_from_str_with_options(text, options) {
        match event {
            Ok((event, span)) => {
                if !builder.event(event, span) {
                    break;
                }
            }
            Err(error) => {
                let bracket = builder.open_bracket();
                builder.broken(spelling(builder.file, text, &error, bracket));
                break;
            }
        }
    }
}

fn spelling(file: FileId, text: &str, error: &ScanError, bracket: Option<Span>) -> Problem {
    let at = error.marker().byte_offset().unwrap_or(text.len()).min(text.len());
    let at = if *error.kind() == ErrorKind::TabInPlainScalar { next_tab(text, at) } else { at };
    let length = text.get(at..).and_then(|rest| rest.chars().next()).map_or(0, char::len_utf8);
    let span = Span::new(file, at, at + length);
    match error.kind() {
        ErrorKind::RecursionLimitExceeded => Problem::TooDeep { limit: DEPTH, span },
        kind => {
            let what = match kind {
                ErrorKind::UnexpectedCharacter { character } => format!("a text cannot start with `{character}` here"),
                ErrorKind::TabInPlainScalar => "tab cannot be used as indentation".to_owned(),
                _ => error.info(),
            };
            Problem::YamlSyntax { what: what.into(), help: help(kind), bracket, span }
        }
    }
}

/// The tab that indents one of the lines of a text, which starts at `at`.
fn next_tab(text: &str, at: usize) -> usize {
    let indented = text[at..].match_indices('\n').find_map(|(before, _)| {
        let start = at + before + 1;
        let words = text[start..].trim_start_matches([' ', '\t']);
        let blanks = &text[start..text.len() - words.len()];
        blanks.find('\t').filter(|_| !words.starts_with(['\n', '\r'])).map(|tab| start + tab)
    });
    indented.unwrap_or(at)
}

/// What would be right, for the slips that people make.
fn help(kind: &ErrorKind) -> Option<&'static str> {
    Some(match kind {
        ErrorKind::MappingValueNotAllowed => {
            "`key: value` has a line of its own and a space behind the `:`; quote a text that holds `: `"
        }
        ErrorKind::UnclosedQuotedScalar | ErrorKind::InvalidQuotedScalarIndent => "is the quote before this closed?",
        ErrorKind::TabNotAllowed
        | ErrorKind::TabInBlockIndentation
        | ErrorKind::TabInIndentation
        | ErrorKind::TabInPlainScalar => "indent with spaces",
        ErrorKind::UnexpectedCharacter { .. } => "quote it",
        ErrorKind::SimpleKeyExpected | ErrorKind::InvalidSimpleKey => "write `key: value`, with a space behind the `:`",
        ErrorKind::ExpectedBlockMappingKey | ErrorKind::InvalidIndentation => {
            "all keys of a table start in the same column"
        }
        ErrorKind::ExpectedBlockSequenceEntry | ErrorKind::BlockSequenceEntryNotAllowed => {
            "all `-` of a list stand in the same column"
        }
        ErrorKind::UnknownQuotedScalarEscape => "write `\\\\` for a backslash, or use single quotes",
        _ => return None,
    })
}
