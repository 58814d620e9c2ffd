//! Taking back what builds made.

use super::build::{carry_out, open};
use super::disk::Disk;
use super::problem::{Problem, failed};
use super::store::Store;
use super::{Outcome, Request};
use crate::base::Diagnostics;
use crate::compile::plan::{Options, Plan};

/// Removes all files that builds made (those that were edited since stay, without `force`), the folders that they made
/// and that are empty by then, and the state. What others keep in `.recipe`, such as generated passwords, stays.
pub fn clean(request: &Request, disk: &dyn Disk, waiting: &mut dyn FnMut()) -> Outcome {
    let store = Store::new(request.site);
    if !store.folder().exists() {
        return Outcome { plan: Some(Plan::default()), found: Diagnostics::new() };
    }
    let mut found = Diagnostics::new();
    let (_lock, memory) = match open(&store, disk, waiting, &mut found) {
        Ok(opened) => opened,
        Err(problem) => return Outcome::failed(found, problem),
    };
    let options = Options { is_clean: true, ..request.options.clone() };
    let request = Request { site: request.site, options, program: None };
    let mut outcome = carry_out(Vec::new(), &memory, &request, &store, disk).after(found);
    if outcome.plan.as_ref().is_some_and(|plan| plan.state.outputs.is_empty())
        && let Err(problem) = forget(&store, disk)
    {
        outcome.found.push(problem);
    }
    outcome
}

/// Removes our files from `.recipe`, and the folder if nothing else is in it. What is left stays out of repositories.
pub(super) fn forget(store: &Store, disk: &dyn Disk) -> Result<(), Problem> {
    for path in [store.state(), store.runtime(), store.key()] {
        disk.remove(&path).map_err(failed("remove", &path))?;
    }
    let ours = [store.lock(), store.gitignore()];
    let entries = store.folder().read_dir_utf8().and_then(Iterator::collect::<Result<Vec<_>, _>>);
    let entries = entries.map_err(failed("read", store.folder()))?;
    if entries.iter().any(|entry| !ours.iter().any(|path| path == entry.path())) {
        return Ok(());
    }
    for path in ours {
        disk.remove(&path).map_err(failed("remove", &path))?;
    }
    // Someone who waits for the lock may have made it anew.
    let _ = disk.remove_folder(store.folder());
    Ok(())
}
