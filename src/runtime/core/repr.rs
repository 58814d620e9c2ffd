//! Child output as text: log lines and events of the original hold it, and scripts match them.

use crate::conf::python::repr_bytes;

/// Child output as events and the main log show it: its text, or `Undecodable: b'…'` where it is not UTF-8.
pub fn output(data: &[u8]) -> String {
    match std::str::from_utf8(data) {
        Ok(text) => text.to_owned(),
        Err(_) => format!("Undecodable: {}", repr_bytes(data)),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_no_text_is_shown_as_bytes() {
        assert_eq!(output("é".as_bytes()), "é");
        assert_eq!(output(b"\xff"), r"Undecodable: b'\xff'");
    }
}
