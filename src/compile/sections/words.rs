//! The words of a value, each with its place.

use crate::base::{Sources, Span};
use crate::compile::document::Scalar;

/// A word of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Word {
    pub(super) text: String,
    pub(super) span: Span,
}

/// Splits at white space, as Python's `str.split()` does.
pub(super) fn of(scalar: &Scalar, sources: &Sources) -> Vec<Word> {
    let mut words = Vec::new();
    for (number, line) in scalar.text.split('\n').enumerate() {
        let span = scalar.line_span(number);
        let written = sources.slice(span);
        let mut from = 0;
        for text in line.split_whitespace() {
            let at = written.get(from..).and_then(|rest| rest.find(text)).map(|at| from + at);
            let span = at.map_or(span, |at| span.part(at, at + text.len()));
            from = at.map_or(from, |at| at + text.len());
            words.push(Word { text: text.to_owned(), span });
        }
    }
    words
}

/// The place of a range of the text, or of its line where the text is not written as it is meant (escapes).
pub(super) fn place(scalar: &Scalar, range: &std::ops::Range<usize>, sources: &Sources) -> Span {
    let Some(before) = scalar.text.get(..range.start) else { return scalar.span };
    let number = memchr::memchr_iter(b'\n', before.as_bytes()).count();
    let column = before.rfind('\n').map_or(range.start, |at| range.start - at - 1);
    let span = scalar.line_span(number);
    let written = sources.slice(span);
    let Some(wanted) = scalar.text.get(range.clone()) else { return span };
    let matches_at = |at: &usize| written.get(*at..).is_some_and(|rest| rest.starts_with(wanted));
    // A quote may stand before the text; else the first place that looks like it.
    let at = [column, column + 1].into_iter().find(matches_at).or_else(|| written.find(wanted));
    at.map_or(span, |at| span.part(at, at + wanted.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn words_point_at_themselves() {
        let mut sources = Sources::new();
        let file = sources.add("a", "x = a  ab\n    b\n");
        let mut scalar = Scalar::string("a  ab\nb", Span::new(file, 4, 15));
        scalar.lines = [Span::new(file, 4, 9), Span::new(file, 14, 15)].into();
        let places: Vec<_> = of(&scalar, &sources).iter().map(|w| (w.text.clone(), w.span.start)).collect();
        assert_eq!(places, [("a".to_owned(), 4), ("ab".to_owned(), 7), ("b".to_owned(), 14)]);
    }

    #[test]
    fn words_of_a_value_that_is_not_in_a_file_share_its_span() {
        let mut sources = Sources::new();
        let file = sources.add("a", "");
        let span = Span::new(file, 0, 0);
        assert!(of(&Scalar::string("a b", span), &sources).iter().all(|w| w.span == span));
    }
}
