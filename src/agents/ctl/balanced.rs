//! Clients behind a balancer: `start`, `stop` and `repair` by a [rolling start](super::roll).

use std::collections::BTreeSet;
use std::fs;
use std::io::ErrorKind;
use std::path::PathBuf;
use std::time::Duration;

use super::actions::start::{is_up, restart};
use super::actions::stop::try_to;
use super::check;
use super::report::{Level, State};
use super::roll::{self, Aim, Client, Journal, Site, Tale, Terms, Why};
use super::session::Session;
use super::world::{Turn, Unturned};
use crate::agents::balancer::haproxy::HaProxy;
use crate::agents::balancer::nginx::Nginx;
use crate::agents::balancer::pound_file::PoundFile;
use crate::agents::balancer::pound_socket::PoundSocket;
use crate::agents::balancer::{self, Balancer, Standing};
use crate::agents::replace::replace;
use crate::base::time::Mono;
use crate::conf::monitor::{Kind, Monitor, Service};

/// What gives clients their requests.
pub struct Stream<'s> {
    /// The balancer.
    pub balancer: Box<dyn Balancer + 's>,
    /// Where it is written down who is out because of us.
    pub journal: Box<dyn Keeper + 's>,
}

/// Keeps the text of a journal.
pub trait Keeper {
    /// The text; none where there is none.
    fn read(&mut self) -> Result<Option<String>, String>;
    /// Keeps a text, or nothing.
    fn write(&mut self, text: Option<&str>) -> Result<(), String>;
}

/// A journal in a file, which is there only while somebody is out.
#[derive(Clone, Debug)]
pub struct InFile(pub PathBuf);

impl Keeper for InFile {
    fn read(&mut self) -> Result<Option<String>, String> {
        match fs::read(&self.0) {
            Ok(bytes) => Ok(Some(String::from_utf8_lossy(&bytes).into_owned())),
            Err(why) if why.kind() == ErrorKind::NotFound => Ok(None),
            Err(why) => Err(format!("cannot read {}: {why}", self.0.display())),
        }
    }

    fn write(&mut self, text: Option<&str>) -> Result<(), String> {
        let done = match text {
            Some(text) => replace(&self.0, text.as_bytes()),
            None => fs::remove_file(&self.0),
        };
        match done {
            Err(why) if why.kind() != ErrorKind::NotFound => Err(format!("cannot write {}: {why}", self.0.display())),
            _ => Ok(()),
        }
    }
}

/// The balancer of a cluster, if it has one.
pub fn balancer(monitor: &Monitor) -> Option<Box<dyn Balancer>> {
    let service = monitor.balancer()?;
    Some(match &service.kind {
        Kind::HaProxy(own) => Box::new(HaProxy {
            socket: own.socket.value.clone(),
            backend: own.backend.value.clone(),
            server_state: own.server_state.as_ref().map(|said| said.value.clone()),
        }),
        Kind::Pound(own) => match &own.control_socket {
            Some(socket) => Box::new(PoundSocket { socket: socket.value.clone() }),
            None => Box::new(PoundFile { conf: own.conf.value.clone(), exe: own.exe.value.clone() }),
        },
        Kind::Nginx(own) => Box::new(Nginx {
            conf: own.conf.value.clone(),
            upstream: own.upstream.value.clone(),
            check: own.check.value.clone(),
            reload: own.reload.value.clone(),
            pid_file: service.pid_file.as_ref().map_or_else(|| NGINX_PID.to_owned(), |said| said.value.clone()),
        }),
        _ => return None,
    })
}

/// Where Debian's nginx has the pid of its master.
const NGINX_PID: &str = "/run/nginx.pid";

/// How the balancer knows a client.
fn known(service: &Service) -> balancer::Client {
    balancer::Client {
        name: service.name().to_owned(),
        server: service.server().to_owned(),
        host: service.address().to_owned(),
        port: service.port.as_ref().map_or(80, |port| port.value),
    }
}

