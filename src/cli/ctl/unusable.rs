//! What says how services are started and stopped, and is no use for it: a file that cannot be read, a program that is not in it.
//! Told before anything is done, not when a service is down.
//!
//! A supervisor's file says what it has once it is started anew. One that runs may have others: whatever it has is no mistake.

use std::collections::BTreeMap;
use std::path::Path;
use std::time::Duration;

use super::files::Plain;
use crate::agents::ctl::request::{Action, Request};
use crate::agents::plain;
use crate::base::seams::{Files as _, ReadError};
use crate::base::{Diagnostic, Severity, Sources};
use crate::cli::{dropin, supervisorctl, surroundings::Surroundings, zdaemon};
use crate::client::proxy::Proxy;
use crate::client::transport::Server;
use crate::conf::monitor::problem::Problem;
use crate::conf::monitor::{Control, Monitor, Service};
use crate::conf::namespec::Namespec;
use crate::conf::{path, read, zconfig};
use crate::sources::host::Host;

/// How long a supervisor may take to say what it has.
const PATIENCE: Duration = Duration::from_secs(5);

/// What is wrong with the controls of those services that may be started or stopped, each once. For a check, which needs none of
/// them, it is worth a warning; a file that only others may read is not.
pub(super) fn unusable(monitor: &Monitor, request: &Request) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    let mut confs = BTreeMap::new();
    for service in request.may_turn(monitor) {
        let Some((mut finding, is_known)) = of(service, &mut confs) else { continue };
        if request.action == Action::Check {
            finding.severity = Severity::Warning;
        }
        if (is_known || finding.severity == Severity::Error) && !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

/// What is wrong with that of a service, and whether that is not only so for whoever runs this.
fn of(service: &Service, confs: &mut BTreeMap<String, Result<Conf, Flaw>>) -> Option<(Diagnostic, bool)> {
    let control = &service.control;
    let (key, path, span, expected, flaw) = match &control.value {
        Control::Supervisor { program, conf } => {
            let (key, span) = conf.as_ref().map_or(("control", control.span), |said| ("supervisor_conf", said.span));
            let Some(path) = conf.as_ref().map(|said| said.value.clone()).or_else(dropin::find_configuration) else {
                return Some((nowhere(program).at(span), true));
            };
            match confs.entry(path.clone()).or_insert_with(|| Conf::read(&path)) {
                Ok(conf) => return Some((conf.without(program, &path)?.at(control.span), true)),
                Err(flaw) => (key, path, span, SUPERVISOR, flaw.clone()),
            }
        }
        Control::Zdaemon { conf } => ("control", conf.clone(), control.span, ZDAEMON, zdaemon_flaw(conf)?),
        Control::None | Control::Systemd { .. } | Control::Commands { .. } => return None,
    };
    let Flaw { why, is_known } = flaw;
    Some((Problem::BadFile { key, path, expected, why }.at(span), is_known))
}

fn nowhere(program: &str) -> Problem {
    let expected = "a `supervisor_conf` beside it, as there is no supervisord.conf in the usual places".to_owned();
    Problem::BadValue { key: "control", value: format!("supervisor:{program}"), expected }
}

/// What is wrong with a file.
#[derive(Clone)]
struct Flaw {
    why: String,
    is_known: bool,
}

fn text(path: &str) -> Result<String, Flaw> {
    let path = path::absolute(Surroundings::now().directory(), path);
    plain::is_or_may_be(Path::new(&path)).map_err(|why| Flaw { is_known: true, why: why.to_string() })?;
    Host.read(&path).map_err(|why| Flaw { is_known: why == ReadError::NotFound, why: why.to_string() })
}

/// What is wrong with a zdaemon.conf. What it includes is looked at before the controller reads it, which waits for pipes.
fn zdaemon_flaw(conf: &str) -> Option<Flaw> {
    let text = match text(conf) {
        Ok(text) => text,
        Err(flaw) => return Some(flaw),
    };
    let (files, surroundings) = (Plain::default(), Surroundings::now());
    zconfig::zdaemon::read(&mut Sources::new(), conf, &text, &[], &surroundings.context_with(&files));
    let why = files.refused().map(|refused| format!("it includes {refused}")).or_else(|| zdaemon::flaw(conf))?;
    Some(Flaw { why, is_known: true })
}

/// A supervisord.conf.
struct Conf {
    server: Server,
    /// Groups and processes that a supervisor has which is started with it; none where that cannot be told, as with a file that only
    /// says where one listens.
    says: Vec<(String, String)>,
    /// Those that the one has which runs, once it is asked; none if it does not say so.
    has: Option<Vec<(String, String)>>,
}

impl Conf {
    fn read(path: &str) -> Result<Self, Flaw> {
        let (text, surroundings) = (text(path)?, Surroundings::now());
        let client = supervisorctl::client_of(path, text.clone(), &surroundings);
        let client = client.map_err(|refusal| Flaw { why: refusal.message, is_known: true })?;
        let server = Server { url: client.serverurl, username: client.username, password: client.password };
        let files = Plain::default();
        let reading = read::read(&mut Sources::new(), path, text, &surroundings.context_with(&files));
        if let Some(refused) = files.refused() {
            return Err(Flaw { why: format!("it includes {refused}"), is_known: true });
        }
        let groups = reading.config.groups.iter().filter(|_| reading.errors.is_empty());
        let says = groups.flat_map(|group| {
            let name = |process: &str| (group.name.clone(), process.to_owned());
            group.processes.iter().map(move |process| name(&process.name))
        });
        Ok(Self { says: says.collect(), server, has: None })
    }

    /// That it is without a program, if nobody has that.
    fn without(&mut self, program: &str, path: &str) -> Option<Problem> {
        let name = Namespec::parse(program);
        let has = |all: &[(String, String)]| all.iter().any(|(group, process)| name.means(group, process));
        if self.says.is_empty() || has(&self.says) {
            return None;
        }
        let running = self.has.get_or_insert_with(|| running(self.server.clone()));
        let problem =
            || Problem::NoProgram { program: program.to_owned(), conf: path.to_owned(), programs: self.says.clone() };
        (!has(running)).then(problem)
    }
}

/// What the supervisor has that runs; nothing if it does not say so.
fn running(server: Server) -> Vec<(String, String)> {
    let all = Proxy::limited(server, PATIENCE).all_process_info().unwrap_or_default();
    all.into_iter().map(|info| (info.group, info.name)).collect()
}

const SUPERVISOR: &str = "the configuration of a supervisor";
const ZDAEMON: &str = "the configuration of a zdaemon";
