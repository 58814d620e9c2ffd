//! `unknown-option`: what supervisord passes over without a word. Those of manifests the compiler finds.

use crate::base::suggest::nearest;
use crate::base::{Diagnostic, Severity};
use crate::conf::ini::Setting;
use crate::conf::options::{self, Section};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "unknown-option",
        Family::Names,
        Severity::Error,
        "an option that its part, `[project]`, or its section of supervisord.conf has not",
        "It would have no effect, and what was meant keeps its default. Mend the name; data goes to a section of its own.",
    )
    .fix_anywhere("writes the name that is nearest to it (unsafe: that option then counts)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\nautorestrat = true\n",
        "[program:web]\ncommand = /srv/bin/web\nautorestart = true\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks().filter(|block| !options::takes_any(block.kind)) {
        let unknown = |option: &&Setting<'_>| options::find(block.kind, &option.name).is_none();
        let options = block.section.options().iter().filter(unknown);
        found.extend(
            options
                .filter(|o| super::removed_option::instead(block.kind, &o.name).is_none())
                .map(|o| finding(block, o)),
        );
    }
}

fn finding(block: Block<'_>, option: &Setting<'_>) -> Diagnostic {
    let message = format!("supervisord passes over `{}`: no option of `[{}]`", option.name, block.kind.word());
    let finding = Diagnostic::warning(RULE.rule.code, option.name_span, message);
    if let Some(name) = nearest(&option.name, options::names(block.kind)) {
        return finding.meant(Some(&name.unless(|name| block.section.get(name).is_some())));
    }
    let elsewhere = Section::ALL.iter().find(|kind| options::find(**kind, &option.name).is_some());
    match elsewhere {
        Some(kind) if option.name != "environment" => {
            finding.help(format!("`[{}]` has an option of that name", kind.word()))
        }
        _ => finding,
    }
}
