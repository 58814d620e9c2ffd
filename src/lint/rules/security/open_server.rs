//! `open-server`: a control server that everybody in the network may use.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "open-server",
        Family::Security,
        Severity::Warning,
        "an `[inet_http_server]` that listens to the network without a password",
        "Whoever reaches the port can stop and start the programs, and read their logs. Listen on 127.0.0.1 or on a unix \
         socket, or set `username` and `password`.",
    )
    .example(
        "[inet_http_server]\nport = *:9001\n",
        "[inet_http_server]\nport = 127.0.0.1:9001\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.of(Section::InetHttpServer).filter(|block| !has_password(*block)) {
        let address = block.known("port").and_then(|text| values::inet_address(&text).ok());
        let Some((host, _)) = address.filter(|(host, _)| !is_loopback(host)) else { continue };
        let whom =
            if host.is_empty() || host == "0.0.0.0" { "on all interfaces".to_owned() } else { format!("on `{host}`") };
        let message = format!("this server listens {whom}, and asks for no password");
        found.push(
            RULE.rule
                .finding(block.place_of("port"), message)
                .help("write `port = 127.0.0.1:PORT`, or set `username` and `password`"),
        );
    }
}

/// Whether anybody is asked for a password: with an empty name nobody is.
pub(super) fn has_password(block: Block<'_>) -> bool {
    block.text("password").is_some() && block.text("username").is_some_and(|name| !name.is_empty())
}

fn is_loopback(host: &str) -> bool {
    host == "localhost" || host.starts_with("127.") || host == "::1" || host == "[::1]"
}
