//! What is checked, under stable names.
//!
//! A finding comes from one of two places. What the compiler refuses or doubts anyway it finds itself, wherever it is
//! in the pipeline; those rules stand in one table, [`compiler`]. What only a check wants to know is a file in
//! `rules`, which holds its [`Rule`] and the function that looks: it sees the resolved project and nothing of the
//! world.
//!
//! To add a rule: a file in `rules`, its name in [`RULES`], a folder in `fixtures/lint`.

pub mod compiler;
mod rules;

use crate::base::{Diagnostic, Severity};
use crate::compile::project::Project;

/// A rule: its name and what it is for.
#[derive(Debug)]
pub struct Rule {
    /// Stable name, as it stands in every finding.
    pub code: &'static str,
    /// How bad its findings are, at worst.
    pub severity: Severity,
    /// What it finds, as a noun phrase.
    pub finds: &'static str,
    /// Why that is worth a finding, and what to do instead: one or two sentences.
    pub why: &'static str,
}

/// A rule with a check of its own.
#[derive(Debug)]
pub struct Checked {
    /// The rule.
    pub rule: Rule,
    /// Its findings on a resolved project.
    pub check: fn(&Project) -> Vec<Diagnostic>,
}

/// The rules that are not the compiler's.
pub static RULES: &[&Checked] = &[&rules::unused_section::RULE, &rules::unused_value::RULE];

/// All rules, by name.
pub fn rules() -> Vec<&'static Rule> {
    let mut all: Vec<&Rule> = RULES.iter().map(|r| &r.rule).chain(compiler::STAGES.iter().copied().flatten()).collect();
    all.sort_by_key(|rule| rule.code);
    all
}

/// The rule of a finding.
pub fn find(code: &str) -> Option<&'static Rule> {
    rules().into_iter().find(|rule| rule.code == code)
}

/// What the rules with a check of their own find.
pub fn check(project: &Project) -> Vec<Diagnostic> {
    RULES.iter().flat_map(|rule| (rule.check)(project)).collect()
}

impl Rule {
    /// A finding of this rule.
    fn finding(&self, span: crate::base::Span, message: String) -> Diagnostic {
        Diagnostic::new(self.severity, self.code, span, message)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn names_are_unique_and_in_one_style() {
        let codes: Vec<_> = rules().iter().map(|r| r.code).collect();
        let mut unique = codes.clone();
        unique.dedup();
        assert_eq!(codes, unique);
        for rule in rules() {
            assert!(rule.code.chars().all(|c| c.is_ascii_lowercase() || c == '-'), "{}", rule.code);
            assert!(rule.why.ends_with('.') && !rule.finds.ends_with('.'), "{}", rule.code);
        }
    }
}
