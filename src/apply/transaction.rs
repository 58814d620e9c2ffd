//! A set of files changes as one.
//!
//! 1. *Intend*: the journal is written under a name that means "being prepared".
//! 2. *Stage*: folders are made, each new file is written beside its target, and all that is synced.
//! 3. *Commit*: the journal is renamed.
//! 4. *Swap*: each new file changes places with the old one, whose name is then that of the temporary file; a file that
//!    goes is renamed to it. Then the folder of the journal is synced.
//! 5. *Tidy*: the old files are removed, then the journal.
//!
//! Whoever is cut off before the commit is taken back by the next build ([`recover`]), later it is completed; a file that
//! was edited in between is left alone. An operation that fails before the commit, or in the swap, is taken back at once,
//! so a full disk or a folder that refuses leaves all as it was.
//!
//! Power may go at any time, too. A new file is durable with its name once it is synced, and renames of one file system
//! become durable in their order, as all journalling file systems of Linux have it: so one sync of the journal's folder
//! after the swap takes all before it along, and a file system that takes along less (btrfs, for up to half a minute)
//! still has the journal, from which the next build completes it. Where folders are on several file systems, the commit is
//! synced before the swap, and each folder after it. The journal is synced with what it announces: a host that loses its
//! power before that may keep temporary files, whose names the next build takes again. Deliberately absent: access control lists and extended
//! attributes of replaced files.

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::os::unix::fs::MetadataExt;

use camino::Utf8Path;

use super::disk::{Disk, Owner};
use super::durable::Unsynced;
use super::journal::{Journal, Rest, Step};
use super::problem::{Problem, failed};
use super::store::Store;
use crate::compile::plan::state::Key;

/// The new file of a step.
#[derive(Debug)]
pub(super) struct Content {
    /// Its bytes.
    pub(super) text: String,
    /// Whom it shall belong to, if not to who builds.
    pub(super) owner: Option<Owner>,
}

/// A journal with the contents of its steps: none for a file that goes.
#[derive(Debug, Default)]
pub(super) struct Transaction {
    /// What to do.
    pub(super) journal: Journal,
    /// One for each step.
    pub(super) contents: Vec<Option<Content>>,
}

/// How a step was done, hence how it is taken back.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Swapped {
    /// Old and new file changed places.
    Exchanged,
    /// A file came where none was.
    Created,
    /// A file went.
    Removed,
    /// The old file is lost: the file system cannot exchange.
    Replaced,
}

impl Transaction {
    /// Adds a step.
    pub(super) fn push(&mut self, step: Step, content: Option<Content>) {
        self.journal.steps.push(step);
        self.contents.push(content);
    }

    /// Does all of it, or nothing.
    pub(super) fn run(self, store: &Store, disk: &dyn Disk) -> Result<(), Problem> {
        self.commit(store, disk)?;
        let swapped = self.swap_or_take_back(store, disk)?;
        sync_folders(&self.journal, store, disk)?;
        self.remove_old(&swapped, disk)?;
        close(&self.journal, store, disk)
    }

    /// Intends, stages and commits.
    fn commit(&self, store: &Store, disk: &dyn Disk) -> Result<(), Problem> {
        let (intent, journal) = (store.intent(), store.journal());
        let committed = self
            .prepare(&intent, store, disk)
            .and_then(|()| disk.rename(&intent, &journal).map_err(failed("write", &journal)));
        if committed.is_err() {
            take_back(&self.journal, store, disk);
        }
        committed?;
        if elsewhere(&self.journal, store).is_empty() { Ok(()) } else { sync([store.folder()], disk) }
    }

    /// Intends and stages.
    fn prepare(&self, intent: &Utf8Path, store: &Store, disk: &dyn Disk) -> Result<(), Problem> {
        let mut unsynced = Unsynced::new(disk, "write");
        let text = self.journal.write(&store.site.folder());
        let journal = disk.write(intent, text.as_bytes(), 0o600, None).map_err(failed("write", intent))?;
        unsynced.add(intent, journal)?;
        if let Some(key) = store.new_key() {
            unsynced.add(&store.key(), key)?;
        }
        self.stage(&mut unsynced, disk)?;
        unsynced.wait()
    }

