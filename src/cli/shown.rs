//! Values of a manifest as `query` and `annotate` show them: as text, without secrets.

use super::hidden::{self, MASK};
use crate::base::secret;
use crate::base::telling::{self, Form};
use crate::compile::document::{Node, Table};

/// All values of a table, by dotted path, in the order of the manifest.
pub(super) fn values(table: &Table) -> Vec<(String, String)> {
    let mut all = Vec::new();
    collect("", table, &mut all);
    all
}

fn collect(prefix: &str, table: &Table, all: &mut Vec<(String, String)>) {
    for entry in table.entries() {
        let path = format!("{prefix}{}", entry.key.text);
        match &entry.node {
            Node::Table(inner) => collect(&format!("{path}."), inner, all),
            node => {
                let text = node_text(&path, node);
                all.push((path, text));
            }
        }
    }
}

/// A value: a text as it is, a list one item a line, a table one value a line.
pub(super) fn node_text(key: &str, node: &Node) -> String {
    match node {
        Node::Scalar(scalar) => masked(key, &scalar.text),
        Node::List(list) => list.items.iter().map(|item| node_text(key, item)).collect::<Vec<_>>().join("\n"),
        Node::Table(table) => {
            let lines =
                values(table).into_iter().map(|(path, value)| format!("{path} = {}", value.replace('\n', ", ")));
            lines.collect::<Vec<_>>().join("\n")
        }
    }
}

/// A value with its lines run together.
pub(super) fn one_line(key: &str, value: &str) -> String {
    masked(key, value).lines().map(str::trim).filter(|line| !line.is_empty()).collect::<Vec<_>>().join(" | ")
}

/// Marked text is left out; so is the value of a key that says that it is a password, unless it only refers to one, and
/// what is told to be a secret by a name within a text.
fn masked(key: &str, value: &str) -> String {
    let name = key.rsplit('.').next().unwrap_or(key);
    let written = secret::reveal(value);
    if hidden::is_reference(&written) {
        return written;
    }
    if secret::tells(name) && !value.is_empty() {
        return MASK.to_owned();
    }
    let form = if name.ends_with("environment") { Form::Environment } else { Form::Command };
    secret::masked(&telling::marked(value.into(), form))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn passwords_are_not_shown_and_references_are() {
        assert_eq!(masked("credentials.password", "x"), MASK);
        assert_eq!(masked("password", "${passwords:admin}"), "${passwords:admin}");
        assert_eq!(masked("password", "${a:b}x${c:d}"), MASK);
        assert_eq!(masked("credentials.password.env", "SHOP"), "SHOP");
        assert_eq!(masked("command", &format!("a {} b", secret::mark("x"))), "a (secret) b");
        assert_eq!(masked("command", "a --token=b $<c:d>"), "a --token=(secret) $<c:d>");
        assert_eq!(masked("environment", "A_TOKEN=a,B=b"), "A_TOKEN=(secret),B=b");
        assert_eq!(one_line("programs", "\n  a\n\n  b"), "a | b");
    }
}
