//! Command lines of a native manifest.
//!
//! A first word that holds a slash is made absolute against the project folder. A secret in a command is an error, as
//! everyone on the host can read the arguments of a process.

use std::borrow::Cow;

use super::super::problem::Problem;
use super::expansions::{escaped, quoted_word};
use super::value::{Writer, quoted, scalar};
use crate::base::{Severity, secret};
use crate::compile::document::{List, Node};
use crate::compile::project::Project;
use crate::conf::command;
use crate::conf::options::Opt;
use crate::conf::problem::{self, Finding};

/// What stands behind `command = `.
pub(super) fn text(writer: &Writer<'_>, option: &Opt, node: &Node) -> Result<String, Problem> {
    let at = |problem: problem::Problem| Problem::from(Finding::new(problem, node.span()));
    match node {
        Node::List(list) => {
            let words = words(writer, list)?;
            check_secrets(writer, node, &words)?;
            let first = words.first().map(|word| absolute(writer.project, word).into_owned());
            let all = first.into_iter().chain(words.into_iter().skip(1));
            let words: Result<Vec<String>, _> = all.map(|word| quoted_word(&word)).collect();
            nonempty(writer, node, words.map_err(at)?.join(" "))
        }
        node => {
            let text = scalar(node).ok_or_else(|| writer.wrong_kind("command", "a string or a list of words", node))?;
            check_secrets(writer, node, &[text.to_owned()])?;
            line(writer, option, node, text)
        }
    }
}

fn words(writer: &Writer<'_>, list: &List) -> Result<Vec<String>, Problem> {
    let word = |item| scalar(item).map(str::to_owned).ok_or_else(|| writer.wrong_kind("command", "a word", item));
    list.items.iter().map(word).collect()
}

fn check_secrets(writer: &Writer<'_>, node: &Node, words: &[String]) -> Result<(), Problem> {
    if words.iter().any(|word| secret::is_marked(word)) {
        return Err(Problem::SecretInCommand {
            part: writer.part.to_owned(),
            severity: Severity::Error,
            span: node.span(),
        });
    }
    Ok(())
}

fn nonempty(writer: &Writer<'_>, node: &Node, text: String) -> Result<String, Problem> {
    if text.is_empty() {
        let (part, option) = (writer.part.to_owned(), "command".to_owned());
        return Err(Problem::MissingOption { part, option, span: node.span() });
    }
    Ok(text)
}

/// A command line as written, but for its first word.
fn line(writer: &Writer<'_>, option: &Opt, node: &Node, text: &str) -> Result<String, Problem> {
    let at = |problem: problem::Problem| Problem::from(Finding::new(problem, node.span()));
    let text = trimmed(text);
    let words = command::split(text).map_err(|why| Problem::BadCommand {
        part: writer.part.to_owned(),
        why,
        span: node.span(),
    })?;
    let Some(first) = words.first() else { return nonempty(writer, node, String::new()) };
    let full = absolute(writer.project, first);
    if full == *first {
        return quoted(option, node, &escaped(text, 1));
    }
    if !text.starts_with(first.as_str()) || text[first.len()..].starts_with(|c: char| !c.is_ascii_whitespace()) {
        let all = std::iter::once(&*full).chain(words[1..].iter().map(String::as_str));
        let words: Result<Vec<String>, _> = all.map(quoted_word).collect();
        return Ok(words.map_err(at)?.join(" "));
    }
    let rest = escaped(&text[first.len()..], 1);
    quoted(option, node, &format!("{}{rest}", quoted_word(&full).map_err(at)?))
}

/// Without blanks at the ends, as far as they mean nothing.
fn trimmed(text: &str) -> &str {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
    let text = text.trim_start_matches(blank);
    let end = text.trim_end_matches(blank);
    if end.ends_with('\\') { text } else { end }
}

/// `word` from the project folder if it holds a slash and does not begin elsewhere.
pub(super) fn absolute<'a>(project: &Project, word: &'a str) -> Cow<'a, str> {
    if !word.contains('/') || word.starts_with(['/', '~']) || word.starts_with("%(") {
        return Cow::Borrowed(word);
    }
    Cow::Owned(project.absolute(word).into_string())
}

/// The first word of a command, made absolute.
pub(super) fn first_word(project: &Project, node: &Node) -> Option<String> {
    let word = match node {
        Node::List(list) => list.items.first().and_then(scalar)?.to_owned(),
        node => command::split(scalar(node)?).ok()?.into_iter().next()?,
    };
    Some(absolute(project, &word).into_owned())
}
