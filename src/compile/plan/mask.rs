//! Which bytes of a file no diff may show.
//!
//! Of a new text this is known, and of an old one that still is as it was built. Of any other old file it is guessed,
//! rather too much than too little: what stands on the same line in the new text is shown or masked as there; the
//! value of a key that holds a secret in the new text, or whose name says that it does; the secrets of this build
//! wherever they occur; passwords in URLs. Of both the value of a variable whose name says that it is a secret
//! (`DB_PASSWORD="…"`) is not shown.

use std::collections::{BTreeSet, HashMap};
use std::ops::Range;

use super::{NewFile, Plan};
use crate::base::secret::{self, TELLING};
use crate::conf::options::OPTIONS;

/// What stands in place of a secret.
pub(super) const MASK: &str = "(secret)";

/// Secrets shorter than this are looked for as whole words only: they would be found everywhere.
const SHORT: usize = 4;

/// The secrets of all new files of a plan: wherever one occurs in an old file, it is masked.
pub(super) fn secrets_of(plan: &Plan) -> BTreeSet<&str> {
    let new = plan.changes.iter().filter_map(|change| change.new.as_ref());
    let secrets = new.flat_map(|new| new.secrets.iter().filter_map(|range| new.text.get(range.clone())));
    secrets.flat_map(str::lines).map(str::trim).filter(|secret| !secret.is_empty()).collect()
}

/// Byte ranges of the lines of `text`, line ends included.
pub(super) fn lines(text: &[u8]) -> Vec<Range<usize>> {
    let mut start = 0;
    let mut out = Vec::new();
    for end in memchr::memchr_iter(b'\n', text) {
        out.push(start..end + 1);
        start = end + 1;
    }
    if start < text.len() {
        out.push(start..text.len());
    }
    out
}

/// The values of `NAME=value` in `text` whose names say that they are secrets.
pub(super) fn variables(text: &[u8]) -> impl Iterator<Item = Range<usize>> + '_ {
    memchr::memchr_iter(b'=', text).filter_map(|at| {
        let is_name = |byte: &u8| byte.is_ascii_alphanumeric() || *byte == b'_';
        let length = text[..at].iter().rev().take_while(|byte| is_name(byte)).count();
        std::str::from_utf8(&text[at - length..at]).ok().filter(|name| secret::tells(name))?;
        let value = value_at(text, at + 1);
        let is_shown = text[value.clone()].starts_with(b"%(");
        (!is_shown && !value.is_empty()).then_some(value)
    })
}

/// The value of a variable, without its quotes.
fn value_at(text: &[u8], start: usize) -> Range<usize> {
    let (start, quote) = match text.get(start) {
        Some(quote @ (b'"' | b'\'')) => (start + 1, Some(*quote)),
        _ => (start, None),
    };
    let ends = |byte: &u8| match quote {
        Some(quote) => *byte == quote || *byte == b'\n',
        None => *byte == b',' || byte.is_ascii_whitespace(),
    };
    start..text[start..].iter().position(ends).map_or(text.len(), |length| start + length)
}

/// The parts of `ranges` (ascending) that lie in `line`.
pub(super) fn in_line(ranges: &[Range<usize>], line: &Range<usize>) -> impl Iterator<Item = Range<usize>> {
    let first = ranges.partition_point(|range| range.end <= line.start);
    let (start, end) = (line.start, line.end);
    let within = ranges[first..].iter().take_while(move |range| range.start < end);
    within.map(move |range| range.start.max(start)..range.end.min(end)).filter(|range| !range.is_empty())
}

/// The secrets of `old`, which is as it was built with `known` ones; what has become one since counts too.
pub(super) fn with_new(old: &[u8], known: &[Range<usize>], secrets: &BTreeSet<&str>) -> Vec<Range<usize>> {
    let mut out = known.to_vec();
    for secret in secrets {
        occurrences(old, secret.as_bytes(), &mut out);
    }
    united(out)
}

