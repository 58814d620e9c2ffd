//! Findings as data: what is wrong, where, by which rule, and what would be right.
//!
//! Stages return a value *and* their findings and go on; only the end of a run decides to fail. Each layer has one
//! enum of its problems and one `impl From<Problem> for Diagnostic` in which all its words stand.

use std::collections::BTreeMap;

use super::fix::Fix;
use super::source::Span;
use super::suggest::{Hints, Meant};
use super::{secret, verbatim};

/// How bad a finding is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Severity {
    /// Worth knowing; never fails a run.
    Info,
    /// Probably not what was meant; fails `lint` by default.
    Warning,
    /// The run cannot give its result.
    Error,
}

impl Severity {
    /// `error`, `warning`, `info`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Info => "info",
            Self::Warning => "warning",
            Self::Error => "error",
        }
    }
}

/// A second place that explains the first.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Label {
    /// Where.
    pub span: Span,
    /// What is there, such as `first declared here`.
    pub text: String,
}

/// One finding.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Diagnostic {
    /// Stable name of the rule, such as `unknown-option`.
    pub code: &'static str,
    /// How bad it is.
    pub severity: Severity,
    /// One sentence, lower case, no full stop, names in backticks.
    pub message: String,
    /// The place that is wrong; none where the fault is not in a text (a folder that cannot be written).
    pub span: Option<Span>,
    /// What stands under the marked text; may be empty.
    pub note: String,
    /// Other places, in the order in which they explain the fault.
    pub labels: Vec<Label>,
    /// What would be right, one line each.
    pub help: Vec<String>,
    /// What would mend it.
    pub fix: Option<Box<Fix>>,
}

impl Diagnostic {
    /// A finding of any severity.
    pub fn new(
        severity: Severity,
        code: &'static str,
        span: impl Into<Option<Span>>,
        message: impl Into<String>,
    ) -> Self {
        Self {
            code,
            severity,
            message: shown(message.into()),
            span: span.into(),
            note: String::new(),
            labels: Vec::new(),
            help: Vec::new(),
            fix: None,
        }
    }

    /// An error.
    pub fn error(code: &'static str, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Error, code, span, message)
    }

    /// A warning.
    pub fn warning(code: &'static str, span: impl Into<Option<Span>>, message: impl Into<String>) -> Self {
        Self::new(Severity::Warning, code, span, message)
    }

    /// Sets what stands under the marked text.
    #[must_use]
    pub fn note(mut self, text: impl Into<String>) -> Self {
        self.note = shown(text.into());
        self
    }

    /// Adds another place.
    #[must_use]
    pub fn label(mut self, span: Span, text: impl Into<String>) -> Self {
        self.labels.push(Label { span, text: shown(text.into()) });
        self
    }

    /// Adds a line of help.
    #[must_use]
    pub fn help(mut self, text: impl Into<String>) -> Self {
        self.help.push(shown(text.into()));
        self
    }

    /// Adds what was probably meant.
    #[must_use]
    pub fn meant(self, meant: Option<&Meant>) -> Self {
        match meant {
            Some(meant) => self.help(meant.help()),
            None => self,
        }
    }

    /// Sets what would mend it.
    #[must_use]
    pub fn fix(mut self, fix: Fix) -> Self {
        self.fix = Some(Box::new(fix));
        self
    }
}

/// A text as everyone may see it: what problems quote can hold secrets and marks.
fn shown(text: String) -> String {
    if secret::holds_reserved(&text) { verbatim::reveal(&secret::masked(&text)) } else { text }
}

/// How many findings of one severity are kept; nobody reads more, and a bad input must not fill the memory.
const KEPT: usize = 1000;

/// The findings of a run so far.
#[derive(Debug, Default)]
pub struct Diagnostics {
    found: Vec<Diagnostic>,
    /// How many of each severity are among them.
    kept: BTreeMap<Severity, usize>,
    /// How many of each severity were not kept.
    more: BTreeMap<Severity, usize>,
    hints: Hints,
}

impl Diagnostics {
    /// None yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds one.
    pub fn push(&mut self, finding: impl Into<Diagnostic>) {
        let finding = finding.into();
        let kept = self.kept.entry(finding.severity).or_default();
        if *kept < KEPT {
            *kept += 1;
            self.found.push(finding);
        } else {
            *self.more.entry(finding.severity).or_default() += 1;
        }
    }

