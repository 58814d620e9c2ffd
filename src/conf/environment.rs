//! The little language of `environment=`: `KEY=value,KEY2="a value"`.
//!
//! It is what Python's `shlex` makes of the text in its non-POSIX mode: words, quoted texts and single characters,
//! with no escapes at all. Tokens are consumed in fours: a key, `=`, a value, and any one token between the pairs,
//! which is not looked at. All quotes are then taken off both ends of a value. So what one can write has holes, and
//! [`quote`] says which value falls into one.
//!
//! `%` is not special here: expansion happens before.

use std::borrow::Cow;
use std::collections::HashMap;

use foldhash::fast::FixedState;

use super::problem::Problem;
use crate::base::secret;

/// Parses `text`; of a repeated key the last value counts, at the place of the first.
pub fn parse(text: &str) -> Result<Vec<(String, String)>, Problem> {
    let tokens = tokens(text)?;
    let end = || Problem::EnvironmentEnd { text: text.to_owned() };
    let mut pairs: Vec<(String, String)> = Vec::new();
    let mut places = HashMap::with_hasher(FixedState::default());
    for four in tokens.chunks(4) {
        let [key, equals, value, ..] = four else { return Err(end()) };
        if equals != "=" {
            return Err(end());
        }
        let value = value.trim_matches(is_quote);
        let at = *places.entry(key).or_insert(pairs.len());
        match pairs.get_mut(at) {
            Some((_, known)) => value.clone_into(known),
            None => pairs.push((key.to_string(), value.to_owned())),
        }
    }
    Ok(pairs)
}

/// The text that [`parse`] reads as `pairs`, or the first pair that the language cannot express. Keys are taken to be
/// different. Marks of secrets are left in place and do not count.
pub fn quote(pairs: &[(String, String)]) -> Result<String, Problem> {
    let quoted: Result<Vec<String>, Problem> = pairs.iter().map(|(key, value)| quote_pair(key, value)).collect();
    Ok(quoted?.join(","))
}

/// As [`quote`], one pair.
pub fn quote_pair(key: &str, value: &str) -> Result<String, Problem> {
    let revealed = |text| if secret::is_marked(text) { secret::reveal(text).into() } else { Cow::Borrowed(text) };
    let (shown, shown_key) = (revealed(value), revealed(key));
    let inexpressible = |reason| Problem::InexpressibleVariable { key: shown_key.to_string(), reason };
    if shown_key.is_empty() || !shown_key.chars().all(is_word) {
        return Err(inexpressible("a name consists of letters, digits and `_` (and `/.+-():`)"));
    }
    if shown.starts_with(is_quote) || shown.ends_with(is_quote) {
        return Err(inexpressible("a value cannot start or end with a quote"));
    }
    if !shown.contains('"') {
        Ok(format!("{key}=\"{value}\""))
    } else if !shown.contains('\'') {
        Ok(format!("{key}='{value}'"))
    } else if shown.chars().all(|c| is_word(c) || is_quote(c)) {
        // A word that has begun keeps its quotes.
        Ok(format!("{key}={value}"))
    } else {
        Err(inexpressible("a value cannot hold both kinds of quotes"))
    }
}

fn is_word(c: char) -> bool {
    c.is_ascii_alphanumeric() || "_/.+-():".contains(c)
}

fn is_quote(c: char) -> bool {
    matches!(c, '"' | '\'')
}

fn is_blank(c: char) -> bool {
    matches!(c, ' ' | '\t' | '\r' | '\n')
}

/// The tokens of `text` without comments, which go from `#` to the end of the line.
fn tokens(text: &str) -> Result<Vec<Cow<'_, str>>, Problem> {
    let mut tokens = Vec::new();
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if c == '#' {
            rest = after_comment(rest);
        } else if is_blank(c) {
            rest = &rest[1..];
        } else if is_word(c) {
            tokens.push(word(&mut rest));
        } else {
            let length = match c {
                c if is_quote(c) => rest[1..].find(c).ok_or(Problem::NoClosingQuotation)? + 2,
                c => c.len_utf8(),
            };
            let (token, after) = rest.split_at(length);
            tokens.push(Cow::Borrowed(token));
            rest = after;
        }
    }
    Ok(tokens)
}

