use proptest::prelude::*;
use serde_json::{Map, Value, json};

use super::testing::{built, file, findings, node, outputs, project, span};
use super::{Computed, KINDS, build, find};
use crate::base::seams::{Files, ReadError};
use crate::base::{Diagnostic, Diagnostics, Sources, secret};
use crate::compile::document::{Node, Table};
use crate::compile::output::Content;
use crate::compile::render::{Templates, built_in_names};

#[test]
fn kinds_are_found_by_their_manifest_s_names() {
    let native = |name| find(name, false, span()).map(|k| k.name).map_err(|d| (d.message, d.help));
    assert_eq!(native("program").unwrap(), "program");
    let (message, help) = native("supervisr").unwrap_err();
    assert_eq!(message, "there is no recipe `supervisr`");
    assert_eq!(help, ["did you mean `supervisor`?"]);
    assert_eq!(native("collective.recipe.supervisor").unwrap_err().1, ["did you mean `supervisor`?"]);

    let cfg = |name| find(name, true, span()).unwrap();
    assert_eq!(cfg("collective.recipe.supervisor").name, "supervisor");
    assert_eq!(cfg("collective.recipe.supervisorprograms:multiplier").entry, "multiplier");
    for foreign in ["supervisor", "zc.recipe.egg:scripts", "collective.recipe.supervisor:x", ""] {
        assert_eq!(cfg(foreign).name, "foreign", "{foreign}");
    }
}

#[test]
fn a_foreign_part_builds_nothing_and_is_told() {
    let found = findings(&project(true, &json!({ "eggs": { "recipe": "zc.recipe.egg" } })));
    assert_eq!(found, ["foreign-recipe: recipe `zc.recipe.egg` is not built in: part `eggs` makes nothing"]);
}

#[test]
fn two_parts_that_make_one_path_are_told_and_may_share_what_is_alike() {
    let alike = json!({ "a": { "recipe": "supervisor" }, "b": { "recipe": "supervisor", "plugins": ["memmon"] } });
    assert_eq!(findings(&project(false, &alike)), Vec::<String>::new());
    let one_path = json!({
        "a": { "recipe": "supervisor", "supervisord-conf": "x.conf" },
        "b": { "recipe": "supervisor", "supervisord-conf": "x.conf" },
    });
    assert_eq!(findings(&project(false, &one_path)), ["path-made-twice: parts `a` and `b` both make `/p/x.conf`"]);
}

#[test]
fn a_part_s_name_must_do_for_files() {
    for name in ["../x", "a/b", "..", "", "a\nb"] {
        let found = findings(&project(false, &json!({ name: { "recipe": "supervisor" } })));
        assert!(found.len() == 1 && found[0].starts_with("bad-name: "), "{name}: {found:?}");
    }
    let odd = outputs(&project(false, &json!({ "it's; $(odd)": { "recipe": "supervisor" } })));
    let (script, _) = file(&odd, "/p/bin/it's; $(odd)d");
    assert!(script.contains(r" -c '/p/parts/it'\''s; $(odd)/supervisord.conf' "), "{script}");
}

