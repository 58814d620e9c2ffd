//! The half of a plan that tidies up: files that are no longer made, folders that have become empty.

use std::collections::BTreeSet;

use camino::{Utf8Path, Utf8PathBuf};

use super::generated;
use super::installed::InstalledPart;
use super::planner::Planner;
use super::problem::Problem;
use super::state::Record;
use super::target::What;
use super::{Action, Change, OldFile};
use crate::compile::parts::rebuilt;

impl Planner<'_> {
    /// Plans for the files that the last build made and this one does not.
    pub(super) fn stale(&mut self) {
        let memory = self.memory;
        for (path, record) in &memory.state.outputs {
            if self.wanted.contains(path) {
                continue;
            }
            if self.options.parts.as_ref().is_some_and(|parts| !parts.contains(&record.part)) {
                self.plan.state.outputs.insert(path.clone(), record.clone());
                continue;
            }
            self.stale_file(path, record);
        }
    }

    fn stale_file(&mut self, path: &Utf8Path, record: &Record) {
        let seen = self.target.observe(path);
        let outside = self.is_outside(path, seen.link.as_ref());
        let was_replaced = seen.link.as_ref().is_some_and(|link| link.last);
        let (bytes, mode) = match seen.what {
            What::File { bytes, mode } => (Some(bytes), mode),
            What::LargeFile { mode, .. } => (None, mode),
            What::Unreadable(why) => return self.unreadable(path, &why, None),
            What::Nothing | What::Folder | What::Other(_) => return,
        };
        let is_as_built = !was_replaced && self.is_as_built(record, bytes.as_deref());
        let secrets = is_as_built.then(|| record.secrets.clone());
        let action = if is_as_built || self.options.force { Action::Remove } else { Action::KeepEdited };
        if action == Action::KeepEdited {
            self.found.push(Problem::Edited { path: self.shown(path), span: None });
            self.plan.state.outputs.insert(path.to_owned(), record.clone());
        }
        self.plan.changes.push(Change {
            path: path.to_owned(),
            part: record.part.clone(),
            action,
            real: None,
            outside,
            old: Some(OldFile { bytes, mode, secrets }),
            new: None,
        });
    }

    /// Plans for what a Python buildout made of parts of ours, and that nothing makes any more. There is no hash that would
    /// tell whether it was edited since; so what goes is only what can be made again, to the byte, or has nothing in it
    /// but what zc.buildout writes.
    pub(super) fn left_by_buildout(&mut self) {
        let (memory, options) = (self.memory, self.options);
        let Some(foreign) = options.foreign.as_ref().filter(|_| !options.is_clean && options.parts.is_none()) else {
            return;
        };
        for (part, path) in memory.installed.own().filter(|(part, _)| !foreign.contains(&part.name)) {
            let is_ours = self.wanted.contains(path) || memory.state.outputs.contains_key(path);
            if !is_ours && path.starts_with(&options.project) {
                self.left_file(part, path);
            }
        }
    }

    fn left_file(&mut self, part: &InstalledPart, path: &Utf8Path) {
        let seen = self.target.observe(path);
        let (What::File { bytes, mode }, None) = (seen.what, seen.link) else { return };
        let is_as_made = std::str::from_utf8(&bytes).is_ok_and(|text| {
            let conf = || rebuilt::supervisord_conf(&self.options.project, &part.name, &part.options);
            if part.is_conf(path) { conf().is_some_and(|conf| conf == text) } else { generated::is_script(text) }
        });
        let action = if is_as_made || self.options.force { Action::Remove } else { Action::KeepForeign };
        if action == Action::KeepForeign {
            self.found.push(Problem::LeftByBuildout { path: self.shown(path), part: part.name.clone() });
        }
        self.plan.changes.push(Change {
            path: path.to_owned(),
            part: part.name.clone(),
            action,
            real: None,
            outside: false,
            old: Some(OldFile { bytes: Some(bytes), mode, secrets: None }),
            new: None,
        });
    }

    /// Plans for the folders that builds made, held what is now removed, and hold no output any more.
    pub(super) fn emptied(&mut self) {
        let removed = self.plan.changes.iter().filter(|change| change.action == Action::Remove);
        let around: BTreeSet<Utf8PathBuf> = ancestors(removed.map(|change| &*change.path));
        let staying = self.plan.state.outputs.keys().chain(&self.wanted);
        let needed = ancestors(staying.map(|path| &**path));
        let is_empty = |folder: &&Utf8PathBuf| {
            let was_around = self.options.is_clean || around.contains(*folder);
            was_around && !needed.contains(*folder) && !self.wanted.contains(*folder)
        };
        let mut emptied: Vec<_> = self.plan.state.folders.iter().filter(is_empty).cloned().collect();
        emptied.reverse();
        self.plan.state.folders.retain(|folder| !emptied.contains(folder));
        self.plan.emptied = emptied;
    }
}

/// All folders around `paths`.
fn ancestors<'a>(paths: impl Iterator<Item = &'a Utf8Path>) -> BTreeSet<Utf8PathBuf> {
    let mut out = BTreeSet::new();
    for path in paths {
        for ancestor in path.ancestors().skip(1) {
            if !out.insert(ancestor.to_owned()) {
                break;
            }
        }
    }
    out
}
