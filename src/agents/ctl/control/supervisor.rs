//! By a supervisor, over its XML-RPC interface. `NAME` is a process, or else a group; `GROUP:*` is a group.

use std::io::ErrorKind;
use std::thread::sleep;
use std::time::{Duration, Instant};

use crate::agents::ctl::world::{Turn, Unturned};
use crate::base::suggest::did_you_mean;
use crate::client::problem::Problem;
use crate::client::proxy::{Outcome, ProcessInfo, Proxy};
use crate::client::transport::Server;
use crate::conf::namespec::{Namespec, namespec};
use crate::wire::fault::FaultCode;

/// How much longer than a turn may take the supervisor may take to say how it went.
const MARGIN: Duration = Duration::from_secs(10);

/// How often one that is stopping is asked after.
const INTERVAL: Duration = Duration::from_millis(100);

/// The number of the state of one that is stopping.
const STOPPING: i64 = 40;

/// Those of one that ended as soon as it was started, for the first time or for the last one.
const BACKOFF: i64 = 30;
const FATAL: i64 = 200;
/// That of one that has ended, and is not started anew.
const EXITED: i64 = 100;

/// Starts or stops a program.
pub(super) fn turn(server: Server, program: &str, turn: Turn, patience: Duration) -> Result<(), Unturned> {
    let mut proxy = Proxy::limited(server, patience + MARGIN);
    told(&mut proxy, program, turn)?;
    if turn == Turn::On { Ok(()) } else { wait(&mut proxy, program, patience) }
}

/// Waits for those that somebody else has told to stop: for a supervisor they do not run any more.
fn wait(proxy: &mut Proxy, program: &str, patience: Duration) -> Result<(), Unturned> {
    let until = Instant::now() + patience;
    while has_stopping(proxy, program).map_err(unturned)? {
        if Instant::now() > until {
            return Err(Unturned::so_far(format!("it is still stopping after {} s", patience.as_secs())));
        }
        sleep(INTERVAL);
    }
    Ok(())
}

/// Whether one of a program's processes is stopping.
pub(super) fn is_stopping(server: Server, program: &str) -> bool {
    has_stopping(&mut Proxy::limited(server, MARGIN), program).unwrap_or(false)
}

/// That all of a program's processes have ended and are not started anew, in words.
pub(super) fn ending(server: Server, program: &str) -> Option<String> {
    ended(&Proxy::limited(server, MARGIN).all_process_info().ok()?, program)
}

/// One that has ended well may be meant to, once it has started another one.
fn ended(all: &[ProcessInfo], program: &str) -> Option<String> {
    let name = Namespec::parse(program);
    let own: Vec<&ProcessInfo> = all.iter().filter(|info| name.means(&info.group, &info.name)).collect();
    let has_ended = |info: &&ProcessInfo| match info.state {
        BACKOFF | FATAL => true,
        EXITED => info.exit_status != 0,
        _ => false,
    };
    let words = |info: &&ProcessInfo| {
        let (name, state) = (namespec(&info.group, &info.name), &info.statename);
        // Of one that has exited the description is when it did.
        if info.state == EXITED {
            format!("{name} is {state}, with status {}", info.exit_status)
        } else {
            format!("{name} is {state}: {}", info.description)
        }
    };
    let is_over = !own.is_empty() && own.iter().all(has_ended);
    is_over.then(|| format!("the supervisor says {}", own.iter().map(words).collect::<Vec<_>>().join(", ")))
}

fn has_stopping(proxy: &mut Proxy, program: &str) -> Result<bool, Problem> {
    let name = Namespec::parse(program);
    let is_stopping = |info: &ProcessInfo| name.means(&info.group, &info.name) && info.state == STOPPING;
    Ok(proxy.all_process_info()?.iter().any(is_stopping))
}

/// What a supervisor runs, or why it does not say so.
pub(super) fn programs(server: Server) -> Result<Vec<ProcessInfo>, String> {
    Proxy::limited(server, MARGIN).all_process_info().map_err(|problem| unturned(problem).why)
}

