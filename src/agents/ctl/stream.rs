//! A cluster's balancer, and the file in which it is written down who is out of it because of us.

use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;

use super::roll::Journal;
use crate::agents::balancer::haproxy::HaProxy;
use crate::agents::balancer::nginx::Nginx;
use crate::agents::balancer::pound_file::PoundFile;
use crate::agents::balancer::pound_socket::PoundSocket;
use crate::agents::balancer::{self, Balancer};
use crate::agents::replace::replace;
use crate::conf::monitor::{Kind, Monitor, Service};

/// What gives clients their requests.
pub struct Stream<'s> {
    /// The balancer.
    pub balancer: Box<dyn Balancer + 's>,
    /// Where it is written down who is out because of us.
    pub journal: Box<dyn Keeper + 's>,
}

impl Stream<'_> {
    /// Writes down who is out.
    pub(super) fn keep(&mut self, journal: &Journal) -> Result<(), String> {
        let text = journal.written();
        self.journal.write((!journal.is_empty()).then_some(text.as_str()))
    }
}

/// Keeps the text of a journal.
pub trait Keeper {
    /// Where it is kept.
    fn place(&self) -> String;
    /// The text; none where there is none.
    fn read(&mut self) -> Result<Option<String>, String>;
    /// Keeps a text, or nothing.
    fn write(&mut self, text: Option<&str>) -> Result<(), String>;
}

/// A journal in a file, which is there only while somebody is out.
#[derive(Clone, Debug)]
pub struct InFile(pub PathBuf);

impl Keeper for InFile {
    fn place(&self) -> String {
        self.0.display().to_string()
    }

    fn read(&mut self) -> Result<Option<String>, String> {
        match fs::read(&self.0) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(format!("cannot read {}: {why}", self.0.display())),
        }
    }

    fn write(&mut self, text: Option<&str>) -> Result<(), String> {
        let done = match text {
            Some(text) => replace(&self.0, text.as_bytes()),
            None => fs::remove_file(&self.0),
        };
        match done {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(format!("cannot write {}: {why}", self.0.display())),
            _ => Ok(()),
        }
    }
}

/// The balancer of a cluster, if it has one.
pub fn balancer(monitor: &Monitor) -> Option<Box<dyn Balancer>> {
    let service = monitor.balancer()?;
    Some(match &service.kind {
        Kind::HaProxy(own) => Box::new(HaProxy {
            socket: own.socket.value.clone(),
            backend: own.backend.value.clone(),
            server_state: own.server_state.as_ref().map(|said| said.value.clone()),
        }),
        Kind::Pound(own) => match &own.control_socket {
            Some(socket) => Box::new(PoundSocket { socket: socket.value.clone() }),
            None => Box::new(PoundFile { conf: own.conf.value.clone(), exe: own.exe.value.clone() }),
        },
        Kind::Nginx(own) => Box::new(Nginx {
            conf: own.conf.value.clone(),
            upstream: own.upstream.value.clone(),
            check: own.check.value.clone(),
            reload: own.reload.value.clone(),
            pid_file: service.pid_file.as_ref().map_or_else(|| NGINX_PID.to_owned(), |said| said.value.clone()),
        }),
        _ => return None,
    })
}

/// Where Debian's nginx has the pid of its master.
const NGINX_PID: &str = "/run/nginx.pid";

/// How the balancer knows a client.
pub(super) fn known(service: &Service) -> balancer::Client {
    balancer::Client {
        name: service.name().to_owned(),
        server: service.server().to_owned(),
        host: service.address().to_owned(),
        port: service.port.as_ref().map_or(80, |port| port.value),
    }
}
