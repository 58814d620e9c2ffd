//! What others hang `recipe lint` on: problem matchers match what it prints, hooks run, blocks of the documents are what
//! they say.

use std::fs;
use std::path::Path;
use std::process::{Command, Output};

use libtest_mimic::Trial;
use regex::Regex;
use serde_json::Value;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, peers, project, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    let is_ignored = !peers::possible();
    vec![
        Trial::test("ci::problem_matchers_match", matchers),
        Trial::test("ci::blocks_of_the_documents_can_be_read", blocks),
        Trial::test("ci::hooks_of_pre_commit_run", hooks).with_ignored_flag(is_ignored),
    ]
}

/// A fixture with two errors, in lines 3 and 7.
const FIXTURE: &str = "fixtures/lint/unknown-option";

fn lint(arguments: &[&str]) -> Result<String, Box<dyn std::error::Error>> {
    let scratch = Scratch::copy_of(&project().join(FIXTURE));
    let output = Command::new(recipe()).arg("lint").args(arguments).current_dir(scratch.path()).output()?;
    Ok(String::from_utf8(output.stdout)?)
}

/// The findings that a matcher makes of a log: file, line, column, severity, code and message of each.
fn matched(matcher: &Value, log: &str) -> Vec<Vec<String>> {
    let patterns = matcher["pattern"].as_array().expect("patterns");
    let regexps: Vec<Regex> =
        patterns.iter().map(|p| Regex::new(p["regexp"].as_str().expect("a pattern")).expect("a regexp")).collect();
    let lines: Vec<&str> = log.lines().collect();
    let mut found = Vec::new();
    for window in lines.windows(patterns.len()) {
        let captures: Option<Vec<_>> = regexps.iter().zip(window).map(|(regexp, line)| regexp.captures(line)).collect();
        let Some(captures) = captures else { continue };
        let value = |name: &str| {
            let mut groups = patterns.iter().zip(&captures).filter_map(|(p, c)| Some((p[name].as_u64()?, c)));
            let (group, captures) = groups.next().unwrap_or_else(|| panic!("no {name}"));
            captures[usize::try_from(group).expect("a small number")].to_owned()
        };
        found.push(["file", "line", "column", "severity", "code", "message"].map(value).to_vec());
    }
    found
}

fn matchers() -> Outcome {
    let text = fs::read_to_string(project().join("docs/problem-matcher.json"))?;
    let matchers: Value = serde_json::from_str(&text)?;
    let all = matchers["problemMatcher"].as_array().ok_or("no matchers")?;
    let logs = [lint(&["--format", "concise"])?, lint(&["--format", "text"])?];
    let expected = [
        ["recipe.toml", "3", "1", "error", "unknown-option", "part `supervisor` has no option `plugin`"],
        [
            "recipe.toml",
            "7",
            "1",
            "error",
            "unknown-option",
            "`[program]` of supervisord.conf has no option `startsec`",
        ],
    ];
    for (matcher, log) in all.iter().zip(logs) {
        let found = matched(matcher, &log);
        if found != expected {
            return Err(format!("{}: {found:#?} in\n{log}", matcher["owner"]).into());
        }
    }
    let tasks = fs::read_to_string(project().join("docs/ci.md"))?;
    let pattern = &all[0]["pattern"][0]["regexp"];
    if tasks.contains(&pattern.to_string()) { Ok(()) } else { Err("docs/ci.md has another pattern".into()) }
}

fn blocks() -> Outcome {
    for name in ["docs/ci.md", "docs/editors.md"] {
        let text = fs::read_to_string(project().join(name))?;
        for block in text.split("```").skip(1).step_by(2) {
            let (language, body) = block.split_once('\n').ok_or("an empty block")?;
            let fault = match language {
                "json" => serde_json::from_str::<Value>(body).err().map(|why| why.to_string()),
                "toml" => toml::from_str::<toml::Table>(body).err().map(|why| why.to_string()),
                "yaml" => serde_saphyr::from_str::<Value>(body).err().map(|why| why.to_string()),
                "sh" | "lua" | "lisp" => None,
                other => Some(format!("an unknown language `{other}`")),
            };
            if let Some(fault) = fault {
                return Err(format!("{name}: {fault} in\n{body}").into());
            }
        }
    }
    Ok(())
}

