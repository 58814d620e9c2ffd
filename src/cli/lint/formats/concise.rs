//! A line each: `file:line:column: severity[code] message`.

use super::{place, whole_message};
use crate::base::{Diagnostic, Sources};

/// All findings.
pub(super) fn text(sources: &Sources, found: &[Diagnostic]) -> String {
    let line = |finding: &Diagnostic| {
        let place = finding
            .span
            .map(|span| place(sources, span))
            .map(|p| format!("{}:{}:{}: ", p.file, p.line, p.column))
            .unwrap_or_default();
        format!("{place}{}[{}] {}\n", finding.severity.name(), finding.code, whole_message(finding))
    };
    found.iter().map(line).collect()
}
