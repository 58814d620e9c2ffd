use std::collections::BTreeMap;
use std::fs;
use std::os::unix::fs::{MetadataExt, PermissionsExt, symlink};
use std::sync::atomic::{AtomicUsize, Ordering};

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;
use tempfile::TempDir;

use super::disk::RealDisk;
use super::site::Site;
use super::{Outcome, Request, build, clean, look};
use crate::base::{Diagnostics, Sources, Span};
use crate::compile::output::{Content, Output, Place};
use crate::compile::plan::summary::Tense;
use crate::compile::plan::{Action, Options};

/// A folder that goes away, where syncing costs nothing if there is such a place.
fn folder_in_memory() -> TempDir {
    tempfile::tempdir_in("/dev/shm").or_else(|_| tempfile::tempdir()).unwrap()
}

/// A project in a folder that goes away.
pub(super) struct Project {
    _folder: TempDir,
    pub(super) site: Site,
    options: Options,
}

impl Project {
    pub(super) fn new() -> Self {
        let folder = folder_in_memory();
        let path = Utf8Path::from_path(folder.path()).unwrap().canonicalize_utf8().unwrap().join("shop");
        fs::create_dir(&path).unwrap();
        let options = Options { project: path.clone(), ..Options::default() };
        Self { _folder: folder, site: Site::new(path), options }
    }

    pub(super) fn path(&self, name: &str) -> Utf8PathBuf {
        self.site.project.join(name)
    }

    pub(super) fn file(&self, name: &str, text: &str) -> Output {
        output(self.path(name), text, 0o644)
    }

    pub(super) fn folder(&self, name: &str) -> Output {
        Output { content: Content::Folder, ..self.file(name, "") }
    }

    pub(super) fn request(&self) -> Request<'_> {
        Request { site: &self.site, options: self.options.clone(), program: None }
    }

    fn forced(&self) -> Request<'_> {
        let options = Options { force: true, ..self.options.clone() };
        Request { options, ..self.request() }
    }

    pub(super) fn build(&self, outputs: Vec<Output>) -> Outcome {
        build(outputs, &self.request(), &RealDisk, &mut || {})
    }

    fn summary(&self, outputs: Vec<Output>) -> String {
        summary(&self.build(outputs))
    }

    pub(super) fn read(&self, name: &str) -> Option<String> {
        fs::read_to_string(self.path(name)).ok()
    }
}

pub(super) fn output(path: Utf8PathBuf, text: &str, mode: u32) -> Output {
    let content = Content::File { text: text.into(), mode, secrets: vec![] };
    let origin = Span::new(Sources::new().add("recipe.toml", ""), 0, 0);
    Output { path, part: "web".into(), content, origin, place: Place::Project, sources: Vec::new() }
}

fn summary(outcome: &Outcome) -> String {
    match &outcome.plan {
        Some(plan) => plan.summary(Tense::Done),
        None => panic!("not built: {:?}", outcome.found),
    }
}

pub(super) fn messages(found: Diagnostics) -> Vec<String> {
    found.sorted().into_iter().map(|found| found.message).collect()
}

fn mode(path: &Utf8Path) -> u32 {
    fs::metadata(path).unwrap().permissions().mode() & 0o7777
}

/// All that is below `folder`, with texts.
pub(super) fn tree(folder: &Utf8Path) -> BTreeMap<String, Option<String>> {
    let entries = walkdir::WalkDir::new(folder).min_depth(1).into_iter().map(Result::unwrap);
    entries
        .map(|entry| {
            let path = Utf8Path::from_path(entry.path()).unwrap();
            let name = path.strip_prefix(folder).unwrap().to_string();
            (name, entry.file_type().is_file().then(|| fs::read_to_string(path).unwrap_or_default()))
        })
        .collect()
}

