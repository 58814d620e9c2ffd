use std::collections::BTreeMap;

use camino::{Utf8Path, Utf8PathBuf};
use proptest::prelude::*;

use super::state::{Key, Record};
use super::summary::Tense;
use super::target::{Link, Seen, Target, What};
use super::{Action, Memory, Options, Plan, plan};
use crate::base::{Diagnostics, Severity, Sources, Span};
use crate::compile::output::{Content, Output, Place};
use crate::compile::plan::installed::Installed;

/// A disk that is a map; folders are there as far as files need them, and `/p`.
#[derive(Clone, Default)]
struct Map(BTreeMap<Utf8PathBuf, Seen>);

impl Map {
    fn put(&mut self, path: &str, text: &str, mode: u32) {
        self.set(path, What::File { bytes: text.into(), mode });
    }

    fn set(&mut self, path: &str, what: What) {
        self.0.insert(path.into(), Seen::plain(what));
    }

    /// Does what the plan says.
    fn apply(&mut self, plan: &Plan) {
        for folder in &plan.folders {
            self.set(folder.as_str(), What::Folder);
        }
        for change in &plan.changes {
            match (change.action, &change.new) {
                (Action::Create | Action::Rewrite | Action::SetMode, Some(new)) => {
                    self.put(change.path.as_str(), &new.text, new.mode);
                }
                (Action::Remove, _) => drop(self.0.remove(&change.path)),
                _ => {}
            }
        }
    }
}

impl Target for Map {
    fn observe(&self, path: &Utf8Path) -> Seen {
        let holds = |other: &Utf8PathBuf| other.starts_with(path) && other != path;
        match self.0.get(path) {
            Some(seen) => seen.clone(),
            None if path == "/p" || path == "/" || self.0.keys().any(holds) => Seen::plain(What::Folder),
            None => Seen::plain(What::Nothing),
        }
    }
}

fn span() -> Span {
    Span::new(Sources::new().add("recipe.toml", ""), 0, 0)
}

fn file(path: &str, text: &str) -> Output {
    let content = Content::File { text: text.into(), mode: 0o644, secrets: vec![] };
    Output {
        path: path.into(),
        part: "web".into(),
        content,
        origin: span(),
        place: Place::Project,
        sources: Vec::new(),
    }
}

fn folder(path: &str) -> Output {
    Output { content: Content::Folder, ..file(path, "") }
}

fn options() -> Options {
    Options { project: "/p".into(), ..Options::default() }
}

fn codes(found: Diagnostics) -> Vec<&'static str> {
    found.sorted().iter().map(|found| found.code).collect()
}

fn actions(plan: &Plan) -> Vec<(&str, Action)> {
    plan.changes.iter().map(|change| (plan.shown(&change.path).as_str(), change.action)).collect()
}

/// The memory and the disk after a build of `outputs`.
fn built(outputs: Vec<Output>) -> (Memory, Map) {
    let (mut memory, mut disk) = (Memory { key: Key::new([1; 32]), ..Memory::default() }, Map::default());
    let (plan, found) = plan(outputs, &memory, &disk, &options());
    assert!(!found.has_errors(), "{found:?}");
    disk.apply(&plan);
    memory.state = plan.state;
    (memory, disk)
}

#[test]
fn a_first_build_makes_files_and_the_folders_around_them() {
    let outputs = vec![file("/p/parts/web/a.conf", "x"), folder("/p/var/log"), file("/p/bin/ctl", "y")];
    let (plan, found) = plan(outputs, &Memory::default(), &Map::default(), &options());
    assert!(found.is_empty());
    assert_eq!(plan.folders, ["/p/parts", "/p/parts/web", "/p/var", "/p/var/log", "/p/bin"]);
    assert_eq!(plan.summary(Tense::Done), "2 files created, 1 folder created");
    assert_eq!(
        plan.lines().collect::<Vec<_>>(),
        ["created   bin/ctl", "created   parts/web/a.conf", "created   var/log/"]
    );
    assert_eq!(plan.state.outputs.len(), 2);
    assert!(plan.differs());
}

