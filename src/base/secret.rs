//! How secret text is marked while it travels through the pipeline.
//!
//! A secret is ordinary text between two marks, [`OPEN`] and [`CLOSE`]: Unicode noncharacters, which are not for
//! interchange and which every reader refuses in its input. So a password keeps its mark through references,
//! concatenation, templates and quoting, wherever a manifest takes it, without any stage having to know. At the end
//! [`Marked::new`] takes the marks out and says where they stood: such an output is mode 0600 and masked in every
//! diff, and a mark in a place that others can see (a command line) is an error.
//!
//! Quoting functions must leave the marks alone, and must treat the text between them as any other.
//!
//! Of a text that has not come this way, such as a line that cannot be read or a file that somebody edited, only names
//! say what is secret: [`TELLING`]. So it is with what a manifest writes into a command line or a variable:
//! [`super::telling`].

use std::borrow::Cow;
use std::ops::Range;

/// Starts secret text.
pub const OPEN: char = '\u{FDD0}';
/// Ends secret text.
pub const CLOSE: char = '\u{FDD1}';

/// Parts of names that say that what is named is a secret, lower case.
pub const TELLING: [&str; 10] =
    ["passw", "passphrase", "requirepass", "pwd", "secret", "token", "credential", "apikey", "api_key", "api-key"];

/// Ends of names that say that what is named is about a secret, or where it is, but not itself one.
const ABOUT: [&str; 8] = ["file", "path", "dir", "url", "uri", "endpoint", "name", "ttl"];

/// Whether what has this name is a secret.
pub fn tells(name: &str) -> bool {
    if super::telling::first_word(name).is_none() {
        return false;
    }
    let name = name.to_ascii_lowercase();
    !name.rsplit_once(['_', '-', '.']).is_some_and(|(_, last)| ABOUT.contains(&last))
}

/// `text` between marks; an empty text stays empty, as there is nothing to hide.
pub fn mark(text: &str) -> String {
    if text.is_empty() { String::new() } else { format!("{OPEN}{text}{CLOSE}") }
}

/// The first byte of all marks, by which most texts are known to hold none.
pub(super) const FIRST_BYTE: u8 = 0xEF;

/// Whether `text` holds a mark.
pub fn holds_mark(text: &str) -> bool {
    text.as_bytes().contains(&FIRST_BYTE) && text.contains([OPEN, CLOSE])
}

/// Whether any of `text` is secret.
pub fn is_marked(text: &str) -> bool {
    text.as_bytes().contains(&FIRST_BYTE) && text.contains(OPEN)
}

/// Whether `text`, as it came from outside, holds a character that is reserved for marks, of secrets or of verbatim
/// text.
pub fn holds_reserved(text: &str) -> bool {
    text.as_bytes().contains(&FIRST_BYTE) && text.contains([OPEN, CLOSE, super::verbatim::OPEN, super::verbatim::CLOSE])
}

