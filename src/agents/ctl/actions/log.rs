//! `log`: shows what the clients' logs say since their last start: what `-p` searches for, or else critical errors.

use crate::agents::ctl::check;
use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::stamp;
use crate::conf::monitor::{Kind, Service, pattern};

/// As many lines of one log are kept.
const MOST: usize = 10_000;

pub(super) fn run(session: &mut Session<'_>) {
    for service in session.selected().into_iter().filter(|service| service.kind == Kind::ZeoClient) {
        let critical = service.critical_errors.as_ref().map(|said| said.value.as_str());
        let Some(said) = session.request.pattern.as_deref().or(critical) else { continue };
        // Whoever asks has compiled it already.
        let Ok(pattern) = pattern(said) else { continue };
        let _ = session.entry(service);
        let mut lines = Vec::new();
        let extent = check::search(session, service, &mut |line| {
            if pattern.is_match(line.as_bytes()) {
                lines.push(stamp::cut(line).into_owned());
            }
            lines.len() == MOST
        });
        if !lines.is_empty() {
            check::doubt(session, service, extent);
        }
        check::tell_cut(session, service, extent);
        tell(session, service, lines);
    }
}

fn tell(session: &mut Session<'_>, service: &Service, lines: Vec<String>) {
    for line in &lines {
        session.world.record(Level::Info, &format!("{}:{line}", service.name()));
    }
    if lines.len() == MOST {
        let message = format!("{} : only the newest {MOST} lines are shown", service.name());
        session.tell(service, Level::Warning, &message);
    }
    session.entry(service).lines = lines;
}