#[test]
fn a_build_makes_changes_and_removes() {
    let project = Project::new();
    let first = || vec![project.file("bin/ctl", "1"), project.file("parts/old/x", "1"), project.folder("var/log")];
    assert_eq!(project.summary(first()), "2 files created, 1 folder created");
    assert_eq!(project.summary(first()), "2 files unchanged");
    let second = vec![output(project.path("bin/ctl"), "2", 0o755), project.file("parts/new/x", "1")];
    assert_eq!(project.summary(second), "1 file created, 1 changed, 1 removed");
    assert_eq!(project.read("bin/ctl").unwrap(), "2");
    assert_eq!(mode(&project.path("bin/ctl")), 0o755);
    assert!(!project.path("parts/old").exists());
    assert!(project.path("var/log").is_dir());
    assert_eq!(project.read(".recipe/.gitignore").unwrap(), "*\n");
    assert_eq!(mode(&project.path(".recipe/key")), 0o600);
    let left: Vec<_> = tree(&project.site.project).into_keys().filter(|name| name.contains("recipe-new")).collect();
    assert!(left.is_empty(), "{left:?}");
}

#[test]
fn an_unchanged_build_writes_nothing() {
    let project = Project::new();
    let stamps = || -> Vec<_> {
        let entries = walkdir::WalkDir::new(&project.site.project).sort_by_file_name().into_iter();
        let stamp = |meta: fs::Metadata| (meta.ino(), meta.ctime(), meta.ctime_nsec());
        entries.map(|entry| stamp(entry.unwrap().metadata().unwrap())).collect()
    };
    let build = || {
        let request = Request { program: Some("/usr/bin/recipe".into()), ..project.request() };
        build(vec![project.file("a/x", "1"), project.folder("var")], &request, &RealDisk, &mut || {})
    };
    summary(&build());
    let before = stamps();
    summary(&build());
    assert_eq!(stamps(), before);
}

#[test]
fn secrets_are_for_their_owner_from_the_first_byte() {
    let project = Project::new();
    let conf = || {
        let content = Content::File { text: "p=s3kret".into(), mode: 0o600, secrets: std::iter::once(2..8).collect() };
        Output { content, ..project.file("conf", "") }
    };
    fs::write(project.path("conf"), "p=s3kret").unwrap();
    fs::set_permissions(project.path("conf"), PermissionsExt::from_mode(0o644)).unwrap();
    assert_eq!(project.summary(vec![conf()]), "1 file with a new mode");
    assert_eq!(mode(&project.path("conf")), 0o600);
    assert_eq!(mode(&project.path(".recipe/state.toml")), 0o600);
    for (name, text) in tree(&project.path(".recipe")) {
        assert!(!text.unwrap_or_default().contains("s3kret"), "{name}");
    }
}

#[test]
fn files_edited_by_hand_stay_until_forced() {
    let project = Project::new();
    project.build(vec![project.file("a", "1"), project.file("b", "1")]);
    fs::write(project.path("a"), "by hand").unwrap();
    fs::write(project.path("c"), "whose").unwrap();
    let outputs = || vec![project.file("a", "2"), project.file("b", "2"), project.file("c", "2")];
    let outcome = project.build(outputs());
    assert_eq!(summary(&outcome), "1 file changed, 1 kept as edited by hand, 1 kept as not made by a build");
    assert_eq!(
        messages(outcome.found),
        ["`a` was edited since the last build and is kept", "`c` was not made by a build and is kept"]
    );
    assert_eq!(project.read("a").unwrap(), "by hand");
    assert_eq!(summary(&build(outputs(), &project.forced(), &RealDisk, &mut || {})), "2 files changed, 1 unchanged");
    assert_eq!(project.summary(outputs()), "3 files unchanged");
}

#[test]
fn looking_writes_nothing_and_sees_what_a_build_would_do() {
    let project = Project::new();
    let seen = look(vec![project.file("bin/x", "1")], &project.request());
    assert_eq!(seen.plan.unwrap().summary(Tense::Due), "1 file to create");
    assert!(tree(&project.site.project).is_empty());
    project.build(vec![project.file("bin/x", "1")]);
    assert!(!look(vec![project.file("bin/x", "1")], &project.request()).plan.unwrap().differs());
}

