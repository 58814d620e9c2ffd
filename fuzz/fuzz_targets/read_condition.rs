//! Any condition is judged or refused, and a refusal names a place in it.
#![no_main]

use recipe::base::{Diagnostics, Sources};
use recipe::compile::document::Syntax;
use recipe::compile::read::{condition::Conditions, read};

libfuzzer_sys::fuzz_target!(|expression: &str| {
    let mut sources = Sources::new();
    let text = format!("[a:{expression}]\nx = 1\n");
    let file = sources.add("manifest", text.as_str());
    let mut found = Diagnostics::new();
    read(file, Syntax::Cfg, &sources, &Conditions::default(), &mut found);
    for span in found.iter().filter_map(|d| d.span) {
        assert!(text.get(span.range()).is_some());
    }
});
