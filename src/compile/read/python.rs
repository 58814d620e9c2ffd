//! Python's notions of white space, lines and indentation, where they differ from Rust's.

use std::iter::FusedIterator;

use memchr::memchr2;

/// `str.isspace()` for one character: Unicode's white space and the four separators `U+001C` to `U+001F`.
pub(super) fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

/// `str.strip()`.
pub(super) fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `str.lstrip()`.
pub(super) fn strip_start(text: &str) -> &str {
    text.trim_start_matches(is_space)
}

/// `str.rstrip()`.
pub(super) fn strip_end(text: &str) -> &str {
    text.trim_end_matches(is_space)
}

/// The lines that iterating over a text file gives: ended by `\n`, `\r\n` or `\r` and by nothing else. Each comes
/// without its end and with its offset. There is no empty line after the last line end.
pub(super) fn lines(text: &str) -> Lines<'_> {
    Lines { text, at: 0 }
}

/// See [`lines`].
#[derive(Debug)]
pub(super) struct Lines<'a> {
    text: &'a str,
    at: usize,
}

impl<'a> Iterator for Lines<'a> {
    type Item = (usize, &'a str);

    fn next(&mut self) -> Option<Self::Item> {
        let start = self.at;
        let rest = &self.text[start..];
        if rest.is_empty() {
            return None;
        }
        let bytes = rest.as_bytes();
        let end = memchr2(b'\n', b'\r', bytes).unwrap_or(bytes.len());
        self.at = start + end + usize::from(end < bytes.len()) + usize::from(bytes[end..].starts_with(b"\r\n"));
        Some((start, &rest[..end]))
    }
}

impl FusedIterator for Lines<'_> {}

/// How many bytes of spaces and tabs begin all of the given lines alike: what `textwrap.dedent` takes away. Blank lines
/// do not count.
pub(super) fn common_indent<'a>(lines: impl Iterator<Item = &'a str>) -> usize {
    let mut margin: Option<&str> = None;
    for line in lines {
        let indent = &line[..line.len() - line.trim_start_matches([' ', '\t']).len()];
        if indent.len() == line.len() {
            continue;
        }
        let common = margin.map_or(indent.len(), |m| m.bytes().zip(indent.bytes()).take_while(|(a, b)| a == b).count());
        if common == 0 {
            return 0;
        }
        margin = Some(&indent[..common]);
    }
    margin.map_or(0, str::len)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_end_as_in_a_text_file() {
        let found: Vec<_> = lines("a\r\n\rb\u{2028}c\n\u{b}d\n").collect();
        assert_eq!(found, [(0, "a"), (3, ""), (4, "b\u{2028}c"), (10, "\u{b}d")]);
        assert_eq!(lines("").count(), 0);
        assert_eq!(lines("x").collect::<Vec<_>>(), [(0, "x")]);
    }

    #[test]
    fn separators_are_white_space() {
        assert_eq!(strip("\u{1c}\u{a0}\u{85} x\u{200b}\u{3000}\u{1f}"), "x\u{200b}");
    }

    #[test]
    fn the_common_indent_ignores_blank_lines() {
        assert_eq!(common_indent(["", "\t  a", " ", "\t b"].into_iter()), 2);
        assert_eq!(common_indent(["  a", "\tb"].into_iter()), 0);
        assert_eq!(common_indent(["", "  "].into_iter()), 0);
    }
}
