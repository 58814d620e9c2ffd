//! Whatever a request or an answer holds is read or refused: escapes, forms, authentication, chunks. An answer means the
//! same in whatever pieces it comes.
#![no_main]

use recipe::client::http::Decoder;
use recipe::wire::{basic, url};

libfuzzer_sys::fuzz_target!(|data: (&str, &[u8], u8)| {
    let (text, bytes, at) = data;
    assert_eq!(url::unquote(&url::quote(text)), text);
    for (name, value) in url::fields(text) {
        assert!(!value.is_empty());
        let again = format!("{}={}", url::quote(&name), url::quote(&value));
        assert_eq!(url::fields(&again).next(), Some((name, value)));
    }
    let _ = basic::claim(bytes);
    let _ = basic::claim(&[b"Basic ", bytes].concat());
    assert_eq!(decoded(&[bytes]), decoded(&[&bytes[..bytes.len().min(at.into())], &bytes[bytes.len().min(at.into())..]]));
});

/// The body of an answer, if it is one.
fn decoded(pieces: &[&[u8]]) -> Option<Vec<u8>> {
    let (mut decoder, mut body) = (Decoder::default(), Vec::new());
    pieces.iter().try_for_each(|piece| decoder.push(piece, &mut body)).ok().map(|()| body)
}
