//! The frames of the Language Server Protocol: a head of `Content-Length`, an empty line, and so many bytes of JSON.
//!
//! Whoever reads hands in what has come so far and is told what to do with its beginning ([`next`]). What is no frame is
//! passed over up to where the next head may begin, so that rubbish costs itself and nothing after it. Nothing is
//! allocated for a length that a head only claims.

use super::problem::Problem;

/// The longest head, in bytes.
const LONGEST_HEAD: usize = 4096;
/// The largest body, in bytes: a manifest of the largest size, escaped.
const LARGEST_BODY: usize = 256 * 1024 * 1024;
/// The only field of a head that says something.
const LENGTH: &str = "content-length";

/// What the bytes that have come begin with.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Next {
    /// A frame that is not complete yet.
    More,
    /// A frame.
    Body {
        /// Its body, in the bytes.
        body: std::ops::Range<usize>,
    },
    /// No frame.
    Bad {
        /// How many bytes to pass over.
        skip: usize,
        /// What is wrong.
        problem: Problem,
    },
}

/// Looks at the beginning of `bytes`.
pub fn next(bytes: &[u8]) -> Next {
    let window = &bytes[..bytes.len().min(LONGEST_HEAD)];
    let (length, start) = match head(window) {
        Head::Whole { length, end } => (length, end),
        Head::Part if window.len() < LONGEST_HEAD => return Next::More,
        Head::Part => return bad(bytes, Problem::HeadTooLong(LONGEST_HEAD)),
        Head::Bad(problem) => return bad(bytes, problem),
    };
    if length > LARGEST_BODY {
        return bad(bytes, Problem::BodyTooLarge(length));
    }
    if bytes.len() - start < length { Next::More } else { Next::Body { body: start..start + length } }
}

/// A frame with this body.
pub fn frame(body: &str) -> Vec<u8> {
    format!("Content-Length: {}\r\n\r\n{body}", body.len()).into_bytes()
}

enum Head {
    Whole { length: usize, end: usize },
    Part,
    Bad(Problem),
}

/// Lines end with `\r\n`, or with `\n` alone, as people write them by hand.
fn head(bytes: &[u8]) -> Head {
    let (mut at, mut length) = (0, None);
    while let Some(end) = memchr::memchr(b'\n', &bytes[at..]).map(|n| at + n) {
        let line = &bytes[at..end];
        let line = line.strip_suffix(b"\r").unwrap_or(line);
        at = end + 1;
        match (line, length) {
            ([], Some(length)) => return Head::Whole { length, end: at },
            ([], None) => return Head::Bad(Problem::NoLength),
            _ => match field(line) {
                Ok(value) => length = value.or(length),
                Err(problem) => return Head::Bad(problem),
            },
        }
    }
    Head::Part
}

/// The length that a field says, if it is that one.
fn field(line: &[u8]) -> Result<Option<usize>, Problem> {
    let shown = || String::from_utf8_lossy(line).chars().take(60).collect::<String>();
    let text = std::str::from_utf8(line).map_err(|_| Problem::NoField(shown()))?;
    let (name, value) = text.split_once(':').ok_or_else(|| Problem::NoField(shown()))?;
    if !name.trim().eq_ignore_ascii_case(LENGTH) {
        return Ok(None);
    }
    value.trim().parse().map(Some).map_err(|_| Problem::NoField(shown()))
}

/// Passes over what is bad: to the next line that begins like a head, or over everything but the beginning of one.
fn bad(bytes: &[u8], problem: Problem) -> Next {
    let begins = |at: usize| {
        let line = &bytes[at..bytes.len().min(at + LENGTH.len())];
        line.eq_ignore_ascii_case(&LENGTH.as_bytes()[..line.len()])
    };
    let mut ends = memchr::memchr_iter(b'\n', bytes).map(|end| end + 1);
    Next::Bad { skip: ends.find(|at| begins(*at)).unwrap_or(bytes.len()), problem }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// All bodies in `bytes`, and how many problems there are.
    fn all(mut bytes: &[u8]) -> (Vec<String>, usize) {
        let (mut bodies, mut problems) = (Vec::new(), 0);
        loop {
            match next(bytes) {
                Next::More => return (bodies, problems),
                Next::Body { body } => {
                    bodies.push(String::from_utf8_lossy(&bytes[body.clone()]).into_owned());
                    bytes = &bytes[body.end..];
                }
                Next::Bad { skip, .. } => {
                    assert!(skip > 0);
                    problems += 1;
                    bytes = &bytes[skip..];
                }
            }
            if bytes.is_empty() {
                return (bodies, problems);
            }
        }
    }

    #[test]
    fn heads_are_read_as_people_write_them() {
        let text = b"content-length:2\nContent-Type: application/json\n\n{}Content-Length: 1\r\n\r\n1";
        assert_eq!(all(text), (vec!["{}".to_owned(), "1".to_owned()], 0));
        assert_eq!(next(b"Content-Length: 2\r\n\r\n{"), Next::More);
        assert_eq!(next(b""), Next::More);
    }

    #[test]
    fn rubbish_is_passed_over() {
        let text = b"GET / HTTP/1.1\r\n\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(all(text), (vec!["{}".to_owned()], 1));
        let text = b"Content-Length: x\r\n\r\nContent-Length: 99999999999999999999\r\n\r\nContent-Length: 2\r\n\r\n{}";
        assert_eq!(all(text), (vec!["{}".to_owned()], 2));
        assert_eq!(all(b"Content-Length: 9999999999\r\n\r\n\xff\nContent-Length: 2\r\n\r\n{}").0, ["{}"]);
        let long = [vec![b'x'; 3 * LONGEST_HEAD], b"\nContent-Length: 2\r\n\r\n{}".to_vec()].concat();
        assert_eq!(all(&long), (vec!["{}".to_owned()], 1));
    }

    proptest! {
        #[test]
        fn frames_are_read_back(bodies in prop::collection::vec("\\PC{0,40}|[\n\r:ContentLgh -]{0,60}", 0..5)) {
            let bytes: Vec<u8> = bodies.iter().flat_map(|body| frame(body)).collect();
            prop_assert_eq!(all(&bytes), (bodies, 0));
        }

        #[test]
        fn no_bytes_make_it_panic_or_stay(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let _ = all(&bytes);
        }
    }
}