#[test]
fn each_file_is_compared_with_the_disk_and_with_the_last_build() {
    let names = ["same", "mode", "new-text", "edited", "edited-back", "gone", "missing"];
    let (memory, mut disk) = built(names.iter().map(|name| file(&format!("/p/{name}"), "old\n")).collect());
    disk.put("/p/mode", "old\n", 0o600);
    disk.put("/p/edited", "by hand\n", 0o644);
    disk.put("/p/edited-back", "new\n", 0o644);
    disk.put("/p/foreign", "whose?\n", 0o644);
    disk.0.remove(Utf8Path::new("/p/missing"));
    let mut outputs: Vec<_> = ["same", "mode", "missing"].map(|name| file(&format!("/p/{name}"), "old\n")).into();
    outputs.extend(["new-text", "edited", "edited-back", "foreign"].map(|name| file(&format!("/p/{name}"), "new\n")));
    let (plan, found) = plan(outputs, &memory, &disk, &options());
    assert_eq!(
        actions(&plan),
        [
            ("edited", Action::KeepEdited),
            ("edited-back", Action::Keep),
            ("foreign", Action::KeepForeign),
            ("gone", Action::Remove),
            ("missing", Action::Create),
            ("mode", Action::SetMode),
            ("new-text", Action::Rewrite),
            ("same", Action::Keep),
        ]
    );
    assert!(!found.has_errors());
    assert_eq!(codes(found), ["edited-by-hand", "not-made-here"]);
    assert_eq!(
        plan.summary(Tense::Due),
        "1 file to create, 1 to change, 1 to get a new mode, 1 to remove, 1 kept as edited by hand, \
         1 kept as not made by a build, 2 unchanged"
    );
    assert_eq!(plan.state.outputs[Utf8Path::new("/p/edited")], memory.state.outputs[Utf8Path::new("/p/edited")]);
    assert!(!plan.state.outputs.contains_key(Utf8Path::new("/p/foreign")));
}

#[test]
fn force_replaces_and_removes_what_was_edited() {
    let (memory, mut disk) = built(vec![file("/p/a", "1"), file("/p/b", "1")]);
    disk.put("/p/a", "by hand", 0o644);
    disk.put("/p/b", "by hand", 0o644);
    let kept = plan(vec![file("/p/a", "2")], &memory, &disk, &options());
    assert_eq!(actions(&kept.0), [("a", Action::KeepEdited), ("b", Action::KeepEdited)]);
    assert!(kept.0.state.outputs.contains_key(Utf8Path::new("/p/b")));
    let options = Options { force: true, ..options() };
    let (plan, found) = plan(vec![file("/p/a", "2")], &memory, &disk, &options);
    assert_eq!(actions(&plan), [("a", Action::Rewrite), ("b", Action::Remove)]);
    assert!(found.is_empty());
}

#[test]
fn what_a_python_buildout_made_is_replaced_but_never_removed() {
    let installed = "[web]\n__buildout_installed__ = /p/bin/webd\n\t/p/parts/web\n\t/p/bin/instance\n";
    let memory = Memory { installed: Installed::read(installed, "/p".into()), ..Memory::default() };
    let mut disk = Map::default();
    for path in ["/p/bin/webd", "/p/parts/web/etc/a.conf", "/p/bin/instance"] {
        disk.put(path, "python's", 0o755);
    }
    let outputs = vec![file("/p/bin/webd", "ours"), file("/p/parts/web/etc/a.conf", "ours")];
    let (plan, found) = plan(outputs, &memory, &disk, &options());
    assert!(found.is_empty());
    assert_eq!(actions(&plan), [("bin/webd", Action::Rewrite), ("parts/web/etc/a.conf", Action::Rewrite)]);
}

