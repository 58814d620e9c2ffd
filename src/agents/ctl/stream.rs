//! A cluster's balancer, and what keeps who is out of it because of us.

use std::time::Duration;

use super::keeper::Keeper;
use super::roll::Journal;
use crate::agents::balancer::haproxy::HaProxy;
use crate::agents::balancer::nginx::Nginx;
use crate::agents::balancer::pound_file::PoundFile;
use crate::agents::balancer::pound_socket::PoundSocket;
use crate::agents::balancer::{self, Balancer};
use crate::conf::monitor::{Kind, Monitor, Service};

/// What gives clients their requests.
pub struct Stream<'s> {
    /// The balancer.
    pub balancer: Box<dyn Balancer + 's>,
    /// Where it is written down who is out because of us.
    pub journal: Box<dyn Keeper + 's>,
    /// Why the balancer has not answered when it was asked before the run, if it took its time for that.
    pub silence: Option<String>,
}

impl Stream<'_> {
    /// Writes down who is out.
    pub(super) fn keep(&mut self, journal: &Journal) -> Result<(), String> {
        let text = journal.written();
        self.journal.write((!journal.is_empty()).then_some(text.as_str()))
    }
}

/// The balancer of a cluster, if it has one.
pub fn balancer(monitor: &Monitor) -> Option<Box<dyn Balancer>> {
    let service = monitor.balancer()?;
    let patience = Duration::from_secs(service.timeout.value).min(balancer::PATIENCE);
    Some(match &service.kind {
        Kind::HaProxy(own) => Box::new(HaProxy {
            socket: own.socket.value.clone(),
            backend: own.backend.value.clone(),
            server_state: own.server_state.as_ref().map(|said| said.value.clone()),
            patience,
        }),
        Kind::Pound(own) => match &own.control_socket {
            Some(socket) => Box::new(PoundSocket { socket: socket.value.clone(), patience }),
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