/// Files in `/p`.
struct Disk(&'static [(&'static str, &'static str)]);

impl Files for Disk {
    fn read(&self, path: &str) -> Result<String, ReadError> {
        self.0.iter().find(|(name, _)| *name == path).map(|(_, t)| (*t).to_owned()).ok_or(ReadError::NotFound)
    }

    fn exists(&self, path: &str) -> bool {
        self.read(path).is_ok()
    }
}

fn rendered(disk: &'static [(&'static str, &'static str)], parts: &serde_json::Value) -> Result<String, Vec<String>> {
    let project = project(false, parts);
    let mut found = Diagnostics::new();
    let mut sources = Sources::new();
    sources.add("recipe.toml", "");
    let templates = Templates::read(&project, &Disk(disk), &mut sources, &mut found);
    let outputs = build(&project, &templates, &mut found);
    let place = |d: &Diagnostic| match d.span {
        Some(span) if d.code == "template" => format!("{}: ", sources.place(span)),
        _ => String::new(),
    };
    let found: Vec<String> =
        found.sorted().into_iter().map(|d| format!("{}{}: {}", place(&d), d.code, d.message)).collect();
    if found.is_empty() { Ok(file(&outputs, "/p/etc/a.conf").0.to_owned()) } else { Err(found) }
}

#[test]
fn a_template_sees_its_options_and_the_project() {
    let part = json!({ "a": {
        "recipe": "template", "template": "a.tera", "output": "etc/a.conf", "mode": "0640",
        "max-conns": 5, "hosts": ["x", "y z"], "extra": { "k": "v" }, "on": true, "half": 1.5,
    } });
    let disk = &[
        (
            "/p/recipe-templates/a.tera",
            "{% include \"b.tera\" %}{{ max_conns + 1 }} {{ extra.k }} {{ part[\"max-conns\"] }}\n",
        ),
        (
            "/p/b.tera",
            "{{ project.directory }}: {% for h in hosts %}{{ h | sh }} {% endfor %}{% if on %}{{ half }}{% endif %}\n",
        ),
    ];
    assert_eq!(rendered(disk, &part).unwrap(), "/p: x 'y z' 1.5\n6 v 5\n");
    let quoting = &[("/p/a.tera", "{{ hosts | command }} {{ extra | environment }} {{ \"5%\" | conf }}")];
    assert_eq!(rendered(quoting, &part).unwrap(), "x 'y z' k=\"v\" 5%%");
}

#[test]
fn faults_of_templates_are_told_with_their_place() {
    let part = json!({ "a": { "recipe": "template", "template": "a.tera", "output": "etc/a.conf", "mode": "9" } });
    let found = rendered(&[], &part).unwrap_err();
    assert_eq!(found, ["bad-value: `mode` of part `a` is `9`", "no-template: there is no template `a.tera`"]);
    let part = json!({ "a": { "recipe": "template", "template": "a.tera", "output": "etc/a.conf" } });
    assert_eq!(rendered(&[], &part).unwrap_err(), ["no-template: there is no template `a.tera`"]);
    let cases = [
        ("x\n{{ nope }}", "/p/a.tera:2:4: template: template `a.tera`: variable `nope` is not defined"),
        ("{{ 1 | nope }}", "/p/a.tera:1:8: template: template `a.tera`: "),
        ("é\né{% if %}", "/p/a.tera:2:8: template: template `a.tera`: found `%}`"),
        ("{% extends \"no\" %}", "/p/a.tera:1:1: template: template `a.tera`: "),
        ("{% include \"a.tera\" %}", "/p/a.tera:1:1: template: template `a.tera`: "),
    ];
    for (text, expected) in cases {
        let disk: &'static [(&str, &str)] = Box::leak(Box::new([("/p/a.tera", text)]));
        let found = rendered(disk, &part).unwrap_err();
        assert!(found.len() == 1 && found[0].starts_with(expected), "{text}: {found:?}");
        assert!(!found[0].contains('\n'), "{found:?}");
    }
}

#[test]
fn all_broken_templates_are_told() {
    let parts = json!({
        "a": { "recipe": "template", "template": "a.tera", "output": "etc/a.conf" },
        "b": { "recipe": "template", "template": "b.tera", "output": "etc/b.conf" },
        "c": { "recipe": "template", "template": "c.tera", "output": "etc/c.conf" },
        "d": { "recipe": "template", "template": "c.tera", "output": "etc/d.conf" },
    });
    let broken = &[
        ("/p/recipe-templates/script/recipe", "{% if %}"),
        ("/p/recipe-templates/a.tera", "{{ 1 + }}"),
        ("/p/b.tera", "{% include \"a.tera\" %}"),
        ("/p/c.tera", "{{ nope }}"),
    ];
    let found = rendered(broken, &parts).unwrap_err();
    let places: Vec<_> = found.iter().map(|text| text.split(": ").next().unwrap()).collect();
    assert_eq!(places, ["/p/c.tera:1:4", "/p/recipe-templates/a.tera:1:8", "/p/recipe-templates/script/recipe:1:7"]);
}

#[test]
fn a_secret_in_a_template_makes_the_file_private() {
    let password = secret::mark("pw");
    let part = json!({ "a": { "recipe": "template", "template": "supervisor/head.conf", "output": "etc/a.conf",
        "manifest": password, "mode": "0755" } });
    let outputs = outputs(&project(false, &part));
    assert_eq!(file(&outputs, "/p/etc/a.conf").1, 0o700);
}

#[test]
fn a_project_replaces_a_built_in_template() {
    let parts = json!({ "s": { "recipe": "supervisor", "supervisord-conf": "etc/a.conf" } });
    let text = rendered(&[("/p/recipe-templates/supervisor/section.conf", "{{ section }}\n")], &parts).unwrap();
    assert!(text.ends_with("\nsupervisord\nunix_http_server\nsupervisorctl\nrpcinterface:supervisor\n"), "{text}");
    let text = rendered(&[("/p/supervisor/section.conf", "no")], &parts).unwrap();
    assert!(text.contains("[supervisord]\n"), "only the templates folder counts: {text}");
}

#[test]
fn every_built_in_template_is_well_formed() {
    let all = built_in_names().map(|name| (name, crate::compile::render::built_in(name).unwrap()));
    let mut tera = tera::Tera::new();
    crate::compile::filters::register(&mut tera);
    tera.add_raw_templates(all).unwrap();
}

#[test]
fn every_built_in_template_says_who_renders_it() {
    assert!(built_in_names().count() > 20);
    for name in built_in_names() {
        let text = crate::compile::render::built_in(name).unwrap();
        assert!(text.starts_with("{# Rendered "), "{name}");
        assert!(text.ends_with('\n') || text.ends_with("%}"), "{name}");
    }
}

fn table(options: &serde_json::Value) -> Table {
    let Node::Table(table) = node(options) else { panic!("a table") };
    table
}

#[test]
fn program_sections_become_sorted_lines() {
    let kind = find("collective.recipe.supervisorprograms", true, span()).unwrap();
    let Some(Computed::Options { collects, compute }) = kind.computed else { panic!("computed") };
    assert!(collects("web-program") && !collects("program"));
    let sections = [
        ("b-program".to_owned(), table(&json!({ "priority": "20", "command": "/bin/b", "args": "-v x" }))),
        (
            "a-program".to_owned(),
            table(&json!({ "priority": "10", "recipe": "x", "command": "/bin/a", "args": "[-p 1]", "startsecs": "5",
                "directory": "/srv", "redirect-stderr": "true", "user": "www", "environment": "A=\"b c\"" })),
        ),
        ("my-program-program".to_owned(), table(&json!({ "priority": "5", "command": "/bin/my" }))),
        ("c-program".to_owned(), table(&json!({ "priority": "10", "id": "z", "command": "/bin/c", "bad": "x y" }))),
    ];
    let mut found = Diagnostics::new();
    let options = compute(&sections, span(), &mut found);
    assert_eq!(
        options[0].node.as_scalar().unwrap().text.as_ref(),
        "10 a (startsecs=5 environment=A=\"b c\") /bin/a [-p 1] /srv true www\n10 z (bad=x y) /bin/c\n20 b /bin/b [-v x]\n5 my /bin/my"
    );
    let found: Vec<_> = found.sorted().into_iter().map(|d| d.message).collect();
    assert_eq!(found, ["`bad` of section `c-program` does not fit into a program line and will be cut"]);
}

#[test]
fn a_multiplier_numbers_names_and_commands() {
    let kind = find("collective.recipe.supervisorprograms:multiplier", true, span()).unwrap();
    let Some(Computed::Sections { of, compute }) = kind.computed else { panic!("computed") };
    assert_eq!(of, "program-section");
    let mut found = Diagnostics::new();
    let section = table(&json!({ "command": "/bin/w", "priority": "1" }));
    let made = compute(&table(&json!({ "count": "2" })), "w-program", &section, &mut found);
    let names: Vec<_> = made.iter().map(|(n, t)| (n.as_str(), &*t.scalar("command").unwrap().text)).collect();
    assert_eq!(names, [("w-1-program", "/bin/w-1"), ("w-2-program", "/bin/w-2")]);
    let made = compute(&table(&json!({ "count": "1" })), "w-program-x-program", &section, &mut found);
    assert_eq!(made[0].0, "w-x-1-program");
    assert!(compute(&table(&json!({ "count": "many" })), "w-program", &section, &mut found).is_empty());
    assert!(found.has_errors());
}

const KEYS: [&str; 26] = [
    "programs",
    "program",
    "ports",
    "control",
    "credentials",
    "username",
    "password",
    "plugins",
    "runtime",
    "template",
    "output",
    "mode",
    "supervisord",
    "eventlistener",
    "unix_http_server",
    "inet_http_server",
    "group",
    "include",
    "supervisord-conf",
    "command",
    "environment",
    "events",
    "file",
    "port",
    "exitcodes",
    "x",
];

/// Anything that a manifest may hold where it should not.
fn anything() -> impl Strategy<Value = Value> {
    let leaf = prop_oneof![
        Just(Value::Null),
        any::<bool>().prop_map(Value::from),
        any::<i32>().prop_map(Value::from),
        Just(json!(1.5)),
        "[a/ =%();:#'\"\\\\\n]{0,12}|\\PC{0,6}".prop_map(Value::from),
        "\\PC{0,6}".prop_map(|text| json!(secret::mark(&text))),
    ];
    leaf.prop_recursive(4, 40, 6, |inner| {
        let key = prop::sample::select(&KEYS[..]);
        prop_oneof![
            prop::collection::vec(inner.clone(), 0..4).prop_map(Value::from),
            prop::collection::vec((key, inner), 0..6)
                .prop_map(|pairs| Value::Object(pairs.into_iter().map(|(k, v)| (k.to_owned(), v)).collect())),
        ]
    })
}

proptest! {
    #[test]
    fn any_table_under_any_kind_does_no_harm(
        options in prop::collection::vec((prop::sample::select(&KEYS[..]), anything()), 0..6),
        name in "[a-z]{1,3}|\\PC{1,4}",
    ) {
        for kind in KINDS.iter().filter(|kind| kind.recipe.is_empty()) {
            let mut part: Map<String, Value> = options.iter().map(|(k, v)| ((*k).to_owned(), v.clone())).collect();
            part.insert("recipe".to_owned(), json!(kind.name));
            let (outputs, _) = built(&project(false, &json!({ name.as_str(): part })));
            for output in outputs {
                prop_assert!(!secret::holds_reserved(output.path.as_str()), "{}", output.path);
                if let Content::File { text, .. } = output.content {
                    prop_assert!(!secret::holds_reserved(&text), "{text}");
                }
            }
        }
    }
}
