//! What happens to the output of a child between its pipe and its log.
//!
//! ```text
//! reads → tokens (what is logged, what is captured) → escape sequences taken out → pieces
//! ```
//!
//! A [`Chain`] is fed with reads as they come. However a stream is cut into reads, the bytes that are logged and the
//! communications are the same: what may be the beginning of a token or of an escape sequence is kept until it is
//! clear what it is, everything else is given at once. A channel that asks for neither has no chain.

mod ansi;
mod tail;
mod tokens;

use std::borrow::Cow;

use ansi::Ansi;
use tail::Tail;
use tokens::{Part, Tokens};

/// What comes out.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Piece<'a> {
    /// Goes to the log.
    Logged(Cow<'a, [u8]>),
    /// Belongs to a communication; it is told of, but does not go to the log.
    Captured(Cow<'a, [u8]>),
    /// The whole of a communication, or the end of a long one.
    Communication(Vec<u8>),
}

/// The chain of one output of one child.
#[derive(Debug)]
pub struct Chain {
    ansi: Option<Ansi>,
    capture: Option<Capture>,
}

#[derive(Debug)]
struct Capture {
    tokens: Tokens,
    said: Tail,
}

impl Chain {
    /// A chain that takes out escape sequences, or captures up to so many bytes of a communication, or both. None
    /// where there is nothing to do.
    pub fn new(strip_ansi: bool, capture_maxbytes: i64) -> Option<Self> {
        let limit = usize::try_from(capture_maxbytes).unwrap_or(0);
        let capture = (limit > 0).then(|| Capture { tokens: Tokens::default(), said: Tail::new(limit) });
        let ansi = strip_ansi.then(Ansi::default);
        (ansi.is_some() || capture.is_some()).then_some(Self { ansi, capture })
    }

    /// Takes a read.
    pub fn push(&mut self, data: &[u8], out: &mut dyn FnMut(Piece<'_>)) {
        let Self { ansi, capture } = self;
        match capture {
            Some(Capture { tokens, said }) => tokens.push(data, &mut |part| pass(ansi, said, part, out)),
            None => give(strip(ansi, data.into()), None, out),
        }
    }

    /// The output has ended: gives what was kept. A communication that has no end is none.
    pub fn finish(&mut self, out: &mut dyn FnMut(Piece<'_>)) {
        let Self { ansi, capture } = self;
        if let Some(Capture { tokens, said }) = capture {
            tokens.finish(&mut |part| pass(ansi, said, part, out));
        }
        let said = capture.as_mut().filter(|capture| capture.tokens.is_inside()).map(|capture| &mut capture.said);
        give(end(ansi).into(), said, out);
    }
}

/// Each text between two tokens is one for itself: a sequence does not reach over a token.
fn pass(ansi: &mut Option<Ansi>, said: &mut Tail, part: Part<'_>, out: &mut dyn FnMut(Piece<'_>)) {
    match part {
        Part::Outside(text) => give(strip(ansi, text), None, out),
        Part::Inside(text) => give(strip(ansi, text), Some(said), out),
        Part::Begin => give(end(ansi).into(), None, out),
        Part::End => {
            give(end(ansi).into(), Some(said), out);
            out(Piece::Communication(said.take()));
        }
    }
}

fn strip<'a>(ansi: &mut Option<Ansi>, text: Cow<'a, [u8]>) -> Cow<'a, [u8]> {
    match (ansi, text) {
        (None, text) => text,
        (Some(ansi), Cow::Borrowed(text)) => ansi.strip(text),
        (Some(ansi), Cow::Owned(text)) => ansi.strip(&text).into_owned().into(),
    }
}

fn end(ansi: &mut Option<Ansi>) -> &'static [u8] {
    ansi.as_mut().map_or(&[], Ansi::end)
}

