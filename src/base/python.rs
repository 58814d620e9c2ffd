//! The few rules of Python that the formats of supervisord.conf and zdaemon.conf are made of: what is a blank, how a text is quoted in a
//! message, what is an integer.

use std::fmt::Write as _;

/// Whether Python's `str.isspace` holds: Unicode white space and the four separators `\x1c` to `\x1f`.
pub fn is_space(c: char) -> bool {
    c.is_whitespace() || ('\x1c'..='\x1f').contains(&c)
}

/// `str.strip`.
pub fn strip(text: &str) -> &str {
    text.trim_matches(is_space)
}

/// `repr` of a text: single quotes unless it holds one and no double quote; what cannot be printed is escaped.
pub fn repr(text: &str) -> String {
    quoted("", text.chars(), is_printable)
}

/// `repr` of bytes: `b'…'`, with everything outside ASCII escaped.
pub fn repr_bytes(data: &[u8]) -> String {
    quoted("b", data.iter().copied().map(char::from), |c| (' '..='~').contains(&c))
}

fn quoted(prefix: &str, chars: impl Iterator<Item = char> + Clone, is_printable: impl Fn(char) -> bool) -> String {
    let holds = |wanted| chars.clone().any(|c| c == wanted);
    let quote = if holds('\'') && !holds('"') { '"' } else { '\'' };
    let mut out = format!("{prefix}{quote}");
    for c in chars {
        match c {
            '\\' => out.push_str("\\\\"),
            '\n' => out.push_str("\\n"),
            '\r' => out.push_str("\\r"),
            '\t' => out.push_str("\\t"),
            c if c == quote => out.extend(['\\', c]),
            c if is_printable(c) => out.push(c),
            c => push_escape(&mut out, c),
        }
    }
    out.push(quote);
    out
}

/// `ascii` of a text: [`repr`] with everything outside ASCII escaped.
pub fn ascii(text: &str) -> String {
    let mut out = String::with_capacity(text.len() + 2);
    for c in repr(text).chars() {
        if c.is_ascii() { out.push(c) } else { push_escape(&mut out, c) }
    }
    out
}

fn push_escape(out: &mut String, c: char) {
    let code = u32::from(c);
    let written = match code {
        0..=0xff => write!(out, "\\x{code:02x}"),
        0x100..=0xffff => write!(out, "\\u{code:04x}"),
        _ => write!(out, "\\U{code:08x}"),
    };
    written.expect("invariant: writing to a String does not fail");
}

/// `str.isprintable`, as far as the standard library knows it: a character it would not escape within a text.
fn is_printable(c: char) -> bool {
    match c {
        ' '..='~' => true,
        '\0'..='\u{9f}' => false,
        // After another character, only what cannot be printed is escaped (at the start combining marks are, too).
        c => {
            let mut text = String::from("a");
            text.push(c);
            text.escape_debug().nth(1) == Some(c)
        }
    }
}

/// Why a text is no integer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum NotInteger {
    /// It does not look like one.
    Malformed,
    /// It does not fit 64 bits.
    TooLarge,
}

/// `int(text, base)` for base 8 or 10: blanks around it, a sign, `_` between digits, in base 8 also the prefix `0o`.
pub fn int(text: &str, base: u32) -> Result<i64, NotInteger> {
    let text = strip(text);
    let (negative, digits) = match text.as_bytes().first() {
        Some(b'-') => (true, &text[1..]),
        Some(b'+') => (false, &text[1..]),
        _ => (false, text),
    };
    let digits = match digits.get(..2) {
        // After the prefix one `_` may stand.
        Some("0o" | "0O") if base == 8 => digits[2..].strip_prefix('_').unwrap_or(&digits[2..]),
        _ => digits,
    };
    let mut value = 0_i64;
    let mut after_digit = false;
    let mut fits = true;
    for c in digits.chars() {
        match (c.to_digit(base), c) {
            (Some(digit), _) => {
                let grown = value.checked_mul(i64::from(base)).and_then(|v| v.checked_sub(i64::from(digit)));
                fits &= grown.is_some();
                value = grown.unwrap_or(value);
                after_digit = true;
            }
            (None, '_') if after_digit => after_digit = false,
            _ => return Err(NotInteger::Malformed),
        }
    }
    if !after_digit {
        return Err(NotInteger::Malformed);
    }
    // Counted downwards, as the negative range is larger by one.
    let value = if negative { Some(value) } else { value.checked_neg() };
    value.filter(|_| fits).ok_or(NotInteger::TooLarge)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn texts_are_quoted_as_python_does() {
        assert_eq!(repr("a b"), "'a b'");
        assert_eq!(repr("it's"), "\"it's\"");
        assert_eq!(repr("'\""), "'\\'\"'");
        assert_eq!(repr("é\n\t\\\0\u{a0}\u{200b}\u{10ffff}"), "'é\\n\\t\\\\\\x00\\xa0\\u200b\\U0010ffff'");
        assert_eq!(repr("e\u{301}"), "'e\u{301}'");
        assert_eq!(ascii("é€\u{1f600}"), "'\\xe9\\u20ac\\U0001f600'");
    }

    #[test]
    fn bytes_are_quoted_as_python_does() {
        assert_eq!(repr_bytes(b"\x88\n\0"), r"b'\x88\n\x00'");
        assert_eq!(repr_bytes(b"it's"), r#"b"it's""#);
        assert_eq!(repr_bytes(b"'\"\\"), r#"b'\'"\\'"#);
        assert_eq!(repr_bytes("é".as_bytes()), r"b'\xc3\xa9'");
    }

    #[test]
    fn integers_are_read_as_python_does() {
        assert_eq!(int(" -1_000 ", 10), Ok(-1000));
        assert_eq!(int("+7", 10), Ok(7));
        assert_eq!(int("022", 8), Ok(18));
        assert_eq!(int("0o_22", 8), Ok(18));
        assert_eq!(int("-9223372036854775808", 10), Ok(i64::MIN));
        assert_eq!(int("9223372036854775808", 10), Err(NotInteger::TooLarge));
        for bad in ["", "-", "_1", "1_", "1__0", "q", "1 0", "0x1", "+-1"] {
            assert_eq!(int(bad, 10), Err(NotInteger::Malformed), "{bad}");
        }
        assert_eq!(int("9", 8), Err(NotInteger::Malformed));
    }
}
