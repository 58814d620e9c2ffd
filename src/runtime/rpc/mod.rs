//! The methods that clients call: ONE table ([`table`]) says name, parameters, result, help text and function of each;
//! dispatch, the checks of parameters, `system.listMethods` and its sisters and the manual all read it. A method that is not in the
//! table does not exist.
//!
//! `system.*` is always there; the others answer under the name of each `[rpcinterface:NAME]` section, and are refused
//! while the daemon leaves.
//!
//! Deliberately absent: HTTP and XML, and any state: what is known of processes is the fleet's, what must wait is
//! settled by the core.

#![expect(clippy::unnecessary_wraps, reason = "the methods of one table have one type")]

mod args;
mod config;
mod daemon;
mod info;
mod logs;
mod manual;
mod processes;
mod system;
mod table;
#[cfg(test)]
mod tests;

use std::future::Future;
use std::pin::Pin;
use std::rc::Rc;

use super::control::Control;
use super::core::request::{self, Reply, Request};
use super::core::state::Mood;
use crate::conf::check::RPC_FACTORY;
use crate::conf::model::{LogLevel, RpcInterface};
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::{Call, Response, Value, write_records, write_response};

pub(super) use self::daemon::SUPERVISOR_VERSION;
pub use self::info::ProcessInfo;
pub(super) use self::info::{Zone, description, zone};
pub use self::manual::manual;

use self::args::Args;
use self::table::{METHODS, Method, Namespace, Run};

/// The name under which the methods usually stand.
const SUPERVISOR: &str = "supervisor";

/// What a method comes to.
type Answer = Result<Value, Fault>;
/// What a call is answered with.
type Answered = Result<Payload, Fault>;
/// What a method comes to, once it has.
type Later = Pin<Box<dyn Future<Output = Answer>>>;

/// What goes out to a client.
#[derive(Debug)]
pub enum Payload {
    /// Any value.
    Value(Value),
    /// The long answer: as values it would take several times the memory.
    Processes(Vec<ProcessInfo>),
}

impl Payload {
    /// Its text.
    pub fn written(self) -> Response {
        match self {
            Self::Value(value) => write_response(value),
            Self::Processes(processes) => write_records(processes),
        }
    }

    /// The value that it is.
    pub fn into_value(self) -> Value {
        match self {
            Self::Value(value) => value,
            Self::Processes(processes) => Value::Array(processes.iter().map(Value::record).collect()),
        }
    }
}

/// The methods of a running daemon.
#[derive(Clone)]
pub struct Rpc {
    control: Rc<dyn Control>,
    /// NAMEs of the sections under which the methods answer.
    names: Rc<[String]>,
}

impl Rpc {
    /// The methods that the configuration asks for.
    pub fn new(control: Rc<dyn Control>, interfaces: &[RpcInterface]) -> Self {
        let names = interfaces.iter().filter(|i| i.factory == RPC_FACTORY).map(|i| i.name.clone()).collect();
        Self { control, names }
    }

    /// The methods under Supervisor's own name, whatever the configuration asks for.
    pub(super) fn bundled(control: Rc<dyn Control>) -> Self {
        Self { control, names: Rc::new([SUPERVISOR.to_owned()]) }
    }

    /// Runs a method of `supervisor` for the daemon itself, which the log does not tell of.
    pub(super) async fn run(&self, method: &str, params: Vec<Value>) -> Answer {
        self.dispatch(Call { method: format!("{SUPERVISOR}.{method}"), params }).await.map(Payload::into_value)
    }

    /// Answers a call, however long it takes.
    pub async fn call(&self, call: Call) -> Answered {
        let name = call.method.clone();
        self.trace(|| format!("XML-RPC method called: {name}()"));
        let answer = self.dispatch(call).await;
        self.trace(|| match &answer {
            Ok(_) => format!("XML-RPC method {name}() returned successfully"),
            Err(fault) => format!("XML-RPC method {name}() returned fault: [{}] {}", fault.code, fault.string),
        });
        answer
    }

