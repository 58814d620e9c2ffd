//! Any text is parsed or refused, and what can be quoted is parsed again.
#![no_main]

use recipe::conf::environment::{parse, quote};

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(pairs) = parse(text)
        && let Ok(quoted) = quote(&pairs)
    {
        assert_eq!(parse(&quoted).expect("what was quoted is parsed"), pairs);
    }
});
