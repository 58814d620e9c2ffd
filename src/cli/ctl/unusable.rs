//! Files that say how services are started and stopped, and cannot be read: told before anything is done, not when a service
//! is down.

use crate::agents::ctl::request::{Action, Request};
use crate::base::seams::{Files as _, ReadError};
use crate::base::{Diagnostic, Severity};
use crate::cli::{dropin, surroundings::Surroundings};
use crate::conf::monitor::problem::Problem;
use crate::conf::monitor::{Control, Monitor, Service};
use crate::conf::path;
use crate::sources::host::Host;

/// Those of the services that may be started or stopped, each once. For a check, which needs none of them, one that is not there is
/// worth a warning; one that only others may read is not.
pub(super) fn unusable(monitor: &Monitor, request: &Request) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for service in request.may_turn(monitor) {
        let Some((mut finding, is_missing)) = of(service) else { continue };
        if request.action == Action::Check {
            finding.severity = Severity::Warning;
        }
        if (is_missing || finding.severity == Severity::Error) && !found.contains(&finding) {
            found.push(finding);
        }
    }
    found
}

/// What is wrong with that of a service, and whether it is not there.
fn of(service: &Service) -> Option<(Diagnostic, bool)> {
    let control = &service.control;
    let (key, path, span, expected) = match &control.value {
        Control::Supervisor { conf: Some(said), .. } => ("supervisor_conf", &said.value, said.span, SUPERVISOR),
        Control::Supervisor { program, conf: None } => {
            let is_found = dropin::find_configuration("ctl").is_some();
            let (key, value) = ("control", format!("supervisor:{program}"));
            let expected =
                "a `supervisor_conf` beside it, as there is no supervisord.conf in the usual places".to_owned();
            let problem = || Problem::BadValue { key, value, expected };
            return (!is_found).then(|| (problem().at(control.span), true));
        }
        Control::Zdaemon { conf } => ("control", conf, control.span, ZDAEMON),
        Control::None | Control::Systemd { .. } | Control::Commands { .. } => return None,
    };
    let why = Host.read(&path::absolute(Surroundings::now().directory(), path)).err()?;
    let is_missing = why == ReadError::NotFound;
    let (path, why) = (path.clone(), why.to_string());
    Some((Problem::BadFile { key, path, expected, why }.at(span), is_missing))
}

const SUPERVISOR: &str = "the configuration of a supervisor";
const ZDAEMON: &str = "the configuration of a zdaemon";
