//! Findings that the author of a file does not want to hear of: `; recipe: ignore[CODE] reason`, or with `#`.
//!
//! Behind a value it is about that line; on a line of its own about the next one that is neither blank nor a comment; in an
//! INI also about the deeper lines that continue a value which begins there. `ignore-file[CODE]` is about the whole file. One that keeps nothing quiet is itself a finding, as the fault it was
//! written for is gone, or was never there.

use memchr::memmem;

use super::kind::{self, Kind};
use super::settings::{Settings, UnknownCode};
use super::{find, own};
use crate::base::{Diagnostic, FileId, Fix, Safety, Severity, Sources, Span};
use crate::compile::document::Syntax;

/// What such a comment begins with.
const MARK: &str = "recipe: ignore";

/// One comment.
#[derive(Debug)]
struct Suppression {
    /// From the `;` to the end of the line.
    span: Span,
    codes: Vec<(String, Span)>,
    /// The first and the last line that it is about; none for the whole file.
    lines: Option<(usize, usize)>,
    /// Whether its form is right.
    is_sound: bool,
}

/// Takes out of `found` what comments of `files` keep quiet, and adds what is wrong with these comments.
pub fn apply(sources: &Sources, files: impl Iterator<Item = FileId>, settings: &Settings, found: &mut Vec<Diagnostic>) {
    let has_errors = found.iter().any(|finding| finding.severity == Severity::Error);
    for file in files.filter(|file| memmem::find(sources.text(*file).as_bytes(), MARK.as_bytes()).is_some()) {
        // While a manifest has errors, not all rules have looked at it.
        let is_manifest = || matches!(kind::of_named(sources.name(file), sources.text(file)), Kind::Manifest(_));
        let is_unused_known = !has_errors || !is_manifest();
        for suppression in suppressions(sources, file) {
            one(sources, &suppression, settings, is_unused_known, found);
        }
    }
}

fn one(
    sources: &Sources,
    suppression: &Suppression,
    settings: &Settings,
    is_unused_known: bool,
    found: &mut Vec<Diagnostic>,
) {
    if !suppression.is_sound || suppression.codes.is_empty() {
        let finding = own::BAD_SUPPRESSION.finding(suppression.span, "this comment names no rule to ignore");
        found.push(finding.help("write `recipe: ignore[CODE] reason`, with the code that the finding shows"));
        return;
    }
    let here = |finding: &Diagnostic| {
        let span = finding.span.filter(|span| span.file == suppression.span.file)?;
        let is_on_line =
            suppression.lines.is_none_or(|(first, last)| (first..=last).contains(&sources.position(span).line));
        is_on_line.then_some(())
    };
    for (code, span) in &suppression.codes {
        if find(code).is_none() {
            let unknown = UnknownCode(code.clone());
            let finding = own::BAD_SUPPRESSION.finding(*span, format!("there is no rule `{code}`"));
            found.push(finding.help(unknown.help()));
            continue;
        }
        let before = found.len();
        found.retain(|finding| finding.code != code || here(finding).is_none());
        let is_wanted = settings.wants(code, Some(sources.name(suppression.span.file)));
        if found.len() == before && is_wanted && is_unused_known {
            let message = format!("nothing is wrong here that `{code}` would tell");
            let finding = own::UNUSED_SUPPRESSION.finding(*span, message).help("remove the comment");
            found.push(finding.fix(removal(sources, suppression, *span)));
        }
    }
}

/// Takes out the code, or the whole comment where it is the only one.
fn removal(sources: &Sources, suppression: &Suppression, code: Span) -> Fix {
    let title = "remove the comment";
    if suppression.codes.len() > 1 {
        let text = sources.text(code.file);
        let rest = &text[code.range().end..];
        let comma = rest.trim_start().strip_prefix(',').map(|after| rest.len() - after.trim_start().len());
        let span = match comma {
            Some(length) => Span::new(code.file, code.range().start, code.range().end + length),
            None => {
                Span::new(code.file, text[..code.range().start].trim_end_matches([',', ' ']).len(), code.range().end)
            }
        };
        return Fix::replace(Safety::Safe, "remove the code", span, "");
    }
    let line = super::view::line(sources, suppression.span);
    let before = &sources.text(line.file)[line.range().start..suppression.span.range().start];
    if before.trim().is_empty() {
        return Fix::replace(Safety::Safe, title, line, "");
    }
    let span = Span::new(line.file, line.range().start + before.trim_end().len(), suppression.span.range().end);
    Fix::replace(Safety::Safe, title, span, "")
}

/// The comments of a file.
fn suppressions(sources: &Sources, file: FileId) -> Vec<Suppression> {
    let text = sources.text(file);
    let is_ini = matches!(kind::of_named(sources.name(file), text), Kind::Supervisord | Kind::Manifest(Syntax::Cfg));
    let mut all: Vec<Suppression> = Vec::new();
    let (mut at, mut number) = (0, 0);
    let mut waiting: Vec<usize> = Vec::new();
    // The indentation of the value that a deeper line continues.
    let mut value: Option<usize> = None;
    // The comments that are about it.
    let mut about: Vec<usize> = Vec::new();
    for raw in text.split_inclusive('\n') {
        number += 1;
        let line = raw.trim_end_matches(['\n', '\r']);
        let content = line.trim_start();
        let indent = line.len() - content.len();
        let is_alone = content.starts_with([';', '#']);
        let is_code = !is_alone && !content.is_empty();
        let is_more = is_code && value.is_some_and(|own| indent > own);
        if is_more {
            for own in about.iter().copied() {
                all[own].lines = all[own].lines.map(|(first, _)| (first, number));
            }
        } else if is_code {
            value = (is_ini && !content.starts_with('[')).then_some(indent);
            about.clear();
        }
        if let Some(comment) = comment(line) {
            let suppression = parse(file, at + comment, &line[comment..]);
            if suppression.lines.is_some() && is_alone {
                waiting.push(all.len());
            } else if suppression.lines.is_some() && !is_more {
                about.push(all.len());
            }
            all.push(Suppression { lines: suppression.lines.map(|_| (number, number)), ..suppression });
        }
        if is_code {
            for waiting in waiting.drain(..) {
                all[waiting].lines = Some((number, number));
                if !is_more {
                    about.push(waiting);
                }
            }
        }
        at += raw.len();
    }
    all
}

