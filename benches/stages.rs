//! Each stage of the compiler on its own, for ten thousand programs in groups of ten.
//!
//! ```text
//! cargo bench --bench stages
//! ```
//!
//! What a stage is given is made outside of its time, and what it returns is dropped outside of it.

use std::fmt::Write as _;

use camino::Utf8Path;
use divan::Bencher;
use recipe::base::seams::{ConfFiles, Fetch, FetchError, Files, ReadError, Secrets};
use recipe::base::{Diagnostics, Sources};
use recipe::compile::document::Syntax;
use recipe::compile::output::{Content, Output};
use recipe::compile::parts;
use recipe::compile::plan::target::{Seen, Target, What};
use recipe::compile::plan::{Memory, Options, plan};
use recipe::compile::project::Project;
use recipe::compile::read::{self, condition::Conditions};
use recipe::compile::render::Templates;
use recipe::compile::sections::{self, Merged, Request, World};
use recipe::conf::expand::Environ;
use recipe::conf::include::Context;

const PROGRAMS: usize = 10_000;
const GROUP: usize = 10;
const SYNTAXES: [Syntax; 3] = [Syntax::Cfg, Syntax::Toml, Syntax::Yaml];

fn main() {
    divan::main();
}

/// Text → tree.
#[divan::bench(args = SYNTAXES)]
fn reading(bencher: Bencher<'_, '_>, syntax: Syntax) {
    let mut sources = Sources::new();
    let file = sources.add("manifest", manifest(syntax));
    bencher.bench_local(|| read::read(file, syntax, &sources, &Conditions::default(), &mut Diagnostics::new()));
}

/// Text → merged sections: reading, and laying over the defaults.
#[divan::bench(args = SYNTAXES)]
fn merging(bencher: Bencher<'_, '_>, syntax: Syntax) {
    let world = Alone::new(syntax);
    bencher.bench_local(|| world.merge(&mut Sources::new()));
}

/// Merged sections → project.
#[divan::bench(args = SYNTAXES)]
fn resolving(bencher: Bencher<'_, '_>, syntax: Syntax) {
    let world = Alone::new(syntax);
    let mut sources = Sources::new();
    world.merge(&mut sources);
    bencher
        .with_inputs(|| world.merge(&mut Sources::new()))
        .bench_local_values(|merged| world.resolve(merged, &sources));
}

/// Project → outputs, rendered.
#[divan::bench(args = SYNTAXES)]
fn building_parts(bencher: Bencher<'_, '_>, syntax: Syntax) {
    let world = Alone::new(syntax);
    let project = world.project();
    bencher.bench_local(|| world.outputs(&project));
}

/// Outputs → plan, where nothing stands yet.
#[divan::bench]
fn planning_anew(bencher: Bencher<'_, '_>) {
    planning(bencher, &Empty);
}

/// Outputs → plan, where all stands as it is wanted.
#[divan::bench]
fn planning_again(bencher: Bencher<'_, '_>) {
    planning(bencher, &Built(outputs()));
}

fn planning(bencher: Bencher<'_, '_>, target: &dyn Target) {
    let outputs = outputs();
    let options = Options { project: FOLDER.into(), ..Options::default() };
    bencher
        .with_inputs(|| outputs.clone())
        .bench_local_values(|outputs| plan(outputs, &Memory::default(), target, &options));
}

/// supervisord.conf → model, as the daemon and the checker read it.
#[divan::bench]
fn reading_conf(bencher: Bencher<'_, '_>) {
    let conf = outputs().into_iter().find(|output| output.path.file_name() == Some("supervisord.conf"));
    let Some(Output { content: Content::File { text, .. }, .. }) = conf else { panic!("there is no conf") };
    let environ = Environ::default();
    let files = Alone::new(Syntax::Cfg);
    let context =
        Context { files: &files, environ: &environ, host_node_name: "host", directory: FOLDER, tempdir: "/tmp" };
    bencher
        .with_inputs(|| text.clone())
        .bench_local_values(|text| recipe::conf::read::read(&mut Sources::new(), "/conf", text, &context));
}

fn outputs() -> Vec<Output> {
    let world = Alone::new(Syntax::Cfg);
    world.outputs(&world.project())
}

const FOLDER: &str = "/srv/shop";

/// A world that holds one manifest and nothing else.
struct Alone {
    name: &'static str,
    text: String,
}

impl Alone {
    fn new(syntax: Syntax) -> Self {
        let name = match syntax {
            Syntax::Cfg => "buildout.cfg",
            Syntax::Toml => "recipe.toml",
            Syntax::Yaml => "recipe.yaml",
        };
        Self { name, text: manifest(syntax) }
    }

