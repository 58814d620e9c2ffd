//! `retries-too-short`: a program that is given up before what it needs has come up, by the boot time that the settings
//! state.
//!
//! After the n-th failed start supervisord waits n seconds; after `startretries` of them it gives up.

use crate::base::{Diagnostic, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "retries-too-short",
        Family::Programs,
        Severity::Warning,
        "a program that is given up before the stated `boot-time` is over",
        "What it waits for, such as a database, comes up later: it stays FATAL. Raise `startretries`.",
    )
    .example("[program:web]\ncommand = /srv/bin/web\n", "[program:web]\ncommand = /srv/bin/web\nstartretries = 8\n")
    .given("boot-time = 30\n"),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let Some(boot) = conf.given.settings.boot_time else { return };
    for block in conf.programs().filter(|block| block.boolean("autostart") == Some(true)) {
        let Some(retries) = block.integer("startretries").filter(|n| *n >= 0) else { continue };
        let total = seconds(retries);
        if total < boot {
            let least = (retries..=boot).find(|n| seconds(*n) >= boot).unwrap_or(boot);
            let message = format!(
                "`{}` is given up after some {total} seconds, before the boot time of {boot} is over",
                block.name
            );
            let finding = RULE.rule.finding(block.place_of("startretries"), message);
            found.push(finding.help(format!("`startretries = {least}` waits for {} seconds", seconds(least))));
        }
    }
}

/// How long so many retries take.
fn seconds(retries: i64) -> i64 {
    retries.saturating_mul(retries.saturating_add(1)) / 2
}
