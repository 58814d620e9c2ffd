//! Any text is read or refused, and what is read is written so that it is read again.
#![no_main]

use recipe::wire::xmlrpc::{read_call, read_response, write_call};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = read_response(text);
    if let Ok(call) = read_call(text) {
        read_call(&write_call(&call.method, &call.params)).expect("what was written is read");
    }
});
