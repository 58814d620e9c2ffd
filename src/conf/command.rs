//! Command lines: words from text as Python's `shlex.split` finds them, and text from words.

use std::ops::Range;

use super::expand;
use super::problem::Problem;
use super::python::is_space;
use crate::base::secret;

/// Why a command line cannot be split.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum SplitError {
    /// A quote is not closed.
    NoClosingQuotation,
    /// The text ends with a backslash.
    NoEscapedCharacter,
}

impl std::fmt::Display for SplitError {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.write_str(match self {
            Self::NoClosingQuotation => "No closing quotation",
            Self::NoEscapedCharacter => "No escaped character",
        })
    }
}

/// A word of a command line.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Word {
    /// Without quotes.
    pub text: String,
    /// Where it stands.
    pub range: Range<usize>,
    /// Whether any of it is quoted.
    pub is_quoted: bool,
}

/// What stands between words.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

/// The words of an expanded command line. Blanks are space, tab, carriage return and newline; single quotes protect
/// all, double quotes all but `\"` and `\\`; there are no comments.
pub fn split(text: &str) -> Result<Vec<String>, SplitError> {
    Ok(words(text)?.into_iter().map(|word| word.text).collect())
}

/// As [`split`], with the places of the words.
pub fn words(text: &str) -> Result<Vec<Word>, SplitError> {
    let mut words = Vec::new();
    let mut rest = text.trim_start_matches(BLANKS);
    while !rest.is_empty() {
        let start = text.len() - rest.len();
        let (word, is_quoted, after) = word(rest)?;
        words.push(Word { text: word, range: start..text.len() - after.len(), is_quoted });
        rest = after.trim_start_matches(BLANKS);
    }
    Ok(words)
}

/// The word that `text` begins with, whether any of it is quoted, and what follows it.
fn word(text: &str) -> Result<(String, bool, &str), SplitError> {
    let mut word = String::new();
    let (mut chars, mut is_quoted) = (text.chars(), false);
    loop {
        let rest = chars.as_str();
        match chars.next() {
            None | Some(' ' | '\t' | '\r' | '\n') => return Ok((word, is_quoted, rest)),
            Some('\'') => single_quoted(&mut chars, &mut word)?,
            Some('"') => double_quoted(&mut chars, &mut word)?,
            Some('\\') => word.push(chars.next().ok_or(SplitError::NoEscapedCharacter)?),
            Some(_) => {
                let ends = |b: u8| matches!(b, b' ' | b'\t' | b'\r' | b'\n' | b'\'' | b'"' | b'\\');
                let end = rest.bytes().position(ends).unwrap_or(rest.len());
                word.push_str(&rest[..end]);
                chars = rest[end..].chars();
                continue;
            }
        }
        is_quoted = true;
    }
}

fn single_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), SplitError> {
    let (inside, after) = chars.as_str().split_once('\'').ok_or(SplitError::NoClosingQuotation)?;
    word.push_str(inside);
    *chars = after.chars();
    Ok(())
}

fn double_quoted(chars: &mut std::str::Chars<'_>, word: &mut String) -> Result<(), SplitError> {
    loop {
        match chars.next().ok_or(SplitError::NoClosingQuotation)? {
            '"' => return Ok(()),
            '\\' => match chars.next().ok_or(SplitError::NoEscapedCharacter)? {
                c @ ('"' | '\\') => word.push(c),
                c => word.extend(['\\', c]),
            },
            c => word.push(c),
        }
    }
}

/// A value of `command` that is read, expanded and split to exactly `words`. `%` is doubled, newlines become
/// continuation lines, and quotes are closed and opened again where the reader of the file would see a comment or
/// strip a line. Only a NUL and a carriage return cannot be expressed.
///
/// Marks of secrets are left in place and do not count.
pub fn quote(words: &[String]) -> Result<String, Problem> {
    let quoted: Result<Vec<String>, Problem> = words.iter().map(|word| quote_word(word)).collect();
    Ok(quoted?.join(" "))
}