    fn trace(&self, line: impl FnOnce() -> String) {
        if self.control.logs(LogLevel::Trace) {
            self.control.log(LogLevel::Trace, &line());
        }
    }

    async fn dispatch(&self, call: Call) -> Answered {
        let method = self.find(&call.method).ok_or(FaultCode::UnknownMethod)?;
        let args = Args::new(call.params, method.params)?;
        if method.namespace == Namespace::Supervisor && !method.while_leaving {
            self.refuse_while_leaving()?;
        }
        match method.run {
            Run::Now(run) => run(self, &args).map(Payload::Value),
            Run::OfAll(run) => Ok(Payload::Processes(run(self, &args))),
            Run::Later(run) => run(self.clone(), args).await.map(Payload::Value),
        }
    }

    fn refuse_while_leaving(&self) -> Result<(), Fault> {
        if self.control.fleet().mood() == Mood::Running { Ok(()) } else { Err(FaultCode::ShutdownState.into()) }
    }

    /// The method of a full name.
    fn find(&self, full: &str) -> Option<&'static Method> {
        let (space, name) = full.split_once('.')?;
        METHODS.iter().find(|m| m.name == name && self.spaces(m).any(|s| s == space))
    }

    /// All methods with their full names.
    fn methods(&self) -> impl Iterator<Item = (String, &'static Method)> {
        METHODS.iter().flat_map(|m| self.spaces(m).map(move |space| (format!("{space}.{}", m.name), m)))
    }

    /// The names before the dot under which a method answers.
    fn spaces(&self, method: &Method) -> impl Iterator<Item = &str> {
        let names = match method.namespace {
            Namespace::Supervisor => Some(self.names.iter().map(String::as_str)),
            Namespace::System => None,
        };
        let system = names.is_none().then_some("system");
        names.into_iter().flatten().chain(system)
    }

    /// Hands a request to the core and waits for its answer.
    async fn request(&self, request: Request) -> Answer {
        match self.control.submit(request).await {
            Ok(Reply::Done) => Ok(Value::Bool(true)),
            Ok(Reply::Fault(fault)) => Err(on_the_wire(&fault)),
            Ok(Reply::Outcomes(outcomes)) => Ok(Value::Array(outcomes.iter().map(outcome).collect())),
            Err(_) => Err(FaultCode::ShutdownState.into()),
        }
    }
}

fn on_the_wire(fault: &request::Fault) -> Fault {
    use request::Fault as Why;
    let (code, about) = match fault {
        Why::ShutdownState => return FaultCode::ShutdownState.into(),
        Why::BadName(about) => (FaultCode::BadName, about),
        Why::NoFile(about) => (FaultCode::NoFile, about),
        Why::NotExecutable(about) => (FaultCode::NotExecutable, about),
        Why::Failed(about) => (FaultCode::Failed, about),
        Why::AbnormalTermination(about) => (FaultCode::AbnormalTermination, about),
        Why::SpawnError(about) => (FaultCode::SpawnError, about),
        Why::AlreadyStarted(about) => (FaultCode::AlreadyStarted, about),
        Why::NotRunning(about) => (FaultCode::NotRunning, about),
        Why::AlreadyAdded(about) => (FaultCode::AlreadyAdded, about),
        Why::StillRunning(about) => (FaultCode::StillRunning, about),
    };
    Fault::with(code, about)
}

fn outcome(outcome: &request::Outcome) -> Value {
    let fault = outcome.fault.as_ref().map(on_the_wire);
    status(&outcome.group, &outcome.name, fault.as_ref())
}

/// One process's line in the result of a method on many.
fn status(group: &str, name: &str, fault: Option<&Fault>) -> Value {
    Value::members([
        ("name", name.into()),
        ("group", group.into()),
        ("status", Value::Int(fault.map_or(FaultCode::Success.number(), |fault| fault.code))),
        ("description", fault.map_or("OK", |fault| &fault.string).into()),
    ])
}
