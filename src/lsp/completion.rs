//! What may be typed at a place: sections, options, values, and what references and expansions may name.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::cursor::{At, Cursor};
use super::model::{Model, PARTS};
use super::position::Range;
use super::protocol::markdown;
use super::rows::{self, Row};
use super::server::View;
use crate::base::secret;
use crate::compile::document::{Node, Syntax, Table};
use crate::compile::known::Shape;
use crate::compile::parts;
use crate::conf::options::{Section, Type};
use crate::conf::values;
use crate::lint::kind::Kind;

/// So many are offered at once; typing on narrows them.
const MOST: usize = 1000;

/// What an item is, as editors number it.
#[derive(Clone, Copy)]
enum Icon {
    Variable = 6,
    Module = 9,
    Property = 10,
    Value = 12,
}

struct Item {
    label: String,
    icon: Icon,
    /// What is put in the place of the word.
    insert: String,
    detail: String,
    doc: String,
}

impl Item {
    fn new(label: impl Into<String>, icon: Icon) -> Self {
        let label = label.into();
        Self { insert: label.clone(), label, icon, detail: String::new(), doc: String::new() }
    }

    fn insert(mut self, insert: impl Into<String>) -> Self {
        self.insert = insert.into();
        self
    }

    fn detail(mut self, detail: impl Into<String>) -> Self {
        self.detail = detail.into();
        self
    }

    fn doc(mut self, doc: impl Into<String>) -> Self {
        self.doc = doc.into();
        self
    }

    fn json(self, number: usize, range: Range) -> Value {
        let mut item = json!({
            "label": self.label,
            "kind": self.icon as u8,
            "sortText": format!("{number:05}"),
            "filterText": self.label,
            "textEdit": { "range": range, "newText": self.insert },
        });
        if !self.detail.is_empty() {
            item["detail"] = self.detail.into();
        }
        if !self.doc.is_empty() {
            item["documentation"] = markdown(&self.doc);
        }
        item
    }
}

/// The answer to `textDocument/completion`.
pub(super) fn completion(view: &View<'_>, offset: usize) -> Value {
    let cursor = view.cursor(offset);
    let range = view.range(cursor.word.clone());
    let items = items(view, &cursor, offset);
    let is_cut = items.len() > MOST;
    let mut seen = BTreeSet::new();
    let once = items.into_iter().filter(|item| seen.insert(item.label.clone()));
    let items: Vec<Value> = once.take(MOST).enumerate().map(|(number, item)| item.json(number, range)).collect();
    json!({ "isIncomplete": is_cut, "items": items })
}

fn items(view: &View<'_>, cursor: &Cursor, offset: usize) -> Vec<Item> {
    match &cursor.at {
        At::Header => headers(view, cursor),
        At::Key => keys(view, cursor),
        At::Value { key } => of_value(view, cursor, key),
        At::Reference { section, key, close } => {
            let text = view.text();
            match key.clone().filter(|key| offset >= key.start) {
                Some(key) => {
                    let section = view.section_named(&text[section.clone()], cursor);
                    targets(view, &section, if text[key.end..].starts_with(*close) { "" } else { closing(*close) })
                }
                None => sections(view, if text[section.end..].starts_with(':') { "" } else { ":" }),
            }
        }
        At::Expansion { key } => expansions(view, cursor, key),
        At::Nothing => Vec::new(),
    }
}

fn closing(close: char) -> &'static str {
    if close == '}' { "}" } else { ">" }
}

