//! Secrets that stand in the manifest as the value of a variable whose name tells: `environment = { DB_PASSWORD = "x" }`.
//!
//! Looked at before references are followed: what comes from elsewhere is no literal. What stands in a command line is
//! told where that is made, as it is seen there wherever it comes from.

use crate::base::Span;
use crate::base::telling::{self, Form};
use crate::compile::document::{Entry, Node, Scalar, Table};
use crate::compile::parts;

use super::problem::Problem;
use super::resolve::Resolver;
use super::section::{Role, Section};
use super::template::may_refer;
use super::words;

/// The variables of a section.
const ENVIRONMENT: &str = "environment";
/// The options of a `.cfg` that hold variables.
const LINES: [&str; 3] = ["programs", "eventlisteners", "supervisord-environment"];

impl Resolver<'_> {
    /// Warns of all of them. To be called before references are followed.
    pub(super) fn warn_of_literals(&mut self) {
        let mut found = Vec::new();
        for section in &self.sections.list {
            if self.is_cfg {
                self.in_lines(section, &mut found);
            } else if section.role == Role::Part {
                self.in_table(&section.name, &section.table, &mut found);
            }
        }
        self.found.extend(found.into_iter().map(Into::into));
    }

    /// The variables of a part and of the sections in it.
    fn in_table(&self, part: &str, table: &Table, found: &mut Vec<Problem>) {
        for Entry { key, node, .. } in table.entries() {
            match node {
                Node::Table(variables) if &*key.text == ENVIRONMENT => {
                    let scalars = variables.entries().iter().filter_map(|e| Some((&*e.key.text, e.node.as_scalar()?)));
                    let literals = scalars.filter(|(name, value)| is_literal(name, &value.text));
                    found.extend(literals.map(|(name, value)| problem(part, name, value.span)));
                }
                Node::Table(inner) => self.in_table(part, inner, found),
                Node::Scalar(text) if &*key.text == ENVIRONMENT => self.in_text(part, text, found),
                _ => {}
            }
        }
    }

    fn in_lines(&self, section: &Section, found: &mut Vec<Problem>) {
        let recipe = section.table.scalar("recipe");
        let is_ours =
            recipe.is_some_and(|recipe| parts::find(&recipe.text, true, recipe.span).is_ok_and(is_supervisor));
        let options = LINES.iter().filter(|_| is_ours).filter_map(|option| section.table.scalar(option));
        options.for_each(|text| self.in_text(&section.name, text, found));
    }

    fn in_text(&self, part: &str, text: &Scalar, found: &mut Vec<Problem>) {
        for range in telling::secrets(&text.text, Form::Environment) {
            let before = text.text[..range.start].trim_end_matches(['"', '\'', '=']);
            let start = before.rfind(|c: char| !c.is_alphanumeric() && c != '_' && c != '-').map_or(0, |at| at + 1);
            let name = &before[start..];
            // An argument of a command is none of these.
            if !name.starts_with('-') && is_literal(name, &text.text[range.clone()]) {
                found.push(problem(part, name, words::place(text, &range, self.sources)));
            }
        }
    }
}

fn is_supervisor(kind: &parts::Kind) -> bool {
    !parts::secret_options(kind).is_empty()
}

fn is_literal(name: &str, value: &str) -> bool {
    telling::is_secret(name, value) && !may_refer(value)
}

fn problem(part: &str, name: &str, span: Span) -> Problem {
    Problem::LiteralVariable { span, part: part.to_owned(), name: name.to_owned() }
}
