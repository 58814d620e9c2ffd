//! The JSON Schema of the native manifest (`recipe schema`), made of the tables that the compiler checks with: for
//! editors, which complete names, show what they are for and mark slips while one types.
//!
//! It is draft 7, which taplo and yaml-language-server both take. A value may be a reference wherever it stands, so every
//! option also takes a text that holds one. What a schema cannot say (does the section exist, is the port free) is the
//! compiler's and `recipe lsp`'s affair: whatever it refuses the compiler refuses, but not the other way round.

use serde_json::{Map, Value, json};

use super::known::{self, Known, Options, Shape};
use super::parts::{self, KINDS};
use super::sections;
use crate::conf::options::{self, Opt, Section, Type};
use crate::conf::values;

/// A text that holds a reference.
const REFERENCE: &str = r"\$<";
/// A table, or a text that is a reference to one.
const TABLE: [&str; 2] = ["object", "string"];
/// A text that holds a reference, or what supervisord expands.
const OPEN: &str = r"\$<|%\(";

/// The schema.
pub fn schema() -> Value {
    let mut definitions = Map::new();
    definitions.insert("project".to_owned(), project());
    definitions.insert("part".to_owned(), part());
    for kind in native() {
        definitions.insert(format!("part.{}", kind.name), of_kind(kind.options));
    }
    for section in Section::ALL {
        definitions.insert(format!("section.{}", section.word()), of_section(*section));
    }
    json!({
        "$schema": "http://json-schema.org/draft-07/schema#",
        "title": "recipe",
        "description": "The manifest of a project: recipe.toml or recipe.yaml.",
        "type": "object",
        "properties": {
            "extends": texts("Files that this one is laid over: paths from this file, or URLs."),
            "project": { "description": "The project's own section.", "allOf": [reference("project")] },
            "parts": {
                "description": "The parts: what the project is made of, by name.",
                "type": "object",
                "additionalProperties": reference("part"),
            },
        },
        "additionalProperties": {
            "description": "Values that others refer to.",
            "type": "object",
        },
        "definitions": definitions,
    })
}

fn native() -> impl Iterator<Item = &'static parts::Kind> {
    KINDS.iter().filter(|kind| kind.recipe.is_empty())
}

fn reference(definition: &str) -> Value {
    json!({ "$ref": format!("#/definitions/{definition}") })
}

fn project() -> Value {
    let properties = properties(sections::project_options().iter().copied().chain(edits()));
    json!({ "type": "object", "properties": properties })
}

/// Any part: its `recipe` says which options it has. One without a `recipe` has it from elsewhere.
fn part() -> Value {
    let recipes: Vec<&str> = parts::native_names().collect();
    let recipe = json!({
        "description": known::RECIPE.doc,
        "anyOf": [{ "enum": recipes }, { "type": "string", "pattern": REFERENCE }],
    });
    let cases = native().map(|kind| {
        json!({
            "if": { "properties": { "recipe": { "const": kind.name } }, "required": ["recipe"] },
            "then": reference(&format!("part.{}", kind.name)),
        })
    });
    json!({
        "type": "object",
        "properties": { "recipe": recipe },
        "allOf": cases.collect::<Vec<_>>(),
    })
}

fn of_kind(options: Options) -> Value {
    let mut properties = properties(options.rows().chain(edits()));
    let mut any = false;
    if let Options::Native { section, any: takes_any, .. } = options {
        any = takes_any;
        for option in section.into_iter().flat_map(options::options) {
            properties.insert(option.name.to_owned(), of_option(option));
        }
    }
    json!({ "type": "object", "properties": properties, "additionalProperties": any })
}

fn of_section(section: Section) -> Value {
    let mut properties: Map<String, Value> =
        options::options(section).map(|option| (option.name.to_owned(), of_option(option))).collect();
    properties.extend(self::properties(edits().filter(|edit| edit.name != "inherit")));
    json!({
        "description": section.doc(),
        "type": TABLE,
        "pattern": REFERENCE,
        "properties": properties,
        "additionalProperties": options::takes_any(section),
    })
}

