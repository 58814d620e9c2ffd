//! `recipe schema` beside the compiler: what the schema refuses is refused by the compiler, and the manifests of the
//! fixtures that are right pass it. The validator is Python's `jsonschema`.

use std::collections::BTreeSet;
use std::fs;
use std::process::Command;

use libtest_mimic::Trial;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, peers, project, recipe};

/// Fixtures whose manifests are wrong in what a schema can tell.
const WRONG: &[&str] = &[
    "bad/all-at-once",
    "bad/command-misspelt",
    "bad/credentials-key",
    "bad/inherit",
    "bad/once",
    "bad/values",
    "cluster/bad-manifest",
    "lint/duplicate-key",
    "lint/manifest-fixes",
    "lint/unknown-option",
    "native/unknown-names",
    "native/unknown-recipe",
    "yaml/bad",
    "yaml/dots",
];

/// Whose aliases come to more than a validator can hold.
const TOO_LARGE: &str = "bad/alias-bomb";

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_ignored = !peers::possible();
    vec![
        Trial::test("schema::manifests_of_the_fixtures", fixtures).with_ignored_flag(is_ignored),
        Trial::test("schema::slips_are_refused", slips).with_ignored_flag(is_ignored),
    ]
}

/// What the validator says of manifests: a line for each fault.
fn faults(manifests: &[String]) -> Result<Vec<(String, String)>, Box<dyn std::error::Error>> {
    let venv = peers::venv().ok_or("no Python environment")?;
    let scratch = Scratch::new();
    let schema = scratch.path().join("schema.json");
    fs::write(&schema, Command::new(recipe()).arg("schema").output()?.stdout)?;
    let script = project().join("tests/schema.py");
    let output = Command::new(venv.join("python")).arg(script).arg(schema).args(manifests).output()?;
    if !output.status.success() {
        return Err(String::from_utf8_lossy(&output.stderr).into_owned().into());
    }
    let lines = String::from_utf8(output.stdout)?;
    Ok(lines.lines().filter_map(|line| line.split_once('\t')).map(|(m, f)| (m.to_owned(), f.to_owned())).collect())
}

fn fixtures() -> Outcome {
    let folder = project().join("fixtures");
    let mut manifests = Vec::new();
    for entry in walkdir::WalkDir::new(&folder).sort_by_file_name().into_iter().flatten() {
        let is_manifest = entry.path().extension().is_some_and(|e| e == "toml" || e == "yaml")
            && entry.file_name() != "recipe-lint.toml";
        if is_manifest && !entry.path().starts_with(folder.join(TOO_LARGE)) {
            manifests.push(entry.path().display().to_string());
        }
    }
    let name = |manifest: &str| {
        let parts: Vec<_> = manifest.strip_prefix(&folder.display().to_string()).unwrap_or("").split('/').collect();
        parts.get(1..3).map(|parts| parts.join("/")).unwrap_or_default()
    };
    let faults = faults(&manifests)?;
    let refused: BTreeSet<String> = faults.iter().map(|(manifest, _)| name(manifest)).collect();
    let expected: BTreeSet<String> = WRONG.iter().map(|name| (*name).to_owned()).collect();
    if refused == expected { Ok(()) } else { Err(format!("{refused:#?}\n{faults:#?}").into()) }
}

/// One slip each: where it is told.
fn slips() -> Outcome {
    let head = "[parts.web]\nrecipe = \"program\"\ncommand = \"x\"\n[parts.s]\nrecipe = \"supervisor\"\n";
    let cases = [
        ("programs = [\"web\"]\nports = { control = 9001 }", None),
        ("ports = \"$<web:ports>\"\nruntime = \"/opt/venv/bin\"", None),
        ("supervisord = { nodaemon = \"$<web:x>\", loglevel = \"DEBUG\", umask = 0o22 }", None),
        ("program.a = { command = [\"x\", 1], startsecs = \"%(ENV_S)s\" }", None),
        ("prorgams = [\"web\"]", Some("parts.s")),
        ("program.a = { comand = \"x\" }", Some("parts.s.program.a")),
        ("supervisord = { loglevl = \"info\" }", Some("parts.s.supervisord")),
        ("supervisord = { loglevel = \"verbose\" }", Some("parts.s.supervisord.loglevel")),
        ("credentials = { user = \"x\" }", Some("parts.s.credentials")),
        ("runtime = \"pyton\"", Some("parts.s.runtime")),
        ("[parts.t]\nrecipe = \"templat\"", Some("parts.t.recipe")),
        ("[parts.t]\nrecipe = \"cluster\"\nstart = 5", Some("parts.t.start")),
    ];
    let scratch = Scratch::new();
    let mut manifests = Vec::new();
    for (number, (text, _)) in cases.iter().enumerate() {
        let path = scratch.path().join(format!("{number}.toml"));
        fs::write(&path, format!("{head}{text}\n"))?;
        manifests.push(path.display().to_string());
    }
    let faults = faults(&manifests)?;
    let mut wrong = Vec::new();
    for (manifest, (text, place)) in manifests.iter().zip(cases) {
        let told: Vec<&str> = faults.iter().filter(|(m, _)| m == manifest).map(|(_, fault)| &**fault).collect();
        let is_right = match place {
            None => told.is_empty(),
            Some(place) => told.len() == 1 && told[0].starts_with(&format!("{place}: ")),
        };
        if !is_right {
            wrong.push(format!("{text}: {told:?}"));
        }
    }
    if wrong.is_empty() { Ok(()) } else { Err(wrong.join("\n").into()) }
}