/// Names of sections: in a conf their kinds, in TOML the tables below what is there already.
fn headers(view: &View<'_>, cursor: &Cursor) -> Vec<Item> {
    if view.kind == Kind::Supervisord {
        let item = |section: &Section| {
            let named = if section.is_named() { ":" } else { "" };
            Item::new(format!("{}{named}", section.word()), Icon::Module).doc(section.doc())
        };
        return Section::ALL.iter().map(item).collect();
    }
    if view.kind == Kind::Zdaemon {
        let sections = rows::at(view.kind, &cursor.path, None).into_iter().filter(|row| row.shape == Shape::Table);
        return sections.map(|row| Item::new(row.name, Icon::Module)).collect();
    }
    let Some(model) = view.model() else { return Vec::new() };
    let names = |wanted: &dyn Fn(&str) -> bool| {
        let names = model.sections().into_iter().map(|(name, _)| name).filter(|name| wanted(name));
        names.map(|name| Item::new(name, Icon::Module)).collect::<Vec<_>>()
    };
    if view.is_cfg() {
        return names(&|_| true);
    }
    match cursor.path.as_slice() {
        [parts] if parts == PARTS => names(&|name| model.recipe(name).is_some()),
        path => {
            let is_table = |row: &Row| match row.shape {
                Shape::Value(ty) => ty == Type::Environment,
                Shape::Texts | Shape::Words | Shape::Commands | Shape::Word(_) | Shape::WordOrPath(_) => false,
                _ => true,
            };
            let rows = rows::at(view.kind, path, Some(model)).into_iter().filter(is_table);
            rows.map(|row| Item::new(row.name.clone(), Icon::Module).doc(row.markdown())).collect()
        }
    }
}

/// Names of options that are not there yet.
fn keys(view: &View<'_>, cursor: &Cursor) -> Vec<Item> {
    let text = view.text();
    let rest = text[cursor.word.end..].trim_start_matches([' ', '\t']);
    let has_value = rest.starts_with(['=', ':']) || rest.starts_with("+=") || rest.starts_with("-=");
    let assign = match view.kind {
        _ if has_value => "",
        Kind::Manifest(Syntax::Yaml) => ": ",
        Kind::Supervisord => "=",
        Kind::Zdaemon => " ",
        _ => " = ",
    };
    let item = |row: Row| {
        // An option with a dot in its name is one name in quotes.
        let name = if view.kind == Kind::Manifest(Syntax::Toml) && row.name.contains('.') {
            format!("\"{}\"", row.name)
        } else {
            row.name.clone()
        };
        let detail = row.default.map_or(String::new(), |default| format!("= {default}"));
        // At the top of a TOML file tables have headers.
        let is_header = cursor.path.is_empty() && row.shape == Shape::Table && assign == " = ";
        let insert = match row.name.as_str() {
            PARTS if is_header => format!("[{PARTS}."),
            name if view.kind == Kind::Zdaemon && row.shape == Shape::Table => format!("<{name}>"),
            name if is_header => format!("[{name}]"),
            _ => format!("{name}{assign}"),
        };
        Item::new(row.name.clone(), Icon::Property).insert(insert).detail(detail).doc(row.markdown())
    };
    rows::at(view.kind, &cursor.path, view.model()).into_iter().map(item).collect()
}

fn of_value(view: &View<'_>, cursor: &Cursor, key: &str) -> Vec<Item> {
    let words = |words: &[&str]| words.iter().map(|word| Item::new(*word, Icon::Value)).collect::<Vec<_>>();
    let row = rows::at(view.kind, &cursor.path, view.model()).into_iter().find(|row| row.name == key);
    if let Kind::Manifest(syntax) = view.kind {
        match key {
            "recipe" if syntax.is_native() => return words(&parts::native_names().collect::<Vec<_>>()),
            "recipe" => return words(&recipes()),
            "programs" if syntax.is_native() => return named(view, &|recipe| recipe == Some("program")),
            "inherit" | "<" => return named(view, &|_| true),
            PARTS => return named(view, &|recipe| recipe.is_some()),
            _ => {}
        }
    } else if key == "programs" {
        return programs(view);
    }
    match row.map(|row| row.shape) {
        Some(Shape::Value(ty)) => words(&of_type(ty)),
        Some(Shape::Word(of) | Shape::WordOrPath(of)) => words(of),
        _ => Vec::new(),
    }
}

/// The usual ones come first.
fn of_type(ty: Type) -> Vec<&'static str> {
    let all = values::words(ty);
    match ty {
        Type::Boolean => all[..2].to_vec(),
        Type::Autorestart => all[..3].to_vec(),
        _ => all,
    }
}

