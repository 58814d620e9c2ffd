//! No secret where others can see it: one project that uses every form of a password is built, changed, diffed,
//! linted, queried, annotated and run, and everything that comes out is searched.

use std::fs;
use std::os::unix::fs::PermissionsExt as _;
use std::path::{Path, PathBuf};
use std::process::{Command, Output};

use libtest_mimic::Trial;

use crate::harness::ports;
use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, recipe};

/// Texts that must not be seen, one for each form.
const SECRETS: [&str; 5] = ["s3cr3t-env", "s3cr3t-file", "s3cr3t-command", "s3cr3t-literal", "s3cr3t-start"];

/// What is built and holds them.
const CONF: &str = "parts/supervisor/supervisord.conf";

/// Native and `.cfg`.
pub fn trials() -> Vec<Trial> {
    vec![Trial::test("secrets::native", || searched(&native)), Trial::test("secrets::cfg", || searched(&cfg))]
}

fn native(folder: &Path) {
    let programs: String = ["env", "file", "command", "literal"]
        .map(|form| format!("\n[parts.by-{form}]\nrecipe = \"program\"\ncommand = \"/bin/sleep 1000\"\n"))
        .concat();
    let text = format!(
        r#"
[project]
name = "secrets"
{programs}
[parts.by-env.credentials]
username = "u"
password = {{ env = "RECIPE_TEST_SECRET" }}
[parts.by-file.credentials]
username = "u"
password = {{ file = "password.txt" }}
[parts.by-command.credentials]
username = "u"
password = {{ command = ["/bin/cat", "command.txt"] }}
[parts.by-literal.credentials]
username = "u"
password = "s3cr3t-literal"
[parts.by-start.credentials]
username = "u"
password = {{ env = "RECIPE_TEST_START", at = "start" }}
[parts.by-start]
recipe = "program"
command = "/bin/sleep 1000"

[parts.holder]
recipe = "program"
command = "/bin/sleep 1000"
[parts.holder.environment]
A = "$<by-env:credentials.password>"
B = "x$<by-file:credentials.password>y"
C = "$<by-command:credentials.password>"
D = "$<by-literal:credentials.password>"

[parts.supervisor]
recipe = "supervisor"
programs = ["by-env", "by-file", "by-command", "by-literal", "by-start", "holder"]
credentials = {{ username = "admin", password = {{ generate = 24 }} }}
"#
    );
    fs::write(folder.join("recipe.toml"), text).expect("written");
    fs::write(folder.join("password.txt"), "s3cr3t-file\n").expect("written");
    fs::write(folder.join("command.txt"), "s3cr3t-command\n").expect("written");
}

fn cfg(folder: &Path) {
    // In its folder, so that it goes with that.
    let text = format!(
        "[buildout]\nparts = supervisor\n\n[supervisor]\nrecipe = collective.recipe.supervisor\nport = 127.0.0.1:{}\n\
         user = admin\npassword = s3cr3t-literal\nprograms =\n    10 a /bin/sleep [1000] {}\n",
        ports::free(),
        folder.display()
    );
    fs::write(folder.join("buildout.cfg"), text).expect("written");
}

fn run(folder: &Path, words: &[&str]) -> Output {
    Command::new(recipe())
        .args(words)
        .current_dir(folder)
        .env("RECIPE_TEST_SECRET", "s3cr3t-env")
        .env("RECIPE_TEST_START", "s3cr3t-start")
        .output()
        .expect("it runs")
}

fn searched(make: &dyn Fn(&Path)) -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path();
    make(&folder);
    let mut found = Vec::new();
    let mut said = |folder: &Path, words: &[&str], status: &[i32]| {
        let output = run(folder, words);
        let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
        if !status.contains(&output.status.code().unwrap_or(-1)) {
            found.push(format!("{words:?} ended with {}:\n{text}", output.status));
        }
        found.extend(secrets_in(folder, &text).map(|s| format!("{words:?} says {s}:\n{text}")));
    };
    said(&folder, &["diff"], &[1]);
    said(&folder, &["lint"], &[0, 1]);
    said(&folder, &["up", "-d"], &[0]);
    said(&folder, &["query", "supervisor:"], &[0]);
    said(&folder, &["annotate"], &[0]);
    said(&folder, &["build"], &[0]);
    if folder.join(CONF).exists() {
        edit(&folder);
    }
    said(&folder, &["diff"], &[1]);
    said(&folder, &["lint", "--format", "json"], &[0, 1]);
    found.extend(files(&folder));
    found.extend(processes(&folder));
    if found.is_empty() { Ok(()) } else { Err(found.join("\n").into()) }
}

