//! What is told once. Parts of a `.cfg` warn of much of what supervisord would say, as a build goes on with it; what the
//! reader of the built configuration says again makes the warning as bad as supervisord takes it.

use std::collections::{BTreeMap, BTreeSet};

use crate::base::{Diagnostic, Diagnostics, Span};

/// What has been found already, to tell which findings of the reader say it again.
#[derive(Debug)]
pub struct Told {
    /// Numbers of findings, by their place.
    by_place: BTreeMap<Option<Span>, Vec<usize>>,
    /// Those that a finding of the reader has been matched with.
    matched: BTreeSet<usize>,
}

impl Told {
    /// Told of what is found so far.
    pub fn new(found: &Diagnostics) -> Self {
        let mut by_place: BTreeMap<Option<Span>, Vec<usize>> = BTreeMap::new();
        for (number, finding) in found.iter().enumerate() {
            by_place.entry(finding.span).or_default().push(number);
        }
        Self { by_place, matched: BTreeSet::new() }
    }

    /// Adds a finding, or makes the one that says the same as bad as it.
    pub fn add(&mut self, finding: Diagnostic, found: &mut Diagnostics) {
        let here = self.by_place.entry(finding.span).or_default();
        if let Some(number) = same(&finding, here, &self.matched, found) {
            self.matched.insert(number);
            return found.raise(number, finding.severity);
        }
        let number = found.iter().count();
        found.push(finding);
        if found.iter().count() > number {
            here.push(number);
            self.matched.insert(number);
        }
    }
}

/// The one of the findings `here` that says the same: in the same words, or else by the same rule. The reader often adds to
/// the words in which section it is.
fn same(finding: &Diagnostic, here: &[usize], matched: &BTreeSet<usize>, found: &Diagnostics) -> Option<usize> {
    let rule = |code: &'static str| code.strip_prefix("conf-").unwrap_or(code);
    let others = found.iter().enumerate().filter(|(number, _)| here.contains(number));
    let alike: Vec<_> = others.filter(|(_, other)| rule(other.code) == rule(finding.code)).collect();
    let worded = alike.iter().find(|(_, other)| finding.message.starts_with(&other.message));
    let by_rule = || alike.iter().find(|(number, _)| !matched.contains(number));
    worded.or_else(by_rule).map(|(number, _)| *number)
}
