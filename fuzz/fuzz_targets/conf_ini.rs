//! Any text is read as INI, and all places are within it.
#![no_main]

use recipe::base::Sources;
use recipe::conf::ini::Ini;

libfuzzer_sys::fuzz_target!(|text: &str| {
    let file = Sources::new().add("conf", "");
    let mut ini = Ini::new();
    ini.read(file, "conf", text);
    for option in ini.sections().iter().flat_map(|section| section.options()) {
        assert!(text.get(option.value.span().range()).is_some() && text.get(option.name_span.range()).is_some());
    }
});
