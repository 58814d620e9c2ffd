//! `purge`: empties the proxy caches.

use super::stop::is_controlled;
use super::turned;
use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::conf::monitor::{Kind, Service};

pub(super) fn run(session: &mut Session<'_>) {
    let caches: Vec<&Service> = session.selected().into_iter().filter(|service| service.kind.is_cache()).collect();
    if caches.is_empty() {
        session.say(Level::Error, "there is no proxy cache to purge");
    }
    for service in caches {
        purge(session, service);
    }
}

/// Empties one.
pub(super) fn purge(session: &mut Session<'_>, service: &Service) {
    if matches!(service.kind, Kind::Squid(_)) && !is_controlled(session, service, "purge") {
        return;
    }
    session.did(service, "purge");
    if session.request.dry_run {
        return;
    }
    let (world, noted) = (&mut *session.world, &mut session.noted);
    let mut turn = |turn| turned::turn(world, noted, service, turn).map_err(|unturned| unturned.why);
    let purged = session.cache.purge(service, &mut turn);
    session.tell_noted();
    if let Err(why) = purged {
        session.tell(service, Level::Error, &format!("{} : cannot purge: {why}", service.name()));
    }
}
