//! `log`: shows what the clients' logs say since their last start: what `-p` searches for, or else critical errors.

use crate::agents::ctl::check;
use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::stamp;
use crate::conf::monitor::{Service, pattern};

/// As many lines of one log are kept.
const MOST: usize = 10_000;

pub(super) fn run(session: &mut Session<'_>) {
    let clients = session.selected_clients("the log that is searched");
    let is_any = !clients.is_empty() && session.request.services.is_none();
    let searched = clients.into_iter().filter(|service| search(session, service)).count();
    if is_any && searched == 0 {
        session.say(Level::Error, "nothing is searched: no client has a log_file, with critical_errors or a -p");
    }
}

/// Searches the log of one, if there is something to be searched for.
fn search(session: &mut Session<'_>, service: &Service) -> bool {
    let critical = service.critical_errors.as_ref().map(|said| said.value.as_str());
    let said = session.request.pattern.as_deref().or(critical);
    let why = match said {
        _ if service.log_file.is_none() => "has no log_file",
        None => "has no critical_errors, and there is no -p: nothing is searched for",
        Some(_) => "",
    };
    if !why.is_empty() {
        session.tell_idle(service, Level::Info, why);
        return false;
    }
    // Whoever asks has compiled it already.
    let Some(Ok(pattern)) = said.map(pattern) else { return false };
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
    true
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
