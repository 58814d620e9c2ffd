//! The registry of rules is whole: every code that the sources emit is in it, and nothing else; `docs/rules.md` is the
//! same list, which `BLESS=1` rewrites.

use std::collections::BTreeSet;
use std::fmt::Write as _;
use std::path::Path;

use libtest_mimic::Trial;
use recipe::lint;

use crate::harness::{Outcome, made, project};

/// The trials on rules.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("rules::the_scan_can_find", the_scan_can_find),
        Trial::test("rules::every_code_is_registered", every_code_is_registered),
        Trial::test("rules::the_page_is_current", the_page_is_current),
    ]
}

fn every_code_is_registered() -> Outcome {
    let emitted = emitted(&project().join("src"))?;
    let registered: BTreeSet<String> = lint::rules().iter().map(|rule| rule.code.to_owned()).collect();
    let unregistered: Vec<_> = emitted.difference(&registered).collect();
    let unused: Vec<_> = registered.difference(&emitted).collect();
    if unregistered.is_empty() && unused.is_empty() {
        return Ok(());
    }
    Err(format!("src/lint/compiler lacks {unregistered:?}; no source emits {unused:?}").into())
}

fn the_page_is_current() -> Outcome {
    made::check("docs/rules.md", &page())
}

/// All rules, for people.
fn page() -> String {
    let mut page = "# Rules\n\nWhat `recipe lint` and every other verb may say about a manifest or a configuration, by \
                    family and code. The severity is the\nworst that a rule gives. This page is made from the registry \
                    (`BLESS=1 cargo test --test tests`); `recipe lint --list` prints it\nshorter, `recipe explain CODE` \
                    one rule. [lint.md](lint.md) says how they are chosen and kept quiet.\n"
        .to_owned();
    let rules = lint::rules();
    for family in lint::Family::ALL {
        write!(page, "\n## {}\n\nFamily `{}`.\n", family.title(), family.word()).expect("a string");
        for rule in rules.iter().filter(|rule| rule.family == family) {
            write!(page, "\n{}", rule.page()).expect("a string");
        }
    }
    page
}

/// The codes in the sources below `folder`, tests aside.
fn emitted(folder: &Path) -> Result<BTreeSet<String>, std::io::Error> {
    let mut found = BTreeSet::new();
    for entry in walkdir::WalkDir::new(folder).into_iter().flatten() {
        let name = entry.file_name().to_string_lossy();
        if entry.file_type().is_file() && name.ends_with(".rs") && name != "tests.rs" && !name.starts_with("testing") {
            let text = std::fs::read_to_string(entry.path())?;
            let text = text.split("#[cfg(test)]").next().unwrap_or_default();
            found.extend(codes(text));
            if entry.path().ends_with("conf/problem.rs") || entry.path().ends_with("zconfig/problem.rs") {
                found.extend(literals_after(text, "=> ").filter(|code| code.starts_with("conf-")));
            }
            if entry.path().ends_with("monitor/problem.rs") {
                found.extend(literals_after(text, "=> ").filter(|code| code.starts_with("monitor-")));
            }
        }
    }
    Ok(found)
}

/// The codes that `text` gives to a diagnostic: by a constructor, whose first or second argument it is, or by a field.
fn codes(text: &str) -> BTreeSet<String> {
    let first =
        ["Diagnostic::error(", "Diagnostic::warning(", "Self::error(", "Self::warning(", "Rule::new(", "sink.warn("];
    let first = first.into_iter().chain(["code: "]).flat_map(|mark| literals_after(text, mark));
    let second = ["Diagnostic::new(", "Self::new("].into_iter().flat_map(|mark| arguments(text, mark));
    let second = second.filter_map(|arguments| literal(arguments.split_once(',')?.1));
    first.chain(second).collect()
}

fn arguments<'t>(text: &'t str, mark: &'static str) -> impl Iterator<Item = &'t str> {
    text.match_indices(mark).map(move |(at, _)| &text[at + mark.len()..])
}

fn literals_after(text: &str, mark: &'static str) -> impl Iterator<Item = String> {
    arguments(text, mark).filter_map(literal)
}

/// The text literal that `text` begins with.
fn literal(text: &str) -> Option<String> {
    text.trim_start().strip_prefix('"')?.split('"').next().map(str::to_owned)
}

fn the_scan_can_find() -> Outcome {
    let text = r#"Diagnostic::error("a-b", span, "no") Self::warning(
        "c", None) Diagnostic::new(severity, "d-e", span) Diagnostic::new(self.severity, self.code, "f")
        Diagnostic { code: "g", ..finding } other::error("h") Rule::new("i", get.sink.warn("j", text)"#;
    let found = codes(text);
    if found.iter().eq(["a-b", "c", "d-e", "g", "i", "j"]) { Ok(()) } else { Err(format!("{found:?}").into()) }
}
