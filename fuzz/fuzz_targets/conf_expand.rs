//! Any text is expanded or refused, and an escaped text is expanded to itself.
#![no_main]

use recipe::conf::expand::{Environ, Label, Scope, escape, expand, names};
use recipe::conf::format::Value;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let environ: Environ = [("A", "b")].into_iter().collect();
    let scope = Scope::new(&environ).with("here", Value::Text("/")).with("process_num", Value::Integer(1));
    let _ = (expand(text, &scope, Label::Bare("x")), names(text));
    assert_eq!(expand(&escape(text), &scope, Label::Bare("x")).expect("nothing is left to expand"), text);
});
