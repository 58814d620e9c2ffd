//! `stop`: the services that `-s` names, or all clients. What stands before them and behind them is stopped only when it is
//! named: others may use it.

use super::super::balanced;
use super::super::report::Level;
use super::super::roll::Aim;
use super::super::session::Session;
use super::super::world::{Turn, Unturned};
use super::start::pools;
use super::turned;
use crate::conf::monitor::{Control, Service};

pub(super) fn run(session: &mut Session<'_>) {
    let all = session.request.services.is_none();
    let (clients, others): (Vec<_>, Vec<_>) = session.selected().into_iter().partition(|service| service.is_client);
    let others = others.into_iter().filter(|_| !all);
    let mut clients = pools(clients);
    if session.stream.is_some() && !clients.is_empty() {
        balanced::run(session, Aim::Stop, &clients);
        clients.clear();
    }
    for service in clients.into_iter().chain(others) {
        stop(session, service);
    }
}

/// Stops one; whether that went well.
pub(super) fn stop(session: &mut Session<'_>, service: &Service) -> bool {
    session.did(service, "stop");
    turn(session, service, Turn::Off)
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
    if service.control.value == Control::None {
        return Err(format!("{} : cannot {word}: nothing says how; expected `control` in [{0}]", service.name()).into());
    }
    let turned = turned::turn(session.world, &mut session.noted, service, turn);
    session.tell_noted();
    turned.map_err(|Unturned { why, may_come }| Unturned {
        why: format!("{} : cannot {word}: {why}", service.name()),
        may_come,
    })
}
