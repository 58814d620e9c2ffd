//! Any text is read or refused, and what is read is written so that it is read again.
#![no_main]

use recipe::wire::xmlrpc::{read_call, read_response, write_call, write_response};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(Ok(value)) = read_response(text) {
        let pieces = write_response(value);
        let length = pieces.left();
        let answer: String = pieces.collect();
        assert_eq!(answer.len(), length, "an answer is as long as was said beforehand");
        read_response(&answer).expect("what was written is read").expect("it is an answer");
    }
    if let Ok(call) = read_call(text) {
        read_call(&write_call(&call.method, &call.params)).expect("what was written is read");
    }
});
