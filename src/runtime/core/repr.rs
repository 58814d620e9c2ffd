//! Bytes as Python's `repr` shows them: log lines and events of the original hold it, and scripts match them.

use std::fmt::Write;

/// `b'…'`: bytes as Python 3 shows them.
pub fn bytes(data: &[u8]) -> String {
    let quote = if data.contains(&b'\'') && !data.contains(&b'"') { '"' } else { '\'' };
    let mut out = String::with_capacity(data.len() + 3);
    out.push('b');
    out.push(quote);
    for byte in data {
        match byte {
            b'\\' => out.push_str("\\\\"),
            b'\n' => out.push_str("\\n"),
            b'\r' => out.push_str("\\r"),
            b'\t' => out.push_str("\\t"),
            b if char::from(*b) == quote => {
                out.push('\\');
                out.push(quote);
            }
            0x20..=0x7e => out.push(char::from(*byte)),
            other => {
                let _ = write!(out, "\\x{other:02x}");
            }
        }
    }
    out.push(quote);
    out
}

/// Child output as events and the main log show it: its text, or `Undecodable: b'…'` where it is not UTF-8.
pub fn output(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("Undecodable: {}", bytes(data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn as_python_shows_them() {
        assert_eq!(bytes(b"\x88\n"), r"b'\x88\n'");
        assert_eq!(bytes(b"it's"), r#"b"it's""#);
        assert_eq!(bytes(b"'\"\\"), r#"b'\'"\\'"#);
        assert_eq!(output("é".as_bytes()), "é");
        assert_eq!(output(b"\xff"), r"Undecodable: b'\xff'");
    }
}
