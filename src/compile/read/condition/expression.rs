//! The grammar of conditions, judged while it is read:
//!
//! ```text
//! either     = both ("or" both)*
//! both       = one ("and" one)*
//! one        = "not" one | "(" either ")" | flag | operand operator operand
//! operator   = "==" | "!=" | "<" | … | "in" | "not" "in"
//! operand    = marker | text | "os.environ"
//! ```

use std::borrow::Cow;
use std::ops::Range;

use super::token::{Placed, Token, tokens};
use super::version::Specifier;
use super::{Answer, Conditions, Fault};

/// Brackets and `not`s in each other.
const DEPTH: usize = 64;

/// Whether `text` holds.
pub(super) fn evaluate(text: &str, conditions: &Conditions) -> Answer<bool> {
    let tokens = tokens(text)?;
    let mut parser = Parser { text, tokens: &tokens, at: 0, depth: 0, conditions };
    let result = parser.either()?;
    match parser.next() {
        None => Ok(result),
        Some((_, range)) => Err(parser.not_understood(range)),
    }
}

struct Parser<'a> {
    text: &'a str,
    tokens: &'a [Placed<'a>],
    at: usize,
    depth: usize,
    conditions: &'a Conditions,
}

/// What stands where something to judge should.
enum Operand<'a> {
    Comparable(Comparable<'a>),
    /// A name that is no marker.
    Name(&'a str),
}

/// A side of a comparison.
enum Comparable<'a> {
    Text(Cow<'a, str>),
    Variable(String),
    Environment,
}

impl<'a> Parser<'a> {
    fn next(&mut self) -> Option<Placed<'a>> {
        let token = self.tokens.get(self.at).cloned();
        self.at += 1;
        token
    }

    fn is_word(&self, ahead: usize, word: &str) -> bool {
        matches!(self.tokens.get(self.at + ahead), Some((Token::Word(w), _)) if *w == word)
    }

    fn take_word(&mut self, word: &str) -> bool {
        let found = self.is_word(0, word);
        self.at += usize::from(found);
        found
    }

    fn not_understood(&self, range: Range<usize>) -> (Fault, Range<usize>) {
        (Fault::NotUnderstood(self.text[range.clone()].into()), range)
    }

    fn missing(&self) -> (Fault, Range<usize>) {
        let end = self.text.trim_end().len();
        (Fault::Missing, self.tokens.get(self.at).map_or(end..end, |(_, range)| range.clone()))
    }

    fn either(&mut self) -> Answer<bool> {
        let mut result = self.both()?;
        while self.take_word("or") {
            result |= self.both()?;
        }
        Ok(result)
    }

    fn both(&mut self) -> Answer<bool> {
        let mut result = self.one()?;
        while self.take_word("and") {
            result &= self.one()?;
        }
        Ok(result)
    }

    fn one(&mut self) -> Answer<bool> {
        self.depth += 1;
        if self.depth > DEPTH {
            return Err((Fault::TooDeep, self.missing().1));
        }
        let result = if self.take_word("not") {
            !self.one()?
        } else if let Some((Token::Open, range)) = self.tokens.get(self.at) {
            self.at += 1;
            self.bracketed(range.clone())?
        } else {
            self.comparison()?
        };
        self.depth -= 1;
        Ok(result)
    }

    fn bracketed(&mut self, open: Range<usize>) -> Answer<bool> {
        let result = self.either()?;
        match self.next() {
            Some((Token::Close, _)) => Ok(result),
            Some((_, range)) => Err(self.not_understood(range)),
            None => Err((Fault::OpenBracket, open)),
        }
    }

    fn comparison(&mut self) -> Answer<bool> {
        let (left, left_at) = self.operand()?;
        let Some((operator, operator_at)) = self.operator() else { return self.flag(&left, left_at) };
        let left = self.comparable(left, &left_at)?;
        let (right, right_at) = self.operand()?;
        let right = self.comparable(right, &right_at)?;
        match (left, right) {
            (Comparable::Text(name), Comparable::Environment) if operator == "in" || operator == "not in" => {
                Ok(self.conditions.environment.contains(&*name) == (operator == "in"))
            }
            (Comparable::Environment, _) | (_, Comparable::Environment) => Err(self.not_understood(operator_at)),
            (Comparable::Text(_), Comparable::Text(_)) => Err((Fault::NoMarker, left_at.start..right_at.end)),
            (Comparable::Variable(key), Comparable::Text(right)) => {
                compare(&key, self.value(&key), operator, &right, operator_at)
            }
            (Comparable::Text(left), Comparable::Variable(key)) => {
                compare(&key, &left, operator, self.value(&key), operator_at)
            }
            (Comparable::Variable(left), Comparable::Variable(right)) => {
                compare(&left, self.value(&left), operator, self.value(&right), operator_at)
            }
        }
    }

    fn value(&self, key: &str) -> &'a str {
        self.conditions.variable(key).unwrap_or("")
    }

    fn operand(&mut self) -> Answer<(Operand<'a>, Range<usize>)> {
        match self.tokens.get(self.at).cloned() {
            Some((Token::Text(text), range)) => {
                self.at += 1;
                Ok((Operand::Comparable(Comparable::Text(unescaped(text))), range))
            }
            Some((Token::Word(word), range)) if !matches!(word, "and" | "or" | "in" | "not") => {
                self.at += 1;
                Ok((self.named(word), range))
            }
            Some((Token::Unknown, range)) => Err(self.not_understood(range)),
            _ => Err(self.missing()),
        }
    }

    /// `os.name`, `sys.platform`, `platform.machine` are old spellings of markers.
    fn named(&self, word: &'a str) -> Operand<'a> {
        let dotted = ["os.", "sys.", "platform."].iter().any(|p| word.starts_with(p));
        let key = if dotted { word.replacen('.', "_", 1) } else { word.to_owned() };
        match key.as_str() {
            "os_environ" if dotted => Operand::Comparable(Comparable::Environment),
            _ if self.conditions.variable(&key).is_some() => Operand::Comparable(Comparable::Variable(key)),
            _ => Operand::Name(word),
        }
    }

    fn operator(&mut self) -> Option<(&'a str, Range<usize>)> {
        let (token, range) = self.tokens.get(self.at)?;
        let found = match token {
            Token::Operator(operator) => (*operator, range.clone()),
            Token::Word("in") => ("in", range.clone()),
            Token::Word("not") if self.is_word(1, "in") => {
                self.at += 1;
                ("not in", range.start..self.tokens[self.at].1.end)
            }
            _ => return None,
        };
        self.at += 1;
        Some(found)
    }

    fn flag(&self, operand: &Operand<'_>, at: Range<usize>) -> Answer<bool> {
        let text = self.text[at.clone()].into();
        match operand {
            Operand::Name(name) => self.conditions.flag(name).ok_or((Fault::UnknownName(text), at)),
            Operand::Comparable(_) => Err(match self.tokens.get(self.at) {
                Some((Token::Open, call)) => self.not_understood(call.clone()),
                _ => (Fault::NotCompared(text), at),
            }),
        }
    }

    fn comparable<'b>(&self, operand: Operand<'b>, at: &Range<usize>) -> Answer<Comparable<'b>> {
        match operand {
            Operand::Comparable(side) => Ok(side),
            Operand::Name(name) if self.conditions.flag(name).is_some() => {
                Err((Fault::Compared(name.into()), at.clone()))
            }
            Operand::Name(name) => Err((Fault::UnknownName(name.into()), at.clone())),
        }
    }
}

/// Versions are compared as such where the marker is one and the other side can be; all else is text, which has no
/// order.
fn compare(key: &str, left: &str, operator: &str, right: &str, at: Range<usize>) -> Answer<bool> {
    let versions =
        ["implementation_version", "platform_release", "python_full_version", "python_version"].contains(&key);
    if let Some(specifier) = Specifier::new(operator, right).filter(|_| versions) {
        return Ok(specifier.contains(left));
    }
    Ok(match operator {
        "in" => right.contains(left),
        "not in" => !right.contains(left),
        "==" | "<=" | ">=" => left == right,
        "!=" => left != right,
        "<" | ">" => false,
        _ => return Err((Fault::NotAVersion(operator.into()), at)),
    })
}

/// `#` and `;` start comments in a header, so they are written `\x23` and `\x3b`.
fn unescaped(text: &str) -> Cow<'_, str> {
    if text.contains('\\') { Cow::Owned(text.replace(r"\x23", "#").replace(r"\x3b", ";")) } else { Cow::Borrowed(text) }
}
