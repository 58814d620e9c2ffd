//! A listener's output, as the daemon reads it.
//!
//! What bytes mean depends on what the daemon waits for, so it says that each time it asks. As in the original, only
//! what follows the first seven bytes of a result line counts, and nothing is decided before six bytes of what ought to
//! be `READY\n` are there. Unlike there, memory is bounded: a result is compared, not kept; a result line has at most
//! [`LONGEST_LINE`] bytes; a length below zero is refused.

use super::{READY, Verdict};

/// Bytes of a result line: far more than any number has.
const LONGEST_LINE: usize = 1024;
/// Where the length begins in a result line: after `RESULT `.
const LENGTH_AT: usize = 7;
/// The one result that means that an event is done.
const OK: &[u8] = b"OK";

/// What the daemon waits for.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Awaited {
    /// `READY\n`.
    Ready,
    /// That the daemon itself says something.
    Silence,
    /// `RESULT n\n` and n bytes.
    Result,
}

/// What a listener said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Word {
    /// It wants an event.
    Ready,
    /// What became of its event.
    Result(Verdict),
    /// A result line without a length: without its end.
    BadResultLine(Vec<u8>),
    /// Something else than what was waited for.
    Junk,
}

/// Output that has come, and has not been understood yet.
#[derive(Clone, Debug, Default)]
pub struct Words {
    pending: Vec<u8>,
    /// The result that is being read.
    result: Option<Body>,
}

/// A result whose length is known.
#[derive(Clone, Copy, Debug)]
struct Body {
    length: u64,
    /// Bytes that have come.
    read: u64,
    /// Whether they are the beginning of `OK`.
    fits: bool,
}

impl Words {
    /// More output has come.
    pub fn push(&mut self, data: &[u8]) {
        self.pending.extend_from_slice(data);
    }

    /// The next word, if it is whole; [`Word::Junk`] and [`Word::BadResultLine`] take everything with them.
    pub fn next_word(&mut self, awaited: Awaited) -> Option<Word> {
        match awaited {
            Awaited::Ready => self.ready(),
            Awaited::Silence => (!self.pending.is_empty()).then(|| self.junk()),
            Awaited::Result => match self.result {
                None => self.result_line(),
                Some(body) => self.result(body),
            },
        }
    }

    fn ready(&mut self) -> Option<Word> {
        if self.pending.len() < READY.len() {
            None
        } else if self.pending.starts_with(READY) {
            self.pending.drain(..READY.len());
            Some(Word::Ready)
        } else {
            Some(self.junk())
        }
    }

    fn junk(&mut self) -> Word {
        self.pending = Vec::new();
        Word::Junk
    }

    fn result_line(&mut self) -> Option<Word> {
        let end = memchr::memchr(b'\n', &self.pending);
        if end.is_none() && self.pending.len() <= LONGEST_LINE {
            return None;
        }
        let line = self.pending[..end.unwrap_or(LONGEST_LINE)].to_vec();
        let Some(length) = line.get(LENGTH_AT..).and_then(length).filter(|_| end.is_some()) else {
            self.pending = Vec::new();
            return Some(Word::BadResultLine(line));
        };
        self.pending.drain(..=line.len());
        self.result(Body { length, read: 0, fits: true })
    }

    fn result(&mut self, mut body: Body) -> Option<Word> {
        let wanted = usize::try_from(body.length - body.read).unwrap_or(usize::MAX);
        let some: Vec<u8> = self.pending.drain(..wanted.min(self.pending.len())).collect();
        let rest = usize::try_from(body.read).ok().and_then(|read| OK.get(read..)).unwrap_or_default();
        body.fits &= rest.starts_with(&some);
        body.read += some.len() as u64;
        let whole = body.read == body.length;
        self.result = (!whole).then_some(body);
        let verdict = if body.fits && body.read == OK.len() as u64 { Verdict::Processed } else { Verdict::Rejected };
        whole.then_some(Word::Result(verdict))
    }
}

/// A length as Python's `int` reads it from bytes: blanks around, a sign, single underscores between digits. One beyond
/// all measure is as good as endless.
fn length(text: &[u8]) -> Option<u64> {
    let text = std::str::from_utf8(text).ok()?;
    let text = text.trim_matches([' ', '\t', '\n', '\x0b', '\x0c', '\r']);
    let digits = text.strip_prefix('+').unwrap_or(text);
    let groups_are_digits =
        digits.split('_').all(|group| !group.is_empty() && group.bytes().all(|b| b.is_ascii_digit()));
    groups_are_digits.then(|| digits.replace('_', "").parse().unwrap_or(u64::MAX))
}
