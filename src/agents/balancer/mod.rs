//! Balancers: a client is taken out of one, and put back.
//!
//! ```text
//! drain (nothing new) ─ left, left, … 0 ─ close (nothing at all) ─ put back ─ standing: In
//! ```
//!
//! - [`haproxy`]: by its runtime socket.
//! - [`pound_socket`]: Pound 4, by its control socket.
//! - [`pound_file`]: any Pound, by its configuration and a restart.
//! - [`nginx`]: by the file that holds the upstream, and a reload.
//!
//! A client that a balancer has at another address than we is told before anything is done: [`elsewhere()`].
//!
//! What is done twice does no harm, so that a run that was cut off can be done again.
//!
//! Deliberately absent: who is taken out when, which is [`super::ctl`]'s.

mod connections;
mod elsewhere;
pub mod haproxy;
pub mod nginx;
pub mod pound_file;
pub mod pound_socket;
mod problem;

pub use elsewhere::{Elsewhere, elsewhere};
pub use problem::Problem;

use std::net::IpAddr;
use std::time::Duration;

use crate::conf::host;

/// How long a balancer may take to answer at most.
pub const PATIENCE: Duration = Duration::from_secs(10);

/// A client, as balancers know it.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Client {
    /// Its name.
    pub name: String,
    /// Its name in the balancer's configuration, where that has names.
    pub server: String,
    /// Its host.
    pub host: String,
    /// Its port.
    pub port: u16,
}

impl Client {
    /// Whether `HOST:PORT` is where it listens.
    fn is_at(&self, place: &str) -> bool {
        host::parts(place, 80).is_some_and(|(host, port)| port == self.port && host::are_same(host, &self.host))
    }

    /// `HOST:PORT`.
    pub fn address(&self) -> String {
        address(&self.host, self.port)
    }
}

fn address(host: &str, port: u16) -> String {
    format!("{}:{port}", host::in_url(host))
}

/// What a balancer makes of a client.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Standing {
    /// It gets requests.
    In,
    /// It shall, but the balancer does not find it good.
    Down,
    /// It gets nothing new.
    Draining,
    /// It gets nothing.
    Out,
    /// It gets nothing, as the balancer has no place for it; it gets one when it is put back.
    Absent,
}

impl Standing {
    /// Whether the balancer is told to give it requests.
    pub fn is_in(self) -> bool {
        matches!(self, Self::In | Self::Down)
    }
}

/// A server among those that a balancer has clients for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Place {
    /// Its name, where they have names.
    pub name: Option<String>,
    /// Its host and port; none where they are not said, as for a name that the balancer has not found yet, or are none, as those
    /// of a socket.
    pub end: Option<(String, u16)>,
}

impl Place {
    /// The server at `HOST:PORT`.
    fn at(name: Option<&str>, address: &str) -> Self {
        let is_none = |host: &str| {
            let any = host.parse::<IpAddr>().is_ok_and(|address| address.is_unspecified());
            any || host.is_empty() || host == "-" || host.contains('/')
        };
        let end = host::parts(address, 80).filter(|(host, port)| *port != 0 && !is_none(host));
        Self { name: name.map(str::to_owned), end: end.map(|(host, port)| (host.to_owned(), port)) }
    }
}

/// What a balancer has at one moment, for whoever asks about several clients.
pub trait View {
    /// What it makes of a client.
    fn standing(&self, client: &Client) -> Result<Standing, Problem>;

    /// The servers among which the clients are, as far as it says where they are.
    fn places(&self) -> Result<Vec<Place>, Problem>;
}

/// A balancer.
pub trait Balancer {
    /// Whether it heeds what it is told only when it is restarted.
    fn reads_at_start(&self) -> bool {
        false
    }

    /// Whether it does what it is told, as far as it says before.
    fn may_be_told(&self) -> Result<(), Problem> {
        Ok(())
    }

    /// Asks it what it has.
    fn look(&mut self) -> Result<Box<dyn View + '_>, Problem>;

    /// What it makes of a client.
    fn standing(&mut self, client: &Client) -> Result<Standing, Problem> {
        self.look()?.standing(client)
    }

    /// Gives a client nothing new.
    fn drain(&mut self, client: &Client) -> Result<(), Problem>;

    /// How many connections a client still has.
    fn left(&mut self, client: &Client) -> Result<u64, Problem>;

    /// Lets go of a client that was drained.
    fn close(&mut self, client: &Client) -> Result<(), Problem>;

    /// Gives a client requests.
    fn put_back(&mut self, client: &Client) -> Result<(), Problem>;
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_client_is_known_by_where_it_is() {
        let client = |host: &str| Client { name: "a".into(), server: "a".into(), host: host.into(), port: 81 };
        assert!(client("localhost").is_at("127.0.0.1:81") && client("127.0.0.1").is_at("[::1]:81"));
        assert!(!client("localhost").is_at("127.0.0.1:82") && !client("localhost").is_at("/run/a.sock"));
    }
}
