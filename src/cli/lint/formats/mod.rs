//! Findings for machines and people. Each format is a function from findings to text.

mod concise;
mod github;
mod gitlab;
mod junit;
mod sarif;

use super::super::args::LintFormat;
use super::super::report;
use super::Run;
use crate::base::{Diagnostic, Sources, Span};

/// All of it.
pub(super) fn text(format: LintFormat, run: &Run, colour: bool) -> String {
    let (sources, found) = (&run.sources, run.found.as_slice());
    let mut out = Vec::new();
    // Writing to memory does not fail.
    let _ = match format {
        LintFormat::Text => report::text(&mut out, sources, found, colour),
        LintFormat::Json => report::json(&mut out, sources, found),
        LintFormat::Concise => return concise::text(sources, found),
        LintFormat::Sarif => return sarif::text(sources, found),
        LintFormat::Github => return github::text(sources, found),
        LintFormat::Gitlab => return gitlab::text(sources, found),
        LintFormat::Junit => return junit::text(run),
    };
    String::from_utf8_lossy(&out).into_owned()
}

/// Where a finding begins and ends, lines and columns from 1.
struct Place<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

fn place(sources: &Sources, span: Span) -> Place<'_> {
    let (start, end) = (sources.position(span), sources.position(Span { start: span.end, ..span }));
    let file = sources.name(span.file);
    Place { file, line: start.line, column: start.column, end_line: end.line, end_column: end.column }
}

/// The message with what stands under the place, in one line.
fn whole_message(finding: &Diagnostic) -> String {
    let note = if finding.note.is_empty() { String::new() } else { format!(": {}", finding.note) };
    format!("{}{note}", finding.message).replace('\n', " ")
}

/// And with the lines of help.
fn message_with_help(finding: &Diagnostic) -> String {
    let help = finding.help.iter().map(|line| format!("\nhelp: {line}"));
    std::iter::once(whole_message(finding)).chain(help).collect()
}
