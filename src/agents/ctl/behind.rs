//! The world of a [rolling start](super::roll): a balancer is told, services are turned and checked, and all of it is shown.

use std::collections::BTreeSet;
use std::time::Duration;

use super::actions::start::comes_up;
use super::actions::stop::try_to;
use super::actions::turned::unready;
use super::check;
use super::report::{Level, State};
use super::request::Action;
use super::roll::{Flaw, Journal, Sight, Site, Survey, Tale};
use super::session::Session;
use super::stream::{Stream, known};
use super::world::{Asked, Turn, Unturned};
use crate::agents::balancer::{self, Balancer, Standing};
use crate::base::time::Mono;
use crate::conf::monitor::Service;

/// The rolling start's world.
pub(super) struct Behind<'r, 's, 'b> {
    /// The run.
    pub(super) session: &'r mut Session<'s>,
    balancer: &'s Service,
    stream: &'r mut Stream<'b>,
    /// Who was started last.
    started: Option<String>,
    /// Who was not taken out, as nothing could be done to it then.
    spared: Option<String>,
    /// What is going on.
    at: Option<Tale>,
}

/// Tells something about a service.
pub(super) fn retell(session: &mut Session<'_>, service: &Service, tale: &Tale) {
    let message = tale.to_string();
    match tale.level() {
        Level::Critical => session.tell(service, Level::Critical, &message),
        level => session.say(level, &message),
    }
}

impl<'r, 's, 'b> Behind<'r, 's, 'b> {
    /// Before anything has happened.
    pub(super) fn new(session: &'r mut Session<'s>, balancer: &'s Service, stream: &'r mut Stream<'b>) -> Self {
        Self { session, balancer, stream, started: None, spared: None, at: None }
    }

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
        comes_up(self.session, service).map_err(|ended| ended.unwrap_or_else(|| check::cant_connect(service)))
    }

    /// One that still answers is not taken out for nothing. Whoever starts and stops it, and the balancer if that is restarted for
    /// it, may be away by now; or it refuses our login, so that it would not be found good afterwards.
    fn spare(&mut self, client: &str) -> Result<(), String> {
        let service = self.service(client)?;
        if !check::can_connect(self.session, service) {
            return Ok(());
        }
        let mut needed = vec![service];
        if self.stream.balancer.reads_at_start() {
            needed.push(self.balancer);
        }
        let unready = unready(self.session.world, &needed).into_values().next();
        let Some(why) = unready.or_else(|| self.refusal(service)) else { return Ok(()) };
        self.spared = Some(client.to_owned());
        Err(why)
    }

    /// Why a client that gets requests is not restarted, if it refuses our login now.
    fn refusal(&mut self, service: &Service) -> Option<String> {
        if self.session.request.action == Action::Stop || !check::has_login(self.session, service) {
            return None;
        }
        check::ask(self.session, service);
        let why = self.session.refusal(service)?;
        let standing = self.stream.balancer.standing(&known(service));
        standing.is_ok_and(Standing::is_in).then_some(why)
    }

    fn turn(&mut self, client: &str, on_off: Turn) -> Result<(), Unturned> {
        let service = self.service(client)?;
        try_to(self.session, service, on_off)
    }

    /// A stage of a turn: a line of the log when it begins, and progress.
    fn stage(&mut self, tale: &Tale) {
        let is_new = self.at.as_ref().is_none_or(|before| !tale.goes_on(before));
        let words = tale.to_string();
        if is_new {
            self.session.world.record(Level::Info, &words);
        }
        self.session.world.progress(&words, is_new);
        self.at = Some(tale.clone());
    }
}

impl Site for Behind<'_, '_, '_> {
    fn now(&self) -> Mono {
        Mono(u64::try_from(self.session.world.elapsed().as_nanos()).unwrap_or(u64::MAX))
    }

    fn asked(&mut self) -> Option<Asked> {
        self.session.world.ends().asked()
    }

    fn sleep(&mut self, until: Mono) {
        let was_asked = self.asked().is_some();
        // Nobody who asks for an end waits for that of a long one.
        while self.now() < until && (was_asked || self.asked().is_none()) {
            let now = self.now();
            self.session.world.pause((until - now).min(Duration::from_secs(1)));
        }
    }

    fn record(&mut self, journal: &Journal) -> Result<(), String> {
        self.stream.keep(journal)
    }

    fn drain(&mut self, client: &str) -> Result<(), String> {
        self.spare(client)?;
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
        if self.spared.take().is_some_and(|spared| spared == client) {
            return Ok(());
        }
        self.tell_balancer(client, |balancer, client| balancer.put_back(client))
    }

    fn serves(&mut self, client: &str) -> Result<bool, String> {
        let client = known(self.service(client)?);
        let standing = self.stream.balancer.standing(&client).map_err(|problem| problem.to_string())?;
        Ok(standing == Standing::In)
    }

    fn survey(&mut self, closely: &BTreeSet<String>) -> Result<Survey, String> {
        let monitor = self.session.monitor;
        let mut survey = Survey::new();
        let view = self.stream.balancer.look().map_err(|problem| problem.to_string())?;
        let standing = |service| Ok((service, view.standing(&known(service))?));
        let standings = monitor.clients().map(standing).collect::<Result<Vec<_>, balancer::Problem>>();
        drop(view);
        for (service, standing) in standings.map_err(|problem| problem.to_string())? {
            let is_out = !standing.is_in();
            let sight = match standing {
                _ if is_out => {
                    Sight::Out { is_good: closely.contains(service.name()) && check::is_good(self.session, service) }
                }
                _ if !check::is_reached(self.session, service) => Sight::Dead,
                Standing::In => Sight::Serves,
                _ => Sight::Bad,
            };
            survey.insert(service.name().to_owned(), sight);
        }
        Ok(survey)
    }

    fn stop(&mut self, client: &str) -> Result<(), Unturned> {
        self.turn(client, Turn::Off)
    }

    fn start(&mut self, client: &str) -> Result<(), String> {
        self.started = Some(client.to_owned());
        self.turn(client, Turn::On).map_err(|unturned| unturned.why)
    }

    fn check(&mut self, client: &str) -> Result<(), Flaw> {
        let service = self.service(client)?;
        // One that is starting is asked again anyway; of any other, one connection that fails says little.
        let is_starting = self.started.as_deref() == Some(client);
        let is_reached = if is_starting { check::can_connect } else { check::is_reached };
        if !is_starting {
            check::stays(self.session, service)?;
        }
        if is_reached(self.session, service) {
            return Ok(check::examine(self.session, service)?);
        }
        match is_starting.then(|| check::ending(self.session, service)).flatten() {
            Some(why) => Err(Flaw { why, is_final: true }),
            None => Err(check::cant_connect(service).into()),
        }
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
        self.session.world.progress("", true);
        let service = tale.client().and_then(|client| self.service(client).ok());
        if let (Tale::Serves { is_restarted, .. }, Some(service)) = (tale, service) {
            let entry = self.session.entry(service);
            entry.done.push(if *is_restarted { "restart" } else { "recover" }.to_owned());
            // What was found before is over.
            entry.state = State::Ok;
        }
        retell(self.session, service.unwrap_or(self.balancer), tale);
    }
}
