//! `start-order`: a program that starts before one whose port it uses.
//!
//! In a manifest a reference to a port of another part says so; in a configuration the URL of a server that a program of it
//! is, by its name and its port: `redis://localhost` beside `redis-server`. Programs of one priority start one right after the
//! other, so that nothing is said of them.

use crate::base::{Diagnostic, Severity, Span};
use crate::compile::project::{Part, Project};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::project(
    Rule::new(
        "start-order",
        Family::Programs,
        Severity::Warning,
        "a program whose `priority` starts it before one whose port it uses",
        "It finds nobody there, and fails until the other one is up. Give it the higher `priority`: low starts first.",
    )
    .example(
        "[program:redis]\ncommand = /usr/bin/redis-server\npriority = 20\n[program:worker]\n\
         command = /srv/bin/worker redis://localhost\npriority = 10\n",
        "[program:redis]\ncommand = /usr/bin/redis-server\npriority = 10\n[program:worker]\n\
         command = /srv/bin/worker redis://localhost\npriority = 20\n",
    ),
    check,
)
.also_conf(check_conf);

/// That of a program without one.
const DEFAULT: i64 = 999;

fn check(project: &Project) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for part in project.parts.iter().filter(|part| part.kind.name == "program") {
        for (name, span) in &part.uses {
            let used = project.parts.iter().find(|other| other.name == *name && other.kind.name == "program");
            found.extend(used.and_then(|used| finding(part, used, *span)));
        }
    }
    found
}

fn finding(part: &Part, used: &Part, reference: Span) -> Option<Diagnostic> {
    let ((own, place), (other, _)) = (priority(part)?, priority(used)?);
    if own >= other {
        return None;
    }
    let message = format!("`{}` starts with {own}, before `{}` with {other}, whose port it uses", part.name, used.name);
    let finding = RULE.rule.finding(place.unwrap_or(reference), message).label(reference, "the port that it uses");
    Some(finding.help(format!("give `{}` a `priority` above {other}: low starts first", part.name)))
}

/// The priority of a part and its place; none where it is no number.
fn priority(part: &Part) -> Option<(i64, Option<Span>)> {
    match part.table.scalar("priority") {
        Some(scalar) => Some((scalar.text.parse().ok()?, Some(scalar.span))),
        None if part.table.get("priority").is_none() => Some((DEFAULT, None)),
        None => None,
    }
}

/// Schemes with the port that is theirs, and the programs that serve it.
const SERVERS: &[(&str, u16, &[&str])] = &[
    ("redis://", 6379, &["redis-server"]),
    ("amqp://", 5672, &["rabbitmq-server"]),
    ("mongodb://", 27017, &["mongod"]),
    ("postgres://", 5432, &["postgres", "postmaster"]),
    ("postgresql://", 5432, &["postgres", "postmaster"]),
    ("mysql://", 3306, &["mysqld", "mysqld_safe", "mariadbd"]),
    ("memcached://", 11211, &["memcached"]),
];

/// Options that are followed by the port of a server.
const PORT_OPTIONS: [&str; 3] = ["--port", "-p", "-P"];

fn check_conf(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let is_started = |block: &Block<'_>| block.boolean("autostart") == Some(true);
    let programs: Vec<Block<'_>> = conf.programs().filter(is_started).collect();
    for client in &programs {
        let Some((at, span)) = used(*client).filter(|_| !waits(*client)) else { continue };
        let is_used = |server: &&Block<'_>| server.header() != client.header() && serves(**server, at);
        found.extend(programs.iter().find(is_used).and_then(|server| early(*client, *server, span)));
    }
}

/// The scheme and the port of the first server on this host whose URL a program is given.
fn used(block: Block<'_>) -> Option<((&'static str, u16), Span)> {
    ["command", "environment"].into_iter().find_map(|option| {
        let text = block.text(option)?;
        memchr::memmem::find(text.as_bytes(), b"://")?;
        SERVERS.iter().find_map(|(scheme, port, _)| {
            let at = text.find(scheme)?;
            let authority = text[at + scheme.len()..].split(['/', '?', ' ', '"', '\'', ',']).next()?;
            let address = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
            let (host, port) = match address.split_once(':') {
                Some((host, port)) => (host, port.parse().ok()?),
                None => (address, *port),
            };
            let is_here = matches!(host, "localhost" | "127.0.0.1");
            is_here
                .then(|| ((*scheme, port), block.value(option).map_or(block.place, |v| v.part(at, at + scheme.len()))))
        })
    })
}

/// Whether a program is the server of a scheme on a port.
fn serves(block: Block<'_>, (scheme, port): (&str, u16)) -> bool {
    let Some(words) = block.words() else { return false };
    let Some((_, usual, programs)) = SERVERS.iter().find(|(known, ..)| *known == scheme) else { return false };
    let Some(at) = words.iter().position(|word| programs.contains(&super::base(&word.text))) else { return false };
    let own =
        words[at..].windows(2).find(|pair| PORT_OPTIONS.contains(&pair[0].text.as_str())).map(|pair| &*pair[1].text);
    let own = own.or_else(|| words[at..].iter().find_map(|word| word.text.strip_prefix("--port=")));
    own.map_or(Some(*usual), |text| text.parse().ok()) == Some(port)
}

/// Whether a program waits for what it needs.
fn waits(block: Block<'_>) -> bool {
    block
        .text("command")
        .is_none_or(|text| ["wait", "sleep", "until", "dockerize"].iter().any(|word| text.contains(word)))
}

fn early(client: Block<'_>, server: Block<'_>, span: Span) -> Option<Diagnostic> {
    let (own, other) = (client.integer("priority")?, server.integer("priority")?);
    if own >= other {
        return None;
    }
    let (name, used) = (client.name, server.name);
    let message = format!("`{name}` starts with {own}, before `{used}` with {other}, whose port it uses");
    let finding = RULE.rule.finding(client.place_of("priority"), message).label(span, "the server that it uses");
    Some(finding.help(format!("give `{name}` a `priority` above {other}: low starts first")))
}

#[cfg(test)]
mod tests {
    use crate::lint::tests::{codes, settings};

    #[test]
    fn a_server_is_known_by_its_name_and_its_port() {
        let early = |server: &str, client: &str| {
            let text = format!(
                "[program:s]\ncommand = {server}\npriority = 20\n[program:c]\ncommand = {client}\npriority = 10\n"
            );
            codes(&text, &settings("")).contains(&"start-order")
        };
        assert!(early("/usr/bin/redis-server", "/c redis://localhost/0"));
        assert!(early("/usr/bin/redis-server --port 7000", "/c redis://:x@127.0.0.1:7000"));
        assert!(early("/usr/bin/mongod --port=7", "/c\nenvironment = DB=\"mongodb://localhost:7/x\""));
        for (server, client) in [
            ("/usr/bin/redis-server --port 7000", "/c redis://localhost"),
            ("/usr/bin/redis-server", "/c redis://elsewhere"),
            ("/usr/bin/redis-server", "/c mongodb://localhost"),
            ("/usr/bin/redis-server", "/wait-for localhost:6379 -- /c redis://localhost"),
            ("/usr/bin/redis-server\nautostart = false", "/c redis://localhost"),
            ("/usr/bin/redis-server --port %(ENV_P)s", "/c redis://localhost"),
        ] {
            assert!(!early(server, client), "{server} {client}");
        }
    }
}