    fn swap_or_take_back(&self, store: &Store, disk: &dyn Disk) -> Result<Vec<Swapped>, Problem> {
        self.swap(disk).map_err(|(swapped, problem)| {
            if self.swap_back(&swapped, disk) && disk.rename(&store.journal(), &store.intent()).is_ok() {
                take_back(&self.journal, store, disk);
            }
            problem
        })
    }

    /// Removes the old files, which have the names of the temporary ones now.
    fn remove_old(&self, swapped: &[Swapped], disk: &dyn Disk) -> Result<(), Problem> {
        for (step, how) in self.journal.steps.iter().zip(swapped) {
            if matches!(how, Swapped::Exchanged | Swapped::Removed) {
                let temporary = step.temporary();
                disk.remove(&temporary).map_err(failed("remove", &temporary))?;
            }
        }
        Ok(())
    }

    fn stage(&self, unsynced: &mut Unsynced<'_>, disk: &dyn Disk) -> Result<(), Problem> {
        for folder in &self.journal.made {
            match disk.make_folder(folder) {
                Err(error) if error.kind() == ErrorKind::AlreadyExists && folder.is_dir() => {}
                result => result.map_err(failed("make the folder", folder))?,
            }
        }
        for (step, content) in self.journal.steps.iter().zip(&self.contents) {
            if let (Some(content), Some((_, mode))) = (content, step.is) {
                let written = disk.write(&step.temporary(), content.text.as_bytes(), mode, content.owner);
                unsynced.add(&step.path, written.map_err(failed("write", &step.path))?)?;
            }
        }
        Ok(())
    }

    /// Puts everything in place; on failure says how far it came.
    fn swap(&self, disk: &dyn Disk) -> Result<Vec<Swapped>, (Vec<Swapped>, Problem)> {
        let mut swapped = Vec::with_capacity(self.journal.steps.len());
        for step in &self.journal.steps {
            match swap_one(step, disk) {
                Ok(how) => swapped.push(how),
                Err(problem) => return Err((swapped, problem)),
            }
        }
        Ok(swapped)
    }

    /// Takes the first steps back; whether that went well.
    fn swap_back(&self, swapped: &[Swapped], disk: &dyn Disk) -> bool {
        if swapped.contains(&Swapped::Replaced) {
            return false;
        }
        let undo = |(step, how): (&Step, &Swapped)| {
            let temporary = step.temporary();
            match how {
                Swapped::Exchanged => disk.exchange(&temporary, &step.path),
                Swapped::Created => disk.rename(&step.path, &temporary),
                Swapped::Removed | Swapped::Replaced => disk.rename(&temporary, &step.path),
            }
        };
        self.journal.steps.iter().zip(swapped).rev().map(undo).all(|result| result.is_ok())
    }
}

fn swap_one(step: &Step, disk: &dyn Disk) -> Result<Swapped, Problem> {
    let (path, temporary) = (&step.path, step.temporary());
    if step.is.is_none() {
        return disk.rename(path, &temporary).map(|()| Swapped::Removed).map_err(failed("remove", path));
    }
    if step.was.is_none() {
        return disk.rename(&temporary, path).map(|()| Swapped::Created).map_err(failed("write", path));
    }
    match disk.exchange(&temporary, path) {
        Err(error) if error.kind() == ErrorKind::Unsupported => {
            disk.rename(&temporary, path).map(|()| Swapped::Replaced)
        }
        result => result.map(|()| Swapped::Exchanged),
    }
    .map_err(failed("write", path))
}

/// What had to be done about the build before.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Recovery {
    /// Nothing: it ended well.
    Nothing,
    /// It was cut off after its commit.
    Completed,
    /// It was cut off before.
    TakenBack,
}

