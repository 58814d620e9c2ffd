//! Who may use whom, and who may touch the world: the table of `src/lib.rs`, checked on the text of the sources.

use std::fs;
use std::path::Path;

use libtest_mimic::Trial;

use crate::harness::{Outcome, project};

/// A folder or file under `src` and the modules of the crate that it may name. The first entry that fits a file counts.
const LAYERS: &[(&str, &[&str])] = &[
    ("base", &["base"]),
    ("conf", &["base", "conf"]),
    ("wire", &["base", "wire"]),
    ("sources", &["base", "sources"]),
    ("compile", &["base", "conf", "compile"]),
    ("lint", &["base", "conf", "compile", "lint"]),
    ("lsp", &["base", "conf", "wire", "compile", "lint", "lsp"]),
    ("apply", &["base", "compile", "apply"]),
    ("runtime/core", &["base", "conf", "wire", "runtime::core"]),
    ("runtime/zdaemon/core", &["base", "conf", "wire", "runtime::zdaemon::core"]),
    ("runtime", &["base", "conf", "wire", "runtime"]),
    ("client", &["base", "conf", "wire", "client"]),
    ("agents", &["agents", "base", "conf", "wire", "client"]),
    (
        "cli",
        &["agents", "apply", "base", "cli", "client", "compile", "conf", "lint", "lsp", "runtime", "sources", "wire"],
    ),
];

/// Modules that compute and nothing else.
const PURE: &[&str] = &["base", "conf", "wire", "compile", "lint", "lsp", "runtime/core", "runtime/zdaemon/core"];

/// What only the edge may name.
const WORLD: &[&str] = &[
    "std::fs",
    "std::net",
    "std::process",
    "std::thread",
    "std::env",
    "Instant",
    "SystemTime",
    "std::os::",
    "rustix::",
    "nix::",
    "tokio::",
    "getrandom",
    "ureq::",
];

/// Words that print or end the process.
const PRINTS: &[&str] = &["println!", "eprintln!", "print!(", "process::exit", "io::stdout(", "io::stderr("];

/// The one module that may be unsafe.
const UNSAFE: [&str; 2] = ["runtime/sys.rs", "runtime/sys/nursery.rs"];

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("layers::modules_use_only_what_they_may", uses),
        Trial::test("layers::pure_modules_do_not_touch_the_world", purity),
        Trial::test("layers::only_cli_prints", printing),
        Trial::test("layers::unsafe_stands_in_one_module", unsafety),
        Trial::test("layers::every_file_has_a_layer", complete),
        Trial::test("layers::the_check_can_fail", can_fail),
    ]
}

struct Source {
    name: String,
    code: String,
}

fn sources() -> Vec<Source> {
    let src = project().join("src");
    let mut found = Vec::new();
    for entry in walkdir::WalkDir::new(&src).sort_by_file_name().into_iter().flatten() {
        if entry.path().extension().is_some_and(|e| e == "rs") {
            found.push(read(&src, entry.path()));
        }
    }
    found
}

fn read(src: &Path, path: &Path) -> Source {
    let text = fs::read_to_string(path).expect("a readable source");
    Source { name: path.strip_prefix(src).expect("below src").display().to_string(), code: code_of(&text) }
}

/// The text without comments and without what stands under `#[cfg(test)]` at the end of the file.
fn code_of(text: &str) -> String {
    let text = text.split("\n#[cfg(test)]\nmod ").next().unwrap_or("");
    text.lines().map(|line| line.split("//").next().unwrap_or("")).collect::<Vec<_>>().join("\n")
}

fn layer(name: &str) -> Option<&'static (&'static str, &'static [&'static str])> {
    LAYERS.iter().find(|(folder, _)| name.starts_with(&format!("{folder}/")) || name == format!("{folder}.rs"))
}

/// The paths that follow each `crate::`.
fn named(code: &str) -> Vec<String> {
    code.split("crate::")
        .skip(1)
        .map(|rest| rest.chars().take_while(|c| c.is_alphanumeric() || "_:".contains(*c)).collect())
        .collect()
}

fn verdict(found: &[String]) -> Outcome {
    if found.is_empty() { Ok(()) } else { Err(found.join("\n").into()) }
}

fn foreign_uses(source: &Source) -> Vec<String> {
    let Some((_, allowed)) = layer(&source.name) else { return Vec::new() };
    let allowed_path = |path: &str| allowed.iter().any(|m| path == *m || path.starts_with(&format!("{m}::")));
    named(&source.code)
        .into_iter()
        .filter(|path| !allowed_path(path))
        .map(|path| format!("src/{} uses crate::{path}", source.name))
        .collect()
}

fn uses() -> Outcome {
    verdict(&sources().iter().flat_map(foreign_uses).collect::<Vec<_>>())
}

fn words(source: &Source, words: &[&str]) -> Vec<String> {
    words.iter().filter(|w| source.code.contains(**w)).map(|w| format!("src/{} names {w}", source.name)).collect()
}

fn purity() -> Outcome {
    let pure = |s: &&Source| PURE.iter().any(|folder| s.name.starts_with(&format!("{folder}/")));
    verdict(&sources().iter().filter(pure).flat_map(|s| words(s, WORLD)).collect::<Vec<_>>())
}

fn printing() -> Outcome {
    let elsewhere = |s: &&Source| !s.name.starts_with("cli/") && s.name != "main.rs";
    verdict(&sources().iter().filter(elsewhere).flat_map(|s| words(s, PRINTS)).collect::<Vec<_>>())
}

fn unsafety() -> Outcome {
    let elsewhere = |s: &&Source| !UNSAFE.contains(&s.name.as_str());
    verdict(
        &sources().iter().filter(elsewhere).flat_map(|s| words(s, &["unsafe ", "allow(unsafe"])).collect::<Vec<_>>(),
    )
}

fn complete() -> Outcome {
    let top = |s: &&Source| !["lib.rs", "main.rs"].contains(&s.name.as_str());
    verdict(
        &sources().iter().filter(top).filter(|s| layer(&s.name).is_none()).map(|s| s.name.clone()).collect::<Vec<_>>(),
    )
}

fn can_fail() -> Outcome {
    let source = Source {
        name: "conf/x.rs".to_owned(),
        code: code_of("use crate::runtime::x;\nfn f() { std::fs::read(1) } // println!\n"),
    };
    let caught = foreign_uses(&source).len() + words(&source, WORLD).len() + words(&source, PRINTS).len();
    if caught == 2 { Ok(()) } else { Err(format!("caught {caught}, not 2").into()) }
}
