//! A listener's input, as the listener reads it.

use super::header::Header;
use crate::wire::problem::Problem;

/// An event as a listener gets it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Notification {
    /// The line before the payload.
    pub header: Header,
    /// What follows it.
    pub payload: String,
}

/// Input that has come, and is not a whole event yet.
#[derive(Clone, Debug, Default)]
pub struct Events {
    pending: Vec<u8>,
    body: Option<Body>,
}

/// A payload whose length is known.
#[derive(Clone, Debug)]
struct Body {
    header: Header,
    /// Characters that have not come yet.
    missing: usize,
    /// Bytes of those that have.
    length: usize,
}

impl Events {
    /// More input has come.
    pub fn push(&mut self, data: &[u8]) {
        self.pending.extend_from_slice(data);
    }

    /// The next event, if it is whole. An error takes the line that is no header with it.
    pub fn next_event(&mut self) -> Result<Option<Notification>, Problem> {
        let body = match self.body.take() {
            Some(body) => Some(body),
            None => self.line()?,
        };
        let Some(mut body) = body else { return Ok(None) };
        body.grow(&self.pending);
        if body.missing > 0 {
            self.body = Some(body);
            return Ok(None);
        }
        let payload: Vec<u8> = self.pending.drain(..body.length).collect();
        let payload = String::from_utf8_lossy(&payload).into_owned();
        Ok(Some(Notification { header: body.header, payload }))
    }

    fn line(&mut self) -> Result<Option<Body>, Problem> {
        let Some(end) = memchr::memchr(b'\n', &self.pending) else { return Ok(None) };
        let line: Vec<u8> = self.pending.drain(..=end).collect();
        let header = Header::parse(&String::from_utf8_lossy(&line[..end]))?;
        Ok(Some(Body { missing: header.len, header, length: 0 }))
    }
}

impl Body {
    /// Takes in the characters that have come whole.
    fn grow(&mut self, pending: &[u8]) {
        while self.missing > 0
            && let Some(first) = pending.get(self.length)
            && self.length + width(*first) <= pending.len()
        {
            self.length += width(*first);
            self.missing -= 1;
        }
    }
}

/// Bytes of the character that begins so.
fn width(first: u8) -> usize {
    match first {
        0xf0.. => 4,
        0xe0.. => 3,
        0xc0.. => 2,
        _ => 1,
    }
}
