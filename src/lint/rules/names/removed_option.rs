//! `removed-option`: an option of Supervisor 2, which later ones pass over.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "removed-option",
        Family::Names,
        Severity::Warning,
        "an option that Supervisor 2 had, and that later ones pass over",
        "It has had no effect since. Say it as the help does.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nlog_stderr = true\n",
        "[program:web]\ncommand = /srv/bin/web\nredirect_stderr = true\n",
    ),
    check,
);

/// What took their place.
const REMOVED: &[(&[Section], &str, &str)] = &[
    (PROGRAM, "log_stdout", "`stdout_logfile`, which can be `NONE`"),
    (PROGRAM, "log_stderr", "`redirect_stderr = true`, or `stderr_logfile`"),
    (PROGRAM, "logfile", "`stdout_logfile`"),
    (PROGRAM, "logfile_maxbytes", "`stdout_logfile_maxbytes`"),
    (PROGRAM, "logfile_backups", "`stdout_logfile_backups`"),
    (MAIN, "http_port", "`port` of `[inet_http_server]`, or `file` of `[unix_http_server]`"),
    (MAIN, "http_username", "`username` of the server's section"),
    (MAIN, "http_password", "`password` of the server's section"),
    (MAIN, "sockchmod", "`chmod` of `[unix_http_server]`"),
    (MAIN, "sockchown", "`chown` of `[unix_http_server]`"),
];

const PROGRAM: &[Section] = &[Section::Program];
const MAIN: &[Section] = &[Section::Supervisord];

/// What took the place of an option that there is no more.
pub(super) fn instead(kind: Section, name: &str) -> Option<&'static str> {
    REMOVED.iter().find(|(kinds, old, _)| kinds.contains(&kind) && *old == name).map(|(.., new)| *new)
}

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks() {
        for option in block.section.options() {
            let Some(new) = instead(block.kind, &option.name) else { continue };
            let message = format!("supervisord passes over `{}` since version 3", option.name);
            found.push(RULE.rule.finding(option.name_span, message).help(format!("use {new}")));
        }
    }
}
