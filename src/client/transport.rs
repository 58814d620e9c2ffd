//! A daemon's address, and one connection to it over which calls go.

use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::os::fd::{AsFd, BorrowedFd};
use std::os::unix::net::UnixStream;
use std::time::Duration;

use super::http::{self, Decoder};
use super::problem::Problem;
use super::timed::{Deadline, Timed};
use crate::conf::host::in_url;
use crate::wire::fault::Fault;
use crate::wire::xmlrpc::{self, Value};

/// Where a daemon listens and as whom to ask.
#[derive(Clone)]
pub struct Server {
    /// `http://HOST:PORT` or `unix:///PATH`, as the user wrote it.
    pub url: String,
    /// User name; authentication is sent when both are set.
    pub username: Option<String>,
    /// Password in clear.
    pub password: Option<String>,
}

/// The parts of a server's URL.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Endpoint<'u> {
    /// Path of a unix socket.
    Unix(&'u str),
    /// Host and port.
    Tcp(&'u str, u16),
}

impl Server {
    /// Takes the URL apart. Anything behind host and port is ignored, as Supervisor does.
    pub fn endpoint(&self) -> Result<Endpoint<'_>, Problem> {
        if let Some(path) = self.url.strip_prefix("unix://") {
            return Ok(Endpoint::Unix(path));
        }
        let unknown = || Problem::UnknownProtocol(self.url.clone());
        let rest = self.url.strip_prefix("http://").ok_or_else(unknown)?;
        let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
        let authority = authority.rsplit('@').next().unwrap_or_default();
        let (host, port) = split_port(authority).ok_or_else(unknown)?;
        Ok(Endpoint::Tcp(host, port))
    }

    /// The `Authorization` header's value.
    pub fn auth(&self) -> Option<String> {
        let (username, password) = (self.username.as_ref()?, self.password.as_ref()?);
        Some(http::basic_auth(username, password))
    }

    /// The `Host` header's value.
    pub fn host(&self) -> Result<String, Problem> {
        Ok(match self.endpoint()? {
            Endpoint::Unix(_) => "localhost".to_owned(),
            Endpoint::Tcp(host, port) => format!("{}:{port}", in_url(host)),
        })
    }

    /// Opens a connection.
    pub fn connect(&self) -> Result<Stream, Problem> {
        Ok(match self.endpoint()? {
            Endpoint::Unix(path) => Stream::Unix(UnixStream::connect(path)?),
            Endpoint::Tcp(host, port) => {
                let stream = TcpStream::connect((host, port))?;
                stream.set_nodelay(true)?;
                Stream::Tcp(stream)
            }
        })
    }

    /// As [`Self::connect`], but not for ever.
    fn connect_by(&self, deadline: &Deadline) -> Result<Stream, Problem> {
        Ok(match self.endpoint()? {
            Endpoint::Unix(path) => Stream::Unix(deadline.unix(path)?),
            Endpoint::Tcp(host, port) => Stream::Tcp(deadline.host(host, port)?),
        })
    }
}

/// `host`, `host:port`, `[::1]:port`; the port is 80 when there is none.
fn split_port(authority: &str) -> Option<(&str, u16)> {
    let bracketed = authority.strip_prefix('[').and_then(|rest| rest.split_once(']'));
    let (host, port) = match bracketed {
        Some((host, rest)) => (host, rest.strip_prefix(':')),
        None => authority.split_once(':').map_or((authority, None), |(host, port)| (host, Some(port))),
    };
    let port = match port {
        None | Some("") => 80,
        Some(digits) => digits.parse().ok()?,
    };
    if host.is_empty() { None } else { Some((host, port)) }
}

/// A connection's bytes.
#[derive(Debug)]
pub enum Stream {
    /// Over a unix socket.
    Unix(UnixStream),
    /// Over TCP.
    Tcp(TcpStream),
}

impl Stream {
    /// How long a read may take; None for ever.
    pub(super) fn wait_at_most(&self, patience: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.set_read_timeout(patience),
            Self::Tcp(stream) => stream.set_read_timeout(patience),
        }
    }

    /// How long a write may take; None for ever.
    pub(super) fn send_at_most(&self, patience: Option<Duration>) -> io::Result<()> {
        match self {
            Self::Unix(stream) => stream.set_write_timeout(patience),
            Self::Tcp(stream) => stream.set_write_timeout(patience),
        }
    }
}

impl Read for Stream {
    fn read(&mut self, buf: &mut [u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.read(buf),
            Self::Tcp(stream) => stream.read(buf),
        }
    }
}

impl Write for Stream {
    fn write(&mut self, buf: &[u8]) -> io::Result<usize> {
        match self {
            Self::Unix(stream) => stream.write(buf),
            Self::Tcp(stream) => stream.write(buf),
        }
    }

    fn flush(&mut self) -> io::Result<()> {
        Ok(())
    }
}

impl AsFd for Stream {
    fn as_fd(&self) -> BorrowedFd<'_> {
        match self {
            Self::Unix(stream) => stream.as_fd(),
            Self::Tcp(stream) => stream.as_fd(),
        }
    }
}

/// Calls that are answered when processes have started or stopped, which takes as long as their configuration says.
const WAITING: [&str; 6] = [
    "supervisor.startProcess",
    "supervisor.startProcessGroup",
    "supervisor.startAllProcesses",
    "supervisor.stopProcess",
    "supervisor.stopProcessGroup",
    "supervisor.stopAllProcesses",
];

