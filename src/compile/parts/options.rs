//! Reading a part's options: which are there, which are missing, which have the wrong type.

use super::problem::Problem;
use crate::base::{Span, suggest};
use crate::compile::document::{Key, Node, Scalar};
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

/// Lines of a value that are not empty, with their places.
pub(super) fn lines_of(scalar: &Scalar) -> impl Iterator<Item = (&str, Span)> {
    let lines = scalar.text.split('\n').enumerate().map(|(n, line)| (line, scalar.line_span(n)));
    lines.filter(|(line, _)| !line.is_empty())
}

/// Options of zc.recipe.egg, with which recipes of Python make scripts: here they mean nothing.
pub(super) const EGG: [&str; 14] = [
    "eggs",
    "find-links",
    "index",
    "extra-paths",
    "relative-paths",
    "scripts",
    "dependent-scripts",
    "interpreter",
    "entry-points",
    "initialization",
    "arguments",
    "executable",
    "python",
    "unzip",
];

/// An option of a `.cfg` that its recipe does not know is data for those who refer to it; if nobody does, it is a slip.
/// buildout warns of it as well. Who extends a fragment may refer to it.
pub(super) fn without_effect(part: &Part, key: &Key, known: &[&'static str], is_fragment: bool) -> Option<Problem> {
    let known = || known.iter().chain(&EGG).copied();
    if known().any(|name| name == &*key.text) || part.referred.contains(&key.text) {
        return None;
    }
    let nearest = suggest::nearest(&key.text, known());
    let nearest = nearest.map(|meant| meant.unless(|name| part.table.has_beside(name, key.span)));
    if is_fragment && nearest.is_none() {
        return None;
    }
    Some(Problem::WithoutEffect { part: part.name.clone(), key: key.text.to_string(), nearest, span: key.span })
}
