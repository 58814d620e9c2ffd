//! Bodies: what is sent, and how much is taken in.

use std::convert::Infallible;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::Duration;

use http_body_util::BodyExt as _;
use hyper::HeaderMap;
use hyper::body::{Body, Bytes, Frame, Incoming, SizeHint};
use hyper::header::CONTENT_LENGTH;
use tokio::time::timeout;

use super::logtail::Tail;
use crate::wire::xmlrpc;

/// Most bytes of a request.
const MAX_REQUEST: u64 = 16 << 20;
/// How long a request's body may take.
const PATIENCE: Duration = Duration::from_secs(if cfg!(test) { 1 } else { 60 });
/// Most bytes of one that is refused that are waited for.
const MAX_PASSED_OVER: u64 = 64 << 10;

/// The body of an answer.
pub(super) enum Answer {
    /// Known as a whole; `None` once it is sent.
    Whole(Option<Bytes>),
    /// What a method comes to.
    Method(xmlrpc::Response),
    /// What a log grows by.
    Tail(Tail),
}

impl Answer {
    /// Whether it goes on for as long as the client likes.
    pub(super) fn is_followed(&self) -> bool {
        matches!(self, Self::Tail(_))
    }
}

impl From<String> for Answer {
    fn from(text: String) -> Self {
        Self::Whole(Some(Bytes::from(text)))
    }
}

impl Body for Answer {
    type Data = Bytes;
    type Error = Infallible;

    fn poll_frame(self: Pin<&mut Self>, cx: &mut Context<'_>) -> Poll<Option<Result<Frame<Bytes>, Infallible>>> {
        match self.get_mut() {
            Self::Whole(bytes) => Poll::Ready(bytes.take().map(|bytes| Ok(Frame::data(bytes)))),
            Self::Method(text) => Poll::Ready(text.next().map(|piece| Ok(Frame::data(piece.into())))),
            Self::Tail(tail) => tail.poll_more(cx).map(|more| more.map(|more| Ok(Frame::data(more)))),
        }
    }

    fn is_end_stream(&self) -> bool {
        match self {
            Self::Whole(bytes) => bytes.is_none(),
            Self::Method(text) => text.left() == 0,
            Self::Tail(_) => false,
        }
    }

    fn size_hint(&self) -> SizeHint {
        match self {
            Self::Whole(bytes) => SizeHint::with_exact(bytes.as_ref().map_or(0, |bytes| bytes.len() as u64)),
            Self::Method(text) => SizeHint::with_exact(text.left() as u64),
            Self::Tail(_) => SizeHint::default(),
        }
    }
}

/// Why a request's body is not taken.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Refused {
    /// Its length is not given beforehand.
    NoLength,
    /// It is too long.
    TooLong,
    /// It came too slowly, or broke off.
    Cut,
}

/// Reads past the body of a request that is refused, if it is short and comes soon.
pub(super) async fn pass_over(mut body: Incoming) {
    if body.size_hint().exact().is_some_and(|length| length <= MAX_PASSED_OVER) {
        let rest = async { while matches!(body.frame().await, Some(Ok(_))) {} };
        // Who takes longer finds the connection broken.
        let _ = timeout(PATIENCE, rest).await;
    }
}

/// Takes a request's body in.
pub(super) async fn collect(headers: &HeaderMap, body: Incoming) -> Result<Vec<u8>, Refused> {
    let length = body.size_hint().exact().filter(|_| headers.contains_key(CONTENT_LENGTH)).ok_or(Refused::NoLength)?;
    if length > MAX_REQUEST {
        return Err(Refused::TooLong);
    }
    timeout(PATIENCE, all(body)).await.unwrap_or(Err(Refused::Cut))
}

/// Room is made as it comes, not as it is promised.
async fn all(mut body: Incoming) -> Result<Vec<u8>, Refused> {
    let mut bytes = Vec::new();
    while let Some(frame) = body.frame().await {
        let frame = frame.map_err(|_| Refused::Cut)?;
        if let Some(data) = frame.data_ref() {
            bytes.extend_from_slice(data);
        }
    }
    Ok(bytes)
}
