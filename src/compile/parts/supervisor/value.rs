//! Values of a native manifest as texts of a conf: the type that the option table names decides how.
//!
//! | type | in the manifest |
//! |---|---|
//! | command | a command line, or a list of words |
//! | environment | a table, or Supervisor's `KEY="value",…` |
//! | names, exit codes, event types, patterns | a list, or the text that Supervisor takes |
//! | paths | relative ones are relative to the project folder |
//! | all others | a string, number or boolean |
//!
//! Texts mean themselves, whatever characters they hold; [`super::expansions`] says which `%` do not. What cannot be
//! written in a conf is an error at the value.

use std::borrow::Cow;

use super::super::problem::Problem;
use super::expansions::escaped;
use crate::base::secret;
use crate::compile::document::{List, Node, Scalar, ScalarKind, Table};
use crate::compile::project::Project;
use crate::conf::options::{Opt, Section, Type};
use crate::conf::problem::{self, Finding};
use crate::conf::quote::{quote_expanded, quote_value};
use crate::conf::{environment, values};

/// Turns values of one section into texts.
pub(super) struct Writer<'a> {
    pub(super) project: &'a Project,
    /// The part, for messages.
    pub(super) part: &'a str,
    pub(super) section: Section,
}

impl Writer<'_> {
    /// What stands behind `key = `. Commands are [`super::command`]'s.
    pub(super) fn text<'n>(&self, option: &Opt, node: &'n Node) -> Result<Cow<'n, str>, Problem> {
        let plain = self.plain(option, node)?;
        let text = escaped(plain, option.expansions);
        self.check(option, node, &text)?;
        quoted(option, node, text)
    }

    /// As `text`, for a key that is not in the table.
    pub(super) fn unknown(&self, key: &str, node: &Node) -> Result<String, Problem> {
        let plain = scalar(node).ok_or_else(|| self.wrong_kind(key, "a string", node))?;
        let text = escaped(plain.into(), 1);
        quote_value(&text).map_err(|problem| Finding::new(problem, node.span()).into())
    }

    fn plain<'n>(&self, option: &Opt, node: &'n Node) -> Result<Cow<'n, str>, Problem> {
        match (option.ty, node) {
            (Type::Environment, Node::Table(table)) => self.environment(table).map(Cow::Owned),
            (Type::ExitCodes | Type::List | Type::EventTypes, Node::List(list)) => {
                self.joined(option, list, ",").map(Cow::Owned)
            }
            (Type::Patterns, Node::List(list)) => self.joined(option, list, " ").map(Cow::Owned),
            (Type::Octal, Node::Scalar(s)) if s.kind == ScalarKind::Integer => Ok(octal(&s.text)),
            (_, Node::Scalar(s)) if s.kind == ScalarKind::Integer => Ok(decimal(&s.text)),
            (ty, node) => {
                let text = scalar(node).ok_or_else(|| self.wrong_kind(option.name, ty.description(), node))?;
                Ok(self.absolute(ty, text))
            }
        }
    }

    fn environment(&self, table: &Table) -> Result<String, Problem> {
        let pairs = table.entries().iter().map(|entry| {
            let text = scalar(&entry.node).ok_or_else(|| self.wrong_kind(&entry.key.text, "a string", &entry.node))?;
            let quoted = environment::quote_pair(&entry.key.text, text);
            quoted.map_err(|problem| Problem::from(Finding::new(problem, entry.node.span())))
        });
        let pairs: Result<Vec<String>, Problem> = pairs.collect();
        Ok(pairs?.join(","))
    }

    fn joined(&self, option: &Opt, list: &List, separator: &str) -> Result<String, Problem> {
        let items = list.items.iter().map(|item| {
            let text = scalar(item).ok_or_else(|| self.wrong_kind(option.name, "a list of texts", item))?;
            let divides = |c: char| if separator == " " { c.is_whitespace() } else { c == ',' };
            if text.trim() != text || text.is_empty() || text.contains(divides) {
                return Err(self.bad_value(option, item, text));
            }
            Ok(self.absolute(option.ty, text))
        });
        Ok(items.collect::<Result<Vec<_>, _>>()?.join(separator))
    }

    /// A path from the project folder, where the type is one.
    fn absolute<'n>(&self, ty: Type, text: &'n str) -> Cow<'n, str> {
        let special = match ty {
            Type::Path | Type::Directory | Type::Patterns => text.is_empty(),
            Type::MainLog | Type::ChildLog => {
                text.is_empty() || ["auto", "none", "off", "syslog"].contains(&text.to_ascii_lowercase().as_str())
            }
            _ => true,
        };
        if special || text.starts_with(['/', '~']) || text.starts_with("%(") {
            return Cow::Borrowed(text);
        }
        Cow::Owned(self.project.absolute(text).into_string())
    }

    /// Whether supervisord takes an escaped text.
    pub(super) fn check(&self, option: &Opt, node: &Node, text: &str) -> Result<(), Problem> {
        if secret::is_marked(text) {
            let is_right = self.accepts(option, &secret::reveal(text)).is_ok();
            return if is_right { Ok(()) } else { Err(self.bad_value(option, node, text)) };
        }
        self.accepts(option, text).map_err(|problem| Finding::new(problem, node.span()).into())
    }

    fn accepts(&self, option: &Opt, text: &str) -> Result<(), problem::Problem> {
        if text.contains('%') {
            values::check_option(option, self.section, text)
        } else {
            values::check_expanded(option.ty, text)
        }
    }

    pub(super) fn wrong_kind(&self, option: &str, expected: &'static str, node: &Node) -> Problem {
        Problem::WrongKind {
            part: self.part.to_owned(),
            option: option.to_owned(),
            expected,
            actual: node.kind(),
            span: node.span(),
        }
    }

    fn bad_value(&self, option: &Opt, node: &Node, text: &str) -> Problem {
        Problem::BadValue {
            part: self.part.to_owned(),
            option: option.name.to_owned(),
            value: secret::masked(text),
            expected: option.ty.description(),
            span: node.span(),
        }
    }
}

