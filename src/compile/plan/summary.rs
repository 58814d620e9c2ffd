//! A plan in few words: one line per change, and one that counts them.

use crate::base::list::count;

use super::{Action, Change, Plan};

/// Whether the plan was carried out, or only made.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Tense {
    /// `created`.
    Done,
    /// `to create`.
    Due,
}

/// The order in which actions are counted.
const COUNTED: &[Action] = &[
    Action::Create,
    Action::Rewrite,
    Action::SetMode,
    Action::Remove,
    Action::KeepEdited,
    Action::KeepForeign,
    Action::Keep,
];

impl Action {
    /// What was done, or is to do.
    pub fn words(self, tense: Tense) -> &'static str {
        match (self, tense) {
            (Self::Create | Self::MakeFolder, Tense::Done) => "created",
            (Self::Create | Self::MakeFolder, Tense::Due) => "to create",
            (Self::Rewrite, Tense::Done) => "changed",
            (Self::Rewrite, Tense::Due) => "to change",
            (Self::SetMode, Tense::Done) => "with a new mode",
            (Self::SetMode, Tense::Due) => "to get a new mode",
            (Self::Remove, Tense::Done) => "removed",
            (Self::Remove, Tense::Due) => "to remove",
            (Self::Keep, _) => "unchanged",
            (Self::KeepEdited, _) => "kept as edited by hand",
            (Self::KeepForeign, _) => "kept as not made by a build",
        }
    }

    /// One word for a list of changes that were made.
    fn word(self) -> &'static str {
        match self {
            Self::Create | Self::MakeFolder => "created",
            Self::Rewrite => "changed",
            Self::SetMode => "mode set",
            Self::Remove => "removed",
            Self::Keep => "unchanged",
            Self::KeepEdited | Self::KeepForeign => "kept",
        }
    }
}

impl Plan {
    /// One line for each change, and for each output outside the project folder even if it does not change.
    pub fn lines(&self) -> impl Iterator<Item = String> {
        self.changes
            .iter()
            .filter(|change| change.action != Action::Keep || change.outside)
            .map(|change| self.change_line(change))
    }

    fn change_line(&self, change: &Change) -> String {
        let (word, path) = (change.action.word(), self.shown(&change.path));
        let end = if change.action == Action::MakeFolder { "/" } else { "" };
        let link = change.real.as_ref().map(|real| format!(" -> {real}")).unwrap_or_default();
        let outside = if change.outside { " (outside the project folder)" } else { "" };
        format!("{word:<9} {path}{end}{link}{outside}")
    }

    /// The line that counts: `3 files created, 1 unchanged`.
    pub fn summary(&self, tense: Tense) -> String {
        match self.unfinished {
            0 => self.counts(tense),
            number => {
                format!("{} of the last build to complete, then {}", count(number, "file", "files"), self.counts(tense))
            }
        }
    }

    fn counts(&self, tense: Tense) -> String {
        let folders = self.count(Action::MakeFolder);
        let mut parts = Vec::new();
        for action in COUNTED {
            let number = match (self.count_files(*action), parts.is_empty()) {
                (0, _) => continue,
                (number, true) => count(number, "file", "files"),
                (number, false) => number.to_string(),
            };
            parts.push(format!("{number} {}", action.words(tense)));
        }
        if folders > 0 {
            parts.push(format!("{} {}", count(folders, "folder", "folders"), Action::MakeFolder.words(tense)));
        }
        if parts.is_empty() { "nothing to do".to_owned() } else { parts.join(", ") }
    }

    fn count(&self, action: Action) -> usize {
        self.changes.iter().filter(|change| change.action == action).count()
    }

    /// How many files there are of this action: folders that are kept are not worth a word.
    fn count_files(&self, action: Action) -> usize {
        let is_file = |change: &&Change| change.action == action && (change.old.is_some() || change.new.is_some());
        self.changes.iter().filter(is_file).count()
    }
}
