//! The texts of a run and places in them.
//!
//! A [`Span`] is three numbers; whoever holds one can point at the text it came from, whatever stage it is in.
//! Lines and columns are computed when a diagnostic is shown, never before.

use std::fmt;
use std::sync::OnceLock;

/// The number of a text in [`Sources`].
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct FileId(u32);

/// A range of bytes of one text, `start..end`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub struct Span {
    /// The text it is in.
    pub file: FileId,
    /// First byte.
    pub start: u32,
    /// One past the last byte.
    pub end: u32,
}

impl Span {
    /// The bytes `start..end` of `file`. Offsets past 4 GiB are cut to the end; readers refuse such files.
    pub fn new(file: FileId, start: usize, end: usize) -> Self {
        let clamp = |n| u32::try_from(n).unwrap_or(u32::MAX);
        Self { file, start: clamp(start), end: clamp(end) }
    }

    /// The smallest span that holds both; both must be of one file.
    #[must_use]
    pub fn to(self, other: Self) -> Self {
        Self { file: self.file, start: self.start.min(other.start), end: self.end.max(other.end) }
    }

    /// A part of this span: bytes `start..end` counted from its own start.
    #[must_use]
    pub fn part(self, start: usize, end: usize) -> Self {
        let base = self.start as usize;
        Self::new(self.file, base + start, base + end)
    }

    /// Its range, for slicing.
    pub fn range(self) -> std::ops::Range<usize> {
        self.start as usize..self.end as usize
    }
}

/// A line and a column, both counted from 1; the column counts characters.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub struct Position {
    /// Line, from 1.
    pub line: usize,
    /// Column in characters, from 1.
    pub column: usize,
}

impl fmt::Display for Position {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{}:{}", self.line, self.column)
    }
}

#[derive(Debug)]
struct Source {
    name: String,
    text: String,
    /// Where the lines after the first begin; found when the first place is shown.
    lines: OnceLock<Box<[u32]>>,
}

impl Source {
    fn lines(&self) -> &[u32] {
        let after = |at: usize| u32::try_from(at + 1).unwrap_or(u32::MAX);
        self.lines.get_or_init(|| self.text.match_indices('\n').map(|(at, _)| after(at)).collect())
    }
}

/// All texts of a run: manifests, what they extend, configurations, the command line, the built-in defaults.
#[derive(Debug, Default)]
pub struct Sources {
    sources: Vec<Source>,
}

impl Sources {
    /// No texts yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds a text under the name by which users know it (a path as they gave it, a URL, `command line`).
    pub fn add(&mut self, name: impl Into<String>, text: impl Into<String>) -> FileId {
        let id = FileId(u32::try_from(self.sources.len()).expect("invariant: fewer than 2^32 files"));
        self.sources.push(Source { name: name.into(), text: text.into(), lines: OnceLock::new() });
        id
    }

    /// All of them, in the order in which they were added.
    pub fn files(&self) -> impl Iterator<Item = FileId> + use<> {
        (0..u32::try_from(self.sources.len()).unwrap_or(u32::MAX)).map(FileId)
    }

    /// Gives a text another name.
    pub fn rename(&mut self, file: FileId, name: String) {
        self.sources[file.0 as usize].name = name;
    }

    /// The name under which the text was added.
    pub fn name(&self, file: FileId) -> &str {
        &self.sources[file.0 as usize].name
    }

    /// The whole text.
    pub fn text(&self, file: FileId) -> &str {
        &self.sources[file.0 as usize].text
    }

    /// The text at `span`; empty where the span does not fit the text.
    pub fn slice(&self, span: Span) -> &str {
        self.text(span.file).get(span.range()).unwrap_or("")
    }

    /// Line and column of the span's start.
    pub fn position(&self, span: Span) -> Position {
        let source = &self.sources[span.file.0 as usize];
        let mut start = (span.start as usize).min(source.text.len());
        while !source.text.is_char_boundary(start) {
            start -= 1;
        }
        let lines = source.lines();
        let line = lines.partition_point(|begin| *begin as usize <= start);
        let line_start = line.checked_sub(1).map_or(0, |before| lines[before] as usize);
        Position { line: line + 1, column: source.text[line_start..start].chars().count() + 1 }
    }

    /// `name:line:column`, as every message names a place.
    pub fn place(&self, span: Span) -> String {
        format!("{}:{}", self.name(span.file), self.position(span))
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn positions_count_characters_from_one() {
        let mut sources = Sources::new();
        let file = sources.add("a.cfg", "x = 1\nü = é!\n");
        let at = |start| sources.position(Span::new(file, start, start + 1)).to_string();
        assert_eq!(at(0), "1:1");
        assert_eq!(at(4), "1:5");
        assert_eq!(at(6), "2:1");
        assert_eq!(at(13), "2:6");
        assert_eq!(sources.place(Span::new(file, 6, 8)), "a.cfg:2:1");
        assert_eq!(sources.slice(Span::new(file, 6, 8)), "ü");
    }

    #[test]
    fn the_place_after_a_line_end_is_on_the_next_line() {
        let mut sources = Sources::new();
        let file = sources.add("a", "\n\nx\n");
        let at = |start| sources.position(Span::new(file, start, start)).to_string();
        assert_eq!([at(0), at(1), at(2), at(3), at(4)], ["1:1", "2:1", "3:1", "3:2", "4:1"]);
    }

    #[test]
    fn a_span_outside_the_text_points_at_its_end() {
        let mut sources = Sources::new();
        let file = sources.add("a", "é");
        assert_eq!(sources.position(Span::new(file, 1, 9)).to_string(), "1:1");
        assert_eq!(sources.slice(Span::new(file, 1, 9)), "");
    }
}
