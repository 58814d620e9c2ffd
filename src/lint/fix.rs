//! Fixes, made: the edits of findings on the texts that they are of.

use std::collections::BTreeMap;

use crate::base::suggest::{self, is_same};
use crate::base::{Diagnostic, Edit, FileId, Fix, Safety, Severity, Sources, Span};

/// A fix that doubles the `%` of a text which begin no expansion; none where that is not what is wrong.
pub fn doubled(sources: &Sources, span: Span) -> Option<Fix> {
    let text = sources.slice(span);
    // A comment between its lines is no part of a value.
    if text.contains('\n') && text.contains([';', '#']) {
        return None;
    }
    let mut edits = Vec::new();
    let mut at = 0;
    while let Some(percent) = text[at..].find('%').map(|n| at + n) {
        let rest = &text[percent + 1..];
        let length = if rest.starts_with('%') {
            2
        } else if let Some(expansion) = rest.strip_prefix('(').and_then(|inner| inner.find(')')) {
            expansion + 3
        } else {
            edits.push(Edit { span: span.part(percent, percent + 1), text: "%%".to_owned() });
            1
        };
        at = (percent + length).min(text.len());
        while !text.is_char_boundary(at) {
            at += 1;
        }
    }
    let title = "double the `%`".to_owned();
    (!edits.is_empty()).then_some(Fix { title, safety: Safety::Unsafe, edits })
}

/// Writes the one name that was meant, where the finding says it ([`suggest::meant`]), in the place of the name that the
/// message has and that stands once where the finding points.
///
/// Where nothing would be built, or would start, and the two differ in case and dashes alone, it is safe.
pub fn slip(sources: &Sources, finding: &Diagnostic) -> Option<Fix> {
    // More help says that the name is not all.
    let [help] = &*finding.help else { return None };
    let (span, meant) = (finding.span?, suggest::meant(help)?);
    if meant.contains(['"', '\'', '\\', '\n']) {
        return None;
    }
    let text = sources.slice(span);
    let placed = |(word, meant)| place(text, word, meant).map(|at| (word, meant, at));
    let words = quoted(&finding.message).flat_map(|word| [Some((word, meant)), names(word, meant)]).flatten();
    let (word, meant, at) = words.into_iter().find_map(placed)?;
    let is_safe = finding.severity == Severity::Error && is_same(word, meant);
    let safety = if is_safe { Safety::Safe } else { Safety::Unsafe };
    Some(Fix::replace(safety, format!("write `{meant}` for `{word}`"), span.part(at, at + word.len()), meant))
}

/// The names of two files of one folder: a manifest need not name the folder.
fn names<'a>(one: &'a str, other: &'a str) -> Option<(&'a str, &'a str)> {
    let ((folder, one), (other_folder, other)) = (one.rsplit_once('/')?, other.rsplit_once('/')?);
    (folder == other_folder).then_some((one, other))
}

/// What a message quotes, and the last name of each dotted one; then its words, as the original quotes nothing.
fn quoted(message: &str) -> impl Iterator<Item = &str> {
    let between = |quote: char| message.split(quote).skip(1).step_by(2);
    let whole = between('`').chain(between('\''));
    let quoted = whole.flat_map(|text| [Some(text), text.rsplit_once('.').map(|(_, last)| last)]).flatten();
    quoted.chain(message.split_whitespace().map(|word| word.trim_end_matches([',', ':', '.'])))
}

/// Where `word` stands in `text`, if that is one place, and `meant` is near to it or to be all of the text.
fn place(text: &str, word: &str, meant: &str) -> Option<usize> {
    let is_all = text.trim_matches(['"', '\'']) == word;
    if word.is_empty() || !is_all && suggest::nearest(word, [meant]).is_none() {
        return None;
    }
    let is_bare = |(at, _): &(usize, &str)| {
        let is_more = |c: char| c.is_alphanumeric() || "_-".contains(c);
        let (before, after) = (&text[..*at], &text[at + word.len()..]);
        !(word.starts_with(is_more) && before.ends_with(is_more)
            || word.ends_with(is_more) && after.starts_with(is_more))
    };
    let mut places = text.match_indices(word).filter(is_bare).map(|(at, _)| at);
    places.next().filter(|_| places.next().is_none())
}

/// Texts after fixing.
#[derive(Debug, Default)]
pub struct Fixed {
    /// What is different, by file.
    pub texts: BTreeMap<FileId, String>,
    /// How many findings were mended.
    pub count: usize,
}

