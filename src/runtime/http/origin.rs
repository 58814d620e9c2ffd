//! Whether another site made a request: a browser adds its user's password to whatever a page asks it for, and says in
//! the head whose page that was. Programs and people who type an address say nothing there, and are not concerned.
//!
//! `Sec-Fetch-Site` is the browser's own verdict and goes first, as it holds behind a proxy that changes the host, too.
//! Older browsers, and all where the page came over bare HTTP, send `Origin` or `Referer`, which are compared with the
//! host that was asked.

use hyper::HeaderMap;
use hyper::header::{HOST, HeaderName, ORIGIN, REFERER};

const FETCH_SITE: HeaderName = HeaderName::from_static("sec-fetch-site");
/// The host that was asked before a proxy changed it. No page can make a browser send this to another site.
const FORWARDED_HOST: HeaderName = HeaderName::from_static("x-forwarded-host");

/// Who made a request, if it was another site.
pub(super) fn foreign(headers: &HeaderMap) -> Option<String> {
    let text = |name| headers.get(name).map(|value| String::from_utf8_lossy(value.as_bytes()).into_owned());
    let source = text(ORIGIN).or_else(|| text(REFERER));
    let is_foreign = match (text(FETCH_SITE), &source) {
        (Some(verdict), _) => !["same-origin", "none"].contains(&verdict.trim()),
        (None, None) => false,
        (None, Some(source)) => {
            let hosts = [text(HOST), text(FORWARDED_HOST)];
            !authority(source).is_some_and(|own| hosts.iter().flatten().any(|host| bare(host) == own))
        }
    };
    is_foreign.then(|| source.unwrap_or_else(|| "another site".to_owned()))
}

/// `host:port` of a URL, without the port that its scheme implies.
fn authority(url: &str) -> Option<String> {
    let (_, rest) = url.trim().split_once("://")?;
    let authority = rest.split(['/', '?', '#']).next().unwrap_or_default();
    Some(bare(authority)).filter(|authority| !authority.is_empty())
}

/// A host in lower case, without a port that is implied, by whichever scheme.
fn bare(host: &str) -> String {
    let host = host.trim().to_ascii_lowercase();
    let short = host.strip_suffix(":80").or_else(|| host.strip_suffix(":443"));
    short.map_or_else(|| host.clone(), str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;

    fn is_foreign(headers: &[(&str, &str)]) -> bool {
        let pairs = headers.iter().map(|(name, value)| (name.parse::<HeaderName>().unwrap(), value.parse().unwrap()));
        foreign(&pairs.collect()).is_some()
    }

    #[test]
    fn programs_and_the_page_itself_are_let_through() {
        let host = ("Host", "box:9001");
        for own in [
            &[host][..],
            &[],
            &[host, ("Origin", "http://box:9001")],
            &[host, ("Referer", "http://BOX:9001/?message=x")],
            &[host, ("Sec-Fetch-Site", "same-origin"), ("Origin", "https://proxy.example")],
            &[host, ("Sec-Fetch-Site", "none")],
            &[("Host", "box:80"), ("Origin", "http://box")],
            &[("Host", "box"), ("Origin", "https://box:443")],
            &[("Host", "127.0.0.1:9001"), ("X-Forwarded-Host", "ops.example"), ("Origin", "https://ops.example")],
        ] {
            assert!(!is_foreign(own), "{own:?}");
        }
    }

    #[test]
    fn other_sites_are_known() {
        let host = ("Host", "box:9001");
        for foreign in [
            &[host, ("Origin", "http://evil.example")][..],
            &[host, ("Origin", "http://box:9002")],
            &[host, ("Origin", "http://box:9001.evil.example")],
            &[host, ("Origin", "null")],
            &[host, ("Referer", "http://evil.example/box:9001")],
            &[host, ("Referer", "http://evil.example/?http://box:9001/")],
            &[host, ("Origin", "http://evil.example"), ("Referer", "http://box:9001/")],
            &[host, ("Sec-Fetch-Site", "cross-site")],
            &[host, ("Sec-Fetch-Site", "same-site"), ("Referer", "http://box:9001/")],
            &[("Origin", "http://box:9001")],
            &[("Host", ""), ("Origin", "http://")],
        ] {
            assert!(is_foreign(foreign), "{foreign:?}");
        }
    }
}
