//! Checks, one file each. Each tells what it finds; whether the next one makes sense is decided here.
//!
//! ```text
//! ping → tcp → http → memory → log
//! ```
//!
//! A host that does not answer a ping is not connected to, and a service that cannot be connected to is not asked for a
//! page. Memory and log are looked at in any case, as they say why.

mod http;
mod log;
mod memory;
mod ping;
mod tcp;

pub use http::no_url;
pub(super) use http::{ask, feed, has_login};
pub(super) use log::{doubt, search, tell_cut};
pub(super) use memory::measure;
pub(super) use tcp::{can_connect, cant_connect, is_reached};

use std::time::Duration;

use super::report::{Level, State};
use super::session::Session;
use crate::conf::monitor::{Kind, Service};

/// All checks of a service. Whether there was no critical event.
pub(super) fn all(session: &mut Session<'_>, service: &Service) -> bool {
    session.world.record(Level::Debug, &format!("check {}", service.name()));
    let before = std::mem::take(&mut session.entry(service).state);
    let is_reached = ping::check(session, service) && tcp::check(session, service);
    let elapsed = if is_reached && is_web(service) { http::check(session, service) } else { None };
    memory::check(session, service);
    log::check(session, service);
    if let Some(elapsed) = elapsed {
        http::note(session, service, elapsed);
    }
    let entry = session.entry(service);
    let found = entry.state;
    entry.state = before.max(found);
    found != State::Critical
}

/// Whether it is not stopping just now, as far as that is known: it may be good until it has. Why not.
pub(super) fn stays(session: &mut Session<'_>, service: &Service) -> Result<(), String> {
    if session.world.is_stopping(&service.control.value) {
        Err(format!("{} is stopping", service.name()))
    } else {
        Ok(())
    }
}

/// That one that cannot be connected to has ended, by what whoever controls it says, so that waiting is no use; nobody is asked more
/// than once a second.
pub(super) fn ending(session: &mut Session<'_>, service: &Service) -> Option<String> {
    let now = session.world.elapsed();
    if session.ending_asked.is_some_and(|at| now.saturating_sub(at) < Duration::from_secs(1)) {
        return None;
    }
    session.ending_asked = Some(now);
    let why = session.world.ending(&service.control.value)?;
    Some(format!("{}: {why}", cant_connect(service)))
}

/// All checks, of which nothing is told; why it is not good.
pub(super) fn examine(session: &mut Session<'_>, service: &Service) -> Result<(), String> {
    let (is_good, flaws) = session.quietly(service, |session| all(session, service));
    if is_good { Ok(()) } else { Err(flaws.join("; ")) }
}

/// Whether it is found good by all checks, of which nothing is told; at once not, if it cannot be connected to.
pub(super) fn is_good(session: &mut Session<'_>, service: &Service) -> bool {
    is_reached(session, service) && examine(session, service).is_ok()
}

/// Whether pages are asked of it.
fn is_web(service: &Service) -> bool {
    service.port.is_some() && matches!(service.kind, Kind::ZeoClient | Kind::HttpServer)
}
