//! What Pound 4 says over its control socket, in JSON over HTTP: which listeners, services and backends it has.
//!
//! Deliberately absent: the connection, and which backend is whose.

use std::fmt;

use serde_json::Value;

/// A backend.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Backend {
    /// What it is asked for by: `/listener/L/S/B`.
    pub path: String,
    /// `HOST:PORT`, or the path of a socket.
    pub address: String,
    /// Whether it gets requests.
    pub is_enabled: bool,
    /// Whether it answers.
    pub is_alive: bool,
}

/// Why an answer says nothing of backends.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Problem {
    /// It is no JSON.
    NotJson(String),
    /// It has no list of listeners.
    NoListeners,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NotJson(why) => write!(f, "its answer is no JSON: {why}"),
            Self::NoListeners => f.write_str("its answer has no listeners"),
        }
    }
}

/// The backends in the answer to a GET of `/`; those of services outside of a listener have `-` for it. A backend for
/// emergencies looks like any other.
pub fn backends(answer: &str) -> Result<Vec<Backend>, Problem> {
    let tree: Value = serde_json::from_str(answer).map_err(|why| Problem::NotJson(why.to_string()))?;
    let listeners = tree.get("listeners").and_then(Value::as_array).ok_or(Problem::NoListeners)?;
    let mut found = Vec::new();
    for (number, listener) in listeners.iter().enumerate() {
        of_services(&number.to_string(), listener, &mut found);
    }
    of_services("-", &tree, &mut found);
    Ok(found)
}

fn of_services(listener: &str, holder: &Value, found: &mut Vec<Backend>) {
    for (service, tree) in list(holder, "services").iter().enumerate() {
        for (number, backend) in list(tree, "backends").iter().enumerate() {
            let Some(address) = backend.get("address").and_then(Value::as_str) else { continue };
            let is = |key| backend.get(key).and_then(Value::as_bool).unwrap_or(true);
            found.push(Backend {
                path: format!("/listener/{listener}/{service}/{number}"),
                address: address.to_owned(),
                is_enabled: is("enabled"),
                is_alive: is("alive"),
            });
        }
    }
}

fn list<'v>(holder: &'v Value, key: &str) -> &'v [Value] {
    holder.get(key).and_then(Value::as_array).map_or(&[], Vec::as_slice)
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn backends_have_the_path_by_which_they_are_asked_for() {
        let answer = r#"{"listeners": [
            {"services": [{"backends": [{"type": "control", "alive": true}]}]},
            {"services": [{"backends": []}, {"backends": [
                {"address": "127.0.0.1:8001", "alive": true, "enabled": false},
                {"address": "127.0.0.1:8002", "alive": false, "enabled": true}]}]}],
            "services": [{"backends": [{"address": "[::1]:8003", "alive": true, "enabled": true}]}]}"#;
        let found = backends(answer).unwrap();
        let shown: Vec<_> = found.iter().map(|b| (b.path.as_str(), b.is_enabled, b.is_alive)).collect();
        let expected =
            [("/listener/1/1/0", false, true), ("/listener/1/1/1", true, false), ("/listener/-/0/0", true, true)];
        assert_eq!(shown, expected);
    }

    #[test]
    fn what_says_nothing_of_backends_is_told() {
        assert!(matches!(backends("<html>"), Err(Problem::NotJson(_))));
        assert_eq!(backends("{}"), Err(Problem::NoListeners));
        assert_eq!(backends(r#"{"listeners": [1, {"services": 2}]}"#), Ok(vec![]));
    }

    proptest! {
        #[test]
        fn any_answer_can_be_read(text in any::<String>()) {
            let _ = backends(&text);
        }
    }
}
