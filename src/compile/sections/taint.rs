//! What a password is taken from is as secret as the password.
//!
//! `password = "$<secrets:pw>"`: nothing else that refers to `secrets:pw` may show it either. So before anything is worked
//! out, the values and variables that passwords are, by one reference or a chain of them, are marked
//! ([`crate::base::secret`]), and the marks go along to wherever they are referred to. A password that is put together
//! makes a secret of none of its pieces: one of them may be the name of the project.

use std::collections::HashSet;

use crate::base::secret;
use crate::compile::document::{Node, Scalar, ScalarKind};
use crate::compile::parts;

use super::lookup::ENVIRONMENT;
use super::problem::Problem;
use super::resolve::Resolver;
use super::section::{Role, node_at, node_at_mut};
use super::template::{self, Piece, What, may_refer};

/// A text that is a password, or that one is taken from.
struct Source {
    /// The section that it stands in.
    section: usize,
    text: String,
    /// The part whose password it is, for messages.
    part: usize,
}

impl Resolver<'_> {
    /// Marks all that passwords are taken from. To be called before any section is looked at.
    pub(super) fn mark_sources(&mut self) {
        let mut open = self.passwords();
        let mut seen = HashSet::new();
        while let Some(source) = open.pop() {
            let Some((section, path)) = self.referred_to(&source) else { continue };
            if seen.insert((section, path.clone())) {
                open.extend(self.mark_source(section, &path, source.part));
            }
        }
    }

    /// The passwords of all parts.
    fn passwords(&mut self) -> Vec<Source> {
        let (mut found, mut variables) = (Vec::new(), Vec::new());
        for (number, section) in self.sections.list.iter().enumerate() {
            let nodes: Vec<&Node> = if self.is_cfg {
                let kind = section.table.scalar("recipe").and_then(|s| parts::find(&s.text, true, s.span).ok());
                let options = kind.into_iter().flat_map(parts::secret_options);
                options.filter_map(|option| section.table.get(option)).collect()
            } else {
                let credentials = section.table.get("credentials").filter(|_| section.role == Role::Part);
                credentials.and_then(Node::as_table).and_then(|table| table.get("password")).into_iter().collect()
            };
            for node in nodes {
                match node {
                    Node::Scalar(scalar) => {
                        found.push(Source { section: number, text: scalar.text.to_string(), part: number });
                    }
                    other => variables.extend(variable_of(other)),
                }
            }
        }
        self.secret_variables.extend(variables);
        found
    }

    /// The value that a text is by one reference. What it means nothing by is reported when it is worked out.
    fn referred_to(&mut self, source: &Source) -> Option<(usize, Vec<u32>)> {
        let text = &*source.text;
        let pieces: Vec<Piece> = template::parse(text, self.grammar, &mut |_, _| {});
        let [Piece { range, what: What::Reference { section, key, is_native } }] = &*pieces else { return None };
        if *range != (0..text.len()) {
            return None;
        }
        let (section, key) = (&text[section.clone()], &text[key.clone()]);
        if *is_native && section == ENVIRONMENT {
            self.secret_variables.insert(key.to_owned());
            return None;
        }
        let number = self.section_of(source.section, section)?;
        let path = if self.is_cfg {
            vec![u32::try_from(self.sections.list[number].table.position(key)?).ok()?]
        } else {
            self.path(number, key).ok()?
        };
        Some((number, path))
    }

    /// Marks a value; what it is taken from in turn.
    fn mark_source(&mut self, number: usize, path: &[u32], part: usize) -> Option<Source> {
        let section = &self.sections.list[number];
        let key = section.path_name(path);
        if let Some(history) = &mut self.history {
            history.mark_secret(&section.name, &key);
        }
        let scalar = match node_at(&section.table, path)? {
            Node::Scalar(scalar) => scalar.clone(),
            other => {
                self.secret_variables.extend(variable_of(other));
                return None;
            }
        };
        if scalar.text.is_empty() || scalar.kind == ScalarKind::Null || secret::is_marked(&scalar.text) {
            return None;
        }
        if !may_refer(&scalar.text) {
            let part = self.sections.list[part].name.to_string();
            self.found.push(Problem::LiteralPassword { span: scalar.span, part, is_cfg: self.is_cfg });
        }
        let source = Source { section: number, text: scalar.text.to_string(), part };
        let marked = Scalar { text: secret::mark(&scalar.text).into(), kind: ScalarKind::String, ..scalar };
        if let Some(node) = node_at_mut(&mut self.sections.list[number].table, path) {
            *node = Node::Scalar(marked);
        }
        Some(source)
    }
}

/// The variable of `{ env = "NAME" }`.
fn variable_of(node: &Node) -> Option<String> {
    node.as_table()?.scalar(ENVIRONMENT).map(|name| name.text.to_string())
}
