//! The line that the main log holds for each request, at its finest level but one.

use hyper::body::Body as _;
use hyper::{Response, Version};
use jiff::Timestamp;

use super::body::Answer;
use crate::base::time::Wall;

/// What is said of a request.
pub(super) struct Access {
    /// Whose it is.
    pub(super) peer: String,
    /// When it came.
    pub(super) at: Wall,
    /// Method and target.
    pub(super) asked: String,
    pub(super) version: Version,
}

impl Access {
    /// `127.0.0.1:4711 - - [21/Nov/2026:01:05:03 +0000] "POST /RPC2 HTTP/1.1" 200 251`.
    pub(super) fn line(&self, response: &Response<Answer>) -> String {
        let Self { peer, at, asked, version } = self;
        let stamp = Timestamp::from_second(at.seconds())
            .map(|stamp| stamp.strftime("%d/%b/%Y:%H:%M:%S +0000").to_string())
            .unwrap_or_default();
        let size = response.body().size_hint().exact().unwrap_or(0);
        format!("{peer} - - [{stamp}] \"{asked} {version:?}\" {} {size}", response.status().as_u16())
    }
}
