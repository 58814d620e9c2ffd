//! `status`, `pid`, `avail`: what is and what could be.

use super::super::problem::Problem;
use super::super::proxy::{ConfigInfo, ProcessInfo};
use super::super::supervisorctl::{Controller, Done, Flow, exit};
use crate::conf::namespec::{Namespec, namespec};
use crate::wire::fault::FaultCode;

/// States in which a process does not run: STOPPED, EXITED, FATAL, UNKNOWN.
const STOPPED_STATES: [i64; 4] = [0, 100, 200, 1000];

pub(super) fn status(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        controller.set_exit_status(exit::STATUS_UNKNOWN);
        return Ok(Flow::Continue);
    }
    let all = controller.proxy().all_process_info()?;
    let names: Vec<&str> = argument.split_whitespace().collect();
    let shown = if names.is_empty() || names.contains(&"all") {
        all.iter().collect()
    } else {
        matching(controller, &all, &names)
    };
    show_table(controller, &shown);
    if shown.iter().any(|info| STOPPED_STATES.contains(&info.state)) {
        controller.set_exit_status(exit::STATUS_NOT_RUNNING);
    }
    Ok(Flow::Continue)
}

/// The processes that the names stand for; names that stand for none are complained about.
fn matching<'i>(controller: &mut Controller<'_>, all: &'i [ProcessInfo], names: &[&str]) -> Vec<&'i ProcessInfo> {
    let mut found = Vec::new();
    for name in names {
        let Namespec { group, process } = Namespec::parse(name);
        let before = found.len();
        found.extend(all.iter().filter(|i| i.group == group && process.is_none_or(|p| i.name == p)));
        if found.len() == before {
            controller.line(&match process {
                None => format!("{group}: ERROR (no such group)"),
                Some(_) => format!("{name}: ERROR (no such process)"),
            });
            controller.set_exit_status(exit::STATUS_UNKNOWN);
        }
    }
    found
}

fn show_table(controller: &mut Controller<'_>, infos: &[&ProcessInfo]) {
    let names: Vec<String> = infos.iter().map(|info| namespec(&info.group, &info.name)).collect();
    let longest = names.iter().map(|name| name.chars().count()).max().unwrap_or(0);
    let width = longest.max(30) + 3;
    for (info, name) in infos.iter().zip(names) {
        controller.line(&format!("{name:width$}{:10}{}", info.statename, info.description));
    }
}

pub(super) fn pid(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    let names: Vec<&str> = argument.split_whitespace().collect();
    if names.is_empty() {
        let pid = controller.proxy().pid()?;
        controller.line(&pid.to_string());
    } else if names.contains(&"all") {
        for info in controller.proxy().all_process_info()? {
            controller.line(&info.pid.to_string());
        }
    } else {
        for name in names {
            pid_of(controller, name)?;
        }
    }
    Ok(Flow::Continue)
}

fn pid_of(controller: &mut Controller<'_>, name: &str) -> Result<(), Problem> {
    match controller.proxy().process_info(name) {
        Ok(info) => {
            controller.line(&info.pid.to_string());
            if info.pid == 0 {
                controller.set_exit_status(exit::NOT_RUNNING);
            }
        }
        Err(Problem::Fault(fault)) if fault.is(FaultCode::BadName) => {
            controller.line(&format!("No such process {name}"));
            controller.set_exit_status(exit::GENERIC);
        }
        Err(problem) => return Err(problem),
    }
    Ok(())
}

pub(super) fn avail(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !argument.is_empty() {
        return Ok(controller.misused("Error: avail accepts no arguments", "avail", exit::GENERIC));
    }
    match controller.proxy().all_config_info() {
        Ok(infos) => {
            for info in &infos {
                controller.line(&avail_line(info));
            }
        }
        Err(Problem::Fault(fault)) if fault.is(FaultCode::ShutdownState) => {
            controller.line("ERROR: supervisor shutting down");
            controller.set_exit_status(exit::GENERIC);
        }
        Err(problem) => return Err(problem),
    }
    Ok(Flow::Continue)
}

fn avail_line(info: &ConfigInfo) -> String {
    format!(
        "{:32} {:9} {:9} {}:{}",
        namespec(&info.group, &info.name),
        if info.inuse { "in use" } else { "avail" },
        if info.autostart { "auto" } else { "manual" },
        info.group_prio,
        info.process_prio,
    )
}
