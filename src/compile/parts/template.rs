//! `template`: any file, from a Tera template of the project.
//!
//! | option | what |
//! |---|---|
//! | `template` | name in the templates folder, or a path relative to the project folder |
//! | `output` | path of the file, relative to the project folder |
//! | `mode` | permission bits in base 8, default `0644` |
//!
//! The template sees all options of its part under their names (dashes as underscores), `part` (the same as a table,
//! names as written), and `project` (`name`, `manifest`, `directory`, `bin_directory`, `parts_directory`). Numbers and
//! booleans of the manifest are numbers and booleans, lists and tables are what they are. Nothing is quoted: the
//! filters `sh`, `conf`, `command` and `environment` do that.

use camino::Utf8Path;
use tera::{Context, Value};

use super::builder::{Builder, Text};
use super::options::Options;
use super::problem::Problem;
use crate::base::suggest::Meant;
use crate::base::{Span, secret, verbatim};
use crate::compile::document::{List, Node, Scalar, ScalarKind, Table};
use crate::compile::known::{self, Known, Options as All, Shape};
use crate::compile::project::{Part, Project};
use crate::conf::options::Type;

/// Options of the part; any other is for the template.
const OWN: &[Known] = &[
    known::RECIPE,
    known::LOCATION,
    known::PORTS,
    known::CREDENTIALS,
    Known::new("template", Shape::Value(Type::Path), "A Tera template: a name in the templates folder, or a path.")
        .required(),
    Known::new("output", Shape::Value(Type::Path), "The file to make, relative to the project folder.").required(),
    Known::new("mode", Shape::Value(Type::Octal), "Permission bits of the file.").default("0644"),
];

/// All of them.
pub(super) const OPTIONS: All = All::Native { own: OWN, section: None, tables: &[], any: true };

/// The templates that the project's parts want, with the places that name them.
pub(in crate::compile) fn wanted(project: &Project) -> impl Iterator<Item = (String, Span)> {
    let parts = project.parts.iter().filter(|part| part.kind.name == "template");
    parts.filter_map(|part| part.table.scalar("template")).map(|s| (s.text.to_string(), s.span))
}

/// The permissions of a file that says nothing of them.
const MODE: u32 = 0o644;

/// Renders the file. What is wrong with one option does not keep the others from being looked at.
pub(super) fn build(part: &Part, builder: &mut Builder<'_>) {
    let mut options = Options::of(part);
    let (template, output) = (options.required("template"), options.required("output"));
    let mode = options.text("mode").map_or(Ok(MODE), |mode| parse_mode(part, mode));
    builder.extend(options.finish());
    let mode = builder.check(mode).unwrap_or(MODE);
    let mut text = Text::default();
    if let Some(template) = template {
        render(part, template, builder, &mut text);
    }
    if let Some(output) = output {
        let target = builder.path(part, output);
        builder.file(part, target, text, mode);
    }
}

fn render(part: &Part, template: &Scalar, builder: &mut Builder<'_>, text: &mut Text) {
    let project = builder.project;
    if builder.has_template(&template.text) {
        return builder.render(&template.text, &context(part, project), template.span, text);
    }
    let looked_at = [&project.templates_directory, &project.directory].map(|d| d.join(&*template.text));
    builder.report(Problem::NoTemplate { name: template.text.to_string(), span: template.span, looked_at });
}

fn parse_mode(part: &Part, mode: &Scalar) -> Result<u32, Problem> {
    let digits = mode.text.trim_start_matches("0o");
    let bits = u32::from_str_radix(digits, 8).ok().filter(|bits| *bits <= 0o777 && !digits.starts_with('+'));
    bits.ok_or_else(|| Problem::BadMode {
        part: part.name.clone(),
        value: secret::masked(&mode.text),
        nearest: nearest_mode(&mode.text).map(Meant::surely),
        span: mode.span,
    })
}

/// What a mode that is none may mean: one with bits that are no permissions, or as `ls` shows it.
fn nearest_mode(text: &str) -> Option<String> {
    if let Ok(bits) = u32::from_str_radix(text.trim_start_matches("0o"), 8) {
        return Some(format!("0{:03o}", bits & 0o777));
    }
    let letters = text.get(text.len().checked_sub(9)?..)?;
    let mut bits = letters.bytes().zip(b"rwxrwxrwx").map(|(letter, named)| match letter {
        b'-' => Some(0),
        _ => (letter == *named).then_some(1),
    });
    let mode = bits.try_fold(0, |mode, bit| Some(mode << 1 | bit?))?;
    (text.len() <= 10).then(|| format!("0{mode:03o}"))
}

fn context(part: &Part, project: &Project) -> Context {
    let mut context = Context::new();
    for entry in part.table.entries() {
        context.insert_value(entry.key.text.replace(['-', '.'], "_"), value(&entry.node));
    }
    context.insert_value("part", table(&part.table));
    context.insert_value("project", project_value(project));
    context
}

fn project_value(project: &Project) -> Value {
    let folder = |path: &Utf8Path| Value::from(path.as_str());
    let pairs: [(&'static str, Value); 5] = [
        ("name", Value::from(project.name.as_str())),
        ("manifest", Value::from(project.manifest_name())),
        ("directory", folder(&project.directory)),
        ("bin_directory", folder(&project.bin_directory)),
        ("parts_directory", folder(&project.parts_directory)),
    ];
    Value::from(std::collections::BTreeMap::from(pairs))
}

fn value(node: &Node) -> Value {
    match node {
        Node::Scalar(s) => scalar(s),
        Node::List(List { items, .. }) => Value::from(items.iter().map(value).collect::<Vec<_>>()),
        Node::Table(t) => table(t),
    }
}

fn table(table: &Table) -> Value {
    let pairs = table.entries().iter().map(|e| (e.key.text.to_string(), value(&e.node)));
    Value::from(pairs.collect::<std::collections::BTreeMap<_, _>>())
}

/// A number that would not come out as it is written (`0644`, `1.10`) stays a text.
fn scalar(scalar: &Scalar) -> Value {
    let text = &*verbatim::reveal(&scalar.text);
    let integer = || text.parse::<i64>().ok().filter(|n| n.to_string() == text);
    match scalar.kind {
        ScalarKind::Integer => integer().map_or_else(|| Value::from(text), Value::from),
        ScalarKind::Boolean => text.parse::<bool>().map_or_else(|_| Value::from(text), Value::from),
        ScalarKind::Null => Value::none(),
        ScalarKind::String | ScalarKind::Float | ScalarKind::Datetime => Value::from(text),
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn modes_that_are_none_may_mean_one() {
        let cases = [("0o1755", "0755"), ("100644", "0644"), ("rw-r-----", "0640"), ("-rwxr-xr-x", "0755")];
        for (text, nearest) in cases {
            assert_eq!(nearest_mode(text).as_deref(), Some(nearest), "{text}");
        }
        for text in ["9999", "rwx", "u=rw,go=r", "", "rw-r--r-z", "-rwxrwxrwx-", "ünd so weiter"] {
            assert_eq!(nearest_mode(text), None, "{text}");
        }
    }
}
