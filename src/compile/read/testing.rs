//! What the tests of all readers need.

use super::condition::Conditions;
use super::read;
use crate::base::{Diagnostic, Diagnostics, Sources};
use crate::compile::document::{Document, Syntax};

/// A text, read.
pub(super) struct Parsed {
    /// What it says.
    pub(super) document: Document,
    /// What is wrong with it, by place.
    pub(super) found: Vec<Diagnostic>,
    /// The text itself.
    pub(super) sources: Sources,
}

/// Reads a text with the default facts.
pub(super) fn parse(syntax: Syntax, text: &str) -> Parsed {
    let mut sources = Sources::new();
    let file = sources.add("manifest", text);
    let mut diagnostics = Diagnostics::new();
    let document = read(file, syntax, &sources, &Conditions::default(), &mut diagnostics);
    Parsed { document, found: diagnostics.sorted(), sources }
}

impl Parsed {
    /// `line:column code message | label | help` for each finding.
    pub(super) fn messages(&self) -> Vec<String> {
        self.found.iter().map(|d| self.message(d)).collect()
    }

    fn message(&self, finding: &Diagnostic) -> String {
        let place = self.sources.position(finding.span.expect("a reader's findings have a place"));
        let mut parts = vec![format!("{place} {} {}", finding.code, finding.message)];
        parts.extend(finding.labels.iter().map(|l| format!("{} {}", self.sources.position(l.span), l.text)));
        parts.extend(finding.help.iter().cloned());
        parts.join(" | ")
    }
}
