//! Who is out of the balancer, as a check tells it. Where a client stands is what the balancer says; what is written down says
//! only why, and that it was `ctl`. It may be out of date: a balancer that was restarted has forgotten whom it was told to leave
//! out, and one that refused to be told has never left anybody out.

use super::Found;
use super::balanced::journal;
use super::check;
use super::elsewhere;
use super::report::{Level, State};
use super::roll::{Journal, Why};
use super::session::Session;
use super::stream::{Stream, known};
use crate::agents::balancer::Standing;
use crate::conf::monitor::Service;

/// Tells it.
pub(super) fn tell(session: &mut Session<'_>) {
    let Some(mut stream) = session.stream.take() else { return };
    let written = journal(session, &mut stream);
    let monitor = session.monitor;
    let clients = ask(session, &mut stream);
    let is_nobody_in = clients.iter().all(|(_, place)| *place == Place::Out) && !clients.is_empty();
    for (service, place) in clients {
        of(session, service, place, written.get(service.name()));
    }
    tell_strangers(session, &written);
    if let Some(service) = monitor.balancer().filter(|_| is_nobody_in) {
        session.tell(service, Level::Critical, "nobody serves: all clients are out of the balancer");
    }
    session.stream = Some(stream);
}

/// Where a client stands.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Place {
    In,
    /// The balancer does not find it good.
    Down,
    Out,
    Unknown,
}

/// Where the clients stand. What the balancer does not say is told.
fn ask<'s>(session: &mut Session<'s>, stream: &mut Stream<'_>) -> Vec<(&'s Service, Place)> {
    let monitor = session.monitor;
    let view = match stream.balancer.look() {
        Ok(view) => view,
        Err(problem) => {
            session.say(Level::Error, &format!("it is not known who is out of the balancer: {problem}"));
            return monitor.clients().map(|service| (service, Place::Unknown)).collect();
        }
    };
    let elsewhere = elsewhere::of(monitor, &*view, &Found::new());
    let is_elsewhere = |service: &Service| elsewhere.iter().any(|(own, _)| own.name() == service.name());
    let mut clients = Vec::new();
    for service in monitor.clients() {
        let place = match view.standing(&known(service)) {
            Ok(Standing::In) => Place::In,
            Ok(Standing::Down) => Place::Down,
            Ok(_) => Place::Out,
            Err(_) if is_elsewhere(service) => Place::Unknown,
            Err(problem) => {
                let message = format!("{} : it is not known whether the balancer has it: {problem}", service.name());
                session.say(Level::Error, &message);
                Place::Unknown
            }
        };
        clients.push((service, place));
    }
    for (service, problem) in elsewhere {
        session.tell(service, Level::Error, &problem.to_string());
    }
    clients
}

fn of(session: &mut Session<'_>, service: &Service, place: Place, why: Option<&Why>) {
    let name = service.name();
    let Some(why) = why else {
        if place == Place::Out {
            session.say(Level::Error, &format!("{name} is out of the balancer, and it was not ctl that took it out"));
        }
        return;
    };
    let level = match why {
        Why::Stopped if check::can_connect(session, service) => Level::Error,
        // It gets requests that nobody answers.
        Why::Stopped if place == Place::In => Level::Critical,
        Why::Stopped => Level::Warning,
        Why::Failed(_) | Why::InHand if place == Place::In && is_good(session, service) => Level::Error,
        _ => Level::Critical,
    };
    let message = words(name, place, why);
    if level == Level::Critical { session.tell(service, level, &message) } else { session.say(level, &message) }
}

/// Whether it is good; as the checks of this run have found it, if it was theirs.
fn is_good(session: &mut Session<'_>, service: &Service) -> bool {
    if session.selected().iter().any(|own| own.name() == service.name()) {
        return session.entry(service).state != State::Critical;
    }
    check::is_good(session, service)
}

fn words(name: &str, place: Place, why: &Why) -> String {
    let written = match why {
        // The run may not have come to taking it out.
        Why::InHand => "a run that was cut off had it in hand".to_owned(),
        _ => format!("it is written down to be out: {why}"),
    };
    match (place, why) {
        (_, Why::Ending(_)) => format!("{name} was told to stop: {why}"),
        (Place::Out, _) => format!("{name} is out of the balancer: {why}"),
        (Place::Unknown, _) => format!("{name} may be out of the balancer: {why}"),
        (Place::Down, _) => format!("{name} is in the balancer, which does not find it good; {written}"),
        (Place::In, Why::Stopped) => format!("{name} is in the balancer, though {written}"),
        (Place::In, _) => format!("{name} is in the balancer, though {written}; `repair` takes care of it"),
    }
}

/// Those that are written down and are no clients any more, of which no balancer can be asked.
fn tell_strangers(session: &mut Session<'_>, written: &Journal) {
    let monitor = session.monitor;
    for (name, why) in written.iter() {
        if !monitor.clients().any(|service| service.name() == name) {
            let message = format!(
                "{name} is written down to be out of the balancer, and is no client any more: {why}; `repair` forgets it"
            );
            session.say(Level::Error, &message);
        }
    }
}
