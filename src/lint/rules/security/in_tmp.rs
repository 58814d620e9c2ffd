//! `in-tmp`: what a running daemon needs, in a folder that everybody may write to and that is cleaned.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "in-tmp",
        Family::Security,
        Severity::Info,
        "a socket, pid file or log of the daemon in `/tmp`",
        "Cleaners of `/tmp` remove what is old, and then supervisorctl finds nobody; and who is first there can put a file of \
         that name. Use `/run` or a folder of the daemon's own.",
    )
    .example(
        "[unix_http_server]\nfile = /tmp/supervisor.sock\n",
        "[unix_http_server]\nfile = /run/supervisor.sock\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks() {
        let options: &[&str] = match block.kind {
            Section::UnixHttpServer => &["file"],
            Section::Supervisord => &["pidfile", "logfile"],
            _ => &[],
        };
        for option in options {
            if let Some(path) = block.text(option).filter(|path| path.starts_with("/tmp/")) {
                let message = format!(
                    "`{path}` is in a folder that is cleaned, and where anybody can put a file of that name first"
                );
                found.push(RULE.rule.finding(block.place_of(option), message));
            }
        }
    }
}
