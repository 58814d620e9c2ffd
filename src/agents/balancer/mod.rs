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
//! What is done twice does no harm, so that a run that was cut off can be done again.
//!
//! Deliberately absent: who is taken out when, which is [`super::ctl`]'s.

mod connections;
pub mod haproxy;
pub mod nginx;
pub mod pound_file;
pub mod pound_socket;
mod problem;

pub use problem::Problem;

use std::time::Duration;

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
    /// `HOST:PORT`.
    pub fn address(&self) -> String {
        if self.host.contains(':') {
            format!("[{}]:{}", self.host, self.port)
        } else {
            format!("{}:{}", self.host, self.port)
        }
    }
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
}

impl Standing {
    /// Whether the balancer is told to give it requests.
    pub fn is_in(self) -> bool {
        matches!(self, Self::In | Self::Down)
    }
}

/// A balancer.
pub trait Balancer {
    /// Whether it heeds what it is told only when it is restarted.
    fn reads_at_start(&self) -> bool {
        false
    }

    /// What it makes of a client.
    fn standing(&mut self, client: &Client) -> Result<Standing, Problem>;

    /// Gives a client nothing new.
    fn drain(&mut self, client: &Client) -> Result<(), Problem>;

    /// How many connections a client still has.
    fn left(&mut self, client: &Client) -> Result<u64, Problem>;

    /// Lets go of a client that was drained.
    fn close(&mut self, client: &Client) -> Result<(), Problem>;

    /// Gives a client requests.
    fn put_back(&mut self, client: &Client) -> Result<(), Problem>;
}
