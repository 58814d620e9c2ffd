//! HTTP/1.1 as a client needs it: requests to bytes, and bytes of an answer to its body as they arrive.

use std::fmt::Write as _;

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

use super::problem::Problem;

/// Longest line of a head or of a chunk's size, in bytes.
const MAX_LINE: usize = 64 * 1024;

/// The value of `Authorization`.
pub fn basic_auth(username: &str, password: &str) -> String {
    format!("Basic {}", STANDARD.encode(format!("{username}:{password}")))
}

/// A POST of XML.
pub fn post(path: &str, host: &str, auth: Option<&str>, body: &str) -> Vec<u8> {
    let mut out = format!(
        "POST {path} HTTP/1.1\r\nHost: {host}\r\nAccept-Encoding: identity\r\nUser-Agent: supervisorctl\r\n\
         Content-Type: text/xml\r\nAccept: text/xml\r\n"
    );
    authorize(&mut out, auth);
    // Writing into a String cannot fail.
    let _ = write!(out, "Content-Length: {}\r\n\r\n{body}", body.len());
    out.into_bytes()
}

/// A GET of an endless text.
pub fn get(path: &str, host: &str, auth: Option<&str>) -> Vec<u8> {
    let mut out = format!("GET {path} HTTP/1.1\r\nHost: {host}\r\nAccept: */*\r\nUser-Agent: supervisorctl\r\n");
    authorize(&mut out, auth);
    out.push_str("\r\n");
    out.into_bytes()
}

fn authorize(out: &mut String, auth: Option<&str>) {
    if let Some(auth) = auth {
        out.push_str("Authorization: ");
        out.push_str(auth);
        out.push_str("\r\n");
    }
}

/// What the head of an answer says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Head {
    /// The status, 0 until it is known.
    pub status: u16,
    /// The words after it.
    pub reason: String,
    /// Whether the connection cannot be used again.
    pub close: bool,
    /// Where it leads.
    pub location: Option<String>,
    length: Option<usize>,
    chunked: bool,
}

/// Where in the answer the next byte stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum State {
    StatusLine,
    Header,
    /// In a body of known length: what is left of it.
    Length(usize),
    /// In a body that ends with the connection.
    UntilClose,
    ChunkSize,
    /// In a chunk: what is left of it.
    Chunk(usize),
    ChunkEnd,
    Trailer,
    Done,
}

/// Turns the bytes of one answer into its head and body, in whatever pieces they come.
#[derive(Debug)]
pub struct Decoder {
    state: State,
    line: Vec<u8>,
    head: Head,
}

impl Default for Decoder {
    fn default() -> Self {
        Self { state: State::StatusLine, line: Vec::new(), head: Head::default() }
    }
}

impl Decoder {
    /// What is known of the head.
    pub fn head(&self) -> &Head {
        &self.head
    }

    /// Whether the head is complete.
    pub fn has_head(&self) -> bool {
        !matches!(self.state, State::StatusLine | State::Header)
    }

    /// Whether the answer is complete.
    pub fn is_done(&self) -> bool {
        self.state == State::Done
    }

    /// Takes the next bytes; what belongs to the body is appended to `body`.
    pub fn push(&mut self, mut bytes: &[u8], body: &mut Vec<u8>) -> Result<(), Problem> {
        while !bytes.is_empty() && self.state != State::Done {
            let used = match self.state {
                State::Length(left) | State::Chunk(left) => self.take(bytes, left, body),
                State::UntilClose => {
                    body.extend_from_slice(bytes);
                    bytes.len()
                }
                _ => self.take_line(bytes)?,
            };
            bytes = &bytes[used..];
        }
        Ok(())
    }

    /// Says that the connection ended.
    pub fn end(&mut self) -> Result<(), Problem> {
        if matches!(self.state, State::UntilClose | State::Done) {
            self.state = State::Done;
            return Ok(());
        }
        Err(Problem::Closed)
    }

    fn take(&mut self, bytes: &[u8], left: usize, body: &mut Vec<u8>) -> usize {
        let used = left.min(bytes.len());
        body.extend_from_slice(&bytes[..used]);
        self.state = match (self.state, left - used) {
            (State::Length(_), 0) => State::Done,
            (State::Length(_), left) => State::Length(left),
            (_, 0) => State::ChunkEnd,
            (_, left) => State::Chunk(left),
        };
        used
    }

    fn take_line(&mut self, bytes: &[u8]) -> Result<usize, Problem> {
        let end = memchr::memchr(b'\n', bytes);
        let part = &bytes[..end.unwrap_or(bytes.len())];
        if self.line.len() + part.len() > MAX_LINE {
            return Err(Problem::NotHttp("a line is too long".to_owned()));
        }
        self.line.extend_from_slice(part);
        if end.is_none() {
            return Ok(bytes.len());
        }
        let line = String::from_utf8_lossy(&std::mem::take(&mut self.line)).into_owned();
        self.line_done(line.trim_end_matches('\r'))?;
        Ok(part.len() + 1)
    }

