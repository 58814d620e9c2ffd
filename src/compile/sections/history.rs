//! How every value came to be: what `annotate` shows.

use std::collections::HashMap;

use indexmap::IndexMap;

use crate::base::{Sources, Span, secret};

use super::builtin;

/// What a step did to the value that was there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Operation {
    /// Gave the first value.
    Set,
    /// Replaced the value of an earlier file.
    Override,
    /// Added to it (`+=`, `append.KEY`).
    Add,
    /// Took from it (`-=`, `remove.KEY`).
    Remove,
    /// Made a directory absolute.
    Directory,
}

impl Operation {
    /// As zc.buildout's `annotate -v` names it.
    pub fn name(self) -> &'static str {
        match self {
            Self::Set => "SET",
            Self::Override => "OVERRIDE",
            Self::Add => "ADD",
            Self::Remove => "REMOVE",
            Self::Directory => "DIRECTORY",
        }
    }
}

/// One step in the life of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Step {
    /// What was done.
    pub operation: Operation,
    /// With which text, references unresolved.
    pub value: Box<str>,
    /// Where; [`Step::source`] names it.
    pub span: Span,
}

impl Step {
    /// The file as zc.buildout's `annotate` names it: `DEFAULT_VALUE`, `COMPUTED_VALUE` and `COMMAND_LINE_VALUE` are no
    /// files.
    pub fn source<'a>(&self, sources: &'a Sources) -> &'a str {
        match sources.name(self.span.file) {
            builtin::DEFAULT => "DEFAULT_VALUE",
            builtin::COMPUTED => "COMPUTED_VALUE",
            builtin::COMMAND_LINE => "COMMAND_LINE_VALUE",
            name => name,
        }
    }
}

type Steps = IndexMap<Box<str>, Vec<Step>>;

/// The steps of all values, by section and key. In native manifests a key is a dotted path.
#[derive(Clone, Debug, Default)]
pub struct History {
    sections: HashMap<Box<str>, Steps>,
}

impl History {
    /// The steps of a value, oldest first.
    pub fn steps(&self, section: &str, key: &str) -> &[Step] {
        self.sections.get(section).and_then(|s| s.get(key)).map_or(&[], Vec::as_slice)
    }

    /// The keys of a section that have steps, in the order of their first one.
    pub fn keys(&self, section: &str) -> impl Iterator<Item = &str> {
        self.sections.get(section).into_iter().flat_map(|s| s.keys().map(|k| &**k))
    }

    /// Adds a step; a second `Set` becomes an `Override`.
    pub(super) fn record(&mut self, section: &str, key: &str, operation: Operation, value: &str, span: Span) {
        let steps = self.sections.entry(section.into()).or_default().entry(key.into()).or_default();
        let operation = match operation {
            Operation::Set if !steps.is_empty() => Operation::Override,
            other => other,
        };
        steps.push(Step { operation, value: value.into(), span });
    }

    /// Marks the texts of a value that turned out to be a secret.
    pub(super) fn mark_secret(&mut self, section: &str, key: &str) {
        let steps = self.sections.get_mut(section).and_then(|s| s.get_mut(key));
        for step in steps.into_iter().flatten() {
            if !secret::is_marked(&step.value) {
                step.value = secret::mark(&step.value).into();
            }
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_second_set_is_an_override_and_secrets_are_marked() {
        let span = Span::new(Sources::new().add("a.cfg", ""), 0, 0);
        let mut history = History::default();
        history.record("s", "k", Operation::Set, "1", span);
        history.record("s", "k", Operation::Set, "2", span);
        let operations: Vec<_> = history.steps("s", "k").iter().map(|s| s.operation.name()).collect();
        assert_eq!(operations, ["SET", "OVERRIDE"]);
        history.mark_secret("s", "k");
        assert!(history.steps("s", "k").iter().all(|s| secret::is_marked(&s.value)));
        assert_eq!(history.keys("s").collect::<Vec<_>>(), ["k"]);
        assert!(history.steps("s", "x").is_empty());
    }
}
