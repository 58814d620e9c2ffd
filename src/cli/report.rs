//! How findings are shown: as rustc shows them, or as JSON lines. The only user of `annotate-snippets`.
//!
//! Only the lines that a finding points at are handed to the renderer, so that a file of any size costs nothing, and
//! passwords in them are hidden.

use std::io::{self, Write};
use std::ops::Range;

use annotate_snippets::renderer::DecorStyle;
use annotate_snippets::{AnnotationKind, Group, Level, Origin, Renderer, Snippet};
use serde::Serialize;

use super::hidden;
use crate::base::secret::TELLING;
use crate::base::{Diagnostic, Severity, Sources, Span, list};

/// Lines longer than this are cut around the place that is shown, in bytes.
const LONGEST_LINE: usize = 200;
/// Lines larger than this are not looked into: each finding would cost a walk through all of it, in bytes.
const LARGEST_LINE: usize = 64 * 1024;
const ELLIPSIS: &str = "…";

/// Findings as text for people, in the order given, each followed by an empty line.
pub fn text(out: &mut dyn Write, sources: &Sources, findings: &[Diagnostic], colour: bool) -> io::Result<()> {
    let renderer = if colour { Renderer::styled() } else { Renderer::plain() }.decor_style(DecorStyle::Ascii);
    for finding in findings {
        let excerpts = excerpts(sources, finding);
        let title = level(finding.severity).primary_title(finding.message.as_str()).id(finding.code);
        let mut group = Group::with_title(title);
        for excerpt in &excerpts {
            group = match excerpt.origin() {
                Some(origin) => group.element(origin).element(excerpt.snippet()),
                None => group.element(excerpt.snippet().path(excerpt.name.as_str())),
            };
        }
        if excerpts.is_empty() && !finding.note.is_empty() {
            group = group.element(Level::NOTE.message(finding.note.as_str()));
        }
        group = group.elements(finding.help.iter().map(|line| Level::HELP.message(line.as_str())));
        let report: &[Group<'_>] = &[group];
        for line in renderer.render(report).lines().filter(|line| !is_bare_mark(line)) {
            writeln!(out, "{line}")?;
        }
        writeln!(out)?;
    }
    Ok(())
}

/// A `:::` without a place, which the renderer puts above the text of a place that was given by itself.
fn is_bare_mark(line: &str) -> bool {
    line.trim_end_matches("\u{1b}[0m").trim_end().ends_with(":::") && !line.contains('|')
}

/// `2 errors and 1 warning`; empty when there is neither.
pub fn summary(findings: &[Diagnostic]) -> String {
    let of = |severity| findings.iter().filter(|d| d.severity == severity).count();
    let (errors, warnings) = (of(Severity::Error), of(Severity::Warning));
    let errors = (errors > 0).then(|| list::count(errors, "error", "errors"));
    let warnings = (warnings > 0).then(|| list::count(warnings, "warning", "warnings"));
    errors.into_iter().chain(warnings).collect::<Vec<_>>().join(" and ")
}

/// Findings as one JSON array.
pub fn json(out: &mut dyn Write, sources: &Sources, findings: &[Diagnostic]) -> io::Result<()> {
    let records: Vec<Record<'_>> = findings.iter().map(|finding| Record::new(sources, finding)).collect();
    serde_json::to_writer_pretty(&mut *out, &records)?;
    writeln!(out)
}

fn level(severity: Severity) -> Level<'static> {
    match severity {
        Severity::Error => Level::ERROR,
        Severity::Warning => Level::WARNING,
        Severity::Info => Level::INFO,
    }
}

/// The lines of one place, ready to be shown.
struct Excerpt {
    name: String,
    text: String,
    first_line: usize,
    /// The column of the place, where the line is cut, so that the renderer cannot know it.
    column: Option<usize>,
    marked: Range<usize>,
    label: String,
    primary: bool,
}

