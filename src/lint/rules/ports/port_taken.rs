//! `port-taken`: two that listen on one address. Those of manifests the compiler finds.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values::{self, SocketName};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "port-taken",
        Family::Ports,
        Severity::Error,
        "two that listen on one address and port: ports of parts, servers of supervisors, sockets of programs",
        "The second to start would fail. Give one of them another port, or let it refer to the other's, which is a use of it. \
         In a `.cfg`, where perhaps only one of them is run, it is a warning.",
    )
    .example(
        "[fcgi-program:a]\ncommand = /srv/bin/a\nsocket = tcp://127.0.0.1:9000\n\
         [fcgi-program:b]\ncommand = /srv/bin/b\nsocket = tcp://127.0.0.1:9000\n",
        "[fcgi-program:a]\ncommand = /srv/bin/a\nsocket = tcp://127.0.0.1:9000\n\
         [fcgi-program:b]\ncommand = /srv/bin/b\nsocket = tcp://127.0.0.1:9002\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let mut taken: Vec<(String, u16, Block<'_>, &'static str)> = Vec::new();
    for block in conf.blocks() {
        let Some((host, port, option)) = listens(block) else { continue };
        let all = |host: &str| host.is_empty() || host == "0.0.0.0";
        let other =
            taken.iter().find(|(other, number, ..)| *number == port && (*other == host || all(other) || all(&host)));
        if let Some((.., other, of)) = other {
            let message = format!("`[{}]` listens on port {port} as well: only one of them can", other.header());
            let finding = RULE.rule.finding(block.place_of(option), message);
            found.push(finding.label(other.place_of(of), "the other one"));
        }
        taken.push((host, port, block, option));
    }
}

/// Where a section listens, and the option that says so.
fn listens(block: Block<'_>) -> Option<(String, u16, &'static str)> {
    match block.kind {
        Section::InetHttpServer => {
            let (host, port) = values::inet_address(&block.known("port")?).ok()?;
            Some((host, port, "port"))
        }
        Section::FcgiProgram => match values::socket(&block.known("socket")?).ok()? {
            SocketName::Tcp(host, port) => Some((host, port, "socket")),
            SocketName::Unix(_) => None,
        },
        _ => None,
    }
}