/// Does it, and whoever was left out by a run before is taken care of.
pub(super) fn run(session: &mut Session<'_>, aim: Aim, asked: &[&Service]) {
    let Some(mut stream) = session.stream.take() else { return };
    if let Some(service) = session.monitor.balancer() {
        let mut written = journal(session, &mut stream);
        if aim == Aim::Repair {
            forget_strangers(session, &mut stream, &mut written);
        }
        let (clients, unknown) = find(session, &mut stream, asked);
        tell_unknown(session, service, &unknown);
        let outcome = work(session, service, &mut stream, &clients, written, aim);
        if aim == Aim::Repair {
            restart_alone(session, &unknown, &clients, &outcome);
        }
    }
    session.stream = Some(stream);
}

/// Tells who is out of the balancer, for a check: whoever a run before has left out, and whoever else is.
pub(super) fn tell(session: &mut Session<'_>) {
    let Some(mut stream) = session.stream.take() else { return };
    let written = journal(session, &mut stream);
    let monitor = session.monitor;
    for (name, why) in written.iter() {
        let message = match why {
            Why::Ending(_) => format!("{name} was told to stop: {why}"),
            _ => format!("{name} is out of the balancer: {why}"),
        };
        match monitor.clients().find(|service| service.name() == name) {
            Some(service) if *why != Why::Stopped => session.tell(service, Level::Critical, &message),
            Some(_) => session.say(Level::Warning, &message),
            None => session.say(Level::Error, &message),
        }
    }
    let mut is_anybody_in = monitor.clients().next().is_none();
    for service in monitor.clients() {
        // That a balancer does not answer is for its own check to tell.
        let is_out = stream.balancer.standing(&known(service)).is_ok_and(|standing| !standing.is_in());
        is_anybody_in |= !is_out;
        let name = service.name();
        if is_out && written.get(name).is_none() {
            session.say(Level::Error, &format!("{name} is out of the balancer, and it was not ctl that took it out"));
        }
    }
    if let Some(service) = monitor.balancer().filter(|_| !is_anybody_in) {
        session.tell(service, Level::Critical, "nobody serves: all clients are out of the balancer");
    }
    session.stream = Some(stream);
}

fn journal(session: &mut Session<'_>, stream: &mut Stream<'_>) -> Journal {
    match stream.journal.read() {
        Ok(None) => Journal::default(),
        Ok(Some(text)) => Journal::read(&text).unwrap_or_else(|| {
            session.say(Level::Error, "who is out of the balancer cannot be read: the file is no journal of ctl");
            Journal::default()
        }),
        Err(why) => {
            session.say(Level::Error, &why);
            Journal::default()
        }
    }
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
    if let Err(why) = keep(stream, written) {
        session.say(Level::Error, &why);
    }
}

fn keep(stream: &mut Stream<'_>, journal: &Journal) -> Result<(), String> {
    let text = journal.written();
    stream.journal.write((!journal.is_empty()).then_some(text.as_str()))
}

/// A client of which the balancer does not say where it stands, and why.
type Unknown<'s> = (&'s Service, String);