fn edits() -> impl Iterator<Item = Known> {
    known::EDITS.iter().copied()
}

fn properties(rows: impl Iterator<Item = Known>) -> Map<String, Value> {
    rows.map(|row| (row.name.to_owned(), of_row(&row))).collect()
}

fn of_row(row: &Known) -> Value {
    let mut value = of_shape(row.shape, row.doc);
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), row.doc.into());
        if let Some(default) = row.default {
            let ty = if let Shape::Value(ty) = row.shape { ty } else { Type::Text };
            object.insert("default".to_owned(), typed(ty, default));
        }
    }
    value
}

fn of_shape(shape: Shape, doc: &str) -> Value {
    match shape {
        Shape::Value(ty) => of_type(ty),
        Shape::Word(words) => json!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": REFERENCE }] }),
        Shape::WordOrPath(words) => {
            json!({ "anyOf": [{ "enum": words }, { "type": "string", "pattern": format!("/|{REFERENCE}") }] })
        }
        Shape::Words => json!({ "type": ["string", "array"], "items": scalar() }),
        Shape::Commands => json!({
            "type": ["string", "array"],
            "items": { "type": ["string", "array"], "items": scalar() },
        }),
        Shape::Texts => texts(doc),
        Shape::Table => json!({ "type": TABLE, "pattern": REFERENCE }),
        Shape::Ports => json!({
            "type": TABLE,
            "pattern": REFERENCE,
            "additionalProperties": { "type": ["integer", "string"], "minimum": 1, "maximum": 65535 },
        }),
        Shape::Credentials => credentials(),
        Shape::Section(section) => json!({ "allOf": [section_of(section)] }),
        Shape::Sections(section) => {
            json!({ "type": TABLE, "pattern": REFERENCE, "additionalProperties": section_of(section) })
        }
        Shape::Any => json!({}),
    }
}

fn section_of(section: Section) -> Value {
    reference(&format!("section.{}", section.word()))
}

fn texts(doc: &str) -> Value {
    json!({ "description": doc, "type": ["string", "array"], "items": { "type": ["string", "integer"] } })
}

fn scalar() -> Value {
    json!({ "type": ["string", "number", "boolean"] })
}

fn credentials() -> Value {
    let form = |row: &Known| (row.name.to_owned(), of_row(row));
    let forms: Map<String, Value> = known::PASSWORD.iter().map(form).collect();
    json!({
        "type": TABLE,
        "pattern": REFERENCE,
        "properties": {
            "username": { "description": "The user name.", "type": ["string", "number"] },
            "password": {
                "description": "The password: a text, or where it comes from.",
                "type": ["string", "number", "object"],
                "properties": forms,
                "additionalProperties": false,
            },
        },
        "additionalProperties": false,
    })
}

/// An option of supervisord.conf as a native manifest has it.
fn of_option(option: &Opt) -> Value {
    let mut value = of_type(option.ty);
    if let Some(object) = value.as_object_mut() {
        object.insert("description".to_owned(), described(option).into());
        if let Some(default) = option.default {
            object.insert("default".to_owned(), typed(option.ty, default));
        }
    }
    value
}

/// What an option is for and what it looks like.
fn described(option: &Opt) -> String {
    format!("{} Its value is {}.", option.doc, option.ty.description())
}

fn typed(ty: Type, text: &str) -> Value {
    match ty {
        Type::Integer | Type::Backlog => text.parse::<i64>().map_or_else(|_| text.into(), Value::from),
        Type::Boolean => text.parse::<bool>().map_or_else(|_| text.into(), Value::from),
        _ => text.into(),
    }
}

