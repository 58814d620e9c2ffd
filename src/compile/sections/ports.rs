//! `ports = { NAME = 8080 }` or `{ NAME = "host:8080" }` of a part: where it listens.
//!
//! No two parts may listen at one place. Where a host is missing, empty, `*`, `0.0.0.0` or `::`, the part listens on
//! all; `localhost` is `127.0.0.1`.

use std::collections::HashMap;

use crate::base::{Diagnostics, Span};
use crate::compile::document::{Node, Scalar, Table};

use super::problem::Problem;

/// A place where a part listens.
#[derive(Clone, Copy, Debug)]
struct Address<'a> {
    part: &'a str,
    name: &'a str,
    host: Host<'a>,
    span: Span,
}

#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
enum Host<'a> {
    All,
    One(&'a str),
}

/// Who listens on one port.
#[derive(Debug, Default)]
struct Taken<'a> {
    first: Option<Address<'a>>,
    by_host: HashMap<Host<'a>, Address<'a>>,
}

impl<'a> Taken<'a> {
    /// The first one that is in the way.
    fn meets(&self, address: &Address<'a>) -> Option<&Address<'a>> {
        match address.host {
            Host::All => self.first.as_ref(),
            Host::One(_) => self.by_host.get(&address.host).or_else(|| self.by_host.get(&Host::All)),
        }
    }
}

/// Checks the ports of all parts, their references resolved.
pub(super) fn check<'a>(parts: impl Iterator<Item = (&'a str, &'a Table)>, found: &mut Diagnostics) {
    let mut taken: HashMap<u16, Taken<'a>> = HashMap::new();
    for (part, table) in parts {
        match table.get("ports") {
            Some(Node::Table(declared)) => {
                for entry in declared.entries() {
                    if let Some((port, host)) = read(&entry.node, &entry.key.text, found) {
                        let address = Address { part, name: &entry.key.text, host, span: entry.node.span() };
                        take(&mut taken, port, address, found);
                    }
                }
            }
            Some(other) => {
                found.push(Problem::PortsShape { span: other.span(), part: part.to_owned(), kind: other.kind() });
            }
            None => {}
        }
    }
}

fn take<'a>(taken: &mut HashMap<u16, Taken<'a>>, port: u16, address: Address<'a>, found: &mut Diagnostics) {
    let here = taken.entry(port).or_default();
    if let Some(first) = here.meets(&address).filter(|first| first.part != address.part) {
        let name = |a: &Address<'_>| format!("{}:ports.{}", a.part, a.name);
        let (one, other) = (name(first), name(&address));
        found.push(Problem::PortTaken { span: address.span, port, one, other, first: first.span });
    }
    here.by_host.entry(address.host).or_insert(address);
    here.first.get_or_insert(address);
}

fn read<'a>(node: &'a Node, name: &str, found: &mut Diagnostics) -> Option<(u16, Host<'a>)> {
    let Some(scalar) = node.as_scalar() else {
        found.push(Problem::PortShape { span: node.span(), name: name.to_owned(), kind: node.kind() });
        return None;
    };
    let address = address(scalar);
    if address.is_none() {
        let value = scalar.text.to_string();
        found.push(Problem::PortRange { span: scalar.span, name: name.to_owned(), value });
    }
    address
}

fn address(scalar: &Scalar) -> Option<(u16, Host<'_>)> {
    let (host, port) = scalar.text.rsplit_once(':').unwrap_or(("", &scalar.text));
    let is_number = !port.is_empty() && port.bytes().all(|b| b.is_ascii_digit());
    let port = port.parse::<u16>().ok().filter(|port| is_number && *port > 0)?;
    let host = host.strip_prefix('[').and_then(|h| h.strip_suffix(']')).unwrap_or(host);
    Some((
        port,
        match host {
            "" | "*" | "0.0.0.0" | "::" => Host::All,
            "localhost" => Host::One("127.0.0.1"),
            other => Host::One(other),
        },
    ))
}
