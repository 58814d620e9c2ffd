//! From outputs to files.

use std::fs::{self, File};
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

use camino::{Utf8Path, Utf8PathBuf};

use super::check::refusals;
use super::clean::forget;
use super::disk::{Disk, Owner};
use super::journal::Step;
use super::lock::{self, Lock};
use super::problem::{Problem, failed};
use super::store::Store;
use super::target::DiskTarget;
use super::transaction::{Content, Recovery, Transaction, recover};
use super::{Outcome, Request};
use crate::base::Diagnostics;
use crate::compile::output::Output;
use crate::compile::plan::state::{Hash, Key, State};
use crate::compile::plan::{Action, Change, Memory, Plan, plan};

/// How often the folder of the lock may go away before something else is wrong.
const LOCK_TRIES: u32 = 10;

/// Makes the disk match `outputs`. Waits for another build of the project; `waiting` is called if that takes a while.
pub fn build(outputs: Vec<Output>, request: &Request, disk: &dyn Disk, waiting: &mut dyn FnMut()) -> Outcome {
    let store = Store::new(request.site);
    let is_first = !store.folder().exists();
    let mut found = Diagnostics::new();
    let (_lock, memory) = match open(&store, disk, waiting, &mut found) {
        Ok(opened) => opened,
        Err(problem) if problem.is_read_only() => return unchanged(outputs, request, problem),
        Err(problem) => return Outcome::failed(found, problem),
    };
    let mut outcome = carry_out(outputs, &memory, request, &store, disk).after(found);
    let is_for_this_host = outcome.plan.is_some() && request.site.root.is_none();
    if let Some(program) = request.program.filter(|_| is_for_this_host)
        && let Err(problem) = store.set_runtime(disk, program)
    {
        outcome.found.push(problem);
    }
    if is_first && outcome.plan.is_none() && !store.intent().exists() && !store.journal().exists() {
        // A first build that is refused leaves nothing; what cannot be removed does no harm.
        let _ = forget(&store, disk);
    }
    outcome
}

/// A build where nothing can be written, as in an image that is mounted read-only: `problem`, unless there is nothing to
/// be written.
fn unchanged(outputs: Vec<Output>, request: &Request, problem: Problem) -> Outcome {
    let outcome = look(outputs, request);
    if outcome.plan.as_ref().is_some_and(Plan::differs) {
        return Outcome::failed(Diagnostics::new(), problem);
    }
    outcome
}

/// What [`build`] would do. Writes nothing; waits for a build that runs.
pub fn look(outputs: Vec<Output>, request: &Request) -> Outcome {
    let store = Store::new(request.site);
    let mut found = Diagnostics::new();
    match look_with(outputs, request, &store, &mut found) {
        Ok(plan) => Outcome { plan: Some(plan).filter(|_| !found.has_errors()), found },
        Err(problem) => Outcome::failed(found, problem),
    }
}

fn look_with(outputs: Vec<Output>, request: &Request, store: &Store, found: &mut Diagnostics) -> Result<Plan, Problem> {
    let _lock = lock::shared(&store.lock()).map_err(failed("lock", &store.lock()))?;
    let key = store.known_key()?;
    let mut target = DiskTarget::new(request.site);
    let mut state = store.state();
    let mut unfinished = 0;
    if let (Some(key), Some(journal)) = (&key, store.read_journal(&store.journal())?) {
        found.push(Problem::CutOff);
        let pending = journal.pending(key).map_err(failed("read", &store.journal()))?;
        unfinished = pending.keys().filter(|path| **path != state).count();
        if let Some(Some(temporary)) = pending.get(&state) {
            state.clone_from(temporary);
        }
        target = target.with_pending(pending);
    }
    let memory = store.memory(key, &state)?;
    let (plan, planned) = plan(outputs, &memory, &target, &request.options);
    found.extend(planned);
    Ok(Plan { unfinished, ..plan })
}

/// The lock of the project and what it remembers, once no build is half done.
pub(super) fn open(
    store: &Store,
    disk: &dyn Disk,
    waiting: &mut dyn FnMut(),
    found: &mut Diagnostics,
) -> Result<(Lock, Memory), Problem> {
    let lock = exclusive(store, disk, waiting)?;
    let key = store.key_or_new(disk)?;
    match recover(store, &key, disk)? {
        Recovery::Nothing => {}
        Recovery::Completed => found.push(Problem::Completed),
        Recovery::TakenBack => found.push(Problem::TakenBack),
    }
    let memory = store.memory(Some(key), &store.state())?;
    Ok((lock, memory))
}

