//! What a zdaemon.conf means, for `recipe show`.

use std::fmt::Write as _;

use serde_json::{Map, Value, json};

use crate::base::secret;
use crate::conf::zconfig::eventlog::{Handler, Rotation, Target};
use crate::conf::zconfig::values::Address;
use crate::conf::zconfig::words;
use crate::conf::zconfig::zdaemon::{Runner, Zdaemon};

/// All of it, as values.
pub(in super::super) fn json_text(config: &Zdaemon) -> String {
    let environment: Map<String, Value> =
        config.environment.iter().map(|(name, value)| (name.clone(), json!(value))).collect();
    let eventlog = config
        .eventlog
        .as_ref()
        .map(|log| json!({"level": log.level, "handlers": log.handlers.iter().map(handler).collect::<Vec<_>>()}));
    let runner: Map<String, Value> =
        runner(&config.runner).into_iter().map(|(name, value)| (name.to_owned(), value)).collect();
    format!("{:#}\n", json!({"runner": runner, "environment": environment, "eventlog": eventlog}))
}

fn runner(runner: &Runner) -> Vec<(&'static str, Value)> {
    vec![
        ("program", json!(runner.program)),
        ("python", json!(runner.python)),
        ("zdrun", json!(runner.zdrun)),
        ("socket-name", json!(runner.socket_name)),
        ("daemon", json!(runner.daemon)),
        ("directory", json!(runner.directory)),
        ("backoff-limit", json!(runner.backoff_limit)),
        ("forever", json!(runner.forever)),
        ("exit-codes", json!(runner.exit_codes)),
        ("start-test-program", json!(runner.start_test_program)),
        ("start-timeout", json!(runner.start_timeout)),
        ("stop-timeout", json!(runner.stop_timeout)),
        ("user", json!(runner.user)),
        ("umask", json!(format!("{:03o}", runner.umask))),
        ("hang-around", json!(runner.hang_around)),
        ("default-to-interactive", json!(runner.default_to_interactive)),
        ("logfile", json!(runner.logfile)),
        ("transcript", json!(runner.transcript)),
        ("prompt", json!(runner.prompt)),
    ]
}

fn handler(handler: &Handler) -> Value {
    let level = handler.level;
    match &handler.target {
        Target::Stdout => json!({"logfile": "STDOUT", "level": level}),
        Target::Stderr => json!({"logfile": "STDERR", "level": level}),
        Target::File { path, rotation, delay } => {
            let mut shown = json!({"logfile": path, "level": level, "delay": delay});
            match rotation {
                None => {}
                Some(Rotation::Size { bytes, old_files }) => {
                    shown["max-size"] = json!(bytes);
                    shown["old-files"] = json!(old_files);
                }
                Some(Rotation::Time { when, interval, old_files }) => {
                    shown["seconds"] = json!(when.seconds() * interval);
                    shown["old-files"] = json!(old_files);
                }
            }
            shown
        }
        Target::Syslog { facility, address } => {
            let address = match address {
                Address::Unix(path) => path.clone(),
                Address::Inet(host, port) => format!("{host}:{port}"),
            };
            json!({"syslog": address, "level": level, "facility": facility})
        }
    }
}

/// All of it in the form of the file; variables that sound like secrets are masked unless they are to be `clear`.
pub(in super::super) fn text_of(config: &Zdaemon, clear: bool) -> String {
    let mut out = String::from("<runner>\n");
    for (name, value) in runner(&config.runner).into_iter().filter(|(_, value)| !value.is_null()) {
        let _ = writeln!(out, "  {name} {}", text(name, &value));
    }
    out.push_str("</runner>\n");
    if !config.environment.is_empty() {
        out.push_str("\n<environment>\n");
        for (name, value) in &config.environment {
            let value = if clear || !secret::tells(name) { value } else { "(secret)" };
            let _ = writeln!(out, "  {name} {value}");
        }
        out.push_str("</environment>\n");
    }
    if let Some(log) = &config.eventlog {
        let _ = writeln!(out, "\n<eventlog>\n  level {}", log.level);
        for shown in log.handlers.iter().map(handler) {
            let fields = shown.as_object().into_iter().flatten();
            let fields = fields.map(|(name, value)| format!("{name} {}", text(name, value)));
            let _ = writeln!(out, "  # {}", fields.collect::<Vec<_>>().join(", "));
        }
        out.push_str("</eventlog>\n");
    }
    out
}

fn text(name: &str, value: &Value) -> String {
    match value {
        Value::Bool(true) => "on".to_owned(),
        Value::Bool(false) => "off".to_owned(),
        Value::String(text) => text.clone(),
        Value::Array(items) if name == "exit-codes" => items.iter().map(Value::to_string).collect::<Vec<_>>().join(","),
        Value::Array(items) => {
            let words: Vec<String> = items.iter().map(|item| item.as_str().unwrap_or_default().to_owned()).collect();
            words::text(&words)
        }
        other => other.to_string(),
    }
}
