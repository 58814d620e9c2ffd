//! Basic authentication.

use std::fmt::Write as _;

use sha1::{Digest as _, Sha1};
use subtle::{Choice, ConstantTimeEq as _};

use crate::conf::model::Auth;
use crate::wire::basic::{self, Claim};

/// Whether a client is let in.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Verdict {
    /// It is.
    Welcome,
    /// It must say who it is, or is somebody else.
    Unauthorized,
    /// What it says cannot be read.
    Malformed,
}

/// Judges the value of `Authorization`. The time this takes does not depend on how much of a password is right.
pub(super) fn judge(expected: Option<&Auth>, header: Option<&[u8]>) -> Verdict {
    let Some(expected) = expected else { return Verdict::Welcome };
    let (username, password) = match header.map_or(Claim::None, basic::claim) {
        Claim::None => return Verdict::Unauthorized,
        Claim::Malformed => return Verdict::Malformed,
        Claim::Of(username, password) => (username, password),
    };
    let matches = username.as_bytes().ct_eq(expected.username.as_bytes()) & password_matches(expected, &password);
    if matches.into() { Verdict::Welcome } else { Verdict::Unauthorized }
}

fn password_matches(expected: &Auth, password: &str) -> Choice {
    match expected.password.strip_prefix("{SHA}") {
        Some(digest) => hex(&Sha1::digest(password)).as_bytes().ct_eq(digest.as_bytes()),
        // Digests are compared, as texts of different length would take different times.
        None => Sha1::digest(password).as_slice().ct_eq(Sha1::digest(&expected.password).as_slice()),
    }
}

fn hex(bytes: &[u8]) -> String {
    bytes.iter().fold(String::new(), |mut out, byte| {
        // Writing into a String cannot fail.
        let _ = write!(out, "{byte:02x}");
        out
    })
}

#[cfg(test)]
mod tests {
    use base64::Engine as _;
    use base64::engine::general_purpose::STANDARD;

    use super::*;

    fn judged(password: &str, header: &str) -> Verdict {
        let auth = Auth { username: "u".to_owned(), password: password.to_owned() };
        judge(Some(&auth), Some(header.as_bytes()))
    }

    fn basic_of(text: &str) -> String {
        format!("Basic {}", STANDARD.encode(text))
    }

    #[test]
    fn clear_and_hashed_passwords_are_compared() {
        for password in ["pw", "{SHA}1a91d62f7ca67399625a4368a6ab5d4a3baa6073"] {
            assert_eq!(judged(password, &basic_of("u:pw")), Verdict::Welcome, "{password}");
            assert_eq!(judged(password, &basic_of("u:pwx")), Verdict::Unauthorized);
            assert_eq!(judged(password, &basic_of("v:pw")), Verdict::Unauthorized);
            assert_eq!(judged(password, &basic_of("u")), Verdict::Unauthorized);
        }
        assert_eq!(judged("a:b", &basic_of("u:a:b")), Verdict::Welcome);
    }

    #[test]
    fn headers_may_be_missing_or_odd() {
        let auth = Auth { username: "u".to_owned(), password: "p".to_owned() };
        assert_eq!(judge(None, None), Verdict::Welcome);
        assert_eq!(judge(Some(&auth), None), Verdict::Unauthorized);
        assert_eq!(judged("pw", "Digest x"), Verdict::Unauthorized);
        assert_eq!(judged("pw", "Basic"), Verdict::Unauthorized);
        assert_eq!(judged("pw", "Basic !!"), Verdict::Malformed);
        assert_eq!(judged("pw", &format!("bAsIc   {}", STANDARD.encode("u:pw"))), Verdict::Welcome);
    }
}
