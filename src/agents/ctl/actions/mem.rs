//! `mem`: the memory of the clients.

use crate::agents::ctl::check;
use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;

pub(super) fn run(session: &mut Session<'_>) {
    for service in session.selected_clients("the memory that is shown") {
        let _ = session.entry(service);
        if service.pid_file.is_none() {
            session.tell_idle(service, Level::Warning, "has no pid_file");
        } else if let Some(memory) = check::measure(session, service) {
            session.world.record(Level::Info, &format!("{} : mem {memory} k", service.name()));
        }
    }
}