/// That a program is not among those that a supervisor runs, if that is so.
pub(super) fn lacks(running: &[ProcessInfo], program: &str) -> Option<String> {
    let name = Namespec::parse(program);
    if running.iter().any(|info| name.means(&info.group, &info.name)) {
        return None;
    }
    let known: Vec<String> = running.iter().map(|info| namespec(&info.group, &info.name)).collect();
    let nearest = did_you_mean(program, known.iter().map(String::as_str));
    let nearest = nearest.map(|help| format!(" ({help})")).unwrap_or_default();
    Some(format!(
        "the supervisor has no program `{program}`{nearest}; what is new in its file it has after `supervisorctl update`"
    ))
}

/// Tells it to the supervisor.
fn told(proxy: &mut Proxy, program: &str, turn: Turn) -> Result<(), Unturned> {
    let fine = if turn == Turn::On { FaultCode::AlreadyStarted } else { FaultCode::NotRunning };
    if let Some(group) = program.strip_suffix(":*") {
        return outcomes(of_group(proxy, group, turn), fine);
    }
    let answer = match turn {
        Turn::On => proxy.start_process(program),
        Turn::Off => proxy.stop_process(program),
    };
    match answer {
        Ok(_) => Ok(()),
        Err(Problem::Fault(fault)) if fault.is(fine) => Ok(()),
        Err(Problem::Fault(fault)) if fault.is(FaultCode::BadName) && !program.contains(':') => {
            outcomes(of_group(proxy, program, turn), fine)
        }
        Err(why) => Err(unturned(why)),
    }
}

fn of_group(proxy: &mut Proxy, group: &str, turn: Turn) -> Result<Vec<Outcome>, Problem> {
    match turn {
        Turn::On => proxy.start_group(group),
        Turn::Off => proxy.stop_group(group),
    }
}

/// What went wrong for one or several processes.
fn outcomes(answer: Result<Vec<Outcome>, Problem>, fine: FaultCode) -> Result<(), Unturned> {
    let outcomes = answer.map_err(unturned)?;
    let is_fine = |outcome: &Outcome| [80, fine.number()].contains(&outcome.status);
    let failed: Vec<String> = outcomes
        .iter()
        .filter(|outcome| !is_fine(outcome))
        .map(|outcome| format!("{}: {}", outcome.namespec, outcome.description))
        .collect();
    if failed.is_empty() { Ok(()) } else { Err(failed.join(", ").into()) }
}

/// Whoever has got a call, and does not answer, may still do what it says. One that shuts down stops everything.
fn unturned(problem: Problem) -> Unturned {
    let may_come = match &problem {
        Problem::Fault(fault) => fault.is(FaultCode::ShutdownState),
        Problem::Closed => true,
        Problem::Io(why) => {
            matches!(why.kind(), ErrorKind::TimedOut | ErrorKind::ConnectionReset | ErrorKind::BrokenPipe)
        }
        _ => false,
    };
    let why = match problem {
        Problem::Fault(fault) => format!("the supervisor says {}", fault.string),
        other => format!("the supervisor does not answer: {other}"),
    };
    Unturned { why, may_come }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_program_has_ended_if_none_of_its_processes_comes_up_by_itself() {
        let info = |name: &str, state: i64, statename: &str, exit_status: i64| ProcessInfo {
            group: "web".to_owned(),
            name: name.to_owned(),
            state,
            statename: statename.to_owned(),
            pid: 0,
            exit_status,
            start: 0,
            now: 0,
            description: "Exited too quickly".to_owned(),
        };
        let (fatal, backoff) = (info("a", FATAL, "FATAL", 0), info("b", BACKOFF, "BACKOFF", 0));
        let (failed, done) = (info("c", EXITED, "EXITED", 1), info("d", EXITED, "EXITED", 0));
        let (up, starting) = (info("e", 20, "RUNNING", 0), info("f", 10, "STARTING", 0));
        let all = [fatal, backoff, failed, done, up, starting];
        let found = |program: &str| ended(&all, program);
        assert_eq!(found("web:a").as_deref(), Some("the supervisor says web:a is FATAL: Exited too quickly"));
        assert_eq!(found("web:c").as_deref(), Some("the supervisor says web:c is EXITED, with status 1"));
        assert!(found("web:b").is_some());
        assert_eq!(["web:d", "web:e", "web:f", "web:*", "other"].map(found), [const { None }; 5]);
        let words = "the supervisor says web:a is FATAL: Exited too quickly, web:b is BACKOFF: Exited too quickly";
        assert_eq!(ended(&all[..2], "web").as_deref(), Some(words));
    }
}