/// `text` with marks around all that `find`, which sees it without any, says is secret; those that it has stay.
pub fn mark_found(text: Cow<'_, str>, find: impl FnOnce(&str) -> Vec<Range<usize>>) -> Cow<'_, str> {
    let is_clear = !holds_mark(&text);
    let Marked { text: clear, mut secrets } = if is_clear { Marked::default() } else { Marked::new(&text) };
    let found = find(if is_clear { &text } else { &clear });
    if found.is_empty() {
        return text;
    }
    let clear = if is_clear { text.into_owned() } else { clear };
    secrets.extend(found);
    secrets.sort_by_key(|range| range.start);
    let mut united: Vec<Range<usize>> = Vec::with_capacity(secrets.len());
    for range in secrets {
        match united.last_mut() {
            Some(last) if range.start <= last.end => last.end = last.end.max(range.end),
            _ => united.push(range),
        }
    }
    with_marks(&clear, &united).into()
}

/// `text` with marks around the given ranges, in ascending order.
fn with_marks(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len() + ranges.len() * 6);
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        out.push_str(&mark(&text[range.clone()]));
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// `text` without marks, the secrets in clear.
pub fn reveal(text: &str) -> String {
    text.replace([OPEN, CLOSE], "")
}

/// `text` with each secret replaced by `(secret)`: what may be shown.
pub fn masked(text: &str) -> String {
    let Marked { text, secrets } = Marked::new(text);
    mask_ranges(&text, &secrets)
}

/// `text` with the given ranges, in ascending order, replaced by `(secret)`.
pub fn mask_ranges(text: &str, ranges: &[Range<usize>]) -> String {
    let mut out = String::with_capacity(text.len());
    let mut at = 0;
    for range in ranges {
        out.push_str(&text[at..range.start]);
        out.push_str("(secret)");
        at = range.end;
    }
    out.push_str(&text[at..]);
    out
}

/// A text in clear and where its secrets are.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Marked {
    /// Without marks.
    pub text: String,
    /// Byte ranges of `text` that are secret: ascending, not overlapping.
    pub secrets: Vec<Range<usize>>,
}

impl Marked {
    /// Takes the marks out of `text`. Nested marks count as one; an unclosed one reaches to the end.
    pub fn new(text: &str) -> Self {
        if !is_marked(text) {
            return Self { text: text.replace(CLOSE, ""), secrets: Vec::new() };
        }
        let mut out = Self { text: String::with_capacity(text.len()), secrets: Vec::new() };
        let (mut depth, mut start) = (0_usize, 0);
        for c in text.chars() {
            match c {
                OPEN => {
                    if depth == 0 {
                        start = out.text.len();
                    }
                    depth += 1;
                }
                CLOSE => {
                    depth = depth.saturating_sub(1);
                    if depth == 0 {
                        out.secret(start);
                    }
                }
                c => out.text.push(c),
            }
        }
        if depth > 0 {
            out.secret(start);
        }
        out
    }

    fn secret(&mut self, start: usize) {
        if start < self.text.len() {
            self.secrets.push(start..self.text.len());
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn marks_are_found_and_taken_out() {
        let text = format!("password = {}\nuser = x", mark("s3kret"));
        let marked = Marked::new(&text);
        assert_eq!(marked.text, "password = s3kret\nuser = x");
        assert_eq!(marked.secrets, vec![11..17]);
        assert_eq!(masked(&text), "password = (secret)\nuser = x");
        assert_eq!(reveal(&text), marked.text);
        assert_eq!(mark(""), "");
    }

    #[test]
    fn names_tell() {
        for name in ["password", "DB_PASSWD", "smtp-pwd", "client_secret", "AccessToken", "credentials", "API_KEY"] {
            assert!(tells(name), "{name}");
        }
        assert!(!["user", "pass-through", "path", "api", ""].into_iter().any(tells));
        assert!(!["DB_PASSWORD_FILE", "token-url", "secret.name"].into_iter().any(tells));
    }

    #[test]
    fn what_is_found_is_marked_beside_what_was() {
        let text = format!("a {} c", mark("bb"));
        let found = |text: &str, range: Range<usize>| mark_found(text.into(), |_| vec![range]).into_owned();
        assert_eq!(mark_found((&*text).into(), |_| Vec::new()), text);
        assert_eq!(found(&text, 0..1), format!("{} {} c", mark("a"), mark("bb")));
        assert_eq!(found(&text, 3..6), format!("a {}", mark("bb c")));
        assert_eq!(found("abc", 1..2), format!("a{}c", mark("b")));
    }

    #[test]
    fn nested_and_unclosed_marks_hide_all() {
        assert_eq!(masked(&mark(&format!("a{}b", mark("c")))), "(secret)");
        assert_eq!(masked(&format!("x{OPEN}abc")), "x(secret)");
        assert_eq!(masked(&format!("x{CLOSE}abc")), "xabc");
    }
}
