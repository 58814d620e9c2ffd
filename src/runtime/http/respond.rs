//! Answers that are not a method's.

use hyper::header::{CONNECTION, CONTENT_TYPE, HeaderValue, LAST_MODIFIED, SERVER, WWW_AUTHENTICATE};
use hyper::{Response, StatusCode};
use jiff::Timestamp;

use super::body::Answer;
use super::logtail::Tail;

/// The name by which Supervisor's servers go.
const SERVER_NAME: HeaderValue = HeaderValue::from_static("Medusa/1.12");

/// An answer of the given type.
pub(super) fn whole(status: StatusCode, kind: &'static str, text: String) -> Response<Answer> {
    answer(status, kind, text.into())
}

fn answer(status: StatusCode, kind: &'static str, body: Answer) -> Response<Answer> {
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

/// A log that is followed.
pub(super) fn tail(tail: Tail) -> Response<Answer> {
    let modified = tail.modified().ok().and_then(|at| Timestamp::try_from(at).ok());
    let mut response = answer(StatusCode::OK, "text/plain;charset=utf-8", Answer::Tail(tail));
    let stamp =
        modified.and_then(|at| jiff::fmt::rfc2822::DateTimePrinter::new().timestamp_to_rfc9110_string(&at).ok());
    if let Some(stamp) = stamp.and_then(|text| HeaderValue::try_from(text).ok()) {
        response.headers_mut().insert(LAST_MODIFIED, stamp);
    }
    response
}
