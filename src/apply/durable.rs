//! Waiting until files are durable: for many at once.
//!
//! A file system that is asked for one file after the other commits once for each; asked for all at the same time, it
//! commits once. On a busy disk that is most of the time of a build.

use std::fs::File;
use std::io;
use std::thread::{Builder, ScopedJoinHandle, scope};

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::Disk;
use super::problem::{Problem, failed};

/// How many files are waited for at once: few enough for the limit of open files.
const AT_ONCE: usize = 32;

/// Files, or folders, that have yet to become durable.
pub(super) struct Unsynced<'a> {
    disk: &'a dyn Disk,
    /// What a failure is called: `cannot VERB …`.
    verb: &'static str,
    open: Vec<(Utf8PathBuf, File)>,
}

impl<'a> Unsynced<'a> {
    /// None yet.
    pub(super) fn new(disk: &'a dyn Disk, verb: &'static str) -> Self {
        Self { disk, verb, open: Vec::new() }
    }

    /// Adds one, under the name by which users know it; waits when there are many.
    pub(super) fn add(&mut self, path: &Utf8Path, file: File) -> Result<(), Problem> {
        self.open.push((path.to_owned(), file));
        if self.open.len() < AT_ONCE { Ok(()) } else { self.wait() }
    }

    /// Waits until all that were added are durable.
    pub(super) fn wait(&mut self) -> Result<(), Problem> {
        let (paths, files): (Vec<Utf8PathBuf>, Vec<File>) = self.open.drain(..).unzip();
        let results = self.disk.sync(&files);
        paths.iter().zip(results).try_for_each(|(path, result)| result.map_err(failed(self.verb, path)))
    }
}

/// Syncs all files at the same time; one result for each.
pub(super) fn sync_all(files: &[File]) -> Vec<io::Result<()>> {
    if let [file] = files {
        return vec![file.sync_all()];
    }
    scope(|scope| {
        let start = |file| Builder::new().spawn_scoped(scope, move || File::sync_all(file)).ok();
        let threads: Vec<Option<ScopedJoinHandle<'_, io::Result<()>>>> = files.iter().map(start).collect();
        let end = |(thread, file): (Option<ScopedJoinHandle<'_, _>>, &File)| {
            thread.and_then(|thread| thread.join().ok()).unwrap_or_else(|| file.sync_all())
        };
        threads.into_iter().zip(files).map(end).collect()
    })
}
