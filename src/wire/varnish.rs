//! What Varnish's management and its clients say to each other: a line to it; back a status, a length, and a text.
//!
//! Deliberately absent: the connection.

use std::fmt::{self, Write as _};

use sha2::{Digest as _, Sha256};

/// All is well.
pub const OK: u16 = 200;

/// The client is to say who it is.
pub const AUTH: u16 = 107;

/// Bytes of a head: a status, a blank, a length and a line end.
const HEAD: usize = 13;

/// The longest text that is taken.
const LONGEST: usize = 1 << 20;

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Answer {
    /// How it went.
    pub status: u16,
    /// What is said.
    pub text: String,
}

/// Why bytes are no answer.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Problem {
    /// The head is not one.
    Head,
    /// The text is longer than is taken.
    TooLong(usize),
    /// The text that asks who the client is has no challenge.
    NoChallenge,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Head => f.write_str("it does not speak as the management of a Varnish does"),
            Self::TooLong(bytes) => write!(f, "its answer would have {bytes} bytes, more than {LONGEST}"),
            Self::NoChallenge => f.write_str("it asks for authentication without a challenge"),
        }
    }
}

/// Reads an answer from the beginning of `bytes`; nothing as long as it is not complete. With it comes its length.
pub fn read(bytes: &[u8]) -> Result<Option<(Answer, usize)>, Problem> {
    let Some(head) = bytes.get(..HEAD) else { return Ok(None) };
    let head = std::str::from_utf8(head).ok().and_then(|head| head.strip_suffix('\n')).ok_or(Problem::Head)?;
    let (status, length) = head.split_once(' ').ok_or(Problem::Head)?;
    let status = status.parse().map_err(|_| Problem::Head)?;
    let length: usize = length.trim().parse().map_err(|_| Problem::Head)?;
    if length > LONGEST {
        return Err(Problem::TooLong(length));
    }
    // A line end follows the text.
    let Some(text) = bytes.get(HEAD..=HEAD + length) else { return Ok(None) };
    let text = String::from_utf8_lossy(&text[..length]).into_owned();
    Ok(Some((Answer { status, text }, HEAD + length + 1)))
}

/// The line that answers a challenge with what the file of the secret holds.
pub fn authenticate(text: &str, secret: &[u8]) -> Result<String, Problem> {
    let challenge = text.lines().next().filter(|line| line.len() == 32).ok_or(Problem::NoChallenge)?;
    let mut hash = Sha256::new();
    hash.update(challenge.as_bytes());
    hash.update(b"\n");
    hash.update(secret);
    hash.update(challenge.as_bytes());
    hash.update(b"\n");
    let mut line = "auth ".to_owned();
    for byte in hash.finalize() {
        // Writing into a String cannot fail.
        let _ = write!(line, "{byte:02x}");
    }
    Ok(line + "\n")
}

/// The line that makes it forget what fits an expression such as `req.url ~ .`.
pub fn ban(expression: &str) -> String {
    let line: String = expression.split_whitespace().collect::<Vec<_>>().join(" ");
    format!("ban {line}\n")
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn an_answer_is_read_when_it_is_complete() {
        let bytes = b"200 3       \nabc\nrest";
        let answer = Answer { status: OK, text: "abc".to_owned() };
        assert_eq!(read(bytes), Ok(Some((answer, 17))));
        assert_eq!(read(&bytes[..16]), Ok(None));
        assert_eq!(read(&bytes[..5]), Ok(None));
        assert_eq!(read(b"HTTP/1.1 400 Bad Request"), Err(Problem::Head));
        assert_eq!(read(b"200 99999999\n"), Err(Problem::TooLong(99_999_999)));
    }

    #[test]
    fn a_challenge_is_answered_as_varnish_s_manual_does() {
        let asked = "ixslvvxrgkjptxmcgnnsdxsvdmvfympg\n\nAuthentication required.\n";
        let answer = authenticate(asked, b"foo\n").unwrap();
        assert_eq!(answer, "auth 455ce847f0073c7ab3b1465f74507b75d3dc064c1e7de3b71e00de9092fdc89a\n");
        assert_eq!(authenticate("hello", b"foo\n"), Err(Problem::NoChallenge));
    }

    #[test]
    fn a_ban_is_one_line() {
        assert_eq!(ban("req.url ~ .\n"), "ban req.url ~ .\n");
        assert_eq!(ban("a\nstop"), "ban a stop\n");
    }

    proptest! {
        #[test]
        fn any_bytes_can_be_read(bytes in proptest::collection::vec(any::<u8>(), 0..40), text in any::<String>()) {
            let _ = (read(&bytes), authenticate(&text, &bytes));
        }
    }
}
