//! `extends` over HTTP(S): blocking, with a cache.
//!
//! A text that is in the cache is asked for with its validators, so that an unchanged one is not sent again. Without the
//! network the cache alone answers. Certificates are checked against the roots of the web, or against those in
//! `SSL_CERT_FILE` if that is set, and nothing turns that off. A redirect may lead from `http` to `https` and not back.
//!
//! Deliberately absent: falling back to the cache when the server fails. What a build reads should not depend on the
//! weather; who wants the cache says `--offline`.

mod failure;
#[cfg(test)]
mod tests;

use std::cell::OnceCell;
use std::path::PathBuf;
use std::time::Duration;

use ureq::http::{Response, StatusCode, header};
use ureq::tls::{PemItem, RootCerts, TlsConfig, parse_pem};
use ureq::{Agent, Body};

use super::extends_cache::{ExtendsCache, Kept};
use super::url::Url;
use crate::base::seams::{Fetch, FetchError};

/// How long one text may take, redirects apart.
const TIMEOUT: Duration = Duration::from_secs(30);
/// How long a connection may take.
const CONNECT_TIMEOUT: Duration = Duration::from_secs(10);
/// The largest text, in bytes.
const LARGEST: u64 = 16 * 1024 * 1024;
/// How many redirects are followed.
const REDIRECTS: usize = 5;

/// How texts are fetched.
#[derive(Clone, Debug, Default)]
pub struct Options {
    /// Where texts are kept, such as `.recipe/extends-cache`; none to keep nothing.
    pub cache: Option<PathBuf>,
    /// The network may not be used.
    pub offline: bool,
    /// Remote texts are skipped.
    pub skip: bool,
    /// Certificates to trust instead of those of the web, in PEM: what `SSL_CERT_FILE` names.
    pub certificates: Option<PathBuf>,
}

/// Texts at URLs.
#[derive(Debug)]
pub struct Http {
    options: Options,
    cache: Option<ExtendsCache>,
    /// Made at the first use: most manifests extend no URL.
    agent: OnceCell<Result<Agent, String>>,
}

impl Http {
    /// Fetches in this way. Nothing is opened or read yet.
    pub fn new(options: Options) -> Self {
        let cache = options.cache.clone().map(ExtendsCache::new);
        Self { options, cache, agent: OnceCell::new() }
    }

    fn online(&self, url: &str) -> Result<String, FetchError> {
        let kept = self.cache.as_ref().and_then(|cache| cache.get(url));
        let mut at = Url::parse(url).ok_or_else(|| "this is no http:// or https:// URL".to_owned())?;
        for _ in 0..=REDIRECTS {
            let mut answer = self.ask(&at, kept.as_ref())?;
            let status = answer.status();
            if status == StatusCode::NOT_MODIFIED
                && let Some(kept) = kept
            {
                return Ok(text(kept.body)?);
            }
            if !status.is_redirection() {
                return Ok(self.take(url, &mut answer)?);
            }
            at = redirected(&at, &answer)?;
        }
        Err(format!("more than {REDIRECTS} redirects").into())
    }

    fn ask(&self, url: &Url, kept: Option<&Kept>) -> Result<Response<Body>, FetchError> {
        let certificates = self.options.certificates.as_ref();
        let agent = self.agent.get_or_init(|| agent(certificates)).as_ref().map_err(Clone::clone)?;
        let mut request = agent.get(url.text());
        if let Some(authorization) = &url.authorization {
            request = request.header(header::AUTHORIZATION, authorization);
        }
        if let Some(etag) = kept.and_then(|kept| kept.etag.as_ref()) {
            request = request.header(header::IF_NONE_MATCH, etag);
        }
        if let Some(date) = kept.and_then(|kept| kept.last_modified.as_ref()) {
            request = request.header(header::IF_MODIFIED_SINCE, date);
        }
        request.call().map_err(|error| failure::of(&error, certificates.map(PathBuf::as_path)))
    }

    /// The text of a final answer, which is kept.
    fn take(&self, url: &str, answer: &mut Response<Body>) -> Result<String, String> {
        if answer.status() != StatusCode::OK {
            return Err(format!("the server answers {}", answer.status()));
        }
        let value = |name| answer.headers().get(name).and_then(|v| v.to_str().ok()).map(str::to_owned);
        let (etag, last_modified) = (value(header::ETAG), value(header::LAST_MODIFIED));
        let body = answer.body_mut().with_config().limit(LARGEST).read_to_vec();
        let body = body.map_err(|error| match error {
            ureq::Error::BodyExceedsLimit(limit) => format!("larger than {} MiB", limit / (1024 * 1024)),
            other => other.to_string(),
        })?;
        let kept = Kept { etag, last_modified, body };
        if let Some(cache) = &self.cache {
            cache.put(url, &kept).map_err(|error| format!("it cannot be kept in the cache: {error}"))?;
        }
        text(kept.body)
    }
}

impl Fetch for Http {
    fn fetch(&self, url: &str, offline: bool) -> Result<String, FetchError> {
        if self.options.skip {
            return Err(FetchError::Skipped);
        }
        if self.options.offline || offline {
            let kept = self.cache.as_ref().and_then(|cache| cache.get(url));
            return text(kept.ok_or(FetchError::OfflineNotCached)?.body).map_err(FetchError::Failed);
        }
        self.online(url)
    }
}

fn redirected(from: &Url, answer: &Response<Body>) -> Result<Url, String> {
    let location = answer.headers().get(header::LOCATION).and_then(|v| v.to_str().ok());
    let location = location.ok_or_else(|| format!("the server answers {} and says not where to", answer.status()))?;
    let to = from.redirected(location).ok_or("the server redirects to something that is no http:// or https:// URL")?;
    if from.is_https && !to.is_https {
        return Err(format!("the server redirects from https to `{}`", to.text()));
    }
    Ok(to)
}

fn text(body: Vec<u8>) -> Result<String, String> {
    String::from_utf8(body)
        .map_err(|e| format!("not UTF-8: the byte at offset {} is wrong", e.utf8_error().valid_up_to()))
}

fn agent(certificates: Option<&PathBuf>) -> Result<Agent, String> {
    let mut tls = TlsConfig::builder();
    if let Some(path) = certificates {
        tls = tls.root_certs(roots(path)?);
    }
    let config = Agent::config_builder()
        .tls_config(tls.build())
        .timeout_global(Some(TIMEOUT))
        .timeout_connect(Some(CONNECT_TIMEOUT))
        .http_status_as_error(false)
        .max_redirects(0)
        .max_redirects_will_error(false)
        .user_agent(concat!("recipe/", env!("CARGO_PKG_VERSION")));
    Ok(config.build().into())
}

fn roots(path: &PathBuf) -> Result<RootCerts, String> {
    let wrong = |why: String| format!("the certificates in `{}` cannot be read: {why}", path.display());
    let pem = std::fs::read(path).map_err(|error| wrong(error.to_string()))?;
    let mut certificates = Vec::new();
    for item in parse_pem(&pem) {
        if let PemItem::Certificate(certificate) = item.map_err(|error| wrong(error.to_string()))? {
            certificates.push(certificate);
        }
    }
    if certificates.is_empty() {
        return Err(wrong("there are none".to_owned()));
    }
    Ok(RootCerts::new_with_certs(&certificates))
}
