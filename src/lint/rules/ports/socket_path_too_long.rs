//! `socket-path-too-long`: a unix socket that cannot be bound. Those of manifests the compiler finds.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::path::{LONGEST_SOCKET, PID_DIGITS};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Conf, Daemon};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "socket-path-too-long",
        Family::Ports,
        Severity::Error,
        "a unix socket at a path that the system cannot bind",
        "The daemon would not start. Choose a shorter path, or a port.",
    )
    .example(
        "[unix_http_server]\nfile = /srv/a-folder-with-a-long-name/another-folder-with-a-long-name/\
         a-third-folder-with-a-long-name/web.sock\n",
        "[unix_http_server]\nfile = /run/web.sock\n",
    ),
    check,
)
.daemon(check_daemon);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.of(Section::UnixHttpServer) {
        let path = block.known("file").unwrap_or_default();
        let limit = LONGEST_SOCKET - PID_DIGITS;
        if path.len() > limit {
            let message = format!("the socket's path has {} bytes", path.len());
            let finding = RULE.rule.finding(block.place_of("file"), message).note("AF_UNIX path too long");
            found.push(finding.help(format!(
                "at most {limit} bytes: the system takes {LONGEST_SOCKET}, and the daemon binds it with its process id first"
            )));
        }
    }
}

fn check_daemon(daemon: &Daemon<'_>, found: &mut Vec<Diagnostic>) {
    let Some(key) = daemon.key("socket-name").filter(|key| key.value.len() > LONGEST_SOCKET) else { return };
    let message = format!("the socket's path has {} bytes", key.value.len());
    let finding = RULE.rule.finding(key.value_span, message).note("AF_UNIX path too long");
    found.push(finding.help(format!("at most {LONGEST_SOCKET} bytes")));
}