fn run(command: &mut Command) -> Result<Output, Box<dyn std::error::Error>> {
    let output = command.output()?;
    if output.status.success() { Ok(output) } else { Err(told(&output).into()) }
}

fn told(output: &Output) -> String {
    format!("{}{}", String::from_utf8_lossy(&output.stdout), String::from_utf8_lossy(&output.stderr))
}

/// The hook of the system, as `pre-commit` runs it from a clone of the hooks alone; the other one is the same but for
/// who builds the program.
fn hooks() -> Outcome {
    let venv = peers::venv().ok_or("no Python environment")?;
    let scratch = Scratch::new();
    let (hooks, user) = (scratch.path().join("hooks"), scratch.path().join("user"));
    let git = |folder: &Path, arguments: &[&str]| {
        let name = ["-c", "user.name=test", "-c", "user.email=test@example.org", "-c", "init.defaultBranch=main"];
        run(Command::new("git").args(name).args(arguments).current_dir(folder))
    };
    let pre_commit = |arguments: &[&str]| {
        let path = std::env::join_paths(
            std::iter::once(recipe().parent().expect("its folder").to_owned())
                .chain(std::env::split_paths(&std::env::var_os("PATH").unwrap_or_default())),
        );
        Command::new(venv.join("pre-commit"))
            .args(arguments)
            .current_dir(&user)
            .env("PATH", path.expect("a PATH"))
            .env("PRE_COMMIT_HOME", scratch.path().join("home"))
            .output()
    };
    for folder in [&hooks, &user] {
        fs::create_dir(folder)?;
        git(folder, &["init", "-q"])?;
    }
    let definition = project().join(".pre-commit-hooks.yaml");
    fs::copy(&definition, hooks.join(".pre-commit-hooks.yaml"))?;
    git(&hooks, &["add", "-A"])?;
    git(&hooks, &["commit", "-qm", "hooks"])?;
    let output = pre_commit(&["validate-manifest", &definition.display().to_string()])?;
    if !output.status.success() {
        return Err(told(&output).into());
    }
    let good = "[supervisord]\n[program:web]\ncommand = /bin/web\n[rpcinterface:supervisor]\n\
                supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n";
    fs::create_dir(user.join("etc"))?;
    fs::write(user.join("etc/nginx.conf"), "server { }\n")?;
    let conf_d = user.join("etc/conf.d");
    fs::create_dir(&conf_d)?;
    fs::write(user.join("etc/supervisord.conf"), good)?;
    let piece = "[program:job]\ncommand = /bin/job\n";
    for (name, text, place) in [
        ("etc/supervisord.conf", good.to_owned(), None),
        ("etc/supervisord.conf", good.replace("command", "comand"), Some(2)),
        ("etc/supervisord.conf", good.to_owned(), None),
        ("etc/conf.d/job.conf", piece.to_owned(), None),
        ("etc/conf.d/job.conf", piece.replace("command", "comand"), Some(1)),
        ("etc/conf.d/job.conf", piece.to_owned(), None),
        ("etc/jobs.conf", "[include]\nfiles =\n".to_owned(), None),
        ("zope.conf", "<runner>\n  program /bin/x\n  nonsense 1\n</runner>\n".to_owned(), Some(3)),
    ] {
        let is_good = place.is_none();
        fs::write(user.join(name), text)?;
        git(&user, &["add", "-A"])?;
        let hooks = hooks.display().to_string();
        let output =
            pre_commit(&["try-repo", &hooks, "recipe-lint-system", "--all-files", "--verbose", "--color", "never"])?;
        let shown = told(&output);
        let place = place.map_or_else(String::new, |line| format!("{name}:{line}:"));
        if output.status.success() != is_good || !shown.contains(&place) {
            return Err(shown.into());
        }
    }
    Ok(())
}
