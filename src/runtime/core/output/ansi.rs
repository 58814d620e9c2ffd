//! Taking out escape sequences: from `ESC [` up to and including the first of the letters that end one, by Supervisor's
//! list. A sequence whose end never comes takes everything with it.

use std::borrow::Cow;

use memchr::memchr;

const ESC: u8 = 0x1b;
/// The letters that end a sequence.
const LAST: &[u8] = b"HfABCDRsuJKhlpm";

/// Where in a text it is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Ansi {
    /// Outside of sequences.
    #[default]
    Text,
    /// Behind an ESC that may begin one; it was not given yet.
    Escape,
    /// Within one.
    Sequence,
}

impl Ansi {
    /// The next piece of the text without sequences. Only a piece that holds an ESC, or has been begun by one, is
    /// copied.
    pub(super) fn strip<'a>(&mut self, text: &'a [u8]) -> Cow<'a, [u8]> {
        if *self == Self::Text && memchr(ESC, text).is_none() {
            return text.into();
        }
        let mut kept = Vec::with_capacity(text.len() + 1);
        let mut rest = text;
        while !rest.is_empty() {
            rest = self.step(rest, &mut kept);
        }
        kept.into()
    }

    /// The text has ended: the ESC that began nothing.
    pub(super) fn end(&mut self) -> &'static [u8] {
        match std::mem::take(self) {
            Self::Escape => &[ESC],
            Self::Text | Self::Sequence => &[],
        }
    }

    /// Takes the beginning of a text that is not empty; gives the rest.
    fn step<'a>(&mut self, text: &'a [u8], kept: &mut Vec<u8>) -> &'a [u8] {
        match self {
            Self::Text => {
                let at = memchr(ESC, text).unwrap_or(text.len());
                kept.extend_from_slice(&text[..at]);
                if at == text.len() {
                    return &[];
                }
                *self = Self::Escape;
                &text[at + 1..]
            }
            Self::Escape if text[0] == b'[' => {
                *self = Self::Sequence;
                &text[1..]
            }
            Self::Escape => {
                *self = Self::Text;
                kept.push(ESC);
                text
            }
            Self::Sequence => {
                let Some(at) = text.iter().position(|byte| LAST.contains(byte)) else { return &[] };
                *self = Self::Text;
                &text[at + 1..]
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn stripped(text: &str) -> String {
        let mut ansi = Ansi::default();
        let mut bytes = ansi.strip(text.as_bytes()).into_owned();
        bytes.extend(ansi.end());
        String::from_utf8(bytes).unwrap()
    }

    #[test]
    fn sequences_go_and_the_rest_stays() {
        assert_eq!(stripped("plain"), "plain");
        assert_eq!(stripped("\x1b[1;31mred\x1b[0m \x1b[2Kline\x1b"), "red line\x1b");
        assert_eq!(stripped("a\x1bb\x1b\x1b[mc"), "a\x1bb\x1bc");
        // What is not on the list ends nothing.
        assert_eq!(stripped("a\x1b[5nb Am c"), "am c");
        assert_eq!(stripped("a\x1b[1;2"), "a");
    }

    #[test]
    fn what_holds_no_escape_is_not_copied() {
        assert!(matches!(Ansi::default().strip(b"plain"), Cow::Borrowed(b"plain")));
    }
}
