//! `credentials-mismatch`: a client that gives its server another name or password than that one wants. None is shown.

use super::open_server::has_password;
use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::rules::ports::unreachable_server::serves;
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "credentials-mismatch",
        Family::Security,
        Severity::Warning,
        "a `username` or `password` of `[supervisorctl]` that is not the server's",
        "supervisorctl is refused. Let the two be the same.",
    )
    .example(
        "[supervisord]\nuser = web\n[unix_http_server]\nfile = /run/web.sock\nusername = web\npassword = %(ENV_PW)s\n\
         [rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\
         [supervisorctl]\nserverurl = unix:///run/web.sock\nusername = admin\npassword = %(ENV_PW)s\n",
        "[supervisord]\nuser = web\n[unix_http_server]\nfile = /run/web.sock\nusername = web\npassword = %(ENV_PW)s\n\
         [rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\
         [supervisorctl]\nserverurl = unix:///run/web.sock\nusername = web\npassword = %(ENV_PW)s\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for client in conf.of(Section::Supervisorctl) {
        let Some(url) = client.text("serverurl") else { continue };
        let Some(server) = conf.servers().find(|server| serves(*server, &url) == Some(true) && has_password(*server))
        else {
            continue;
        };
        for option in ["username", "password"] {
            let (Some(theirs), Some(own)) = (server.known(option), client.known(option)) else { continue };
            if theirs != own && !theirs.starts_with("{SHA}") {
                let message = format!("the server wants another {option} than supervisorctl gives it");
                let finding = RULE.rule.finding(client.place_of(option), message);
                found.push(finding.label(server.place_of(option), "what the server wants"));
            }
        }
    }
}
