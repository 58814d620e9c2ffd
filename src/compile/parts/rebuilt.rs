//! What a Python buildout made of a part, made again from the options that it saved: to tell whether a file is as it left
//! it.

use camino::Utf8Path;

use super::{build, find, scripts};
use crate::base::{Diagnostics, Sources, Span};
use crate::compile::document::{Entry, Key, Node, Op, Scalar, Table};
use crate::compile::output::Content;
use crate::compile::project::{Part, Project};
use crate::compile::render::Templates;

/// The recipe whose files are known.
pub const RECIPE: &str = "collective.recipe.supervisor";

/// The configuration of a part of [`RECIPE`] 2.0.0 in a project folder, if the options are those of one.
pub fn supervisord_conf(directory: &Utf8Path, part: &str, options: &[(String, String)]) -> Option<String> {
    let span = Span::new(Sources::new().add(".installed.cfg", ""), 0, 0);
    let mut table = Table::new(span);
    for (key, value) in options {
        let key = Key { text: key.as_str().into(), span };
        table.push(Entry { key, op: Op::Set, node: Node::Scalar(Scalar::string(value.as_str(), span)) });
    }
    let conf = Utf8Path::new(&*table.scalar("supervisord-conf")?.text).to_owned();
    let kind = find(RECIPE, true, span).ok()?;
    let part = Part {
        name: part.to_owned(),
        span,
        kind,
        recipe: RECIPE.to_owned(),
        table,
        referred: Vec::new(),
        uses: Vec::new(),
    };
    let mut found = Diagnostics::new();
    let outputs = build(&project(directory, part), &Templates::new(), &mut found);
    let text = outputs.into_iter().find(|output| output.path == conf).map(|output| output.content);
    match text? {
        Content::File { text, .. } if !found.has_errors() => Some(text),
        _ => None,
    }
}

/// Whether a part of [`RECIPE`] has a script of this name, whatever its plugins.
pub fn is_own_script(part: &str, name: &str) -> bool {
    let is_of_part = name.strip_prefix(part).is_some_and(|rest| matches!(rest, "d" | "ctl"));
    is_of_part || scripts::named(name).is_some()
}

fn project(directory: &Utf8Path, part: Part) -> Project {
    Project {
        name: String::new(),
        manifest: String::new(),
        is_cfg: true,
        directory: directory.to_owned(),
        bin_directory: directory.join("bin"),
        parts_directory: directory.join("parts"),
        templates_directory: directory.join("recipe-templates"),
        parts: vec![part],
        collected: Vec::new(),
        unused: Vec::new(),
        unused_values: Vec::new(),
        fetched: Vec::new(),
        history: None,
        is_fragment: false,
    }
}
