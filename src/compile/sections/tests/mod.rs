//! Manifests in, projects and messages out.

mod cfg;
mod credentials;
mod extends;
mod native;
mod random;

use std::collections::HashMap;

use camino::Utf8Path;

use super::{Merged, Request, World, merge, resolve};
use crate::base::seams::{Fetch, FetchError, Files, ReadError, Secrets};
use crate::base::{Diagnostics, Severity, Sources};
use crate::compile::document::{Node, ScalarKind, Table};
use crate::compile::project::{Part, Project, normalised};
use crate::compile::read::condition::Conditions;

/// Files, URLs, variables and passwords, all by name.
#[derive(Clone, Debug, Default)]
struct Fake(HashMap<String, String>);

impl Files for Fake {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        let path = normalised(Utf8Path::new(path));
        match self.0.get(path.as_str()).map(String::as_str) {
            Some("(not UTF-8)") => Err(ReadError::NotUtf8 { line: 1, column: 4, shown: "abc\u{FFFD}".into() }),
            Some("(large)") => Err(ReadError::TooLarge(64 * 1024 * 1024)),
            Some(text) => Ok(text.to_owned()),
            None => Err(ReadError::NotFound),
        }
    }

    fn exists(&self, path: &str) -> bool {
        self.0.keys().any(|name| name == path || name.starts_with(&format!("{path}/")))
    }
}

impl Fetch for Fake {
    fn fetch(&self, url: &str, offline: bool) -> Result<String, FetchError> {
        match self.0.get(url).map(String::as_str) {
            _ if offline => Err(FetchError::OfflineNotCached),
            Some("(skipped)") => Err(FetchError::Skipped),
            Some("(untrusted)") => Err(FetchError::Untrusted { trusted: None }),
            Some("(distrusted)") => Err(FetchError::Untrusted { trusted: Some("/ca.pem".into()) }),
            Some(text) => Ok(text.to_owned()),
            None => Err(FetchError::Failed("the server answers 404 Not Found".into())),
        }
    }
}

impl Secrets for Fake {
    fn env(&self, name: &str) -> Option<String> {
        self.0.get(&format!("${name}")).cloned()
    }

    fn file(&self, path: &str) -> Result<String, ReadError> {
        self.0.get(path).cloned().ok_or(ReadError::NotFound)
    }

    fn command(&self, words: &[String], directory: &str) -> Result<String, String> {
        Ok(format!("{} in {directory}", words.join("|")))
    }

    fn generated(&self, part: &str, length: usize) -> Result<String, String> {
        Ok(format!("{part}{length}"))
    }
}

/// One manifest and what belongs to it.
struct Case {
    manifest: &'static str,
    files: Fake,
    overrides: Vec<String>,
    user_defaults: Option<&'static str>,
    python: Option<&'static str>,
    python_on_path: Option<&'static str>,
    offline: bool,
    allow_fetched_commands: bool,
}

fn case(manifest: &'static str, text: &str) -> Case {
    let files = Fake([(manifest.to_owned(), text.to_owned())].into());
    Case {
        manifest,
        files,
        overrides: Vec::new(),
        user_defaults: None,
        python: None,
        python_on_path: None,
        offline: false,
        allow_fetched_commands: false,
    }
}

fn cfg(text: &str) -> Case {
    case("buildout.cfg", text)
}

fn toml(text: &str) -> Case {
    case("recipe.toml", text)
}

/// What came of it.
struct Outcome {
    project: Option<Project>,
    messages: Vec<String>,
    sources: Sources,
}

impl Case {
    fn with(mut self, name: &str, text: &str) -> Self {
        self.files.0.insert(name.to_owned(), text.to_owned());
        self
    }

    fn and(mut self, words: &[&str]) -> Self {
        self.overrides.extend(words.iter().map(|w| (*w).to_owned()));
        self
    }

    fn merged(&self, sources: &mut Sources, found: &mut Diagnostics) -> Option<Merged> {
        let conditions = Conditions::default();
        let request = Request {
            manifest: self.manifest,
            working_directory: "/srv/shop",
            directory: None,
            overrides: &self.overrides,
            user_defaults: self.user_defaults,
            conditions: &conditions,
            python: self.python,
            offline: self.offline,
            history: true,
        };
        self.world(|world| merge(&request, world, sources, found))
    }

    fn world<T>(&self, f: impl FnOnce(&World<'_>) -> T) -> T {
        let python = || self.python_on_path.map(str::to_owned);
        f(&World {
            files: &self.files,
            fetch: &self.files,
            secrets: &self.files,
            allow_fetched_commands: self.allow_fetched_commands,
            python: &python,
        })
    }

    fn run(&self) -> Outcome {
        let (mut sources, mut found) = (Sources::new(), Diagnostics::new());
        let merged = self.merged(&mut sources, &mut found);
        let project = merged.map(|merged| self.world(|world| resolve(merged, world, &sources, &mut found)));
        let shown = found.sorted().into_iter().map(|d| {
            let place = d.span.map(|span| format!("{} ", sources.place(span))).unwrap_or_default();
            let severity = match d.severity {
                Severity::Error => String::new(),
                other => format!("{}: ", other.name()),
            };
            let help = d.help.iter().map(|h| format!(" ({h})")).collect::<Vec<_>>().concat();
            let labels = d.labels.iter().map(|l| format!(" [{} {}]", sources.place(l.span), l.text));
            format!("{place}{severity}{}{}{help}", d.message, labels.collect::<Vec<_>>().concat())
        });
        Outcome { project, messages: shown.collect(), sources }
    }

    /// The project of a manifest without errors.
    fn project(&self) -> Project {
        let outcome = self.run();
        assert_eq!(outcome.messages, Vec::<String>::new());
        outcome.project.unwrap()
    }

    fn messages(&self) -> Vec<String> {
        self.run().messages
    }
}

fn part<'a>(project: &'a Project, name: &str) -> &'a Part {
    project.parts.iter().find(|p| p.name == name).unwrap_or_else(|| panic!("no part {name}"))
}

/// A value by its dotted path, as TOML would show it.
fn value(project: &Project, name: &str, path: &str) -> String {
    let mut table: &Table = &part(project, name).table;
    let (folders, key) = path.rsplit_once('.').unwrap_or(("", path));
    for folder in folders.split('.').filter(|f| !f.is_empty()) {
        table = table.get(folder).and_then(Node::as_table).unwrap_or_else(|| panic!("no table {folder} in {name}"));
    }
    table.get(key).map_or("(none)".to_owned(), shown)
}

fn shown(node: &Node) -> String {
    match node {
        Node::Scalar(s) if s.kind == ScalarKind::String => format!("{:?}", s.text),
        Node::Scalar(s) => s.text.to_string(),
        Node::List(list) => format!("[{}]", list.items.iter().map(shown).collect::<Vec<_>>().join(", ")),
        Node::Table(table) => {
            let entries = table.entries().iter().map(|e| format!("{} = {}", e.key.text, shown(&e.node)));
            format!("{{{}}}", entries.collect::<Vec<_>>().join(", "))
        }
    }
}

fn names(project: &Project) -> Vec<&str> {
    project.parts.iter().map(|p| p.name.as_str()).collect()
}
