//! What may stand in a native manifest under which name: the options of `[project]` and of each kind of part, as rows.
//!
//! The compiler takes the names that it knows from here, and `recipe schema` and `recipe lsp` show them; so a manifest
//! that an editor finds right is not refused for its names. The options of supervisord.conf have a table of their own
//! ([`crate::conf::options`]), to which [`Shape::Section`] and the like lead.

use crate::conf::options::{Section, Type};

/// What a value looks like.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Shape {
    /// One value.
    Value(Type),
    /// One of these words.
    Word(&'static [&'static str]),
    /// One of these words, or a path.
    WordOrPath(&'static [&'static str]),
    /// A command: one text, or a list of words.
    Words,
    /// Commands: one text with a line for each, or a list of texts and lists of words.
    Commands,
    /// Texts: a list of them, or one.
    Texts,
    /// A table of values under any names.
    Table,
    /// Ports: numbers or `host:port` under names.
    Ports,
    /// A user name and a password.
    Credentials,
    /// A table of what one section of supervisord.conf holds.
    Section(Section),
    /// The same, under the NAME of each section.
    Sections(Section),
    /// Anything.
    Any,
}

/// One option: a row.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Known {
    /// Its name.
    pub name: &'static str,
    /// What its value looks like.
    pub shape: Shape,
    /// What holds where it is not set, as text.
    pub default: Option<&'static str>,
    /// Whether it must be set.
    pub required: bool,
    /// What it does, in a sentence.
    pub doc: &'static str,
}

impl Known {
    /// An option that may be left out.
    pub(super) const fn new(name: &'static str, shape: Shape, doc: &'static str) -> Self {
        Self { name, shape, default: None, required: false, doc }
    }

    /// With what holds where it is not set.
    pub(super) const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    /// One that must be set.
    pub(super) const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    /// The table of a kind of sections of supervisord.conf, in a part.
    const fn of_section(section: Section) -> Self {
        let shape = if section.is_named() { Shape::Sections(section) } else { Shape::Section(section) };
        Self::new(section.word(), shape, section.doc())
    }
}

/// Which options a kind of part has.
#[derive(Clone, Copy, Debug)]
pub enum Options {
    /// Of a native manifest.
    Native {
        /// Its own.
        own: &'static [Known],
        /// The section of supervisord.conf whose options it has as well.
        section: Option<Section>,
        /// The sections of supervisord.conf that it has tables for.
        tables: &'static [Section],
        /// Whether it may have any other, as data.
        any: bool,
    },
    /// Names of those of a `.cfg`; any other is data.
    Cfg(&'static [&'static [&'static str]]),
}

impl Options {
    /// A native kind's that has only these.
    pub(super) const fn only(own: &'static [Known]) -> Self {
        Self::Native { own, section: None, tables: &[], any: false }
    }

    /// The rows, without those of [`Options::Native::section`].
    pub fn rows(self) -> impl Iterator<Item = Known> {
        let (own, tables) = match self {
            Self::Native { own, tables, .. } => (own, tables),
            Self::Cfg(_) => (&[][..], &[][..]),
        };
        own.iter().copied().chain(tables.iter().map(|section| Known::of_section(*section)))
    }

    /// The names of all, without those of [`Options::Native::section`].
    pub fn names(self) -> impl Iterator<Item = &'static str> {
        let cfg = if let Self::Cfg(names) = self { names } else { &[] };
        self.rows().map(|row| row.name).chain(cfg.iter().copied().flatten().copied())
    }
}

/// Whether a row has this name.
pub(super) fn has(rows: &[Known], name: &str) -> bool {
    rows.iter().any(|row| row.name == name)
}

/// Of all parts.
pub const RECIPE: Known = Known::new("recipe", Shape::Value(Type::Name), "The kind of the part.").required();
/// Of all parts.
pub(super) const LOCATION: Known =
    Known::new("location", Shape::Value(Type::Directory), "The folder of the part; `parts-directory`/NAME if not set.");
/// Of parts that listen.
pub(super) const PORTS: Known = Known::new(
    "ports",
    Shape::Ports,
    "Where the part listens: a number or `host:port` under a name that others refer to. No two may be the same.",
);
/// Of parts with a password.
pub(super) const CREDENTIALS: Known = Known::new(
    "credentials",
    Shape::Credentials,
    "`username` and `password`. The password is a text, or comes from `env`, `file`, `command` or `generate`.",
);
/// Of parts that make scripts.
pub(super) const RUNTIME: Known = Known::new(
    "runtime",
    Shape::WordOrPath(super::parts::RUNTIMES),
    "What the scripts run: this program, what Python put on PATH, or what is in a folder.",
)
.default("recipe");

/// Of any table of a native manifest: they edit what it has from other files or sections.
pub static EDITS: &[Known] = &[
    Known::new("inherit", Shape::Texts, "The sections that this one begins as a copy of."),
    Known::new("append", Shape::Table, "Items to add to inherited lists, each list under its name."),
    Known::new("remove", Shape::Table, "Items to take out of inherited lists, each list under its name."),
];

/// Where the password of `credentials` comes from.
pub static PASSWORD: &[Known] = &[
    Known::new("env", Shape::Value(Type::Text), "The variable of the environment that holds it."),
    Known::new("file", Shape::Value(Type::Path), "The file whose first line it is."),
    Known::new("command", Shape::Value(Type::Command), "The command, run without a shell, whose first line it is."),
    Known::new("generate", Shape::Value(Type::Integer), "It is made once, of so many characters, and kept."),
    Known::new("at", Shape::Word(&["start"]), "With `env`: supervisord reads the variable when it starts."),
];

#[cfg(test)]
mod tests {
    use super::super::parts::KINDS;

    #[test]
    fn rows_say_what_they_are_for_and_stand_once() {
        for kind in KINDS {
            let mut names: Vec<_> = kind.options.names().collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{} {}", kind.name, kind.recipe);
            assert!(names.contains(&"recipe"), "{} {}", kind.name, kind.recipe);
            assert!(kind.options.rows().all(|row| !row.doc.is_empty()), "{}", kind.name);
        }
    }
}