/// Makes the fixes that are at most as risky as `most`. Of fixes that touch the same place, or the same file in a way
/// that could meet, the first one is made; the others wait for another round.
pub fn apply(sources: &Sources, found: &[Diagnostic], most: Safety) -> Fixed {
    // By file and start, each with its end: none of them meet.
    let mut taken: BTreeMap<(FileId, u32), &Edit> = BTreeMap::new();
    let mut count = 0;
    for fix in found.iter().filter_map(|finding| finding.fix.as_deref()).filter(|fix| fix.safety <= most) {
        let before =
            |edit: &Edit| taken.range(..=(edit.span.file, edit.span.end)).next_back().map(|(_, other)| other.span);
        let is_free = |edit: &Edit| before(edit).is_none_or(|other| !meet(edit.span, other));
        let is_sound = |edit: &Edit| sources.text(edit.span.file).get(edit.span.range()).is_some();
        let is_change = fix.edits.iter().any(|edit| sources.slice(edit.span) != edit.text);
        if is_change && fix.edits.iter().all(|edit| is_free(edit) && is_sound(edit)) {
            taken.extend(fix.edits.iter().map(|edit| ((edit.span.file, edit.span.start), edit)));
            count += 1;
        }
    }
    let mut pieces: BTreeMap<FileId, (String, usize)> = BTreeMap::new();
    for edit in taken.into_values() {
        let text = sources.text(edit.span.file);
        let (done, at) = pieces.entry(edit.span.file).or_default();
        done.push_str(&text[*at..edit.span.range().start]);
        done.push_str(&edit.text);
        *at = edit.span.range().end;
    }
    let whole = |(file, (done, at)): (FileId, (String, usize))| (file, done + &sources.text(file)[at..]);
    Fixed { count, texts: pieces.into_iter().map(whole).collect() }
}

/// How many errors there may be once fixes of findings of this severity are made: what comes to light behind an error was
/// there before, but no other fix may bring one.
pub fn most_errors(severity: Severity, found: &[Diagnostic]) -> usize {
    if severity == Severity::Error { usize::MAX } else { errors(found) }
}

/// How many of the findings are errors.
pub fn errors(found: &[Diagnostic]) -> usize {
    found.iter().filter(|finding| finding.severity == Severity::Error).count()
}

/// Whether two edits touch the same text. Insertions at one place meet as well: their order would be a guess.
fn meet(a: Span, b: Span) -> bool {
    a.file == b.file && a.start <= b.end && b.start <= a.end
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn edits_that_meet_wait() {
        let mut sources = Sources::new();
        let file = sources.add("a", "0123456789");
        let fix = |start, end, text: &str| {
            let fix = Fix::replace(Safety::Safe, "x", Span::new(file, start, end), text);
            Diagnostic::warning("x", None, "x").fix(fix)
        };
        let found = [fix(4, 6, "ab"), fix(5, 7, "no"), fix(1, 2, ""), fix(9, 9, "!")];
        let fixed = apply(&sources, &found, Safety::Safe);
        assert_eq!((fixed.count, &*fixed.texts[&file]), (3, "023ab678!9"));
        let span = Span::new(file, 0, 1);
        let risky = Diagnostic::warning("x", None, "x").fix(Fix::replace(Safety::Unsafe, "x", span, ""));
        assert_eq!(apply(&sources, &[risky], Safety::Safe).count, 0);
        assert_eq!(apply(&sources, &[fix(0, 1, "0")], Safety::Safe).count, 0);
    }

    #[test]
    fn a_name_is_written_for_the_one_that_was_meant() {
        let mended = |text: &str, message: &str, meant: &str| {
            let mut sources = Sources::new();
            let file = sources.add("a", text);
            let finding = Diagnostic::error("x", Span::new(file, 0, text.len()), message);
            let fix = slip(&sources, &finding.help(format!("did you mean `{meant}`?")))?;
            let safety = fix.safety;
            let finding = Diagnostic::error("x", None, "x").fix(fix);
            Some((apply(&sources, &[finding], Safety::Unsafe).texts[&file].clone(), safety))
        };
        let cases = [
            ("$<wbe:port>", "no section `wbe`", "web", Some("$<web:port>")),
            ("${a.b:ports.htpp}", "`a.b` has no `ports.htpp`", "http", Some("${a.b:ports.http}")),
            ("$<x:progs.l>", "`x` has no `progs.l`", "progs.w", Some("$<x:progs.w>")),
            ("'TREM'", "value 'TREM' is none", "TERM", Some("'TERM'")),
            ("web,zoe", "unknown program zoe, in group:all", "zeo", Some("web,zeo")),
            ("\"http://h:8\"", "port `p` is `http://h:8`", "h:8", Some("\"h:8\"")),
            ("\"bse.toml\"", "`/p/bse.toml` does not exist", "/p/base.toml", Some("\"base.toml\"")),
            // Which of the two, nobody knows; and half a word is none.
            ("wbe wbe", "no `wbe`", "web", None),
            ("wbe-1", "no `wbe`", "web", None),
            ("wbe", "no `wbe`", "we\"b", None),
        ];
        for (text, message, meant, expected) in cases {
            let expected = expected.map(|text| (text.to_owned(), Safety::Unsafe));
            assert_eq!(mended(text, message, meant), expected, "{text}");
        }
        let same = mended("stdout-logfile", "no option `stdout-logfile`", "stdout_logfile");
        assert_eq!(same, Some(("stdout_logfile".to_owned(), Safety::Safe)));
    }

    #[test]
    fn a_percent_is_doubled_where_it_is_none_of_an_expansion() {
        let mut sources = Sources::new();
        let file = sources.add("a", "%(here)s %d é% %% 5%");
        let fix = doubled(&sources, Span::new(file, 0, 21)).unwrap();
        let finding = Diagnostic::warning("x", None, "x").fix(fix);
        assert_eq!(apply(&sources, &[finding], Safety::Unsafe).texts[&file], "%(here)s %%d é%% %% 5%%");
    }
}
