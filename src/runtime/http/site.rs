//! What stands behind the paths of a control server.

use std::future::Future;
use std::rc::Rc;

use hyper::body::{Body as _, Incoming};
use hyper::header::{AUTHORIZATION, HOST, HeaderValue, IF_MODIFIED_SINCE};
use hyper::{HeaderMap, Method, Request, Response, StatusCode};
use tokio::sync::watch;

use super::access::Access;
use super::auth::{self, Verdict};
use super::body::{self, Answer, Refused};
use super::logtail::Tail;
use super::origin;
use super::respond;
use crate::conf::model::{Auth, LogLevel};
use crate::conf::namespec::Namespec;
use crate::conf::python::repr;
use crate::runtime::control::Control;
use crate::runtime::core::event::Stream;
use crate::runtime::rpc::Rpc;
use crate::runtime::web::assets::Asset;
use crate::runtime::web::{Form, Page, View, Web};
use crate::wire::{url, xmlrpc};

/// Most characters of a client's words in a line of the log.
const MAX_QUOTED: usize = 200;

/// Bytes of an answer that took much memory to be made.
const LONG: u64 = 128 << 10;

/// The daemon as the control servers show it.
pub(super) struct Site {
    pub(super) control: Rc<dyn Control>,
    rpc: Rpc,
    web: Web,
    /// True once the daemon leaves.
    closed: watch::Receiver<bool>,
}

impl Site {
    /// The site of a daemon whose methods are `rpc`'s, until `closed` says true.
    pub(super) fn new(control: Rc<dyn Control>, rpc: Rpc, closed: watch::Receiver<bool>) -> Self {
        let web = Web::new(control.clone());
        Self { control, rpc, web, closed }
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
            self.page_or_asset(request).await
        }
    }

    async fn page_or_asset(&self, request: Request<Incoming>) -> Response<Answer> {
        // What follows a semicolon says nothing here.
        let path = request.uri().path().split(';').next().map(url::unquote).unwrap_or_default();
        match View::of(&path) {
            Some(view) if [Method::GET, Method::POST].contains(request.method()) => self.page(view, request).await,
            _ => asset(&path, request.method(), request.headers()),
        }
    }

    async fn page(&self, view: View, request: Request<Incoming>) -> Response<Answer> {
        let (head, body) = request.into_parts();
        let posted = match head.method {
            Method::POST => match body::collect(&head.headers, body).await {
                Ok(bytes) => bytes,
                Err(refused) => return refusal(refused),
            },
            _ => Vec::new(),
        };
        let form = Form::read(head.uri.query().unwrap_or_default(), &String::from_utf8_lossy(&posted));
        if form.changes_something()
            && let Some(response) = self.refuse_foreign(&head.headers)
        {
            return response;
        }
        match self.web.answer(view, &form).await {
            Page::Text(text) => respond::whole(StatusCode::OK, "text/plain", text.to_owned()),
            Page::Html(html) => respond::fresh(respond::whole(StatusCode::OK, "text/html;charset=utf-8", html)),
            Page::Done(message) => respond::moved(&location(head.headers.get(HOST), &message)),
            Page::Nonsense(why) => {
                self.control.log(LogLevel::Error, &format!("Web interface error: {why}"));
                respond::error(StatusCode::INTERNAL_SERVER_ERROR)
            }
        }
    }

    /// Refuses what another site has made a browser send.
    fn refuse_foreign(&self, headers: &HeaderMap) -> Option<Response<Answer>> {
        let source: String = origin::foreign(headers)?.chars().take(MAX_QUOTED).collect();
        self.control.log(LogLevel::Warn, &format!("refused a request that another site has made: {}", repr(&source)));
        Some(respond::closing(respond::error(StatusCode::FORBIDDEN)))
    }

    async fn rpc(&self, request: Request<Incoming>) -> Response<Answer> {
        if request.method() != Method::POST {
            return respond::error(StatusCode::BAD_REQUEST);
        }
        if let Some(response) = self.refuse_foreign(request.headers()) {
            return response;
        }
        let (head, body) = request.into_parts();
        let bytes = match body::collect(&head.headers, body).await {
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
        let body = match self.rpc.call(call).await {
            Ok(payload) => Answer::Method(payload.written()),
            Err(fault) => xmlrpc::write_fault(&fault).into(),
        };
        if body.size_hint().lower() >= LONG {
            self.control.tidy_up_later();
        }
        respond::answer(StatusCode::OK, "text/xml", body)
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
        let path = url::unquote(path);
        let (_, rest) = path.trim_start_matches('/').split_once('/')?;
        let (name, channel) = rest.split_once('/').unwrap_or((rest, "stdout"));
        let stream = match channel {
            "stdout" => Stream::Stdout,
            "stderr" => Stream::Stderr,
            _ => return None,
        };
        let Namespec { group, process } = Namespec::parse(name);
        let id = self.control.fleet().find(group, process?)?.id();
        Tail::open(&self.control.readable_child_log(id, stream)?, self.closed()).ok()
    }
}

/// Where the table is shown with a message: on the host that the client has asked.
fn location(host: Option<&HeaderValue>, message: &str) -> Vec<u8> {
    let host = host.map(|host| host.as_bytes().trim_ascii()).filter(|host| !host.is_empty());
    let server = host.map(|host| [b"http://", host.strip_suffix(b":80").unwrap_or(host)].concat());
    [server.unwrap_or_default(), format!("/?message={}", url::quote(message)).into_bytes()].concat()
}

/// A file that the pages are drawn with.
fn asset(path: &str, method: &Method, headers: &HeaderMap) -> Response<Answer> {
    if ![Method::GET, Method::HEAD].contains(method) {
        return respond::error(StatusCode::BAD_REQUEST);
    }
    let Some(asset) = Asset::of(path) else { return not_found() };
    let modified = Asset::modified();
    let known = headers.get(IF_MODIFIED_SINCE).and_then(respond::read_date);
    if known.is_some_and(|known| modified <= known) { respond::unchanged() } else { respond::asset(asset, modified) }
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
