//! `stop`: the services that `-s` names, or all clients. What stands before them and behind them is stopped only when it is
//! named: others may use it.

use super::super::balanced;
use super::super::report::Level;
use super::super::roll::Aim;
use super::super::session::Session;
use super::super::world::{Turn, Unturned};
use super::start::pools;
use super::turned;
use crate::conf::monitor::Service;

pub(super) fn run(session: &mut Session<'_>) {
    let all = session.request.services.is_none();
    let (clients, others): (Vec<_>, Vec<_>) = session.selected().into_iter().partition(|service| service.is_client);
    let others = others.into_iter().filter(|_| !all);
    let mut clients = pools(clients);
    if session.stream.is_some() && !clients.is_empty() {
        balanced::run(session, Aim::Stop, &clients);
        clients.clear();
    }
    for service in ready(session, clients.into_iter().chain(others).collect(), "stop") {
        if session.ends_here() {
            return;
        }
        stop(session, service);
    }
}

fn stop(session: &mut Session<'_>, service: &Service) {
    session.did(service, "stop");
    turn(session, service, Turn::Off);
}

/// Those that can be started and stopped now, as far as that is known before it is tried. Of the others it is told that they
/// cannot, with what was to be done.
pub(super) fn ready<'s>(session: &mut Session<'_>, mut services: Vec<&'s Service>, what: &str) -> Vec<&'s Service> {
    let unready = turned::unready(session.world, &services);
    services.retain(|service| match unready.get(service.name()) {
        Some(why) => {
            session.tell(service, Level::Error, &format!("{} : cannot {what}: {why}", service.name()));
            false
        }
        None => true,
    });
    services
}

/// Whether a service can be started and stopped at all. That it cannot is told, with what was to be done.
pub(super) fn is_controlled(session: &mut Session<'_>, service: &Service, what: &str) -> bool {
    let why = turned::uncontrolled(service);
    if let Some(why) = &why {
        session.tell(service, Level::Error, &format!("{} : cannot {what}: {why}", service.name()));
    }
    why.is_none()
}

/// Starts or stops one; whether that went well.
pub(super) fn turn(session: &mut Session<'_>, service: &Service, turn: Turn) -> bool {
    let turned = if session.request.dry_run { Ok(()) } else { try_to(session, service, turn) };
    if let Err(unturned) = &turned {
        session.tell(service, Level::Error, &unturned.why);
    }
    turned.is_ok()
}

/// Starts or stops one, or says why not.
pub(in crate::agents::ctl) fn try_to(session: &mut Session<'_>, service: &Service, turn: Turn) -> Result<(), Unturned> {
    let word = if turn == Turn::On { "start" } else { "stop" };
    let turned = turned::turn(session.world, &mut session.noted, service, turn);
    session.tell_noted();
    turned.map_err(|Unturned { why, may_come }| Unturned {
        why: format!("{} : cannot {word}: {why}", service.name()),
        may_come,
    })
}
