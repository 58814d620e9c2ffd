//! The lines of a cluster.ini, as Python 2's `ConfigParser` reads them.
//!
//! - A line that starts with `#`, `;` or the word `rem` is a comment; so is what follows a `;` behind a blank, in the first
//!   line of a value, if it is the first `;` there. (So `a;b ; c` has no comment.)
//! - A line that starts with a blank continues the value above it; blank lines do not end it.
//! - A header ends at the first `]`. Sections of one name are one section, of options of one name the last counts.
//! - Names of options are lower-cased. A value `""` is empty.
//!
//! Differences, in favour of what is meant: an indented line that starts with `#` or `;` is a comment, where the original
//! took it for a part of the value; so is a value that begins with `;` behind a blank. A byte order mark is skipped.

use super::problem::Problem;
use crate::base::{FileId, Span};
use crate::conf::ini::{At, Ini, Line, Setting, Value, line_end, lower};
use crate::conf::python::is_space;

/// Sections and options; what is wrong with lines is added to `found`.
pub(super) fn read<'a>(file: FileId, text: &'a str, found: &mut Vec<(Problem, Span)>) -> Ini<'a> {
    let mut ini = Ini::new();
    let mut reader = Reader { ini: &mut ini, file, at: None, option: None, found };
    let mut start = if text.starts_with('\u{feff}') { '\u{feff}'.len_utf8() } else { 0 };
    while start < text.len() {
        let (end, next) = line_end(text, start);
        reader.line(Line { text: &text[start..end], start });
        start = next;
    }
    ini
}

struct Reader<'r, 'a> {
    ini: &'r mut Ini<'a>,
    file: FileId,
    at: Option<At>,
    option: Option<usize>,
    found: &'r mut Vec<(Problem, Span)>,
}

impl<'a> Reader<'_, 'a> {
    fn line(&mut self, line: Line<'a>) {
        let content = stripped(line);
        let is_indented = line.text.starts_with(is_space);
        let is_remark = || !is_indented && first_word(content.text).eq_ignore_ascii_case("rem");
        if content.text.is_empty() || content.text.starts_with(['#', ';']) || is_remark() {
            return;
        }
        if let (true, Some(at), Some(option)) = (is_indented, self.at, self.option) {
            self.ini.value_at(at, option).push(content);
            return;
        }
        let span = self.span(content);
        if let (false, Some(name)) = (is_indented, header(line.text)) {
            self.at = Some(self.ini.enter(name, span));
            self.option = None;
            return;
        }
        let Some(at) = self.at else { return self.found.push((Problem::NoHeader, span)) };
        match self.setting(content).filter(|_| !is_indented) {
            Some(setting) => self.option = Some(self.ini.set_at(at, setting)),
            None => self.found.push((Problem::BadLine, span)),
        }
    }

    fn setting(&self, line: Line<'a>) -> Option<Setting<'a>> {
        let delimiter = line.text.find(['=', ':']).filter(|at| *at > 0)?;
        let name = line.text[..delimiter].trim_end_matches(is_space);
        let value = without_comment(&line.text[delimiter + 1..]);
        let value = stripped(Line { text: value, start: line.start + delimiter + 1 });
        let value = if value.text == "\"\"" { Line { text: "", start: value.start } } else { value };
        let name_span = self.span(Line { text: name, start: line.start });
        Some(Setting { name: lower(name), name_span, value: Value::new(self.file, value) })
    }

    fn span(&self, line: Line<'_>) -> Span {
        Span::new(self.file, line.start, line.start + line.text.len())
    }
}

fn stripped(line: Line<'_>) -> Line<'_> {
    let text = line.text.trim_start_matches(is_space);
    Line { text: text.trim_end_matches(is_space), start: line.start + line.text.len() - text.len() }
}

fn first_word(text: &str) -> &str {
    text.split(is_space).next().unwrap_or("")
}

fn header(line: &str) -> Option<&str> {
    let inner = line.strip_prefix('[')?;
    inner.find(']').filter(|end| *end > 0).map(|end| &inner[..end])
}

/// What stands before the comment. Only the first `;` can start one, and only behind a blank.
fn without_comment(value: &str) -> &str {
    match value.find(';') {
        Some(at) if value[..at].ends_with(is_space) => &value[..at],
        _ => value,
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::base::Sources;

    fn lines(text: &str) -> (Vec<String>, usize) {
        let file = Sources::new().add("cluster.ini", text);
        let mut found = Vec::new();
        let ini = read(file, text, &mut found);
        let defaults = ini.defaults();
        let all = std::iter::once(defaults).chain(ini.sections());
        let shown = all.flat_map(|s| s.options().iter().map(|o| format!("{}.{}={}", s.name, o.name, o.value.text())));
        (shown.collect(), found.len())
    }

    #[test]
    fn lines_are_read_as_by_the_original() {
        let text = "\u{feff}# c\n[DEFAULT]\nA = 1 ; c\nb: x;y ; z\nrem that\nRemark: 1\nc=\"\"\n[s]x\n\nd =\n  /a\n\n# c\n  /b ; b\n  # c\ne = ;c\n[DEFAULT]\na=2\n";
        let expected =
            ["DEFAULT.a=2", "DEFAULT.b=x;y ; z", "DEFAULT.remark=1", "DEFAULT.c=", "s.d=\n/a\n/b ; b", "s.e="];
        assert_eq!(lines(text), (expected.map(str::to_owned).to_vec(), 0));
    }

    #[test]
    fn what_is_no_line_is_found() {
        assert_eq!(lines("a = 1\n[]\n").1, 2);
        assert_eq!(lines("[s]\n  a = 1\nb\n= 3\n[\n").1, 4);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(text in "[\\[\\]a-c=:;# \n%()]{0,60}") {
            lines(&text);
        }
    }
}