#[test]
fn what_a_python_buildout_left_of_our_parts_goes_as_it_made_it() {
    let script = |program: &str| {
        format!(
            "#!/usr/bin/python\nimport supervisor.{program}\nif __name__ == '__main__':\n    supervisor.{program}.main()\n"
        )
    };
    let installed = "[old]\n__buildout_installed__ = /p/bin/oldd\n\t/p/bin/oldctl\n\t/p/bin/memmon\n\t/p/bin/plugin\n\t\
        /p/etc/old.conf\n\t/out/oldd\nrecipe = collective.recipe.supervisor\nport = 9002\n\
        supervisord-conf = /p/etc/old.conf\n\
        [eggs]\n__buildout_installed__ = /p/bin/memmon\nrecipe = zc.recipe.egg\n";
    let memory = Memory { installed: Installed::read(installed, "/p".into()), ..Memory::default() };
    let conf = crate::compile::parts::rebuilt::supervisord_conf(
        "/p".into(),
        "old",
        &[("port".into(), "9002".into()), ("supervisord-conf".into(), "/p/etc/old.conf".into())],
    );
    let mut disk = Map::default();
    for name in ["bin/oldd", "bin/memmon", "bin/plugin"] {
        disk.put(&format!("/p/{name}"), &script("supervisord"), 0o755);
    }
    disk.put("/out/oldd", &script("supervisord"), 0o755);
    disk.put("/p/bin/oldctl", &(script("supervisorctl") + "print('mine')\n"), 0o755);
    disk.put("/p/etc/old.conf", &conf.unwrap(), 0o644);
    let with = |foreign: Option<&[&str]>, disk: &Map, force| {
        let foreign = foreign.map(|names| names.iter().map(|name| (*name).to_owned()).collect());
        let (plan, found) = plan(vec![file("/p/a", "1")], &memory, disk, &Options { force, foreign, ..options() });
        let actions = actions(&plan).into_iter().map(|(path, action)| (path.to_owned(), action));
        (actions.filter(|(path, _)| path != "a").collect::<Vec<_>>(), found.iter().count())
    };
    let of = |changes: &[(&str, Action)]| changes.iter().map(|(p, a)| ((*p).to_owned(), *a)).collect::<Vec<_>>();
    let (remove, keep) = (Action::Remove, Action::KeepForeign);
    let gone = [("bin/oldctl", keep), ("bin/oldd", remove), ("etc/old.conf", remove)];
    assert_eq!(with(Some(&[]), &disk, false), (of(&gone), 1));
    assert_eq!(with(Some(&[]), &disk, true).0[0], ("bin/oldctl".to_owned(), remove));
    // The manifest is not a `.cfg`, or has the part still.
    assert_eq!(with(None, &disk, false), (Vec::new(), 0));
    assert_eq!(with(Some(&["old"]), &disk, false), (Vec::new(), 0));
    let Some(Seen { what: What::File { bytes, .. }, .. }) = disk.0.get_mut(Utf8Path::new("/p/etc/old.conf")) else {
        panic!("a file")
    };
    bytes.push(b'\n');
    assert_eq!(with(Some(&[]), &disk, false).0[2], ("etc/old.conf".to_owned(), keep));
}

#[test]
fn folders_that_builds_made_go_when_they_are_empty() {
    let (memory, disk) = built(vec![file("/p/parts/old/etc/a", "1"), file("/p/parts/web/a", "1"), folder("/p/var")]);
    let (plan, _) = plan(vec![file("/p/parts/web/a", "1")], &memory, &disk, &options());
    assert_eq!(plan.emptied, ["/p/parts/old/etc", "/p/parts/old"]);
    assert!(plan.state.folders.contains(Utf8Path::new("/p/var")), "a folder that was asked for stays");
    assert!(!plan.state.folders.contains(Utf8Path::new("/p/parts/old")));
}

#[test]
fn building_some_parts_leaves_those_of_others() {
    let other = Output { part: "zeo".into(), ..file("/p/z", "1") };
    let (memory, disk) = built(vec![file("/p/a", "1"), file("/p/b", "1"), other]);
    let options = Options { parts: Some(vec!["web".into()]), ..options() };
    let (plan, _) = plan(vec![file("/p/a", "1")], &memory, &disk, &options);
    assert_eq!(actions(&plan), [("a", Action::Keep), ("b", Action::Remove)]);
    assert!(plan.state.outputs.contains_key(Utf8Path::new("/p/z")));
}

#[test]
fn leaving_the_project_needs_an_absolute_path_or_leave() {
    let link = |inside, last| Some(Link { to: "/srv/x".into(), inside, last });
    let nothing = |link| Seen { what: What::Nothing, link };
    let mut disk = Map::default();
    disk.0.insert("/p/linked/x".into(), nothing(link(false, false)));
    disk.0.insert("/p/within/x".into(), nothing(link(true, false)));
    disk.0.insert("/etc/link".into(), nothing(link(true, true)));
    disk.0.insert("/p/var".into(), Seen { what: What::Folder, link: link(false, true) });
    let outputs = || {
        let place = |place, output| Output { place, ..output };
        vec![
            place(Place::Absolute, file("/etc/wanted", "")),
            place(Place::Confined, file("/etc/stray", "")),
            place(Place::Absolute, file("/etc/link", "")),
            place(Place::Confined, file("/p/linked/x", "")),
            place(Place::Confined, file("/p/within/x", "")),
            place(Place::Confined, folder("/p/var")),
        ]
    };
    let (_, found) = plan(outputs(), &Memory::default(), &disk, &options());
    let messages: Vec<_> = found.sorted().into_iter().map(|found| found.message).collect();
    assert_eq!(
        messages,
        [
            "`/etc/link` leads outside the project folder, to `/srv/x`, through a symbolic link",
            "`/etc/stray` is outside the project folder",
            "`linked/x` leads outside the project folder, to `/srv/x`, through a symbolic link",
        ]
    );
    let options = Options { allow_outside: true, ..options() };
    let (plan, found) = plan(outputs(), &Memory::default(), &disk, &options);
    assert!(found.is_empty());
    assert!(plan.lines().any(|line| line == "created   linked/x -> /srv/x (outside the project folder)"));
}

