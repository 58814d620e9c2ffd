//! `newer-option`: an option that the version of Supervisor which the settings name does not know.

use crate::base::{Diagnostic, Severity};
use crate::conf::options;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "newer-option",
        Family::Portability,
        Severity::Warning,
        "an option that the Supervisor of `target` does not know yet",
        "It passes over it without a word. Do without, or update Supervisor.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstdout_syslog = true\n",
        "[program:web]\ncommand = /srv/bin/web\nstdout_logfile = /srv/log/web.log\n",
    )
    .given("target = \"3.3\"\n"),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let Some(target) = conf.given.settings.target else { return };
    for block in conf.blocks() {
        for option in block.section.options() {
            let Some(opt) = options::find(block.kind, &option.name) else { continue };
            if opt.since.parse().is_ok_and(|since| !target.has(since)) {
                let message = format!("Supervisor {target} passes over `{}`, which came with {}", opt.name, opt.since);
                found.push(RULE.rule.finding(option.name_span, message));
            }
        }
    }
}
