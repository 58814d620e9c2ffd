//! How hosts are written, and whether two are one, by what is written alone: nobody is asked for the address of a name.
//!
//! `localhost` is both addresses of the loopback, so whoever writes one of the three means the same server, if the port is the
//! same. Any other address of the loopback is one of its own.

use core::net::{IpAddr, Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;

/// The addresses of `localhost`.
pub const LOOPBACK: [IpAddr; 2] = [IpAddr::V4(Ipv4Addr::LOCALHOST), IpAddr::V6(Ipv6Addr::LOCALHOST)];

/// Whether it is `localhost`, however that is written.
pub fn is_loopback(host: &str) -> bool {
    host.eq_ignore_ascii_case("localhost") || address(host).is_some_and(|address| LOOPBACK.contains(&address))
}

/// Whether two hosts are one.
pub fn are_same(one: &str, other: &str) -> bool {
    let is_one_address = address(one).is_some_and(|own| address(other) == Some(own));
    one.eq_ignore_ascii_case(other) || is_one_address || is_loopback(one) && is_loopback(other)
}

/// The host, without brackets, and the port of `HOST:PORT`; of `HOST` the default one.
pub fn parts(text: &str, default: u16) -> Option<(&str, u16)> {
    // An address of IPv6 without brackets has no port.
    let bare = text.parse::<Ipv6Addr>().is_ok();
    let (host, port) = match text.rsplit_once(':').filter(|(_, port)| !bare && !port.ends_with(']')) {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (text, default),
    };
    Some((unbracketed(host), port))
}

/// The host as a URL has it: an address of IPv6 in brackets.
pub fn in_url(host: &str) -> Cow<'_, str> {
    if host.contains(':') { format!("[{host}]").into() } else { host.into() }
}

fn unbracketed(host: &str) -> &str {
    host.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')).unwrap_or(host)
}

fn address(host: &str) -> Option<IpAddr> {
    unbracketed(host).parse().ok().map(|address: IpAddr| address.to_canonical())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_loopback_is_one_host_and_an_address_what_it_says() {
        for one in ["localhost", "LocalHost", "127.0.0.1", "::1", "[::1]", "0:0::1", "::ffff:127.0.0.1"] {
            assert!(are_same(one, "localhost") && are_same("127.0.0.1", one), "{one}");
        }
        for one in ["127.0.0.2", "localhost.example.org", "0.0.0.0", "::", "web", ""] {
            assert!(!are_same(one, "localhost") && !are_same("127.0.0.1", one), "{one}");
        }
        assert!(are_same("Web", "web") && are_same("2001:db8::1", "[2001:DB8:0::1]"));
    }

    #[test]
    fn a_port_stands_behind_the_last_colon() {
        let cases = [
            ("a:81", Some(("a", 81))),
            ("a", Some(("a", 80))),
            ("[::1]:81", Some(("::1", 81))),
            ("[::1]", Some(("::1", 80))),
            ("::1", Some(("::1", 80))),
            ("a:", None),
            ("a:b", None),
            ("unix:/run/x", None),
        ];
        for (text, expected) in cases {
            assert_eq!(parts(text, 80), expected, "{text}");
        }
    }

    #[test]
    fn only_an_address_of_ipv6_needs_brackets() {
        assert_eq!(["a.b", "127.0.0.1", "::1"].map(in_url), ["a.b", "127.0.0.1", "[::1]"]);
    }
}