/// Finishes, or takes back, what an earlier build left undone.
pub(super) fn recover(store: &Store, key: &Key, disk: &dyn Disk) -> Result<Recovery, Problem> {
    let mut recovery = Recovery::Nothing;
    if let Some(journal) = store.read_journal(&store.journal())? {
        for step in &journal.steps {
            complete(step, key, disk)?;
        }
        sync_folders(&journal, store, disk)?;
        close(&journal, store, disk)?;
        recovery = Recovery::Completed;
    }
    match store.read_journal(&store.intent()) {
        Ok(None) => return Ok(recovery),
        Ok(Some(journal)) => take_back(&journal, store, disk),
        // It was cut off before its journal was on disk: whatever was staged has names that the next build takes again.
        Err(Problem::BadJournal { path, .. }) => disk.remove(&path).map_err(failed("remove", &path))?,
        Err(problem) => return Err(problem),
    }
    Ok(Recovery::TakenBack)
}

/// Does what is left of a step.
fn complete(step: &Step, key: &Key, disk: &dyn Disk) -> Result<(), Problem> {
    let temporary = step.temporary();
    match step.rest(key).map_err(failed("read", &step.path))? {
        Rest::Put => disk.rename(&temporary, &step.path).map_err(failed("write", &step.path)),
        Rest::Remove => {
            disk.remove(&step.path).and_then(|()| disk.remove(&temporary)).map_err(failed("remove", &step.path))
        }
        Rest::Nothing => disk.remove(&temporary).map_err(failed("remove", &temporary)),
    }
}

/// Removes all that was staged. What cannot be removed now stays in the journal for the next build.
fn take_back(journal: &Journal, store: &Store, disk: &dyn Disk) {
    let mut is_clean = true;
    for step in journal.steps.iter().filter(|step| step.is.is_some()) {
        is_clean &= is_gone(disk.remove(&step.temporary()));
    }
    for folder in journal.made.iter().rev() {
        let _ = disk.remove_folder(folder);
    }
    if is_clean {
        let _ = disk.remove(&store.intent());
    }
}

/// Whether a file is not there any more; below something that is no folder it never was.
fn is_gone(removed: std::io::Result<()>) -> bool {
    removed.is_ok() || removed.is_err_and(|error| error.kind() == ErrorKind::NotADirectory)
}

/// Removes the folders that are empty now, and the journal.
fn close(journal: &Journal, store: &Store, disk: &dyn Disk) -> Result<(), Problem> {
    for folder in &journal.emptied {
        let _ = disk.remove_folder(folder);
    }
    let path = store.journal();
    disk.remove(&path).map_err(failed("remove", &path))
}

/// Makes durable all names that changed.
fn sync_folders(journal: &Journal, store: &Store, disk: &dyn Disk) -> Result<(), Problem> {
    sync([store.folder()], disk)?;
    sync(elsewhere(journal, store), disk)
}

/// The folders in which a name changes that are on another file system than the journal, or may be.
fn elsewhere<'j>(journal: &'j Journal, store: &Store) -> BTreeSet<&'j Utf8Path> {
    let device = |folder: &Utf8Path| fs::metadata(folder).map(|meta| meta.dev()).ok();
    let home = device(store.folder());
    let changed = journal.steps.iter().map(|step| &step.path).chain(&journal.made);
    let folders: BTreeSet<&Utf8Path> = changed.filter_map(|path| path.parent()).collect();
    folders.into_iter().filter(|folder| home.is_none() || device(folder) != home).collect()
}

/// Syncs folders; one that is gone has nothing to sync.
fn sync<'a>(folders: impl IntoIterator<Item = &'a Utf8Path>, disk: &dyn Disk) -> Result<(), Problem> {
    let mut unsynced = Unsynced::new(disk, "sync");
    for folder in folders {
        match disk.open_folder(folder) {
            Err(error) if error.kind() == ErrorKind::NotFound => {}
            opened => unsynced.add(folder, opened.map_err(failed("sync", folder))?)?,
        }
    }
    unsynced.wait()
}