#[test]
fn cleaning_takes_everything_back_but_what_others_made() {
    let project = Project::new();
    fs::create_dir(project.path("bin")).unwrap();
    project.build(vec![project.file("bin/x", "1"), project.file("parts/a/x", "1"), project.folder("var/log")]);
    fs::write(project.path("parts/theirs"), "").unwrap();
    summary(&clean(&project.request(), &RealDisk, &mut || {}));
    assert_eq!(tree(&project.site.project).into_keys().collect::<Vec<_>>(), ["bin", "parts", "parts/theirs"]);
    summary(&clean(&project.request(), &RealDisk, &mut || {}));
}

#[test]
fn cleaning_keeps_edited_files_and_passwords() {
    let project = Project::new();
    project.build(vec![project.file("a", "1"), project.file("b", "1")]);
    fs::write(project.path("a"), "by hand").unwrap();
    fs::write(project.path(".recipe/passwords"), "x").unwrap();
    let outcome = clean(&project.request(), &RealDisk, &mut || {});
    assert_eq!(summary(&outcome), "1 file removed, 1 kept as edited by hand");
    assert_eq!(project.read("a").unwrap(), "by hand");
    assert_eq!(summary(&clean(&project.forced(), &RealDisk, &mut || {})), "1 file removed");
    let left: Vec<_> = tree(&project.site.project).into_keys().collect();
    assert_eq!(left, [".recipe", ".recipe/.gitignore", ".recipe/lock", ".recipe/passwords"]);
}

#[test]
fn a_package_is_built_below_its_root() {
    let project = Project::new();
    let root = project.path("pkg");
    let site = Site { project: "/srv/shop".into(), root: Some(root.clone()) };
    let options = Options { project: "/srv/shop".into(), ..Options::default() };
    let request = Request { site: &site, options, program: Some("/usr/bin/recipe".into()) };
    let outputs = || vec![output("/srv/shop/bin/x".into(), "1", 0o755), output("/etc/shop.conf".into(), "2", 0o644)];
    let outcome = build(outputs(), &request, &RealDisk, &mut || {});
    assert_eq!(summary(&outcome), "2 files created");
    assert_eq!(fs::read_to_string(root.join("etc/shop.conf")).unwrap(), "2");
    assert!(root.join("srv/shop/.recipe/state.toml").exists());
    assert!(!root.join("srv/shop/.recipe/runtime").is_symlink(), "it would name a program of this host");
    assert!(!look(outputs(), &request).plan.unwrap().differs());
}

#[test]
fn the_runtime_link_follows_the_program() {
    let project = Project::new();
    for program in ["/opt/1/recipe", "/opt/2/recipe"] {
        let request = Request { program: Some(program.into()), ..project.request() };
        summary(&build(vec![], &request, &RealDisk, &mut || {}));
        assert_eq!(project.path(".recipe/runtime").read_link_utf8().unwrap(), program);
    }
}

#[test]
fn nothing_is_written_through_a_link_without_leave() {
    let project = Project::new();
    let above = project.site.project.parent().unwrap().to_owned();
    fs::write(above.join("theirs"), "theirs").unwrap();
    symlink(above.join("theirs"), project.path("conf")).unwrap();
    symlink("/nowhere/at/all", project.path("dangling")).unwrap();
    let outcome =
        project.build(vec![project.file("conf", "1"), project.file("dangling", "1"), project.file("ok", "1")]);
    assert!(outcome.plan.is_none());
    assert_eq!(
        messages(outcome.found),
        [
            "`dangling` must be a file, but a symbolic link to nothing is there".to_owned(),
            format!("`conf` leads outside the project folder, to `{above}/theirs`, through a symbolic link"),
        ]
    );
    assert!(!project.path("ok").exists(), "all or nothing");
    let options = Options { allow_outside: true, force: true, ..project.options.clone() };
    let request = Request { options, ..project.request() };
    let outcome = build(vec![project.file("conf", "1")], &request, &RealDisk, &mut || {});
    assert_eq!(summary(&outcome), "1 file changed");
    assert!(project.path("conf").is_symlink());
    assert_eq!(fs::read_to_string(above.join("theirs")).unwrap(), "1");
}

