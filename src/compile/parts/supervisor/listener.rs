//! What event listeners get beyond their own options: the credentials of the daemon, in their environment.

use super::servers::Access;
use super::value::scalar;
use crate::base::Span;
use crate::compile::document::{Entry, Key, Node, Op, Scalar, Table};

/// The listener's table with the credentials first in its environment; or the environment, where it has none.
pub(super) fn with_credentials(table: &Table, access: &Access, span: Span) -> (Table, Option<Entry>) {
    let Some((user, password)) = &access.credentials else { return (table.clone(), None) };
    let mut variables = Table::new(span);
    for (name, text) in [
        ("SUPERVISOR_USERNAME", &*user.text),
        ("SUPERVISOR_PASSWORD", &*password.text),
        ("SUPERVISOR_SERVER_URL", access.url.as_str()),
    ] {
        let key = Key { text: name.into(), span };
        variables.push(Entry { key, op: Op::Set, node: Node::Scalar(Scalar::string(text, span)) });
    }
    let entry =
        |variables| Entry { key: Key { text: "environment".into(), span }, op: Op::Set, node: Node::Table(variables) };
    match table.get("environment") {
        None => (table.clone(), Some(entry(variables))),
        Some(node) => {
            let mut own = table.clone();
            let more = match node {
                Node::Table(more) => more.entries().to_vec(),
                node => pairs(node),
            };
            for entry in more {
                variables.set(entry);
            }
            own.set(entry(variables));
            (own, None)
        }
    }
}

/// The variables of an environment in Supervisor's own spelling; none where it cannot be read.
fn pairs(node: &Node) -> Vec<Entry> {
    let pairs = scalar(node).and_then(|text| crate::conf::environment::parse(text).ok()).unwrap_or_default();
    let entry = |(name, value): (String, String)| Entry {
        key: Key { text: name.into(), span: node.span() },
        op: Op::Set,
        node: Node::Scalar(Scalar::string(value, node.span())),
    };
    pairs.into_iter().map(entry).collect()
}
