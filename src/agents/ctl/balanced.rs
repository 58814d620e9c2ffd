//! Clients behind a balancer: `start`, `stop` and `repair` by a [rolling start](super::roll).

use std::collections::{BTreeMap, BTreeSet};
use std::time::Duration;

use super::Found;
use super::actions::start::restart;
use super::actions::turned::unready;
use super::behind::{Behind, retell};
use super::check;
use super::elsewhere;
use super::rehearsal::Rehearsal;
use super::report::Level;
use super::roll::{self, Aim, Client, Journal, Plan, Tale, Task, Terms, Turn, Why};
use super::session::Session;
use super::stream::{Stream, known};
use crate::agents::balancer::Standing;
use crate::conf::monitor::Service;

/// Does it, and whoever was left out by a run before is taken care of.
pub(super) fn run(session: &mut Session<'_>, aim: Aim, asked: &[&Service]) {
    let Some(mut stream) = session.stream.take() else { return };
    if let Some(service) = session.monitor.balancer() {
        let mut written = journal(session, &mut stream);
        if aim == Aim::Repair {
            forget_strangers(session, &mut stream, &mut written);
        }
        let places = ask(session, &mut stream, &written);
        if places.elsewhere.is_empty() {
            let (clients, unknown) = find(session, places, &written, asked);
            tell_unknown(session, service, &unknown);
            let outcome = work(session, service, &mut stream, &clients, written, aim);
            if aim == Aim::Repair {
                restart_alone(session, &unknown, &clients, &outcome);
            }
        } else {
            refuse(session, &places.elsewhere);
        }
    }
    session.stream = Some(stream);
}

/// Tells who is elsewhere. Nobody is turned: by our address such a client would pass for dead.
fn refuse(session: &mut Session<'_>, elsewhere: &[(&Service, String)]) {
    for (service, why) in elsewhere {
        session.tell(service, Level::Critical, why);
    }
    session.say(Level::Error, "no client is started or stopped");
}

/// Who is out by what is written down. What cannot be read is told, with what is to be done about it.
pub(super) fn journal(session: &mut Session<'_>, stream: &mut Stream<'_>) -> Journal {
    let text = match stream.journal.read() {
        Ok(None) => return Journal::default(),
        Ok(Some(text)) => text,
        Err(why) => {
            session.say(Level::Error, &why);
            return Journal::default();
        }
    };
    let (journal, flaws) = Journal::read(&text);
    let place = stream.journal.place();
    for flaw in &flaws {
        session.say(Level::Error, &format!("{place}: {flaw}"));
    }
    if !flaws.is_empty() {
        let message = format!(
            "{place} should say who is out of the balancer: see who is by `check`, put those back by `start -s NAME`, and \
             remove the file"
        );
        session.say(Level::Error, &message);
    }
    journal
}

/// Strikes off those that are no clients any more: nobody would ever put them back.
fn forget_strangers(session: &mut Session<'_>, stream: &mut Stream<'_>, written: &mut Journal) {
    let monitor = session.monitor;
    let is_stranger = |name: &&str| !monitor.clients().any(|service| service.name() == *name);
    let strangers: Vec<String> = written.iter().map(|(name, _)| name).filter(is_stranger).map(str::to_owned).collect();
    for name in &strangers {
        written.strike(name);
        let message = format!("{name} is no client any more: that it is out of the balancer is forgotten");
        session.say(Level::Warning, &message);
    }
    if strangers.is_empty() || session.request.dry_run {
        return;
    }
    if let Err(why) = stream.keep(written) {
        session.say(Level::Error, &why);
    }
}

/// Whether the balancer does not run, and a run that is not dry would have started it by now.
fn would_be_started(session: &mut Session<'_>) -> bool {
    let Some(balancer) = session.monitor.balancer().filter(|_| session.request.dry_run) else { return false };
    let mut planned = session.report.services.iter().filter(|service| !service.plan.is_empty());
    planned.any(|service| service.name == balancer.name()) && !check::can_connect(session, balancer)
}

/// A client of which the balancer does not say where it stands, and why.
type Unknown<'s> = (&'s Service, String);