/// Changes a line in each built file, so that a diff has to show old text that it did not write.
fn edit(folder: &Path) {
    let conf = folder.join(CONF);
    let text = fs::read_to_string(&conf).expect("built");
    fs::write(&conf, text.replace("password = ", "password =  ")).expect("written");
}

/// The secrets of the forms, and the generated one.
fn all_secrets(folder: &Path) -> Vec<String> {
    let mut all: Vec<String> = SECRETS.map(str::to_owned).into();
    for entry in fs::read_dir(folder.join(".recipe/secrets")).into_iter().flatten().flatten() {
        all.extend(fs::read_to_string(entry.path()).map(|text| text.trim().to_owned()));
    }
    all
}

fn secrets_in<'t>(folder: &Path, text: &'t str) -> impl Iterator<Item = String> + use<'t> {
    all_secrets(folder).into_iter().filter(move |secret| text.contains(secret.as_str()))
}

/// Files that others can read, or that are not for secrets at all.
fn files(folder: &Path) -> Vec<String> {
    let inputs = ["recipe.toml", "buildout.cfg", "password.txt", "command.txt"].map(|name| folder.join(name));
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten().filter(|e| e.file_type().is_file()) {
        let path = entry.into_path();
        let Ok(bytes) = fs::read(&path) else { continue };
        let text = String::from_utf8_lossy(&bytes).into_owned();
        if inputs.contains(&path) || secrets_in(folder, &text).next().is_none() {
            continue;
        }
        if !may_hold_secrets(&path) {
            found.push(format!("{} holds a secret", path.display()));
        }
        if fs::metadata(&path).is_ok_and(|m| m.permissions().mode() & 0o077 != 0) {
            found.push(format!("{} holds a secret and others can read it", path.display()));
        }
    }
    found
}

/// Only a configuration and the store of generated passwords.
fn may_hold_secrets(path: &Path) -> bool {
    path.ends_with(CONF) || path.parent().is_some_and(|p| p.ends_with(".recipe/secrets"))
}

/// Command lines of all processes, and environments of the children that were not given the secrets.
fn processes(folder: &Path) -> Vec<String> {
    let mut found = Vec::new();
    let holders = children_given_secrets(folder);
    for entry in fs::read_dir("/proc").into_iter().flatten().flatten() {
        let process = entry.path();
        let command = String::from_utf8_lossy(&fs::read(process.join("cmdline")).unwrap_or_default()).into_owned();
        found.extend(secrets_in(folder, &command).map(|s| format!("{} has {s} in {command}", process.display())));
        let environ = String::from_utf8_lossy(&fs::read(process.join("environ")).unwrap_or_default()).into_owned();
        let ours = environ.contains("SUPERVISOR_ENABLED=1") && environ.contains(&*folder.to_string_lossy());
        if ours && !holders.contains(&process) {
            let inherited = ["s3cr3t-env", "s3cr3t-start"];
            let leaked = secrets_in(folder, &environ).filter(|s| !inherited.contains(&s.as_str()));
            found.extend(leaked.map(|s| format!("{} has {s} in its environment", process.display())));
        }
    }
    found
}

fn children_given_secrets(_: &Path) -> Vec<PathBuf> {
    let given = |process: &Path| {
        let environ = fs::read(process.join("environ")).unwrap_or_default();
        String::from_utf8_lossy(&environ).split('\0').any(|pair| pair == "SUPERVISOR_PROCESS_NAME=holder")
    };
    fs::read_dir("/proc").into_iter().flatten().flatten().map(|e| e.path()).filter(|p| given(p)).collect()
}
