//! What stands under the pointer: an option with its doc, a section, or what a reference comes to.

use serde_json::{Value, json};

use super::cursor::{At, Cursor};
use super::protocol::markdown;
use super::rows::{self, Row};
use super::server::View;
use crate::conf::options::Section;
use crate::lint::kind::Kind;

/// The answer to `textDocument/hover`.
pub(super) fn hover(view: &View<'_>, offset: usize) -> Value {
    let cursor = view.cursor(offset);
    let range = view.range(cursor.word.clone());
    match told(view, &cursor) {
        Some(text) => json!({ "contents": markdown(&text), "range": range }),
        None => Value::Null,
    }
}

fn told(view: &View<'_>, cursor: &Cursor) -> Option<String> {
    let word = &view.text()[cursor.word.clone()];
    match &cursor.at {
        At::Header => header(view, cursor, word),
        At::Key => row(view, cursor, word).map(|row| row.markdown()),
        At::Value { key } => row(view, cursor, key).map(|row| row.markdown()),
        At::Reference { section, key, .. } => {
            let section = view.section_named(&view.text()[section.clone()], cursor);
            reference(view, &section, key.clone().map(|key| &view.text()[key]))
        }
        At::Expansion { key } => {
            let (option, section) = row(view, cursor, key)?.option?;
            let names = option.names(section).iter().map(|name| format!("`%({name})s`"));
            let names: Vec<String> = names.chain(["`%(ENV_X)s`".to_owned()]).collect();
            Some(format!("**%({word})s**\n\nIn `{key}` supervisord replaces {}.", names.join(", ")))
        }
        At::Nothing => None,
    }
}

fn row(view: &View<'_>, cursor: &Cursor, name: &str) -> Option<Row> {
    // supervisord takes names of options in any case.
    let is_it = |row: &Row| match view.kind {
        Kind::Supervisord | Kind::Zdaemon => row.name.eq_ignore_ascii_case(name),
        _ => row.name == name,
    };
    rows::at(view.kind, &cursor.path, view.model()).into_iter().find(is_it)
}

fn header(view: &View<'_>, cursor: &Cursor, word: &str) -> Option<String> {
    if view.kind == Kind::Supervisord {
        let (section, _) = Section::of(word)?;
        return Some(format!("**[{word}]**\n\n{}", section.doc()));
    }
    if let Some(row) = row(view, cursor, word) {
        return Some(row.markdown());
    }
    let recipe = view.model()?.recipe(word)?;
    Some(format!("**{word}**: a part of kind `{recipe}`"))
}

/// What a reference comes to, and where that is said.
fn reference(view: &View<'_>, section: &str, key: Option<&str>) -> Option<String> {
    if section == "env" && !view.is_cfg() {
        return key.map(|key| format!("The variable `{key}` of the build's environment."));
    }
    let model = view.model()?;
    let Some(key) = key else {
        let recipe = model.recipe(section).map(|recipe| format!(": a part of kind `{recipe}`"));
        return model.section(section).map(|_| format!("**{section}**{}", recipe.unwrap_or_default()));
    };
    let place = model.section(section).and_then(|table| super::model::entry(table, key)).map(|entry| entry.key.span);
    let place =
        place.map(|span| model.sources.position(span).line).zip(place.map(|span| model.sources.name(span.file)));
    let place = place.filter(|(_, name)| name.starts_with('/'));
    let place = place.map(|(line, name)| format!("\n\n{}, line {line}", name.rsplit('/').next().unwrap_or(name)));
    let value = view.value(section, key)?;
    let fence = "```";
    Some(format!("**{section}:{key}**\n\n{fence}text\n{value}\n{fence}{}", place.unwrap_or_default()))
}
