//! `cut-value`: a comment that begins within quotes, so that it cuts off the rest of a command. Those of manifests the
//! compiler finds.

use crate::base::{Diagnostic, Severity, Span};
use crate::conf::command::{self, SplitError};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "cut-value",
        Family::Syntax,
        Severity::Error,
        "a value with ` ;` or ` #` in it",
        "supervisord takes what follows for a comment, also within quotes. Leave out the blank, or the rest.",
    )
    .example(
        "[program:web]\ncommand = /bin/sh -c \"sleep 1 ; exec /srv/bin/web\"\n",
        "[program:web]\ncommand = /bin/sh -c \"sleep 1; exec /srv/bin/web\"\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let Some(value) = block.value("command") else { continue };
        let text = value.text();
        if !text.contains(['"', '\'']) || command::split(&text) != Err(SplitError::NoClosingQuotation) {
            continue;
        }
        if let Some(comment) = value.line_spans().find_map(|line| comment(conf, line)) {
            let message = "this is a comment, though it stands within quotes: the command ends before it";
            let finding = RULE.rule.finding(comment, message).label(value.span(), "all that is left of the command");
            found.push(finding.help("leave out the blank before the `;` or `#`"));
        }
    }
}

/// The comment behind what counts of a line.
pub(in crate::lint::rules) fn comment(conf: &Conf<'_>, line: Span) -> Option<Span> {
    let rest = Span { start: line.end, ..conf.line(line) };
    let text = conf.sources.slice(rest).trim_end();
    let comment = text.trim_start();
    let start = text.len() - comment.len();
    comment.starts_with([';', '#']).then(|| rest.part(start, text.len()))
}
