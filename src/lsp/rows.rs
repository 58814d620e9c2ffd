//! Which options may stand at a place, from the tables that the compiler and the daemon check with.

use super::model::{Model, PARTS};
use crate::compile::known::{self, Known, Options, Shape};
use crate::compile::parts::{self, KINDS};
use crate::compile::sections;
use crate::conf::options::{self, Opt, Section, Type};
use crate::conf::zconfig::schema;
use crate::lint::kind::Kind;

/// An option that may stand somewhere.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Row {
    pub(super) name: String,
    /// What its value looks like, in a few words.
    pub(super) looks: String,
    pub(super) default: Option<&'static str>,
    pub(super) required: bool,
    pub(super) doc: &'static str,
    pub(super) shape: Shape,
    /// The row of supervisord.conf's own table, with the section that it is in.
    pub(super) option: Option<(&'static Opt, Section)>,
}

impl Row {
    fn known(known: Known) -> Self {
        let Known { name, shape, default, required, doc } = known;
        Self { name: name.to_owned(), looks: looks(shape), default, required, doc, shape, option: None }
    }

    fn option(option: &'static Opt, section: Section) -> Self {
        let Opt { name, ty, default, required, doc, .. } = *option;
        let looks = ty.description().to_owned();
        let option = Some((option, section));
        Self { name: name.to_owned(), looks, default, required, doc, shape: Shape::Value(ty), option }
    }

    fn named(name: &str, doc: &'static str, shape: Shape) -> Self {
        Self { name: name.to_owned(), looks: looks(shape), default: None, required: false, doc, shape, option: None }
    }

    /// What it is, in Markdown.
    pub(super) fn markdown(&self) -> String {
        let mut text = format!("**{}**", self.name);
        if !self.looks.is_empty() {
            text = format!("{text}: {}", self.looks);
        }
        text = match self.default {
            Some("") => format!("{text}; empty if not set"),
            Some(default) => format!("{text}; `{default}` if not set"),
            None if self.required => format!("{text}; must be set"),
            None => text,
        };
        if !self.doc.is_empty() {
            text = format!("{text}\n\n{}", self.doc);
        }
        match self.option {
            Some((option, _)) if option.since != "3.0" => format!("{text}\n\nSince Supervisor {}.", option.since),
            _ => text,
        }
    }
}

fn looks(shape: Shape) -> String {
    let words = |words: &[&str]| words.iter().map(|word| format!("`{word}`")).collect::<Vec<_>>().join(", ");
    match shape {
        Shape::Value(ty) => ty.description().to_owned(),
        Shape::Word(of) => words(of),
        Shape::WordOrPath(of) => format!("{}, or a folder", words(of)),
        Shape::Words => "a command line, or a list of words".to_owned(),
        Shape::Commands => "a list of commands".to_owned(),
        Shape::Texts => "a list of names".to_owned(),
        Shape::Table | Shape::Credentials => "a table".to_owned(),
        Shape::Ports => "a table of ports".to_owned(),
        Shape::Section(section) => format!("`[{}]` of supervisord.conf", section.word()),
        Shape::Sections(section) => format!("`[{}:NAME]` of supervisord.conf", section.word()),
        Shape::Any => String::new(),
    }
}

/// The options that may stand in the table at `path`.
pub(super) fn at(kind: Kind, path: &[String], model: Option<&Model>) -> Vec<Row> {
    let path: Vec<&str> = path.iter().map(String::as_str).collect();
    match kind {
        Kind::Supervisord => {
            path.first().and_then(|header| Section::of(header)).map_or_else(Vec::new, |(kind, _)| conf(kind))
        }
        Kind::Zdaemon => zdaemon(path.last().copied().unwrap_or_default()),
        Kind::Monitor => Vec::new(),
        Kind::Manifest(syntax) if !syntax.is_native() => cfg(path.first().copied().unwrap_or(""), model),
        Kind::Manifest(_) => native(&path, model),
    }
}

fn conf(section: Section) -> Vec<Row> {
    options::options(section).map(|option| Row::option(option, section)).collect()
}

