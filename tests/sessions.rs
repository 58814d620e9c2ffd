//! Every folder under `fixtures/` with a `session` file is a test: its files are copied to a scratch folder and the
//! session is run there. One with a script in Python is reported as ignored where there is none, and so is one with a file
//! `needs` that names a program which is not there.

use std::fs;
use std::path::Path;
use std::process::Command;

use libtest_mimic::Trial;

use crate::harness::scratch::{self, Scratch};
use crate::harness::{project, session};

/// One trial a folder, named by its path below `fixtures/`.
pub fn trials() -> Vec<Trial> {
    let fixtures = project().join("fixtures");
    let mut trials = vec![
        Trial::test("sessions::the_engine_can_fail", session::self_test),
        Trial::test("sessions::a_copy_is_without_what_builds_left", scratch::self_test),
    ];
    let has_python = Command::new("python3").arg("--version").output().is_ok_and(|output| output.status.success());
    for entry in walkdir::WalkDir::new(&fixtures).sort_by_file_name().into_iter().flatten() {
        if entry.file_name() != "session" {
            continue;
        }
        let folder = entry.path().parent().expect("below fixtures").to_owned();
        let name = folder.strip_prefix(&fixtures).expect("below").display().to_string();
        let ignored = (wants_python(&folder) && !has_python) || lacks(&folder);
        let trial = Trial::test(format!("sessions::{name}"), move || {
            let scratch = Scratch::copy_of(&folder);
            session::check(&folder.join("session"), &scratch)
        });
        trials.push(trial.with_ignored_flag(ignored));
    }
    trials
}

/// Whether a program is not there that the folder needs.
fn lacks(folder: &Path) -> bool {
    let needs = fs::read_to_string(folder.join("needs")).unwrap_or_default();
    needs.lines().any(|program| !Path::new(program).exists())
}

fn wants_python(folder: &Path) -> bool {
    let files = fs::read_dir(folder).into_iter().flatten().flatten();
    files.filter_map(|file| fs::read(file.path()).ok()).any(|text| text.starts_with(b"#!/usr/bin/env python3"))
}