/// Takes a word from the start of `rest`. A comment does not end it: it goes on with the next line.
fn word<'t>(rest: &mut &'t str) -> Cow<'t, str> {
    let mut word = Cow::Borrowed("");
    loop {
        let end = rest.find(|c| !is_word(c) && !is_quote(c)).unwrap_or(rest.len());
        let (run, after) = rest.split_at(end);
        word += run;
        *rest = after;
        if !after.starts_with('#') {
            return word;
        }
        *rest = after_comment(after);
    }
}

fn after_comment(text: &str) -> &str {
    text.find('\n').map_or("", |end| &text[end + 1..])
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn pairs(text: &str) -> Vec<(String, String)> {
        parse(text).unwrap()
    }

    fn pair(key: &str, value: &str) -> (String, String) {
        (key.to_owned(), value.to_owned())
    }

    #[test]
    fn pairs_are_read_as_the_original_does() {
        assert_eq!(pairs(""), []);
        assert_eq!(pairs("A=1,B=\"x, y\",\n C='z',"), [pair("A", "1"), pair("B", "x, y"), pair("C", "z")]);
        assert_eq!(pairs("A=/a.b+c-(d):e"), [pair("A", "/a.b+c-(d):e")]);
        assert_eq!(pairs("A=\"'x'\""), [pair("A", "x")]);
        assert_eq!(pairs("A=\"\""), [pair("A", "")]);
        assert_eq!(pairs("A=a#b"), [pair("A", "a")]);
        assert_eq!(pairs("A=a#b\nc"), [pair("A", "ac")]);
        assert_eq!(pairs("A=$x"), [pair("A", "$")]);
        assert_eq!(pairs("A=öx"), [pair("A", "ö")]);
        assert_eq!(pairs("A=x y"), [pair("A", "x")]);
        assert_eq!(pairs("A=1,A=2"), [pair("A", "2")]);
        assert_eq!(pairs("A=a\"b'c"), [pair("A", "a\"b'c")]);
    }

    #[test]
    fn what_does_not_come_in_fours_is_refused() {
        for text in ["A=b@c", "A=1 B=2", "A=1,,B=2", "A=", "A=a\\b", "A", ",", "A=1,B"] {
            let message = format!("Unexpected end of key/value pairs in value '{text}'");
            assert_eq!(parse(text).unwrap_err().to_string(), message);
        }
        assert_eq!(parse("A='x").unwrap_err().to_string(), "No closing quotation");
    }

    #[test]
    fn holes_of_the_language_are_named() {
        for value in ["'a", "a\"", "a \" '"] {
            assert!(quote(&[pair("A", value)]).is_err(), "{value}");
        }
        for key in ["", "a b", "ä", "a=b"] {
            assert!(quote(&[pair(key, "x")]).is_err(), "{key}");
        }
        assert_eq!(quote(&[pair("A", "x\"y'z"), pair("B", "a\"b c")]).unwrap(), "A=x\"y'z,B='a\"b c'");
    }

    #[test]
    fn marks_of_secrets_stay() {
        let value = secret::mark("a\" b");
        let text = quote(&[pair("A", &value)]).unwrap();
        assert_eq!(text, format!("A='{value}'"));
        assert!(quote(&[pair("A", &secret::mark("'"))]).is_err());
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(values in prop::collection::vec("\\PC{0,8}|[a\"' ,=#\n]{0,6}", 0..4)) {
            let pairs: Vec<_> = values.iter().enumerate().map(|(i, v)| pair(&format!("K{i}"), v)).collect();
            if let Ok(text) = quote(&pairs) {
                prop_assert_eq!(parse(&text).unwrap(), pairs);
            }
        }

        #[test]
        fn a_value_without_double_quotes_can_be_quoted(value in "[^\"']{0,20}") {
            prop_assert!(quote(&[pair("K", &value)]).is_ok());
        }

        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[A=,\"'# \n]*") {
            let _ = parse(&text);
        }
    }
}