impl Excerpt {
    /// `hide`: takes out of the marked text what is not for everybody.
    fn new(sources: &Sources, span: Span, label: &str, primary: bool, hide: fn(&mut String, Range<usize>)) -> Self {
        let text = sources.text(span.file);
        let (lines, marked) = lines_around(text, span.range());
        let (shown, marked) = if lines.len() > LARGEST_LINE {
            (ELLIPSIS.to_owned(), 0..ELLIPSIS.len())
        } else {
            let mut line = hidden::hide(&text[lines.clone()]);
            let marked = marked.start - lines.start..marked.end - lines.start;
            hide(&mut line, marked.clone());
            shortened(&line, marked)
        };
        let is_cut = lines.len() > LONGEST_LINE;
        let place = sources.position(span);
        Self {
            name: sources.name(span.file).to_owned(),
            text: shown,
            column: is_cut.then_some(place.column),
            first_line: place.line,
            marked,
            label: label.to_owned(),
            primary,
        }
    }

    fn snippet(&self) -> Snippet<'_, annotate_snippets::Annotation<'_>> {
        let kind = if self.primary { AnnotationKind::Primary } else { AnnotationKind::Context };
        let mut annotation = kind.span(self.marked.clone());
        if !self.label.is_empty() {
            annotation = annotation.label(self.label.as_str());
        }
        Snippet::source(self.text.as_str()).line_start(self.first_line).annotation(annotation)
    }

    /// The place of a line that is cut.
    fn origin(&self) -> Option<Origin<'_>> {
        let column = self.column?;
        Some(Origin::path(self.name.as_str()).line(self.first_line).char_column(column))
    }
}

fn excerpts(sources: &Sources, finding: &Diagnostic) -> Vec<Excerpt> {
    // A password may stand under any name, if another value refers to it.
    let hide: fn(&mut String, Range<usize>) = match finding.code {
        "literal-password" => hidden::hide_value,
        "secret-in-command" => hidden::hide_words,
        _ if is_misspelt_password(finding) => hidden::hide_behind,
        _ => |_, _| {},
    };
    let first = finding.span.map(|span| Excerpt::new(sources, span, &finding.note, true, hide));
    let others = finding.labels.iter().map(|label| Excerpt::new(sources, label.span, &label.text, false, |_, _| {}));
    first.into_iter().chain(others).collect()
}

/// Whether what is marked may be meant to be the name of a password.
fn is_misspelt_password(finding: &Diagnostic) -> bool {
    let is_telling = |help: &String| TELLING.iter().any(|word| help.to_ascii_lowercase().contains(word));
    finding.help.iter().any(is_telling)
}

/// The range of whole lines that hold `marked`, cut to its first line where it spans several, and `marked` itself,
/// moved to character boundaries and into that line.
fn lines_around(text: &str, marked: Range<usize>) -> (Range<usize>, Range<usize>) {
    let mut start = marked.start.min(text.len());
    while !text.is_char_boundary(start) {
        start -= 1;
    }
    let line_start = text[..start].rfind('\n').map_or(0, |n| n + 1);
    let line_end = text[start..].find('\n').map_or(text.len(), |n| start + n);
    let mut end = marked.end.clamp(start, line_end);
    while !text.is_char_boundary(end) {
        end -= 1;
    }
    (line_start..line_end, start..end)
}

/// A line with at most [`LONGEST_LINE`] bytes around what is marked; an ellipsis stands for what is cut.
fn shortened(line: &str, marked: Range<usize>) -> (String, Range<usize>) {
    if line.len() <= LONGEST_LINE {
        return (line.to_owned(), marked);
    }
    let boundary = |mut at: usize| {
        while !line.is_char_boundary(at) {
            at -= 1;
        }
        at
    };
    let start = boundary(marked.start.saturating_sub(LONGEST_LINE / 2));
    let end = boundary((start + LONGEST_LINE).min(line.len()));
    let (before, after) = (if start > 0 { "…" } else { "" }, if end < line.len() { "…" } else { "" });
    let shift = before.len();
    let marked_end = marked.end.min(end).max(marked.start);
    (format!("{before}{}{after}", &line[start..end]), marked.start - start + shift..marked_end - start + shift)
}

