//! Methods about methods, and many calls in one.

use super::args::Args;
use super::table::{Method, Param};
use super::{Answer, Later, Payload, Rpc};
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::{Call, Value};

pub(super) fn list_methods(rpc: &Rpc, _: &Args) -> Answer {
    let mut names: Vec<String> = rpc.methods().map(|(name, _)| name).collect();
    names.sort();
    Ok(Value::Array(names.into_iter().map(Value::Str).collect()))
}

pub(super) fn method_help(rpc: &Rpc, args: &Args) -> Answer {
    named(rpc, args).map(|method| help(method).into())
}

pub(super) fn method_signature(rpc: &Rpc, args: &Args) -> Answer {
    let method = named(rpc, args)?;
    let kinds = std::iter::once(method.returns).chain(method.params.iter().map(|param| param.kind));
    Ok(Value::Array(kinds.map(|kind| kind.name().into()).collect()))
}

fn named(rpc: &Rpc, args: &Args) -> Result<&'static Method, Fault> {
    rpc.find(&args.text(0)?).ok_or_else(|| FaultCode::SignatureUnsupported.into())
}

/// The text that clients show and some read: a sentence, then a line for each parameter and one for the result.
fn help(method: &Method) -> String {
    const INDENT: &str = "\n        ";
    let line = |param: &Param| format!("@param {} {} {}", param.kind.name(), param.name, param.about);
    let mut lines = vec![format!(" {}\n", method.about.replace('\n', INDENT))];
    lines.extend(method.params.iter().map(line));
    lines.push(format!("@return {} result {}", method.returns.name(), method.result));
    lines.push(String::new());
    lines.join(INDENT)
}

/// Calls one after another, each waited for. What each comes to stands in the result, a fault as a struct.
pub(super) fn multicall(rpc: Rpc, args: Args) -> Later {
    Box::pin(async move {
        let mut results = Vec::new();
        for call in args.array(0)? {
            let answer = match inner_call(call) {
                // Boxed, as this may be called by what it calls; `inner_call` sees that it is not.
                Ok(call) => Box::pin(rpc.dispatch(call)).await.map(Payload::into_value),
                Err(fault) => Err(fault),
            };
            results.push(answer.unwrap_or_else(|fault| fault_struct(&fault)));
        }
        Ok(Value::Array(results))
    })
}

fn inner_call(call: &Value) -> Result<Call, Fault> {
    let wrong = |why: &str| Fault::with(FaultCode::IncorrectParameters, why);
    let method = call.get("methodName").ok_or_else(|| wrong("No methodName"))?;
    let method = method.as_str().ok_or(FaultCode::IncorrectParameters)?;
    if method == "system.multicall" {
        return Err(wrong("Recursive system.multicall forbidden"));
    }
    let params = match call.get("params") {
        None => Vec::new(),
        Some(params) => params.as_array().ok_or(FaultCode::IncorrectParameters)?.to_vec(),
    };
    Ok(Call { method: method.to_owned(), params })
}

fn fault_struct(fault: &Fault) -> Value {
    Value::members([("faultCode", Value::Int(fault.code)), ("faultString", fault.string.as_str().into())])
}