fn quote_word(word: &str) -> Result<String, Problem> {
    let inexpressible = |reason| Problem::InexpressibleValue { value: word.to_owned(), reason };
    if word.contains('\0') {
        return Err(inexpressible("an argument cannot hold a NUL"));
    }
    if word.contains('\r') {
        return Err(inexpressible("it holds a carriage return, which ends a line"));
    }
    let shown = secret::reveal(word);
    let escaped = expand::escape(word);
    if !shown.is_empty() && shown.chars().all(is_plain) {
        return Ok(escaped.into_owned());
    }
    Ok(single_quotes(&escaped))
}

/// Whether a shell and the reader of the file take `c` for itself anywhere in a word.
fn is_plain(c: char) -> bool {
    c.is_ascii_alphanumeric() || "%+,-./:=@_".contains(c)
}

/// `word` in single quotes, which end before and start again after what must not stand after a blank or at an end of
/// a line.
fn single_quotes(word: &str) -> String {
    let mut out = String::from("'");
    let mut before = None;
    for c in word.chars() {
        match c {
            '\'' => out.push_str("'\\''"),
            '\n' => out.push_str("''\n    ''"),
            ';' | '#' if before.is_some_and(is_space) => {
                out.push_str("''");
                out.push(c);
            }
            c => out.push(c),
        }
        if !matches!(c, secret::OPEN | secret::CLOSE) {
            before = Some(c);
        }
    }
    out.push('\'');
    out
}

#[cfg(test)]
mod tests {
    use super::super::expand::{Environ, Label, Scope, expand};
    use super::super::ini::Ini;
    use super::*;
    use crate::base::Sources;
    use proptest::prelude::*;

    fn words(words: &[&str]) -> Vec<String> {
        words.iter().map(|word| (*word).to_owned()).collect()
    }

    /// Reads, expands and splits `command = text`.
    fn read(text: &str) -> Vec<String> {
        let conf = format!("[program:a]\ncommand = {text}\nuser = x\n");
        let mut sources = Sources::new();
        let mut ini = Ini::new();
        ini.read(sources.add("conf", conf.as_str()), "conf", &conf);
        assert_eq!(ini.get("program:a", "user").unwrap().text(), "x");
        let value = ini.get("program:a", "command").unwrap().text().into_owned();
        let environ = Environ::default();
        split(&expand(&value, &Scope::new(&environ), Label::Bare("command")).unwrap()).unwrap()
    }

    #[test]
    fn texts_are_split_as_by_a_shell() {
        assert_eq!(split("a  'b c'\"d\\\"\\e\" \\f#g #h").unwrap(), words(&["a", "b cd\"\\e", "f#g", "#h"]));
        assert_eq!(split("a ''").unwrap(), words(&["a", ""]));
        assert_eq!(split(" ").unwrap(), words(&[]));
        assert_eq!(split("a 'b"), Err(SplitError::NoClosingQuotation));
        assert_eq!(split("a \"b\\"), Err(SplitError::NoEscapedCharacter));
        assert_eq!(split("a\\"), Err(SplitError::NoEscapedCharacter));
    }

    #[test]
    fn words_are_quoted_only_where_they_must_be() {
        assert_eq!(quote(&words(&["/bin/a", "-x=1", "50%"])).unwrap(), "/bin/a -x=1 50%%");
        assert_eq!(quote(&words(&["sh", "-c", "a ; b"])).unwrap(), "sh -c 'a ''; b'");
        assert!(quote(&words(&["a\rb"])).is_err());
        assert!(quote(&words(&["a\0b"])).is_err());
    }

    #[test]
    fn marks_of_secrets_do_not_count() {
        let marked = secret::mark("a");
        assert_eq!(quote(std::slice::from_ref(&marked)).unwrap(), marked);
        let text = quote(&[format!("b {}", secret::mark(";c"))]).unwrap();
        assert_eq!(read(&secret::reveal(&text)), words(&["b ;c"]));
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(
            words in prop::collection::vec("[a'\";#% \\n\t\\\\\u{a0}]{0,8}|\\PC{0,8}", 0..4)
        ) {
            prop_assert_eq!(read(&quote(&words).unwrap()), words);
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|['\"\\\\ a]*") {
            let _ = split(&text);
        }
    }
}