#[derive(Serialize)]
struct Record<'a> {
    code: &'a str,
    severity: &'a str,
    message: &'a str,
    #[serde(skip_serializing_if = "str::is_empty")]
    note: &'a str,
    #[serde(skip_serializing_if = "Option::is_none")]
    location: Option<Location<'a>>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    related: Vec<Related<'a>>,
    #[serde(skip_serializing_if = "<[String]>::is_empty")]
    help: &'a [String],
}

#[derive(Serialize)]
struct Location<'a> {
    file: &'a str,
    line: usize,
    column: usize,
    end_line: usize,
    end_column: usize,
}

#[derive(Serialize)]
struct Related<'a> {
    message: &'a str,
    location: Location<'a>,
}

impl<'a> Record<'a> {
    fn new(sources: &'a Sources, finding: &'a Diagnostic) -> Self {
        Self {
            code: finding.code,
            severity: finding.severity.name(),
            message: &finding.message,
            note: &finding.note,
            location: finding.span.map(|span| Location::new(sources, span)),
            related: finding
                .labels
                .iter()
                .map(|label| Related { message: &label.text, location: Location::new(sources, label.span) })
                .collect(),
            help: &finding.help,
        }
    }
}

impl<'a> Location<'a> {
    fn new(sources: &'a Sources, span: Span) -> Self {
        let start = sources.position(span);
        let end = sources.position(Span { start: span.end, ..span });
        Self {
            file: sources.name(span.file),
            line: start.line,
            column: start.column,
            end_line: end.line,
            end_column: end.column,
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(sources: &Sources, finding: &Diagnostic) -> String {
        let mut out = Vec::new();
        text(&mut out, sources, std::slice::from_ref(finding), false).unwrap();
        String::from_utf8(out).unwrap()
    }

    #[test]
    fn a_finding_shows_place_line_and_help() {
        let mut sources = Sources::new();
        let file = sources.add("recipe.toml", "[project]\nnaem = \"shop\"\nname = 1\n");
        let finding = Diagnostic::error("unknown-option", Span::new(file, 10, 14), "unknown option `naem`")
            .note("not an option of `[project]`")
            .label(Span::new(file, 24, 28), "the right one is here")
            .help("did you mean `name`?");
        insta::assert_snapshot!(shown(&sources, &finding));
    }

    #[test]
    fn passwords_are_not_shown() {
        let mut sources = Sources::new();
        let file = sources.add("a", "password = s3kret\n");
        let finding = Diagnostic::warning("literal-password", Span::new(file, 11, 17), "a password in clear");
        let text = shown(&sources, &finding);
        assert!(!text.contains("s3kret") && text.contains("******"), "{text}");
    }

    #[test]
    fn long_lines_and_odd_places_are_cut() {
        let mut sources = Sources::new();
        let file = sources.add("a", format!("{}X{}", "é".repeat(5000), "y".repeat(5000)));
        for span in [Span::new(file, 10_000, 10_001), Span::new(file, 3, 4), Span::new(file, 99_999, 100_000)] {
            assert!(shown(&sources, &Diagnostic::error("x", span, "m")).len() < 2000);
        }
    }

    #[test]
    fn json_names_lines_and_columns() {
        let mut sources = Sources::new();
        let file = sources.add("a", "x\nyz\n");
        let mut out = Vec::new();
        json(&mut out, &sources, &[Diagnostic::error("c", Span::new(file, 2, 4), "m")]).unwrap();
        let value: serde_json::Value = serde_json::from_slice(&out).unwrap();
        assert_eq!(value[0]["location"]["line"], 2);
        assert_eq!(value[0]["location"]["end_column"], 3);
    }
}
