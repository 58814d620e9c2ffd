//! `secret-in-command`: a password that everybody on the host can read. Those of manifests the compiler finds.

use crate::base::telling::{self, Form};
use crate::base::{Diagnostic, Severity, Span};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Conf, Daemon};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "secret-in-command",
        Family::Security,
        Severity::Error,
        "a password in a command",
        "Everyone on the host can read the arguments of a process. Pass it in `environment`, or in a file.",
    )
    .example(
        "[program:web]\ncommand = /srv/bin/web --password=hunter22\n",
        "[program:web]\ncommand = /srv/bin/web --password-file=/srv/password\n",
    ),
    check,
)
.daemon(check_daemon);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.programs() {
        if block.text("command").is_some_and(|text| telling::is_doubtful(&text, Form::Command)) {
            found.push(finding(block.place_of("command")));
        }
    }
}

fn check_daemon(daemon: &Daemon<'_>, found: &mut Vec<Diagnostic>) {
    let keys = ["program", "start-test-program"].into_iter().filter_map(|name| daemon.key(name));
    let doubtful = keys.filter(|key| telling::is_doubtful(&key.value, Form::Command));
    found.extend(doubtful.map(|key| finding(key.value_span)));
}

fn finding(span: Span) -> Diagnostic {
    let message = "this command holds a password, which everyone on the host can read";
    Diagnostic::warning(RULE.rule.code, span, message).help("pass it in `environment`, or in a file")
}
