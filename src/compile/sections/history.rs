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
    /// The section that says it, where another one has it from there (`<=`, `inherit`).
    pub within: Option<Box<str>>,
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

    /// Adds a step.
    pub(super) fn record(&mut self, section: &str, key: &str, operation: Operation, value: &str, span: Span) {
        let steps = self.sections.entry(section.into()).or_default().entry(key.into()).or_default();
        add(steps, Step { operation, value: value.into(), span, within: None });
    }

    /// Puts the steps of the values that `heir` has from others before its own. `key` is the one that names them.
    pub(super) fn inherit<'p>(&mut self, heir: &str, key: &str, parents: impl Iterator<Item = &'p str>) {
        let own = self.sections.remove(heir).unwrap_or_default();
        let mut all = Steps::new();
        for parent in parents {
            let inherited = self.sections.get(parent).into_iter().flatten().filter(|(name, _)| &***name != key);
            for (name, steps) in inherited {
                let all = all.entry(name.clone()).or_default();
                for step in steps {
                    let within = step.within.clone().or_else(|| Some(parent.into()));
                    add(all, Step { within, ..step.clone() });
                }
            }
        }
        for (name, steps) in own {
            let all = all.entry(name).or_default();
            for step in steps {
                add(all, step);
            }
        }
        self.sections.insert(heir.into(), all);
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

/// Adds a step; a second `Set` becomes an `Override`.
fn add(steps: &mut Vec<Step>, step: Step) {
    let operation = match step.operation {
        Operation::Set if !steps.is_empty() => Operation::Override,
        other => other,
    };
    steps.push(Step { operation, ..step });
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

    #[test]
    fn what_is_inherited_comes_first() {
        let span = Span::new(Sources::new().add("a.cfg", ""), 0, 0);
        let mut history = History::default();
        for (section, key, value) in
            [("a", "k", "1"), ("a", "x", "2"), ("b", "k", "3"), ("c", "k", "4"), ("b", "<", "a")]
        {
            history.record(section, key, Operation::Set, value, span);
        }
        history.inherit("b", "<", ["a"].into_iter());
        history.inherit("c", "<", ["b", "none"].into_iter());
        let steps = |section, key| -> Vec<_> {
            let steps = history.steps(section, key).iter();
            steps.map(|s| (s.operation, &*s.value, s.within.as_deref().unwrap_or_default())).collect()
        };
        let (set, again) = (Operation::Set, Operation::Override);
        assert_eq!(steps("b", "k"), [(set, "1", "a"), (again, "3", "")]);
        assert_eq!(steps("c", "k"), [(set, "1", "a"), (again, "3", "b"), (again, "4", "")]);
        assert_eq!(steps("c", "x"), [(set, "2", "a")]);
        assert_eq!(history.keys("c").collect::<Vec<_>>(), ["k", "x"]);
    }
}
