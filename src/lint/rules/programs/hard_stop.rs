//! `hard-stop`: a program that is killed wherever it is.

use crate::base::{Diagnostic, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "hard-stop",
        Family::Programs,
        Severity::Info,
        "`stopsignal = KILL`",
        "The program cannot end in order: what it has half written stays so. Take the signal that it knows, such as `TERM` or \
         `QUIT`; KILL follows after `stopwaitsecs` anyway.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = KILL\n",
        "[program:web]\ncommand = /srv/bin/web\nstopsignal = QUIT\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let is_kill = |text: &str| matches!(text.trim().to_ascii_uppercase().as_str(), "KILL" | "SIGKILL" | "9");
        if block.known("stopsignal").is_some_and(|text| is_kill(&text)) {
            let message = format!("`{}` is killed without a chance to end in order", block.name);
            found.push(RULE.rule.finding(block.place_of("stopsignal"), message));
        }
    }
}
