//! `start` and `repair`.
//!
//! What stands before the clients and behind them comes first; it is started if it is named or cannot be connected to.
//! Then come the clients, pool 1 first, one after the other: each is stopped and started, has to be good within its
//! `start_timeout`, and is asked for the page that fills its caches. Behind a balancer that is a rolling start.

use std::time::Duration;

use super::super::balanced;
use super::super::check;
use super::super::report::{Level, State};
use super::super::roll::Aim;
use super::super::session::Session;
use super::super::world::Turn;
use super::stop::{is_controlled, ready, turn};
use super::{check as checks, purge, rotate};
use crate::conf::monitor::Service;

/// How often one that is starting is looked at.
const INTERVAL: Duration = Duration::from_millis(100);

pub(super) fn run(session: &mut Session<'_>) {
    if session.request.rotate {
        rotate::run(session);
    }
    for service in session.monitor.frontends().filter(|service| !service.is_client) {
        frontend(session, service);
    }
    if session.stream.is_some() {
        return roll(session);
    }
    let mut clients: Vec<&Service> = session.monitor.clients().collect();
    if session.request.services.is_some() {
        clients.retain(|service| session.is_named(service));
    }
    clients.retain(|service| session.is_named(service) || !check::can_connect(session, service));
    restart_all(session, clients);
}

/// Restarts those that are named, or all but those whose pool is said to be none.
fn roll(session: &mut Session<'_>) {
    let all = session.request.services.is_none();
    let mut clients: Vec<&Service> = session.monitor.clients().collect();
    clients.retain(
        |service| if all { service.pool.value > 0 || service.pool.span.is_none() } else { session.is_named(service) },
    );
    balanced::run(session, Aim::Start, &clients);
}

fn frontend(session: &mut Session<'_>, service: &Service) {
    if session.request.purge && service.kind.is_cache() {
        purge::purge(session, service);
    }
    if session.is_named(service) || !check::can_connect(session, service) {
        restart_all(session, vec![service]);
    }
}

/// Looks at what is named, or at all, and starts what is not well.
pub(super) fn repair(session: &mut Session<'_>) {
    let failed = checks::run(session);
    let (clients, others): (Vec<_>, Vec<_>) = failed.into_iter().partition(|service| service.is_client);
    for service in ready(session, others, "restart") {
        restart(session, service);
    }
    if session.stream.is_some() {
        let asked: Vec<&Service> = session.selected().into_iter().filter(|service| service.is_client).collect();
        return balanced::run(session, Aim::Repair, &asked);
    }
    restart_all(session, clients);
}

/// Restarts clients in the order of their pools.
fn restart_all(session: &mut Session<'_>, clients: Vec<&Service>) {
    for service in ready(session, pools(clients), "restart") {
        restart(session, service);
    }
}

/// Clients in the order in which their turn comes: by pool, those of none last.
pub(super) fn pools(mut clients: Vec<&Service>) -> Vec<&Service> {
    clients.sort_by_key(|service| service.pool.value.checked_sub(1).unwrap_or(u32::MAX));
    clients
}

/// Stops one if it runs, and starts it; says so if it is not good then.
pub(in crate::agents::ctl) fn restart(session: &mut Session<'_>, service: &Service) {
    if !is_controlled(session, service, "restart") {
        return;
    }
    session.did(service, "restart");
    if session.request.dry_run || !turn(session, service, Turn::Off) || !turn(session, service, Turn::On) {
        return;
    }
    if let Err(ended) = comes_up(session, service) {
        let seconds = service.start_timeout.value;
        let why = ended.unwrap_or_else(|| format!("{}, {seconds} s after its start", check::cant_connect(service)));
        return session.tell(service, Level::Critical, &why);
    }
    // What was found before is over.
    session.entry(service).state = State::Ok;
    if check::all(session, service) && service.is_client {
        check::feed(session, service);
    }
}

/// Waits until it can be connected to. Why it will not be any more, if that is known before its time is over.
pub(in crate::agents::ctl) fn comes_up(session: &mut Session<'_>, service: &Service) -> Result<(), Option<String>> {
    let until = session.world.elapsed() + Duration::from_secs(service.start_timeout.value);
    loop {
        if check::can_connect(session, service) {
            return Ok(());
        }
        if let Some(why) = check::ending(session, service) {
            return Err(Some(why));
        }
        if session.world.elapsed() >= until {
            return Err(None);
        }
        session.world.pause(INTERVAL);
    }
}
