//! Whether a service can be connected to: three tries, a second apart.

use std::time::Duration;

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::conf::monitor::Service;

const TRIES: usize = 3;
const BETWEEN: Duration = Duration::from_secs(1);

/// Whether it can, or has no port.
pub(super) fn check(session: &mut Session<'_>, service: &Service) -> bool {
    let is_reached = is_reached(session, service);
    if !is_reached {
        session.tell(service, Level::Critical, &cant_connect(service));
    }
    is_reached
}

/// All tries, of which nothing is told.
pub(in crate::agents::ctl) fn is_reached(session: &mut Session<'_>, service: &Service) -> bool {
    for number in 1..=TRIES {
        if can_connect(session, service) {
            return true;
        }
        if number < TRIES {
            session.world.pause(BETWEEN);
        }
    }
    false
}

/// What is said of one that cannot be connected to.
pub(in crate::agents::ctl) fn cant_connect(service: &Service) -> String {
    format!("{} cant connect", service.name())
}

/// One try.
pub(in crate::agents::ctl) fn can_connect(session: &mut Session<'_>, service: &Service) -> bool {
    let Some(port) = &service.port else { return true };
    let patience = Duration::from_secs(service.timeout.value);
    match session.world.connect(service.address(), port.value, patience) {
        Ok(()) => true,
        Err(why) => {
            session.world.record(Level::Debug, &format!("{} : {why}", service.name()));
            false
        }
    }
}
