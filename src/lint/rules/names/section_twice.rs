//! `section-twice`: two sections of one name, which supervisord reads one over the other. `[supervisord]` and its like may
//! be set anew by a file that is included; programs are not.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "section-twice",
        Family::Names,
        Severity::Error,
        "two parts, two lines of a `.cfg`, or two headers, that make one section of supervisord.conf",
        "supervisord would not run both: it reads the second over the first. Rename one.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\n[program:web]\npriority = 10\n",
        "[program:web]\ncommand = /srv/bin/web\n[program:worker]\ncommand = /srv/bin/worker\npriority = 10\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for repeat in conf.ini.repeats().iter().filter(|repeat| repeat.lost.is_none()) {
        let is_named = Section::of(repeat.section).is_some_and(|(kind, _)| kind.is_named());
        if is_named || repeat.first.file == repeat.again.file {
            let message = format!("`[{}]` is here again: supervisord reads the two as one section", repeat.section);
            let finding = Diagnostic::warning(RULE.rule.code, repeat.again, message);
            found.push(finding.label(repeat.first, "first made here").help("rename one of them, or join them"));
        }
    }
}
