//! Making a plan: one look at each path, one decision.

use std::collections::{BTreeMap, BTreeSet, HashMap};

use camino::{Utf8Path, Utf8PathBuf};

use super::problem::Problem;
use super::state::{Record, State, within};
use super::target::{Link, Target, What};
use super::{Action, Change, Memory, NewFile, OldFile, Options, Plan, RECIPE_FOLDER};
use crate::base::{Diagnostics, Span};
use crate::compile::output::{Content, Output, Place};

/// The plan of a build that makes `outputs`. Where a finding is an error, the plan must not be carried out.
pub fn plan(outputs: Vec<Output>, memory: &Memory, target: &dyn Target, options: &Options) -> (Plan, Diagnostics) {
    let mut planner = Planner::new(memory, target, options);
    planner.check_any(&outputs);
    let outputs = planner.beside_or_below_the_project(outputs);
    planner.check_paths(&outputs);
    for output in outputs {
        planner.output(output);
    }
    planner.stale();
    planner.left_by_buildout();
    planner.emptied();
    planner.finish()
}

/// A plan on its way.
pub(super) struct Planner<'a> {
    pub(super) memory: &'a Memory,
    pub(super) target: &'a dyn Target,
    pub(super) options: &'a Options,
    pub(super) plan: Plan,
    pub(super) found: Diagnostics,
    /// Folders known to be there, or planned.
    folders: BTreeSet<Utf8PathBuf>,
    /// The paths of all outputs.
    pub(super) wanted: BTreeSet<Utf8PathBuf>,
}

impl<'a> Planner<'a> {
    fn new(memory: &'a Memory, target: &'a dyn Target, options: &'a Options) -> Self {
        let state = State { outputs: BTreeMap::new(), folders: memory.state.folders.clone() };
        let plan = Plan { project: options.project.clone(), state, ..Plan::default() };
        let (found, folders, wanted) = (Diagnostics::new(), BTreeSet::new(), BTreeSet::new());
        Self { memory, target, options, plan, found, folders, wanted }
    }

    pub(super) fn shown(&self, path: &Utf8Path) -> Utf8PathBuf {
        within(path, &self.options.project).to_owned()
    }

    /// A manifest that makes nothing any more is one that was cut off, or whose parts were forgotten: what was built is not
    /// given up for it.
    fn check_any(&mut self, outputs: &[Output]) {
        let count = self.memory.state.outputs.len();
        let is_whole = self.options.parts.is_none() && !self.options.is_clean;
        if is_whole && outputs.is_empty() && count > 0 {
            self.found.push(Problem::NothingLeft { count });
        }
    }

    /// Without files in the place of the project folder, or of one that holds it: an empty path, `.`. All else lies below
    /// them, and would be told for nothing.
    fn beside_or_below_the_project(&mut self, outputs: Vec<Output>) -> Vec<Output> {
        let is_over = |output: &Output| {
            matches!(output.content, Content::File { .. }) && self.options.project.starts_with(&output.path)
        };
        let (over, outputs): (Vec<_>, _) = outputs.into_iter().partition(is_over);
        for Output { path, origin: span, .. } in over {
            self.found.push(Problem::OverProject { path: self.shown(&path), span });
        }
        outputs
    }

    /// Outputs that cannot all be, whatever the disk holds.
    fn check_paths(&mut self, outputs: &[Output]) {
        let reserved = self.options.project.join(RECIPE_FOLDER);
        let mut files: HashMap<&Utf8Path, &Output> = HashMap::new();
        for output in outputs {
            if output.path.starts_with(&reserved) {
                self.found.push(Problem::Reserved { path: self.shown(&output.path), span: output.origin });
            }
            if matches!(output.content, Content::Folder) {
                continue;
            }
            if let Some(first) = files.insert(&output.path, output) {
                self.found.push(Problem::Duplicate {
                    path: self.shown(&output.path),
                    first: (first.part.clone(), first.origin),
                    second: (output.part.clone(), output.origin),
                });
            }
        }
        for output in outputs {
            let from = usize::from(matches!(output.content, Content::File { .. }));
            if let Some(file) = output.path.ancestors().skip(from).find(|path| files.contains_key(path)) {
                let (file, below) = (self.shown(file), self.shown(&output.path));
                self.found.push(Problem::Nested { file, below, span: output.origin });
            }
        }
    }

    fn output(&mut self, output: Output) {
        let seen = self.target.observe(&output.path);
        let Output { path, part, content, origin, place, .. } = output;
        let is_folder = matches!(content, Content::Folder);
        let is_there = is_folder && seen.what == What::Folder;
        let may_be = is_there || self.check_place(&path, place, seen.link.as_ref(), origin);
        let new = match content {
            Content::File { text, mode, secrets } => Some(NewFile { text, mode, secrets }),
            Content::Folder => None,
        };
        if !self.wanted.insert(path.clone()) || !may_be {
            return;
        }
        let outside = self.is_outside(&path, seen.link.as_ref());
        let real = seen.link.map(|link| link.to);
        let change = Change { path, part, action: Action::Keep, real, outside, old: None, new };
        match &change.new {
            Some(_) => self.file(change, seen.what, origin),
            None => self.folder(change, &seen.what, origin),
        }
    }

