//! Every folder under `fixtures/` with a `session` file is a test: its files are copied to a scratch folder and the
//! session is run there.

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
    for entry in walkdir::WalkDir::new(&fixtures).sort_by_file_name().into_iter().flatten() {
        if entry.file_name() != "session" {
            continue;
        }
        let folder = entry.path().parent().expect("below fixtures").to_owned();
        let name = folder.strip_prefix(&fixtures).expect("below").display().to_string();
        trials.push(Trial::test(format!("sessions::{name}"), move || {
            let scratch = Scratch::copy_of(&folder);
            session::check(&folder.join("session"), &scratch)
        }));
    }
    trials
}