fn give(text: Cow<'_, [u8]>, said: Option<&mut Tail>, out: &mut dyn FnMut(Piece<'_>)) {
    if text.is_empty() {
        return;
    }
    match said {
        Some(said) => {
            said.push(&text);
            out(Piece::Captured(text));
        }
        None => out(Piece::Logged(text)),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    const BEGIN: &str = "<!--XSUPERVISOR:BEGIN-->";
    const END: &str = "<!--XSUPERVISOR:END-->";

    /// What becomes of a stream: the log, all that is told, the communications.
    #[derive(Debug, Default, PartialEq, Eq)]
    struct Result {
        logged: Vec<u8>,
        told: Vec<u8>,
        said: Vec<Vec<u8>>,
    }

    impl Result {
        fn take(&mut self, piece: Piece<'_>) {
            match piece {
                Piece::Logged(text) => {
                    self.logged.extend_from_slice(&text);
                    self.told.extend_from_slice(&text);
                }
                Piece::Captured(text) => self.told.extend_from_slice(&text),
                Piece::Communication(said) => self.said.push(said),
            }
        }
    }

    fn through(strip_ansi: bool, limit: i64, reads: &[&[u8]]) -> Result {
        let mut result = Result::default();
        let mut chain = Chain::new(strip_ansi, limit).expect("something to do");
        for read in reads {
            chain.push(read, &mut |piece| result.take(piece));
        }
        chain.finish(&mut |piece| result.take(piece));
        result
    }

    /// The rules, on the whole of a stream.
    fn by_the_book(strip_ansi: bool, limit: i64, mut rest: &str) -> Result {
        let clean = |text: &str| if strip_ansi { stripped(text) } else { text.to_owned() };
        let mut result = Result::default();
        loop {
            let (outside, more) = rest.split_once(BEGIN).filter(|_| limit > 0).unzip();
            let outside = clean(outside.unwrap_or(rest));
            result.take(Piece::Logged(outside.as_bytes().into()));
            let Some(more) = more else { return result };
            let (inside, more) = more.split_once(END).map_or((more, None), |(inside, more)| (inside, Some(more)));
            let inside = clean(inside).into_bytes();
            result.take(Piece::Captured(inside.as_slice().into()));
            let Some(more) = more else { return result };
            let from = inside.len().saturating_sub(usize::try_from(limit).unwrap());
            result.take(Piece::Communication(inside[from..].to_vec()));
            rest = more;
        }
    }

    fn stripped(text: &str) -> String {
        let Some((before, sequence)) = text.split_once("\x1b[") else { return text.to_owned() };
        let behind = sequence.find(|letter| "HfABCDRsuJKhlpm".contains(letter));
        before.to_owned() + &behind.map_or_else(String::new, |at| stripped(&sequence[at + 1..]))
    }

    fn word() -> impl Strategy<Value = &'static str> {
        prop::sample::select(vec![
            BEGIN,
            END,
            "<!--XSUPERVISOR:",
            "<",
            "<!--",
            "-->",
            "\x1b",
            "\x1b[",
            "[",
            "\x1b[1;31m",
            "a",
            "hm",
            "\n",
            "é",
            "0123456789",
        ])
    }

    proptest! {
        #[test]
        fn it_does_not_matter_how_a_stream_is_cut(
            words in prop::collection::vec(word(), 0..30),
            cuts in prop::collection::vec(0..400_usize, 0..12),
            strip in any::<bool>(),
            limit in prop::sample::select(vec![0_i64, 1, 7, 1000]),
        ) {
            prop_assume!(strip || limit > 0);
            let text = words.concat();
            let mut cuts: Vec<_> = cuts.into_iter().map(|cut| cut.min(text.len())).collect();
            cuts.sort_unstable();
            let ends = cuts.iter().copied().chain([text.len()]);
            let starts = [0].into_iter().chain(cuts.iter().copied());
            let reads: Vec<_> = starts.zip(ends).map(|(from, to)| &text.as_bytes()[from..to]).collect();
            prop_assert_eq!(through(strip, limit, &reads), by_the_book(strip, limit, &text));
        }
    }

    #[test]
    fn nothing_to_do_is_no_chain() {
        assert!(Chain::new(false, 0).is_none() && Chain::new(false, -1).is_none());
    }

    #[test]
    fn a_read_without_anything_is_handed_on_as_it_is() {
        let mut chain = Chain::new(true, 10).unwrap();
        let mut whole = false;
        chain.push(b"plain\n", &mut |piece| whole = matches!(piece, Piece::Logged(Cow::Borrowed(b"plain\n"))));
        assert!(whole);
    }
}
