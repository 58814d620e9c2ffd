//! `option-set-twice`: an option that stands twice in one section of one file. A file that is included to set it anew is
//! none. Those of a `.cfg` its reader finds.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::conf::ini::Setting;
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

use super::swallowed_option::reads_like;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "option-set-twice",
        Family::Names,
        Severity::Warning,
        "an option that stands twice under one header",
        "The first value has no effect, though it looks as if it had. Delete one; to add lines in a `.cfg`, write `+=`.",
    )
    .fix_anywhere("removes the one without effect (unsafe: comments or further lines go with it; safe without such)")
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
        let finding = RULE.rule.finding(repeat.first, message).label(repeat.again, "this one counts");
        found.push(fix(conf, repeat.section, lost).into_iter().fold(finding, Diagnostic::fix));
    }
}

/// None where an option or a header is lost with the value: that one is to be mended first.
fn fix(conf: &Conf<'_>, section: &str, lost: &Setting<'_>) -> Option<Fix> {
    let (value, lines) = (lost.value.span(), conf.lines_of(lost));
    let kind = Section::of(section).map(|(kind, _)| kind);
    let is_meant = |span| kind.is_some_and(|kind| reads_like(conf.sources.slice(span), kind).is_some());
    if lost.value.line_spans().skip(1).any(is_meant) {
        return None;
    }
    let behind = &conf.sources.text(lines.file)[value.range().end..lines.range().end];
    let is_bare = behind.trim().is_empty() && !conf.sources.slice(lines).trim_end().contains(['\n', '\r']);
    let safety = if is_bare { Safety::Safe } else { Safety::Unsafe };
    Some(Fix::replace(safety, "remove the value that is lost", lines, ""))
}
