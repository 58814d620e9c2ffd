//! `unknown-section`: a section that supervisord passes over without a word. A slip of one that there is costs all that
//! stands in it; any other may be for somebody else.

use crate::base::suggest::nearest;
use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "unknown-section",
        Family::Names,
        Severity::Warning,
        "a section that supervisord passes over",
        "What stands in it has no effect: a misspelt program is not run. Mend the name. (A section with a name of its own \
         is only told of.)",
    )
    .fix("writes the name that is nearest to it (unsafe: the section then counts)")
    .example("[progam:web]\ncommand = /srv/bin/web\n", "[program:web]\ncommand = /srv/bin/web\n"),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for section in conf.ini.sections().iter().filter(|section| Section::of(section.name).is_none()) {
        let Some(span) = section.span else { continue };
        let message = format!("supervisord passes over the section `{}`", section.name);
        let word = section.name.split([':', ' ']).next().unwrap_or_default();
        let kinds = Section::ALL.iter().copied();
        let finding = match kinds.clone().find(|kind| kind.word() == word) {
            Some(kind) if kind.is_named() => {
                RULE.rule.finding(span, message).help(format!("write `[{word}:NAME]`, without blanks around the colon"))
            }
            Some(_) => RULE.rule.finding(span, message).help(format!("write `[{word}]`")),
            None => match nearest(word, kinds.map(Section::word)) {
                Some(near) => {
                    let at = conf.sources.slice(span).find(word).unwrap_or(0);
                    let finding = RULE.rule.finding(span, message).meant(Some(&near));
                    let place = span.part(at, at + word.len());
                    let fix = || Fix::replace(Safety::Unsafe, format!("write `{}`", &*near), place, &*near);
                    if near.is_sure() { finding.fix(fix()) } else { finding }
                }
                None => Diagnostic::new(Severity::Info, RULE.rule.code, span, message),
            },
        };
        found.push(finding);
    }
}
