//! The last bytes of something long.

use std::collections::VecDeque;

/// Keeps at most so many bytes: the oldest go.
#[derive(Debug)]
pub(super) struct Tail {
    limit: usize,
    bytes: VecDeque<u8>,
}

impl Tail {
    /// An empty one.
    pub(super) fn new(limit: usize) -> Self {
        Self { limit, bytes: VecDeque::new() }
    }

    /// Adds bytes at the end.
    pub(super) fn push(&mut self, data: &[u8]) {
        let data = &data[data.len().saturating_sub(self.limit)..];
        let over = (self.bytes.len() + data.len()).saturating_sub(self.limit);
        self.bytes.drain(..over);
        self.bytes.extend(data);
    }

    /// What is kept; nothing is kept any more.
    pub(super) fn take(&mut self) -> Vec<u8> {
        std::mem::take(&mut self.bytes).into()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_oldest_go() {
        let mut tail = Tail::new(4);
        for data in [&b"ab"[..], b"cd", b"e"] {
            tail.push(data);
        }
        assert_eq!(tail.take(), b"bcde");
        tail.push(b"0123456789");
        assert_eq!(tail.take(), b"6789");
        assert_eq!(tail.take(), b"");
    }
}
