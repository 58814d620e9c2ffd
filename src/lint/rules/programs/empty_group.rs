//! `empty-group`: a group that takes in nothing.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "empty-group",
        Family::Programs,
        Severity::Warning,
        "a `[group:NAME]` without `programs`",
        "It does nothing. Name its programs, or delete it.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\n[group:all]\npriority = 10\n",
        "[program:web]\ncommand = /srv/bin/web\n[group:all]\nprograms = web\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.of(Section::Group) {
        if block.known("programs").is_some_and(|text| values::list(&text).all(|(_, name)| name.is_empty())) {
            let message = format!("group `{}` takes in no programs", block.name);
            found.push(RULE.rule.finding(block.place_of("programs"), message).help("set `programs = NAME,NAME`"));
        }
    }
}