/// What the balancer says of the clients.
struct Places<'s> {
    standings: Vec<(&'s Service, Result<Standing, String>)>,
    elsewhere: Vec<(&'s Service, String)>,
}

/// Asks the balancer, once for all clients. It is known of none where they stand if it would not do anything.
fn ask<'s>(session: &mut Session<'s>, stream: &mut Stream<'_>, written: &Journal) -> Places<'s> {
    let monitor = session.monitor;
    let is_cold = would_be_started(session);
    let silence = stream.silence.take().filter(|_| !was_turned(session));
    let silence =
        silence.or_else(|| stream.balancer.may_be_told().err().filter(|_| !is_cold).map(|problem| problem.to_string()));
    let view = silence.map_or_else(|| stream.balancer.look().map_err(|problem| problem.to_string()), Err);
    let standing = |service: &Service| {
        let said = view.as_ref().map_err(Clone::clone);
        let standing = said.and_then(|view| view.standing(&known(service)).map_err(|problem| problem.to_string()));
        match standing {
            // Then it has all but those that are written down.
            Err(_) if is_cold && written.get(service.name()).is_none() => Ok(Standing::In),
            Err(_) if is_cold => Ok(Standing::Out),
            standing => standing,
        }
    };
    let standings = monitor.clients().map(|service| (service, standing(service))).collect();
    let elsewhere = view.as_ref().map(|view| elsewhere::of(monitor, &**view, &Found::new())).unwrap_or_default();
    let elsewhere = elsewhere.into_iter().map(|(service, problem)| (service, problem.to_string())).collect();
    Places { standings, elsewhere }
}

/// Whether the balancer was started by this run, so that it may be another one than before.
fn was_turned(session: &Session<'_>) -> bool {
    let is_own = |name: &str| session.monitor.balancer().is_some_and(|balancer| balancer.name() == name);
    session.report.services.iter().any(|service| is_own(&service.name) && !service.done.is_empty())
}

/// The clients as they are, and those of which that is not known.
fn find<'s>(
    session: &mut Session<'s>,
    places: Places<'s>,
    written: &Journal,
    asked: &[&Service],
) -> (Vec<Client>, Vec<Unknown<'s>>) {
    let (mut clients, mut unknown) = (Vec::new(), Vec::new());
    for (service, standing) in places.standings {
        let standing = match standing {
            Ok(standing) => standing,
            Err(why) => {
                unknown.push((service, why));
                continue;
            }
        };
        let is_dead = !check::is_reached(session, service);
        let good = match written.get(service.name()) {
            _ if is_dead => Err(check::cant_connect(service)),
            // It may have been told to stop.
            Some(Why::InHand | Why::Ending(_)) => {
                check::stays(session, service).and_then(|()| check::examine(session, service))
            }
            _ => check::examine(session, service),
        };
        clients.push(Client {
            name: service.name().to_owned(),
            // Those of no pool come last.
            pool: service.pool.value.checked_sub(1).unwrap_or(u32::MAX),
            is_asked: asked.iter().any(|own| own.name() == service.name()),
            is_named: session.is_named(service),
            is_dead,
            flaw: good.err(),
            patience: Duration::from_secs(service.start_timeout.value),
            is_in: standing.is_in(),
            is_new: standing == Standing::Absent,
        });
    }
    (clients, unknown)
}

/// Tells what the balancer does not know: once, where it is the same for all.
fn tell_unknown(session: &mut Session<'_>, balancer: &Service, unknown: &[Unknown<'_>]) {
    let reasons: BTreeSet<&str> = unknown.iter().map(|(_, why)| why.as_str()).collect();
    for why in reasons {
        session.tell(balancer, Level::Critical, &format!("{} : {why}", balancer.name()));
    }
}

/// Restarts those that nobody can connect to and that the balancer has not let have their turn: it is no worse for anybody.
fn restart_alone(session: &mut Session<'_>, unknown: &[Unknown<'_>], clients: &[Client], outcome: &roll::Outcome) {
    let monitor = session.monitor;
    for service in monitor.clients() {
        let name = service.name();
        let mut done = outcome.serves.iter().chain(&outcome.failed).chain(&outcome.left);
        let had_turn = done.any(|done| done == name);
        let was_dead = clients.iter().any(|client| client.name == name && client.is_dead) && !had_turn;
        let is_unknown = unknown.iter().any(|(own, _)| own.name() == name);
        if (is_unknown || was_dead) && !check::is_reached(session, service) {
            if session.ends_here() {
                return;
            }
            if !session.request.dry_run {
                session.say(Level::Error, &format!("{name} is restarted without the balancer"));
            }
            restart(session, service);
        }
    }
}

