//! `start`, `stop`, `restart`, `signal`, `clear`: the same walk over names, with other calls and other words.

use super::super::problem::Problem;
use super::super::proxy::{Outcome, Proxy};
use super::super::supervisorctl::{Controller, Done, Flow, exit};
use crate::conf::namespec::{Namespec, namespec};
use crate::wire::fault::FaultCode;

type Many = Result<Vec<Outcome>, Problem>;
type OfGroup<'a> = &'a dyn Fn(&mut Proxy, &str) -> Many;

/// How one command asks and what it says.
struct Verb<'a> {
    /// What happened when it went well.
    done: &'static str,
    /// What is said for each way to fail.
    failures: &'static [(FaultCode, &'static str)],
    /// A failure that does not count, as what was asked for is so already.
    fine: Option<FaultCode>,
    /// Exit status for an unknown group.
    no_group: u8,
    all: &'a dyn Fn(&mut Proxy) -> Many,
    /// `None` where a group has no call of its own, so that its name is refused like a process's.
    group: Option<OfGroup<'a>>,
    one: &'a dyn Fn(&mut Proxy, &str) -> Result<bool, Problem>,
}

const NO_PROCESS: (FaultCode, &str) = (FaultCode::BadName, "no such process");

const START: Verb<'static> = Verb {
    done: "started",
    failures: &[
        NO_PROCESS,
        (FaultCode::NoFile, "no such file"),
        (FaultCode::NotExecutable, "file is not executable"),
        (FaultCode::AlreadyStarted, "already started"),
        (FaultCode::SpawnError, "spawn error"),
        (FaultCode::AbnormalTermination, "abnormal termination"),
    ],
    fine: Some(FaultCode::AlreadyStarted),
    no_group: exit::INVALID_ARGS,
    all: &Proxy::start_all,
    group: Some(&Proxy::start_group),
    one: &Proxy::start_process,
};

const STOP: Verb<'static> = Verb {
    done: "stopped",
    failures: &[NO_PROCESS, (FaultCode::BadSignal, "bad signal name"), (FaultCode::NotRunning, "not running")],
    fine: Some(FaultCode::NotRunning),
    no_group: exit::GENERIC,
    all: &Proxy::stop_all,
    group: Some(&Proxy::stop_group),
    one: &Proxy::stop_process,
};

const CLEAR: Verb<'static> = Verb {
    done: "cleared",
    failures: &[NO_PROCESS, (FaultCode::Failed, "failed")],
    fine: None,
    no_group: exit::GENERIC,
    all: &Proxy::clear_all_logs,
    group: None,
    one: &Proxy::clear_process_logs,
};

pub(super) fn start(controller: &mut Controller<'_>, argument: &str) -> Done {
    simple(controller, argument, "start", exit::INVALID_ARGS, &START)
}

pub(super) fn stop(controller: &mut Controller<'_>, argument: &str) -> Done {
    simple(controller, argument, "stop", exit::GENERIC, &STOP)
}

pub(super) fn clear(controller: &mut Controller<'_>, argument: &str) -> Done {
    simple(controller, argument, "clear", exit::GENERIC, &CLEAR)
}

pub(super) fn restart(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    if argument.is_empty() {
        return Ok(controller.misused("Error: restart requires a process name", "restart", exit::GENERIC));
    }
    stop(controller, argument)?;
    start(controller, argument)
}

pub(super) fn signal(controller: &mut Controller<'_>, argument: &str) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    let words: Vec<&str> = argument.split_whitespace().collect();
    let [signal, names @ ..] = words.as_slice() else { return Ok(signal_misused(controller)) };
    if names.is_empty() {
        return Ok(signal_misused(controller));
    }
    let verb = Verb {
        done: "signalled",
        fine: None,
        all: &|proxy| proxy.signal_all(signal),
        group: Some(&|proxy, name| proxy.signal_group(name, signal)),
        one: &|proxy, name| proxy.signal_process(name, signal),
        ..STOP
    };
    walk(controller, names, &verb)
}

fn signal_misused(controller: &mut Controller<'_>) -> Flow {
    controller.misused("Error: signal requires a signal name and a process name", "signal", exit::GENERIC)
}

/// A command whose arguments are names alone.
fn simple(controller: &mut Controller<'_>, argument: &str, name: &str, missing: u8, verb: &Verb<'_>) -> Done {
    if !controller.upcheck()? {
        return Ok(Flow::Continue);
    }
    let names: Vec<&str> = argument.split_whitespace().collect();
    if names.is_empty() {
        return Ok(controller.misused(&format!("Error: {name} requires a process name"), name, missing));
    }
    walk(controller, &names, verb)
}

fn walk(controller: &mut Controller<'_>, names: &[&str], verb: &Verb<'_>) -> Done {
    if names.contains(&"all") {
        let outcomes = (verb.all)(controller.proxy())?;
        show_all(controller, &outcomes, verb);
        return Ok(Flow::Continue);
    }
    for name in names {
        let spec = Namespec::parse(name);
        match (spec.process, verb.group) {
            (None, Some(call)) => group(controller, spec.group, call, verb)?,
            _ => one(controller, name, verb)?,
        }
    }
    Ok(Flow::Continue)
}

fn group(controller: &mut Controller<'_>, name: &str, call: OfGroup<'_>, verb: &Verb<'_>) -> Result<(), Problem> {
    match call(controller.proxy(), name) {
        Ok(outcomes) => show_all(controller, &outcomes, verb),
        Err(Problem::Fault(fault)) if fault.is(FaultCode::BadName) => {
            controller.line(&format!("{name}: ERROR (no such group)"));
            controller.set_exit_status(verb.no_group);
        }
        Err(problem) => return Err(problem),
    }
    Ok(())
}

fn one(controller: &mut Controller<'_>, name: &str, verb: &Verb<'_>) -> Result<(), Problem> {
    let (status, description) = match (verb.one)(controller.proxy(), name) {
        Ok(_) => (FaultCode::Success.number(), String::new()),
        Err(Problem::Fault(fault)) => (fault.code, fault.string),
        Err(problem) => return Err(problem),
    };
    let namespec = match Namespec::parse(name) {
        Namespec { group, process: Some(process) } => namespec(group, process),
        Namespec { process: None, .. } => name.to_owned(),
    };
    show(controller, &Outcome { namespec, status, description }, verb);
    Ok(())
}

fn show_all(controller: &mut Controller<'_>, outcomes: &[Outcome], verb: &Verb<'_>) {
    for outcome in outcomes {
        show(controller, outcome, verb);
    }
}

fn show(controller: &mut Controller<'_>, outcome: &Outcome, verb: &Verb<'_>) {
    let name = &outcome.namespec;
    let code = FaultCode::from_number(outcome.status);
    let failure = verb.failures.iter().find(|(failure, _)| Some(*failure) == code);
    controller.line(&match (code, failure) {
        (Some(FaultCode::Success), _) => format!("{name}: {}", verb.done),
        (_, Some((_, words))) => format!("{name}: ERROR ({words})"),
        (Some(FaultCode::Failed), None) => outcome.description.clone(),
        _ => format!("{name}: ERROR ({})", outcome.description),
    });
    controller.note_outcome(outcome.status, verb.fine);
}
