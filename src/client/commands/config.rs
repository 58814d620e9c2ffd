//! `reread`, `add`, `remove`, `update`: bringing the running daemon to what its configuration says.

use std::collections::BTreeMap;

use super::super::problem::Problem;
use super::super::proxy::Changes;
use super::super::supervisorctl::{Controller, Done, Flow, exit};
use crate::wire::fault::FaultCode;

pub(super) fn reread(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !argument.is_empty() {
        return Ok(controller.misused("Error: reread accepts no arguments", "reread", exit::GENERIC));
    }
    let fault = match controller.proxy().reload_config() {
        Ok(changes) => {
            show_changes(controller, &changes);
            return Ok(Flow::Continue);
        }
        Err(Problem::Fault(fault)) => fault,
        Err(problem) => return Err(problem),
    };
    controller.set_exit_status(exit::GENERIC);
    match FaultCode::from_number(fault.code) {
        Some(FaultCode::ShutdownState) => controller.line("ERROR: supervisor shutting down"),
        Some(FaultCode::CantReread) => controller.line(&format!("ERROR: {}", fault.string)),
        _ => return Err(fault.into()),
    }
    Ok(Flow::Continue)
}

/// Each name once, with the last that is said of it: two groups may have one name.
fn show_changes(controller: &mut Controller<'_>, changes: &Changes) {
    let lists = [(&changes.added, "available"), (&changes.changed, "changed"), (&changes.removed, "disappeared")];
    let all: BTreeMap<_, _> =
        lists.iter().flat_map(|(names, label)| names.iter().map(move |name| (name, label))).collect();
    if all.is_empty() {
        controller.line("No config updates to processes");
    }
    for (name, label) in all {
        controller.line(&format!("{name}: {label}"));
    }
}

pub(super) fn add(controller: &mut Controller<'_>, argument: &str) -> Done {
    for name in argument.split_whitespace() {
        let fault = match controller.proxy().add_group(name) {
            Ok(_) => {
                controller.line(&format!("{name}: added process group"));
                continue;
            }
            Err(Problem::Fault(fault)) => fault,
            Err(problem) => return Err(problem),
        };
        match FaultCode::from_number(fault.code) {
            Some(FaultCode::AlreadyAdded) => {
                controller.line("ERROR: process group already active");
                continue;
            }
            Some(FaultCode::ShutdownState) => controller.line("ERROR: shutting down"),
            Some(FaultCode::BadName) => controller.line(&format!("ERROR: no such process/group: {name}")),
            _ => return Err(fault.into()),
        }
        controller.set_exit_status(exit::GENERIC);
    }
    Ok(Flow::Continue)
}

pub(super) fn remove(controller: &mut Controller<'_>, argument: &str) -> Done {
    for name in argument.split_whitespace() {
        let fault = match controller.proxy().remove_group(name) {
            Ok(_) => {
                controller.line(&format!("{name}: removed process group"));
                continue;
            }
            Err(Problem::Fault(fault)) => fault,
            Err(problem) => return Err(problem),
        };
        match FaultCode::from_number(fault.code) {
            Some(FaultCode::StillRunning) => controller.line(&format!("ERROR: process/group still running: {name}")),
            Some(FaultCode::BadName) => controller.line(&format!("ERROR: no such process/group: {name}")),
            _ => return Err(fault.into()),
        }
        controller.set_exit_status(exit::GENERIC);
    }
    Ok(Flow::Continue)
}

pub(super) fn update(controller: &mut Controller<'_>, argument: &str) -> Done {
    let changes = match controller.proxy().reload_config() {
        Ok(changes) => changes,
        Err(Problem::Fault(fault)) if fault.is(FaultCode::ShutdownState) => {
            controller.line("ERROR: already shutting down");
            controller.set_exit_status(exit::GENERIC);
            return Ok(Flow::Continue);
        }
        Err(problem) => return Err(problem),
    };
    let chosen = Chosen::parse(argument);
    complain_of_unknown(controller, &chosen, &changes)?;
    for name in chosen.of(&changes.removed) {
        take_away(controller, name)?;
    }
    for name in chosen.of(&changes.changed) {
        replace(controller, name)?;
    }
    for name in chosen.of(&changes.added) {
        controller.proxy().add_group(name)?;
        controller.line(&format!("{name}: added process group"));
    }
    Ok(Flow::Continue)
}

/// The groups that an update is for; none given means all.
struct Chosen<'a>(Vec<&'a str>);

impl<'a> Chosen<'a> {
    fn parse(argument: &'a str) -> Self {
        let names: Vec<&str> = argument.split_whitespace().collect();
        Self(if names.contains(&"all") { Vec::new() } else { names })
    }

    fn of<'n>(&self, names: &'n [String]) -> impl Iterator<Item = &'n String> {
        names.iter().filter(|name| self.0.is_empty() || self.0.contains(&name.as_str()))
    }
}

fn complain_of_unknown(controller: &mut Controller<'_>, chosen: &Chosen<'_>, changes: &Changes) -> Result<(), Problem> {
    if chosen.0.is_empty() {
        return Ok(());
    }
    let active = controller.proxy().all_process_info()?;
    for name in &chosen.0 {
        if !active.iter().any(|info| info.group == *name) && !changes.added.iter().any(|added| added == name) {
            controller.line(&format!("ERROR: no such group: {name}"));
            controller.set_exit_status(exit::GENERIC);
        }
    }
    Ok(())
}

fn take_away(controller: &mut Controller<'_>, name: &str) -> Result<(), Problem> {
    let outcomes = controller.proxy().stop_group(name)?;
    controller.line(&format!("{name}: stopped"));
    if outcomes.iter().any(|outcome| outcome.status == FaultCode::Failed.number()) {
        controller.line(&format!("{name}: has problems; not removing"));
        controller.set_exit_status(exit::GENERIC);
        return Ok(());
    }
    controller.proxy().remove_group(name)?;
    controller.line(&format!("{name}: removed process group"));
    Ok(())
}

fn replace(controller: &mut Controller<'_>, name: &str) -> Result<(), Problem> {
    controller.proxy().stop_group(name)?;
    controller.line(&format!("{name}: stopped"));
    controller.proxy().remove_group(name)?;
    controller.proxy().add_group(name)?;
    controller.line(&format!("{name}: updated process group"));
    Ok(())
}