/// Shows what would be done, and tells what would be refused.
fn rehearse(
    session: &mut Session<'_>,
    balancer: &Service,
    stream: &Stream<'_>,
    plan: &Plan,
    written: Journal,
    terms: Terms,
) -> roll::Outcome {
    let monitor = session.monitor;
    let find = |name: &str| monitor.clients().find(|service| service.name() == name);
    let deaf = if stream.balancer.reads_at_start() { unready(session.world, &[balancer]) } else { BTreeMap::new() };
    let deaf = deaf.into_values().next();
    let refused = plan.turns.iter().filter(|turn| turn.client.is_in && turn.task != Task::Stop).filter_map(|turn| {
        let service = find(&turn.client.name)?;
        Some((turn.client.name.clone(), session.refusal(service)?))
    });
    let mut site = Rehearsal::new(plan, deaf, refused.collect());
    let outcome = roll::run(plan.clone(), written, terms, &mut site);
    let Rehearsal { begun, told, .. } = site;
    for turn in &plan.turns[..begun] {
        let is_left = |tale: &Tale| matches!(tale, Tale::Balancer { .. }) && tale.client() == Some(&turn.client.name);
        if let Some(service) = find(&turn.client.name).filter(|_| !told.iter().any(is_left)) {
            session.did(service, &turn.task.to_string());
        }
    }
    for tale in &told {
        retell(session, tale.client().and_then(find).unwrap_or(balancer), tale);
    }
    outcome
}

/// Strikes those off the plan that would be taken out of the balancer for nothing, as they can be neither started nor stopped. They
/// are told; their names.
fn strike_unready(session: &mut Session<'_>, plan: &mut Plan, written: &Journal) -> Vec<String> {
    let monitor = session.monitor;
    let find = |turn: &Turn| monitor.clients().find(|service| service.name() == turn.client.name);
    let turned: Vec<&Service> = plan.turns.iter().filter(|turn| turn.needs_control()).filter_map(find).collect();
    let unready = unready(session.world, &turned);
    let struck = plan.strike(|name| unready.contains_key(name), written);
    for turn in &struck {
        let Some((service, why)) = find(turn).and_then(|service| Some((service, unready.get(service.name())?))) else {
            continue;
        };
        let (level, word) = match turn.task {
            Task::Stop => (Level::Error, "stopped"),
            _ => (Level::Critical, "restarted"),
        };
        let client = &turn.client;
        let state = match () {
            () if client.serves() => "serves as before",
            () if client.is_dead && client.is_in => "leaves the balancer as it is dead",
            () => "stays as it is",
        };
        session.tell(service, level, &format!("{} is not {word}, and {state}: {why}", service.name()));
    }
    struck.into_iter().map(|turn| turn.client.name).collect()
}

fn work<'s>(
    session: &mut Session<'s>,
    service: &'s Service,
    stream: &mut Stream<'_>,
    clients: &[Client],
    written: Journal,
    aim: Aim,
) -> roll::Outcome {
    let rolling = &session.monitor.rolling;
    let terms = Terms {
        least: usize::try_from(rolling.min_serving.value).unwrap_or(usize::MAX),
        drain: Duration::from_secs(rolling.drain_timeout.value),
        pause: Duration::from_secs(service.time_to_sleep().unwrap_or(0)),
    };
    let mut plan = roll::plan(clients, &written, aim, terms.least);
    let unready = strike_unready(session, &mut plan, &written);
    if session.request.dry_run {
        let mut outcome = rehearse(session, service, stream, &plan, written, terms);
        outcome.left.extend(unready);
        return outcome;
    }
    let mut site = Behind::new(session, service, stream);
    site.session.world.ends().hold(true);
    let mut outcome = roll::run(plan, written, terms, &mut site);
    outcome.left.extend(unready);
    site.session.world.ends().hold(false);
    site.session.report.interrupted = outcome.interrupted.map(|asked| asked.number);
    site.session.world.progress("", true);
    let bad = outcome.failed.len();
    if bad > 0 {
        let message = format!("there is {bad} bad backends : please check {}", outcome.failed.join(", "));
        site.session.say(Level::Error, &message);
    }
    if !outcome.cut.is_empty() {
        let message = format!(
            "connections were cut at {}: they had not ended within `drain_timeout`, {} s",
            outcome.cut.join(", "),
            terms.drain.as_secs()
        );
        site.session.say(Level::Error, &message);
    }
    outcome
}
