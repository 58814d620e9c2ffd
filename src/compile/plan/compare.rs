//! What changes from one set of outputs to another, with no disk in between: `diff --against`.

use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};

use super::{Action, Change, NewFile, OldFile, Plan};
use crate::compile::output::{Content, Output};

/// What would have to be done to a tree built from `old` to make it one built from `new`. Both are outputs of a project
/// in the folder `project`.
pub fn compare(old: Vec<Output>, new: Vec<Output>, project: &Utf8Path) -> Plan {
    let mut before: BTreeMap<Utf8PathBuf, Output> = by_path(old);
    let mut changes = Vec::new();
    for (path, output) in by_path(new) {
        let old = before.remove(&path).map(|output| output.content);
        changes.push(change(output, old, project));
    }
    for output in before.into_values() {
        changes.extend(removal(output, project));
    }
    changes.sort_by(|a, b| a.path.cmp(&b.path));
    Plan { project: project.to_owned(), changes, ..Plan::default() }
}

fn by_path(outputs: Vec<Output>) -> BTreeMap<Utf8PathBuf, Output> {
    outputs.into_iter().map(|output| (output.path.clone(), output)).collect()
}

fn change(output: Output, old: Option<Content>, project: &Utf8Path) -> Change {
    let old_was_folder = old == Some(Content::Folder);
    let old = old.and_then(old_file);
    let new = match output.content {
        Content::File { text, mode, secrets } => Some(NewFile { text, mode, secrets }),
        Content::Folder => None,
    };
    let action = match (&old, &new) {
        (None, Some(_)) => Action::Create,
        (Some(old), Some(new)) if old.bytes.as_deref() != Some(new.text.as_bytes()) => Action::Rewrite,
        (Some(old), Some(new)) if old.mode != new.mode => Action::SetMode,
        (_, None) if !old_was_folder => Action::MakeFolder,
        _ => Action::Keep,
    };
    let outside = !output.path.starts_with(project);
    Change { path: output.path, part: output.part, action, real: None, outside, old, new }
}

/// A folder that is no longer wanted stays, so only files are removed.
fn removal(output: Output, project: &Utf8Path) -> Option<Change> {
    let old = old_file(output.content)?;
    let outside = !output.path.starts_with(project);
    let (path, part) = (output.path, output.part);
    Some(Change { path, part, action: Action::Remove, real: None, outside, old: Some(old), new: None })
}

fn old_file(content: Content) -> Option<OldFile> {
    match content {
        Content::File { text, mode, secrets } => {
            Some(OldFile { bytes: Some(text.into_bytes()), mode, secrets: Some(secrets) })
        }
        Content::Folder => None,
    }
}
