//! `program`: one program as a part of its own. The `supervisor` parts that list it write its section.
//!
//! Its options are those of `[program:NAME]`, and `ports`, `credentials` and `location`, which others refer to.

use std::collections::{HashMap, HashSet};

use super::UNKNOWN;
use super::builder::Builder;
use super::problem::Problem;
use super::supervisor;
use crate::base::Span;
use crate::compile::document::Node;
use crate::compile::known::{self, Known, Options};
use crate::compile::project::{Part, Project};
use crate::conf::options::Section;

/// Options of the part that are not the program's.
pub(super) const OWN: &[Known] = &[known::RECIPE, known::LOCATION, known::PORTS, known::CREDENTIALS];

/// All of them.
pub(super) const OPTIONS: Options =
    Options::Native { own: OWN, section: Some(Section::Program), tables: &[], any: false };

/// Warns of programs that no supervisor runs, and checks their options, which nothing else looks at.
pub(super) fn warn_of_unlisted(builder: &mut Builder<'_>) {
    let project = builder.project;
    let supervisors = project.parts.iter().filter(|part| part.kind.name == "supervisor");
    let unknown = project.parts.iter().filter(|part| part.kind.name == UNKNOWN.name);
    let first = supervisors.clone().next().map(|supervisor| &*supervisor.name);
    let listed: HashSet<&str> = supervisors.chain(unknown).flat_map(listed).map(|(name, _)| name).collect();
    for part in project.parts.iter().filter(|part| part.kind.name == "program" && !listed.contains(&*part.name)) {
        let errors = builder.count_errors();
        supervisor::check_program(part, builder);
        // What cannot be built yet need not be run yet.
        if builder.count_errors() == errors {
            let supervisor = first.map(str::to_owned);
            builder.report(Problem::UnlistedProgram { part: part.name.clone(), supervisor, span: part.span });
        }
    }
}

/// The names in the `programs` of a supervisor part, with their places.
pub(super) fn listed(supervisor: &Part) -> impl Iterator<Item = (&str, Span)> {
    supervisor.table.get("programs").into_iter().flat_map(names)
}

/// Names in a list, or in a text between commas.
pub fn names(node: &Node) -> Box<dyn Iterator<Item = (&str, Span)> + '_> {
    match node {
        Node::List(list) => Box::new(list.items.iter().filter_map(Node::as_scalar).map(|s| (&*s.text, s.span))),
        Node::Scalar(scalar) => {
            let names = scalar.text.split(',').map(str::trim).filter(|name| !name.is_empty());
            Box::new(names.map(|name| (name, scalar.span)))
        }
        Node::Table(_) => Box::new(std::iter::empty()),
    }
}

/// What a name in `programs` stands for.
pub(super) enum Listed<'a> {
    /// A program.
    Program(&'a Part),
    /// A part of another kind.
    Other,
    /// A part of which it is not known what it is: it may be a program.
    Unknown,
}

/// All parts by name, as supervisors see them.
pub(super) fn all(project: &Project) -> HashMap<&str, Listed<'_>> {
    let parts = project.parts.iter().map(|part| match part.kind.name {
        "program" => (&*part.name, Listed::Program(part)),
        name if name == UNKNOWN.name => (&*part.name, Listed::Unknown),
        _ => (&*part.name, Listed::Other),
    });
    parts.collect()
}
