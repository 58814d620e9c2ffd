//! Any text is read as far as it goes, and every finding has its place in it.
#![no_main]

use recipe::base::{Diagnostics, Sources};
use recipe::compile::document::Syntax;
use recipe::compile::read::{condition::Conditions, read};

libfuzzer_sys::fuzz_target!(|text: &str| {
    let mut sources = Sources::new();
    let file = sources.add("manifest", text);
    let mut found = Diagnostics::new();
    read(file, Syntax::Yaml, &sources, &Conditions::default(), &mut found);
    for span in found.iter().filter_map(|d| d.span) {
        assert!(text.get(span.range()).is_some());
    }
});
