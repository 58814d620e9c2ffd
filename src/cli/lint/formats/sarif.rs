//! SARIF 2.1.0: one run, with the rules that its results name.

use std::collections::BTreeSet;

use serde_json::{Value, json};

use super::{message_with_help, place};
use crate::base::{Diagnostic, Severity, Sources, Span};
use crate::lint::{self, Rule};

/// All findings.
pub(super) fn text(sources: &Sources, found: &[Diagnostic]) -> String {
    let codes: BTreeSet<&str> = found.iter().map(|finding| finding.code).collect();
    let rules: Vec<&Rule> = codes.into_iter().filter_map(lint::find).collect();
    let results: Vec<Value> = found.iter().map(|finding| result(sources, finding, &rules)).collect();
    let log = json!({
        "$schema": "https://json.schemastore.org/sarif-2.1.0.json",
        "version": "2.1.0",
        "runs": [{
            "tool": { "driver": {
                "name": "recipe",
                "version": env!("CARGO_PKG_VERSION"),
                "rules": rules.iter().map(|rule| descriptor(rule)).collect::<Vec<_>>(),
            } },
            "columnKind": "unicodeCodePoints",
            "results": results,
        }],
    });
    format!("{log:#}\n")
}

fn level(severity: Severity) -> &'static str {
    match severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "note",
    }
}

fn descriptor(rule: &Rule) -> Value {
    json!({
        "id": rule.code,
        "shortDescription": { "text": rule.finds },
        "fullDescription": { "text": rule.why },
        "help": { "text": rule.page(), "markdown": rule.page() },
        "defaultConfiguration": { "level": level(rule.severity) },
        "properties": { "family": rule.family.word() },
    })
}

fn result(sources: &Sources, finding: &Diagnostic, rules: &[&Rule]) -> Value {
    let mut result = json!({
        "ruleId": finding.code,
        "level": level(finding.severity),
        "message": { "text": message_with_help(finding) },
        "locations": finding.span.map(|span| at(sources, span)).into_iter().collect::<Vec<_>>(),
    });
    if let Some(index) = rules.iter().position(|rule| rule.code == finding.code) {
        result["ruleIndex"] = json!(index);
    }
    if !finding.labels.is_empty() {
        let related = finding.labels.iter().map(|label| {
            let mut location = at(sources, label.span);
            location["message"] = json!({ "text": label.text });
            location
        });
        result["relatedLocations"] = related.collect();
    }
    result
}

fn at(sources: &Sources, span: Span) -> Value {
    let place = place(sources, span);
    json!({ "physicalLocation": {
        "artifactLocation": { "uri": uri(place.file) },
        "region": {
            "startLine": place.line,
            "startColumn": place.column,
            "endLine": place.end_line,
            "endColumn": place.end_column,
        },
    } })
}

/// A path as a URI: relative, or of the scheme `file`.
fn uri(path: &str) -> String {
    let is_plain = |b: u8| b.is_ascii_alphanumeric() || b"/-._~!$&'()*+,;=@".contains(&b);
    let scheme = if path.starts_with('/') { "file://" } else { "" };
    let byte = |byte: u8| if is_plain(byte) { char::from(byte).to_string() } else { format!("%{byte:02X}") };
    scheme.to_owned() + &path.bytes().map(byte).collect::<String>()
}
