//! Asking, before anything is touched, whether all steps can be done: all refusals at once.

use std::collections::BTreeSet;
use std::io::Error;

use camino::Utf8Path;
use rustix::fs::{Access, AtFlags, CWD, accessat};
use rustix::io::Errno;

use super::journal::Journal;
use super::problem::Problem;

/// Why the steps of `journal` cannot be done.
pub(super) fn refusals(journal: &Journal) -> Vec<Problem> {
    let mut seen = BTreeSet::new();
    let twice = journal.steps.iter().map(|step| &step.path).filter(|path| !seen.insert(*path));
    let mut out: Vec<_> = twice.map(|path| Problem::SameFile { path: path.clone() }).collect();
    out.extend(unwritable(journal));
    out
}

/// The folders in which files cannot be made.
fn unwritable(journal: &Journal) -> Vec<Problem> {
    let made: BTreeSet<&Utf8Path> = journal.made.iter().map(|path| &**path).collect();
    let paths = journal.steps.iter().map(|step| &*step.path).chain(made.iter().copied());
    let standing =
        |path: &'_ Utf8Path| path.ancestors().skip(1).find(|folder| !made.contains(folder)).map(ToOwned::to_owned);
    let folders: BTreeSet<_> = paths.filter_map(standing).collect();
    folders
        .into_iter()
        .filter_map(|folder| {
            let refusal = refusal(&folder)?;
            Some(Problem::Unwritable { folder, error: refusal })
        })
        .collect()
}

/// Why names in `folder` cannot be changed, where the system says so; what it does not know shows later.
fn refusal(folder: &Utf8Path) -> Option<Error> {
    let access = Access::WRITE_OK | Access::EXEC_OK;
    match accessat(CWD, folder.as_std_path(), access, AtFlags::EACCESS) {
        Err(why @ (Errno::ACCESS | Errno::PERM | Errno::ROFS)) => Some(why.into()),
        _ => None,
    }
}
