//! XML-RPC of our daemon beside that of the original: `harness/calls.py` makes the same calls to both, with Python's own
//! client, on the same configuration.

use std::path::Path;
use std::process::Command;

use libtest_mimic::{Failed, Trial};

use crate::harness::daemon::Daemon;
use crate::harness::{Outcome, peers, project, session};

/// The trials on XML-RPC.
pub fn trials() -> Vec<Trial> {
    let compared = Trial::test("rpc::every_method_answers_as_the_originals_does", compared);
    vec![compared.with_ignored_flag(!peers::possible())]
}

const CONF: &str = "\
[program:cat]
command = /bin/cat
startsecs = 0
[program:off]
command = /bin/cat
autostart = false
startsecs = 0
[program:missing]
command = /no/such
autostart = false
startretries = 0
[program:quick]
command = /bin/false
autostart = false
startretries = 0
[program:folder]
command = /usr
autostart = false
startretries = 0
[program:told]
command = /bin/sh -c 'echo 0123456789\u{e9}; exec cat'
startsecs = 0
stdout_logfile = %(here)s/told.log
stderr_logfile = NONE
[group:g]
programs = a,b
priority = 5
[program:a]
command = /bin/cat
startsecs = 0
stdout_logfile = NONE
exitcodes = 0,2
stopsignal = INT
environment = A=\"b\"
[program:b]
command = /bin/cat
startsecs = 0
redirect_stderr = true
";

fn compared() -> Outcome {
    let Some(bin) = peers::venv() else { return Err("the pinned packages could not be installed".into()) };
    let theirs = transcript(bin, &Daemon::theirs(bin, CONF))?;
    let ours = transcript(bin, &Daemon::ours(CONF))?;
    if ours == theirs { Ok(()) } else { Err(session::difference(&theirs, &ours).into()) }
}

fn transcript(bin: &Path, daemon: &Daemon) -> Result<String, Failed> {
    daemon.until("'told' stdout output:");
    let folder = daemon.folder();
    let output = Command::new(bin.join("python"))
        .arg(project().join("tests/harness/calls.py"))
        .arg(folder.join("sock"))
        .arg(&folder)
        .env("PYTHONIOENCODING", "utf-8")
        .output()?;
    let text = String::from_utf8_lossy(&[output.stdout, output.stderr].concat()).into_owned();
    if output.status.success() { Ok(text) } else { Err(text.into()) }
}
