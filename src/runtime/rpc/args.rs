//! The parameters of a call, as liberal about types as Python's own handling of them is.

use std::borrow::Cow;

use super::table::Param;
use crate::wire::fault::{Fault, FaultCode};
use crate::wire::xmlrpc::Value;

/// Parameters whose number fits the method.
pub(super) struct Args(Vec<Value>);

impl Args {
    /// Checks the number.
    pub(super) fn new(values: Vec<Value>, params: &[Param]) -> Result<Self, Fault> {
        let required = params.iter().filter(|param| !param.optional).count();
        if (required..=params.len()).contains(&values.len()) { Ok(Self(values)) } else { Err(wrong()) }
    }

    /// A text; base64 is one too.
    pub(super) fn text(&self, at: usize) -> Result<Cow<'_, str>, Fault> {
        match self.0.get(at) {
            Some(Value::Str(text) | Value::DateTime(text)) => Ok(Cow::Borrowed(text)),
            Some(Value::Base64(bytes)) => Ok(String::from_utf8_lossy(bytes)),
            _ => Err(wrong()),
        }
    }

    /// A text, or what Python shows of another plain value.
    pub(super) fn shown(&self, at: usize) -> Result<Cow<'_, str>, Fault> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Ok(Cow::Owned(number.to_string())),
            Some(Value::Double(number)) => Ok(Cow::Owned(format!("{number:?}"))),
            Some(Value::Bool(flag)) => Ok(Cow::Borrowed(if *flag { "True" } else { "False" })),
            _ => self.text(at),
        }
    }

    /// A text as bytes.
    pub(super) fn bytes(&self, at: usize) -> Result<&[u8], Fault> {
        match self.0.get(at) {
            Some(Value::Str(text)) => Ok(text.as_bytes()),
            Some(Value::Base64(bytes)) => Ok(bytes),
            _ => Err(wrong()),
        }
    }

    /// A number, or a text that holds one.
    pub(super) fn int(&self, at: usize) -> Result<i64, Fault> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Ok(*number),
            Some(Value::Bool(flag)) => Ok(i64::from(*flag)),
            #[expect(clippy::cast_possible_truncation, reason = "a fraction is cut off, as Python's int() does")]
            Some(Value::Double(number)) if number.is_finite() => Ok(*number as i64),
            Some(Value::Str(text)) => text.trim().parse().map_err(|_| wrong()),
            _ => Err(wrong()),
        }
    }

    /// Whether a flag is set: anything that Python takes as true; true when it is not given.
    pub(super) fn flag(&self, at: usize) -> bool {
        match self.0.get(at) {
            None => true,
            Some(Value::Bool(flag)) => *flag,
            Some(Value::Int(number)) => *number != 0,
            Some(Value::Double(number)) => *number != 0.0,
            Some(Value::Str(text) | Value::DateTime(text)) => !text.is_empty(),
            Some(Value::Base64(bytes)) => !bytes.is_empty(),
            Some(Value::Array(items)) => !items.is_empty(),
            Some(Value::Struct(members)) => !members.is_empty(),
            Some(Value::Nil) => false,
        }
    }

    /// The name or number of a signal, as text.
    pub(super) fn signal(&self, at: usize) -> Result<Cow<'_, str>, Fault> {
        match self.0.get(at) {
            Some(Value::Int(number)) => Ok(Cow::Owned(number.to_string())),
            _ => self.text(at),
        }
    }

    /// The elements of an array.
    pub(super) fn array(&self, at: usize) -> Result<&[Value], Fault> {
        self.0.get(at).and_then(Value::as_array).ok_or_else(wrong)
    }
}

fn wrong() -> Fault {
    FaultCode::IncorrectParameters.into()
}
