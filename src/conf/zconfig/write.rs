//! From tree to lines, in the form of `ZConfig`'s schema-less writer: keys sorted, two blanks per level, a blank line between
//! keys and sections and between the sections of the text, none between sections within a section.

use super::tree::Section;

/// What stands on a line.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Content<'t> {
    /// Nothing.
    Blank,
    /// `%import PACKAGE`.
    Import(&'t str),
    /// `<type name>`.
    Open(&'t str, Option<&'t str>),
    /// `</type>`.
    Close(&'t str),
    /// A key and its value, whose dollar signs are to be escaped ([`super::substitute::escape`]).
    Key(&'t str, &'t str),
}

/// A line, and how deep it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Line<'t> {
    /// How many sections it stands in.
    pub depth: usize,
    /// What stands there.
    pub content: Content<'t>,
}

/// The lines of a whole text.
pub fn lines<'t>(top: &'t Section, imports: &'t [String]) -> Vec<Line<'t>> {
    let mut lines = Vec::new();
    let at = |content| Line { depth: 0, content };
    lines.extend(imports.iter().map(|package| at(Content::Import(package))));
    let blank = |lines: &mut Vec<Line<'t>>| {
        if !lines.is_empty() {
            lines.push(at(Content::Blank));
        }
    };
    if !top.keys.is_empty() {
        blank(&mut lines);
        keys(top, 0, &mut lines);
    }
    for section in &top.sections {
        blank(&mut lines);
        add(section, 0, &mut lines);
    }
    lines
}

fn add<'t>(section: &'t Section, depth: usize, lines: &mut Vec<Line<'t>>) {
    lines.push(Line { depth, content: Content::Open(&section.kind, section.name.as_deref()) });
    keys(section, depth + 1, lines);
    if !section.keys.is_empty() && !section.sections.is_empty() {
        lines.push(Line { depth: 0, content: Content::Blank });
    }
    section.sections.iter().for_each(|inner| add(inner, depth + 1, lines));
    lines.push(Line { depth, content: Content::Close(&section.kind) });
}

/// By name; those of one name stay together, in their order.
fn keys<'t>(section: &'t Section, depth: usize, lines: &mut Vec<Line<'t>>) {
    let mut keys: Vec<_> = section.keys.iter().collect();
    keys.sort_by(|a, b| a.name.cmp(&b.name));
    lines.extend(keys.into_iter().map(|key| Line { depth, content: Content::Key(&key.name, &key.value) }));
}
