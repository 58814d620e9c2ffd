//! Why a server could not be asked, in words.

use std::path::Path;

use rustls::Error as TlsError;
use ureq::Error;

use crate::base::certificate;
use crate::base::seams::FetchError;

/// What a failed request means; `trusted` is the file of the authorities that are trusted, if there is one.
pub(super) fn of(error: &Error, trusted: Option<&Path>) -> FetchError {
    match tls(error) {
        Some(error) if certificate::is_unknown(error) => {
            FetchError::Untrusted { trusted: trusted.map(|path| path.display().to_string()) }
        }
        Some(error @ TlsError::InvalidMessage(_)) => {
            FetchError::Failed(format!("{}; is its URL `http://…`?", certificate::words(error)))
        }
        Some(error) => FetchError::Failed(certificate::words(error)),
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