/// Guesses the secrets of `old`, a file that stands where `new` is wanted (or nothing is any more).
pub(super) fn guess(old: &[u8], new: Option<&NewFile>, secrets: &BTreeSet<&str>) -> Vec<Range<usize>> {
    let known = new.map(Known::new).unwrap_or_default();
    let mut out = Vec::new();
    let mut is_secret_key = false;
    for line in lines(old) {
        let text = trimmed(old, &line);
        if let Some(ranges) = known.lines.get(&old[text.clone()]) {
            is_secret_key = false;
            out.extend(ranges.iter().map(|range| range.start + text.start..range.end + text.start));
            continue;
        }
        let is_continued = old[line.start].is_ascii_whitespace();
        if is_continued && is_secret_key {
            out.push(text.clone());
        } else {
            let value = telling_value(&old[text.clone()], &known);
            is_secret_key = value.is_some();
            out.extend(value.map(|value| text.start + value..text.end));
        }
        userinfo(old, &text, &mut out);
    }
    for secret in secrets {
        occurrences(old, secret.as_bytes(), &mut out);
    }
    united(out)
}

/// What the new text tells about the old one.
#[derive(Default)]
struct Known<'a> {
    /// Each line, without white space around it, with its secrets.
    lines: HashMap<&'a [u8], Vec<Range<usize>>>,
    /// The keys whose values hold secrets, lower case.
    keys: BTreeSet<String>,
}

impl<'a> Known<'a> {
    fn new(new: &'a NewFile) -> Self {
        let mut out = Self::default();
        let text = new.text.as_bytes();
        let mut key = String::new();
        for line in lines(text) {
            let body = trimmed(text, &line);
            if !text[line.start].is_ascii_whitespace() {
                key = key_of(&text[body.clone()]).0;
            }
            let local: Vec<_> =
                in_line(&new.secrets, &body).map(|r| r.start - body.start..r.end - body.start).collect();
            if !local.is_empty() {
                out.keys.insert(key.clone());
            }
            if !body.is_empty() {
                out.lines.insert(&text[body], local);
            }
        }
        out
    }
}

/// `line` without white space around it.
fn trimmed(text: &[u8], line: &Range<usize>) -> Range<usize> {
    let bytes = &text[line.clone()];
    let start = line.start + (bytes.len() - bytes.trim_ascii_start().len());
    start..start + bytes.trim_ascii().len()
}

/// The key of a line, lower case, and where its value begins; the whole line where it has no `=` or `:`.
fn key_of(line: &[u8]) -> (String, usize) {
    let at = line.iter().position(|byte| matches!(byte, b'=' | b':')).unwrap_or(line.len());
    let key = String::from_utf8_lossy(&line[..at]).trim().to_lowercase();
    (key, (at + 1).min(line.len()))
}

/// Where the value begins, if it must be taken for a secret: after the `=` or `:`, else after the word that tells.
fn telling_value(line: &[u8], known: &Known) -> Option<usize> {
    let (key, value) = key_of(line);
    let has_key = value < line.len() || line.ends_with(b"=") || line.ends_with(b":");
    let lower = line.to_ascii_lowercase();
    let tells = TELLING.iter().filter_map(|word| memchr::memmem::find(&lower, word.as_bytes())).min();
    if has_key && (tells.is_some() || known.keys.contains(&key) || is_secret_option(&key)) {
        return Some(value);
    }
    let at = tells?;
    Some(lower[at..].iter().position(u8::is_ascii_whitespace).map_or(line.len(), |blank| at + blank))
}

fn is_secret_option(key: &str) -> bool {
    OPTIONS.iter().any(|option| option.secret && option.name == key)
}

/// The password of each `scheme://user:password@host` in `line`.
fn userinfo(text: &[u8], line: &Range<usize>, out: &mut Vec<Range<usize>>) {
    for at in memchr::memmem::find_iter(&text[line.clone()], b"://") {
        let start = line.start + at + 3;
        let authority = &text[start..line.end];
        let length = authority.iter().position(|b| matches!(b, b'/' | b'?' | b'#' | b' ' | b'"' | b'\'' | b'<' | b'>'));
        let authority = &authority[..length.unwrap_or(authority.len())];
        let host = memchr::memrchr(b'@', authority);
        let colon = memchr::memchr(b':', authority);
        if let (Some(host), Some(colon)) = (host, colon)
            && colon < host
        {
            out.push(start + colon + 1..start + host);
        }
    }
}

