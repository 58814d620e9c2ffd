//! `bad-command`: a command line that cannot be split, of which supervisord knows only when it starts it. One that a comment
//! cuts is another rule's. Those of manifests the compiler finds.

use crate::base::{Diagnostic, Severity};
use crate::conf::command;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::rules::syntax::cut_value;
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "bad-command",
        Family::Programs,
        Severity::Error,
        "a command that cannot be split into words",
        "It cannot be run, or would run something else. Close its quotes, or, in a manifest, write a list of words.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web --name \"the web\n",
        "[program:web]\ncommand = /srv/bin/web --name \"the web\"\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let Some(value) = block.value("command") else { continue };
        // Words that are there are right.
        if block.words().is_some_and(|words| !words.is_empty()) {
            continue;
        }
        let text = value.text();
        let is_cut = || value.line_spans().any(|line| cut_value::comment(conf, line).is_some());
        match command::split(&text) {
            Err(why) if !is_cut() => {
                let message = format!("this command cannot be split into words: {why}");
                found.push(RULE.rule.finding(value.span(), message).help("supervisord finds out when it starts it"));
            }
            Ok(words) if words.is_empty() && block.setting("command").is_some() => {
                found.push(RULE.rule.finding(block.setting("command").map(|s| s.name_span), "this command is empty"));
            }
            _ => {}
        }
    }
}
