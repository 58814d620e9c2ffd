//! Whether a log tells of a critical error since the last start.

use regex_lite::Regex;

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::world::Extent;
use crate::conf::monitor::Service;

/// Looks for the newest critical error.
pub(super) fn check(session: &mut Session<'_>, service: &Service) {
    let Some(pattern) = &service.critical_errors else { return };
    let Ok(pattern) = Regex::new(&pattern.value) else { return };
    let mut first = None;
    search(session, service, &pattern, &mut |line| {
        first = Some(line.to_owned());
        true
    });
    if let Some(line) = first {
        session.tell(service, Level::Critical, &format!("{} : {line}", service.name()));
    }
}

/// Shows the lines that match to `see`, the newest first, until it has seen enough.
pub(in crate::agents::ctl) fn search(
    session: &mut Session<'_>,
    service: &Service,
    pattern: &Regex,
    see: &mut dyn FnMut(&str) -> bool,
) {
    let Some(log) = &service.log_file else { return };
    let mut matching = |line: &str| pattern.is_match(line) && see(line);
    match session.world.search(&log.value, &service.ready_line.value, &mut matching) {
        Ok(Extent::Whole) => {}
        Ok(Extent::Cut(bytes)) => {
            let mib = bytes >> 20;
            let message = format!("{} : only the last {mib} MiB of {} were searched", service.name(), log.value);
            session.tell(service, Level::Warning, &message);
        }
        Err(why) => {
            session.tell(service, Level::Error, &format!("{} : cannot read {}: {why}", service.name(), log.value));
        }
    }
}
