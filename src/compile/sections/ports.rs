//! Where the parts listen: `ports = { NAME = 8080 }` or `{ NAME = "host:8080" }`, and the servers of their kinds.
//!
//! No two may listen at one place. Where a host is missing, empty, `*`, `0.0.0.0` or `::`, it is all hosts; `localhost` is
//! `127.0.0.1`.
//!
//! A port is declared once and used by reference. So a port that refers to another one is no second declaration, and a
//! server whose address refers to a port, or to the value that a port refers to, is what listens there. Two servers are
//! two, whatever they refer to.

// Addresses as texts; `core` has no sockets.
use core::net::{Ipv4Addr, Ipv6Addr};
use std::borrow::Cow;
use std::collections::HashMap;

use crate::base::{Diagnostics, Severity, Sources, Span};
use crate::compile::document::{Node, Table};
use crate::compile::parts::{self, Kind, Server};

use super::problem::Problem;
use super::section::{Role, Sections};
use super::template::{self, Grammar, What};

/// A part that may listen.
#[derive(Clone, Copy)]
pub(super) struct Listener<'a> {
    pub(super) name: &'a str,
    pub(super) table: &'a Table,
    pub(super) kind: Option<&'static Kind>,
}

/// A place where a part listens.
#[derive(Debug)]
struct Address<'a> {
    part: &'a str,
    /// What says so, as a path from the part: its beginning, and the rest.
    option: (&'static str, Cow<'a, str>),
    port: u16,
    host: Host<'a>,
    span: Span,
    is_default: bool,
    use_: Use,
}

/// How an address came to be.
#[derive(Debug, PartialEq, Eq)]
struct Use {
    is_server: bool,
    /// Whether its port is a reference to a port of a part.
    is_of_port: bool,
    /// What its port refers to, as `section:key`.
    reference: Option<String>,
}

impl Use {
    /// Whether two at one place are one: a server and the port that it serves.
    fn is_one_with(&self, other: &Self) -> bool {
        let shares = || self.reference.is_some() && self.reference == other.reference;
        match (self.is_server, other.is_server) {
            (true, true) => self.is_of_port != other.is_of_port,
            (true, false) => self.is_of_port || shares(),
            (false, true) => other.is_of_port || shares(),
            (false, false) => false,
        }
    }
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Host<'a> {
    All,
    One(&'a str),
}

/// Who listens where.
#[derive(Debug, Default)]
struct Taken<'a> {
    all: Vec<Address<'a>>,
    by_port: HashMap<u16, Numbers>,
    by_host: HashMap<(u16, Host<'a>), Numbers>,
}

/// Numbers of addresses, ascending; most often one.
#[derive(Debug)]
struct Numbers {
    first: usize,
    more: Vec<usize>,
}

impl Numbers {
    fn iter(&self) -> impl Iterator<Item = usize> {
        std::iter::once(self.first).chain(self.more.iter().copied())
    }
}

impl<'a> Taken<'a> {
    /// The first one that is in the way.
    fn meets(&self, address: &Address<'a>) -> Option<&Address<'a>> {
        let first =
            |numbers: Option<&Numbers>| numbers?.iter().find(|at| !address.use_.is_one_with(&self.all[*at].use_));
        let at = if address.host == Host::All {
            first(self.by_port.get(&address.port))
        } else {
            let of_host = |host| first(self.by_host.get(&(address.port, host)));
            of_host(address.host).into_iter().chain(of_host(Host::All)).min()
        };
        at.map(|at| &self.all[at])
    }

    fn add(&mut self, address: Address<'a>) {
        let number = self.all.len();
        let add = |numbers: &mut Numbers| numbers.more.push(number);
        let one = || Numbers { first: number, more: Vec::new() };
        self.by_port.entry(address.port).and_modify(add).or_insert_with(one);
        self.by_host.entry((address.port, address.host)).and_modify(add).or_insert_with(one);
        self.all.push(address);
    }
}

/// Checks where all parts listen, their references resolved.
pub(super) fn check<'a>(
    listeners: impl Iterator<Item = Listener<'a>>,
    sections: &Sections,
    grammar: Grammar,
    sources: &Sources,
    found: &mut Diagnostics,
) {
    let mut check = Check { taken: Taken::default(), sections, grammar, sources, found };
    for listener in listeners {
        if grammar == Grammar::Native {
            check.ports(listener);
        }
        for server in listener.kind.map(|kind| parts::servers(kind, listener.table)).unwrap_or_default() {
            check.server(listener, server);
        }
    }
}

struct Check<'a, 'c> {
    taken: Taken<'a>,
    sections: &'c Sections,
    grammar: Grammar,
    sources: &'c Sources,
    found: &'c mut Diagnostics,
}

impl<'a> Check<'a, '_> {
    fn ports(&mut self, Listener { name: part, table, kind }: Listener<'a>) {
        let declared = match table.get("ports") {
            Some(Node::Table(declared)) => declared,
            Some(other) if is_unresolved(other) => return,
            Some(other) => {
                self.found.push(Problem::PortsShape { span: other.span(), part: part.to_owned(), kind: other.kind() });
                return;
            }
            None => return,
        };
        for entry in declared.entries() {
            let (name, span) = (&*entry.key.text, entry.node.span());
            let Some((port, mut host)) = self.port(&entry.node, name) else { continue };
            // A supervisor's own port is not open to all unless it says so.
            let is_bare = entry.node.as_scalar().is_some_and(|scalar| !scalar.text.contains(':'));
            if is_bare && name == "control" && kind.is_some_and(|kind| kind.name == "supervisor") {
                host = Host::One("127.0.0.1");
            }
            let use_ = self.use_of(part, span, false);
            if !use_.is_of_port {
                let option = ("ports.", name.into());
                self.take(Address { part, option, port, host, span, is_default: false, use_ });
            }
        }
    }

