//! Methods that read, tail and clear logs. Logs are bytes and XML is not: what is no UTF-8 is replaced.

use std::io;
use std::path::Path;

use super::args::Args;
use super::{Answer, Rpc, status};
use crate::conf::namespec::namespec;
use crate::runtime::core::event::Stream;
use crate::runtime::core::ids::ProcessId;
use crate::runtime::core::process::Process;
use crate::runtime::logread::{self, ReadFault};
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::Value;

pub(super) fn read_main(rpc: &Rpc, args: &Args) -> Answer {
    let (offset, length) = (args.int(0)?, args.int(1)?);
    let path = rpc.control.main_log().ok_or_else(|| Fault::with(FaultCode::NoFile, "syslog"))?;
    read(Some(&path), offset, length)
}

pub(super) fn clear_main(rpc: &Rpc, _: &Args) -> Answer {
    match rpc.control.clear_main_log() {
        Ok(()) => Ok(Value::Bool(true)),
        Err(error) if error.kind() == io::ErrorKind::NotFound => Err(FaultCode::NoFile.into()),
        Err(_) => Err(FaultCode::Failed.into()),
    }
}

pub(super) fn read_stdout(rpc: &Rpc, args: &Args) -> Answer {
    read_child(rpc, args, Stream::Stdout)
}

pub(super) fn read_stderr(rpc: &Rpc, args: &Args) -> Answer {
    read_child(rpc, args, Stream::Stderr)
}

fn read_child(rpc: &Rpc, args: &Args, stream: Stream) -> Answer {
    let process = rpc.process(&args.text(0)?)?;
    read(rpc.control.readable_child_log(process, stream).as_deref(), args.int(1)?, args.int(2)?)
}

fn read(path: Option<&Path>, offset: i64, length: i64) -> Answer {
    let path = path.ok_or(FaultCode::NoFile)?;
    let bytes = logread::read(path, offset, length).map_err(|fault| on_the_wire(fault, path))?;
    Ok(text(bytes))
}

fn on_the_wire(fault: ReadFault, path: &Path) -> Fault {
    match fault {
        ReadFault::BadArguments => FaultCode::BadArguments.into(),
        ReadFault::NoFile => Fault::with(FaultCode::NoFile, path.display()),
        ReadFault::Failed => FaultCode::Failed.into(),
    }
}

fn text(bytes: Vec<u8>) -> Value {
    Value::Str(String::from_utf8(bytes).unwrap_or_else(|e| String::from_utf8_lossy(e.as_bytes()).into_owned()))
}

pub(super) fn tail_stdout(rpc: &Rpc, args: &Args) -> Answer {
    tail_child(rpc, args, Stream::Stdout)
}

pub(super) fn tail_stderr(rpc: &Rpc, args: &Args) -> Answer {
    tail_child(rpc, args, Stream::Stderr)
}

fn tail_child(rpc: &Rpc, args: &Args, stream: Stream) -> Answer {
    let process = rpc.process(&args.text(0)?)?;
    let (offset, length) = (args.int(1)?, args.int(2)?);
    let tail = match rpc.control.readable_child_log(process, stream) {
        None => logread::Tail::default(),
        Some(path) => logread::tail(&path, offset, length).map_err(|fault| on_the_wire(fault, &path))?,
    };
    let offset = i64::try_from(tail.offset).unwrap_or(i64::MAX);
    Ok(Value::Array(vec![text(tail.bytes), Value::Int(offset), Value::Bool(tail.overflow)]))
}

pub(super) fn clear(rpc: &Rpc, args: &Args) -> Answer {
    let name = args.text(0)?;
    let process = rpc.process(&name)?;
    clear_one(rpc, process, &name).map(|()| Value::Bool(true))
}

pub(super) fn clear_all(rpc: &Rpc, _: &Args) -> Answer {
    // Clearing may look at the fleet: it is not borrowed meanwhile.
    let all: Vec<_> = rpc.control.fleet().processes().map(named).collect();
    let results = all.into_iter().map(|(id, group, name)| {
        let fault = clear_one(rpc, id, &namespec(&group, &name)).err();
        status(&group, &name, fault.as_ref())
    });
    Ok(Value::Array(results.collect()))
}

fn named(process: &Process) -> (ProcessId, std::rc::Rc<str>, std::rc::Rc<str>) {
    (process.id(), process.group().clone(), process.name().clone())
}

fn clear_one(rpc: &Rpc, process: ProcessId, name: &str) -> Result<(), Fault> {
    rpc.control.clear_child_logs(process).map_err(|_| Fault::with(FaultCode::Failed, name))
}
