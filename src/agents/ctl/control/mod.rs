//! Starting and stopping services, one way a file.
//!
//! To start what runs and to stop what does not is no fault: what is asked for is so already.

mod commands;
mod supervisor;
mod systemd;
mod zdaemon;

use std::collections::BTreeMap;
use std::time::Duration;

use super::world::{Turn, Unturned};
use crate::client::transport::Server;
use crate::conf::monitor::{Control, Said};

/// Where the supervisor of a configuration file listens; none: of the one that supervisorctl finds.
pub type Resolve<'a> = &'a dyn Fn(Option<&str>) -> Result<Server, String>;

/// What controls need from whoever runs this.
#[derive(Clone)]
pub struct Helpers<'a> {
    /// Finds supervisors.
    pub supervisor: Resolve<'a>,
    /// The words that run zdaemon's controller.
    pub zdaemon: Vec<String>,
}

/// Starts or stops what is controlled like this.
pub(super) fn turn(helpers: &Helpers<'_>, control: &Control, turn: Turn, patience: Duration) -> Result<(), Unturned> {
    match control {
        Control::None => Err("nothing says how".to_owned().into()),
        Control::Supervisor { program, conf } => {
            supervisor::turn((helpers.supervisor)(path(conf.as_ref()))?, program, turn, patience)
        }
        Control::Zdaemon { conf } => zdaemon::turn(&helpers.zdaemon, conf, turn, patience),
        Control::Systemd { unit } => systemd::turn(unit, turn, patience),
        Control::Commands { start, stop } => commands::turn(if turn == Turn::On { start } else { stop }, patience),
    }
}

/// Why what is controlled like each of these can be neither started nor stopped now, as far as that is known before it is tried.
/// A supervisor is asked once, whatever it has of them.
pub(super) fn unready(helpers: &Helpers<'_>, controls: &[&Control]) -> Vec<Option<String>> {
    let mut running = BTreeMap::new();
    let unready = controls.iter().map(|control| {
        let Control::Supervisor { program, conf } = control else { return None };
        let conf = path(conf.as_ref());
        let running = running.entry(conf).or_insert_with(|| (helpers.supervisor)(conf).and_then(supervisor::programs));
        match running {
            Ok(running) => supervisor::lacks(running, program),
            Err(why) => Some(why.clone()),
        }
    });
    unready.collect()
}

fn path(conf: Option<&Said<String>>) -> Option<&str> {
    conf.map(|said| said.value.as_str())
}

/// That what is controlled like this has ended and will not come up by itself, as far as that is known. Of commands it is not.
pub(super) fn ending(helpers: &Helpers<'_>, control: &Control) -> Option<String> {
    match control {
        Control::Supervisor { program, conf } => {
            let server = (helpers.supervisor)(path(conf.as_ref())).ok()?;
            supervisor::ending(server, program)
        }
        Control::Zdaemon { conf } => zdaemon::ending(&helpers.zdaemon, conf),
        Control::Systemd { unit } => systemd::ending(unit),
        Control::None | Control::Commands { .. } => None,
    }
}

/// Whether what is controlled like this is stopping just now, as far as that is known. Of zdaemon and of commands it is not.
pub(super) fn is_stopping(helpers: &Helpers<'_>, control: &Control) -> bool {
    match control {
        Control::Supervisor { program, conf } => {
            (helpers.supervisor)(path(conf.as_ref())).is_ok_and(|server| supervisor::is_stopping(server, program))
        }
        Control::Systemd { unit } => systemd::is_stopping(unit),
        Control::None | Control::Zdaemon { .. } | Control::Commands { .. } => false,
    }
}
