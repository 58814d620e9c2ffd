//! GitLab's code quality report. Its fingerprints stay the same when lines above move.

use std::collections::BTreeMap;

use serde_json::{Value, json};

use super::{message_with_help, place};
use crate::base::{Diagnostic, Severity, Sources};

/// All findings.
pub(super) fn text(sources: &Sources, found: &[Diagnostic]) -> String {
    let mut seen: BTreeMap<String, usize> = BTreeMap::new();
    let all: Vec<Value> = found.iter().map(|finding| record(sources, finding, &mut seen)).collect();
    format!("{:#}\n", Value::Array(all))
}

fn record(sources: &Sources, finding: &Diagnostic, seen: &mut BTreeMap<String, usize>) -> Value {
    let place = finding.span.map(|span| place(sources, span));
    let (path, line) = place.map_or((".", 1), |place| (place.file, place.line));
    let what = format!("{}\n{path}\n{}", finding.code, finding.message);
    let number = seen.entry(what.clone()).or_default();
    *number += 1;
    let severity = match finding.severity {
        Severity::Error => "major",
        Severity::Warning => "minor",
        Severity::Info => "info",
    };
    json!({
        "description": message_with_help(finding),
        "check_name": finding.code,
        "fingerprint": blake3::hash(format!("{what}\n{number}").as_bytes()).to_hex().as_str(),
        "severity": severity,
        "location": { "path": path, "lines": { "begin": line } },
    })
}