/// The lock; its folder is made, again where a `clean` took it away while we waited.
fn exclusive(store: &Store, disk: &dyn Disk, waiting: &mut dyn FnMut()) -> Result<Lock, Problem> {
    let mut tries = 0..LOCK_TRIES;
    loop {
        store.make(disk)?;
        match lock::exclusive(&store.lock(), waiting) {
            Err(error) if error.kind() == ErrorKind::NotFound && tries.next().is_some() => {}
            result => return result.map_err(failed("lock", &store.lock())),
        }
    }
}

/// Plans and does it.
pub(super) fn carry_out(
    outputs: Vec<Output>,
    memory: &Memory,
    request: &Request,
    store: &Store,
    disk: &dyn Disk,
) -> Outcome {
    let target = DiskTarget::new(request.site);
    let (plan, mut found) = plan(outputs, memory, &target, &request.options);
    if found.has_errors() {
        return Outcome { plan: None, found };
    }
    let transaction = match transaction(&plan, memory, store) {
        Ok(transaction) => transaction,
        Err(problem) => return Outcome::failed(found, problem),
    };
    found.extend(refusals(&transaction.journal).into_iter().map(Into::into));
    if found.has_errors() {
        return Outcome { plan: None, found };
    }
    if !transaction.journal.is_empty()
        && let Err(problem) = transaction.run(store, disk)
    {
        return Outcome::failed(found, problem);
    }
    Outcome { plan: Some(plan), found }
}

/// The steps of a plan, the state last.
fn transaction(plan: &Plan, memory: &Memory, store: &Store) -> Result<Transaction, Problem> {
    let mut out = Transaction::default();
    let on_disk = |paths: &[Utf8PathBuf]| paths.iter().map(|path| store.site.on_disk(path)).collect();
    out.journal.made = on_disk(&plan.folders);
    out.journal.emptied = on_disk(&plan.emptied);
    for change in &plan.changes {
        if let Some((step, content)) = step(change, &memory.key, store)? {
            out.push(step, content);
        }
    }
    if plan.state != memory.state {
        let (step, content) = state_step(plan, &memory.key, store)?;
        out.push(step, content);
    }
    Ok(out)
}

fn step(change: &Change, key: &Key, store: &Store) -> Result<Option<(Step, Option<Content>)>, Problem> {
    let path = change.real.clone().unwrap_or_else(|| store.site.on_disk(&change.path));
    let was = match &change.old {
        None => None,
        Some(old) => match &old.bytes {
            Some(bytes) => Some(key.hash(bytes)),
            None => Some(hash_file(&path, key)?),
        },
    };
    Ok(match (change.action, &change.new) {
        (Action::Create | Action::Rewrite | Action::SetMode, Some(new)) => {
            let is = Some((key.hash(new.text.as_bytes()), new.mode));
            let owner = was.and_then(|_| owner_to_keep(&path));
            Some((Step { path, was, is }, Some(Content { text: new.text.clone(), owner })))
        }
        (Action::Remove, _) => Some((Step { path, was, is: None }, None)),
        _ => None,
    })
}

/// The step that makes the project remember `plan`; a state that says nothing is no file.
fn state_step(plan: &Plan, key: &Key, store: &Store) -> Result<(Step, Option<Content>), Problem> {
    let path = store.state();
    let was = if path.exists() { Some(hash_file(&path, key)?) } else { None };
    if plan.state == State::default() && was.is_some() {
        return Ok((Step { path, was, is: None }, None));
    }
    let text = plan.state.write(&plan.project);
    let mode = if plan.state.holds_secrets() { 0o600 } else { 0o644 };
    let is = Some((key.hash(text.as_bytes()), mode));
    let owner = owner_to_keep(&path);
    Ok((Step { path, was, is }, Some(Content { text, owner })))
}

fn hash_file(path: &Utf8Path, key: &Key) -> Result<Hash, Problem> {
    File::open(path).and_then(|file| key.hash_reader(file)).map_err(failed("read", path))
}

/// Whose the file at `path` shall stay: only root may give files away.
fn owner_to_keep(path: &Utf8Path) -> Option<Owner> {
    let us = Owner { uid: rustix::process::geteuid().as_raw(), gid: rustix::process::getegid().as_raw() };
    let meta = fs::symlink_metadata(path).ok().filter(|_| us.uid == 0)?;
    let owner = Owner { uid: meta.uid(), gid: meta.gid() };
    (owner != us).then_some(owner)
}
