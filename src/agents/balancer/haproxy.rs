//! HAProxy, by its runtime socket.
//!
//! A client is the server of its name in the backend that is named; whatever else has its address is the same process, and
//! goes with it.

use std::io::{self, Read as _, Write as _};
use std::path::Path;
use std::time::Duration;

use super::{Balancer, Client, Place, Problem, Standing, View};
use crate::agents::failure::Failure;
use crate::agents::replace::replace;
use crate::client::timed::Timed;
use crate::wire::haproxy::{self, SHOW_LEVEL, SHOW_STAT, SHOW_STATE, Server, Status, Wish};

/// One HAProxy.
#[derive(Clone, Debug)]
pub struct HaProxy {
    /// Its socket: a path, or `HOST:PORT`.
    pub socket: String,
    /// The backend of the clients.
    pub backend: String,
    /// The file that it reads states of servers from when it starts; it is kept up to date.
    pub server_state: Option<String>,
    /// How long it may take to answer.
    pub patience: Duration,
}

impl HaProxy {
    /// Its answer to a command.
    fn ask(&self, command: &str) -> Result<String, Problem> {
        let stream = if self.socket.contains('/') {
            Timed::unix(&self.socket, self.patience)
        } else {
            Timed::tcp(&self.socket, self.patience)
        };
        stream
            .and_then(|stream| exchange(stream, command))
            .map_err(|why| Failure::Silent { place: format!("the balancer at {}", self.socket), why }.into())
    }

    /// All that it has.
    fn all(&self) -> Result<Vec<Server>, Problem> {
        haproxy::servers(&self.ask(SHOW_STAT)?).map_err(|why| Problem::HaProxy { place: self.socket.clone(), why })
    }

    /// The servers that are this client.
    fn servers(&self, client: &Client) -> Result<Vec<Server>, Problem> {
        self.own(&self.all()?, client)
    }

    /// Those of all that are this client.
    fn own(&self, all: &[Server], client: &Client) -> Result<Vec<Server>, Problem> {
        let is_named = |server: &Server| server.backend == self.backend && server.name == client.server;
        let is_same = |server: &Server| server.address.as_ref().is_some_and(|own| client.is_at(own));
        if !all.iter().any(|server| is_named(server) || server.backend == self.backend && is_same(server)) {
            // Who may not know where servers are does not find this one by its address.
            if all.iter().all(|server| server.address.is_none()) {
                self.may_be_told()?;
            }
            let place = format!("the backend {} of the HAProxy at {}", self.backend, self.socket);
            return Err(Problem::Unknown { place, client: format!("{} or {}", client.server, client.address()) });
        }
        Ok(all.iter().filter(|server| is_named(server) || is_same(server)).cloned().collect())
    }

    fn wish(&self, client: &Client, wish: Wish) -> Result<(), Problem> {
        for server in self.servers(client)? {
            self.tell(&haproxy::set(&server.backend, &server.name, wish))?;
            if wish == Wish::Ready && server.is_weightless {
                self.tell(&haproxy::weigh(&server.backend, &server.name))?;
            }
        }
        self.keep()
    }

    /// Tells it a command that says nothing when it is done.
    fn tell(&self, command: &str) -> Result<(), Problem> {
        let Some(says) = haproxy::refusal(&self.ask(command)?) else { return Ok(()) };
        if haproxy::is_forbidden(&says) {
            self.may_be_told()?;
            return Err(Problem::Level { place: self.socket.clone(), level: None });
        }
        Err(Problem::Refused { place: self.socket.clone(), command: command.trim_end().to_owned(), says })
    }

    /// Keeps the states for the next start of HAProxy.
    fn keep(&self) -> Result<(), Problem> {
        let Some(path) = &self.server_state else { return Ok(()) };
        let states = self.ask(SHOW_STATE)?;
        let failed = |why| Failure::File { verb: "write", path: path.clone(), why };
        Ok(replace(Path::new(path), states.as_bytes()).map_err(failed)?)
    }
}

fn exchange(mut stream: Timed, command: &str) -> io::Result<String> {
    stream.write_all(command.as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

impl Balancer for HaProxy {
    fn may_be_told(&self) -> Result<(), Problem> {
        let answer = self.ask(SHOW_LEVEL)?;
        let too_low = haproxy::low_level(&answer).map(str::to_owned);
        too_low.map_or(Ok(()), |level| Err(Problem::Level { place: self.socket.clone(), level: Some(level) }))
    }

    fn look(&mut self) -> Result<Box<dyn View + '_>, Problem> {
        Ok(Box::new(Seen { all: self.all()?, by: self }))
    }

    fn drain(&mut self, client: &Client) -> Result<(), Problem> {
        self.wish(client, Wish::Drain)
    }

    fn left(&mut self, client: &Client) -> Result<u64, Problem> {
        Ok(self.servers(client)?.iter().map(|server| server.sessions).sum())
    }

    fn close(&mut self, client: &Client) -> Result<(), Problem> {
        self.wish(client, Wish::Maintenance)
    }

    fn put_back(&mut self, client: &Client) -> Result<(), Problem> {
        self.wish(client, Wish::Ready)
    }
}

/// What it has at one moment.
struct Seen<'h> {
    by: &'h HaProxy,
    all: Vec<Server>,
}

impl View for Seen<'_> {
    fn standing(&self, client: &Client) -> Result<Standing, Problem> {
        let servers = self.by.own(&self.all, client)?;
        let is = |status| servers.iter().any(|server| server.status == status);
        Ok(match () {
            () if is(Status::Maintenance) => Standing::Out,
            () if is(Status::Drain) || servers.iter().any(|server| server.is_weightless) => Standing::Draining,
            () if is(Status::Down) => Standing::Down,
            () => Standing::In,
        })
    }

    fn places(&self) -> Result<Vec<Place>, Problem> {
        let own = self.all.iter().filter(|server| server.backend == self.by.backend);
        let at = |server: &Server| Place::at(Some(&server.name), server.address.as_deref().unwrap_or_default());
        Ok(own.map(at).collect())
    }
}