    pub(super) fn is_outside(&self, path: &Utf8Path, link: Option<&Link>) -> bool {
        !path.starts_with(&self.options.project) || link.is_some_and(|link| !link.inside)
    }

    /// Whether the path may lead where it leads; says so if not.
    fn check_place(&mut self, path: &Utf8Path, place: Place, link: Option<&Link>, span: Span) -> bool {
        if self.options.allow_outside {
            return true;
        }
        let is_inside = path.starts_with(&self.options.project);
        let stray = link.filter(|link| !link.inside || (link.last && !is_inside));
        if stray.is_none() && (is_inside || place != Place::Confined) {
            return true;
        }
        let link = stray.map(|link| link.to.clone());
        self.found.push(Problem::Outside { path: self.shown(path), link, span });
        false
    }

    fn folder(&mut self, mut change: Change, what: &What, span: Span) {
        match what {
            What::Folder => {}
            What::Nothing => {
                change.action = Action::MakeFolder;
                self.need_folder(&change.path, span);
            }
            What::Unreadable(why) => self.unreadable(&change.path, why, Some(span)),
            other => {
                let path = self.shown(&change.path);
                self.found.push(Problem::NotAFolder { path, is: other.name(), span });
            }
        }
        self.plan.changes.push(change);
    }

    /// Plans `folder` and those around it that are not there yet.
    fn need_folder(&mut self, folder: &Utf8Path, span: Span) {
        let mut missing = Vec::new();
        for ancestor in folder.ancestors() {
            if self.folders.contains(ancestor) {
                break;
            }
            self.folders.insert(ancestor.to_owned());
            match self.target.observe(ancestor).what {
                What::Nothing => missing.push(ancestor.to_owned()),
                What::Folder => break,
                What::Unreadable(why) => return self.unreadable(ancestor, &why, Some(span)),
                other => {
                    let path = self.shown(ancestor);
                    return self.found.push(Problem::NotAFolder { path, is: other.name(), span });
                }
            }
        }
        missing.reverse();
        self.plan.state.folders.extend(missing.iter().cloned());
        self.plan.folders.append(&mut missing);
    }

    pub(super) fn unreadable(&mut self, path: &Utf8Path, why: &str, span: Option<Span>) {
        self.found.push(Problem::Unreadable { path: self.shown(path), why: why.to_owned(), span });
    }

    fn file(&mut self, mut change: Change, what: What, span: Span) {
        match what {
            What::Nothing => {
                change.action = Action::Create;
                if let Some(parent) = change.path.parent() {
                    self.need_folder(parent, span);
                }
                self.remember(&change);
            }
            What::File { bytes, mode } => self.standing_file(&mut change, Some(bytes), mode, span),
            What::LargeFile { mode, .. } => self.standing_file(&mut change, None, mode, span),
            What::Unreadable(why) => self.unreadable(&change.path, &why, Some(span)),
            What::Folder | What::Other(_) => {
                let path = self.shown(&change.path);
                self.found.push(Problem::NotAFile { path, is: what.name(), span });
            }
        }
        self.plan.changes.push(change);
    }

    /// A file is wanted where one stands.
    fn standing_file(&mut self, change: &mut Change, bytes: Option<Vec<u8>>, mode: u32, span: Span) {
        let Some(new) = &change.new else { return };
        let is_as_wanted = bytes.as_deref() == Some(new.text.as_bytes());
        let record = self.memory.state.outputs.get(&change.path);
        let built = record.filter(|record| !is_as_wanted && self.is_as_built(record, bytes.as_deref()));
        change.action = if is_as_wanted {
            if mode == new.mode { Action::Keep } else { Action::SetMode }
        } else if self.options.force || built.is_some() || self.memory.installed.lists(&change.path) {
            Action::Rewrite
        } else if record.is_some() {
            Action::KeepEdited
        } else {
            Action::KeepForeign
        };
        let secrets = if is_as_wanted { Some(new.secrets.clone()) } else { built.map(|r| r.secrets.clone()) };
        change.old = Some(OldFile { bytes, mode, secrets });
        let path = self.shown(&change.path);
        match change.action {
            Action::KeepEdited => self.found.push(Problem::Edited { path, span: Some(span) }),
            Action::KeepForeign => self.found.push(Problem::Foreign { path, span }),
            _ => {}
        }
        self.remember(change);
    }

    pub(super) fn is_as_built(&self, record: &Record, bytes: Option<&[u8]>) -> bool {
        bytes.is_some_and(|bytes| self.memory.key.hash(bytes) == record.hash)
    }

    /// What the state will say of an output. A file that is kept against the manifest stays known as it was built.
    fn remember(&mut self, change: &Change) {
        let record = match (change.action, &change.new) {
            (Action::KeepEdited | Action::KeepForeign, _) | (_, None) => {
                self.memory.state.outputs.get(&change.path).cloned()
            }
            (_, Some(new)) => Some(Record {
                part: change.part.clone(),
                mode: new.mode,
                hash: self.memory.key.hash(new.text.as_bytes()),
                secrets: new.secrets.clone(),
            }),
        };
        if let Some(record) = record {
            self.plan.state.outputs.insert(change.path.clone(), record);
        }
    }

    fn finish(mut self) -> (Plan, Diagnostics) {
        self.plan.changes.sort_by(|a, b| a.path.cmp(&b.path));
        (self.plan, self.found)
    }
}
