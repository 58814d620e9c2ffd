//! Why a connection could not be encrypted, in words: the library's own name its types.

use rustls::{CertificateError, Error};

use super::list;

/// What is wrong, where it is not whom we trust.
pub fn words(error: &Error) -> String {
    match error {
        Error::InvalidCertificate(why) if is_unknown(error) => {
            format!("the server's certificate is not trusted: {why}")
        }
        Error::InvalidCertificate(why) => format!("the server's certificate {}", refused(why)),
        Error::InvalidMessage(_) => "the server does not speak TLS".to_owned(),
        other => format!("no connection is agreed upon: {other}"),
    }
}

/// Whether a certificate is signed by an authority that is not known. The signature is bad where one that is known has the
/// name of the one that signed.
pub fn is_unknown(error: &Error) -> bool {
    let unknown = [CertificateError::UnknownIssuer, CertificateError::BadSignature];
    matches!(error, Error::InvalidCertificate(why) if unknown.contains(why))
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