/// The clients as they are, and those of which that is not known.
fn find<'s>(session: &mut Session<'s>, stream: &mut Stream<'_>, asked: &[&Service]) -> (Vec<Client>, Vec<Unknown<'s>>) {
    let monitor = session.monitor;
    let (mut clients, mut unknown) = (Vec::new(), Vec::new());
    for service in monitor.clients() {
        let standing = match stream.balancer.standing(&known(service)) {
            Ok(standing) => standing,
            Err(problem) => {
                unknown.push((service, problem.to_string()));
                continue;
            }
        };
        let is_dead = !check::is_reached(session, service);
        let flaw = if is_dead { Err(cant_connect(service)) } else { examine(session, service) }.err();
        clients.push(Client {
            name: service.name().to_owned(),
            // Those of no pool come last.
            pool: service.pool.value.checked_sub(1).unwrap_or(u32::MAX),
            is_asked: asked.iter().any(|own| own.name() == service.name()),
            is_dead,
            flaw,
            patience: Duration::from_secs(service.start_timeout.value),
            is_in: standing.is_in(),
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
        let had_turn = outcome.serves.iter().chain(&outcome.failed).any(|done| done == name);
        let was_dead = clients.iter().any(|client| client.name == name && client.is_dead) && !had_turn;
        let is_unknown = unknown.iter().any(|(own, _)| own.name() == name);
        if (is_unknown || was_dead) && !check::is_reached(session, service) {
            if !session.request.dry_run {
                session.say(Level::Error, &format!("{name} is restarted without the balancer"));
            }
            restart(session, service);
        }
    }
}

fn cant_connect(service: &Service) -> String {
    format!("{} cant connect", service.name())
}

/// All checks, of which nothing is told; why it is not good.
fn examine(session: &mut Session<'_>, service: &Service) -> Result<(), String> {
    let (is_good, flaws) = session.quietly(service, |session| check::all(session, service));
    if is_good { Ok(()) } else { Err(flaws.join("; ")) }
}

fn work<'s>(
    session: &mut Session<'s>,
    service: &'s Service,
    stream: &mut Stream<'_>,
    clients: &[Client],
    written: Journal,
    aim: Aim,
) -> roll::Outcome {
    let plan = roll::plan(clients, &written, aim);
    if session.request.dry_run {
        let monitor = session.monitor;
        for turn in &plan.turns {
            if let Some(service) = monitor.clients().find(|service| service.name() == turn.client.name) {
                session.did(service, &turn.task.to_string());
            }
        }
        // All of them would have their turn.
        let serves = clients.iter().map(|client| client.name.clone()).collect();
        return roll::Outcome { serves, ..roll::Outcome::default() };
    }
    let rolling = &session.monitor.rolling;
    let terms = Terms {
        least: usize::try_from(rolling.min_serving.value).unwrap_or(usize::MAX),
        drain: Duration::from_secs(rolling.drain_timeout.value),
        pause: Duration::from_secs(service.time_to_sleep().unwrap_or(0)),
    };
    let mut site = Behind { balancer: service, stream, started: None, at: None, session };
    let outcome = roll::run(plan, written, terms, &mut site);
    site.session.world.progress("", None);
    let bad = outcome.failed.len();
    if bad > 0 {
        let message = format!("there is {bad} bad backends : please check {}", outcome.failed.join(", "));
        site.session.say(Level::Error, &message);
    }
    outcome
}

/// The rolling start's world.
struct Behind<'r, 's, 'b> {
    session: &'r mut Session<'s>,
    balancer: &'s Service,
    stream: &'r mut Stream<'b>,
    /// Who was started last.
    started: Option<String>,
    /// What is going on, and since when.
    at: Option<(Tale, Mono)>,
}

impl<'s> Behind<'_, 's, '_> {
    fn service(&self, client: &str) -> Result<&'s Service, String> {
        let monitor = self.session.monitor;
        monitor.clients().find(|service| service.name() == client).ok_or_else(|| format!("there is no {client}"))
    }

    fn tell_balancer(
        &mut self,
        client: &str,
        told: impl FnOnce(&mut dyn Balancer, &balancer::Client) -> Result<(), balancer::Problem>,
    ) -> Result<(), String> {
        let client = known(self.service(client)?);
        told(&mut *self.stream.balancer, &client).map_err(|problem| problem.to_string())?;
        if self.stream.balancer.reads_at_start() { self.restart_balancer() } else { Ok(()) }
    }

    fn restart_balancer(&mut self) -> Result<(), String> {
        let service = self.balancer;
        for on_off in [Turn::Off, Turn::On] {
            try_to(self.session, service, on_off).map_err(|unturned| unturned.why)?;
        }
        if is_up(self.session, service) { Ok(()) } else { Err(format!("{} cant connect", service.name())) }
    }

    fn turn(&mut self, client: &str, on_off: Turn) -> Result<(), Unturned> {
        let service = self.service(client)?;
        try_to(self.session, service, on_off)
    }

    /// Shows for how long it has been going on.
    fn show(&mut self) {
        if let Some((tale, since)) = &self.at {
            let after = self.now() - *since;
            self.session.world.progress(&tale.to_string(), Some(after));
        }
    }

    /// A stage of a turn: a line of the log when it begins, and progress.
    fn stage(&mut self, tale: &Tale) {
        let is_new = self.at.as_ref().is_none_or(|(before, _)| !tale.goes_on(before));
        if is_new {
            self.session.world.record(Level::Info, &tale.to_string());
            self.session.world.progress(&tale.to_string(), None);
        }
        let since = self.at.as_ref().map(|(_, since)| *since).filter(|_| !is_new).unwrap_or_else(|| self.now());
        self.at = Some((tale.clone(), since));
    }
}

