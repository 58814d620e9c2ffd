//! Places as editors count them: lines from 0, and units of an encoding in the line. Any place is in the text: one behind
//! the end of a line is its end, one behind the last line the end of the text.

use std::cell::Cell;
use std::ops::Range as Bytes;

use serde::{Deserialize, Serialize};

/// What `character` counts.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq)]
pub(super) enum Encoding {
    /// Bytes.
    Utf8,
    /// The protocol's own.
    #[default]
    Utf16,
    /// Characters.
    Utf32,
}

impl Encoding {
    /// The first that an editor names and we know.
    pub(super) fn chosen<'a>(names: impl IntoIterator<Item = &'a str>) -> Self {
        let known = |name: &str| match name {
            "utf-8" => Some(Self::Utf8),
            "utf-16" => Some(Self::Utf16),
            "utf-32" => Some(Self::Utf32),
            _ => None,
        };
        names.into_iter().find_map(known).unwrap_or_default()
    }

    pub(super) fn name(self) -> &'static str {
        match self {
            Self::Utf8 => "utf-8",
            Self::Utf16 => "utf-16",
            Self::Utf32 => "utf-32",
        }
    }

    fn units(self, c: char) -> usize {
        match self {
            Self::Utf8 => c.len_utf8(),
            Self::Utf16 => c.len_utf16(),
            Self::Utf32 => 1,
        }
    }
}

/// A line and a unit in it, from 0.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize, Deserialize)]
pub(super) struct Place {
    pub(super) line: u32,
    pub(super) character: u32,
}

/// From one place up to another.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Serialize, Deserialize)]
pub(super) struct Range {
    pub(super) start: Place,
    pub(super) end: Place,
}

/// A text with its lines.
#[derive(Clone, Debug, Default)]
pub(super) struct Text {
    whole: String,
    /// Where each line begins.
    starts: Vec<usize>,
    /// The last byte that was asked for, and its place: lines may be long, and what is asked for goes from left to right.
    last: Cell<Option<(usize, Place, Encoding)>>,
}

impl Text {
    pub(super) fn new(text: String) -> Self {
        let mut new = Self { whole: text, starts: Vec::new(), last: Cell::new(None) };
        new.count();
        new
    }

    pub(super) fn as_str(&self) -> &str {
        &self.whole
    }

    /// Replaces a range.
    pub(super) fn replace(&mut self, range: Range, encoding: Encoding, new: &str) {
        let (start, end) = (self.offset(range.start, encoding), self.offset(range.end, encoding));
        self.whole.replace_range(start.min(end)..start.max(end), new);
        self.count();
    }

    /// The byte at a place.
    pub(super) fn offset(&self, place: Place, encoding: Encoding) -> usize {
        let line = usize::try_from(place.line).unwrap_or(usize::MAX);
        let Some(start) = self.starts.get(line).copied() else { return self.whole.len() };
        let end = self.starts.get(line + 1).copied().unwrap_or(self.whole.len());
        let content = self.whole[start..end].trim_end_matches(['\n', '\r']);
        let mut left = usize::try_from(place.character).unwrap_or(usize::MAX);
        for (at, c) in content.char_indices() {
            let units = encoding.units(c);
            if left < units {
                return start + at;
            }
            left -= units;
        }
        start + content.len()
    }

    /// The place of a byte; one within a character is at its start.
    pub(super) fn place(&self, offset: usize, encoding: Encoding) -> Place {
        let mut offset = offset.min(self.whole.len());
        while !self.whole.is_char_boundary(offset) {
            offset -= 1;
        }
        let number = |n: usize| u32::try_from(n).unwrap_or(u32::MAX);
        let line = self.starts.partition_point(|start| *start <= offset).saturating_sub(1);
        let start = (self.starts[line], Place { line: number(line), character: 0 });
        let last =
            self.last.get().filter(|(at, place, of)| *at <= offset && place.line == number(line) && *of == encoding);
        let (from, Place { line, character }) = last.map_or(start, |(at, place, _)| (at, place));
        let units: usize = self.whole[from..offset].chars().map(|c| encoding.units(c)).sum();
        let place = Place { line, character: character.saturating_add(number(units)) };
        self.last.set(Some((offset, place, encoding)));
        place
    }

    /// The range of bytes.
    pub(super) fn range(&self, bytes: Bytes<usize>, encoding: Encoding) -> Range {
        Range { start: self.place(bytes.start, encoding), end: self.place(bytes.end, encoding) }
    }

    /// `\n`, `\r\n` and `\r` end a line.
    fn count(&mut self) {
        let bytes = self.whole.as_bytes();
        self.last.set(None);
        self.starts.clear();
        self.starts.push(0);
        for at in memchr::memchr2_iter(b'\n', b'\r', bytes) {
            if bytes[at] == b'\n' || bytes.get(at + 1) != Some(&b'\n') {
                self.starts.push(at + 1);
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    fn place(line: u32, character: u32) -> Place {
        Place { line, character }
    }

    #[test]
    fn each_encoding_counts_its_own_units() {
        let text = Text::new("a\r\nü𝄞x\rz".to_owned());
        for (encoding, character) in [(Encoding::Utf8, 6), (Encoding::Utf16, 3), (Encoding::Utf32, 2)] {
            assert_eq!(text.offset(place(1, character), encoding), 9, "{encoding:?}");
            assert_eq!(text.place(9, encoding), place(1, character), "{encoding:?}");
        }
        assert_eq!(text.offset(place(2, 0), Encoding::Utf16), 11);
        // Within the second half of a character, behind the end of a line and of the text.
        assert_eq!(text.offset(place(1, 2), Encoding::Utf16), 5);
        assert_eq!(text.offset(place(0, 99), Encoding::Utf16), 1);
        assert_eq!(text.offset(place(99, 0), Encoding::Utf16), 12);
        assert_eq!(Encoding::chosen(["x", "utf-8"]).name(), "utf-8");
        assert_eq!(Encoding::chosen([]).name(), "utf-16");
    }

    #[test]
    fn a_range_is_replaced() {
        let mut text = Text::new("a = 1\nb = 2\n".to_owned());
        text.replace(Range { start: place(1, 4), end: place(1, 5) }, Encoding::Utf16, "ü\n");
        assert_eq!(text.as_str(), "a = 1\nb = ü\n\n");
        text.replace(Range { start: place(9, 0), end: place(0, 0) }, Encoding::Utf16, "");
        assert_eq!(text.as_str(), "");
    }

    proptest! {
        #[test]
        fn places_of_bytes_lead_back(text in "[a-cü𝄞\r\n]{0,30}") {
            let whole = Text::new(text.clone());
            for encoding in [Encoding::Utf8, Encoding::Utf16, Encoding::Utf32] {
                for (at, _) in text.char_indices().filter(|(at, c)| *c != '\n' || !text[..*at].ends_with('\r')) {
                    prop_assert_eq!(whole.offset(whole.place(at, encoding), encoding), at);
                    prop_assert_eq!(whole.place(at, encoding), Text::new(text.clone()).place(at, encoding));
                }
            }
        }

        #[test]
        fn any_edit_is_taken(text in "[a-cü𝄞\r\n]{0,30}", edits in prop::collection::vec((0..9_u32, 0..9_u32, 0..9_u32, 0..9_u32, "[x\n]{0,3}"), 0..9)) {
            let mut whole = Text::new(text);
            for (a, b, c, d, new) in edits {
                whole.replace(Range { start: place(a, b), end: place(c, d) }, Encoding::Utf16, &new);
            }
        }
    }
}
