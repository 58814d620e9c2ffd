//! From tree to text, in the form of ZConfig's schema-less writer: keys sorted, two blanks per level, a blank line
//! between keys and sections. Unlike there, a dollar sign is written so that it is one when it is read.

use std::fmt::Write as _;

use super::substitute::escape;
use super::tree::{Key, Section};

/// The text of a whole configuration.
pub fn text(top: &Section, imports: &[String]) -> String {
    let mut out = section(top, "", imports);
    out.push('\n');
    out
}

/// Without a line end at its end; at the top level each section ends with a blank line.
fn section(section: &Section, indent: &str, imports: &[String]) -> String {
    let mut lines: Vec<String> = imports.iter().map(|package| format!("%import {}", escape(package))).collect();
    if !imports.is_empty() {
        lines.push(String::new());
    }
    let is_top = section.kind.is_empty();
    let inner = if is_top { indent.to_owned() } else { format!("{indent}  ") };
    if !is_top {
        let name = section.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        lines.push(format!("{indent}<{}{name}>", section.kind));
    }
    lines.extend(sorted(&section.keys).into_iter().map(|key| line(key, &inner)));
    if !section.sections.is_empty() && !section.keys.is_empty() {
        lines.push(String::new());
    }
    lines.extend(section.sections.iter().map(|child| self::section(child, &inner, &[])));
    if !is_top {
        lines.push(format!("{indent}</{}>", section.kind));
        lines.push(String::new());
    }
    let mut text = lines.join("\n");
    text.truncate(text.trim_end().len());
    if indent.is_empty() && !is_top {
        text.push('\n');
    }
    text
}

/// By name; those of one name stay together, in their order.
fn sorted(keys: &[Key]) -> Vec<&Key> {
    let mut keys: Vec<&Key> = keys.iter().collect();
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    keys
}

fn line(key: &Key, indent: &str) -> String {
    let mut line = String::new();
    let _ = write!(line, "{indent}{} {}", key.name, escape(&key.value));
    line
}
