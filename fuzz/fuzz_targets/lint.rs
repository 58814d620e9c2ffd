//! Any text is checked as every kind of file: no panic, every place is in its text, and fixing ends. Manifests are compiled,
//! and what they make is checked as well.
#![no_main]

use recipe::base::seams::{ConfFiles, Fetch, FetchError, Files, ReadError, Secrets};
use recipe::base::{Diagnostic, Diagnostics, Safety, Sources};
use recipe::compile::output::Content;
use recipe::compile::parts;
use recipe::compile::read::condition::Conditions;
use recipe::compile::render::Templates;
use recipe::compile::sections::{self, Request, World};
use recipe::conf::expand::Environ;
use recipe::conf::include::Context;
use recipe::lint::settings::Settings;
use recipe::lint::view::Given;
use recipe::lint::{daemon, fix, kind, monitor, supervisord, told};

/// A world of one text, the manifest; all other files are one and the same.
struct One<'a>(&'a str);

const MANIFESTS: [&str; 3] = ["recipe.toml", "recipe.yaml", "buildout.cfg"];
const OTHER: &str = "[program:a]\n";

impl Files for One<'_> {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        let name = path.strip_prefix("/project/").unwrap_or(path);
        // Were all of them the manifest, one that extends two files would never end.
        Ok(if MANIFESTS.contains(&name) { self.0 } else { OTHER }.to_owned())
    }
    fn exists(&self, _: &str) -> bool {
        true
    }
}

impl Fetch for One<'_> {
    fn fetch(&self, _: &str, _: bool) -> Result<String, FetchError> {
        Ok(OTHER.to_owned())
    }
}

impl Secrets for One<'_> {
    fn env(&self, _: &str) -> Option<String> {
        Some(self.0.to_owned())
    }
    fn file(&self, _: &str) -> Result<String, ReadError> {
        Ok(self.0.to_owned())
    }
    fn command(&self, _: &[String], _: &str) -> Result<String, String> {
        Ok(self.0.to_owned())
    }
    fn generated(&self, _: &str, length: usize) -> Result<String, String> {
        Ok("x".repeat(length))
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
    if MANIFESTS.contains(&name) {
        return check_manifest(name, text, settings);
    }
    let mut sources = Sources::new();
    let environ = Environ::default();
    let files = One(OTHER);
    let context = Context { files: &files, environ: &environ, host_node_name: "h", directory: "/", tempdir: "/tmp" };
    let given = Given { settings, context, here: None };
    let (found, files) = match name {
        "zdaemon" => daemon::check(&mut sources, name, text, given),
        "monitor" => {
            let (found, file) = monitor::check(&mut sources, name, text, None);
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

fn check_manifest(manifest: &str, text: &str, settings: &Settings) -> (Sources, Vec<Diagnostic>) {
    let (only, conditions) = (One(text), Conditions::default());
    let world = World { files: &only, fetch: &only, secrets: &only, allow_fetched_commands: false, python: &|| None };
    let request = Request {
        manifest,
        working_directory: "/project",
        directory: None,
        overrides: &[],
        user_defaults: None,
        conditions: &conditions,
        python: None,
        offline: true,
        history: false,
    };
    let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
    let Some(merged) = sections::merge(&request, &world, &mut sources, &mut found) else {
        return (sources, found.sorted());
    };
    let project = sections::resolve(merged, &world, &sources, &mut found);
    let templates = Templates::read(&project, &only, &mut sources, &mut found);
    let outputs = parts::build(&project, &templates, &mut found);
    found.extend(recipe::lint::check(&project));
    for output in outputs {
        let environ = Environ::default();
        let context =
            Context { files: &only, environ: &environ, host_node_name: "h", directory: "/", tempdir: "/tmp" };
        let given = Given { settings, context, here: None };
        let path = output.path.as_str();
        let Content::File { text, .. } = output.content else { continue };
        found.extend(supervisord::of_built(&mut sources, path, text, given).0);
    }
    let files: Vec<_> = sources.files().collect();
    let found = told(&sources, files.into_iter(), settings, found.sorted());
    (sources, found)
}

libfuzzer_sys::fuzz_target!(|text: &str| {
    let settings = Settings { boot_time: Some(9), target: "3.3".parse().ok(), ..Settings::default() };
    let _ = kind::of("a.conf", text);
    for name in ["supervisord.conf", "piece.conf", "zdaemon", "monitor"].into_iter().chain(MANIFESTS) {
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