    /// The value of a port, which is reported if it is none.
    fn port(&mut self, node: &'a Node, name: &str) -> Option<(u16, Host<'a>)> {
        let Some(scalar) = node.as_scalar() else {
            self.found.push(Problem::PortShape { span: node.span(), name: name.to_owned(), kind: node.kind() });
            return None;
        };
        let span = scalar.span;
        if is_unresolved(node) {
            return None;
        }
        let Some((host, port)) = split(&scalar.text) else {
            let (name, value) = (name.to_owned(), scalar.text.to_string());
            self.found.push(Problem::PortRange { span, name, value });
            return None;
        };
        Some((port, self.host(host, port, name, &scalar.text, span)?))
    }

    /// The host of the value of a port, which is reported if it is none.
    fn host(&mut self, text: &'a str, port: u16, name: &str, value: &str, span: Span) -> Option<Host<'a>> {
        let host = Host::read(text);
        if host.is_none() {
            let (severity, name) = (self.severity(), name.to_owned());
            let (value, host) = (value.to_owned(), text.to_owned());
            self.found.push(Problem::PortHost { span, severity, name, value, host, port });
        }
        host
    }

    /// What else is wrong with the address of a server is told with the server.
    fn server(&mut self, Listener { name: part, .. }: Listener<'a>, server: Server<'a>) {
        let Server { option, address, span, is_default } = server;
        let Some((host, port)) = split(address) else { return };
        let host = match &*option {
            "port" | "inet_http_server.port" => self.host(host, port, &option, address, span),
            _ => Host::read(host),
        };
        let Some(host) = host else { return };
        let use_ = self.use_of(part, span, true);
        self.take(Address { part, option: ("", option), port, host, span, is_default, use_ });
    }

    fn take(&mut self, address: Address<'a>) {
        if let Some(first) = self.taken.meets(&address) {
            let name = |a: &Address<'_>| format!("{}:{}{}", a.part, a.option.0, a.option.1);
            let (one, other) = (name(first), name(&address));
            let (severity, port) = (self.severity(), address.port);
            let (span, is_default) = (address.span, address.is_default);
            let first = (first.span, first.is_default);
            self.found.push(Problem::PortTaken { span, is_default, severity, port, one, other, first });
        }
        self.taken.add(address);
    }

    /// A buildout makes what is wrong all the same, and perhaps only one of two is run.
    fn severity(&self) -> Severity {
        if self.grammar == Grammar::Native { Severity::Error } else { Severity::Warning }
    }

    fn is_part(&self, name: &str) -> bool {
        self.sections.find(name).is_some_and(|number| self.sections.list[number].role == Role::Part)
    }

    /// What the value at `span` of a part, as it is written, takes its port from: what it ends with.
    fn use_of(&self, part: &str, span: Span, is_server: bool) -> Use {
        let written = self.sources.slice(span);
        let mut used = Use { is_server, is_of_port: false, reference: None };
        if !template::may_refer(written) {
            return used;
        }
        let is_last = |end: usize| written[end..].chars().all(|c| matches!(c, '"' | '\''));
        for piece in template::parse(written, self.grammar, &mut |_, _| {}) {
            let What::Reference { section, key, .. } = piece.what else { continue };
            if !is_last(piece.range.end) {
                continue;
            }
            let (section, key) = (&written[section], &written[key]);
            let section = if section.is_empty() { part } else { section };
            let is_port = key.starts_with("ports.") || (!is_server && key == "inet_http_server.port");
            used.is_of_port = is_port && self.is_part(section);
            used.reference = Some(format!("{section}:{key}"));
        }
        used
    }
}

/// Whether a reference is left, which has been reported.
fn is_unresolved(node: &Node) -> bool {
    node.as_scalar().is_some_and(|scalar| template::may_refer(&scalar.text))
}

/// `8080`, `:8080`, `host:8080`: the host, which may be empty, and the port.
fn split(text: &str) -> Option<(&str, u16)> {
    let (host, port) = text.rsplit_once(':').unwrap_or(("", text));
    let is_number = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|port| is_number && *port > 0)?;
    Some((host, port))
}

