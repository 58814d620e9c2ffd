//! The few things that fetching needs to know of a URL: who asks, whom, and where a redirect leads.

use base64::Engine as _;
use base64::engine::general_purpose::STANDARD;

/// An `http://` or `https://` URL, taken apart.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Url {
    pub(super) is_https: bool,
    /// `host` or `host:port`.
    pub(super) host: String,
    /// From the `/` on, with the query and without the fragment.
    path: String,
    /// The value of the `Authorization` header.
    pub(super) authorization: Option<String>,
}

impl Url {
    /// None for any other scheme, and for a URL without a host.
    pub(super) fn parse(text: &str) -> Option<Self> {
        let (is_https, rest) = match text.strip_prefix("https://") {
            Some(rest) => (true, rest),
            None => (false, text.strip_prefix("http://")?),
        };
        let rest = rest.split('#').next().unwrap_or(rest);
        let (authority, path) = rest.split_at(rest.find(['/', '?']).unwrap_or(rest.len()));
        let (user, host) = authority.rsplit_once('@').map_or((None, authority), |(user, host)| (Some(user), host));
        let path = if path.starts_with('/') { path.to_owned() } else { format!("/{path}") };
        let authorization = user.map(basic);
        (!host.is_empty()).then(|| Self { is_https, host: host.to_owned(), path, authorization })
    }

    /// Without user and password: what is asked for, and what may be shown.
    pub(super) fn text(&self) -> String {
        let scheme = if self.is_https { "https" } else { "http" };
        format!("{scheme}://{}{}", self.host, self.path)
    }

    /// Where `location`, the header of a redirect, leads. User and password go along only to the same host over the
    /// same scheme.
    pub(super) fn redirected(&self, location: &str) -> Option<Self> {
        let mut next = if location.contains("://") {
            Self::parse(location)?
        } else if let Some(rest) = location.strip_prefix("//") {
            Self::parse(&format!("{}://{rest}", if self.is_https { "https" } else { "http" }))?
        } else {
            let path = self.path.split('?').next().unwrap_or("/");
            let folder = &path[..=path.rfind('/').unwrap_or(0)];
            let path = if location.starts_with('/') { location.to_owned() } else { format!("{folder}{location}") };
            Self { path: path.split('#').next().unwrap_or("/").to_owned(), ..self.clone() }
        };
        if next.authorization.is_none() && next.host == self.host && next.is_https == self.is_https {
            next.authorization.clone_from(&self.authorization);
        }
        Some(next)
    }
}

/// `user:password`, which may be percent-encoded, as basic authentication.
fn basic(user: &str) -> String {
    let decoded = percent_decoded(user);
    let pair = if decoded.contains(&b':') { decoded } else { [decoded, b":".to_vec()].concat() };
    format!("Basic {}", STANDARD.encode(pair))
}

fn percent_decoded(text: &str) -> Vec<u8> {
    let mut out = Vec::with_capacity(text.len());
    let mut bytes = text.as_bytes();
    while let [first, rest @ ..] = bytes {
        let hex = rest.get(..2).filter(|_| *first == b'%').and_then(|hex| std::str::from_utf8(hex).ok());
        let decoded =
            hex.filter(|h| h.bytes().all(|b| b.is_ascii_hexdigit())).and_then(|h| u8::from_str_radix(h, 16).ok());
        out.push(decoded.unwrap_or(*first));
        bytes = if decoded.is_some() { &rest[2..] } else { rest };
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn user_and_password_are_kept_apart() {
        let url = Url::parse("https://me:p%40ss@host:8443/a/b.cfg?x=1#frag").unwrap();
        assert_eq!(url.text(), "https://host:8443/a/b.cfg?x=1");
        assert_eq!(url.authorization.as_deref(), Some("Basic bWU6cEBzcw=="));
        assert_eq!(Url::parse("http://h").unwrap().text(), "http://h/");
        assert_eq!(Url::parse("http://h?q").unwrap().text(), "http://h/?q");
        assert_eq!(Url::parse("ftp://h/"), None);
        assert_eq!(Url::parse("http:///x"), None);
        assert_eq!(percent_decoded("%zz%4"), b"%zz%4");
    }

    #[test]
    fn redirects_lead_on_and_passwords_stay() {
        let url = Url::parse("https://me:pw@h/a/b").unwrap();
        let to = |location: &str| url.redirected(location).unwrap();
        assert_eq!(to("c").text(), "https://h/a/c");
        assert_eq!(to("/c").text(), "https://h/c");
        assert_eq!(to("//i/c").text(), "https://i/c");
        assert!(to("/c").authorization.is_some());
        assert!(to("https://h/c").authorization.is_some());
        assert!(to("https://i/c").authorization.is_none());
        assert!(to("http://h/c").authorization.is_none());
    }

    proptest::proptest! {
        #[test]
        fn any_text_is_a_url_or_none(text in ".*", location in ".*") {
            let _ = Url::parse(&text);
            if let Some(url) = Url::parse(&format!("http://{text}")) {
                let _ = url.redirected(&location);
            }
        }
    }
}
