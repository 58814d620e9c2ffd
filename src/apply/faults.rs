//! A build that is cut off, or refused, at each of its operations.

use std::cell::Cell;
use std::fs::{self, File};
use std::io::{self, ErrorKind};
use std::os::unix::fs::PermissionsExt as _;

use camino::Utf8Path;

use super::disk::{Disk, Owner, RealDisk};
use super::problem::Problem;
use super::store::Store;
use super::tests::{Project, messages, tree};
use super::transaction::{Recovery, recover};
use super::{Request, build, clean, look};
use crate::compile::output::Output;
use crate::compile::plan::Plan;
use crate::compile::plan::summary::Tense;

/// How a disk fails.
#[derive(Clone, Copy, Debug, PartialEq)]
enum Fault {
    /// The process dies: a write stops in the middle, and nothing happens any more.
    Killed,
    /// From then on there is no space: what is there can still be renamed and removed.
    Full,
    /// One operation is refused.
    Refused(ErrorKind),
}

/// The real disk until `left` operations were done.
struct FaultyDisk {
    fault: Fault,
    left: Cell<usize>,
    failed: Cell<bool>,
    can_exchange: bool,
}

impl FaultyDisk {
    fn new(fault: Fault, operations: usize) -> Self {
        Self { fault, left: Cell::new(operations), failed: Cell::new(false), can_exchange: true }
    }

    /// Whether the next operation is done; `takes_space` is of those that a full disk refuses.
    fn step(&self, takes_space: bool) -> io::Result<()> {
        if self.left.get() > 0 {
            self.left.set(self.left.get() - 1);
            return Ok(());
        }
        let error = match self.fault {
            Fault::Killed => ErrorKind::Other,
            Fault::Full if takes_space => ErrorKind::StorageFull,
            Fault::Refused(kind) if !self.failed.get() => kind,
            Fault::Full | Fault::Refused(_) => return Ok(()),
        };
        self.failed.set(true);
        Err(error.into())
    }
}

impl Disk for FaultyDisk {
    fn make_folder(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(true)?;
        RealDisk.make_folder(path)
    }

    fn remove_folder(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(false)?;
        RealDisk.remove_folder(path)
    }

    fn write(&self, path: &Utf8Path, bytes: &[u8], mode: u32, owner: Option<Owner>) -> io::Result<File> {
        let had_failed = self.failed.get();
        let result = self.step(true);
        if result.is_err() && !had_failed {
            RealDisk.write(path, &bytes[..bytes.len() / 2], 0o600, None)?;
        }
        result?;
        RealDisk.write(path, bytes, mode, owner)
    }

    fn link(&self, to: &Utf8Path, path: &Utf8Path) -> io::Result<()> {
        self.step(true)?;
        RealDisk.link(to, path)
    }

    fn rename(&self, from: &Utf8Path, to: &Utf8Path) -> io::Result<()> {
        self.step(false)?;
        RealDisk.rename(from, to)
    }

    fn exchange(&self, one: &Utf8Path, other: &Utf8Path) -> io::Result<()> {
        if !self.can_exchange {
            return Err(ErrorKind::Unsupported.into());
        }
        self.step(false)?;
        RealDisk.exchange(one, other)
    }

    fn remove(&self, path: &Utf8Path) -> io::Result<()> {
        self.step(false)?;
        RealDisk.remove(path)
    }

    fn open_folder(&self, path: &Utf8Path) -> io::Result<File> {
        self.step(false)?;
        RealDisk.open_folder(path)
    }

    fn sync(&self, files: &[File]) -> Vec<io::Result<()>> {
        // Blocks of a file may be looked for only now.
        files.iter().map(|file| self.step(file.metadata()?.is_file())).collect()
    }
}

fn old(project: &Project) -> Vec<Output> {
    let mut outputs =
        vec![project.file("bin/a", "old"), project.file("bin/b", "old"), project.file("parts/gone/x", "old")];
    outputs.push(super::tests::output(project.path("bin/mode"), "same", 0o644));
    outputs
}

