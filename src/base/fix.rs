//! Changes of a text that mend what a finding tells.

use super::source::Span;

/// Whether a change can do harm.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum Safety {
    /// What runs stays the same, but for the fault.
    Safe,
    /// It may change what runs: the author has to look at it.
    Unsafe,
}

impl Safety {
    /// `safe`, `unsafe`.
    pub fn name(self) -> &'static str {
        match self {
            Self::Safe => "safe",
            Self::Unsafe => "unsafe",
        }
    }
}

/// A piece of a text, and what takes its place. An empty piece is an insertion.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Edit {
    /// What goes.
    pub span: Span,
    /// What comes.
    pub text: String,
}

/// All changes that mend one finding. They are made together or not at all.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Fix {
    /// What it does, as an order: `remove the first one`.
    pub title: String,
    /// Whether it can do harm.
    pub safety: Safety,
    /// In any order; they do not overlap.
    pub edits: Vec<Edit>,
}

impl Fix {
    /// One that puts `text` in the place of `span`.
    pub fn replace(safety: Safety, title: impl Into<String>, span: Span, text: impl Into<String>) -> Self {
        Self { title: title.into(), safety, edits: vec![Edit { span, text: text.into() }] }
    }

    /// With another change.
    #[must_use]
    pub fn and(mut self, span: Span, text: impl Into<String>) -> Self {
        self.edits.push(Edit { span, text: text.into() });
        self
    }
}
