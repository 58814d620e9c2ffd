//! `quoted-words`: quotes in a command of zdaemon.conf, which knows none.

use crate::base::{Diagnostic, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Daemon;

pub(in crate::lint) static RULE: Checked = Checked {
    rule: Rule::new(
        "quoted-words",
        Family::Programs,
        Severity::Warning,
        "quotes in a command of zdaemon.conf",
        "zdaemon splits it at blanks, and hands the quotes to the program. Put such a command into a script, or write a \
         list: `[\"sh\", \"-c\", \"a b\"]`.",
    )
    .example(
        "<runner>\n  program /bin/sh -c 'sleep 1 && date'\n</runner>\n",
        "<runner>\n  program /srv/bin/web --fast\n</runner>\n",
    ),
    project: None,
    conf: None,
    daemon: Some(check),
    is_of_built: false,
};

fn check(daemon: &Daemon<'_>, found: &mut Vec<Diagnostic>) {
    for name in ["program", "start-test-program"] {
        let words = daemon.words(name).unwrap_or_default();
        if let Some(word) = words.iter().find(|word| word.text.starts_with(['\'', '"'])) {
            let message =
                "zdaemon knows no quotes: they are handed to the program, and the text is split at its blanks";
            found.push(
                RULE.rule.finding(word.span, message).help("use a script, or a list: `[\"sh\", \"-c\", \"a b\"]`"),
            );
        }
    }
}
