//! Why a server could not be asked, in words: the library's own name its types.

use std::path::Path;

use rustls::{CertificateError, Error as TlsError};
use ureq::Error;

use crate::base::list;
use crate::base::seams::FetchError;

/// What a failed request means; `trusted` is the file of the authorities that are trusted, if there is one.
pub(super) fn of(error: &Error, trusted: Option<&Path>) -> FetchError {
    match tls(error) {
        // The signature is bad where an authority that is trusted has the name of the one that signed.
        Some(TlsError::InvalidCertificate(CertificateError::UnknownIssuer | CertificateError::BadSignature)) => {
            FetchError::Untrusted { trusted: trusted.map(|path| path.display().to_string()) }
        }
        Some(TlsError::InvalidCertificate(why)) => {
            FetchError::Failed(format!("the server's certificate {}", refused(why)))
        }
        Some(TlsError::InvalidMessage(_)) => {
            FetchError::Failed("the server does not speak TLS; is its URL `http://…`?".to_owned())
        }
        Some(other) => FetchError::Failed(format!("no connection is agreed upon: {other}")),
        None => FetchError::Failed(error.to_string()),
    }
}

/// The error of the encrypted connection, which comes by itself or as one of reading and writing.
fn tls(error: &Error) -> Option<&TlsError> {
    match error {
        Error::Rustls(error) => Some(error),
        Error::Io(error) => error.get_ref()?.downcast_ref(),
        _ => None,
    }
}

/// What is wrong with a certificate; goes on from `the certificate`.
fn refused(why: &CertificateError) -> String {
    let known = match why {
        CertificateError::Expired | CertificateError::ExpiredContext { .. } => "has expired",
        CertificateError::NotValidYet | CertificateError::NotValidYetContext { .. } => "is not valid yet",
        CertificateError::Revoked => "has been revoked",
        CertificateError::NotValidForName => "is for another host",
        CertificateError::NotValidForNameContext { expected, presented } => {
            let presented = list::all_of(presented.iter().map(|name| plain(name)));
            let expected = expected.to_str();
            return format!("is for another host: it names {presented}, not `{expected}`");
        }
        // It stands for itself, and was not made to.
        other if format!("{other:?}").contains("CaUsedAsEndEntity") => "is that of an authority, not of a server",
        other => return format!("is not accepted: {other}"),
    };
    known.to_owned()
}

/// `DnsName("example.org")`, `IpAddress(127.0.0.1)`: what is in it.
fn plain(name: &str) -> &str {
    let inner = name.split_once('(').and_then(|(_, inner)| inner.strip_suffix(')'));
    inner.unwrap_or(name).trim_matches('"')
}
