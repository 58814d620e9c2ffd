//! Annotations of GitHub Actions: commands on lines of their own.

use super::{message_with_help, place};
use crate::base::{Diagnostic, Severity, Sources};

/// All findings.
pub(super) fn text(sources: &Sources, found: &[Diagnostic]) -> String {
    found.iter().map(|finding| line(sources, finding)).collect()
}

fn line(sources: &Sources, finding: &Diagnostic) -> String {
    let command = match finding.severity {
        Severity::Error => "error",
        Severity::Warning => "warning",
        Severity::Info => "notice",
    };
    let place = finding.span.map(|span| place(sources, span)).map(|p| {
        // Columns belong to one line only.
        let columns = (p.line == p.end_line).then(|| format!(",col={},endColumn={}", p.column, p.end_column));
        format!("file={},line={},endLine={}{},", property(p.file), p.line, p.end_line, columns.unwrap_or_default())
    });
    let message = data(&message_with_help(finding));
    format!("::{command} {}title={}::{message}\n", place.unwrap_or_default(), property(finding.code))
}

fn data(text: &str) -> String {
    text.replace('%', "%25").replace('\r', "%0D").replace('\n', "%0A")
}

fn property(text: &str) -> String {
    data(text).replace(':', "%3A").replace(',', "%2C")
}
