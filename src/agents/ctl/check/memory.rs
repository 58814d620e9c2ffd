//! Whether a process has more memory than it may.

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::conf::monitor::Service;

/// Compares it with `max_process_size`.
pub(super) fn check(session: &mut Session<'_>, service: &Service) {
    let Some(memory) = measure(session, service) else { return };
    if service.max_process_size.as_ref().is_some_and(|most| memory > most.value) {
        session.tell(service, Level::Critical, &format!("memory is not good for {} : {memory}", service.name()));
    }
}

/// The kilobytes of its process. That they cannot be found is told.
pub(in crate::agents::ctl) fn measure(session: &mut Session<'_>, service: &Service) -> Option<u64> {
    let pid_file = service.pid_file.as_ref()?;
    match session.world.memory(&pid_file.value) {
        Ok(memory) => {
            session.entry(service).memory = Some(memory);
            Some(memory)
        }
        Err(why) => {
            session.tell(service, Level::Error, &format!("{} : {why}", service.name()));
            None
        }
    }
}
