//! `mem`: the memory of the clients.

use crate::agents::ctl::check;
use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::conf::monitor::Kind;

pub(super) fn run(session: &mut Session<'_>) {
    for service in session.selected().into_iter().filter(|service| service.kind == Kind::ZeoClient) {
        let _ = session.entry(service);
        if service.pid_file.is_none() {
            session.tell(service, Level::Warning, &format!("{} : has no pid_file", service.name()));
        } else if let Some(memory) = check::measure(session, service) {
            session.world.record(Level::Info, &format!("{} : mem {memory} k", service.name()));
        }
    }
}