    fn world(&self) -> World<'_> {
        World { files: self, fetch: self, secrets: self, allow_fetched_commands: false, python: &|| None }
    }

    fn merge(&self, sources: &mut Sources) -> Merged {
        let conditions = Conditions::default();
        let request = Request {
            manifest: self.name,
            working_directory: FOLDER,
            directory: None,
            overrides: &[],
            user_defaults: None,
            conditions: &conditions,
            python: None,
            offline: true,
            history: false,
        };
        sections::merge(&request, &self.world(), sources, &mut Diagnostics::new()).expect("the manifest is right")
    }

    fn resolve(&self, merged: Merged, sources: &Sources) -> Project {
        let mut found = Diagnostics::new();
        let project = sections::resolve(merged, &self.world(), sources, &mut found);
        assert!(found.is_empty(), "the manifest is right");
        project
    }

    fn project(&self) -> Project {
        let mut sources = Sources::new();
        let merged = self.merge(&mut sources);
        self.resolve(merged, &sources)
    }

    fn outputs(&self, project: &Project) -> Vec<Output> {
        let mut found = Diagnostics::new();
        let outputs =
            parts::build(project, &Templates::read(project, self, &mut Sources::new(), &mut found), &mut found);
        assert!(found.is_empty(), "the manifest is right");
        outputs
    }
}

impl Files for Alone {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        if path.ends_with(self.name) { Ok(self.text.clone()) } else { Err(ReadError::NotFound) }
    }
    fn exists(&self, path: &str) -> bool {
        path.ends_with(self.name)
    }
}

impl ConfFiles for Alone {
    fn list(&self, _: &str) -> Vec<String> {
        Vec::new()
    }
    fn home(&self, _: &str) -> Option<String> {
        None
    }
}

impl Fetch for Alone {
    fn fetch(&self, _: &str, _: bool) -> Result<String, FetchError> {
        Err(FetchError::OfflineNotCached)
    }
}

impl Secrets for Alone {
    fn env(&self, _: &str) -> Option<String> {
        None
    }
    fn file(&self, _: &str) -> Result<String, ReadError> {
        Err(ReadError::NotFound)
    }
    fn command(&self, _: &[String], _: &str) -> Result<String, String> {
        Err("there are no commands".to_owned())
    }
    fn generated(&self, _: &str, _: usize) -> Result<String, String> {
        Err("there are no passwords".to_owned())
    }
}

/// A disk with nothing on it.
struct Empty;

impl Target for Empty {
    fn observe(&self, _: &Utf8Path) -> Seen {
        Seen::plain(What::Nothing)
    }
}

/// A disk with these outputs on it.
struct Built(Vec<Output>);

impl Target for Built {
    fn observe(&self, path: &Utf8Path) -> Seen {
        let output = self.0.iter().find(|output| output.path == path);
        Seen::plain(match output.map(|output| &output.content) {
            Some(Content::File { text, mode, .. }) => What::File { bytes: text.clone().into(), mode: *mode },
            Some(Content::Folder) => What::Folder,
            None => What::Nothing,
        })
    }
}

fn manifest(syntax: Syntax) -> String {
    match syntax {
        Syntax::Cfg => cfg(),
        Syntax::Toml => toml(),
        Syntax::Yaml => yaml(),
    }
}

/// Names of the programs of each group.
fn groups() -> impl Iterator<Item = (String, Vec<String>)> {
    (0..PROGRAMS).step_by(GROUP).map(|first| {
        let programs = (first..first + GROUP).map(|n| format!("p{n:05}"));
        (format!("g{first:05}"), programs.collect())
    })
}

fn written(head: &str, write: impl FnOnce(&mut String) -> std::fmt::Result) -> String {
    let mut text = head.to_owned();
    write(&mut text).expect("a string takes all");
    text
}

fn cfg() -> String {
    let head = "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\nprograms =\n";
    written(head, |text| {
        for n in 0..PROGRAMS {
            let priority = n % 1000;
            writeln!(text, "    {priority} p{n:05} (startsecs=5 stopwaitsecs=30) /bin/sleep [100000] /tmp true")?;
        }
        writeln!(text, "groups =")?;
        groups().try_for_each(|(name, programs)| writeln!(text, "    10 {name} {}", programs.join(",")))
    })
}

fn toml() -> String {
    written("[parts.supervisor]\nrecipe = \"supervisor\"\nports = { control = 9001 }\n", |text| {
        for n in 0..PROGRAMS {
            writeln!(text, "\n[parts.supervisor.program.p{n:05}]\ncommand = \"/bin/sleep 100000\"")?;
            writeln!(text, "directory = \"/tmp\"\npriority = {}\nredirect_stderr = true", n % 1000)?;
            writeln!(text, "startsecs = 5\nstopwaitsecs = 30")?;
        }
        groups().try_for_each(|(name, programs)| {
            writeln!(text, "\n[parts.supervisor.group.{name}]\nprograms = {programs:?}\npriority = 10")
        })
    })
}

fn yaml() -> String {
    let head = "parts:\n  supervisor:\n    recipe: supervisor\n    ports: { control: 9001 }\n    program:\n";
    written(head, |text| {
        for n in 0..PROGRAMS {
            writeln!(text, "      p{n:05}:\n        command: /bin/sleep 100000\n        directory: /tmp")?;
            writeln!(text, "        priority: {}\n        redirect_stderr: true", n % 1000)?;
            writeln!(text, "        startsecs: 5\n        stopwaitsecs: 30")?;
        }
        writeln!(text, "    group:")?;
        groups().try_for_each(|(name, programs)| {
            writeln!(text, "      {name}:\n        programs: [{}]\n        priority: 10", programs.join(", "))
        })
    })
}