fn of_type(ty: Type) -> Value {
    let matching = |types: &[&str], pattern: &str| json!({ "type": types, "pattern": format!("{pattern}|{OPEN}") });
    match ty {
        Type::Integer => matching(&["integer", "string"], r"^\s*[-+]?[0-9_]+\s*$"),
        Type::Backlog => matching(&["integer", "string"], r"^\s*[0-9_]+\s*$"),
        Type::ByteSize => matching(&["integer", "string"], r"^\s*[-+]?[0-9_]+\s*([KkMmGg][Bb])?\s*$"),
        Type::Octal => matching(&["integer", "string"], r"^\s*(0o)?[0-7_]+\s*$"),
        Type::Boolean | Type::Autorestart => matching(&["boolean", "integer", "string"], &any_case(&values::words(ty))),
        Type::LogLevel => matching(&["string"], &any_case(&values::words(ty))),
        Type::ExitCodes => {
            json!({ "type": ["integer", "string", "array"], "items": { "type": ["integer", "string"] } })
        }
        Type::List | Type::EventTypes | Type::Patterns => {
            json!({ "type": ["string", "number", "array"], "items": scalar() })
        }
        Type::Environment => json!({ "type": ["string", "object"] }),
        Type::Command => json!({ "type": ["string", "array"], "items": scalar() }),
        Type::Signal | Type::InetAddress => json!({ "type": ["integer", "string"] }),
        Type::Text
        | Type::Name
        | Type::Path
        | Type::Directory
        | Type::MainLog
        | Type::ChildLog
        | Type::User
        | Type::UserGroup
        | Type::Socket
        | Type::Url
        | Type::Factory => scalar(),
    }
}

/// A pattern for one of these words, in any case.
fn any_case(words: &[&str]) -> String {
    let letter = |c: char| match (c.to_ascii_uppercase(), c.to_ascii_lowercase()) {
        (upper, lower) if upper == lower => c.to_string(),
        (upper, lower) => format!("[{upper}{lower}]"),
    };
    let word = |word: &&str| word.chars().map(letter).collect::<String>();
    format!("^({})$", words.iter().map(word).collect::<Vec<_>>().join("|"))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn every_option_of_every_table_is_in_it() {
        let schema = schema();
        for section in Section::ALL {
            for option in options::options(*section) {
                let place = format!("/definitions/section.{}/properties/{}", section.word(), option.name);
                let there = schema.pointer(&place).unwrap_or_else(|| panic!("{place}"));
                assert!(there["description"].as_str().unwrap().starts_with(option.doc), "{place}");
                assert_eq!(there.get("default").is_some(), option.default.is_some(), "{place}");
            }
        }
        for kind in native() {
            for row in kind.options.rows() {
                let place = format!("/definitions/part.{}/properties/{}/description", kind.name, row.name);
                assert_eq!(schema.pointer(&place), Some(&row.doc.into()), "{place}");
            }
        }
        assert!(schema.pointer("/definitions/part.program/properties/startsecs").is_some());
    }

    #[test]
    fn defaults_have_their_types() {
        let schema = schema();
        let default = |name: &str| schema.pointer(&format!("/definitions/section.program/properties/{name}/default"));
        assert_eq!(default("priority"), Some(&999.into()));
        assert_eq!(default("autostart"), Some(&true.into()));
        assert_eq!(default("stdout_logfile_maxbytes"), Some(&"50MB".into()));
    }

    #[test]
    fn every_reference_leads_somewhere() {
        fn check(value: &Value, schema: &Value) {
            if let Some(Value::String(to)) = value.get("$ref") {
                assert!(schema.pointer(&to[1..]).is_some(), "{to}");
            }
            match value {
                Value::Object(map) => map.values().for_each(|value| check(value, schema)),
                Value::Array(items) => items.iter().for_each(|value| check(value, schema)),
                _ => {}
            }
        }
        let schema = schema();
        check(&schema, &schema);
    }

    #[test]
    fn words_match_in_any_case() {
        assert_eq!(any_case(&["on", "1"]), "^([Oo][Nn]|1)$");
    }
}
