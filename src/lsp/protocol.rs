//! The shapes of the protocol: what comes in, as far as it is looked at, and what goes out. The dozen of them that are
//! used are written down here: the published crates of types are large, and strict where an editor that says something
//! odd beside the point should be served all the same.

use serde_json::{Value, json};

/// Why a request fails.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Failure {
    ParseError,
    InvalidRequest,
    MethodNotFound,
    InvalidParams,
    NotInitialized,
    Cancelled,
}

impl Failure {
    fn code(self) -> i64 {
        match self {
            Self::ParseError => -32700,
            Self::InvalidRequest => -32600,
            Self::MethodNotFound => -32601,
            Self::InvalidParams => -32602,
            Self::NotInitialized => -32002,
            Self::Cancelled => -32800,
        }
    }
}

/// A message of the editor.
#[derive(Clone, Debug, PartialEq)]
pub(super) enum Incoming {
    Request {
        id: Value,
        method: String,
        params: Value,
    },
    Notification {
        method: String,
        params: Value,
    },
    /// An answer: we ask nothing that matters.
    Response,
}

impl Incoming {
    /// The answer to what is none is in the `Err`.
    pub(super) fn read(body: &[u8]) -> Result<Self, String> {
        let null = || Value::Null;
        let value: Value = serde_json::from_slice(body)
            .map_err(|why| failed(&null(), Failure::ParseError, &format!("this is no JSON: {why}")))?;
        let Value::Object(mut fields) = value else {
            return Err(failed(&null(), Failure::InvalidRequest, "a message is an object"));
        };
        let id = fields.remove("id");
        let params = fields.remove("params").unwrap_or(Value::Null);
        match (fields.remove("method"), id) {
            (Some(Value::String(method)), None) => Ok(Self::Notification { method, params }),
            (Some(Value::String(method)), Some(id @ (Value::String(_) | Value::Number(_)))) => {
                Ok(Self::Request { id, method, params })
            }
            (None, Some(_)) if fields.contains_key("result") || fields.contains_key("error") => Ok(Self::Response),
            _ => Err(failed(&null(), Failure::InvalidRequest, "this is neither a request nor an answer")),
        }
    }
}

/// The answer to a request.
pub(super) fn answer(id: &Value, result: &Value) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "result": result }).to_string()
}

/// The answer to a request that fails.
pub(super) fn failed(id: &Value, why: Failure, message: &str) -> String {
    json!({ "jsonrpc": "2.0", "id": id, "error": { "code": why.code(), "message": message } }).to_string()
}

/// What the editor is told unasked.
pub(super) fn notification(method: &str, params: &Value) -> String {
    json!({ "jsonrpc": "2.0", "method": method, "params": params }).to_string()
}

/// A text in Markdown.
pub(super) fn markdown(text: &str) -> Value {
    json!({ "kind": "markdown", "value": text })
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn messages_are_told_apart() {
        let read = |text: &str| Incoming::read(text.as_bytes());
        assert!(matches!(read(r#"{"id":1,"method":"a"}"#), Ok(Incoming::Request { .. })));
        assert!(matches!(read(r#"{"method":"a","params":{}}"#), Ok(Incoming::Notification { .. })));
        assert!(matches!(read(r#"{"id":1,"result":null}"#), Ok(Incoming::Response)));
        for (text, code) in
            [("{", -32700), ("[]", -32600), ("{}", -32600), (r#"{"id":null,"method":"a"}"#, -32600), ("\u{0}", -32700)]
        {
            assert!(read(text).unwrap_err().contains(&code.to_string()), "{text}");
        }
    }
}
