//! `shutdown`, `reload`, `version`, `open`: the daemon as a whole.

use super::super::problem::Problem;
use super::super::supervisorctl::{Controller, Done, Flow, exit};
use crate::wire::fault::FaultCode;

pub(super) fn shutdown(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !argument.is_empty() {
        return Ok(controller.misused("Error: shutdown accepts no arguments", "shutdown", exit::GENERIC));
    }
    if !confirmed(controller, "Really shut the remote supervisord process down y/N? ")? {
        return Ok(Flow::Continue);
    }
    match controller.proxy().shutdown() {
        Ok(_) => controller.line("Shut down"),
        Err(Problem::Fault(fault)) if fault.is(FaultCode::ShutdownState) => {
            controller.line("ERROR: already shutting down");
        }
        Err(problem) => {
            controller.set_exit_status(exit::GENERIC);
            let Some(complaint) = controller.already_down(&problem) else { return Err(problem) };
            controller.line(&complaint);
        }
    }
    Ok(Flow::Continue)
}

pub(super) fn reload(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !argument.is_empty() {
        return Ok(controller.misused("Error: reload accepts no arguments", "reload", exit::GENERIC));
    }
    if !confirmed(controller, "Really restart the remote supervisord process y/N? ")? {
        return Ok(Flow::Continue);
    }
    match controller.proxy().restart() {
        Ok(_) => controller.line("Restarted supervisord"),
        Err(Problem::Fault(fault)) if fault.is(FaultCode::ShutdownState) => {
            controller.line("ERROR: already shutting down");
            controller.set_exit_status(exit::GENERIC);
        }
        Err(Problem::Fault(fault)) if fault.is(FaultCode::CantReread) => {
            controller.line(&format!("ERROR: {}", fault.string));
            controller.set_exit_status(exit::GENERIC);
        }
        Err(problem) => return Err(problem),
    }
    Ok(Flow::Continue)
}

/// Asks the user of a session; a single command means what it says.
fn confirmed(controller: &mut Controller<'_>, question: &str) -> Result<bool, Problem> {
    if !controller.settings().interactive {
        return Ok(true);
    }
    let answer = controller.console.ask(question)?;
    Ok(answer.is_some_and(|answer| answer.to_lowercase().starts_with('y')))
}

pub(super) fn version(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !argument.is_empty() {
        return Ok(controller.misused("Error: version accepts no arguments", "version", exit::GENERIC));
    }
    if controller.upcheck()? {
        let version = controller.proxy().supervisor_version()?;
        controller.line(&version);
    }
    Ok(Flow::Continue)
}

pub(super) fn open(controller: &mut Controller<'_>, argument: &str) -> Done {
    let scheme = argument.split_once(':').map(|(scheme, _)| scheme.to_ascii_lowercase());
    if !matches!(scheme.as_deref(), Some("unix" | "http")) {
        controller.line("ERROR: url must be http:// or unix://");
        controller.set_exit_status(exit::GENERIC);
        return Ok(Flow::Continue);
    }
    controller.open(argument);
    let before = controller.exit_status();
    super::status::status(controller, "")?;
    controller.set_exit_status(before);
    Ok(Flow::Continue)
}