#[test]
fn two_names_of_one_file_are_refused() {
    let project = Project::new();
    fs::create_dir(project.path("bin")).unwrap();
    symlink("bin", project.path("sbin")).unwrap();
    let outcome = project.build(vec![project.file("bin/x", "1"), project.file("sbin/x", "2")]);
    assert!(outcome.plan.is_none());
    let real = project.path("bin/x");
    assert_eq!(messages(outcome.found), [format!("two outputs lead to `{real}` through symbolic links")]);
    assert!(tree(&project.path("bin")).is_empty());
}

#[test]
fn the_owner_of_a_replaced_file_stays() {
    if !rustix::process::geteuid().is_root() {
        return;
    }
    let project = Project::new();
    project.build(vec![project.file("x", "1")]);
    std::os::unix::fs::chown(project.path("x"), Some(12), Some(34)).unwrap();
    project.build(vec![project.file("x", "2")]);
    let meta = fs::metadata(project.path("x")).unwrap();
    assert_eq!((meta.uid(), meta.gid()), (12, 34));
}

#[test]
fn a_damaged_memory_is_an_error_with_a_way_out() {
    let project = Project::new();
    project.build(vec![project.file("x", "1")]);
    for (name, message) in
        [("state.toml", "cannot read"), ("key", "holds no key"), ("journal", "the journal of a build")]
    {
        let path = project.path(".recipe").join(name);
        let before = fs::read(&path).ok();
        fs::write(&path, "\x00?").unwrap();
        let outcome = project.build(vec![project.file("x", "2")]);
        assert!(outcome.plan.is_none());
        let messages = messages(outcome.found);
        assert!(messages.len() == 1 && messages[0].contains(message), "{messages:?}");
        match before {
            Some(bytes) => fs::write(&path, bytes).unwrap(),
            None => fs::remove_file(&path).unwrap(),
        }
    }
    assert_eq!(project.summary(vec![project.file("x", "2")]), "1 file changed");
}

#[test]
fn builds_at_once_come_one_after_the_other() {
    let project = Project::new();
    let failed = AtomicUsize::new(0);
    std::thread::scope(|scope| {
        for who in ["1", "2", "3", "4"] {
            let (project, failed) = (&project, &failed);
            scope.spawn(move || {
                for _ in 0..10 {
                    let outputs = ["a", "b", "c/d"].map(|name| project.file(name, who)).into();
                    let outcome = project.build(outputs);
                    let kept =
                        outcome.plan.is_some_and(|plan| plan.changes.iter().any(|c| c.action == Action::KeepEdited));
                    failed.fetch_add(usize::from(outcome.found.has_errors() || kept), Ordering::Relaxed);
                    if who == "4" {
                        let outcome = clean(&project.request(), &RealDisk, &mut || {});
                        failed.fetch_add(usize::from(outcome.found.has_errors()), Ordering::Relaxed);
                    }
                }
            });
        }
    });
    assert_eq!(failed.into_inner(), 0);
    project.build(["a", "b", "c/d"].map(|name| project.file(name, "5")).into());
    assert_eq!(["a", "b", "c/d"].map(|name| project.read(name).unwrap()), ["5", "5", "5"]);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]
    #[test]
    fn a_second_build_has_nothing_to_do(
        sets in proptest::collection::vec(
            proptest::collection::btree_map("[ab]{1,2}/[cd]", ("[xy\n]{0,6}", prop_oneof![Just(0o644), Just(0o755)]), 1..5),
            1..4,
        ),
    ) {
        let project = Project::new();
        for set in sets {
            let outputs = || set.iter().map(|(name, (text, mode))| output(project.path(name), text, *mode)).collect();
            let outcome = project.build(outputs());
            prop_assert!(outcome.found.is_empty());
            prop_assert!(!look(outputs(), &project.request()).plan.unwrap().differs());
            let files = tree(&project.site.project).into_iter().filter(|(name, _)| !name.starts_with(".recipe"));
            let files: Vec<_> = files.filter_map(|(name, text)| Some((name, text?))).collect();
            let wanted: Vec<_> = set.iter().map(|(name, (text, _))| (name.clone(), text.clone())).collect();
            prop_assert_eq!(files, wanted);
        }
    }
}