/// The sections and keys that may stand in a section of zdaemon.conf, with what zdaemon parts say of them.
fn zdaemon(section: &str) -> Vec<Row> {
    let Some(kind) = schema::kind(section) else { return Vec::new() };
    let part = KINDS.iter().find(|kind| kind.recipe.is_empty() && kind.name == "zdaemon");
    let known = || part.into_iter().flat_map(|part| part.options.rows());
    let row = |name: &&'static str| match known().find(|row| row.name == *name && section == "runner") {
        Some(row) => Row::known(row),
        None => Row::named(name, "", Shape::Any),
    };
    let sections = kind.sections.iter().map(|name| Row::named(name, "A section.", Shape::Table));
    kind.keys.iter().map(row).chain(sections).collect()
}

/// The names that the recipe of a section knows.
fn cfg(section: &str, model: Option<&Model>) -> Vec<Row> {
    let recipe = model.and_then(|model| model.recipe(section));
    let kind = recipe.and_then(parts::find_cfg);
    let names = kind.into_iter().flat_map(|kind| kind.options.names()).filter(|name| !name.starts_with('_'));
    let mut rows: Vec<Row> = names.map(|name| Row::named(name, doc_of(name, kind), Shape::Any)).collect();
    if rows.is_empty() && section != "buildout" {
        rows.push(Row::known(known::RECIPE));
    }
    if section == "buildout" {
        rows.push(Row::named(PARTS, "The parts to build, in order.", Shape::Texts));
        rows.push(Row::named("extends", "Files that this one is laid over.", Shape::Texts));
    }
    rows
}

/// What a native kind of the same name says of an option of the same name.
fn doc_of(name: &str, kind: Option<&parts::Kind>) -> &'static str {
    let native = KINDS.iter().filter(|native| native.recipe.is_empty());
    let native = native.filter(|native| kind.is_some_and(|kind| kind.name.starts_with(native.name)));
    native.flat_map(|native| native.options.rows()).find(|row| row.name == name).map_or("", |row| row.doc)
}

fn native(path: &[&str], model: Option<&Model>) -> Vec<Row> {
    match path {
        [] => [
            Row::named("project", "The project's own section.", Shape::Table),
            Row::named(PARTS, "The parts, by name.", Shape::Table),
            Row::named("extends", "Files that this one is laid over: paths from this file, or URLs.", Shape::Texts),
        ]
        .into(),
        ["project"] => sections::project_options().iter().copied().map(Row::known).collect(),
        [PARTS, part] => of_part(part, model),
        [PARTS, part, inner @ ..] => within(&of_part(part, model), inner),
        _ => Vec::new(),
    }
}

fn of_part(name: &str, model: Option<&Model>) -> Vec<Row> {
    let recipe = model.and_then(|model| model.recipe(name));
    let kind = KINDS.iter().find(|kind| kind.recipe.is_empty() && Some(kind.name) == recipe);
    let mut rows = Vec::new();
    match kind.map(|kind| kind.options) {
        Some(all) => {
            rows.extend(all.rows().map(Row::known));
            if let Options::Native { section: Some(section), .. } = all {
                rows.extend(conf(section));
            }
        }
        None => rows.push(Row::known(known::RECIPE)),
    }
    rows.extend(known::EDITS.iter().copied().map(Row::known));
    rows
}

/// The options of a table in a part.
fn within(rows: &[Row], path: &[&str]) -> Vec<Row> {
    let Some((first, rest)) = path.split_first() else { return rows.to_vec() };
    let Some(row) = rows.iter().find(|row| row.name == *first) else { return Vec::new() };
    match (row.shape, rest) {
        (Shape::Section(section), []) | (Shape::Sections(section), [_]) => conf(section),
        (Shape::Ports, []) if row.doc.contains("`control`") => {
            vec![Row::named("control", "Where the daemon listens.", Shape::Value(Type::InetAddress))]
        }
        (Shape::Credentials, []) => vec![
            Row::named("username", "The user name.", Shape::Value(Type::Text)),
            Row::named("password", "The password: a text, or where it comes from.", Shape::Table),
        ],
        (Shape::Credentials, ["password"]) => known::PASSWORD.iter().copied().map(Row::known).collect(),
        _ => Vec::new(),
    }
}
