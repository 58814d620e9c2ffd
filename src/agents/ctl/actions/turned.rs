//! Starting and stopping a service through the world, until it is so.
//!
//! Whoever stops by a command may have done no more than ask: the process that `pid_file` names has to end, or, where none is
//! known, the port has to refuse connections. Supervisors, zdaemon and systemd wait themselves.

use std::collections::BTreeMap;
use std::time::Duration;

use super::super::noted::Noted;
use super::super::world::{Turn, Unturned, World};
use crate::conf::monitor::{Control, Service};

/// How often one that is ending is looked at.
const INTERVAL: Duration = Duration::from_millis(100);

/// Starts or stops one, or says why not. Where its log ends is noted before it is started.
pub(super) fn turn(
    world: &mut dyn World,
    noted: &mut Noted<'_>,
    service: &Service,
    turn: Turn,
) -> Result<(), Unturned> {
    if let Some(why) = uncontrolled(service) {
        return Err(why.into());
    }
    let patience = Duration::from_secs(service.start_timeout.value);
    let control = &service.control.value;
    if turn == Turn::On {
        noted.before_start(world, service);
    }
    if turn == Turn::On || !matches!(control, Control::Commands { .. }) {
        return world.turn(control, turn, patience);
    }
    let until = world.elapsed() + patience;
    let pid_file = service.pid_file.as_ref().map(|said| said.value.as_str());
    let pid_file = pid_file.filter(|path| world.memory(path).is_ok());
    if let Err(unturned) = world.turn(control, turn, patience) {
        // What does not run has nobody to be told: a command fails then, and that is no fault.
        let is_known = service.pid_file.is_some() || service.port.is_some();
        if unturned.may_come || !is_known || is_there(world, service, pid_file) {
            return Err(unturned);
        }
    }
    while is_there(world, service, pid_file) {
        if world.elapsed() >= until {
            return Err(Unturned::so_far(format!("it is still there after {} s", patience.as_secs())));
        }
        world.pause(INTERVAL);
    }
    Ok(())
}

/// Why a service can neither be started nor stopped, if that is so.
pub(in crate::agents::ctl) fn uncontrolled(service: &Service) -> Option<String> {
    let name = service.name();
    match (&service.control.value, service.control.span) {
        (Control::None, Some(_)) => Some("ctl neither starts nor stops it, as its `control` is `none`".to_owned()),
        (Control::None, None) => {
            Some(format!("ctl neither starts nor stops it, as nothing says how; expected `control` in [{name}]"))
        }
        _ => None,
    }
}

/// Why those of the services, by their names, can be neither started nor stopped now, as far as that is known before it is tried.
pub(in crate::agents::ctl) fn unready<'s>(
    world: &mut dyn World,
    services: &[&'s Service],
) -> BTreeMap<&'s str, String> {
    let controls: Vec<&Control> = services.iter().map(|service| &service.control.value).collect();
    let unready = services.iter().zip(world.unready(&controls));
    unready.filter_map(|(service, why)| Some((service.name(), uncontrolled(service).or(why)?))).collect()
}

/// Whether it has not ended yet. A `pid_file` is one that named a process.
fn is_there(world: &mut dyn World, service: &Service, pid_file: Option<&str>) -> bool {
    match (pid_file, &service.port) {
        (Some(path), _) => world.memory(path).is_ok(),
        (None, Some(port)) => {
            let patience = Duration::from_secs(service.timeout.value);
            world.connect(service.address(), port.value, patience).is_ok()
        }
        (None, None) => false,
    }
}
