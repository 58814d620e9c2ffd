//! Any text is read as a conf, alone and as an included file of itself, and a reread of it changes nothing.
#![no_main]

use recipe::base::Sources;
use recipe::base::seams::{ConfFiles, Files, ReadError};
use recipe::conf::diff::{ReloadDiff, reload_diff};
use recipe::conf::expand::Environ;
use recipe::conf::include::Context;
use recipe::conf::read::read;

struct One<'a>(&'a str);

impl Files for One<'_> {
    fn read(&self, _: &str) -> Result<String, ReadError> {
        Ok(self.0.to_owned())
    }
    fn exists(&self, _: &str) -> bool {
        true
    }
}

impl ConfFiles for One<'_> {
    fn list(&self, _: &str) -> Vec<String> {
        vec!["a".to_owned()]
    }
    fn home(&self, _: &str) -> Option<String> {
        None
    }
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let environ = Environ::default();
    let files = One(text);
    let context = Context { files: &files, environ: &environ, host_node_name: "h", directory: "/", tempdir: "/tmp" };
    let reading = read(&mut Sources::new(), "/conf", text, &context);
    let groups = &reading.config.groups;
    assert_eq!(reload_diff(groups, groups), ReloadDiff::default());
});