impl<'a> Host<'a> {
    /// None where it is neither a name nor an address.
    fn read(text: &'a str) -> Option<Self> {
        let inner = text.strip_prefix('[').and_then(|inner| inner.strip_suffix(']'));
        match inner.unwrap_or(text) {
            "" | "*" | "0.0.0.0" | "::" => Some(Self::All),
            "localhost" => Some(Self::One("127.0.0.1")),
            // supervisord alone knows.
            expanded if expanded.contains("%(") => Some(Self::One(expanded)),
            host if inner.is_some() || host.contains(':') => is_ip6(host).then_some(Self::One(host)),
            host => (is_ip4(host) || is_name(host)).then_some(Self::One(host)),
        }
    }
}

/// With or without a zone: `fe80::1%eth0`.
fn is_ip6(text: &str) -> bool {
    text.split('%').next().is_some_and(|address| address.parse::<Ipv6Addr>().is_ok())
}

fn is_ip4(text: &str) -> bool {
    text.parse::<Ipv4Addr>().is_ok()
}

/// Whether it can be the name of a host: labels between dots. Four numbers are an address, or nothing.
fn is_name(text: &str) -> bool {
    let is_label = |label: &str| {
        !label.is_empty()
            && label.chars().all(|c| c.is_alphanumeric() || c == '-' || c == '_')
            && !label.starts_with('-')
    };
    let name = text.strip_suffix('.').unwrap_or(text);
    let is_number = |label: &str| label.bytes().all(|b| b.is_ascii_digit());
    let labels = name.split('.');
    labels.clone().all(is_label) && !(labels.clone().count() == 4 && labels.clone().all(is_number))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn hosts_are_names_or_addresses() {
        for host in ["", "*", "::", "0.0.0.0", "[::]"] {
            assert_eq!(Host::read(host), Some(Host::All), "{host}");
        }
        for host in [
            "a",
            "a.b-c.example",
            "web_1",
            "10.0.0.1",
            "::1",
            "[::1]",
            "[fe80::1%eth0]",
            "münchen.example",
            "a.",
            "127.1",
            "%(ENV_H)s",
        ] {
            assert!(matches!(Host::read(host), Some(Host::One(_))), "{host}");
        }
        for host in ["a b", "a..b", "http://a", "-a", "256.0.0.1", "[a]", "a:b", " ", "a/b", "a@b", "."] {
            assert_eq!(Host::read(host), None, "{host}");
        }
    }
}
