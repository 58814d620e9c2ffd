//! The control servers of a daemon as one: opened, served and closed with it.

use std::future::Future;
use std::io::Write;
use std::pin::Pin;
use std::rc::Rc;

use tokio::sync::watch;
use tokio::task::{JoinHandle, spawn_local};

use super::listen::{self, Listener};
use super::room::{self, Room};
use super::server::{self, Accepting};
use super::site::Site;
use crate::conf::check::RPC_FACTORY;
use crate::conf::model::{Config, LogLevel};
use crate::conf::python::repr;
use crate::runtime::control::Control;
use crate::runtime::daemon::Servers;
use crate::runtime::errno;
use crate::runtime::rpc::Rpc;

/// All control servers.
pub struct ControlServers {
    listeners: Vec<Listener>,
    serving: Option<Serving>,
    /// Where stale sockets are told of.
    stderr: Box<dyn Write>,
    /// Places for connections to each; none for as many as befit the limit of descriptors.
    pub(super) places: Option<u64>,
}

/// What runs while they answer.
struct Serving {
    accepting: Vec<JoinHandle<()>>,
    rooms: Vec<Rc<Room>>,
    closing: watch::Sender<bool>,
}

impl ControlServers {
    /// None is open yet.
    pub fn new(stderr: Box<dyn Write>) -> Self {
        Self { listeners: Vec::new(), serving: None, stderr, places: None }
    }

    fn unlink(&mut self) {
        self.listeners.drain(..).for_each(|listener| listener.unlink());
    }
}

impl Servers for ControlServers {
    fn open(&mut self, config: &Config, log: &mut dyn FnMut(LogLevel, &str)) -> Result<(), String> {
        self.unlink();
        self.listeners = listen::open(&config.servers, &mut self.stderr).map_err(|error| error.to_string())?;
        for server in &config.servers {
            for interface in config.rpcinterfaces.iter().filter(|i| i.factory == RPC_FACTORY) {
                log(LogLevel::Info, &format!("RPC interface {} initialized", repr(&interface.name)));
            }
            if server.auth.is_none() {
                let name = repr(&server.section);
                log(LogLevel::Critical, &format!("Server {name} running without any HTTP authentication checking"));
            }
        }
        Ok(())
    }

    fn serve(&mut self, control: Rc<dyn Control>) {
        let (closing, closed) = watch::channel(false);
        let rpc = Rpc::new(control.clone(), &control.config().rpcinterfaces);
        let site = Rc::new(Site::new(control, rpc, closed));
        let places = self.places.unwrap_or_else(room::places);
        let rooms: Vec<Rc<Room>> = self.listeners.iter().map(|_| Room::new(places)).collect();
        let accepting = self.listeners.iter().zip(&rooms).filter_map(|(listener, room)| {
            let serve = |socket| server::serve(socket, listener.server.auth.clone(), site.clone(), room.clone());
            let failed = |error| {
                let name = repr(&listener.server.section);
                let line = format!("Server {name} does not answer: {}", errno::name(&error));
                site.control.log(LogLevel::Critical, &line);
            };
            Accepting::new(&listener.socket).map_err(failed).ok().map(|socket| spawn_local(serve(socket)))
        });
        self.serving = Some(Serving { accepting: accepting.collect(), rooms, closing });
    }

    fn close(&mut self) -> Pin<Box<dyn Future<Output = ()> + '_>> {
        // At once, so that it is done even if nobody waits for the rest.
        let serving = self.serving.take();
        self.unlink();
        Box::pin(async move {
            if let Some(serving) = serving {
                serving.close().await;
            }
        })
    }
}

impl Serving {
    /// Takes no more connections, and waits until those there are have had their answers.
    async fn close(self) {
        for task in &self.accepting {
            task.abort();
        }
        // Nobody may be listening.
        let _ = self.closing.send(true);
        for task in self.accepting {
            // Its socket is closed only when it has ended, and the next life may want the same address.
            let _ = task.await;
        }
        for room in &self.rooms {
            room.emptied().await;
        }
    }
}

/// The files of the sockets do not outlive the servers.
impl Drop for ControlServers {
    fn drop(&mut self) {
        self.unlink();
    }
}
