//! Lines of a manifest as messages may show them: what stands behind the name of a password is hidden.
//!
//! Messages can be about any line, also of a text that cannot be read, so this goes by names alone. It hides rather too
//! much, but neither references nor the forms that only name a source (`{ env = "X" }`).

use std::ops::Range;

use crate::base::secret::TELLING;
use crate::base::telling;

/// What stands for a secret that is left out.
pub(super) const MASK: &str = "(secret)";

/// `line` with asterisks for its secrets, byte for byte, so that places in it stay the same.
pub(super) fn hide(line: &str) -> String {
    let mut shown = line.to_owned();
    for secret in secrets(line) {
        let stars = "*".repeat(secret.len());
        shown.replace_range(secret, &stars);
    }
    shown
}

/// Puts asterisks for the value at `range`, but for its quotes.
pub(super) fn hide_value(line: &mut String, range: Range<usize>) {
    let Some(value) = line.get(range.clone()) else { return };
    let quotes = usize::from(value.len() > 1 && value.starts_with(['"', '\'']));
    let inner = range.start + quotes..range.end - quotes;
    if line.get(inner.clone()).is_some() {
        line.replace_range(inner.clone(), &"*".repeat(inner.len()));
    }
}

/// Puts asterisks for the value of the key at `range`.
pub(super) fn hide_behind(line: &mut String, range: Range<usize>) {
    if let Some(value) = value_behind(line, range.end).filter(|value| !value.is_empty()) {
        let stars = "*".repeat(value.len());
        line.replace_range(value, &stars);
    }
}

/// Puts asterisks for the words of the command line at `range` that may be secrets: neither its first one, nor names of
/// options, nor references.
pub(super) fn hide_words(line: &mut String, range: Range<usize>) {
    let Some(command) = line.get(range.clone()) else { return };
    let is_edge = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | '[' | ']' | ',' | '=');
    let (mut words, mut at) = (Vec::new(), 0);
    while at < command.len() {
        let length = command[at..].find(is_edge).unwrap_or(command.len() - at);
        let word = &command[at..at + length];
        let is_name = word.starts_with('-');
        if !word.is_empty() && !is_name && !is_reference(word) {
            words.push(range.start + at..range.start + at + length);
        }
        at += length + command[at + length..].chars().next().map_or(0, char::len_utf8);
    }
    for word in words.into_iter().skip(1) {
        let stars = "*".repeat(word.len());
        line.replace_range(word, &stars);
    }
}

/// Whether a value is nothing but one reference.
pub(super) fn is_reference(value: &str) -> bool {
    let value = value.trim();
    [("${", '}'), ("$<", '>')].iter().any(|(open, close)| {
        value.strip_prefix(open).and_then(|v| v.strip_suffix(*close)).is_some_and(|inner| !inner.contains(*close))
    })
}

fn secrets(line: &str) -> Vec<Range<usize>> {
    let lower = line.to_ascii_lowercase();
    let mut found = Vec::new();
    for word in TELLING {
        for (at, _) in lower.match_indices(word).filter(|(at, _)| !is_in_reference(&line[..*at])) {
            found.extend(value_behind(line, at + word.len()).filter(|range| !range.is_empty()));
        }
    }
    found.extend(telling::secrets(line, telling::Form::Command));
    found.extend(telling::user_information(line));
    found
}

/// Whether what follows `before` stands in a reference.
fn is_in_reference(before: &str) -> bool {
    let opened = |open: &str, close: char| before.rfind(open).is_some_and(|at| !before[at..].contains(close));
    opened("${", '}') || opened("$<", '>')
}

/// The value of the key that goes on at `from`.
fn value_behind(line: &str, from: usize) -> Option<Range<usize>> {
    let is_key = |c: char| c.is_alphanumeric() || matches!(c, '_' | '-' | '.' | '"' | '\'');
    let rest = line[from..].trim_start_matches(is_key).trim_start();
    let rest = rest.strip_prefix(['+', '-']).unwrap_or(rest);
    let value = rest.strip_prefix(['=', ':'])?.trim();
    let start = value.as_ptr() as usize - line.as_ptr() as usize;
    if value.starts_with(['{', '[']) {
        return None;
    }
    if let Some(quote) = value.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = &value[1..];
        let end = inner.find(quote).unwrap_or(inner.len());
        return Some(start + 1..start + 1 + end).filter(|_| !is_reference(&inner[..end]));
    }
    let is_inline = line[..from].matches('{').count() > line[..from].matches('}').count();
    let end = if is_inline { value.find([',', '}']).unwrap_or(value.len()) } else { value.len() };
    let is_whole_reference = is_reference(value);
    Some(start..start + end).filter(|_| !is_whole_reference && !is_reference(&value[..end]))
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn what_stands_behind_a_password_is_hidden() {
        let cases = [
            ("password = s3kret  ", "password = ******  "),
            ("password = \"s3 kret\" # why", "password = \"*******\" # why"),
            ("c = { username = \"u\", password = 's3kret' }", "c = { username = \"u\", password = '******' }"),
            ("credentials: {username: u, password: s3kret}", "credentials: {username: u, password: ******}"),
            ("DB_TOKEN_2 += x", "DB_TOKEN_2 += *"),
            ("api-key: abc", "api-key: ***"),
            ("password = { env = \"SHOP\" }", "password = { env = \"SHOP\" }"),
            ("password = ${passwords:admin}", "password = ${passwords:admin}"),
            ("password = \"$<a:b>\"", "password = \"$<a:b>\""),
            ("password = x${a:b}", "password = *******"),
            ("password = \"unclosed", "password = \"********"),
            ("extends = https://me:s3@example.org/x", "extends = https://me:**@example.org/x"),
            ("password", "password"),
            ("[passwords]", "[passwords]"),
        ];
        for (line, shown) in cases {
            assert_eq!(hide(line), shown);
        }
    }

    #[test]
    fn words_of_a_command_are_hidden() {
        let cases = [
            ("bin/web -p hunter2 --x=a $<s:pw>", "bin/web -p ******* --x=* $<s:pw>"),
            ("[\"bin/web\", \"-p\", \"hunter2\"]", "[\"bin/web\", \"-p\", \"*******\"]"),
        ];
        for (text, shown) in cases {
            let mut line = format!("é{text}é");
            hide_words(&mut line, 2..2 + text.len());
            assert_eq!(line, format!("é{shown}é"));
        }
    }

    #[test]
    fn what_stands_behind_a_misspelt_password_is_hidden() {
        for (line, shown) in [
            ("pasword = s3kret", "pasword = ******"),
            ("\"pasword\": \"s3\",", "\"pasword\": \"**\","),
            ("pasword", "pasword"),
        ] {
            let mut hidden = line.to_owned();
            hide_behind(&mut hidden, 0..line.find([' ', ':']).unwrap_or(line.len()));
            assert_eq!(hidden, shown);
        }
    }

    proptest! {
        #[test]
        fn places_stay_the_same(line in ".*(password|Token) ?[=:].*") {
            prop_assert_eq!(hide(&line).len(), line.len());
        }
    }
}
