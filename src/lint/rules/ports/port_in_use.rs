//! `port-in-use`: a port that somebody has on this host, if it is the one that is to run it.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "port-in-use",
        Family::Ports,
        Severity::Info,
        "a port of a server on which something listens on this host (with `--here`)",
        "If that is not this configuration's own daemon, supervisord will not start. Choose another port.",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let Some(here) = conf.given.here else { return };
    for block in conf.of(Section::InetHttpServer) {
        let address = block.known("port").and_then(|text| values::inet_address(&text).ok());
        let Some((host, port)) = address else { continue };
        if here.is_free(&host, port) == Some(false) {
            let message = format!("something listens on port {port} of this host now");
            found.push(
                RULE.rule.finding(block.place_of("port"), message).help("it may be the daemon of this configuration"),
            );
        }
    }
}