    /// The candidate that `name` is a slip of, for the help of a finding; none where so much was found that it would take
    /// too long.
    pub fn nearest<'a>(&self, name: &str, candidates: impl IntoIterator<Item = &'a str>) -> Option<Meant> {
        self.hints.nearest(name, candidates)
    }

    /// Adds all of another run's.
    pub fn extend(&mut self, others: impl IntoIterator<Item = Diagnostic>) {
        others.into_iter().for_each(|finding| self.push(finding));
    }

    /// Keeps only those that are wanted.
    pub fn retain(&mut self, wanted: impl FnMut(&Diagnostic) -> bool) {
        self.found.retain(wanted);
        self.kept.clear();
        self.found.iter().for_each(|finding| *self.kept.entry(finding.severity).or_default() += 1);
    }

    /// Makes the finding of this number, in the order of their discovery, at least as bad as `severity`.
    pub fn raise(&mut self, number: usize, severity: Severity) {
        let Some(finding) = self.found.get_mut(number).filter(|finding| finding.severity < severity) else { return };
        self.kept.entry(finding.severity).and_modify(|kept| *kept -= 1);
        *self.kept.entry(severity).or_default() += 1;
        finding.severity = severity;
    }

    /// How many of a severity there were, kept or not.
    pub fn count(&self, severity: Severity) -> usize {
        [&self.kept, &self.more].into_iter().filter_map(|counts| counts.get(&severity)).sum()
    }

    /// Whether any of them is an error.
    pub fn has_errors(&self) -> bool {
        self.found.iter().any(|d| d.severity == Severity::Error)
    }

    /// Whether there are none at all.
    pub fn is_empty(&self) -> bool {
        self.found.is_empty()
    }

    /// All of them in the order of their discovery.
    pub fn iter(&self) -> impl Iterator<Item = &Diagnostic> {
        self.found.iter()
    }

    /// In the order in which they are shown ([`sort`]). Last comes how many more there were.
    pub fn sorted(mut self) -> Vec<Diagnostic> {
        sort(&mut self.found);
        self.into_iter().collect()
    }
}

/// Puts findings into the order in which they are shown: by place (those without one last), then severity, then code;
/// each once.
pub fn sort(found: &mut Vec<Diagnostic>) {
    found.sort_by(|a, b| {
        let place = |d: &Diagnostic| (d.span.is_none(), d.span.map(|s| (s.file, s.start)));
        place(a)
            .cmp(&place(b))
            .then(b.severity.cmp(&a.severity))
            .then(a.code.cmp(b.code))
            .then(a.message.cmp(&b.message))
    });
    found.dedup();
}

/// What stands for the findings of a severity that were not kept.
fn not_kept((severity, more): (Severity, usize)) -> Diagnostic {
    let many = if more == 1 { "1 more finding is".to_owned() } else { format!("{more} more findings are") };
    Diagnostic::new(severity, "more-findings", None, format!("{many} not shown"))
}

impl IntoIterator for Diagnostics {
    type Item = Diagnostic;
    type IntoIter = std::vec::IntoIter<Diagnostic>;

    fn into_iter(self) -> Self::IntoIter {
        let mut all = self.found;
        all.extend(self.more.into_iter().map(not_kept));
        all.into_iter()
    }
}

#[cfg(test)]
mod tests {
    use super::super::source::Sources;
    use super::*;

    #[test]
    fn findings_are_shown_by_place_and_once() {
        let mut sources = Sources::new();
        let file = sources.add("a", "0123456789");
        let mut found = Diagnostics::new();
        found.push(Diagnostic::error("io", None, "cannot write"));
        found.push(Diagnostic::warning("w", Span::new(file, 5, 6), "later"));
        found.push(Diagnostic::error("e", Span::new(file, 1, 2), "first"));
        found.push(Diagnostic::error("e", Span::new(file, 1, 2), "first"));
        assert!(found.has_errors());
        let messages: Vec<_> = found.sorted().into_iter().map(|d| d.message).collect();
        assert_eq!(messages, ["first", "later", "cannot write"]);
    }

    #[test]
    fn no_text_of_a_finding_shows_a_secret() {
        let (told, span) = (format!("a {} b", secret::mark("s3kret")), Sources::new().add("a", ""));
        let span = Span::new(span, 0, 0);
        let finding = Diagnostic::error("e", span, &*told).note(&*told).label(span, &*told).help(&*told);
        let texts = [&finding.message, &finding.note, &finding.labels[0].text, &finding.help[0]];
        assert!(texts.into_iter().all(|text| text == "a (secret) b"), "{finding:?}");
        assert_eq!(Diagnostic::error("e", None, verbatim::mark("%(ENV_X)s")).message, "%(ENV_X)s");
    }

    #[test]
    fn a_finding_can_become_worse_and_not_better() {
        let mut found = Diagnostics::new();
        found.push(Diagnostic::warning("w", None, "a"));
        found.raise(0, Severity::Info);
        assert!(!found.has_errors());
        found.raise(0, Severity::Error);
        found.raise(1, Severity::Error);
        assert!(found.has_errors());
        (0..KEPT).for_each(|n| found.push(Diagnostic::warning("w", None, format!("{n}"))));
        assert_eq!(found.sorted().len(), KEPT + 1);
    }

    #[test]
    fn countless_findings_are_counted() {
        let mut found = Diagnostics::new();
        for n in 0..3 * KEPT {
            found.push(Diagnostic::warning("w", None, format!("{n}")));
        }
        assert!(!found.has_errors());
        found.push(Diagnostic::error("e", None, "a late one"));
        assert!(found.has_errors());
        let sorted = found.sorted();
        assert_eq!(sorted.len(), KEPT + 2);
        assert!(sorted.iter().any(|d| d.message == "a late one"));
        assert_eq!(sorted[KEPT + 1].message, "2000 more findings are not shown");
    }
}
