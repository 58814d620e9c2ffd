//! How text is marked that is already in the language of the file it goes to.
//!
//! `%(ENV_PASSWORD)s` is for the daemon to replace; the writer of a configuration would double its `%` as that of any
//! other text. Like a secret ([`super::secret`]), such text travels between two Unicode noncharacters, wherever a
//! manifest takes it. Whoever quotes a text for a configuration quotes the [`pieces`] that are not verbatim; whoever
//! writes anything else takes the marks out ([`reveal`]).

/// Starts verbatim text.
pub const OPEN: char = '\u{FDD2}';
/// Ends verbatim text.
pub const CLOSE: char = '\u{FDD3}';

/// `text` between marks.
pub fn mark(text: &str) -> String {
    format!("{OPEN}{text}{CLOSE}")
}

/// Whether any of `text` is verbatim.
pub fn is_marked(text: &str) -> bool {
    text.as_bytes().contains(&super::secret::FIRST_BYTE) && text.contains(OPEN)
}

/// `text` without marks.
pub fn reveal(text: &str) -> String {
    text.replace([OPEN, CLOSE], "")
}

/// The pieces of `text` in order, each with whether it is verbatim, without marks.
pub fn pieces(text: &str) -> impl Iterator<Item = (bool, &str)> {
    let mut rest = text;
    std::iter::from_fn(move || {
        if let Some(inner) = rest.strip_prefix(OPEN) {
            let end = inner.find(CLOSE).unwrap_or(inner.len());
            let piece = &inner[..end];
            rest = inner[end..].strip_prefix(CLOSE).unwrap_or("");
            return Some((true, piece));
        }
        let end = rest.find(OPEN).unwrap_or(rest.len());
        let piece = &rest[..end];
        rest = &rest[end..];
        (!piece.is_empty()).then_some((false, piece))
    })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn pieces_are_told_apart() {
        let text = format!("100% {}%", mark("%(ENV_X)s"));
        assert!(is_marked(&text));
        let found: Vec<_> = pieces(&text).collect();
        assert_eq!(found, [(false, "100% "), (true, "%(ENV_X)s"), (false, "%")]);
        assert_eq!(reveal(&text), "100% %(ENV_X)s%");
        assert_eq!(pieces("plain").collect::<Vec<_>>(), [(false, "plain")]);
        assert_eq!(pieces(&format!("{OPEN}open")).collect::<Vec<_>>(), [(true, "open")]);
        assert_eq!(pieces("").count(), 0);
    }
}
