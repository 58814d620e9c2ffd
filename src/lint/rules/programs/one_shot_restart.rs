//! `one-shot-restart`: a command that does one thing, done again and again.

use super::one_shot;
use crate::base::{Diagnostic, Severity};
use crate::conf::model::Autorestart;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "one-shot-restart",
        Family::Programs,
        Severity::Warning,
        "`autorestart = true` of a command that does one thing and ends",
        "It is done again and again. Write `autorestart = false`.",
    )
    .example(
        "[program:migrate]\ncommand = /srv/manage.py migrate\nautorestart = true\n",
        "[program:migrate]\ncommand = /srv/manage.py migrate\nautorestart = false\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let restart = block.known("autorestart").and_then(|text| values::autorestart(&text).ok());
        if restart != Some(Autorestart::Always) {
            continue;
        }
        if let Some(word) = one_shot::word(block, false) {
            let message = format!(
                "`{}` does one thing and ends: with `autorestart = true` it is done again and again",
                word.text
            );
            let finding = RULE.rule.finding(word.span, message).label(block.place_of("autorestart"), "restarts it");
            found.push(finding.help("write `autorestart = false`"));
        }
    }
}
