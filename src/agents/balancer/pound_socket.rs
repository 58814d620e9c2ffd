//! Pound 4, by its control socket. A client is whatever backend has its address.

use std::io::{self, Read as _, Write as _};
use std::time::Duration;

use super::{Balancer, Client, Place, Problem, Standing, View, connections};
use crate::agents::failure::Failure;
use crate::client::http::Decoder;
use crate::client::timed::Timed;
use crate::wire::pound::{self, Backend};

/// One Pound.
#[derive(Clone, Debug)]
pub struct PoundSocket {
    /// The path of its control socket.
    pub socket: String,
    /// How long it may take to answer.
    pub patience: Duration,
}

impl PoundSocket {
    /// Its answer to a request.
    fn ask(&self, method: &str, path: &str) -> Result<String, Problem> {
        let silent = |why| Failure::Silent { place: format!("the balancer at {}", self.socket), why };
        let (status, body) = exchange(&self.socket, self.patience, method, path).map_err(silent)?;
        let body = String::from_utf8_lossy(&body).into_owned();
        if status == 200 {
            return Ok(body);
        }
        let (place, command) = (self.socket.clone(), format!("{method} {path}"));
        Err(Problem::Refused { place, command, says: format!("status {status}") })
    }

    /// All that it has.
    fn all(&self) -> Result<Vec<Backend>, Problem> {
        pound::backends(&self.ask("GET", "/")?).map_err(|why| Problem::Pound { place: self.socket.clone(), why })
    }

    /// The backends that are this client.
    fn backends(&self, client: &Client) -> Result<Vec<Backend>, Problem> {
        self.own(&self.all()?, client)
    }

    /// Those of all that are this client.
    fn own(&self, all: &[Backend], client: &Client) -> Result<Vec<Backend>, Problem> {
        let own: Vec<Backend> = all.iter().filter(|backend| client.is_at(&backend.address)).cloned().collect();
        let place = format!("the Pound at {}", self.socket);
        if own.is_empty() { Err(Problem::Unknown { place, client: client.address() }) } else { Ok(own) }
    }

    fn enable(&self, client: &Client, is_enabled: bool) -> Result<(), Problem> {
        for backend in self.backends(client)? {
            self.ask(if is_enabled { "PUT" } else { "DELETE" }, &backend.path)?;
        }
        Ok(())
    }
}

fn exchange(socket: &str, patience: Duration, method: &str, path: &str) -> io::Result<(u16, Vec<u8>)> {
    let mut stream = Timed::unix(socket, patience)?;
    stream.write_all(format!("{method} {path} HTTP/1.1\r\nHost: localhost\r\nConnection: close\r\n\r\n").as_bytes())?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    let (mut decoder, mut body) = (Decoder::default(), Vec::new());
    let broken = |_| io::Error::from(io::ErrorKind::InvalidData);
    decoder.push(&answer, &mut body).map_err(broken)?;
    decoder.end().map_err(broken)?;
    Ok((decoder.head().status, body))
}

impl Balancer for PoundSocket {
    fn look(&mut self) -> Result<Box<dyn View + '_>, Problem> {
        Ok(Box::new(Seen { all: self.all()?, by: self }))
    }

    fn drain(&mut self, client: &Client) -> Result<(), Problem> {
        self.enable(client, false)
    }

    fn left(&mut self, client: &Client) -> Result<u64, Problem> {
        connections::to(client)
    }

    fn close(&mut self, _: &Client) -> Result<(), Problem> {
        Ok(())
    }

    fn put_back(&mut self, client: &Client) -> Result<(), Problem> {
        self.enable(client, true)
    }
}

/// What it has at one moment.
struct Seen<'p> {
    by: &'p PoundSocket,
    all: Vec<Backend>,
}

impl View for Seen<'_> {
    fn standing(&self, client: &Client) -> Result<Standing, Problem> {
        let backends = self.by.own(&self.all, client)?;
        Ok(match () {
            () if backends.iter().any(|backend| !backend.is_enabled) => Standing::Out,
            () if backends.iter().any(|backend| !backend.is_alive) => Standing::Down,
            () => Standing::In,
        })
    }

    fn places(&self) -> Result<Vec<Place>, Problem> {
        Ok(self.all.iter().map(|backend| Place::at(None, &backend.address)).collect())
    }
}
