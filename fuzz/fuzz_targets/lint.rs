//! Any text is checked as every kind of file: no panic, every place is in its text, and fixing ends.
#![no_main]

use recipe::base::seams::{ConfFiles, Files, ReadError};
use recipe::base::{Diagnostic, Safety, Sources};
use recipe::conf::expand::Environ;
use recipe::conf::include::Context;
use recipe::lint::settings::Settings;
use recipe::lint::view::Given;
use recipe::lint::{daemon, fix, kind, monitor, supervisord, told};

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

fn check(name: &str, text: &str, settings: &Settings) -> (Sources, Vec<Diagnostic>) {
    let mut sources = Sources::new();
    let environ = Environ::default();
    let files = One("[program:a]\n");
    let context = Context { files: &files, environ: &environ, host_node_name: "h", directory: "/", tempdir: "/tmp" };
    let given = Given { settings, context, here: None };
    let (found, files) = match name {
        "zdaemon" => daemon::check(&mut sources, name, text, given),
        "monitor" => {
            let (found, file) = monitor::check(&mut sources, name, text);
            (found, vec![file])
        }
        _ => {
            let checked = supervisord::check(&mut sources, name, text.to_owned(), given);
            (checked.found, checked.files)
        }
    };
    let found = told(&sources, files.into_iter(), settings, found);
    (sources, found)
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let settings = Settings { boot_time: Some(9), target: "3.3".parse().ok(), ..Settings::default() };
    let _ = kind::of("a.conf", text);
    for name in ["supervisord.conf", "piece.conf", "zdaemon", "monitor"] {
        let mut text = text.to_owned();
        for round in 0.. {
            let (sources, found) = check(name, &text, &settings);
            for span in found.iter().filter_map(|finding| finding.span) {
                assert!(sources.text(span.file).get(span.range()).is_some());
            }
            match fix::apply(&sources, &found, Safety::Unsafe).texts.into_iter().find(|(file, _)| sources.name(*file) == name) {
                Some((_, fixed)) => text = fixed,
                None => break,
            }
            assert!(round < 1000, "fixing does not end");
        }
    }
});
