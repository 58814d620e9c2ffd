//! Faults that the system itself deals out: SIGKILL, a file system that is full, one that is read-only, shut folders.
//!
//! Each runs a test of this file, by its name, in a process of its own; [`FOLDER`] tells that process where to work.
//! Alone, those tests do nothing.

use std::env;
use std::fs::{self, Permissions};
use std::io::{BufRead, BufReader, Write, stderr, stdout};
use std::os::unix::fs::PermissionsExt;
use std::process::{Command, Stdio};
use std::time::{Duration, Instant};

use camino::{Utf8Path, Utf8PathBuf};

use super::disk::RealDisk;
use super::site::Site;
use super::store::Store;
use super::tests::{messages, output, tree};
use super::transaction::recover;
use super::{Outcome, Request, build, look};
use crate::compile::output::Output;
use crate::compile::plan::Options;

const FOLDER: &str = "RECIPE_TEST_FOLDER";
const NAMES: [&str; 5] = ["bin/a", "bin/b", "parts/x/c", "parts/x/d", "e"];

fn outputs(folder: &Utf8Path, text: &str) -> Vec<Output> {
    NAMES.iter().map(|name| output(folder.join(name), text, 0o644)).collect()
}

fn build_in(folder: &Utf8Path, outputs: Vec<Output>) -> Outcome {
    let site = Site::new(folder);
    build(outputs, &request(&site), &RealDisk, &mut || {})
}

fn request(site: &Site) -> Request<'_> {
    Request { site, options: Options { project: site.project.clone(), ..Options::default() }, program: None }
}

/// The command that runs the test `name` of this file, and nothing else, in `folder`.
fn this_test(name: &str, folder: &Utf8Path, before: &[&str]) -> Command {
    let program = env::current_exe().unwrap();
    let mut words = before.iter().map(std::ffi::OsString::from).chain([program.into()]);
    let mut command = Command::new(words.next().unwrap());
    command.args(words).args([&format!("apply::ordeals::{name}"), "--exact", "--ignored", "--nocapture"]);
    command.env(FOLDER, folder);
    command
}

fn given_folder() -> Option<Utf8PathBuf> {
    env::var(FOLDER).ok().map(Utf8PathBuf::from)
}

fn folder() -> (tempfile::TempDir, Utf8PathBuf) {
    let folder = tempfile::tempdir().unwrap();
    let path = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap();
    (folder, path)
}

#[test]
#[ignore = "runs in a process of its own, for the tests below"]
fn builds_until_it_is_killed() {
    let Some(folder) = given_folder() else { return };
    for round in 0.. {
        assert!(!build_in(&folder, outputs(&folder, &format!("{round}"))).found.has_errors());
        writeln!(stdout(), "built").unwrap();
    }
}

#[test]
fn a_process_that_is_killed_leaves_one_set_or_the_other() {
    let (_keep, folder) = folder();
    for moment in 0..15 {
        kill_a_build(&folder, Duration::from_micros(moment * 217));
        let site = Site::new(&*folder);
        let store = Store::new(&site);
        recover(&store, &store.known_key().unwrap().unwrap(), &RealDisk).unwrap();
        let text = fs::read_to_string(folder.join(NAMES[0])).unwrap();
        let seen = look(outputs(&folder, &text), &request(&site));
        assert!(!seen.plan.unwrap().differs() && seen.found.is_empty(), "killed after {moment}");
        let stray = |name: &String| name.contains("recipe-new") || name.contains("journal");
        assert_eq!(tree(&folder).into_keys().find(stray), None, "killed after {moment}");
    }
}

/// Runs builds in another process, and kills it some time after it built a few times.
fn kill_a_build(folder: &Utf8Path, after: Duration) {
    let mut child = this_test("builds_until_it_is_killed", folder, &[]).stdout(Stdio::piped()).spawn().unwrap();
    let mut lines = BufReader::new(child.stdout.take().unwrap()).lines().map(Result::unwrap);
    for _ in 0..3 {
        assert!(lines.any(|line| line.ends_with("built")), "it ended by itself");
    }
    let start = Instant::now();
    while start.elapsed() < after {
        std::hint::spin_loop();
    }
    child.kill().unwrap();
    child.wait().unwrap();
}

