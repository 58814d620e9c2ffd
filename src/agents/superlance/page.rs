//! A page by HTTP or HTTPS, in limited time.
//!
//! All of it, the host's address included, is there by the deadline, or there is an error: a server that is silent, slow, or
//! never comes to an end holds nobody up. Redirects are answers like others. Of the body no more is kept than is needed
//! to find a text in it.

mod tls;

use std::io::{self, ErrorKind, Read, Write};
use std::net::TcpStream;
use std::time::{Duration, Instant};

use crate::agents::mail::Certificates;
use crate::base::certificate;
use crate::client::http::Decoder;
use crate::client::lookup;
use crate::client::problem::Problem;
use crate::conf::host::in_url;

/// What is asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Wanted {
    /// Whether it is HTTPS.
    pub is_https: bool,
    /// The host, without brackets.
    pub host: String,
    /// Its port.
    pub port: u16,
    /// From the `/` on, with the query.
    pub path: String,
    /// What the body is to hold.
    pub text: Option<String>,
    /// How long all of it may take.
    pub timeout: Duration,
    /// Which certificates the server may have.
    pub certificates: Certificates,
}

/// An answer.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// The status.
    pub status: u16,
    /// The words after it.
    pub reason: String,
    /// Whether the body holds what it is to hold.
    pub holds_text: bool,
}

/// What is wrong with a URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum BadUrl {
    /// It is neither `http` nor `https`.
    Scheme(String),
    /// There is no host, or no port where one should be.
    Authority(String),
    /// A user or password stands in it, where everybody can read it.
    User,
}

/// How long a page may take if nothing else is said.
pub const TIMEOUT: Duration = Duration::from_secs(10);

impl Wanted {
    /// By a URL, with what is usual besides.
    pub fn parse(url: &str) -> Result<Self, BadUrl> {
        let (scheme, rest) = url.split_once("://").unwrap_or(("", url));
        let is_https = match scheme.to_ascii_lowercase().as_str() {
            "http" => false,
            "https" => true,
            other => return Err(BadUrl::Scheme(other.to_owned())),
        };
        let rest = rest.split('#').next().unwrap_or_default();
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        if authority.contains('@') {
            return Err(BadUrl::User);
        }
        let default = if is_https { 443 } else { 80 };
        let bad = || BadUrl::Authority(authority.to_owned());
        let (host, port) = split_port(authority, default).ok_or_else(bad)?;
        let is_fit = |c: char| c.is_ascii_graphic();
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        if !host.chars().all(is_fit) || !path.chars().all(is_fit) {
            return Err(bad());
        }
        let (host, certificates) = (host.to_owned(), Certificates::Web);
        Ok(Self { is_https, host, port, path, text: None, timeout: TIMEOUT, certificates })
    }

    /// As the `Host` header says it.
    fn authority(&self) -> String {
        let host = in_url(&self.host);
        let is_default = self.port == if self.is_https { 443 } else { 80 };
        if is_default { host.into_owned() } else { format!("{host}:{}", self.port) }
    }

    fn request(&self) -> String {
        format!(
            "GET {} HTTP/1.1\r\nHost: {}\r\nAccept-Encoding: identity\r\nUser-Agent: httpok\r\nConnection: close\r\n\r\n",
            self.path,
            self.authority()
        )
    }

    /// Asks for it; an error is as Python says it.
    pub fn fetch(&self) -> Result<Page, String> {
        let until = Instant::now() + self.timeout;
        self.exchange(until).map_err(|problem| words(&problem))
    }

    fn exchange(&self, until: Instant) -> Result<Page, Problem> {
        let stream = Timed { stream: connect(&self.host, self.port, until)?, until };
        if self.is_https {
            let mut stream = tls::wrap(stream, &self.host, &self.certificates)?;
            self.talk(&mut stream)
        } else {
            let mut stream = stream;
            self.talk(&mut stream)
        }
    }

