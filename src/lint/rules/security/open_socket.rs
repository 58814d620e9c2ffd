//! `open-socket`: a control socket that everybody on the host may use.

use super::open_server::has_password;
use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "open-socket",
        Family::Security,
        Severity::Warning,
        "a control socket that all users of the host may write to, without a password",
        "Whoever is on the host can stop and start the programs, and read their logs. Set `chmod = 0770` and `chown`.",
    )
    .example(
        "[unix_http_server]\nfile = /run/web.sock\nchmod = 0777\n",
        "[unix_http_server]\nfile = /run/web.sock\nchmod = 0770\nchown = root:web\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.of(Section::UnixHttpServer).filter(|block| !has_password(*block)) {
        let mode = block.known("chmod").and_then(|text| values::octal(&text).ok());
        if let Some(mode) = mode.filter(|mode| mode & 0o002 != 0) {
            let message = format!("all users of the host may control supervisord by this mode, {mode:04o}");
            found.push(
                RULE.rule
                    .finding(block.place_of("chmod"), message)
                    .help("write `chmod = 0770`, and `chown = USER:GROUP`"),
            );
        }
    }
}
