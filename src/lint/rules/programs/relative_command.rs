//! `relative-command`: a relative command beside a `directory`: supervisord looks for the file before it goes there.

use crate::base::{Diagnostic, Fix, Safety, Severity};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "relative-command",
        Family::Programs,
        Severity::Warning,
        "a command with a relative path beside a `directory`",
        "supervisord looks for the file in its own folder, and only then goes to `directory` to run it: both must have it. \
         Write the whole path.",
    )
    .fix("joins the two (unsafe: it may be another file)")
    .example(
        "[program:web]\ncommand = bin/web --fast\ndirectory = /srv\n",
        "[program:web]\ncommand = /srv/bin/web --fast\ndirectory = /srv\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        let Some(directory) = block.text("directory").filter(|folder| folder.starts_with('/')) else { continue };
        let Some(first) = block.words().and_then(|words| words.first()) else { continue };
        let is_relative = first.text.contains('/') && !first.text.starts_with(['/', '~', '%', '$', '"', '\'']);
        if is_relative && !first.text.contains(['%', ';']) && !first.text.contains('=') {
            let message = "supervisord looks for this file in its own folder, not in `directory`";
            let whole = format!("{}/{}", directory.trim_end_matches('/'), first.text.trim_start_matches("./"));
            let finding = RULE.rule.finding(first.span, message).label(block.place_of("directory"), "where it is run");
            let finding = finding.help(format!("write `{whole}`"));
            let is_plain = !first.is_quoted && !whole.contains([' ', ';', '#']);
            found.push(if is_plain {
                let title = "write the whole path";
                finding.fix(Fix::replace(Safety::Unsafe, title, first.span, whole))
            } else {
                finding
            });
        }
    }
}