#[test]
#[ignore = "runs in a mount namespace of its own, for the test below"]
fn builds_on_a_small_file_system() {
    let Some(folder) = given_folder() else { return };
    let mount = |arguments: &[&str]| {
        let status = Command::new("mount").args(arguments).arg(&folder).status().unwrap();
        assert!(status.success(), "mount {arguments:?}");
    };
    mount(&["-t", "tmpfs", "-o", "size=128k", "tmpfs"]);
    assert!(!build_in(&folder, outputs(&folder, "old")).found.has_errors());
    let before = tree(&folder);
    for size in [24, 40, 64, 120, 200] {
        let text = "x".repeat(size * 1024);
        let outcome = build_in(&folder, outputs(&folder, &text));
        let messages = messages(outcome.found);
        assert!(
            messages[0].starts_with("cannot write `") && messages[0].ends_with("no space left on device"),
            "{messages:?}"
        );
        assert_eq!(tree(&folder), before);
    }
    mount(&["-o", "remount,bind,ro"]);
    let found = messages(build_in(&folder, outputs(&folder, "new")).found);
    assert_eq!(found.len(), 1, "{found:?}");
    assert!(found[0].contains("read-only"), "{found:?}");
    assert_eq!(tree(&folder), before);
    // As in an image: there is nothing to be written.
    let same = build_in(&folder, outputs(&folder, "old"));
    assert!(same.plan.is_some_and(|plan| !plan.differs()), "{:?}", messages(same.found));
}

#[test]
#[ignore = "runs as a user whom permissions bind, for the test below"]
fn builds_where_folders_are_shut() {
    let Some(folder) = given_folder() else { return };
    assert!(!build_in(&folder, outputs(&folder, "old")).found.has_errors());
    let before = tree(&folder);
    let refused = |mode: u32| {
        let set = |mode| {
            ["bin", "parts/x"].map(|name| fs::set_permissions(folder.join(name), Permissions::from_mode(mode)).unwrap())
        };
        set(mode);
        let outcome = build_in(&folder, outputs(&folder, "new"));
        set(0o755);
        assert!(outcome.plan.is_none());
        assert_eq!(tree(&folder), before);
        messages(outcome.found)
    };
    assert_eq!(
        refused(0),
        NAMES[..4].iter().map(|name| format!("cannot look at `{name}`: permission denied")).collect::<Vec<_>>()
    );
    let closed = |name: &str| format!("cannot write in `{}`: permission denied", folder.join(name));
    assert_eq!(refused(0o500), [closed("bin"), closed("parts/x")]);
}

#[test]
fn a_full_or_read_only_file_system_keeps_the_old_set() {
    run_apart("builds_on_a_small_file_system", &["unshare", "--map-root-user", "--mount"]);
}

#[test]
fn folders_that_are_shut_are_all_named() {
    run_apart("builds_where_folders_are_shut", &["unshare", "--user"]);
}

/// Runs the test `name` by way of the command `apart`, if this host lets us.
fn run_apart(name: &str, apart: &[&str]) {
    let may = Command::new(apart[0]).args(&apart[1..]).arg("true").status();
    if !may.is_ok_and(|status| status.success()) {
        writeln!(stderr(), "skipped {name}: this host does not allow `{}`", apart.join(" ")).unwrap();
        return;
    }
    let (_keep, folder) = folder();
    let result = this_test(name, &folder, apart).output().unwrap();
    let text = String::from_utf8_lossy(&result.stdout);
    assert!(result.status.success() && text.contains("1 passed"), "{text}{}", String::from_utf8_lossy(&result.stderr));
}
