//! Any text is read or refused as a state, and what is read is written so that it is read again.
#![no_main]

use recipe::compile::plan::state::State;

libfuzzer_sys::fuzz_target!(|text: &str| {
    if let Ok(state) = State::read(text, "/p".into()) {
        assert_eq!(State::read(&state.write("/p".into()), "/p".into()), Ok(state));
    }
});
