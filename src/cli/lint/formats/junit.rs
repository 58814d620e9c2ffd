//! `JUnit`'s XML: a suite for each file, a case for each finding. A file without findings is one case that passes.

use std::collections::BTreeMap;
use std::fmt::Write as _;

use quick_xml::escape::escape;

use super::super::Run;
use super::{message_with_help, place, whole_message};
use crate::base::{Diagnostic, Severity};

/// All findings.
pub(super) fn text(run: &Run) -> String {
    let mut suites: BTreeMap<&str, Vec<&Diagnostic>> = BTreeMap::new();
    for file in &run.files {
        suites.entry(run.sources.name(*file)).or_default();
    }
    for finding in &run.found {
        let name = finding.span.map_or("recipe", |span| run.sources.name(span.file));
        suites.entry(name).or_default().push(finding);
    }
    let failures = |found: &[&Diagnostic]| found.iter().filter(|finding| fails(finding)).count();
    let tests = |found: &[&Diagnostic]| found.len().max(1);
    let (all, failed) = suites.values().fold((0, 0), |(n, f), found| (n + tests(found), f + failures(found)));
    let mut out = format!(
        "<?xml version=\"1.0\" encoding=\"UTF-8\"?>\n<testsuites name=\"recipe lint\" tests=\"{all}\" failures=\"{failed}\">\n"
    );
    for (name, found) in &suites {
        let _ = writeln!(
            out,
            "  <testsuite name=\"{}\" tests=\"{}\" failures=\"{}\">",
            clean(name),
            tests(found),
            failures(found)
        );
        if found.is_empty() {
            let _ = writeln!(out, "    <testcase name=\"lint\" classname=\"{}\"/>", clean(name));
        }
        for finding in found {
            case(&mut out, run, name, finding);
        }
        out.push_str("  </testsuite>\n");
    }
    out.push_str("</testsuites>\n");
    out
}

fn fails(finding: &Diagnostic) -> bool {
    finding.severity > Severity::Info
}

fn case(out: &mut String, run: &Run, file: &str, finding: &Diagnostic) {
    let at = finding
        .span
        .map(|span| place(&run.sources, span))
        .map(|p| format!(":{}:{}", p.line, p.column))
        .unwrap_or_default();
    let _ = writeln!(out, "    <testcase name=\"{}{at}\" classname=\"{}\">", clean(finding.code), clean(file));
    let (message, all) = (clean(&whole_message(finding)), clean(&message_with_help(finding)));
    let _ = if fails(finding) {
        let severity = finding.severity.name();
        writeln!(out, "      <failure type=\"{severity}\" message=\"{message}\">{all}</failure>")
    } else {
        writeln!(out, "      <system-out>{all}</system-out>")
    };
    out.push_str("    </testcase>\n");
}

/// A text as XML may hold it.
fn clean(text: &str) -> String {
    let text: String =
        text.chars().map(|c| if c.is_control() && !matches!(c, '\n' | '\t') { '\u{fffd}' } else { c }).collect();
    escape(text.as_str()).into_owned()
}
