//! Clients that the balancer has at another address than cluster.ini, before anybody is turned: by cluster.ini's they would pass
//! for dead.

use super::Found;
use super::request::Request;
use super::stream::{self, known};
use crate::agents::balancer::{self, PATIENCE, View};
use crate::base::Diagnostic;
use crate::client::lookup;
use crate::conf::monitor::problem::Problem;
use crate::conf::monitor::{Monitor, Service};

/// Those of whom a balancer says so, each with what is told of it. What it does not say is nothing to be told here.
pub(super) fn of<'m>(monitor: &'m Monitor, view: &dyn View, known_hosts: &Found) -> Vec<(&'m Service, Problem)> {
    let services: Vec<&Service> = monitor.clients().collect();
    let clients: Vec<balancer::Client> = services.iter().map(|service| known(service)).collect();
    let places = view.places().unwrap_or_default();
    let look_up = |host: &str| lookup::ips(host, PATIENCE).unwrap_or_default();
    let mut find = |host: &str| known_hosts.get(host).cloned().unwrap_or_else(|| look_up(host));
    let found = balancer::elsewhere(&clients, &places, &mut find);
    let told = found.into_iter().filter_map(|own| {
        let service = services.iter().find(|service| service.name() == own.client)?;
        let balancer::Elsewhere { client, here, there, is_named, is_port } = own;
        Some((*service, Problem::Elsewhere { client, here, there, is_named, is_port }))
    });
    told.collect()
}

/// What is found before a run that starts or stops something.
#[derive(Debug, Default)]
pub struct Asked {
    /// The slips, at their places in cluster.ini.
    pub found: Vec<Diagnostic>,
    /// Why nothing is known: the balancer has not answered in time, as it would not the next time.
    pub silence: Option<String>,
}

/// Asks the balancer, if the run may turn clients. One that does not answer is told by the run. Of `found` the addresses are known.
pub fn elsewhere(monitor: &Monitor, request: &Request, found: &Found) -> Asked {
    if !request.action.turns_clients() {
        return Asked::default();
    }
    let Some(mut balancer) = stream::balancer(monitor) else { return Asked::default() };
    match balancer.look() {
        Ok(view) => {
            let found = of(monitor, &*view, found).into_iter().map(|(service, problem)| {
                let span = place(service, &problem);
                problem.at(span)
            });
            Asked { found: found.collect(), silence: None }
        }
        Err(problem) => Asked { found: Vec::new(), silence: problem.is_silence().then(|| problem.to_string()) },
    }
}

/// Where cluster.ini says what differs; the section, where it leaves that to a default.
fn place(service: &Service, problem: &Problem) -> Option<crate::base::Span> {
    let port = service.port.as_ref().and_then(|said| said.span);
    let host = service.ip.as_ref().or(service.machine.as_ref()).and_then(|said| said.span);
    let is_port = matches!(problem, Problem::Elsewhere { is_port: true, .. });
    if is_port { port } else { host }.or(service.name.span)
}
