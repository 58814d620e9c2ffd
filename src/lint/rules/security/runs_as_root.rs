//! `runs-as-root`: programs that are root's if supervisord is.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "runs-as-root",
        Family::Security,
        Severity::Info,
        "a `[supervisord]` without `user`, with programs that have none either",
        "If root starts it they run as root, and supervisord says so at each start. Set `user`; `user = root` says that it \
         is meant.",
    )
    .example(
        "[supervisord]\n[program:web]\ncommand = /srv/bin/web\n",
        "[supervisord]\nuser = web\n[program:web]\ncommand = /srv/bin/web\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for main in conf.of(Section::Supervisord).filter(|main| main.text("user").is_none()) {
        let Some(program) = conf.programs().find(|program| program.text("user").is_none()) else { continue };
        let message = "started by root, this supervisord runs programs as root: no `user` is set";
        found.push(RULE.rule.finding(main.place, message).label(program.place, "this one, for instance"));
    }
}