/// Where the comment begins that holds the mark.
fn comment(line: &str) -> Option<usize> {
    let mark = line.find(MARK)?;
    let before = line[..mark].trim_end();
    let sign = before.strip_suffix([';', '#'])?;
    let is_comment = sign.is_empty() || sign.ends_with([' ', '\t']);
    is_comment.then_some(sign.len())
}

/// `text` begins with the sign of the comment and stands at `start`.
fn parse(file: FileId, start: usize, text: &str) -> Suppression {
    let span = Span::new(file, start, start + text.len());
    let after = text.find(MARK).map_or("", |at| &text[at + MARK.len()..]);
    let (after, is_file) = after.strip_prefix("-file").map_or((after, false), |after| (after, true));
    let inner = after.strip_prefix('[').and_then(|inner| inner.split_once(']')).map(|(inner, _)| inner);
    let mut at = start + text.len() - after.len() + 1;
    let mut codes = Vec::new();
    for piece in inner.into_iter().flat_map(|inner| inner.split(',')) {
        let code = piece.trim();
        let begin = at + piece.len() - piece.trim_start().len();
        if !code.is_empty() {
            codes.push((code.to_owned(), Span::new(file, begin, begin + code.len())));
        }
        at += piece.len() + 1;
    }
    Suppression { span, codes, lines: (!is_file).then_some((0, 0)), is_sound: inner.is_some() }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn left(text: &str, found: &[(&'static str, usize)]) -> Vec<String> {
        let mut sources = Sources::new();
        let file = sources.add("a.conf", text);
        let starts: Vec<usize> = std::iter::once(0).chain(text.match_indices('\n').map(|(at, _)| at + 1)).collect();
        let place = |line: usize| Span::new(file, starts[line - 1], starts[line - 1] + 1);
        let mut found = found.iter().map(|(code, line)| Diagnostic::warning(code, place(*line), "x")).collect();
        apply(&sources, std::iter::once(file), &Settings::default(), &mut found);
        found.iter().map(|f| format!("{}:{}", f.code, f.span.map_or(0, |span| sources.position(span).line))).collect()
    }

    #[test]
    fn comments_keep_their_line_quiet() {
        let text = "a = 1 ; recipe: ignore[hot-loop] it ends itself\n# recipe: ignore[hot-loop, io]\n\n; x\nb\nc\n";
        assert_eq!(left(text, &[("hot-loop", 1), ("hot-loop", 5), ("io", 5), ("io", 6)]), ["io:6"]);
        assert_eq!(left("# recipe: ignore-file[io]\na\nb\n", &[("io", 2), ("io", 3)]), [""; 0]);
        assert_eq!(left("x=a;recipe: ignore[io]\n", &[("io", 1)]), ["io:1"]);
    }

    #[test]
    fn comments_keep_the_lines_of_a_value_quiet() {
        let above = "# recipe: ignore[io]\na =\n  x\n\n  # c\n  y\nb = 1\n";
        assert_eq!(left(above, &[("io", 2), ("io", 3), ("io", 6), ("io", 7)]), ["io:7"]);
        let behind = "[a]\n  a = 1 ; recipe: ignore[io]\n   x\n  b = 1\n";
        assert_eq!(left(behind, &[("io", 2), ("io", 3), ("io", 4)]), ["io:4"]);
        let within = "a =\n  x ; recipe: ignore[io]\n    y\n";
        assert_eq!(left(within, &[("io", 1), ("io", 2), ("io", 3)]), ["io:1", "io:3"]);
        let header = "[a] ; recipe: ignore[io]\n  a = 1\n";
        assert_eq!(left(header, &[("io", 1), ("io", 2)]), ["io:2"]);
    }

    #[test]
    fn comments_of_a_manifest_with_errors_may_do_something_later() {
        let of = |name: &str, severity| {
            let mut sources = Sources::new();
            let file = sources.add(name, "a # recipe: ignore[io]\nb\n");
            let mut found = vec![Diagnostic::new(severity, "hot-loop", Span::new(file, 23, 24), "x")];
            apply(&sources, std::iter::once(file), &Settings::default(), &mut found);
            found.len()
        };
        assert_eq!(of("recipe.toml", Severity::Error), 1);
        assert_eq!(of("recipe.toml", Severity::Warning), 2);
        assert_eq!(of("a.conf", Severity::Error), 2);
    }

    #[test]
    fn comments_that_do_nothing_are_found() {
        let text = "a ; recipe: ignore[io]\nb ; recipe: ignore\nc # recipe: ignore[oi]\n";
        assert_eq!(left(text, &[]), ["unused-suppression:1", "bad-suppression:2", "bad-suppression:3"]);
    }
}
