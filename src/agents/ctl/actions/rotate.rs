//! `rotate`: saves each of `rotate_logs` as `ARCHIVEDIR/YEAR/MONTH/SERVICE-DD-HH-MM-SS-NAME`.

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::stamp;
use crate::conf::monitor::Service;

pub(super) fn run(session: &mut Session<'_>) {
    let services = session.selected();
    let Some(folder) = &session.monitor.archive_dir else {
        return session.say(Level::Error, "no archivedir: there is nowhere to save logs");
    };
    if services.iter().all(|service| service.rotate_logs.is_empty()) && session.request.services.is_none() {
        session.say(Level::Error, "no service has rotate_logs: there is nothing to save");
    }
    for service in services {
        if service.rotate_logs.is_empty() && session.is_named(service) {
            session.tell_idle(service, Level::Info, "has no rotate_logs: there is nothing to save");
        }
        service.rotate_logs.iter().for_each(|log| rotate(session, service, &log.value, &folder.value));
    }
}

fn rotate(session: &mut Session<'_>, service: &Service, log: &str, folder: &str) {
    let at = session.world.stamp();
    let name = log.rsplit('/').next().unwrap_or(log);
    let to = format!("{folder}/{}/{}-{}-{name}", stamp::month(at), service.name(), stamp::moment(at));
    let saved = format!("save {log} as {to}");
    if session.request.dry_run {
        return session.did(service, &saved);
    }
    let reopen = service.rotate_command.as_ref().map(|said| said.value.as_str());
    let rotated = session.world.rotate(log, &to, reopen);
    if rotated.is_ok() {
        session.did(service, &saved);
        session.noted.is_emptied(log);
        session.tell_noted();
    }
    match rotated {
        Ok(None) => {}
        Ok(Some(doubt)) => session.tell(service, Level::Warning, &format!("{} : {log}: {doubt}", service.name())),
        Err(why) => session.tell(service, Level::Error, &format!("{} : cannot save {log}: {why}", service.name())),
    }
}