impl Site for Behind<'_, '_, '_> {
    fn now(&self) -> Mono {
        Mono(u64::try_from(self.session.world.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn sleep(&mut self, until: Mono) {
        // A long one is shown as it passes.
        while self.now() < until {
            let now = self.now();
            self.session.world.pause((until - now).min(Duration::from_secs(1)));
            self.show();
        }
    }

    fn record(&mut self, journal: &Journal) -> Result<(), String> {
        keep(self.stream, journal)
    }

    fn drain(&mut self, client: &str) -> Result<(), String> {
        self.tell_balancer(client, |balancer, client| balancer.drain(client))
    }

    fn left(&mut self, client: &str) -> Result<u64, String> {
        let client = known(self.service(client)?);
        self.stream.balancer.left(&client).map_err(|problem| problem.to_string())
    }

    fn close(&mut self, client: &str) -> Result<(), String> {
        let client = known(self.service(client)?);
        self.stream.balancer.close(&client).map_err(|problem| problem.to_string())
    }

    fn put_back(&mut self, client: &str) -> Result<(), String> {
        self.tell_balancer(client, |balancer, client| balancer.put_back(client))
    }

    fn serves(&mut self, client: &str) -> Result<bool, String> {
        let client = known(self.service(client)?);
        let standing = self.stream.balancer.standing(&client).map_err(|problem| problem.to_string())?;
        Ok(standing == Standing::In)
    }

    fn stop(&mut self, client: &str) -> Result<(), Unturned> {
        self.turn(client, Turn::Off)
    }

    fn start(&mut self, client: &str) -> Result<(), String> {
        self.started = Some(client.to_owned());
        self.turn(client, Turn::On).map_err(|unturned| unturned.why)
    }

    fn check(&mut self, client: &str) -> Result<(), String> {
        let service = self.service(client)?;
        // One that is starting is asked again anyway; of any other, one connection that fails says little.
        let is_starting = self.started.as_deref() == Some(client);
        let is_reached = if is_starting { check::can_connect } else { check::is_reached };
        if is_reached(self.session, service) { examine(self.session, service) } else { Err(cant_connect(service)) }
    }

    fn feed(&mut self, client: &str) -> Result<(), String> {
        let service = self.service(client)?;
        let (is_fed, flaws) = self.session.quietly(service, |session| check::feed(session, service));
        if is_fed { Ok(()) } else { Err(flaws.join("; ")) }
    }

    fn tell(&mut self, tale: &Tale) {
        if matches!(tale, Tale::At { .. }) {
            return self.stage(tale);
        }
        self.at = None;
        self.session.world.progress("", None);
        let message = tale.to_string();
        let service = tale.client().and_then(|client| self.service(client).ok());
        if let (Tale::Serves { .. }, Some(service)) = (tale, service) {
            let entry = self.session.entry(service);
            entry.done.push("restart".to_owned());
            // What was found before is over.
            entry.state = State::Ok;
        }
        match (tale.is_critical(), tale.is_warning(), service) {
            (true, _, Some(service)) => self.session.tell(service, Level::Critical, &message),
            (true, _, None) => self.session.tell(self.balancer, Level::Critical, &message),
            (_, true, _) => self.session.say(Level::Warning, &message),
            _ => self.session.world.record(Level::Info, &message),
        }
    }
}
