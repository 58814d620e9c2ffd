//! Machines whose names have no address. To a run each of their services would pass for dead, and be restarted or left out of the
//! balancer because a name server is away: so it does not begin.

use std::collections::BTreeSet;
use std::net::IpAddr;
use std::time::Duration;

use crate::agents::ctl::Found;
use crate::agents::ctl::request::Request;
use crate::client::lookup;
use crate::conf::monitor::{Monitor, Service};
use crate::sources::disk::reason;

/// The addresses that those have who may be started or stopped, and what is said of each machine that has none.
pub(super) fn unfound(monitor: &Monitor, request: &Request) -> (Found, Vec<String>) {
    let (mut found, mut unfound) = (Found::new(), Vec::new());
    if !request.action.turns_clients() {
        return (found, unfound);
    }
    // Behind a balancer all clients count, whoever is asked for.
    let clients = monitor.clients().filter(|_| monitor.balancer().is_some());
    let mut asked = BTreeSet::new();
    let services = request.may_turn(monitor).into_iter().chain(clients);
    for service in services.filter(|service| service.port.is_some() && asked.insert(service.address())) {
        match addresses(service) {
            Ok(addresses) => drop(found.insert(service.address().to_owned(), addresses)),
            Err(why) => unfound.push(why),
        }
    }
    (found, unfound)
}

fn addresses(service: &Service) -> Result<Vec<IpAddr>, String> {
    let (machine, patience) = (service.address(), Duration::from_secs(service.timeout.value));
    let why = match lookup::ips(machine, patience) {
        Ok(found) if !found.is_empty() => return Ok(found),
        Ok(_) => "it has none".to_owned(),
        Err(why) => reason(&why),
    };
    Err(format!("nothing is done, as it is not known what address {machine} has: {why}"))
}
