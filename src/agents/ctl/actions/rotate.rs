//! `rotate`: saves each of `rotate_logs` as `ARCHIVEDIR/YEAR/MONTH/SERVICE-DD-HH-MM-SS-NAME`.

use crate::agents::ctl::report::Level;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::stamp;
use crate::agents::ctl::world::Saved;
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
    // The name of a section may hold what would lead elsewhere.
    let owner = service.name().replace('/', "_");
    let to = format!("{folder}/{}/{owner}-{}-{name}", stamp::month(at), stamp::moment(at));
    if session.request.dry_run {
        return session.did(service, &format!("save {log} as {to}"));
    }
    let reopen = service.rotate_command.as_ref().map(|said| said.value.as_str());
    let Saved { path, doubt } = match session.world.rotate(log, &to, reopen) {
        Ok(saved) => saved,
        Err(why) => {
            let line = format!("{} : cannot save {log}: {why}", service.name());
            return session.tell(service, Level::Error, &line);
        }
    };
    session.did(service, &format!("save {log} as {path}"));
    session.noted.is_emptied(log);
    session.tell_noted();
    if let Some(doubt) = doubt {
        session.tell(service, Level::Warning, &format!("{} : {log}: {doubt}", service.name()));
    }
}
