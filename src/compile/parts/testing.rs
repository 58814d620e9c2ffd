//! What the tests of parts share: projects from JSON, and the conf that comes out read back.

use serde_json::Value;

use super::{build, find};
use crate::base::memory::Memory;
use crate::base::{Diagnostic, Diagnostics, Sources, Span};
use crate::compile::document::{Entry, Key, List, Node, Op, Scalar, ScalarKind, Table};
use crate::compile::output::{Content, Output};
use crate::compile::project::{Part, Project};
use crate::compile::render::Templates;
use crate::conf::expand::Environ;
use crate::conf::include::Context;
use crate::conf::model::{Config, Process};
use crate::conf::read::read;

/// A place in a text of no content.
pub(super) fn span() -> Span {
    Span::new(Sources::new().add("manifest", ""), 0, 0)
}

/// A value as a manifest holds it.
pub(super) fn node(value: &Value) -> Node {
    let scalar =
        |text: String, kind| Node::Scalar(Scalar { text: text.into(), kind, span: span(), lines: Box::default() });
    match value {
        Value::Null => scalar("null".to_owned(), ScalarKind::Null),
        Value::Bool(b) => scalar(b.to_string(), ScalarKind::Boolean),
        Value::Number(n) if n.is_f64() => scalar(n.to_string(), ScalarKind::Float),
        Value::Number(n) => scalar(n.to_string(), ScalarKind::Integer),
        Value::String(s) => scalar(s.clone(), ScalarKind::String),
        Value::Array(items) => Node::List(List { span: span(), items: items.iter().map(node).collect() }),
        Value::Object(map) => {
            let mut table = Table::new(span());
            for (key, value) in map {
                let key = Key { text: key.as_str().into(), span: span() };
                table.push(Entry { key, op: Op::Set, node: node(value) });
            }
            Node::Table(table)
        }
    }
}

/// A project in `/p` of these parts: name, and options with `recipe`.
pub(super) fn project(is_cfg: bool, parts: &Value) -> Project {
    let parts = parts.as_object().unwrap().iter().map(|(name, options)| {
        let Node::Table(table) = node(options) else { panic!("a part is a table") };
        let recipe = table.scalar("recipe").unwrap().text.to_string();
        let (name, kind) = (name.clone(), find(&recipe, is_cfg, span()).unwrap());
        Part { name, span: span(), kind, recipe, table, referred: Vec::new(), uses: Vec::new() }
    });
    Project {
        name: "p".to_owned(),
        manifest: "sub/recipe.toml".to_owned(),
        is_cfg,
        directory: "/p".into(),
        bin_directory: "/p/bin".into(),
        parts_directory: "/p/parts".into(),
        templates_directory: "/p/recipe-templates".into(),
        parts: parts.collect(),
        collected: Vec::new(),
        unused: Vec::new(),
        unused_values: Vec::new(),
        fetched: Vec::new(),
        history: None,
        is_fragment: false,
    }
}

/// The outputs and the findings of a project.
pub(super) fn built(project: &Project) -> (Vec<Output>, Vec<Diagnostic>) {
    let mut found = Diagnostics::new();
    let outputs = build(project, &Templates::new(), &mut found);
    (outputs, found.sorted())
}

/// `code: message` of all findings.
pub(super) fn findings(project: &Project) -> Vec<String> {
    built(project).1.into_iter().map(|d| format!("{}: {}", d.code, d.message)).collect()
}

/// The outputs of a project in which nothing is wrong.
pub(super) fn outputs(project: &Project) -> Vec<Output> {
    let (outputs, found) = built(project);
    assert_eq!(found, [], "{found:#?}");
    outputs
}

/// The text and the mode of the file at `path`.
pub(super) fn file<'a>(outputs: &'a [Output], path: &str) -> (&'a str, u32) {
    let output = outputs.iter().find(|o| o.path == path);
    match output.map(|o| &o.content) {
        Some(Content::File { text, mode, .. }) => (text, *mode),
        other => panic!("{path}: {other:?}"),
    }
}

/// The paths of all folders.
pub(super) fn folders(outputs: &[Output]) -> Vec<&str> {
    let mut folders: Vec<_> =
        outputs.iter().filter(|o| o.content == Content::Folder).map(|o| o.path.as_str()).collect();
    folders.sort_unstable();
    folders
}

/// What the daemon makes of a conf in which nothing is wrong.
pub(super) fn config(text: &str) -> Config {
    let environ: Environ = [("HOME", "/home/u")].into_iter().collect();
    let context = Context {
        files: &Memory::default(),
        environ: &environ,
        host_node_name: "host",
        directory: "/",
        tempdir: "/tmp",
    };
    let reading = read(&mut Sources::new(), "/p/parts/s/supervisord.conf", text, &context);
    assert_eq!(reading.errors, [], "{text}");
    reading.config
}

/// The process of this name.
pub(super) fn process<'a>(config: &'a Config, name: &str) -> &'a Process {
    config.groups.iter().flat_map(|g| &g.processes).find(|p| p.name == name).unwrap()
}
