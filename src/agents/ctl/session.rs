//! A run: what is asked, of whom, and the report that grows.

use std::collections::BTreeMap;
use std::time::Duration;

use super::keeper::Keeper;
use super::noted::Noted;
use super::report::{Event, Level, OfService, Report, State};
use super::request::{Action, Request};
use super::stream::Stream;
use super::world::{Cache, Ping, World};
use crate::conf::monitor::{Kind, Monitor, Service};

/// Everything at hand.
pub struct Session<'s> {
    /// The configuration.
    pub(super) monitor: &'s Monitor,
    /// What is asked for.
    pub(super) request: &'s Request,
    /// The system.
    pub(super) world: &'s mut dyn World,
    /// What empties caches.
    pub(super) cache: &'s mut dyn Cache,
    /// Where logs ended when services were started.
    pub(super) noted: Noted<'s>,
    /// What gives clients their requests, if that is a balancer.
    pub(super) stream: Option<Stream<'s>>,
    /// What came of it so far.
    pub(super) report: Report,
    /// The critical events so far, as they stand in the mail.
    pub(super) critical: Vec<String>,
    /// Critical events that are not told, while somebody only wants to know.
    kept: Option<Vec<String>>,
    /// Hosts by whether they answer a ping.
    pub(super) pinged: BTreeMap<String, Result<Ping, String>>,
    /// Clients by the status with which they have refused our login; none, if they took it.
    pub(super) logins: BTreeMap<String, Option<u16>>,
    /// When it was asked last whether one that is starting has ended.
    pub(super) ending_asked: Option<Duration>,
}

impl<'s> Session<'s> {
    /// Nothing is done yet.
    pub fn new(
        monitor: &'s Monitor,
        request: &'s Request,
        world: &'s mut dyn World,
        cache: &'s mut dyn Cache,
        marks: Box<dyn Keeper + 's>,
        stream: Option<Stream<'s>>,
    ) -> Self {
        let report = Report { action: request.action.name(), dry_run: request.dry_run, ..Report::default() };
        let (critical, noted) = (Vec::new(), Noted::new(monitor, marks));
        let (pinged, logins) = (BTreeMap::new(), BTreeMap::new());
        Self {
            monitor,
            request,
            world,
            cache,
            noted,
            stream,
            report,
            critical,
            kept: None,
            pinged,
            logins,
            ending_asked: None,
        }
    }

    /// The report and the critical events.
    pub fn finish(mut self) -> (Report, Vec<String>) {
        self.report.sum_up();
        (self.report, self.critical)
    }

    /// A line of the log.
    pub(super) fn say(&mut self, level: Level, message: &str) {
        self.world.record(level, message);
        if level >= Level::Warning {
            self.report.events.push(Event { level, message: message.to_owned() });
        }
    }

    /// Whether a signal came that wants this to end, and what would come next must not. That is told.
    pub(super) fn ends_here(&mut self) -> bool {
        let Some(asked) = self.world.ends().asked() else { return false };
        if self.report.interrupted.is_none() {
            self.report.interrupted = Some(asked.number);
            self.say(Level::Error, &format!("{} came: nothing more is done", asked.name));
        }
        true
    }

    /// What went wrong with the marks in logs.
    pub(super) fn tell_noted(&mut self) {
        for (level, message) in self.noted.wrong() {
            self.say(level, &message);
        }
    }

    /// A line of the log about a service.
    pub(super) fn tell(&mut self, service: &Service, level: Level, message: &str) {
        if let Some(kept) = &mut self.kept {
            let is_critical = level == Level::Critical;
            kept.extend(is_critical.then(|| message.to_owned()));
            self.world.record(Level::Debug, message);
            let state = if is_critical { State::Critical } else { State::Ok };
            let entry = self.entry(service);
            entry.state = entry.state.max(state);
            return;
        }
        self.world.record(level, message);
        if level == Level::Critical {
            let line = super::stamp::line(self.world.stamp(), level, message);
            self.world.keep(&line);
            self.critical.push(line);
        }
        if level >= Level::Warning {
            let entry = self.entry(service);
            entry.events.push(Event { level, message: message.to_owned() });
            entry.state = entry.state.max(match level {
                Level::Critical => State::Critical,
                Level::Error => State::Wrong,
                _ => State::Ok,
            });
        }
    }

    /// Does something with a service of which nothing is told; the critical events come back.
    pub(super) fn quietly<T>(&mut self, service: &Service, work: impl FnOnce(&mut Self) -> T) -> (T, Vec<String>) {
        let state = std::mem::take(&mut self.entry(service).state);
        self.kept = Some(Vec::new());
        let done = work(self);
        self.entry(service).state = state;
        (done, self.kept.take().unwrap_or_default())
    }

    /// What was done to a service, or would be.
    pub(super) fn did(&mut self, service: &Service, what: &str) {
        let message = if self.request.dry_run { format!("would {what}") } else { what.to_owned() };
        self.world.record(Level::Info, &format!("{} : {message}", service.name()));
        let is_plan = self.request.dry_run;
        let entry = self.entry(service);
        let list = if is_plan { &mut entry.plan } else { &mut entry.done };
        list.push(what.to_owned());
    }

    /// What is told of a service.
    pub(super) fn entry(&mut self, service: &Service) -> &mut OfService {
        self.report.of(service.name(), service.kind.word())
    }

    /// Why a client that refuses our login is not restarted. A restart mends no login; where another client takes it, it may be
    /// this one that is wrong, and whoever names it, or wants it repaired, has it restarted.
    pub(super) fn refusal(&self, service: &Service) -> Option<String> {
        let status = self.logins.get(service.name()).copied().flatten()?;
        let is_taken = self.logins.values().any(Option::is_none);
        if is_taken && (self.is_named(service) || self.request.action == Action::Repair) {
            return None;
        }
        let name = service.name();
        Some(format!(
            "it refuses the login, status {status}: expected `login` and `passwd` in [connect] that {name} takes"
        ))
    }

    /// Tells that there is nothing to be done for a service: an error, if it is named, and otherwise worth so much.
    pub(super) fn tell_idle(&mut self, service: &Service, otherwise: Level, why: &str) {
        let level = if self.is_named(service) { Level::Error } else { otherwise };
        self.tell(service, level, &format!("{} : {why}", service.name()));
    }

    /// The clients among those that are meant. Of others that are named it is told that they are none; `what` is what clients have.
    pub(super) fn selected_clients(&mut self, what: &str) -> Vec<&'s Service> {
        let (clients, others): (Vec<&Service>, Vec<&Service>) =
            self.selected().into_iter().partition(|service| service.kind == Kind::ZeoClient);
        if self.request.services.is_some() {
            for service in others {
                self.tell_idle(service, Level::Error, &format!("is no client; {what} is that of clients"));
            }
        } else if clients.is_empty() {
            self.say(Level::Error, &format!("there is no client; {what} is that of clients"));
        }
        clients
    }

    /// Whether `-s` names it.
    pub(super) fn is_named(&self, service: &Service) -> bool {
        self.request.names(service)
    }

    /// Those that `-s` names, or all.
    pub(super) fn selected(&self) -> Vec<&'s Service> {
        let monitor = self.monitor;
        let all = self.request.services.is_none();
        monitor.services.iter().filter(|service| all || self.is_named(service)).collect()
    }
}
