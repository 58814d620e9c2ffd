//! Sections of supervisord.conf at the top of a native manifest, where they would be data and have no effect: what a user
//! of Supervisor may write first. Where something refers to one it is data, and meant to be.

use crate::compile::document::Node;
use crate::conf::options;

use super::problem::Problem;
use super::section::Section;

/// Whether supervisord.conf has a section of this name, or of this kind.
pub(super) fn is_of_supervisor(name: &str) -> bool {
    options::Section::ALL.iter().any(|section| section.word() == kind(name))
}

/// What is wrong with it.
pub(super) fn problem(section: &Section) -> Problem {
    let kind = kind(&section.name);
    let inner = section.table.entries().iter().find(|entry| matches!(entry.node, Node::Table(_)));
    let named = section.name.split_once(':').map(|(_, name)| name);
    let name = named.or_else(|| inner.map(|entry| &*entry.key.text)).map(str::to_owned);
    Problem::SupervisorSection { span: section.span, kind: kind.to_owned(), name }
}

fn kind(name: &str) -> &str {
    name.split_once(':').map_or(name, |(kind, _)| kind)
}
