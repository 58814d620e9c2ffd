//! `option-set-twice`: an option that stands twice in one section of one file. A file that is included to set it anew is
//! none. Those of a `.cfg` its reader finds.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "option-set-twice",
        Family::Names,
        Severity::Warning,
        "an option that stands twice under one header",
        "The first value has no effect, though it looks as if it had. Delete one; to add lines in a `.cfg`, write `+=`.",
    )
    .fix("removes the one without effect (of a supervisord.conf)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\npriority = 10\npriority = 20\n",
        "[program:web]\ncommand = /srv/bin/web\npriority = 20\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let same_file = conf.ini.repeats().iter().filter(|repeat| repeat.first.file == repeat.again.file);
    for (repeat, lost) in same_file.filter_map(|repeat| Some((repeat, repeat.lost.as_ref()?))) {
        let message = format!("`{}` is set again in `[{}]`: this value is lost", lost.name, repeat.section);
        let fix = Fix::replace(Safety::Safe, "remove the value that is lost", conf.lines_of(lost), "");
        found.push(RULE.rule.finding(repeat.first, message).label(repeat.again, "this one counts").fix(fix));
    }
}