#[test]
fn what_was_built_is_not_given_up_for_a_manifest_that_makes_nothing() {
    let (memory, disk) = built(vec![file("/p/a", "1")]);
    let codes = |memory: &Memory, options: Options| {
        let (_, found) = plan(Vec::new(), memory, &disk, &options);
        found.sorted().into_iter().map(|found| found.code).collect::<Vec<_>>()
    };
    assert_eq!(codes(&memory, options()), ["nothing-left"]);
    assert!(codes(&memory, Options { is_clean: true, ..options() }).is_empty());
    assert!(codes(&memory, Options { parts: Some(vec!["web".into()]), ..options() }).is_empty());
    assert!(codes(&Memory::default(), options()).is_empty());
}

#[test]
fn an_unchanged_output_outside_the_project_is_listed() {
    let wanted = || Output { place: Place::Absolute, ..file("/etc/x", "1") };
    let (memory, disk) = built(vec![wanted()]);
    let (plan, _) = plan(vec![wanted()], &memory, &disk, &options());
    assert_eq!(plan.lines().collect::<Vec<_>>(), ["unchanged /etc/x (outside the project folder)"]);
    assert!(!plan.differs());
}

#[test]
fn all_that_is_in_the_way_is_reported_at_once() {
    let mut disk = Map::default();
    disk.set("/p/socket", What::Other("a socket"));
    disk.put("/p/plain", "", 0o644);
    disk.set("/p/shut", What::Unreadable("permission denied".into()));
    let twice = Output { part: "zeo".into(), ..file("/p/twice", "") };
    let outputs = vec![
        file("/p/socket", ""),
        file("/p/plain/x", ""),
        folder("/p/plain"),
        file("/p/shut", ""),
        file("/p/twice", ""),
        twice,
        file("/p/twice/below", ""),
        file("/p/.recipe/state.toml", ""),
    ];
    let (_, found) = plan(outputs, &Memory::default(), &disk, &options());
    let found = found.sorted();
    assert!(found.iter().all(|found| found.severity == Severity::Error));
    let codes: Vec<_> = found.iter().map(|found| found.code).collect();
    assert_eq!(
        codes,
        ["duplicate-output", "nested-output", "not-a-file", "not-a-folder", "reserved-output", "unreadable-output"]
    );
}

#[test]
fn a_file_in_the_place_of_the_project_is_one_mistake() {
    for path in ["/p", "/"] {
        let outputs = vec![file(path, "x"), file("/p/bin/a", ""), folder("/p/var")];
        let (_, found) = plan(outputs, &Memory::default(), &Map::default(), &options());
        let codes: Vec<_> = found.iter().map(|found| found.code).collect();
        assert_eq!(codes, ["not-a-file"], "{path}");
    }
}

proptest! {
    #[test]
    fn a_plan_that_was_carried_out_leaves_nothing_to_do(
        first in proptest::collection::btree_map("[ab]{1,2}(/[cd])?", "[xy\n]{0,6}", 0..6),
        second in proptest::collection::btree_map("[ab]{1,2}(/[cd])?", "[xy\n]{0,6}", 1..6),
    ) {
        let files = |set: &BTreeMap<String, String>| -> Vec<Output> {
            set.iter().map(|(name, text)| file(&format!("/p/{}/f", name.replace('/', "-")), text)).collect()
        };
        let (mut memory, mut disk) = built(files(&first));
        for _ in 0..2 {
            let (plan, found) = plan(files(&second), &memory, &disk, &options());
            prop_assert!(found.is_empty());
            disk.apply(&plan);
            memory.state = plan.state;
        }
        let (again, _) = plan(files(&second), &memory, &disk, &options());
        prop_assert!(!again.differs());
        prop_assert_eq!(&again.state, &memory.state);
        prop_assert_eq!(memory.state.outputs.keys().count(), second.len());
        prop_assert!(memory.state.outputs.values().all(|record: &Record| record.part == "web"));
    }
}
