//! `stop`: the services that `-s` names, or all clients. What stands before them and behind them is stopped only when it is
//! named: others may use it.

use std::time::Duration;

use super::super::report::Level;
use super::super::session::Session;
use super::super::world::Turn;
use super::start::pools;
use crate::conf::monitor::{Control, Service};

pub(super) fn run(session: &mut Session<'_>) {
    let all = session.request.services.is_none();
    let (clients, others): (Vec<_>, Vec<_>) = session.selected().into_iter().partition(|service| service.is_client);
    let others = others.into_iter().filter(|_| !all);
    for service in pools(clients).into_iter().chain(others) {
        stop(session, service);
    }
}

/// Stops one; whether that went well.
pub(super) fn stop(session: &mut Session<'_>, service: &Service) -> bool {
    session.did(service, "stop");
    turn(session, service, Turn::Off)
}

/// Starts or stops one; whether that went well.
pub(in crate::agents::ctl) fn turn(session: &mut Session<'_>, service: &Service, turn: Turn) -> bool {
    if session.request.dry_run {
        return true;
    }
    let word = if turn == Turn::On { "start" } else { "stop" };
    if service.control.value == Control::None {
        let message = format!("{} : cannot {word}: nothing says how; expected `control` in [{0}]", service.name());
        session.tell(service, Level::Error, &message);
        return false;
    }
    let patience = Duration::from_secs(service.start_timeout.value);
    match session.world.turn(&service.control.value, turn, patience) {
        Ok(()) => true,
        Err(why) => {
            session.tell(service, Level::Error, &format!("{} : cannot {word}: {why}", service.name()));
            false
        }
    }
}
