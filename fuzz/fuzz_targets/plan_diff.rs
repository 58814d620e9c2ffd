//! Whatever stands in an edited file, its diff does not show the secret.
#![no_main]

use recipe::compile::plan::diff::{Style, write};
use recipe::compile::plan::{Action, Change, NewFile, OldFile, Plan};

libfuzzer_sys::fuzz_target!(|old: &[u8]| {
    let text = "password=s3kret\n".to_owned();
    let old = Some(OldFile { bytes: Some(old.to_vec()), mode: 0o644, secrets: None });
    let new = Some(NewFile { text, mode: 0o600, secrets: std::iter::once(9..15).collect() });
    let (path, part) = ("/p/x".into(), "x".into());
    let change = Change { path, part, action: Action::Rewrite, real: None, outside: false, old, new };
    let plan = Plan { project: "/p".into(), changes: vec![change], ..Plan::default() };
    assert!(!write(&plan, Style::Plain).contains("s3kret"));
});
