//! The problems of one text, up to a number that anybody would read.

use super::problem::Problem;
use crate::base::{Diagnostics, Span};

/// Problems named one by one; the rest is counted.
pub(super) const NAMED: usize = 200;

/// Passes problems on to the diagnostics.
#[derive(Debug)]
pub(super) struct Report<'a> {
    diagnostics: &'a mut Diagnostics,
    count: usize,
}

impl<'a> Report<'a> {
    pub(super) fn new(diagnostics: &'a mut Diagnostics) -> Self {
        Self { diagnostics, count: 0 }
    }

    pub(super) fn push(&mut self, problem: Problem) {
        self.count += 1;
        if self.count <= NAMED {
            self.diagnostics.push(problem);
        }
    }

    /// Tells how many more there were; `end` is the end of the text.
    pub(super) fn finish(self, end: Span) {
        if self.count > NAMED {
            self.diagnostics.push(Problem::MoreErrors { count: self.count - NAMED, span: end });
        }
    }
}
