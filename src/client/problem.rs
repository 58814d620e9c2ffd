//! Why talking to a daemon failed, and how supervisorctl says so.
//!
//! Its last line of defence is `error: <class 'X'>, text: file: F line: N`, X being a Python class. Scripts look for
//! these classes, so each problem knows the one under which it is reported.

use std::io;

use crate::base::reason::{PATH_TOO_LONG, is_path_too_long};
use crate::wire::fault::Fault;
use crate::wire::problem::Problem as Malformed;

/// Why a call has no result.
#[derive(Debug)]
pub enum Problem {
    /// The server's address is neither `http://` nor `unix://`.
    UnknownProtocol(String),
    /// No connection, or it broke.
    Io(io::Error),
    /// The connection was closed before an answer came.
    Closed,
    /// An answer that is not HTTP; the line.
    NotHttp(String),
    /// An HTTP status other than 200.
    Status {
        /// The number.
        code: u16,
        /// The words after it.
        reason: String,
    },
    /// An answer that is not XML-RPC.
    Malformed(Malformed),
    /// A result that is not of the method's type.
    Unexpected(&'static str),
    /// The daemon says why not.
    Fault(Fault),
}

impl Problem {
    /// The system's number of an error of the connection.
    pub fn errno(&self) -> Option<i32> {
        if let Self::Io(error) = self { error.raw_os_error() } else { None }
    }

    /// The Python class under which it is reported.
    pub fn class(&self) -> &'static str {
        match self {
            Self::UnknownProtocol(_) => "ValueError",
            Self::Io(error) => io_class(error),
            Self::Closed => "http.client.RemoteDisconnected",
            Self::NotHttp(_) => "http.client.BadStatusLine",
            Self::Status { .. } => "xmlrpc.client.ProtocolError",
            Self::Malformed(_) => "xml.parsers.expat.ExpatError",
            Self::Unexpected(_) => "xmlrpc.client.ResponseError",
            Self::Fault(_) => "xmlrpc.client.Fault",
        }
    }
}

fn io_class(error: &io::Error) -> &'static str {
    match error.kind() {
        io::ErrorKind::ConnectionRefused => "ConnectionRefusedError",
        io::ErrorKind::ConnectionReset => "ConnectionResetError",
        io::ErrorKind::BrokenPipe => "BrokenPipeError",
        io::ErrorKind::NotFound => "FileNotFoundError",
        io::ErrorKind::PermissionDenied => "PermissionError",
        io::ErrorKind::TimedOut | io::ErrorKind::WouldBlock => "TimeoutError",
        _ if is_path_too_long(error) => "OSError",
        _ if error.raw_os_error().is_none() => "socket.gaierror",
        _ => "OSError",
    }
}

impl std::fmt::Display for Problem {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        match self {
            Self::UnknownProtocol(url) => write!(f, "Unknown protocol for serverurl {url}"),
            Self::Io(error) => f.write_str(&io_text(error)),
            Self::Closed => f.write_str("Remote end closed connection without response"),
            Self::NotHttp(line) => f.write_str(line),
            Self::Status { code, reason } => write!(f, "<ProtocolError for 127.0.0.1/RPC2: {code} {reason}>"),
            Self::Malformed(why) => why.fmt(f),
            Self::Unexpected(method) => write!(f, "the result of `{method}` is not of its type"),
            Self::Fault(fault) => write!(f, "<Fault {}: {}>", fault.code, crate::conf::python::repr(&fault.string)),
        }
    }
}

/// That a result could not be written.
pub fn unwritten(why: &io::Error) -> String {
    format!("error: could not write the result: {}", io_text(why))
}

/// `[Errno 13] Permission denied`, or the resolver's words.
pub(super) fn io_text(error: &io::Error) -> String {
    if error.kind() == io::ErrorKind::WouldBlock {
        return "timed out".to_owned();
    }
    if is_path_too_long(error) {
        return PATH_TOO_LONG.to_owned();
    }
    let text = error.to_string();
    match error.raw_os_error() {
        Some(number) => {
            let words = text.strip_suffix(&format!(" (os error {number})")).unwrap_or(&text);
            format!("[Errno {number}] {words}")
        }
        None => match text.strip_prefix("failed to lookup address information: ") {
            Some(words) => resolvers_text(words),
            None => text,
        },
    }
}

/// `[Errno -2] Name or service not known`: the number is that of `netdb.h`, which the error does not keep.
fn resolvers_text(words: &str) -> String {
    let numbers = [
        ("Name or service not known", -2),
        ("Temporary failure in name resolution", -3),
        ("Non-recoverable failure in name resolution", -4),
        ("No address associated with hostname", -5),
    ];
    match numbers.iter().find(|(known, _)| *known == words) {
        Some((_, number)) => format!("[Errno {number}] {words}"),
        None => words.to_owned(),
    }
}

impl std::error::Error for Problem {}

impl From<io::Error> for Problem {
    fn from(error: io::Error) -> Self {
        if error.kind() == io::ErrorKind::UnexpectedEof { Self::Closed } else { Self::Io(error) }
    }
}

impl From<Malformed> for Problem {
    fn from(problem: Malformed) -> Self {
        Self::Malformed(problem)
    }
}

impl From<Fault> for Problem {
    fn from(fault: Fault) -> Self {
        Self::Fault(fault)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn problems_read_as_pythons() {
        let refused = Problem::from(io::Error::from_raw_os_error(111));
        assert_eq!(
            (refused.class(), refused.to_string().as_str()),
            ("ConnectionRefusedError", "[Errno 111] Connection refused")
        );
        let unknown = io::Error::other("failed to lookup address information: Name or service not known");
        assert_eq!(io_text(&unknown), "[Errno -2] Name or service not known");
        let long = Problem::from(std::os::unix::net::UnixStream::connect("x".repeat(108)).unwrap_err());
        assert_eq!((long.class(), long.to_string().as_str()), ("OSError", "AF_UNIX path too long"));
        let fault = Problem::from(Fault { code: 92, string: "CANT_REREAD: it's".to_owned() });
        assert_eq!(fault.to_string(), "<Fault 92: \"CANT_REREAD: it's\">");
        let status = Problem::Status { code: 401, reason: "Unauthorized".to_owned() };
        assert_eq!(status.to_string(), "<ProtocolError for 127.0.0.1/RPC2: 401 Unauthorized>");
    }
}
