//! What stands in `[project]`: its own keys, and values for others to refer to.
//!
//! A key that is none of its own, and that nothing refers to, has no effect. One that is nearly a key of `[project]` is a
//! slip, and an error as any unknown option; any other is left to `lint`.

use crate::base::Diagnostics;
use crate::compile::document::{Node, Table};
use crate::compile::known::{Known, Shape};
use crate::compile::project::Unused;
use crate::conf::options::Type;

use super::inherit::INHERIT;
use super::problem::Problem;
use super::template::may_refer;

/// The keys that mean something.
pub(super) static KNOWN: &[Known] = &[
    Known::new("name", Shape::Value(Type::Text), "The name of the project; that of its folder if not set."),
    Known::new("directory", Shape::Value(Type::Directory), "The project folder; the manifest's own if not set."),
    Known::new("bin-directory", Shape::Value(Type::Directory), "Where scripts go.").default("bin"),
    Known::new("parts-directory", Shape::Value(Type::Directory), "Where each part has its folder.").default("parts"),
    Known::new("templates-directory", Shape::Value(Type::Directory), "Where the project's own templates are.")
        .default("recipe-templates"),
    Known::new("extends", Shape::Texts, "Files that this one is laid over: paths from this file, or URLs."),
    Known::new("offline", Shape::Value(Type::Boolean), "Whether files at URLs come from the cache alone.")
        .default("false"),
    Known::new(INHERIT, Shape::Texts, "The sections that this one begins as a copy of."),
];

/// A value that its key cannot have would be taken as not set. A reference that could not be replaced has been reported.
fn check_value(known: &Known, node: &Node, found: &mut Diagnostics) {
    let Shape::Value(ty) = known.shape else { return };
    let Known { name: key, .. } = *known;
    match node {
        Node::Scalar(value) if ty == Type::Boolean => {
            if !matches!(&*value.text, "true" | "false") && !may_refer(&value.text) {
                found.push(Problem::NoBoolean { span: value.span, name: key, value: value.text.to_string() });
            }
        }
        Node::Scalar(_) => {}
        other => found.push(Problem::ProjectShape { span: other.span(), key, kind: other.kind() }),
    }
}

/// Reports slips, and values of the wrong kind; the other keys without effect. `is_referred` says whether something refers to the
/// entry of a number.
pub(super) fn check(project: &Table, is_referred: impl Fn(u32) -> bool, found: &mut Diagnostics) -> Vec<Unused> {
    let mut unused = Vec::new();
    for (at, entry) in (0_u32..).zip(project.entries()) {
        let (name, span) = (&*entry.key.text, entry.key.span);
        if let Some(known) = KNOWN.iter().find(|known| known.name == name) {
            check_value(known, &entry.node, found);
            continue;
        }
        if is_referred(at) {
            continue;
        }
        match found.nearest(name, KNOWN.iter().map(|known| known.name)) {
            Some(nearest) => {
                let nearest = nearest.unless(|name| project.has_beside(name, span));
                found.push(Problem::ProjectKey { span, key: name.to_owned(), nearest });
            }
            None => unused.push(Unused { name: name.to_owned(), span, recipe: None }),
        }
    }
    unused
}
