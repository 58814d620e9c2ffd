//! Whether a log tells of a critical error since the last start: the newest line by which the program says that it has started,
//! or where the log ended before `ctl` started it, whichever is later.

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::stamp;
use crate::agents::ctl::world::Extent;
use crate::conf::monitor::{Service, pattern};

/// Looks for the newest critical error.
pub(super) fn check(session: &mut Session<'_>, service: &Service) {
    let Some(said) = &service.critical_errors else { return };
    let Ok(pattern) = pattern(&said.value) else { return };
    let mut first = None;
    // It goes on once it has one: where the start is says what it is worth.
    let extent = search(session, service, &mut |line| {
        if first.is_none() && pattern.is_match(line.as_bytes()) {
            first = Some(stamp::cut(line).into_owned());
        }
        false
    });
    if let Some(line) = first {
        session.tell(service, Level::Critical, &format!("{} : {line}", service.name()));
        doubt(session, service, extent);
    }
    tell_cut(session, service, extent);
}

/// Says that the log was not searched to the last start, if so.
pub(in crate::agents::ctl) fn tell_cut(session: &mut Session<'_>, service: &Service, extent: Option<Extent>) {
    let (Some(Extent::Cut(bytes)), Some(log)) = (extent, &service.log_file) else { return };
    let mib = bytes >> 20;
    let message = format!("{} : only the last {mib} MiB of {} were searched", service.name(), log.value);
    session.tell(service, Level::Warning, &message);
}

/// Says that what was found may be older than the last start, if nothing says where that is.
pub(in crate::agents::ctl) fn doubt(session: &mut Session<'_>, service: &Service, extent: Option<Extent>) {
    let (Some(Extent::Whole), Some(log)) = (extent, &service.log_file) else { return };
    let message = format!(
        "{} : all of {} was searched, and what was found may be older than the last start: no line holds `{}`, the \
         ready_line, and ctl has not started it since the log began",
        service.name(),
        log.value,
        service.ready_line.value
    );
    session.tell(service, Level::Warning, &message);
}

/// Shows the lines since the last start to `see`, the newest first, until it has seen enough. How far that went, if the log could
/// be read.
pub(in crate::agents::ctl) fn search(
    session: &mut Session<'_>,
    service: &Service,
    see: &mut dyn FnMut(&str) -> bool,
) -> Option<Extent> {
    let log = service.log_file.as_ref()?;
    let mark = session.noted.of(service);
    session.tell_noted();
    let searched = session.world.search(&log.value, &service.ready_line.value, mark, see);
    if let Err(why) = &searched {
        session.tell(service, Level::Error, &format!("{} : cannot read {}: {why}", service.name(), log.value));
    }
    searched.ok()
}
