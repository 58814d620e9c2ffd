//! Command lines of a native manifest.
//!
//! A first word that holds a slash is made absolute against the project folder. A secret in a command is an error, as
//! everyone on the host can read the arguments of a process.

use std::borrow::Cow;

use super::super::problem::Problem;
use super::expansions::{escaped, quoted_word};
use super::value::{Writer, quoted, scalar};
use crate::base::{Severity, secret, verbatim};
use crate::compile::document::{List, Node};
use crate::compile::project::Project;
use crate::conf::command;
use crate::conf::options::Opt;
use crate::conf::problem::{self, Finding};

/// A command as the conf holds it.
pub(super) struct Command {
    /// What stands behind `command = `.
    pub(super) text: String,
    /// Its first word, absolute where the folder is known.
    pub(super) program: String,
}

impl Command {
    /// Reads the value of an option.
    pub(super) fn of(writer: &Writer<'_>, option: &Opt, node: &Node) -> Result<Self, Problem> {
        match node {
            Node::List(list) => Self::of_words(writer, node, list),
            node => {
                let text =
                    scalar(node).ok_or_else(|| writer.wrong_kind("command", "a string or a list of words", node))?;
                check_secrets(writer, node, text)?;
                Self::of_line(writer, option, node, text)
            }
        }
    }

    fn of_words(writer: &Writer<'_>, node: &Node, list: &List) -> Result<Self, Problem> {
        let word = |item| scalar(item).ok_or_else(|| writer.wrong_kind("command", "a word", item));
        let words: Vec<&str> = list.items.iter().map(word).collect::<Result<_, _>>()?;
        words.iter().try_for_each(|word| check_secrets(writer, node, word))?;
        let Some((first, others)) = words.split_first() else { return Err(missing(writer, node)) };
        let program = absolute(writer.project, first).into_owned();
        let text = quoted_words(std::iter::once(&*program).chain(others.iter().copied()));
        Ok(Self { text: text.map_err(at(node))?, program })
    }

    /// A command line as written, but for its first word.
    fn of_line(writer: &Writer<'_>, option: &Opt, node: &Node, text: &str) -> Result<Self, Problem> {
        let text = trimmed(text);
        let end = text.find(BLANKS).unwrap_or(text.len());
        let is_quoted = text.contains(['"', '\'', '\\']);
        let words = if is_quoted { split(writer, node, text)? } else { Vec::new() };
        let first = if is_quoted { words.first().map(String::as_str) } else { Some(&text[..end]) };
        let Some(first) = first.filter(|word| is_quoted || !word.is_empty()) else {
            return Err(missing(writer, node));
        };
        let program = absolute(writer.project, first);
        let text = if program == *first {
            quoted(option, node, escaped(text.into(), 1))?.into_owned()
        } else if text[..end] == *first {
            let rest = escaped(text[end..].into(), 1);
            let line = format!("{}{rest}", quoted_word(&program).map_err(at(node))?);
            quoted(option, node, line.into())?.into_owned()
        } else {
            let others = words[1..].iter().map(String::as_str);
            quoted_words(std::iter::once(&*program).chain(others)).map_err(at(node))?
        };
        Ok(Self { text, program: program.into_owned() })
    }
}

/// What divides the words of a command line.
const BLANKS: [char; 4] = [' ', '\t', '\r', '\n'];

fn at(node: &Node) -> impl Fn(problem::Problem) -> Problem {
    let span = node.span();
    move |problem| Finding::new(problem, span).into()
}

fn missing(writer: &Writer<'_>, node: &Node) -> Problem {
    let (part, option) = (writer.part.to_owned(), "command".to_owned());
    Problem::MissingOption { part, option, span: node.span() }
}

fn check_secrets(writer: &Writer<'_>, node: &Node, text: &str) -> Result<(), Problem> {
    // What the daemon fills in at its start is a password, too.
    if secret::is_marked(text) || verbatim::is_marked(text) {
        let (part, severity) = (writer.part.to_owned(), Severity::Error);
        return Err(Problem::SecretInCommand { part, severity, span: node.span() });
    }
    Ok(())
}

fn split(writer: &Writer<'_>, node: &Node, text: &str) -> Result<Vec<String>, Problem> {
    let part = writer.part;
    command::split(text).map_err(|why| Problem::BadCommand { part: part.to_owned(), why, span: node.span() })
}

fn quoted_words<'w>(words: impl Iterator<Item = &'w str>) -> Result<String, problem::Problem> {
    let words: Result<Vec<String>, _> = words.map(quoted_word).collect();
    Ok(words?.join(" "))
}

/// Without blanks at the ends, as far as they mean nothing.
fn trimmed(text: &str) -> &str {
    let blank = |c: char| matches!(c, ' ' | '\t' | '\n');
    let text = text.trim_start_matches(blank);
    let end = text.trim_end_matches(blank);
    if end.ends_with('\\') { text } else { end }
}

/// `word` from the project folder if it holds a slash and does not begin elsewhere.
fn absolute<'a>(project: &Project, word: &'a str) -> Cow<'a, str> {
    if !word.contains('/') || word.starts_with(['/', '~']) || word.starts_with("%(") {
        return Cow::Borrowed(word);
    }
    Cow::Owned(project.absolute(word).into_string())
}
