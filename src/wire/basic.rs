//! Basic authentication: who a client says it is.

use base64::Engine as _;
use base64::alphabet::STANDARD;
use base64::engine::{DecodePaddingMode, GeneralPurpose, GeneralPurposeConfig};

/// What a client says.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Claim {
    /// Nothing, or nothing of this kind.
    None,
    /// It cannot be read.
    Malformed,
    /// User name and password.
    Of(String, String),
}

/// Reads the value of `Authorization`. A missing colon leaves the password empty.
pub fn claim(header: &[u8]) -> Claim {
    match basic(header).map(decode) {
        None => Claim::None,
        Some(None) => Claim::Malformed,
        Some(Some((username, password))) => Claim::Of(username, password),
    }
}

fn basic(header: &[u8]) -> Option<&[u8]> {
    let header = header.trim_ascii();
    let (scheme, rest) = header.split_at_checked("basic".len())?;
    let is_basic = scheme.eq_ignore_ascii_case(b"basic") && rest.first().is_some_and(u8::is_ascii_whitespace);
    is_basic.then(|| rest.trim_ascii())
}

fn decode(encoded: &[u8]) -> Option<(String, String)> {
    const ENGINE: GeneralPurpose = GeneralPurpose::new(
        &STANDARD,
        GeneralPurposeConfig::new().with_decode_padding_mode(DecodePaddingMode::Indifferent),
    );
    let text = String::from_utf8(ENGINE.decode(encoded).ok()?).ok()?;
    let (username, password) = text.split_once(':').unwrap_or((&text, ""));
    Some((username.to_owned(), password.to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn headers_may_be_odd() {
        let of = |username: &str, password: &str| Claim::Of(username.to_owned(), password.to_owned());
        for (header, wanted) in [
            ("Basic dTpwdw==", of("u", "pw")),
            ("bAsIc   dTpwdw", of("u", "pw")),
            ("Basic dQ==", of("u", "")),
            ("Basic dTphOmI=", of("u", "a:b")),
            ("Digest x", Claim::None),
            ("Basic", Claim::None),
            ("", Claim::None),
            ("Basic !!", Claim::Malformed),
            ("Basic gA==", Claim::Malformed),
        ] {
            assert_eq!(claim(header.as_bytes()), wanted, "{header}");
        }
    }
}
