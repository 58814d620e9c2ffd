//! Sessions: tests that read as transcripts of a terminal.
//!
//! ```text
//! # what is shown
//! $ recipe build
//! ! created   bin/supervisord
//! $ cat missing
//! ! cat: missing: No such file or directory
//! = 1
//! ```
//!
//! `$` is a line for `sh`, run in the scratch folder with `recipe` on PATH; `>` is a line of its stdout, `!` of its
//! stderr, `=` its exit status where that is not 0, `#` a comment. Lines are compared exactly, but for `[..]`, which
//! stands for any text within a line, `...` as a whole line (`> ...`), which stands for any lines, and `[DIR]`, the
//! scratch folder. `BLESS=1` writes what came instead, keeping lines that still match.

use std::fmt::Write as _;
use std::path::Path;
use std::process::{Command, Stdio};

use super::scratch::Scratch;
use super::{Outcome, recipe};

/// A command and what it should print.
#[derive(Debug, Default, PartialEq)]
struct Step {
    comments: Vec<String>,
    command: String,
    output: Vec<String>,
}

/// Runs the session `text` in `scratch`; the text as it should be is the error where it differs.
pub fn run(text: &str, scratch: &Scratch) -> Result<(), String> {
    let (steps, tail) = parse(text);
    let mut actual = String::new();
    let mut same = true;
    for step in &steps {
        for comment in &step.comments {
            writeln!(actual, "{comment}").expect("a string");
        }
        let output = execute(&step.command, scratch);
        let matches = matches(&step.output, &output);
        same &= matches;
        writeln!(actual, "$ {}", step.command).expect("a string");
        for line in if matches { &step.output } else { &output } {
            writeln!(actual, "{line}").expect("a string");
        }
    }
    for line in tail {
        writeln!(actual, "{line}").expect("a string");
    }
    if same { Ok(()) } else { Err(actual) }
}

/// Runs the session in `file`, or rewrites it with `BLESS=1`.
pub fn check(file: &Path, scratch: &Scratch) -> Outcome {
    let text = std::fs::read_to_string(file)?;
    match run(&text, scratch) {
        Ok(()) => Ok(()),
        Err(actual) if std::env::var_os("BLESS").is_some() => Ok(std::fs::write(file, actual)?),
        Err(actual) => Err(format!("{}\n{}", file.display(), difference(&text, &actual)).into()),
    }
}

/// A unified diff from what was expected to what came.
pub fn difference(expected: &str, actual: &str) -> String {
    similar::TextDiff::from_lines(expected, actual).unified_diff().header("expected", "actual").to_string()
}

fn parse(text: &str) -> (Vec<Step>, Vec<String>) {
    let mut steps: Vec<Step> = Vec::new();
    let mut comments = Vec::new();
    for line in text.lines() {
        if let Some(command) = line.strip_prefix("$ ") {
            let comments = std::mem::take(&mut comments);
            steps.push(Step { comments, command: command.to_owned(), output: Vec::new() });
        } else if line.is_empty() || line.starts_with('#') {
            comments.push(line.to_owned());
        } else if let Some(step) = steps.last_mut() {
            step.output.push(line.to_owned());
        }
    }
    (steps, comments)
}

fn execute(command: &str, scratch: &Scratch) -> Vec<String> {
    let folder = scratch.path();
    let bin = recipe();
    let path = format!("{}:{}", bin.parent().expect("a folder").display(), std::env::var("PATH").unwrap_or_default());
    let output = Command::new("/bin/sh")
        .arg("-c")
        .arg(command)
        .current_dir(&folder)
        .env("PATH", path)
        .env("HOME", &folder)
        .env("LC_ALL", "C.UTF-8")
        .env("TZ", "UTC")
        .env("NO_COLOR", "1")
        .env_remove("RECIPE")
        .stdin(Stdio::null())
        .output()
        .expect("a shell");
    let mut lines = Vec::new();
    for (mark, bytes) in [('>', &output.stdout), ('!', &output.stderr)] {
        let text = String::from_utf8_lossy(bytes).replace(&*folder.to_string_lossy(), "[DIR]");
        lines.extend(text.lines().map(|line| format!("{mark} {line}").trim_end().to_owned()));
    }
    match output.status.code() {
        Some(0) => {}
        Some(code) => lines.push(format!("= {code}")),
        None => lines.push(format!("= {}", output.status)),
    }
    lines
}

/// Whether the lines are as expected, wildcards included.
fn matches(expected: &[String], actual: &[String]) -> bool {
    match (expected.split_first(), actual.split_first()) {
        (None, None) => true,
        (Some((any, rest)), _) if is_any(any) => {
            matches(rest, actual) || actual.split_first().is_some_and(|(_, others)| matches(expected, others))
        }
        (Some((line, rest)), Some((other, others))) => line_matches(line, other) && matches(rest, others),
        _ => false,
    }
}

fn is_any(line: &str) -> bool {
    matches!(line, "> ..." | "! ...")
}

fn line_matches(expected: &str, actual: &str) -> bool {
    let Some((head, tail)) = expected.split_once("[..]") else { return expected == actual };
    let Some(rest) = actual.strip_prefix(head) else { return false };
    (0..=rest.len()).filter(|at| rest.is_char_boundary(*at)).any(|at| line_matches(tail, &rest[at..]))
}

/// The engine's own tests.
pub fn self_test() -> Outcome {
    let scratch = Scratch::new();
    let good = "# say\n$ echo a; echo b 1234 >&2; exit 3\n> a\n! b [..]4\n= 3\n";
    run(good, &scratch)?;
    run("$ seq 5; pwd\n> 1\n> ...\n> 5\n> [DIR]\n", &scratch)?;
    for bad in ["$ echo a\n> b\n", "$ echo a\n", "$ true\n> a\n", "$ exit 1\n", "$ echo a >&2\n> a\n"] {
        if run(bad, &scratch).is_ok() {
            return Err(format!("passes but should not: {bad}").into());
        }
    }
    Ok(())
}