fn new(project: &Project) -> Vec<Output> {
    let mut outputs =
        vec![project.file("bin/a", "new"), project.file("bin/b", "new"), project.file("parts/new/x", "new")];
    outputs.push(super::tests::output(project.path("bin/mode"), "same", 0o755));
    outputs.push(project.folder("var"));
    outputs
}

/// What the files hold that are there before or after the build from old to new.
fn contents(project: &Project) -> Vec<Option<(String, u32)>> {
    let names = ["bin/a", "bin/b", "bin/mode", "parts/gone/x", "parts/new/x"];
    let mode = |name: &str| fs::metadata(project.path(name)).map_or(0, |meta| meta.permissions().mode());
    names.into_iter().map(|name| project.read(name).map(|text| (text, mode(name)))).collect()
}

/// The outputs on disk, `old` or `new`; panics if they are neither, or if something else is there.
fn which(project: &Project, context: &str) -> &'static str {
    let files = tree(&project.site.project);
    let stray: Vec<_> = files.keys().filter(|name| name.contains("recipe-new") || name.contains("journal")).collect();
    assert!(stray.is_empty(), "{context}: {stray:?}");
    for (name, outputs) in [("old", old(project)), ("new", new(project))] {
        let seen = look(outputs, &project.request());
        if seen.plan.is_some_and(|plan| !plan.differs()) && seen.found.is_empty() {
            // A folder that may not be removed is left.
            if !context.starts_with("Refused") {
                assert_eq!(files.contains_key("parts/gone"), name == "old", "{context}");
                assert_eq!(files.contains_key("parts/new"), name == "new", "{context}");
            }
            return name;
        }
    }
    panic!("{context}: neither old nor new: {files:?}");
}

/// Runs the build from old to new with `fault` after each number of operations, until one is not reached any more.
fn at_each_operation(fault: Fault, can_exchange: bool, check: impl Fn(&Project, &FaultyDisk, super::Outcome, &str)) {
    for operations in 0.. {
        let project = Project::new();
        assert!(!project.build(old(&project)).found.has_errors());
        let disk = FaultyDisk { can_exchange, ..FaultyDisk::new(fault, operations) };
        let outcome = build(new(&project), &project.request(), &disk, &mut || {});
        let context = format!("{fault:?} after {operations} operations");
        check(&project, &disk, outcome, &context);
        assert!(!project.build(new(&project)).found.has_errors(), "{context}");
        assert_eq!(which(&project, &context), "new");
        if !disk.failed.get() {
            assert!(operations > 4, "the build does more than that");
            return;
        }
    }
}

fn recovered(project: &Project) -> Result<Recovery, Problem> {
    let store = Store::new(&project.site);
    recover(&store, &store.known_key().unwrap().unwrap(), &RealDisk)
}

#[test]
fn a_build_that_is_killed_leaves_the_old_or_the_new_set() {
    let seen = std::cell::RefCell::new(std::collections::BTreeSet::new());
    for can_exchange in [true, false] {
        at_each_operation(Fault::Killed, can_exchange, |project, _, _, context| {
            let before = look(new(project), &project.request());
            assert!(!before.found.has_errors(), "{context}");
            let plan = before.plan.unwrap();
            let (unfinished, outputs) = (plan.unfinished, contents(project));
            assert!(unfinished == 0 || plan.differs(), "{context}");
            assert_eq!(plan.summary(Tense::Due).contains("of the last build to complete, then"), unfinished > 0);
            let will_differ = Plan { unfinished: 0, ..plan }.differs();
            let recovery = recovered(project).unwrap();
            assert_eq!(unfinished > 0, contents(project) != outputs, "{context}: looking tells what is not done yet");
            let which = which(project, context);
            assert!(recovery != Recovery::Completed || which == "new", "{context}");
            assert!(recovery != Recovery::TakenBack || which == "old", "{context}");
            assert_eq!(will_differ, which == "old", "{context}: looking sees what will be");
            seen.borrow_mut().insert(which);
        });
    }
    assert_eq!(seen.into_inner().len(), 2);
}

