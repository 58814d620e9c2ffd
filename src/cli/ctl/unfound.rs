//! Machines whose names have no address. To a run each of their services would pass for dead, and be restarted or left out of the
//! balancer because a name server is away: so it does not begin.

use std::collections::BTreeSet;
use std::time::Duration;

use crate::agents::ctl::request::{Action, Request};
use crate::client::lookup;
use crate::conf::monitor::{Monitor, Service};
use crate::sources::disk::reason;

/// What is said of each, for those who start or stop something.
pub(super) fn unfound(monitor: &Monitor, request: &Request) -> Vec<String> {
    if !matches!(request.action, Action::Start | Action::Stop | Action::Repair) {
        return Vec::new();
    }
    // Behind a balancer all clients count, whoever is asked for.
    let clients = monitor.clients().filter(|_| monitor.balancer().is_some());
    let mut asked = BTreeSet::new();
    let services = request.may_turn(monitor).into_iter().chain(clients);
    let machines = services.filter(|service| service.port.is_some() && asked.insert(service.address()));
    machines.filter_map(of).collect()
}

fn of(service: &Service) -> Option<String> {
    let (machine, patience) = (service.address(), Duration::from_secs(service.timeout.value));
    let why = match lookup::of_host(machine, 0, patience) {
        Ok(found) if !found.is_empty() => return None,
        Ok(_) => "it has none".to_owned(),
        Err(why) => reason(&why),
    };
    Some(format!("nothing is done, as it is not known what address {machine} has: {why}"))
}
