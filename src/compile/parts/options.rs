//! Reading a part's options: which are there, which are missing, which have the wrong type.

use super::problem::Problem;
use crate::compile::document::{Node, Scalar};
use crate::compile::project::Part;

/// The options of one part, with the problems met so far.
pub(super) struct Options<'a> {
    part: &'a Part,
    problems: Vec<Problem>,
}

impl<'a> Options<'a> {
    /// All options of `part`.
    pub(super) fn of(part: &'a Part) -> Self {
        Self { part, problems: Vec::new() }
    }

    /// The scalar under `name`; a list or table there is a problem.
    pub(super) fn text(&mut self, name: &str) -> Option<&'a Scalar> {
        match self.part.table.get(name)? {
            Node::Scalar(scalar) => Some(scalar),
            other => {
                self.problems.push(Problem::WrongKind {
                    part: self.part.name.clone(),
                    option: name.to_owned(),
                    expected: "a string",
                    actual: other.kind(),
                    span: other.span(),
                });
                None
            }
        }
    }

    /// As [`Options::text`]; that it is missing is a problem too.
    pub(super) fn required(&mut self, name: &str) -> Option<&'a Scalar> {
        self.required_any(name);
        self.text(name)
    }

    /// That there is nothing under `name` is a problem; what there is may be of any type.
    pub(super) fn required_any(&mut self, name: &str) {
        if self.part.table.get(name).is_none() {
            let (part, option) = (self.part.name.clone(), name.to_owned());
            self.problems.push(Problem::MissingOption { part, option, span: self.part.span });
        }
    }

    /// All problems met.
    pub(super) fn finish(self) -> Vec<Problem> {
        self.problems
    }
}