/// Each place where `secret` occurs in `text`.
fn occurrences(text: &[u8], secret: &[u8], out: &mut Vec<Range<usize>>) {
    let is_word = |at: Option<&u8>| at.is_some_and(u8::is_ascii_alphanumeric);
    for start in memchr::memmem::find_iter(text, secret) {
        let end = start + secret.len();
        let is_part = is_word(start.checked_sub(1).and_then(|at| text.get(at))) || is_word(text.get(end));
        if secret.len() >= SHORT || !is_part {
            out.push(start..end);
        }
    }
}

/// `ranges` in ascending order, those that touch joined, empty ones dropped.
pub(super) fn united(mut ranges: Vec<Range<usize>>) -> Vec<Range<usize>> {
    ranges.retain(|range| !range.is_empty());
    ranges.sort_by_key(|range| (range.start, range.end));
    let mut out: Vec<Range<usize>> = Vec::new();
    for range in ranges {
        match out.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => out.push(range),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    fn masked(old: &str, new: &str, secret: &str) -> String {
        let secrets = new.match_indices(secret).map(|(at, _)| at..at + secret.len()).collect();
        let new = NewFile { text: new.into(), mode: 0o600, secrets };
        let mut out = String::new();
        let mut at = 0;
        for range in guess(old.as_bytes(), Some(&new), &BTreeSet::from([secret])) {
            out.push_str(&old[at..range.start]);
            out.push('*');
            at = range.end;
        }
        out + &old[at..]
    }

    #[test]
    fn an_edited_file_is_masked_by_key_by_name_and_by_value() {
        let new = "[a]\npassword = hunter2\nkey=x,hunter2\nport = 1\n";
        let cases = [
            ("password = changed\nport = 2\n", "password =*\nport = 2\n"),
            ("key = other\n   more of it\nport = 1\n", "key =*\n   *\nport = 1\n"),
            ("DB_TOKEN: abc\n", "DB_TOKEN:*\n"),
            ("environment=A=\"b\",PASSWD=\"c\"\n", "environment=*\n"),
            ("run --password abc\n", "run --password*\n"),
            ("key =\n   new,value\n", "key =\n   *\n"),
            ("password\n", "password\n"),
            ("url = http://me:abc@host/x:y@z\n", "url = http://me:*@host/x:y@z\n"),
            ("note = is hunter22\n", "note = is *2\n"),
            ("password = hunter2\n", "password = *\n"),
        ];
        for (old, expected) in cases {
            assert_eq!(masked(old, new, "hunter2"), expected);
        }
    }

    #[test]
    fn variables_are_masked_by_name() {
        let text =
            "A=b,DB_PASSWORD=\"x, y\",API_TOKEN=z,SECRET=%(ENV_X)s,PASSWD='',token=\nPWD = a\n--token=t u\nTOKEN='v";
        let found: Vec<&str> = variables(text.as_bytes()).map(|range| &text[range]).collect();
        assert_eq!(found, ["x, y", "z", "t", "v"]);
    }

    #[test]
    fn short_secrets_are_found_as_words() {
        assert_eq!(masked("x = a\nbanana\n", "k = a", "a"), "x = *\nbanana\n");
    }

    proptest! {
        #[test]
        fn any_bytes_are_taken(
            old in proptest::collection::vec(any::<u8>(), 0..80),
            text in "[a-z=: \n]{0,30}",
            at in 0_usize..40,
        ) {
            let new = NewFile { text, mode: 0, secrets: std::iter::once(at..at + 3).collect() };
            let ranges = guess(&old, Some(&new), &BTreeSet::from(["ab"]));
            prop_assert!(ranges.is_sorted_by(|a, b| a.end < b.start));
            prop_assert!(ranges.last().is_none_or(|range| range.end <= old.len()));
        }
    }
}
