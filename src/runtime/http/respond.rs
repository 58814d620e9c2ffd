//! Answers that are not a method's.

use std::time::SystemTime;

use hyper::body::Bytes;
use hyper::header::{
    CACHE_CONTROL, CONNECTION, CONTENT_TYPE, EXPIRES, HeaderValue, LAST_MODIFIED, LOCATION, PRAGMA, SERVER,
    WWW_AUTHENTICATE,
};
use hyper::{Response, StatusCode};
use jiff::Timestamp;
use jiff::fmt::rfc2822;

use super::body::Answer;
use super::logtail::Tail;
use crate::runtime::web::assets::Asset;

/// The name by which Supervisor's servers go.
const SERVER_NAME: HeaderValue = HeaderValue::from_static("Medusa/1.12");

/// A text of the given type.
pub(super) fn whole(status: StatusCode, kind: &'static str, text: String) -> Response<Answer> {
    answer(status, kind, text.into())
}

/// An answer of the given type.
pub(super) fn answer(status: StatusCode, kind: &'static str, body: Answer) -> Response<Answer> {
    let mut response = Response::new(body);
    *response.status_mut() = status;
    response.headers_mut().insert(SERVER, SERVER_NAME);
    response.headers_mut().insert(CONTENT_TYPE, HeaderValue::from_static(kind));
    response
}

/// The small page that says what is wrong.
pub(super) fn error(status: StatusCode) -> Response<Answer> {
    let (code, reason) = (status.as_u16(), status.canonical_reason().unwrap_or_default());
    let page = format!(
        "<head>\r\n<title>Error response</title>\r\n</head>\r\n<body>\r\n<h1>Error response</h1>\r\n\
         <p>Error code {code}.\r\n<p>Message: {reason}.\r\n</body>\r\n"
    );
    whole(status, "text/html", page)
}

/// Asks who the client is; nothing more is read from it.
pub(super) fn unauthorized() -> Response<Answer> {
    let mut response = error(StatusCode::UNAUTHORIZED);
    response.headers_mut().insert(WWW_AUTHENTICATE, HeaderValue::from_static("Basic realm=\"default\""));
    closing(response)
}

/// The same answer, as the connection's last.
pub(super) fn closing(mut response: Response<Answer>) -> Response<Answer> {
    response.headers_mut().insert(CONNECTION, HeaderValue::from_static("close"));
    response
}

/// The same answer, which nobody is to keep.
pub(super) fn fresh(mut response: Response<Answer>) -> Response<Answer> {
    let headers = response.headers_mut();
    headers.insert(PRAGMA, HeaderValue::from_static("no-cache"));
    headers.insert(CACHE_CONTROL, HeaderValue::from_static("no-cache"));
    headers.insert(EXPIRES, HeaderValue::from_static("Thu, 01 Jan 1970 00:00:00 GMT"));
    response
}

/// Sends the client elsewhere.
pub(super) fn moved(location: &[u8]) -> Response<Answer> {
    let Ok(location) = HeaderValue::from_bytes(location) else { return error(StatusCode::BAD_REQUEST) };
    let mut response = fresh(error(StatusCode::MOVED_PERMANENTLY));
    response.headers_mut().insert(LOCATION, location);
    response
}

/// A file of the pages.
pub(super) fn asset(asset: &Asset, modified: SystemTime) -> Response<Answer> {
    dated(answer(StatusCode::OK, asset.kind, Answer::Whole(Some(Bytes::from_static(asset.bytes)))), Some(modified))
}

/// The client has it already.
pub(super) fn unchanged() -> Response<Answer> {
    let mut response = Response::new(Answer::Whole(None));
    *response.status_mut() = StatusCode::NOT_MODIFIED;
    response.headers_mut().insert(SERVER, SERVER_NAME);
    response
}

/// A log that is followed.
pub(super) fn tail(tail: Tail) -> Response<Answer> {
    let modified = tail.modified().ok();
    dated(answer(StatusCode::OK, "text/plain;charset=utf-8", Answer::Tail(tail)), modified)
}

fn dated(mut response: Response<Answer>, modified: Option<SystemTime>) -> Response<Answer> {
    let stamp = modified.and_then(|at| Timestamp::try_from(at).ok());
    let stamp = stamp.and_then(|at| rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok());
    if let Some(stamp) = stamp.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(LAST_MODIFIED, stamp);
    }
    response
}

/// The instant of a header, as browsers write it; what some add behind a semicolon is not looked at.
pub(super) fn read_date(header: &HeaderValue) -> Option<SystemTime> {
    let text = header.to_str().ok()?.split(';').next()?.trim();
    rfc2822::DateTimeParser::new().parse_timestamp(text).ok().map(SystemTime::from)
}
