//! The documents cannot go stale: `console` blocks of the README are sessions that are run, in one scratch copy of the
//! project's fixtures; the pages on XML-RPC and on cluster.ini are what their tables make.

use libtest_mimic::Trial;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, made, project, session};

/// One trial a document.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("docs::readme", readme),
        Trial::test("docs::readme_with_haproxy", readme_with_haproxy).with_ignored_flag(!has_haproxy()),
        Trial::test("docs::unfinished_words", unfinished_words),
        Trial::test("docs::links", links),
        Trial::test("docs::cluster_ini", || made::check("docs/cluster-ini.md", &recipe::conf::monitor::keys::manual())),
        Trial::test("docs::xmlrpc", || made::check("docs/xmlrpc.md", &recipe::runtime::rpc::manual())),
    ]
}

/// Each ```` ```console ```` block is run as a session from the top folder, one after the other.
fn readme() -> Outcome {
    let scratch = Scratch::new();
    scratch.add(&project().join("fixtures/quickstart"), "fixtures/quickstart");
    run_blocks("```console\n", &scratch, str::to_owned)
}

/// What needs an HAProxy: blocks that say so.
fn readme_with_haproxy() -> Outcome {
    let scratch = Scratch::new();
    let name = "fixtures/ctl/balanced";
    scratch.add(&project().join(name), name);
    // The fixture's own test may run at the same time.
    let manifest = scratch.path().join(name).join("recipe.toml");
    let elsewhere = |text: &str| text.replace(":2831", ":2832");
    std::fs::write(&manifest, elsewhere(&std::fs::read_to_string(&manifest)?))?;
    run_blocks("```console haproxy\n", &scratch, elsewhere)
}

fn has_haproxy() -> bool {
    std::path::Path::new("/usr/sbin/haproxy").exists()
}

fn run_blocks(fence: &str, scratch: &Scratch, change: impl Fn(&str) -> String) -> Outcome {
    let text = std::fs::read_to_string(project().join("README.md"))?;
    for block in console_blocks(&text, fence) {
        let block = change(&block).replace("cargo run --release --", "recipe");
        if let Err(actual) = session::run(&block, scratch) {
            return Err(session::difference(&block, &actual).into());
        }
    }
    Ok(())
}

fn console_blocks(text: &str, fence: &str) -> Vec<String> {
    let mut blocks = Vec::new();
    let mut rest = text;
    while let Some((_, block)) = rest.split_once(fence) {
        let Some((block, after)) = block.split_once("```") else { break };
        blocks.push(block.lines().map(as_session_line).collect::<Vec<_>>().join("\n") + "\n");
        rest = after;
    }
    blocks
}

/// In a document both outputs stand bare, as a terminal shows them.
fn as_session_line(line: &str) -> String {
    match line.strip_prefix("$ ") {
        // What goes on by itself must not hold the output, which a shell keeps for a group's end.
        Some(command) if command.ends_with('&') => format!("$ {command}"),
        Some(command) => format!("$ {{ {command}; }} 2>&1"),
        None if line.is_empty() || line.starts_with(['#', '=']) => line.to_owned(),
        None => format!("> {line}"),
    }
}

/// Words that say that something is not finished.
fn unfinished_words() -> Outcome {
    let words =
        [concat!("TO", "DO"), concat!("FIX", "ME"), concat!("XX", "X "), concat!("dbg", "!("), concat!("todo", "!(")];
    let mut found = Vec::new();
    for folder in ["src", "tests", "templates", "benches", "fuzz/fuzz_targets"] {
        for entry in walkdir::WalkDir::new(project().join(folder)).into_iter().flatten() {
            let Ok(text) = std::fs::read_to_string(entry.path()) else { continue };
            found.extend(
                words.iter().filter(|w| text.contains(**w)).map(|w| format!("{w} in {}", entry.path().display())),
            );
        }
    }
    if found.is_empty() { Ok(()) } else { Err(found.join("\n").into()) }
}

/// What a document links to in the project is there.
fn links() -> Outcome {
    let mut broken = Vec::new();
    for entry in walkdir::WalkDir::new(project()).max_depth(2).into_iter().flatten() {
        if entry.path().extension().is_none_or(|e| e != "md") || entry.path().starts_with(project().join("target")) {
            continue;
        }
        let text = std::fs::read_to_string(entry.path())?;
        let folder = entry.path().parent().expect("below the project");
        for link in text.split("](").skip(1).filter_map(|rest| rest.split(')').next()) {
            let path = link.split('#').next().unwrap_or("");
            if !path.is_empty() && !path.contains("://") && !folder.join(path).exists() {
                broken.push(format!("{}: {link}", entry.path().display()));
            }
        }
    }
    if broken.is_empty() { Ok(()) } else { Err(broken.join("\n").into()) }
}
