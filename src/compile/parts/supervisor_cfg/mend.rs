//! Values on their way into a conf file: what supervisord would refuse or cut is mended, nothing else is touched.
//!
//! Users write `%%`, `%(ENV_X)s` and `%(process_num)02d` in values on purpose, so a `%` is only doubled where it begins
//! neither a `%%` nor a well-formed expansion: there supervisord would refuse the file.

use std::borrow::Cow;

use crate::conf::environment;
use crate::conf::format::Spec;
use crate::conf::quote::quote_expanded;

/// `text` with every `%` doubled that supervisord could not read.
pub(super) fn percent(text: &str) -> Cow<'_, str> {
    percent_of(text, 1)
}

/// As [`percent`], for an option that supervisord expands `times` times.
pub(super) fn percent_of(text: &str, times: u8) -> Cow<'_, str> {
    if !text.contains('%') {
        return Cow::Borrowed(text);
    }
    let mut out = String::with_capacity(text.len() + 1);
    let mut rest = text;
    while let Some(at) = rest.find('%') {
        out.push_str(&rest[..at]);
        rest = &rest[at..];
        let length = conversion(rest);
        let (taken, after) = rest.split_at(length.unwrap_or(1));
        match length {
            Some(_) => out.push_str(taken),
            None => out.extend(std::iter::repeat_n('%', 1 << times)),
        }
        rest = after;
    }
    out.push_str(rest);
    Cow::Owned(out)
}

/// The length of the `%%` or `%(name)s` at the start of `text`.
fn conversion(text: &str) -> Option<usize> {
    if text.starts_with("%%") {
        return Some(2);
    }
    let (name, after) = text.strip_prefix("%(")?.split_once(')')?;
    let (spec, length) = Spec::parse(after).ok()?;
    let known = "diouxXeEfFgGcrsa".contains(spec.letter()) && !name.is_empty();
    known.then_some("%(".len() + name.len() + ")".len() + length)
}

/// What supervisord keeps of `text` behind `key = `, where it would take the rest for a comment.
pub(super) fn cut(text: &str) -> Option<&str> {
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        if matches!(c, ';' | '#') && before.is_whitespace() {
            return Some(text[..at].trim_end());
        }
        before = c;
    }
    None
}

/// `text` over several lines as continuation lines.
pub(super) fn continued(text: &str) -> Cow<'_, str> {
    if text.contains('\n') { Cow::Owned(text.replace('\n', "\n    ")) } else { Cow::Borrowed(text) }
}

/// A part of a command line, where a `;` after a blank is meant.
pub(super) fn command(text: &str) -> String {
    let text = percent(text);
    if cut(&text).is_none() { text.into_owned() } else { guarded(text) }
}

/// A text of `KEY=value` pairs, expanded `times` times. What follows a `;` stays a comment if the pairs before it are
/// whole.
pub(super) fn variables(text: &str, times: u8) -> String {
    let text = percent_of(text, times);
    match cut(&text) {
        Some(kept) if environment::parse(kept).is_err() => guarded(text),
        _ => continued(&text).into_owned(),
    }
}

fn guarded(text: Cow<'_, str>) -> String {
    quote_expanded(&text).unwrap_or_else(|_| text.into_owned())
}

/// Two texts of pairs as one; the second wins where both set a variable.
pub(super) fn joined(first: &str, second: &str) -> String {
    let first = first.trim_end().trim_end_matches(',');
    if first.is_empty() { second.to_owned() } else { format!("{first},{second}") }
}

/// `KEY=value` as plainly as the value allows.
pub(super) fn pair(key: &str, value: &str) -> String {
    let plain = format!("{key}={value}");
    let read = |text: &str| environment::parse(text).is_ok_and(|pairs| pairs == [(key.to_owned(), value.to_owned())]);
    if read(&plain) {
        return plain;
    }
    environment::quote(&[(key.to_owned(), value.to_owned())]).unwrap_or(plain)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_cannot_be_read_is_doubled() {
        let cases = [
            ("100%", "100%%"),
            ("%Y-%m", "%%Y-%%m"),
            ("%d", "%%d"),
            ("50%% %(ENV_X)s %(process_num)02d", "50%% %(ENV_X)s %(process_num)02d"),
            ("%(x", "%%(x"),
            ("%(x)", "%%(x)"),
            ("%(x)Y", "%%(x)Y"),
            ("%%%", "%%%%"),
        ];
        for (text, expected) in cases {
            assert_eq!(percent(text), expected, "{text}");
        }
        assert_eq!(percent_of("%Y %(here)s", 2), "%%%%Y %(here)s");
    }

    #[test]
    fn a_comment_in_a_command_is_no_comment() {
        assert_eq!(command("-c a;b"), "-c a;b");
        assert_eq!(command("-c 'a ; b'"), "-c 'a %(here).0s; b'");
        assert_eq!(command("#x"), "%(here).0s#x");
    }

    #[test]
    fn variables_keep_a_comment_after_whole_pairs() {
        assert_eq!(variables("A=1,B=2 ; why", 1), "A=1,B=2 ; why");
        assert_eq!(variables("A=\"1 ; 2\"", 1), "A=\"1 %(here).0s; 2\"");
        assert_eq!(variables("A=1,\nB=2", 1), "A=1,\n    B=2");
        assert_eq!(joined("A=1,", &pair("PATH", "/a:/b")), "A=1,PATH=/a:/b");
        assert_eq!(joined("", &pair("PATH", "~/a b")), "PATH=\"~/a b\"");
    }
}