#[test]
fn a_recovery_that_is_killed_can_be_repeated() {
    for operations in 0..40 {
        for again in 0..10 {
            let project = Project::new();
            project.build(old(&project));
            build(new(&project), &project.request(), &FaultyDisk::new(Fault::Killed, operations), &mut || {});
            let store = Store::new(&project.site);
            let key = store.known_key().unwrap().unwrap();
            let _ = recover(&store, &key, &FaultyDisk::new(Fault::Killed, again));
            recovered(&project).unwrap();
            which(&project, &format!("killed after {operations}, then after {again}"));
        }
    }
}

#[test]
fn a_full_disk_leaves_all_as_it_was() {
    at_each_operation(Fault::Full, true, |project, disk, outcome, context| {
        if !disk.failed.get() {
            return;
        }
        assert_eq!(which(project, context), "old");
        assert!(outcome.plan.is_none());
        let messages = messages(outcome.found);
        let path = project.site.project.as_str();
        assert!(messages[0].starts_with("cannot ") && messages[0].contains(path), "{messages:?}");
        assert!(messages[0].ends_with("no storage space"), "{messages:?}");
    });
}

#[test]
fn a_refusal_leaves_the_old_set_or_the_new_one() {
    for kind in [ErrorKind::PermissionDenied, ErrorKind::ReadOnlyFilesystem, ErrorKind::Other] {
        at_each_operation(Fault::Refused(kind), true, |project, disk, outcome, context| {
            if disk.failed.get() && outcome.plan.is_none() {
                assert!(outcome.found.has_errors(), "{context}");
            }
            recovered(project).unwrap();
            which(project, context);
        });
    }
}

#[test]
fn a_first_build_that_is_killed_leaves_nothing_behind() {
    for operations in 0..40 {
        let project = Project::new();
        let request = || Request { program: Some("/usr/bin/recipe".into()), ..project.request() };
        let disk = FaultyDisk::new(Fault::Killed, operations);
        build(new(&project), &request(), &disk, &mut || {});
        build(vec![project.file("another", "")], &request(), &RealDisk, &mut || {});
        let ours = ["key", "lock", "runtime", ".gitignore", "state.toml"].map(|name| format!(".recipe/{name}"));
        let is_stray = |name: &String| !["another", "var", ".recipe"].contains(&&**name) && !ours.contains(name);
        let left: Vec<_> = tree(&project.site.project).into_keys().filter(is_stray).collect();
        assert!(left.is_empty(), "after {operations}: {left:?}");
        build(new(&project), &request(), &RealDisk, &mut || {});
        assert_eq!(which(&project, &format!("after {operations}")), "new");
    }
}

#[test]
fn a_clean_that_is_killed_can_be_repeated() {
    for operations in 0..30 {
        let project = Project::new();
        project.build(old(&project));
        clean(&project.request(), &FaultyDisk::new(Fault::Killed, operations), &mut || {});
        let outcome = clean(&project.request(), &RealDisk, &mut || {});
        assert!(!outcome.found.has_errors(), "after {operations}: {:?}", outcome.found);
        assert!(tree(&project.site.project).is_empty(), "after {operations}: {:?}", tree(&project.site.project));
    }
}

#[test]
fn a_file_that_is_edited_after_the_build_was_cut_off_is_kept() {
    for operations in 0..40 {
        let project = Project::new();
        project.build(old(&project));
        build(new(&project), &project.request(), &FaultyDisk::new(Fault::Killed, operations), &mut || {});
        fs::write(project.path("bin/a"), "by hand").unwrap();
        let outcome = project.build(new(&project));
        assert_eq!(project.read("bin/a").unwrap(), "by hand", "after {operations}");
        assert_eq!(messages(outcome.found)[0], "`bin/a` was edited since the last build and is kept");
        assert_eq!(project.read("bin/b").unwrap(), "new");
    }
}
