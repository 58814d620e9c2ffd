//! Whether a host answers a ping: the command of the configuration, once for each host.

use std::time::Duration;

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::world::Ping;
use crate::conf::monitor::Service;

/// Whether it does, or there is no command to find out.
pub(super) fn check(session: &mut Session<'_>, service: &Service) -> bool {
    let Some(command) = &service.ping_command else { return true };
    let address = service.address();
    if !session.pinged.contains_key(address) {
        let patience = Duration::from_secs(service.timeout.value);
        let answer = session.world.ping(&command.value, address, patience);
        session.pinged.insert(address.to_owned(), answer);
    }
    let why = match session.pinged.get(address).cloned() {
        None | Some(Ok(Ping::Answered)) => return true,
        Some(Ok(Ping::Silent(why))) => why,
        Some(Err(why)) => {
            // Nothing is restarted for what is not known.
            session.tell(service, Level::Error, &format!("{} : cannot ping {address}: {why}", service.name()));
            return true;
        }
    };
    session.world.record(Level::Debug, &format!("ping {address}: {why}"));
    session.tell(service, Level::Critical, &format!("{} ({address}) is down , can't ping", service.machine()));
    false
}
