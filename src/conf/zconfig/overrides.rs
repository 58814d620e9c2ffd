//! `-X section/key=value`: values of the command line that stand in the place of the file's.

use super::problem::{Finding, Problem};
use super::tree::{Key, Section};
use crate::base::{Sources, Span};

/// The name by which messages call the command line.
pub const SOURCE: &str = "command line";

/// A value, and the path to its key.
struct Specifier<'t> {
    path: Vec<&'t str>,
    value: &'t str,
    /// All of it.
    span: Span,
    value_span: Span,
}

/// Puts the values of `specifiers` into the tree.
pub fn apply(top: &mut Section, specifiers: &[String], sources: &mut Sources) -> Vec<Finding> {
    let mut findings = Vec::new();
    let mut wanted = Vec::new();
    for text in specifiers {
        let file = sources.add(SOURCE, text.as_str());
        let span = Span::new(file, 0, text.len());
        match text.split_once('=') {
            None => findings.push(Finding::new(Problem::NoSpecifier, span)),
            Some((path, _)) if path.split('/').any(str::is_empty) => {
                findings.push(Finding::new(Problem::EmptyName, span));
            }
            Some((path, value)) => {
                let value_span = span.part(path.len() + 1, text.len());
                wanted.push(Specifier { path: path.split('/').collect(), value, span, value_span });
            }
        }
    }
    put(top, wanted, &mut findings);
    findings
}

/// All that is wanted of a section and of what is in it.
fn put(section: &mut Section, wanted: Vec<Specifier<'_>>, findings: &mut Vec<Finding>) {
    let (own, mut inner): (Vec<_>, Vec<_>) = wanted.into_iter().partition(|specifier| specifier.path.len() == 1);
    let names: Vec<String> = own.iter().map(|specifier| specifier.path[0].to_lowercase()).collect();
    section.keys.retain(|key| !names.contains(&key.name.to_lowercase()));
    for specifier in own {
        let name = specifier.path[0].to_owned();
        let name_span = specifier.span.part(0, name.len());
        let value = specifier.value.to_owned();
        section.keys.push(Key { name, name_span, value, value_span: specifier.value_span });
    }
    for child in &mut section.sections {
        let meant = |specifier: &Specifier<'_>| {
            let name = specifier.path[0].to_lowercase();
            name == child.kind || child.name.as_ref() == Some(&name)
        };
        let (mine, rest): (Vec<_>, Vec<_>) = inner.into_iter().partition(meant);
        inner = rest;
        let mine = mine.into_iter().map(|specifier| Specifier { path: specifier.path[1..].to_vec(), ..specifier });
        put(child, mine.collect(), findings);
    }
    findings.extend(inner.into_iter().map(|specifier| Finding::new(Problem::NotConsumed, specifier.span)));
}
