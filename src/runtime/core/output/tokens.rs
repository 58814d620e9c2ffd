//! Finding the two tokens between which a child says something to event listeners.
//!
//! What is kept back is always the beginning of the token that is looked for, so its length says all. Neither token
//! holds its own first byte twice: a beginning that turns out to be none holds no other.

use std::borrow::Cow;

use memchr::memmem;

const BEGIN: &[u8] = b"<!--XSUPERVISOR:BEGIN-->";
const END: &[u8] = b"<!--XSUPERVISOR:END-->";

/// A part of the output.
#[derive(Debug, PartialEq, Eq)]
pub(super) enum Part<'a> {
    /// Text outside of a communication.
    Outside(Cow<'a, [u8]>),
    /// Text within one.
    Inside(Cow<'a, [u8]>),
    /// The first token.
    Begin,
    /// The second.
    End,
}

/// Where in an output it is.
#[derive(Debug, Default)]
pub(super) struct Tokens {
    inside: bool,
    /// So many bytes of the next token have come, and were not given.
    held: usize,
}

impl Tokens {
    /// Whether it is within a communication.
    pub(super) fn is_inside(&self) -> bool {
        self.inside
    }

    /// Takes a read.
    pub(super) fn push(&mut self, data: &[u8], out: &mut dyn FnMut(Part<'_>)) {
        let mut rest = data;
        while !rest.is_empty() {
            rest = self.step(rest, out);
        }
    }

    /// The output has ended: what was kept back is text.
    pub(super) fn finish(&mut self, out: &mut dyn FnMut(Part<'_>)) {
        self.text(&[], out);
    }

    /// Takes the beginning of a read; gives the rest.
    fn step<'a>(&mut self, data: &'a [u8], out: &mut dyn FnMut(Part<'_>)) -> &'a [u8] {
        let token = self.token();
        let missing = &token[self.held..];
        if missing.starts_with(data) && missing.len() > data.len() {
            self.held += data.len();
            return &[];
        }
        let (text, behind) = if self.held > 0 && data.starts_with(missing) {
            self.held = 0;
            (0, missing.len())
        } else if let Some(at) = memmem::find(data, token) {
            (at, at + token.len())
        } else {
            let kept = beginning_at_end(data, token);
            self.text(&data[..data.len() - kept], out);
            self.held = kept;
            return &[];
        };
        self.text(&data[..text], out);
        out(if self.inside { Part::End } else { Part::Begin });
        self.inside = !self.inside;
        &data[behind..]
    }

    /// Gives a text, behind what was kept back and is text, too.
    fn text(&mut self, text: &[u8], out: &mut dyn FnMut(Part<'_>)) {
        let kept = &self.token()[..std::mem::take(&mut self.held)];
        let text: Cow<'_, [u8]> = if kept.is_empty() { text.into() } else { [kept, text].concat().into() };
        if !text.is_empty() {
            out(if self.inside { Part::Inside(text) } else { Part::Outside(text) });
        }
    }

    fn token(&self) -> &'static [u8] {
        if self.inside { END } else { BEGIN }
    }
}

/// Length of the longest beginning of `token`, not all of it, with which `data` ends.
fn beginning_at_end(data: &[u8], token: &[u8]) -> usize {
    let longest = data.len().min(token.len() - 1);
    (1..=longest).rev().find(|length| data.ends_with(&token[..*length])).unwrap_or(0)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn parts(reads: &[&str]) -> Vec<String> {
        let (mut tokens, mut parts) = (Tokens::default(), Vec::new());
        let mut out = |part: Part<'_>| {
            parts.push(match part {
                Part::Outside(text) => String::from_utf8_lossy(&text).into_owned(),
                Part::Inside(text) => format!("in {}", String::from_utf8_lossy(&text)),
                Part::Begin => "BEGIN".to_owned(),
                Part::End => "END".to_owned(),
            });
        };
        for read in reads {
            tokens.push(read.as_bytes(), &mut out);
        }
        tokens.finish(&mut out);
        parts
    }

    #[test]
    fn no_token_holds_its_first_byte_twice() {
        for token in [BEGIN, END] {
            assert_eq!(memchr::memchr_iter(token[0], token).count(), 1);
        }
    }

    #[test]
    fn tokens_may_be_cut_anywhere() {
        let whole = "a<!--XSUPERVISOR:BEGIN-->b<!--XSUPERVISOR:END-->c";
        let expected = ["a", "BEGIN", "in b", "END", "c"];
        assert_eq!(parts(&[whole]), expected);
        for at in 0..whole.len() {
            assert_eq!(parts(&[&whole[..at], &whole[at..]]), expected, "{at}");
        }
    }

    #[test]
    fn only_what_may_be_a_token_is_kept_back() {
        assert_eq!(parts(&["a<", "!--", "b"]), ["a", "<!--b"]);
        assert_eq!(parts(&["<!--X", "<!--XSUPERVISOR:BEGIN-->"]), ["<!--X", "BEGIN"]);
        assert_eq!(parts(&["a<!--XSUPERVISOR:E"]), ["a<!--XSUPERVISOR:E"]);
        assert_eq!(parts(&["a<!--"]), ["a", "<!--"]);
        // In its place each is text.
        assert_eq!(parts(&["<!--XSUPERVISOR:END-->"]), ["<!--XSUPERVISOR:END-->"]);
    }
}
