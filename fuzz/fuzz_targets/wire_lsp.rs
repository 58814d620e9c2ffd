//! Bytes of a language client: whatever they are, something is read, asked for or passed over.
#![no_main]

use libfuzzer_sys::fuzz_target;
use recipe::wire::lsp::{Next, next};

fuzz_target!(|bytes: &[u8]| {
    let mut rest = bytes;
    while !rest.is_empty() {
        match next(rest) {
            Next::More => break,
            Next::Body { body } => rest = &rest[body.end..],
            Next::Bad { skip, .. } => rest = &rest[skip.max(1)..],
        }
    }
});
