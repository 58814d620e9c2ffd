//! What comes out of reading besides the model.

use std::collections::HashSet;

use crate::base::Span;
use crate::base::suggest::Hints;
use crate::conf::check::{Question, WorldCheck};
use crate::conf::include::Notice;
use crate::conf::problem::{Finding, Problem};

/// Errors, questions and warnings so far.
pub(super) struct Sink {
    pub(super) errors: Vec<Finding>,
    pub(super) checks: Vec<WorldCheck>,
    pub(super) warnings: Vec<Notice>,
    /// Errors by place and text: what is read twice (for several groups, for several processes) is told once.
    seen: HashSet<(Option<Span>, String)>,
    /// Section and file that are named in the errors of a program.
    within: Option<(String, String)>,
    pub(super) hints: Hints,
}

impl Sink {
    pub(super) fn new(warnings: Vec<Notice>) -> Self {
        let (errors, checks, seen) = (Vec::new(), Vec::new(), HashSet::new());
        Self { errors, checks, warnings, seen, within: None, hints: Hints::default() }
    }

    /// From here on errors are those of a program, in the section `section` of the file `file`.
    pub(super) fn enter(&mut self, section: &str, file: &str) {
        self.within = Some((section.to_owned(), file.to_owned()));
    }

    /// No longer so.
    pub(super) fn leave(&mut self) {
        self.within = None;
    }

    pub(super) fn error(&mut self, finding: Finding) {
        if self.seen.insert((finding.span, finding.problem.to_string())) {
            let finding = self.located(finding);
            self.errors.push(finding);
        }
    }

    /// The value, or nothing and the error is noted.
    pub(super) fn take<T>(&mut self, result: Result<T, Finding>) -> Option<T> {
        result.map_err(|finding| self.error(finding)).ok()
    }

    pub(super) fn ask(&mut self, question: Question, section: &str, option: &'static str, finding: Finding) {
        let finding = self.located(finding);
        let errors_before = self.errors.len();
        self.checks.push(WorldCheck { question, section: section.to_owned(), option, finding, errors_before });
    }

    pub(super) fn warn(&mut self, code: &'static str, text: String, span: Option<Span>) {
        self.warnings.push(Notice { code, text, span });
    }

    fn located(&self, Finding { problem, span }: Finding) -> Finding {
        let problem = match &self.within {
            Some((section, file)) => {
                Problem::Within { section: section.clone(), file: file.clone(), problem: Box::new(problem) }
            }
            None => problem,
        };
        Finding { problem, span }
    }
}
