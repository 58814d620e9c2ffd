//! The words of a condition.

use std::ops::Range;

use super::{Answer, Fault};

/// One token.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Token<'a> {
    /// `(`
    Open,
    /// `)`
    Close,
    /// `==`, `<`, …
    Operator(&'a str),
    /// A quoted text, without its quotes.
    Text(&'a str),
    /// A keyword or name; dots belong to it.
    Word(&'a str),
    /// A character that the grammar has no place for.
    Unknown,
}

/// A token and its place.
pub(super) type Placed<'a> = (Token<'a>, Range<usize>);

/// The longest come first.
const OPERATORS: [&str; 8] = ["===", "==", "~=", "!=", "<=", ">=", "<", ">"];

/// All tokens with their places.
pub(super) fn tokens(text: &str) -> Answer<Vec<Placed<'_>>> {
    let mut found = Vec::new();
    let mut at = 0;
    while let Some(c) = text[at..].chars().next() {
        if crate::compile::read::python::is_space(c) {
            at += c.len_utf8();
            continue;
        }
        let (token, length) = token(text, at, c)?;
        found.push((token, at..at + length));
        at += length;
    }
    Ok(found)
}

fn token(text: &str, at: usize, first: char) -> Answer<(Token<'_>, usize)> {
    let rest = &text[at..];
    match first {
        '(' => return Ok((Token::Open, 1)),
        ')' => return Ok((Token::Close, 1)),
        '\'' | '"' => {
            let close = rest[1..].find(first).ok_or((Fault::OpenQuote, at..text.len()))?;
            return Ok((Token::Text(&rest[1..=close]), close + 2));
        }
        _ => {}
    }
    if let Some(operator) = OPERATORS.iter().find(|o| rest.starts_with(**o)) {
        return Ok((Token::Operator(&rest[..operator.len()]), operator.len()));
    }
    let length = rest.find(|c: char| !c.is_alphanumeric() && c != '_' && c != '.').unwrap_or(rest.len());
    if length == 0 {
        return Ok((Token::Unknown, first.len_utf8()));
    }
    Ok((Token::Word(&rest[..length]), length))
}
