//! `tail`, `maintail`, `fg`: what processes and the daemon write.

use super::super::follow::{self, End};
use super::super::problem::Problem;
use super::super::proxy::{Channel, Proxy};
use super::super::supervisorctl::{Controller, Done, Flow, exit};
use crate::conf::python;
use crate::wire::fault::{Fault, FaultCode};

/// Bytes shown without `-N`.
const TAIL_BYTES: i64 = 1600;
const RUNNING: i64 = 20;
const PRESS_CTRL_C: &str = "==> Press Ctrl-C to exit <==";

/// How much of a log is asked for.
enum Extent {
    Follow,
    Last(i64),
}

impl Extent {
    /// Of `-f` or `-N`, the dash included.
    fn parse(modifier: &str) -> Option<Self> {
        match &modifier[1..] {
            "f" => Some(Self::Follow),
            number => number.parse().ok().map(Self::Last),
        }
    }
}

pub(super) fn tail(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    let words: Vec<&str> = argument.split_whitespace().collect();
    match words.len() {
        0 => return Ok(controller.misused("Error: too few arguments", "tail", exit::GENERIC)),
        1..=3 => {}
        _ => return Ok(controller.misused("Error: too many arguments", "tail", exit::GENERIC)),
    }
    let (modifier, rest) = match words.split_first() {
        Some((first, rest)) if first.starts_with('-') => (Some(*first), rest),
        _ => (None, words.as_slice()),
    };
    let (name, channel) = match rest {
        [] => return Ok(failed(controller, "Error: tail requires process name")),
        [name] => (*name, Channel::Stdout),
        [name, .., channel] => match parse_channel(channel) {
            Ok(channel) => (*name, channel),
            Err(complaint) => return Ok(failed(controller, &complaint)),
        },
    };
    match modifier.map_or(Some(Extent::Last(TAIL_BYTES)), Extent::parse) {
        Some(Extent::Follow) => tail_follow(controller, &format!("/logtail/{name}/{}", channel.name())),
        Some(Extent::Last(bytes)) => {
            let result = controller.proxy().read_process_log(name, channel, bytes.saturating_neg(), 0);
            show_log(controller, name, result)
        }
        None => Ok(failed(controller, &format!("Error: bad argument {}", modifier.unwrap_or_default()))),
    }
}

fn parse_channel(word: &str) -> Result<Channel, String> {
    match word.to_lowercase().as_str() {
        "stdout" => Ok(Channel::Stdout),
        "stderr" => Ok(Channel::Stderr),
        other => Err(format!("Error: bad channel {}", python::repr(other))),
    }
}

pub(super) fn maintail(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    let words: Vec<&str> = argument.split_whitespace().collect();
    let extent = match words.as_slice() {
        [] => Some(Extent::Last(TAIL_BYTES)),
        [modifier] if modifier.starts_with('-') => Extent::parse(modifier),
        [_] => None,
        _ => return Ok(controller.misused("Error: too many arguments", "maintail", exit::GENERIC)),
    };
    match extent {
        Some(Extent::Follow) => tail_follow(controller, "/mainlogtail"),
        Some(Extent::Last(bytes)) => {
            let result = controller.proxy().read_log(bytes.saturating_neg(), 0);
            show_log(controller, "supervisord", result)
        }
        None => Ok(failed(controller, &format!("Error: bad argument {}", words[0]))),
    }
}

fn failed(controller: &mut Controller<'_>, complaint: &str) -> Flow {
    controller.line(complaint);
    controller.set_exit_status(exit::GENERIC);
    Flow::Continue
}

fn tail_follow(controller: &mut Controller<'_>, path: &str) -> Done {
    controller.line(PRESS_CTRL_C);
    controller.console.flush();
    let server = controller.settings().server.clone();
    if follow::tail(&server, path, &mut controller.console)? == End::Interrupted {
        controller.line("");
    }
    Ok(Flow::Continue)
}

fn show_log(controller: &mut Controller<'_>, name: &str, result: Result<String, Problem>) -> Done {
    let why = match result {
        Ok(text) => {
            controller.line(&text);
            return Ok(Flow::Continue);
        }
        Err(Problem::Fault(fault)) => match FaultCode::from_number(fault.code) {
            Some(FaultCode::NoFile) => "no log file",
            Some(FaultCode::Failed) => "unknown error reading log",
            Some(FaultCode::BadName) => "no such process name",
            _ => return Err(fault.into()),
        },
        Err(problem) => return Err(problem),
    };
    Ok(failed(controller, &format!("{name}: ERROR ({why})")))
}

pub(super) fn fg(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    let words: Vec<&str> = argument.split_whitespace().collect();
    let name = match words.as_slice() {
        [] => return Ok(controller.misused("ERROR: no process name supplied", "fg", exit::GENERIC)),
        [name] => *name,
        _ => return Ok(failed(controller, "ERROR: too many process names supplied")),
    };
    match controller.proxy().process_info(name) {
        Ok(info) if info.state == RUNNING => foreground(controller, name),
        Ok(_) => Ok(failed(controller, "ERROR: process not running")),
        Err(Problem::Fault(fault)) if fault.is(FaultCode::BadName) => {
            Ok(failed(controller, "ERROR: bad process name supplied"))
        }
        Err(Problem::Fault(fault)) => {
            controller.line(&error_line(fault));
            Ok(Flow::Continue)
        }
        Err(problem) => Err(problem),
    }
}

fn error_line(fault: Fault) -> String {
    format!("ERROR: {}", Problem::Fault(fault))
}

fn foreground(controller: &mut Controller<'_>, name: &str) -> Done {
    controller.line(PRESS_CTRL_C);
    controller.console.flush();
    let server = controller.settings().server.clone();
    let paths = [format!("/logtail/{name}/stdout"), format!("/logtail/{name}/stderr")];
    let mut proxy = Proxy::patient(server.clone(), controller.settings().patience);
    let answer = |console: &mut super::super::console::Console<'_>, line: String| {
        let complaint = send_line(&mut proxy, name, &line)?;
        if let Some(complaint) = &complaint {
            console.line(complaint);
        }
        Ok(complaint.is_none())
    };
    follow::converse(&server, &[&paths[0], &paths[1]], &mut controller.console, answer)?;
    controller.line("Exiting foreground");
    Ok(Flow::Continue)
}

/// Sends a line to the process; what is to be said if it does not run any more.
fn send_line(proxy: &mut Proxy, name: &str, line: &str) -> Result<Option<String>, Problem> {
    const KILLED: &str = "Process got killed";
    match proxy.send_stdin(name, &format!("{line}\n")) {
        Ok(_) => {}
        Err(Problem::Fault(fault)) if fault.is(FaultCode::NotRunning) => return Ok(Some(KILLED.to_owned())),
        Err(Problem::Fault(fault)) => return Ok(Some(error_line(fault))),
        Err(problem) => return Err(problem),
    }
    let running = proxy.process_info(name)?.state == RUNNING;
    Ok(if running { None } else { Some(KILLED.to_owned()) })
}
