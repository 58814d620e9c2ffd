//! Methods about the daemon as a whole.

use super::args::Args;
use super::{Answer, Later, Rpc};
use crate::runtime::core::event::Event;
use crate::runtime::core::request::Request;
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::Value;

const API_VERSION: &str = "3.0";
/// The version that the daemon stands for.
pub(in crate::runtime) const SUPERVISOR_VERSION: &str = "4.3.0";

pub(super) fn api_version(_: &Rpc, _: &Args) -> Answer {
    Ok(API_VERSION.into())
}

pub(super) fn supervisor_version(_: &Rpc, _: &Args) -> Answer {
    Ok(SUPERVISOR_VERSION.into())
}

pub(super) fn identification(rpc: &Rpc, _: &Args) -> Answer {
    Ok(rpc.control.config().supervisord.identifier.as_str().into())
}

pub(super) fn state(rpc: &Rpc, _: &Args) -> Answer {
    let mood = rpc.control.fleet().mood();
    Ok(Value::members([("statecode", Value::Int(mood.code().into())), ("statename", mood.name().into())]))
}

pub(super) fn pid(rpc: &Rpc, _: &Args) -> Answer {
    Ok(Value::Int(rpc.control.pid().into()))
}

pub(super) fn shutdown(rpc: Rpc, _: Args) -> Later {
    Box::pin(async move { rpc.request(Request::Shutdown).await })
}

pub(super) fn restart(rpc: Rpc, _: Args) -> Later {
    Box::pin(async move {
        // With a configuration that cannot be read all would be stopped for nothing.
        rpc.control.check().map_err(cannot_reread)?;
        rpc.request(Request::Restart).await
    })
}

fn cannot_reread(why: String) -> Fault {
    Fault::with(FaultCode::CantReread, why)
}

pub(super) fn reload_config(rpc: &Rpc, _: &Args) -> Answer {
    let difference = rpc.control.reload().map_err(cannot_reread)?;
    let names = |names: &[String]| Value::Array(names.iter().map(|name| name.as_str().into()).collect());
    let lists = vec![names(&difference.added), names(&difference.changed), names(&difference.removed)];
    Ok(Value::Array(vec![Value::Array(lists)]))
}

pub(super) fn add_group(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move {
        let name = args.text(0)?;
        let config = rpc.control.config();
        let group = config.groups.iter().find(|group| group.name == name);
        let group = group.ok_or_else(|| Fault::with(FaultCode::BadName, &name))?.clone();
        rpc.request(Request::AddGroup(Box::new(group))).await
    })
}

pub(super) fn remove_group(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move {
        let name = args.text(0)?.into_owned();
        rpc.request(Request::RemoveGroup(name)).await
    })
}

pub(super) fn send_remote_comm_event(rpc: &Rpc, args: &Args) -> Answer {
    let (kind, data) = (args.shown(0)?.into_owned(), args.shown(1)?.into_owned());
    rpc.control.emit(Event::Remote { kind, data });
    Ok(Value::Bool(true))
}