    fn line_done(&mut self, line: &str) -> Result<(), Problem> {
        self.state = match self.state {
            State::StatusLine => self.status_line(line)?,
            State::Header if line.is_empty() => self.body_state(),
            State::Header => self.header(line),
            State::ChunkSize => chunk_size(line)?,
            State::ChunkEnd => State::ChunkSize,
            State::Trailer if line.is_empty() => State::Done,
            state => state,
        };
        Ok(())
    }

    fn status_line(&mut self, line: &str) -> Result<State, Problem> {
        let not_http = || Problem::NotHttp(line.chars().take(200).collect());
        let mut words = line.splitn(3, ' ');
        let version = words.next().filter(|v| v.starts_with("HTTP/")).ok_or_else(not_http)?;
        self.head.status = words.next().and_then(|code| code.parse().ok()).ok_or_else(not_http)?;
        words.next().unwrap_or_default().clone_into(&mut self.head.reason);
        self.head.close = version == "HTTP/1.0";
        Ok(State::Header)
    }

    fn header(&mut self, line: &str) -> State {
        let (name, value) = line.split_once(':').unwrap_or((line, ""));
        let value = value.trim();
        match name.to_ascii_lowercase().as_str() {
            "content-length" => self.head.length = value.parse().ok(),
            "transfer-encoding" => self.head.chunked = value.eq_ignore_ascii_case("chunked"),
            "location" => self.head.location = Some(value.to_owned()),
            "connection" => self.head.close = value.eq_ignore_ascii_case("close"),
            _ => {}
        }
        State::Header
    }

    fn body_state(&mut self) -> State {
        match (self.head.chunked, self.head.length) {
            (true, _) => State::ChunkSize,
            (false, Some(0)) => State::Done,
            (false, Some(length)) => State::Length(length),
            (false, None) => {
                self.head.close = true;
                State::UntilClose
            }
        }
    }
}

fn chunk_size(line: &str) -> Result<State, Problem> {
    let digits = line.split(';').next().unwrap_or_default().trim();
    match usize::from_str_radix(digits, 16) {
        Ok(0) => Ok(State::Trailer),
        Ok(size) => Ok(State::Chunk(size)),
        Err(_) => Err(Problem::NotHttp(line.chars().take(200).collect())),
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// Feeds `text` in pieces of `size` bytes.
    fn decode(text: &str, size: usize) -> (Decoder, Vec<u8>) {
        let (mut decoder, mut body) = (Decoder::default(), Vec::new());
        for piece in text.as_bytes().chunks(size) {
            decoder.push(piece, &mut body).unwrap();
        }
        (decoder, body)
    }

    #[test]
    fn bodies_end_by_length_chunks_or_connection() {
        for size in 1..40 {
            let (decoder, body) = decode("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nabc", size);
            assert!(decoder.is_done() && !decoder.head().close && decoder.head().status == 200);
            assert_eq!(body, b"abc");
            let text =
                "HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n3;x\r\nabc\r\nA\r\n0123456789\r\n0\r\n\r\n";
            let (decoder, body) = decode(text, size);
            assert!(decoder.is_done());
            assert_eq!(body, b"abc0123456789");
            let (mut decoder, body) = decode("HTTP/1.0 404 Not Found\r\n\r\nabc", size);
            assert!(!decoder.is_done() && decoder.head().close);
            decoder.end().unwrap();
            assert_eq!((body.as_slice(), decoder.head().reason.as_str()), (&b"abc"[..], "Not Found"));
        }
    }

    #[test]
    fn a_cut_answer_is_a_problem() {
        let (mut decoder, _) = decode("HTTP/1.1 200 OK\r\nContent-Length: 3\r\n\r\nab", 7);
        assert!(matches!(decoder.end(), Err(Problem::Closed)));
        let mut decoder = Decoder::default();
        assert!(matches!(decoder.push(b"junk\r\n", &mut Vec::new()), Err(Problem::NotHttp(_))));
    }

    #[test]
    fn requests_name_their_length_and_owner() {
        let text = String::from_utf8(post("/RPC2", "h", Some(&basic_auth("u", "p")), "é")).unwrap();
        assert!(text.contains("\r\nAuthorization: Basic dTpw\r\nContent-Length: 2\r\n\r\né"), "{text}");
    }

    proptest! {
        #[test]
        fn no_bytes_are_a_panic(bytes in prop::collection::vec(any::<u8>(), 0..200)) {
            let mut decoder = Decoder::default();
            let _ = decoder.push(b"HTTP/1.1 200 OK\r\nTransfer-Encoding: chunked\r\n\r\n", &mut Vec::new());
            let _ = decoder.push(&bytes, &mut Vec::new());
            let _ = Decoder::default().push(&bytes, &mut Vec::new());
        }
    }
}
