//! `hot-loop`: a program that is restarted without a pause, for ever.

use crate::base::{Diagnostic, Severity};
use crate::conf::model::Autorestart;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "hot-loop",
        Family::Programs,
        Severity::Warning,
        "`startsecs = 0` with `autorestart = true`",
        "However fast it ends, it counts as started, so that it is started again for ever and never given up. Leave out one \
         of the two, or let `autorestart` be `unexpected`.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web\nstartsecs = 0\nautorestart = true\n",
        "[program:web]\ncommand = /srv/bin/web\nstartsecs = 0\nautorestart = unexpected\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let restart = block.known("autorestart").and_then(|text| values::autorestart(&text).ok());
        if restart == Some(Autorestart::Always) && block.integer("startsecs").is_some_and(|seconds| seconds <= 0) {
            let message = "with `startsecs = 0` this starts the program again at once whenever it ends, for ever";
            let finding = RULE.rule.finding(block.place_of("autorestart"), message);
            found.push(
                finding
                    .label(block.place_of("startsecs"), "every start succeeds")
                    .help("write `unexpected`, or a `startsecs` above 0"),
            );
        }
    }
}