/// Calls to one server, over a connection that is kept as long as the server lets it.
pub struct Connection {
    server: Server,
    stream: Option<Stream>,
    patience: Option<Duration>,
    limit: Option<Duration>,
}

impl Connection {
    /// Connects at the first call.
    pub fn new(server: Server) -> Self {
        Self { server, stream: None, patience: None, limit: None }
    }

    /// As [`Self::new`], but a call fails with EAGAIN once the server has been silent for so long; calls that wait for
    /// processes still take their time.
    pub fn patient(server: Server, patience: Duration) -> Self {
        Self { patience: Some(patience), ..Self::new(server) }
    }

    /// As [`Self::new`], but a call fails once all of it has taken so long, whatever it waits for.
    pub fn limited(server: Server, limit: Duration) -> Self {
        Self { limit: Some(limit), ..Self::new(server) }
    }

    /// The server that is called.
    pub fn server(&self) -> &Server {
        &self.server
    }

    /// Calls a method and waits for its result, for as long as it takes or its patience lasts.
    pub fn call(&mut self, method: &str, params: &[Value]) -> Result<Value, Problem> {
        let patience = self.patience.filter(|_| !WAITING.contains(&method));
        let answer = self.post("/RPC2", &xmlrpc::write_call(method, params), patience)?;
        xmlrpc::read_response(&answer)?.map_err(Fault::into)
    }

    fn post(&mut self, path: &str, body: &str, patience: Option<Duration>) -> Result<String, Problem> {
        let auth = self.server.auth();
        let request = http::post(path, &self.server.host()?, auth.as_deref(), body);
        let (stream, (decoder, bytes)) = if let Some(limit) = self.limit {
            self.exchange_within(limit, &request)?
        } else {
            let mut stream = match self.stream.take() {
                Some(stream) => stream,
                None => self.server.connect()?,
            };
            stream.wait_at_most(patience)?;
            let answer = exchange(&mut stream, &request)?;
            (stream, answer)
        };
        let head = decoder.head();
        if head.status != 200 {
            return Err(Problem::Status { code: head.status, reason: head.reason.clone() });
        }
        if !head.close {
            self.stream = Some(stream);
        }
        Ok(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
    }

    fn exchange_within(&mut self, limit: Duration, request: &[u8]) -> Result<(Stream, (Decoder, Vec<u8>)), Problem> {
        let deadline = Deadline::after(limit);
        let stream = match self.stream.take() {
            Some(stream) => stream,
            None => self.server.connect_by(&deadline)?,
        };
        let mut timed = Timed::over(stream, deadline);
        let answer = exchange(&mut timed, request)?;
        Ok((timed.into_stream(), answer))
    }
}

/// Sends a request, and reads one whole answer.
fn exchange(stream: &mut (impl Read + Write), request: &[u8]) -> Result<(Decoder, Vec<u8>), Problem> {
    stream.write_all(request)?;
    receive(stream)
}

/// Reads one whole answer.
fn receive(stream: &mut impl Read) -> Result<(Decoder, Vec<u8>), Problem> {
    let (mut decoder, mut body) = (Decoder::default(), Vec::new());
    let mut buffer = vec![0; 64 * 1024];
    while !decoder.is_done() {
        match stream.read(&mut buffer) {
            Ok(0) => decoder.end()?,
            Ok(n) => decoder.push(&buffer[..n], &mut body)?,
            Err(e) if e.kind() == io::ErrorKind::Interrupted => {}
            Err(e) => return Err(e.into()),
        }
    }
    Ok((decoder, body))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn server(url: &str) -> Server {
        Server { url: url.to_owned(), username: None, password: None }
    }

    #[test]
    fn urls_are_taken_apart() {
        let of = |url: &str| server(url).endpoint().map(|e| format!("{e:?}")).map_err(|e| e.to_string());
        assert_eq!(of("unix:///run/s.sock"), Ok("Unix(\"/run/s.sock\")".to_owned()));
        assert_eq!(of("http://localhost:9001"), Ok("Tcp(\"localhost\", 9001)".to_owned()));
        assert_eq!(of("http://u:p@h/x"), Ok("Tcp(\"h\", 80)".to_owned()));
        assert_eq!(of("http://[::1]:9001/"), Ok("Tcp(\"::1\", 9001)".to_owned()));
        assert_eq!(of("https://h"), Err("Unknown protocol for serverurl https://h".to_owned()));
        assert_eq!(server("http://[::1]:9001/").host().unwrap(), "[::1]:9001");
    }

    #[test]
    fn one_who_listens_and_says_nothing_is_not_waited_for() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let server = server(&format!("http://{}", listener.local_addr().unwrap()));
        let problem = Connection::patient(server, Duration::from_millis(10)).call("x", &[]).unwrap_err();
        assert_eq!(problem.errno(), Some(rustix::io::Errno::AGAIN.raw_os_error()));
    }

    #[test]
    fn not_even_a_call_that_waits_for_processes_is_waited_for_without_a_limit() {
        let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
        let server = server(&format!("http://{}", listener.local_addr().unwrap()));
        let mut connection = Connection::limited(server, Duration::from_millis(10));
        let problem = connection.call("supervisor.stopProcess", &[]).unwrap_err();
        assert_eq!(problem.to_string(), "no answer within 0.01 s");
    }

    #[test]
    fn authentication_needs_both_parts() {
        let mut server = server("unix:///x");
        server.username = Some("u".to_owned());
        assert_eq!(server.auth(), None);
        server.password = Some("p".to_owned());
        assert_eq!(server.auth().as_deref(), Some("Basic dTpw"));
    }
}
