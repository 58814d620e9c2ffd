//! `world-readable-secret`: a file with a password that all users of this host may read.

use crate::base::telling::{self, Form};
use crate::base::{Diagnostic, Severity, Span};
use crate::conf::options;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "world-readable-secret",
        Family::Security,
        Severity::Warning,
        "a configuration with a password that all users of the host may read (with `--here`)",
        "Whoever is on the host has the password. `chmod 640` the file, or take the password from `%(ENV_NAME)s`.",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let Some(here) = conf.given.here else { return };
    for file in conf.loaded.files() {
        let mode = here.mode(conf.sources.name(file));
        let Some(mode) = mode.filter(|mode| mode & 0o004 != 0) else { continue };
        if let Some(span) = secrets(conf).into_iter().find(|span| span.file == file) {
            let message = format!("all users of this host may read this password: the file's mode is {mode:04o}");
            found.push(RULE.rule.finding(span, message).help("chmod 640, and give it to the group that needs it"));
        }
    }
}

/// Values with a secret in clear.
fn secrets(conf: &Conf<'_>) -> Vec<Span> {
    let mut all = Vec::new();
    for block in conf.blocks() {
        for option in block.section.options() {
            let text = option.value.text();
            let is_secret = options::find(block.kind, &option.name).is_some_and(|opt| opt.secret);
            let is_clear = is_secret && !text.is_empty() && !text.contains("%(") && !text.starts_with("{SHA}");
            if is_clear || (option.name == "environment" && telling::is_doubtful(&text, Form::Environment)) {
                all.push(option.value.span());
            }
        }
    }
    all
}
