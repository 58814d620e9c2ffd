//! Any text is read as ZConfig and by zdaemon's schema, all places are within it, and what is read without a fault is read
//! as the same again when it is written.
#![no_main]

use std::fmt::Write as _;

use recipe::base::seams::{ConfFiles, Files, ReadError};
use recipe::base::{Diagnostic, Sources};
use recipe::conf::expand::Environ;
use recipe::conf::include::Context;
use recipe::conf::zconfig::substitute::escape;
use recipe::conf::zconfig::tree::Section;
use recipe::conf::zconfig::write::{Content, lines};
use recipe::conf::zconfig::{read, zdaemon};

/// One file, which includes whatever it is asked for.
struct Same<'t>(&'t str);

impl Files for Same<'_> {
    fn read(&self, _path: &str) -> Result<String, ReadError> {
        Ok(self.0.to_owned())
    }

    fn exists(&self, _path: &str) -> bool {
        true
    }
}

impl ConfFiles for Same<'_> {
    fn list(&self, _directory: &str) -> Vec<String> {
        Vec::new()
    }

    fn home(&self, _user: &str) -> Option<String> {
        None
    }
}

/// All names and values, by name where the order is not kept.
fn shape(section: &Section) -> String {
    let mut keys: Vec<String> = section.keys.iter().map(|key| format!("{:?}={:?}", key.name, key.value)).collect();
    keys.sort();
    let inner: Vec<String> = section.sections.iter().map(shape).collect();
    format!("{:?} {:?} {keys:?} {inner:?}", section.kind, section.name)
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    // Files that include each other grow with the square of their length.
    if text.len() > 4096 || text.matches("%include").count() > 2 {
        return;
    }
    let (files, environ) = (Same("a 1\n"), Environ::default());
    let context =
        Context { files: &files, environ: &environ, host_node_name: "", directory: "/", tempdir: "/tmp" };
    let mut sources = Sources::new();
    let reading = zdaemon::read(&mut sources, "conf", text, &[], &context);
    for finding in reading.findings {
        assert!(sources.text(finding.span.file).get(finding.span.range()).is_some());
        let _ = (finding.original(&sources, str::to_owned), Diagnostic::from(finding));
    }
    let first = read::read(&mut Sources::new(), "conf", text, &context);
    if !first.findings.is_empty() {
        return;
    }
    let mut written = String::new();
    for line in lines(&first.top, &[]) {
        let line = match line.content {
            Content::Blank => String::new(),
            Content::Import(package) => format!("%import {package}"),
            Content::Open(kind, Some(name)) => format!("<{kind} {name}>"),
            Content::Open(kind, None) => format!("<{kind}>"),
            Content::Close(kind) => format!("</{kind}>"),
            Content::Key(name, value) => format!("{name} {}", escape(value)),
        };
        let _ = writeln!(written, "{line}");
    }
    let second = read::read(&mut Sources::new(), "conf", &written, &context);
    // A value from a `%define` may begin or end with a blank, or hold nothing else.
    let is_plain = |section: &Section| {
        fn plain(section: &Section) -> bool {
            let keys = section.keys.iter().all(|key| key.value.trim() == key.value && !key.value.starts_with(['(', ')']));
            let name = section.kind.ends_with('/') || section.name.as_ref().is_some_and(|name| name.ends_with('/'));
            keys && !name && section.sections.iter().all(plain)
        }
        plain(section)
    };
    if is_plain(&first.top) {
        assert_eq!(shape(&first.top), shape(&second.top));
    }
});
