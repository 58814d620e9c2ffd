//! Why a connection could not be encrypted, in words: the library's own name its types. And what a file of certificates says
//! of them.

use jiff::Timestamp;
use jiff::civil::DateTime;
use jiff::tz::TimeZone;
use rustls::pki_types::CertificateDer;
use rustls::pki_types::pem::PemObject as _;
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

/// What a certificate says of itself.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Certificate {
    /// Whether it is signed by nobody else.
    pub is_own_issuer: bool,
    /// Before that it does not count.
    pub from: Timestamp,
    /// After that it does not count any more.
    pub until: Timestamp,
}

/// The certificates of a file in PEM; what is none of them is passed over.
pub fn read(pem: &str) -> Vec<Certificate> {
    let all = CertificateDer::pem_slice_iter(pem.as_bytes()).filter_map(Result::ok);
    all.filter_map(|certificate| of_der(&certificate)).collect()
}

/// One of them. What stands before its names is passed over: version, number and algorithm.
fn of_der(der: &[u8]) -> Option<Certificate> {
    let whole = element(der)?;
    let mut rest = element(whole.content)?.content;
    let mut next = || {
        let found = element(rest)?;
        rest = found.rest;
        Some(found)
    };
    let first = next()?;
    if first.tag == VERSION {
        next()?;
    }
    let (_, issuer, validity, subject) = (next()?, next()?, next()?, next()?);
    let from = element(validity.content)?;
    let until = element(from.rest)?;
    let is_own_issuer = issuer.content == subject.content;
    Some(Certificate { is_own_issuer, from: time(&from)?, until: time(&until)? })
}

/// Tags of ASN.1.
const VERSION: u8 = 0xa0;
const SHORT_TIME: u8 = 0x17;

/// An element of ASN.1.
struct Element<'d> {
    tag: u8,
    content: &'d [u8],
    /// What follows it.
    rest: &'d [u8],
}

fn element(der: &[u8]) -> Option<Element<'_>> {
    let (&tag, after) = der.split_first()?;
    let (&length, after) = after.split_first()?;
    let (length, after) = match length {
        0..=0x7f => (usize::from(length), after),
        // So many bytes hold the length.
        0x81..=0x84 => {
            let (bytes, after) = after.split_at_checked(usize::from(length - 0x80))?;
            (bytes.iter().fold(0, |all, byte| all << 8 | usize::from(*byte)), after)
        }
        _ => return None,
    };
    let (content, rest) = after.split_at_checked(length)?;
    Some(Element { tag, content, rest })
}

/// `YYMMDDHHMMSSZ` or `YYYYMMDDHHMMSSZ`.
fn time(element: &Element<'_>) -> Option<Timestamp> {
    let text = std::str::from_utf8(element.content).ok()?;
    let (year, rest) = text.split_at_checked(if element.tag == SHORT_TIME { 2 } else { 4 })?;
    let year: i16 = year.parse().ok()?;
    let year = match element.tag {
        SHORT_TIME if year < 50 => year + 2000,
        SHORT_TIME => year + 1900,
        _ => year,
    };
    let part = |at: usize| rest.get(at..at + 2)?.parse::<i8>().ok();
    let time = DateTime::new(year, part(0)?, part(2)?, part(4)?, part(6)?, part(8)?, 0).ok()?;
    Some(time.to_zoned(TimeZone::UTC).ok()?.timestamp())
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    #[test]
    fn a_file_says_from_when_until_when_and_by_whom() {
        let mut parameters = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(2001, 2, 3);
        parameters.not_after = rcgen::date_time_ymd(2051, 12, 31);
        let key = rcgen::KeyPair::generate().unwrap();
        let own = parameters.self_signed(&key).unwrap();
        let issuer = rcgen::Issuer::from_params(&parameters, &key);
        let mut other = rcgen::CertificateParams::new(["b.example".to_owned()]).unwrap();
        other.distinguished_name.push(rcgen::DnType::CommonName, "b");
        let signed = other.signed_by(&key, &issuer).unwrap();
        let found = read(&format!("x\n{}\n{}{}", own.pem(), key.serialize_pem(), signed.pem()));
        let (from, until) = ("2001-02-03T00:00:00Z".parse().unwrap(), "2051-12-31T00:00:00Z".parse().unwrap());
        assert_eq!(found[0], Certificate { is_own_issuer: true, from, until });
        assert_eq!(found.iter().map(|found| found.is_own_issuer).collect::<Vec<_>>(), [true, false]);
        assert_eq!(read("-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n"), []);
    }

    proptest! {
        #[test]
        fn no_bytes_make_it_panic(der in proptest::collection::vec(any::<u8>(), 0..64)) {
            let _ = of_der(&der);
            let _ = of_der(&[&[0x30, 0x20, 0x30, 0x1e], &*der].concat());
        }
    }
}
