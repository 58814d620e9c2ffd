//! What stands behind the paths of a control server.

use std::future::Future;
use std::rc::Rc;

use hyper::body::Incoming;
use hyper::header::{AUTHORIZATION, HeaderValue};
use hyper::{Method, Request, Response, StatusCode};
use tokio::sync::watch;

use super::access::Access;
use super::auth::{self, Verdict};
use super::body::{self, Answer, Refused};
use super::logtail::Tail;
use super::respond;
use crate::conf::model::{Auth, LogLevel};
use crate::conf::namespec::Namespec;
use crate::conf::python::repr;
use crate::runtime::control::Control;
use crate::runtime::core::event::Stream;
use crate::runtime::rpc::Rpc;
use crate::wire::xmlrpc;

/// The daemon as the control servers show it.
pub(super) struct Site {
    pub(super) control: Rc<dyn Control>,
    rpc: Rpc,
    /// True once the daemon leaves.
    closed: watch::Receiver<bool>,
}

impl Site {
    /// The site of a daemon whose methods are `rpc`'s, until `closed` says true.
    pub(super) fn new(control: Rc<dyn Control>, rpc: Rpc, closed: watch::Receiver<bool>) -> Self {
        Self { control, rpc, closed }
    }

    /// Waits until the daemon leaves.
    pub(super) fn closed(&self) -> impl Future<Output = ()> + use<> {
        let mut closed = self.closed.clone();
        async move {
            // That nobody is left to say so comes to the same.
            let _ = closed.wait_for(|closed| *closed).await;
        }
    }

    /// Answers a request of a client who sits at `peer`, if it is let in by `auth`.
    pub(super) async fn answer(&self, auth: Option<&Auth>, peer: &str, request: Request<Incoming>) -> Response<Answer> {
        let access = self.control.logs(LogLevel::Trace).then(|| Access {
            peer: peer.to_owned(),
            at: self.control.now().wall,
            asked: format!("{} {}", request.method(), request.uri()),
            version: request.version(),
        });
        let given = request.headers().get(AUTHORIZATION).map(HeaderValue::as_bytes);
        let response = match auth::judge(auth, given) {
            Verdict::Welcome => self.route(request).await,
            Verdict::Unauthorized => refused(request, respond::unauthorized()).await,
            Verdict::Malformed => refused(request, respond::closing(respond::error(StatusCode::BAD_REQUEST))).await,
        };
        if let Some(access) = access {
            self.control.log(LogLevel::Trace, &access.line(&response));
        }
        response
    }

    /// Paths are told apart by how they start, as Supervisor does.
    async fn route(&self, request: Request<Incoming>) -> Response<Answer> {
        let path = request.uri().path();
        if path.starts_with("/RPC2") {
            self.rpc(request).await
        } else if path.starts_with("/logtail") {
            self.logtail(request.method(), path)
        } else if path.starts_with("/mainlogtail") {
            self.main_logtail(request.method())
        } else {
            respond::error(StatusCode::NOT_FOUND)
        }
    }

    async fn rpc(&self, request: Request<Incoming>) -> Response<Answer> {
        if request.method() != Method::POST {
            return respond::error(StatusCode::BAD_REQUEST);
        }
        let bytes = match body::collect(request.into_body()).await {
            Ok(bytes) => bytes,
            Err(refused) => return refusal(refused),
        };
        let call = match std::str::from_utf8(&bytes)
            .map_err(|e| e.to_string())
            .and_then(|text| xmlrpc::read_call(text).map_err(|problem| problem.to_string()))
        {
            Ok(call) => call,
            Err(why) => return self.unreadable(&bytes, &why),
        };
        let text = match self.rpc.call(call).await {
            Ok(value) => xmlrpc::write_response(&value),
            Err(fault) => xmlrpc::write_fault(&fault),
        };
        respond::whole(StatusCode::OK, "text/xml", text)
    }

    fn unreadable(&self, bytes: &[u8], why: &str) -> Response<Answer> {
        let start = String::from_utf8_lossy(&bytes[..bytes.len().min(1024)]).into_owned();
        let line = format!("XML-RPC request data {} is invalid: {why}", repr(&start));
        self.control.log(LogLevel::Error, &line);
        respond::error(StatusCode::BAD_REQUEST)
    }

    fn logtail(&self, method: &Method, path: &str) -> Response<Answer> {
        if method != Method::GET {
            return respond::error(StatusCode::BAD_REQUEST);
        }
        let mut response = self.child_tail(path).map_or_else(not_found, respond::tail);
        if response.status() == StatusCode::OK {
            // Proxies are to hand on what comes at once.
            response.headers_mut().insert("x-accel-buffering", HeaderValue::from_static("no"));
        }
        response
    }

    fn main_logtail(&self, method: &Method) -> Response<Answer> {
        if method != Method::GET {
            return respond::error(StatusCode::BAD_REQUEST);
        }
        let log = self.control.main_log();
        log.and_then(|path| Tail::open(&path, self.closed()).ok()).map_or_else(not_found, respond::tail)
    }

    /// The log of `/logtail/NAME` or `/logtail/NAME/CHANNEL`.
    fn child_tail(&self, path: &str) -> Option<Tail> {
        let path = percent_decoded(path);
        let (_, rest) = path.trim_start_matches('/').split_once('/')?;
        let (name, channel) = rest.split_once('/').unwrap_or((rest, "stdout"));
        let stream = match channel {
            "stdout" => Stream::Stdout,
            "stderr" => Stream::Stderr,
            _ => return None,
        };
        let Namespec { group, process } = Namespec::parse(name);
        let id = self.control.fleet().find(group, process?)?.id();
        Tail::open(&self.control.child_log(id, stream)?, self.closed()).ok()
    }
}

/// An answer that closes the connection. A client that is still sending would find it broken, and never read why.
async fn refused(request: Request<Incoming>, response: Response<Answer>) -> Response<Answer> {
    body::pass_over(request.into_body()).await;
    response
}

fn not_found() -> Response<Answer> {
    respond::error(StatusCode::NOT_FOUND)
}

fn refusal(refused: Refused) -> Response<Answer> {
    respond::closing(respond::error(match refused {
        Refused::NoLength => StatusCode::LENGTH_REQUIRED,
        Refused::TooLong => StatusCode::PAYLOAD_TOO_LARGE,
        Refused::Cut => StatusCode::REQUEST_TIMEOUT,
    }))
}

/// `%3A` and the like decoded; what is no such escape stays.
fn percent_decoded(text: &str) -> String {
    let mut bytes = Vec::with_capacity(text.len());
    let mut rest = text.as_bytes();
    while let Some((first, after)) = rest.split_first() {
        let escaped = if *first == b'%' { after.get(..2).and_then(hex_byte) } else { None };
        bytes.push(escaped.unwrap_or(*first));
        rest = if escaped.is_some() { &after[2..] } else { after };
    }
    String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned())
}

fn hex_byte(digits: &[u8]) -> Option<u8> {
    let digit = |byte: u8| char::from(byte).to_digit(16).and_then(|d| u8::try_from(d).ok());
    Some(digit(digits[0])? * 16 + digit(digits[1])?)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn escapes_in_paths_are_decoded() {
        assert_eq!(percent_decoded("/logtail/g%3ap/st%64out"), "/logtail/g:p/stdout");
        assert_eq!(percent_decoded("100%"), "100%");
        assert_eq!(percent_decoded("%zz%4"), "%zz%4");
    }
}
