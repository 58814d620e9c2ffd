//! Python's way of showing a text, which stands in several messages of the original programs.

use std::fmt::Write as _;

/// `repr()` of a text: single quotes, double ones where it holds single ones only, escapes for what cannot be shown.
pub fn repr(text: &str) -> String {
    let quote = if text.contains('\'') && !text.contains('"') { '"' } else { '\'' };
    let mut out = String::with_capacity(text.len() + 2);
    out.push(quote);
    for c in text.chars() {
        escape(&mut out, c, quote);
    }
    out.push(quote);
    out
}

/// `repr()` of a list of texts.
pub fn repr_list<S: AsRef<str>>(texts: impl IntoIterator<Item = S>) -> String {
    let items: Vec<String> = texts.into_iter().map(|t| repr(t.as_ref())).collect();
    format!("[{}]", items.join(", "))
}

fn escape(out: &mut String, c: char, quote: char) {
    match c {
        '\\' => out.push_str("\\\\"),
        '\n' => out.push_str("\\n"),
        '\r' => out.push_str("\\r"),
        '\t' => out.push_str("\\t"),
        c if c == quote => out.extend(['\\', c]),
        // Writing into a String cannot fail.
        '\0'..='\x1f' | '\x7f'..='\u{a0}' | '\u{ad}' => _ = write!(out, "\\x{:02x}", u32::from(c)),
        c => out.push(c),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_shown_as_python_shows_them() {
        assert_eq!(repr("a"), "'a'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("it's \"so\""), "'it\\'s \"so\"'");
        assert_eq!(repr("a\\\n\x1b\x7fü"), "'a\\\\\\n\\x1b\\x7fü'");
        assert_eq!(repr_list(["a", "b"]), "['a', 'b']");
        assert_eq!(repr_list([""; 0]), "[]");
    }
}