    fn talk(&self, stream: &mut (impl Read + Write)) -> Result<Page, Problem> {
        stream.write_all(self.request().as_bytes())?;
        stream.flush()?;
        let mut decoder = Decoder::default();
        let mut search = Search::new(self.text.as_deref());
        let mut buffer = [0; 8192];
        while !decoder.is_done() && !has_no_body(&decoder) {
            let mut body = Vec::new();
            match stream.read(&mut buffer) {
                Ok(0) => decoder.end()?,
                Ok(n) => decoder.push(&buffer[..n], &mut body)?,
                Err(why) if why.kind() == ErrorKind::Interrupted => {}
                // Many servers end an encrypted connection so.
                Err(why) if why.kind() == ErrorKind::UnexpectedEof => decoder.end()?,
                Err(why) => return Err(why.into()),
            }
            search.push(&body);
        }
        let head = decoder.head();
        Ok(Page { status: head.status, reason: head.reason.clone(), holds_text: search.is_found })
    }
}

fn has_no_body(decoder: &Decoder) -> bool {
    decoder.has_head() && matches!(decoder.head().status, 204 | 304)
}

/// `host`, `host:port`, `[::1]:port`.
fn split_port(authority: &str, default: u16) -> Option<(&str, u16)> {
    let (host, port) = match authority.strip_prefix('[') {
        Some(rest) => {
            let (host, rest) = rest.split_once(']')?;
            (host, if rest.is_empty() { "" } else { rest.strip_prefix(':')? })
        }
        None => authority.split_once(':').unwrap_or((authority, "")),
    };
    let port = if port.is_empty() { default } else { port.parse().ok()? };
    (!host.is_empty()).then_some((host, port))
}

fn words(problem: &Problem) -> String {
    let tls = match problem {
        Problem::Io(why) => why.get_ref().and_then(|inner| inner.downcast_ref::<rustls::Error>()),
        _ => None,
    };
    match (tls, problem) {
        (Some(error), _) => certificate::words(error),
        (None, Problem::Io(why)) if why.kind() == ErrorKind::TimedOut => TIMED_OUT.to_owned(),
        _ => problem.to_string(),
    }
}

const TIMED_OUT: &str = "timed out";

fn left(until: Instant) -> io::Result<Duration> {
    let left = until.saturating_duration_since(Instant::now());
    if left.is_zero() { Err(io::Error::new(ErrorKind::TimedOut, TIMED_OUT)) } else { Ok(left) }
}

/// Connects to the first of a host's addresses that lets us.
fn connect(host: &str, port: u16, until: Instant) -> io::Result<TcpStream> {
    let mut refused = None;
    for address in lookup::of_host(host, port, left(until)?)? {
        match TcpStream::connect_timeout(&address, left(until)?) {
            Ok(stream) => return Ok(stream),
            Err(why) => refused = Some(why),
        }
    }
    Err(refused.unwrap_or_else(|| io::Error::new(ErrorKind::NotFound, "the host has no address")))
}

/// A connection that ends at a deadline.
struct Timed {
    stream: TcpStream,
    until: Instant,
}

impl Read for Timed {
    fn read(&mut self, buffer: &mut [u8]) -> io::Result<usize> {
        self.stream.set_read_timeout(Some(left(self.until)?))?;
        self.stream.read(buffer)
    }
}

impl Write for Timed {
    fn write(&mut self, buffer: &[u8]) -> io::Result<usize> {
        self.stream.set_write_timeout(Some(left(self.until)?))?;
        self.stream.write(buffer)
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

/// Looks for a text in what comes in pieces.
struct Search<'t> {
    text: &'t [u8],
    /// The end of what has come, in which the text may begin.
    tail: Vec<u8>,
    is_found: bool,
}

impl<'t> Search<'t> {
    /// No text, and an empty one, is everywhere.
    fn new(text: Option<&'t str>) -> Self {
        let text = text.unwrap_or_default().as_bytes();
        Self { text, tail: Vec::new(), is_found: text.is_empty() }
    }

    fn push(&mut self, piece: &[u8]) {
        if self.is_found {
            return;
        }
        self.tail.extend_from_slice(piece);
        self.is_found = memchr::memmem::find(&self.tail, self.text).is_some();
        let past = self.tail.len().saturating_sub(self.text.len() - 1);
        self.tail.drain(..past);
    }
}

#[cfg(test)]
mod tests;
