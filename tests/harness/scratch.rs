//! A folder for one test. When it goes, so does every process that was started in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

use super::Outcome;

/// What a build or a run leaves in a project folder: no fixture has it of its own.
const LEFT_BY_BUILDS: [&str; 4] = [".recipe", "bin", "parts", "var"];

/// A temporary folder with a short path, as unix sockets have short names.
pub struct Scratch {
    folder: tempfile::TempDir,
}

impl Scratch {
    /// An empty one.
    pub fn new() -> Self {
        Self { folder: tempfile::Builder::new().prefix("rcp").tempdir().expect("a temporary folder") }
    }

    /// One with a copy of `from`.
    pub fn copy_of(from: &Path) -> Self {
        let scratch = Self::new();
        scratch.add(from, "");
        scratch
    }

    /// Copies the folder `from` to the folder `to` in this one, without what builds left there.
    pub fn add(&self, from: &Path, to: &str) {
        let to = self.path().join(to);
        for entry in walkdir::WalkDir::new(from).into_iter().filter_entry(|entry| !is_left_by_builds(entry)) {
            let entry = entry.expect("a readable fixture");
            let target = to.join(entry.path().strip_prefix(from).expect("below"));
            if entry.file_type().is_dir() {
                fs::create_dir_all(&target).expect("a folder");
            } else {
                fs::copy(entry.path(), &target).expect("a copy");
            }
        }
    }

    /// Its path, without symbolic links.
    pub fn path(&self) -> PathBuf {
        self.folder.path().canonicalize().expect("it exists")
    }
}

/// What a build left in a fixture stays there.
pub fn self_test() -> Outcome {
    let (fixture, scratch) = (Scratch::new(), Scratch::new());
    for file in ["recipe.toml", "bin/web", "var/log/web.log", ".recipe/state", "etc/bin/web"] {
        let file = fixture.path().join(file);
        fs::create_dir_all(file.parent().expect("below the fixture"))?;
        fs::write(file, "")?;
    }
    scratch.add(&fixture.path(), "copy");
    let is_there = |file: &str| scratch.path().join("copy").join(file).exists();
    let copied = ["recipe.toml", "etc/bin/web"].into_iter().all(is_there);
    if copied && !LEFT_BY_BUILDS.into_iter().any(is_there) {
        Ok(())
    } else {
        Err("copied too much or too little".into())
    }
}

fn is_left_by_builds(entry: &walkdir::DirEntry) -> bool {
    entry.depth() == 1 && LEFT_BY_BUILDS.iter().any(|name| entry.file_name() == *name)
}

impl Drop for Scratch {
    fn drop(&mut self) {
        let folder = self.path();
        let deadline = Instant::now() + Duration::from_secs(10);
        while kill_all(&folder) && Instant::now() < deadline {
            std::thread::yield_now();
        }
    }
}

/// Kills the processes whose folder or command line is in `folder`; whether there were any.
fn kill_all(folder: &Path) -> bool {
    let mut found = false;
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let Some(pid) = entry.file_name().to_str().and_then(|name| name.parse::<u32>().ok()) else { continue };
        if pid != std::process::id() && is_in(&entry.path(), folder) {
            found = true;
            let _ = Command::new("kill").arg("-9").arg(pid.to_string()).output();
        }
    }
    found
}

fn is_in(process: &Path, folder: &Path) -> bool {
    let cwd = fs::read_link(process.join("cwd")).is_ok_and(|cwd| cwd.starts_with(folder));
    let command = fs::read(process.join("cmdline")).unwrap_or_default();
    let zombie = fs::read_to_string(process.join("stat")).is_ok_and(|stat| stat.contains(") Z "));
    !zombie && (cwd || String::from_utf8_lossy(&command).contains(&*folder.to_string_lossy()))
}
