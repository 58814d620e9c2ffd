//! Methods that start, stop and signal processes, and write to them.

use super::args::Args;
use super::{Answer, Later, Rpc, status};
use crate::conf::namespec::Namespec;
use crate::conf::values;
use crate::runtime::control::StdinError;
use crate::runtime::core::process::Process;
use crate::runtime::core::request::{Request, Target};
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::Value;

pub(super) fn start(rpc: Rpc, args: Args) -> Later {
    act(rpc, args, target, |target, wait| Request::Start { target, wait })
}

pub(super) fn start_group(rpc: Rpc, args: Args) -> Later {
    act(rpc, args, group, |target, wait| Request::Start { target, wait })
}

pub(super) fn start_all(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move { rpc.request(Request::Start { target: Target::All, wait: args.flag(0) }).await })
}

pub(super) fn stop(rpc: Rpc, args: Args) -> Later {
    act(rpc, args, target, |target, wait| Request::Stop { target, wait })
}

pub(super) fn stop_group(rpc: Rpc, args: Args) -> Later {
    act(rpc, args, group, |target, wait| Request::Stop { target, wait })
}

pub(super) fn stop_all(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move { rpc.request(Request::Stop { target: Target::All, wait: args.flag(0) }).await })
}

/// A method of a name and a flag that says whether to wait.
fn act(
    rpc: Rpc,
    args: Args,
    target: fn(&Rpc, &str) -> Result<Target, Fault>,
    request: fn(Target, bool) -> Request,
) -> Later {
    Box::pin(async move {
        let target = target(&rpc, &args.text(0)?)?;
        rpc.request(request(target, args.flag(1))).await
    })
}

/// What a name means: a process, or with `group:*` all of a group. That the group exists is looked at here, as a
/// fault repeats the name as it was given.
fn target(rpc: &Rpc, given: &str) -> Result<Target, Fault> {
    let spec = Namespec::parse(given);
    if rpc.control.fleet().group(spec.group).is_none() {
        return Err(Fault::with(FaultCode::BadName, given));
    }
    let group = spec.group.to_owned();
    Ok(match spec.process {
        None => Target::Group(group),
        Some(name) => Target::Process { group, name: name.to_owned(), given: given.to_owned() },
    })
}

fn group(_: &Rpc, name: &str) -> Result<Target, Fault> {
    Ok(Target::Group(name.to_owned()))
}

pub(super) fn signal(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move {
        let target = target(&rpc, &args.text(0)?)?;
        signalled(&rpc, target, &args.signal(1)?).await
    })
}

pub(super) fn signal_group(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move {
        let target = Target::Group(args.text(0)?.into_owned());
        signalled(&rpc, target, &args.signal(1)?).await
    })
}

pub(super) fn signal_all(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move { signalled(&rpc, Target::All, &args.signal(0)?).await })
}

async fn signalled(rpc: &Rpc, target: Target, signal: &str) -> Answer {
    match values::signal(signal) {
        Ok(signal) => rpc.request(Request::Signal { target, signal }).await,
        Err(_) => bad_signal(rpc, &target, signal),
    }
}

/// A signal that does not exist is the fault of the call, or of each process that it would have been sent to.
fn bad_signal(rpc: &Rpc, target: &Target, signal: &str) -> Answer {
    let fault = Fault::with(FaultCode::BadSignal, signal);
    let fleet = rpc.control.fleet();
    let refused = |process: &Process| status(process.group(), process.name(), Some(&fault));
    let signallable = |process: &&Process| process.state().is_signallable();
    match target {
        Target::Process { group, name, given } => match fleet.find(group, name) {
            Some(_) => Err(fault),
            None => Err(Fault::with(FaultCode::BadName, given)),
        },
        Target::Group(name) => {
            let group = fleet.group(name).ok_or_else(|| Fault::with(FaultCode::BadName, name))?;
            Ok(Value::Array(group.processes().iter().filter(signallable).map(refused).collect()))
        }
        Target::All => Ok(Value::Array(fleet.processes().filter(signallable).map(refused).collect())),
    }
}

/// A fault that repeats what was given, where that is a number.
fn about(fault: Fault, args: &Args, at: usize) -> Fault {
    args.int(at).map_or(fault, |number| Fault::with(FaultCode::IncorrectParameters, number))
}

pub(super) fn send_stdin(rpc: &Rpc, args: &Args) -> Answer {
    let (name, bytes) = (args.text(0)?, args.bytes(1).map_err(|fault| about(fault, args, 1))?);
    let process = rpc.process(&name)?;
    match rpc.control.write_stdin(process, bytes) {
        Ok(()) => Ok(Value::Bool(true)),
        Err(StdinError::NotRunning) => Err(Fault::with(FaultCode::NotRunning, name)),
        Err(StdinError::Closed) => Err(Fault::with(FaultCode::NoFile, name)),
    }
}
