//! Where what stands at a place is said: the key that a reference names, the section that is named, the file that is
//! extended.

use camino::Utf8Path;
use serde_json::{Value, json};

use super::cursor::{At, Cursor};
use super::model;
use super::position::{Range, Text};
use super::server::View;
use super::uri;
use crate::base::seams::Files as _;
use crate::base::{Sources, Span};
use crate::compile::project::normalised;
use crate::conf::ini::Ini;
use crate::lint::kind::Kind;

/// Keys whose words are files.
const FILES: [&str; 3] = ["extends", "optional-extends", "files"];

/// The answer to `textDocument/definition`.
pub(super) fn definition(view: &View<'_>, offset: usize) -> Value {
    let cursor = view.cursor(offset);
    let word = &view.text()[cursor.word.clone()];
    let found = match &cursor.at {
        At::Reference { section, key, .. } => {
            let section = view.section_named(&view.text()[section.clone()], &cursor);
            let key = key.clone().filter(|key| offset >= key.start).map(|key| &view.text()[key]);
            in_manifest(view, &section, key)
        }
        At::Value { key } if FILES.contains(&key.as_str()) => file(view, word),
        At::Value { .. } | At::Key | At::Header => named(view, &cursor, word),
        At::Expansion { .. } | At::Nothing => None,
    };
    found.unwrap_or(Value::Null)
}

/// A section that a word names.
fn named(view: &View<'_>, cursor: &Cursor, word: &str) -> Option<Value> {
    match view.kind {
        Kind::Manifest(_) => in_manifest(view, word, None),
        Kind::Supervisord => in_conf(view, cursor, word),
        Kind::Zdaemon | Kind::Monitor => None,
    }
}

fn in_manifest(view: &View<'_>, section: &str, key: Option<&str>) -> Option<Value> {
    let model = view.model()?;
    let table = model.section(section)?;
    let span = match key {
        Some(key) => model::entry(table, key)?.key.span,
        None => table.span,
    };
    location(view, &model.sources, span)
}

/// The program that a group names.
fn in_conf(view: &View<'_>, cursor: &Cursor, word: &str) -> Option<Value> {
    let group = cursor.path.first().is_some_and(|header| header.starts_with("group:"));
    if !group || !matches!(&cursor.at, At::Value { key } if key == "programs") {
        return None;
    }
    view.with_conf(|sources, ini: &Ini<'_>| {
        let named = |kind: &str| ini.section(&format!("{kind}:{word}")).and_then(|section| section.span);
        location(view, sources, ["program", "fcgi-program"].into_iter().find_map(named)?)
    })
}

fn location(view: &View<'_>, sources: &Sources, span: Span) -> Option<Value> {
    let name = sources.name(span.file);
    let is_local = name.starts_with('/') || name == view.path || name == view.root;
    let text = Text::new(sources.text(span.file).to_owned());
    let range: Range = text.range(span.range(), view.encoding);
    is_local.then(|| json!({ "uri": view.uri_of(name), "range": range }))
}

/// A file that the text names, relative to its own folder.
fn file(view: &View<'_>, word: &str) -> Option<Value> {
    let folder = Utf8Path::new(view.path).parent()?;
    let path = normalised(&folder.join(word));
    let start = json!({ "line": 0, "character": 0 });
    let is_there = !word.is_empty() && view.files().exists(path.as_str());
    is_there.then(|| json!({ "uri": uri::of_path(path.as_str()), "range": { "start": start, "end": start } }))
}
