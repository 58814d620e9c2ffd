//! Any text is read as the list of what a Python buildout made.
#![no_main]

use recipe::compile::plan::installed::Installed;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let _ = Installed::read(text, "/p".into()).lists("/p/bin/x".into());
});
