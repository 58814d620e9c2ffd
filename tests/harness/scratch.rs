//! A folder for one test. When it goes, so does every process that was started in it.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::time::{Duration, Instant};

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

    /// Copies the folder `from` to the folder `to` in this one.
    pub fn add(&self, from: &Path, to: &str) {
        let to = self.path().join(to);
        for entry in walkdir::WalkDir::new(from) {
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
