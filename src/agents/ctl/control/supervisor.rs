//! By a supervisor, over its XML-RPC interface. `NAME` is a process, or else a group; `GROUP:*` is a group.

use std::time::Duration;

use crate::agents::ctl::world::Turn;
use crate::client::problem::Problem;
use crate::client::proxy::{Outcome, Proxy};
use crate::client::transport::Server;
use crate::wire::fault::FaultCode;

/// How much longer than a turn may take the supervisor may take to say how it went.
const MARGIN: Duration = Duration::from_secs(10);

/// Starts or stops a program.
pub(super) fn turn(server: Server, program: &str, turn: Turn, patience: Duration) -> Result<(), String> {
    let mut proxy = Proxy::limited(server, patience + MARGIN);
    let fine = if turn == Turn::On { FaultCode::AlreadyStarted } else { FaultCode::NotRunning };
    if let Some(group) = program.strip_suffix(":*") {
        return outcomes(of_group(&mut proxy, group, turn), fine);
    }
    let answer = match turn {
        Turn::On => proxy.start_process(program),
        Turn::Off => proxy.stop_process(program),
    };
    match answer {
        Ok(_) => Ok(()),
        Err(Problem::Fault(fault)) if fault.is(fine) => Ok(()),
        Err(Problem::Fault(fault)) if fault.is(FaultCode::BadName) && !program.contains(':') => {
            outcomes(of_group(&mut proxy, program, turn), fine)
        }
        Err(why) => Err(words(&why)),
    }
}

fn of_group(proxy: &mut Proxy, group: &str, turn: Turn) -> Result<Vec<Outcome>, Problem> {
    match turn {
        Turn::On => proxy.start_group(group),
        Turn::Off => proxy.stop_group(group),
    }
}

/// What went wrong for one or several processes.
fn outcomes(answer: Result<Vec<Outcome>, Problem>, fine: FaultCode) -> Result<(), String> {
    let outcomes = answer.map_err(|why| words(&why))?;
    let is_fine = |outcome: &Outcome| [80, fine.number()].contains(&outcome.status);
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !is_fine(outcome))
        .map(|outcome| format!("{}: {}", outcome.namespec, outcome.description))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ")) }
}

fn words(problem: &Problem) -> String {
    match problem {
        Problem::Fault(fault) => format!("the supervisor says {}", fault.string),
        other => format!("the supervisor does not answer: {other}"),
    }
}