/// An escaped text as the line that is read as it.
pub(super) fn quoted<'t>(option: &Opt, node: &Node, text: Cow<'t, str>) -> Result<Cow<'t, str>, Problem> {
    let is_plain = |b: u8| (b.is_ascii_graphic() && !matches!(b, b';' | b'#')) || b == b' ';
    if text.bytes().all(is_plain) && text.trim().len() == text.len() {
        return Ok(text);
    }
    let quoted = if option.knows_here() { quote_expanded(&text) } else { quote_value(&text) };
    let inexpressible =
        |problem| Problem::Inexpressible { option: option.name, problem: Box::new(problem), span: node.span() };
    quoted.map(Cow::Owned).map_err(inexpressible)
}

/// The text of a scalar that is not null.
pub(super) fn scalar(node: &Node) -> Option<&str> {
    node.as_scalar().filter(|s| s.kind != ScalarKind::Null).map(|s: &Scalar| &*s.text)
}

/// A whole number as supervisord reads it: TOML and YAML also know bases and `_`.
fn decimal(text: &str) -> Cow<'_, str> {
    based(text).map_or(Cow::Borrowed(text), |number| Cow::Owned(number.to_string()))
}

/// Permission bits: `0o22` is what it says, `22` and `0022` are digits of base 8 as in a conf.
fn octal(text: &str) -> Cow<'_, str> {
    based(text).map_or(Cow::Borrowed(text), |number| Cow::Owned(format!("{number:03o}")))
}

fn based(text: &str) -> Option<i64> {
    let digits = text.strip_prefix('0').map(|_| text.replace('_', ""))?;
    let parse = |prefix: &str, radix| digits.strip_prefix(prefix).and_then(|d| i64::from_str_radix(d, radix).ok());
    parse("0x", 16).or_else(|| parse("0o", 8)).or_else(|| parse("0b", 2))
}