fn recipes() -> Vec<&'static str> {
    parts::KINDS
        .iter()
        .filter(|kind| !kind.recipe.is_empty() && kind.entry == "default")
        .map(|kind| kind.recipe)
        .collect()
}

/// Sections whose `recipe` is wanted.
fn named(view: &View<'_>, wanted: &dyn Fn(Option<&str>) -> bool) -> Vec<Item> {
    let Some(model) = view.model() else { return Vec::new() };
    let sections = model
        .sections()
        .into_iter()
        .filter(|(name, table)| !model.is_own(name) && wanted(table.scalar("recipe").map(|recipe| &*recipe.text)));
    sections.map(|(name, table)| Item::new(name, Icon::Module).detail(recipe_of(table))).collect()
}

fn recipe_of(table: &Table) -> String {
    table.scalar("recipe").map_or(String::new(), |recipe| recipe.text.to_string())
}

/// The programs of a configuration.
fn programs(view: &View<'_>) -> Vec<Item> {
    let found = view.with_conf(|_, ini| {
        let headers = ini.sections().iter().filter_map(|section| Section::of(section.name));
        let programs = headers.filter(|(kind, _)| matches!(kind, Section::Program | Section::FcgiProgram));
        Some(programs.filter_map(|(_, name)| Some(Item::new(name?, Icon::Module))).collect())
    });
    found.unwrap_or_default()
}

/// What stands before the colon of a reference.
fn sections(view: &View<'_>, colon: &str) -> Vec<Item> {
    let Some(model) = view.model() else { return Vec::new() };
    let env = if view.is_cfg() { None } else { Some(("env", "the build's environment".to_owned())) };
    let sections = model.sections().into_iter().map(|(name, table)| (name, recipe_of(table)));
    let item =
        |(name, detail): (&str, String)| Item::new(name, Icon::Module).insert(format!("{name}{colon}")).detail(detail);
    sections.chain(env).map(item).collect()
}

/// What stands behind it: keys, and paths to those of tables in a native manifest.
fn targets(view: &View<'_>, section: &str, close: &str) -> Vec<Item> {
    let Some(model) = view.model() else { return Vec::new() };
    let mut items = Vec::new();
    if let Some(table) = model.section(section) {
        add(table, "", close, &mut items);
    }
    if has_own_location(section, model) {
        items.push(target("location".to_owned(), "the folder of the part".to_owned(), close));
    }
    items
}

fn add(table: &Table, before: &str, close: &str, items: &mut Vec<Item>) {
    for entry in table.entries().iter().take(MOST) {
        let name = format!("{before}{}", entry.key.text);
        match &entry.node {
            Node::Table(inner) if before.matches('.').count() < 4 => add(inner, &format!("{name}."), close, items),
            node => {
                let shown = super::model::shown(node).filter(|_| !secret::tells(&entry.key.text));
                items.push(target(name, shown.unwrap_or_default(), close));
            }
        }
    }
}

fn target(name: String, shown: String, close: &str) -> Item {
    let insert = format!("{name}{close}");
    Item::new(name, Icon::Variable).insert(insert).detail(shown)
}

/// Names in `%(…)s`.
fn expansions(view: &View<'_>, cursor: &Cursor, key: &str) -> Vec<Item> {
    let row = rows::at(view.kind, &cursor.path, view.model()).into_iter().find(|row| row.name == key);
    let Some((option, section)) = row.and_then(|row| row.option) else { return Vec::new() };
    let end = if view.text()[cursor.word.end..].starts_with(')') { "" } else { ")s" };
    let numbered = |name: &str| if name == "process_num" && !end.is_empty() { ")02d" } else { end };
    let names = option.names(section).iter();
    let items = names.map(|name| Item::new(*name, Icon::Variable).insert(format!("{name}{}", numbered(name))));
    items.chain([Item::new("ENV_", Icon::Variable).detail("a variable of the environment")]).collect()
}

/// Whether a part has a location that is not written down.
fn has_own_location(section: &str, model: &Model) -> bool {
    let is_part = model.recipe(section).is_some();
    is_part && model.section(section).is_some_and(|table| table.get("location").is_none())
}
