//! `missing-rpcinterface`: a server that understands no command.

use crate::base::{Diagnostic, Edit, Fix, Safety, Severity, Span};
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "missing-rpcinterface",
        Family::Ports,
        Severity::Warning,
        "a server without `[rpcinterface:supervisor]`",
        "supervisorctl and every other client is answered `UNKNOWN_METHOD`; only the web page works. Add the section.",
    )
    .fix("adds the section (unsafe: the daemon can then be controlled)")
    .example(
        "[supervisord]\nuser = web\n[unix_http_server]\nfile = /run/web.sock\n",
        "[supervisord]\nuser = web\n[unix_http_server]\nfile = /run/web.sock\n[rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    if !conf.is_all() || conf.of(Section::RpcInterface).next().is_some() {
        return;
    }
    let Some(server) = conf.servers().next() else { return };
    let text = conf.sources.text(server.place.file);
    let gap = if text.ends_with('\n') || text.is_empty() { "" } else { "\n" };
    let section =
        "[rpcinterface:supervisor]\nsupervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n";
    let end = Span::new(server.place.file, text.len(), text.len());
    let fix = Fix {
        title: "add the section".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit { span: end, text: format!("{gap}\n{section}") }],
    };
    let message = "supervisorctl can do nothing here: there is no `[rpcinterface:supervisor]`";
    let help = "add `[rpcinterface:supervisor]` with \
                `supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface`";
    found.push(RULE.rule.finding(server.place, message).help(help).fix(fix));
}
