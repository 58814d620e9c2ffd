//! `zdaemon`: one program under zdaemon's care. Its configuration, its control script and its logrotate file.
//!
//! A `.cfg` part is zc.zdaemonrecipe 1.0.0's ([`mod@cfg`]), a native one says the same in its own words ([`native`]). Both
//! become a tree of `ZConfig`, which is checked by the schema that the manager reads by, and written as the recipe writes
//! it.
//!
//! # What is mended
//!
//! - A dollar sign is written as two, so that the configuration can be read (1.0.0 wrote one).
//! - A key of the `<runner>` in `zdaemon.conf` counts however it is spelt (`Program`); 1.0.0 added its own beside it.
//! - `%define` works in `zdaemon.conf`.
//! - The control script runs this binary, and hands on its words as they are (`"$@"` for `$*`).

mod cfg;
mod native;

use std::collections::BTreeMap;

use tera::{Context, Value};

use super::builder::{Builder, Target, Text};
use super::problem::Problem;
use crate::base::Span;
use crate::base::memory::Memory;
use crate::compile::project::Part;
use crate::conf::expand::Environ;
use crate::conf::include;
use crate::conf::zconfig::problem::Finding;
use crate::conf::zconfig::substitute::escape;
use crate::conf::zconfig::tree::{Key, Section};
use crate::conf::zconfig::write::{self, Content, Line};
use crate::conf::zconfig::zdaemon;

pub(super) use cfg::{KNOWN as KNOWN_CFG, build as build_cfg, overrides};
pub(super) use native::{OPTIONS as NATIVE, build as build_native};

/// Writes the configuration.
fn configuration(part: &Part, builder: &mut Builder<'_>, top: &Section, imports: &[String], target: Target) {
    let lines = write::lines(top, imports);
    let mut context = context(part, builder);
    context.insert_value("lines", Value::from(lines.into_iter().map(line).collect::<Vec<_>>()));
    let mut text = Text::default();
    builder.render("zdaemon/zdaemon.conf", &context, part.span, &mut text);
    builder.file(part, target, text, 0o644);
}

fn line(Line { depth, content }: Line<'_>) -> Value {
    let mut fields: BTreeMap<&'static str, Value> =
        ["import", "open", "name", "close", "key", "value"].into_iter().map(|field| (field, Value::from(""))).collect();
    fields.insert("indent", Value::from("  ".repeat(depth)));
    let mut set = |field, text: &str| {
        fields.insert(field, Value::from(text));
    };
    match content {
        Content::Blank => {}
        Content::Import(package) => set("import", &escape(package)),
        Content::Open(kind, name) => {
            set("open", kind);
            set("name", name.unwrap_or_default());
        }
        Content::Close(kind) => set("close", kind),
        Content::Key(name, value) => {
            set("key", name);
            set("value", &escape(value));
        }
    }
    Value::from(fields)
}

/// Writes the logrotate file.
fn logrotate(part: &Part, builder: &mut Builder<'_>, paths: [(&'static str, &str); 3], target: Target) {
    let mut context = context(part, builder);
    for (name, path) in paths {
        context.insert_value(name, path.into());
    }
    let mut text = Text::default();
    builder.render("zdaemon/logrotate", &context, part.span, &mut text);
    builder.file(part, target, text, 0o644);
}

fn context(part: &Part, builder: &Builder<'_>) -> Context {
    let mut context = Context::new();
    context.insert_value("manifest", builder.manifest().into());
    context.insert_value("part", part.name.as_str().into());
    context
}

/// A key that stands nowhere as such, at the place of what asks for it.
fn key(name: &str, value: impl Into<String>, span: Span) -> Key {
    Key { name: name.to_owned(), name_span: span, value: value.into(), value_span: span }
}

/// An event log in one file.
fn eventlog(path: String, span: Span) -> Section {
    let mut logfile = Section::new("logfile", span);
    logfile.keys.push(key("path", path, span));
    Section { sections: vec![logfile], ..Section::new("eventlog", span) }
}

/// What the manager would say of the tree.
fn findings(top: &Section) -> Vec<Finding> {
    let environ = Environ::default();
    // What is compiled depends on no file besides the manifest.
    let files = Memory::default();
    let context =
        include::Context { files: &files, environ: &environ, host_node_name: "", directory: "/", tempdir: "/tmp" };
    zdaemon::of_tree(top, Vec::new(), &context).findings
}

/// Reports each finding, as a warning where the original wrote it all the same.
fn report(builder: &mut Builder<'_>, findings: Vec<Finding>, is_doubtful: bool) {
    let problem = if is_doubtful { Problem::DoubtfulZdaemon } else { Problem::Zdaemon };
    builder.extend(findings.into_iter().map(problem));
}
