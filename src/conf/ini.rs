//! INI as Python's `RawConfigParser` reads it for Supervisor: not strict, and `;` and `#` start comments, also after a
//! blank within a line.
//!
//! - A line is a header if it starts with `[` and holds a `]` later; what follows the last `]` is not looked at.
//! - A line indented deeper than the header or option before it continues the value. Comments within a value are
//!   dropped, blank lines kept, blank lines at the end dropped.
//! - Of several `;` and `#` after blanks the first starts the comment. (Older Pythons have an odd exception.)
//! - Sections of one name are one section; of options of one name the last counts. `[DEFAULT]` is behind every section.
//! - Names of options are lower-cased, names of sections are not. Nothing is expanded.
//! - A byte order mark at the start of a file is a part of the first line, which is then no header, and no comment.
//!
//! Texts are borrowed: reading allocates per section and option, not per character.

use std::borrow::Cow;
use std::collections::HashMap;

use super::problem::{BadLine, Finding, Problem};
use super::python::is_space;
use crate::base::{FileId, Span};

/// From this number of options on, a section has an index of them.
const INDEXED: usize = 64;

/// One or several files, read one over the other.
#[derive(Debug, Default)]
pub struct Ini<'a> {
    sections: Vec<Section<'a>>,
    by_name: HashMap<&'a str, usize>,
    defaults: Section<'a>,
    problems: Vec<Finding>,
    repeats: Vec<Repeat<'a>>,
}

/// A header or an option that stands there a second time.
#[derive(Clone, Debug)]
pub struct Repeat<'a> {
    /// The header of the section.
    pub section: &'a str,
    /// The option with the value that is lost; none for a header, which loses nothing.
    pub lost: Option<Setting<'a>>,
    /// Where it stood before.
    pub first: Span,
    /// Where it stands again.
    pub again: Span,
}

/// A section.
#[derive(Debug, Default)]
pub struct Section<'a> {
    /// What stands between the brackets.
    pub name: &'a str,
    /// The first header.
    pub span: Option<Span>,
    options: Vec<Setting<'a>>,
    by_name: Option<HashMap<String, usize>>,
}

/// An option with its value.
#[derive(Clone, Debug)]
pub struct Setting<'a> {
    /// The name in lower case.
    pub name: Cow<'a, str>,
    /// Where the name stands.
    pub name_span: Span,
    /// The value.
    pub value: Value<'a>,
}

/// A value as written, line by line.
#[derive(Clone, Debug)]
pub struct Value<'a> {
    file: FileId,
    first: Line<'a>,
    /// What few values have, apart, so that the many others are small.
    more: Option<Box<More<'a>>>,
}

#[derive(Clone, Debug, Default)]
struct More<'a> {
    rest: Vec<Line<'a>>,
    replaced: Option<String>,
}

/// A line of a value, stripped.
#[derive(Clone, Copy, Debug)]
pub(super) struct Line<'a> {
    /// Its text.
    pub(super) text: &'a str,
    /// Where it starts in its file.
    pub(super) start: usize,
}

/// Where the text of a value stands.
#[derive(Clone, Debug)]
pub struct Places {
    whole: Span,
    /// Of each line where it begins in the text, where in the file, and its length.
    lines: Vec<(usize, usize, usize)>,
}

impl Places {
    /// See [`Value::part`].
    pub fn part(&self, start: usize, end: usize) -> Span {
        let line = self.lines.partition_point(|(at, ..)| *at <= start).checked_sub(1).map(|line| self.lines[line]);
        match line {
            Some((at, begin, length)) if start <= at + length && end <= at + length => {
                Span::new(self.whole.file, begin + start - at, begin + end - at)
            }
            _ => self.whole,
        }
    }
}

impl<'a> Value<'a> {
    /// Of one line so far.
    pub(super) fn new(file: FileId, first: Line<'a>) -> Self {
        Self { file, first, more: None }
    }

    /// With a further line.
    pub(super) fn push(&mut self, line: Line<'a>) {
        self.more.get_or_insert_default().rest.push(line);
    }

    /// The lines, each stripped, joined by newlines.
    pub fn text(&self) -> Cow<'_, str> {
        let Some(more) = &self.more else { return Cow::Borrowed(self.first.text) };
        if let Some(text) = &more.replaced {
            return Cow::Borrowed(text);
        }
        let mut text = self.first.text.to_owned();
        for line in &more.rest {
            text.push('\n');
            text.push_str(line.text);
        }
        text.truncate(text.trim_end_matches(is_space).len());
        Cow::Owned(text)
    }

    /// All of it; where it is empty, the place where it would start.
    pub fn span(&self) -> Span {
        let last = self.lines().filter(|line| !line.text.is_empty()).last().unwrap_or(self.first);
        Span::new(self.file, self.first.start, last.start + last.text.len())
    }

    /// The bytes `start..end` of [`Self::text`]; all of the value where they are on several lines, or where the text is
    /// not the one written.
    pub fn part(&self, start: usize, end: usize) -> Span {
        self.places().part(start, end)
    }

    /// As [`Self::part`], for those who ask for many.
    pub fn places(&self) -> Places {
        let is_replaced = self.more.as_ref().is_some_and(|more| more.replaced.is_some());
        let mut at = 0;
        let placed = |line: Line<'_>| {
            let own = at;
            at += line.text.len() + 1;
            (own, line.start, line.text.len())
        };
        let lines = if is_replaced { Vec::new() } else { self.lines().map(placed).collect() };
        Places { whole: self.span(), lines }
    }

    /// The places of its lines, without what is around them.
    pub fn line_spans(&self) -> impl Iterator<Item = Span> + '_ {
        self.lines().map(|line| Span::new(self.file, line.start, line.start + line.text.len()))
    }

    fn lines(&self) -> impl Iterator<Item = Line<'a>> + '_ {
        let rest = self.more.as_ref().map_or(&[][..], |more| &more.rest);
        std::iter::once(self.first).chain(rest.iter().copied())
    }
}

impl<'a> Section<'a> {
    /// Its options in the order of their first appearance, without those of `[DEFAULT]`.
    pub fn options(&self) -> &[Setting<'a>] {
        &self.options
    }

    /// The option of this lower-case name, without `[DEFAULT]`.
    pub fn get(&self, name: &str) -> Option<&Setting<'a>> {
        self.position(name).map(|at| &self.options[at])
    }

    fn position(&self, name: &str) -> Option<usize> {
        if self.options.len() < INDEXED {
            self.options.iter().position(|option| option.name == name)
        } else {
            self.by_name.as_ref().and_then(|names| names.get(name)).copied()
        }
    }

    /// Adds an option, in the place of one of the same name; returns where it is, and the one that was there.
    fn set(&mut self, option: Setting<'a>) -> (usize, Option<Setting<'a>>) {
        if let Some(at) = self.position(&option.name) {
            return (at, Some(std::mem::replace(&mut self.options[at], option)));
        }
        self.options.push(option);
        let at = self.options.len() - 1;
        if at + 1 == INDEXED {
            let names = self.options.iter().enumerate().map(|(at, option)| (option.name.to_string(), at));
            self.by_name = Some(names.collect());
        } else if let Some(names) = &mut self.by_name {
            names.insert(self.options[at].name.to_string(), at);
        }
        (at, None)
    }
}

impl<'a> Ini<'a> {
    /// Nothing read yet.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads `text`, which is `file` and called `name` in messages, over what has been read already.
    pub fn read(&mut self, file: FileId, name: &str, text: &'a str) {
        let mut reader = Reader { ini: self, file, at: None, option: None, indent: 0, bad: Vec::new(), lost: false };
        let (mut start, mut number) = (0, 0);
        while start < text.len() {
            let (end, next) = line_end(text, start);
            number += 1;
            reader.line(name, number, &text[start..end], start, next > end);
            start = next;
        }
        let bad = std::mem::take(&mut reader.bad);
        if let Some(first) = bad.first() {
            let span = first.span;
            self.problems.push(Finding::new(Problem::BadLines { file: name.to_owned(), lines: bad }, span));
        }
    }

    /// The sections in the order of their first appearance, without `[DEFAULT]`.
    pub fn sections(&self) -> &[Section<'a>] {
        &self.sections
    }

    /// `[DEFAULT]`.
    pub fn defaults(&self) -> &Section<'a> {
        &self.defaults
    }

    /// The section of this name.
    pub fn section(&self, name: &str) -> Option<&Section<'a>> {
        self.by_name.get(name).map(|at| &self.sections[*at])
    }

    /// The value of an option, from its section or else from `[DEFAULT]`.
    pub fn get(&self, section: &str, option: &str) -> Option<&Value<'a>> {
        self.get_in(self.section(section)?, option)
    }

    /// As [`Self::get`], of a section at hand.
    pub fn get_in<'s>(&'s self, section: &'s Section<'a>, option: &str) -> Option<&'s Value<'a>> {
        section.get(option).or_else(|| self.defaults.get(option)).map(|setting| &setting.value)
    }

    /// All options of a section: its own, then those of `[DEFAULT]` that it does not have.
    pub fn all_options<'s>(&'s self, section: &'s Section<'a>) -> impl Iterator<Item = &'s Setting<'a>> {
        let behind = self.defaults.options.iter().filter(|option| section.get(&option.name).is_none());
        section.options.iter().chain(behind)
    }

    /// Lets `change` give values that were read from `file` a new text; values of `[DEFAULT]`, from wherever, are
    /// copied into the sections for which they change.
    pub fn replace(&mut self, file: FileId, change: impl Fn(&str) -> Option<String>) {
        let defaults = &self.defaults.options;
        let changed = |option: &Setting<'a>| {
            let text = change(&option.value.text())?;
            Some((option.clone(), text))
        };
        for section in &mut self.sections {
            let own = section.options.iter().filter(|option| option.value.file == file);
            let behind = defaults.iter().filter(|option| section.get(&option.name).is_none());
            let new: Vec<_> = own.chain(behind).filter_map(changed).collect();
            for (mut option, text) in new {
                option.value.more.get_or_insert_default().replaced = Some(text);
                section.set(option);
            }
        }
    }

    /// What is wrong with the texts read.
    pub fn problems(&self) -> &[Finding] {
        &self.problems
    }

    /// Headers and options that stand there more than once, in the order of the text: what is read over what.
    pub fn repeats(&self) -> &[Repeat<'a>] {
        &self.repeats
    }

    /// Goes to a section, which is made if it is new.
    pub(super) fn enter(&mut self, name: &'a str, span: Span) -> At {
        if name == "DEFAULT" {
            self.defaults.name = name;
            self.defaults.span.get_or_insert(span);
            return At::Defaults;
        }
        if let Some(at) = self.by_name.get(name) {
            let first = self.sections[*at].span.unwrap_or(span);
            self.repeats.push(Repeat { section: name, lost: None, first, again: span });
            return At::Section(*at);
        }
        self.sections.push(Section { name, span: Some(span), ..Section::default() });
        self.by_name.insert(name, self.sections.len() - 1);
        At::Section(self.sections.len() - 1)
    }

    fn at(&mut self, at: At) -> &mut Section<'a> {
        match at {
            At::Defaults => &mut self.defaults,
            At::Section(index) => &mut self.sections[index],
        }
    }

    /// Sets an option of a section; returns where it is.
    pub(super) fn set_at(&mut self, at: At, setting: Setting<'a>) -> usize {
        let (section, again) = (self.at(at).name, setting.name_span);
        let (option, lost) = self.at(at).set(setting);
        if let Some(lost) = lost {
            self.repeats.push(Repeat { section, first: lost.name_span, lost: Some(lost), again });
        }
        option
    }

    /// The value of the option that is there.
    pub(super) fn value_at(&mut self, at: At, option: usize) -> &mut Value<'a> {
        &mut self.at(at).options[option].value
    }
}

/// Where the line from `start` ends, and where the next one starts: `\n`, `\r` and `\r\n` end a line.
pub(super) fn line_end(text: &str, start: usize) -> (usize, usize) {
    let bytes = text.as_bytes();
    let Some(end) = memchr::memchr2(b'\n', b'\r', &bytes[start..]).map(|n| start + n) else {
        return (text.len(), text.len());
    };
    let both = bytes[end] == b'\r' && bytes.get(end + 1) == Some(&b'\n');
    (end, end + 1 + usize::from(both))
}

/// A section of an [`Ini`] that is being read.
#[derive(Clone, Copy)]
pub(super) enum At {
    /// `[DEFAULT]`.
    Defaults,
    /// That of this number.
    Section(usize),
}

struct Reader<'r, 'a> {
    ini: &'r mut Ini<'a>,
    file: FileId,
    /// The section that is being read.
    at: Option<At>,
    /// The option of it that a deeper line continues.
    option: Option<usize>,
    /// Indentation of the last header, option or bad line.
    indent: usize,
    bad: Vec<BadLine>,
    /// Whether a line before the first header has been reported.
    lost: bool,
}

impl<'a> Reader<'_, 'a> {
    fn line(&mut self, name: &str, number: usize, line: &'a str, start: usize, ended: bool) {
        let comment = comment_start(line);
        let code = &line[..comment.unwrap_or(line.len())];
        let unindented = code.trim_start_matches(is_space);
        let start = start + (code.len() - unindented.len());
        let content = Line { text: unindented.trim_end_matches(is_space), start };
        if content.text.is_empty() {
            if comment.is_none() {
                self.continue_value(content);
            }
            return;
        }
        let indent = indentation(line, code.len() - unindented.len());
        if indent > self.indent && self.option.is_some() {
            self.continue_value(content);
            return;
        }
        self.indent = indent;
        let span = Span::new(self.file, content.start, content.start + content.text.len());
        let whole = || if ended { format!("{line}\n") } else { line.to_owned() };
        if let Some(header) = header(content.text) {
            self.at = Some(self.ini.enter(header, span));
            self.option = None;
        } else if let Some(at) = self.at {
            if !self.setting(at, content) {
                self.bad.push(BadLine { number, text: whole(), span });
            }
        } else if !std::mem::replace(&mut self.lost, true) {
            let problem = Problem::NoSectionHeader { file: name.to_owned(), line: number, text: whole() };
            self.ini.problems.push(Finding::new(problem, span));
        }
    }

    fn continue_value(&mut self, line: Line<'a>) {
        if let (Some(at), Some(option)) = (self.at, self.option) {
            self.ini.value_at(at, option).push(line);
        }
    }

    /// Takes `line` as `name = value`; false where it is not. A line that starts with `=` is bad, but ends the value
    /// before it.
    fn setting(&mut self, at: At, line: Line<'a>) -> bool {
        let Some(delimiter) = memchr::memchr2(b'=', b':', line.text.as_bytes()) else { return false };
        let name = line.text[..delimiter].trim_end_matches(is_space);
        if name.is_empty() {
            self.option = None;
            return false;
        }
        let after = &line.text[delimiter + 1..];
        let value = after.trim_start_matches(is_space);
        let value = Line { text: value, start: line.start + line.text.len() - value.len() };
        let setting = Setting {
            name: lower(name),
            name_span: Span::new(self.file, line.start, line.start + name.len()),
            value: Value::new(self.file, value),
        };
        self.option = Some(self.ini.set_at(at, setting));
        true
    }
}

/// `name` in lower case.
pub(super) fn lower(name: &str) -> Cow<'_, str> {
    let is_lower = name.bytes().all(|b| b.is_ascii() && !b.is_ascii_uppercase());
    if is_lower { Cow::Borrowed(name) } else { Cow::Owned(name.to_lowercase()) }
}

/// Characters before the first that is no blank; `bytes` of them are before the comment.
fn indentation(line: &str, bytes: usize) -> usize {
    line[..bytes].chars().count()
}

/// The name in `[name]`, up to the last bracket.
fn header(text: &str) -> Option<&str> {
    let inner = text.strip_prefix('[')?;
    let end = inner.rfind(']').filter(|end| *end > 0)?;
    Some(&inner[..end])
}

/// Where a comment starts: at a `;` or `#` that is first on the line, or after a blank.
fn comment_start(line: &str) -> Option<usize> {
    let starts = |at: &usize| line[..*at].chars().next_back().is_none_or(is_space);
    memchr::memchr2_iter(b';', b'#', line.as_bytes()).find(starts)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use proptest::prelude::*;

    type Options = Vec<(String, String)>;

    /// Sections with their options, and the messages.
    fn read(text: &str) -> (Vec<(String, Options)>, Vec<String>) {
        let file = Sources::new().add("conf", "");
        let mut ini = Ini::new();
        ini.read(file, "conf", text);
        let option = |o: &Setting<'_>| (o.name.to_string(), o.value.text().into_owned());
        let section = |s: &Section<'_>| (s.name.to_owned(), ini.all_options(s).map(option).collect());
        let problems = ini.problems().iter().map(|finding| finding.problem.to_string()).collect();
        (ini.sections().iter().map(section).collect(), problems)
    }

    fn options(text: &str) -> Options {
        let (mut sections, problems) = read(&format!("[a]\n{text}"));
        assert_eq!(problems, [""; 0]);
        sections.remove(0).1
    }

    fn value(text: &str) -> String {
        options(text).remove(0).1
    }

    #[test]
    fn comments_need_a_blank_before_them() {
        assert_eq!(value("a=b;c"), "b;c");
        assert_eq!(value("a=x ;c"), "x");
        assert_eq!(value("a=x\t#d"), "x");
        assert_eq!(value("a=\"a ; b\""), "\"a");
        assert_eq!(value("a=  ; only"), "");
        assert_eq!(value(" # no\n;no\na : x=y"), "x=y");
        assert_eq!(value("a=x#y#z #c ;d"), "x#y#z");
    }

    #[test]
    fn deeper_lines_continue_a_value() {
        assert_eq!(value("a = x\n  y\n\n ; no\n  z ; no\n\n"), "x\ny\n\nz");
        assert_eq!(options("  a = x\n  b = y").len(), 2);
        assert_eq!(value("a =\n  [b]\n  c=d"), "\n[b]\nc=d");
        assert_eq!(value("a = x\r\n  y\r z\r\n"), "x\ny\nz");
    }

    #[test]
    fn names_merge_and_the_last_counts() {
        let (sections, _) = read("[a] x\nK=1\nl=2\n[DEFAULT]\nm=3\nl=9\n[b]\n[a]\nk:4\n");
        let pair = |k: &str, v: &str| (k.to_owned(), v.to_owned());
        assert_eq!(sections[0], ("a".to_owned(), vec![pair("k", "4"), pair("l", "2"), pair("m", "3")]));
        assert_eq!(sections[1], ("b".to_owned(), vec![pair("m", "3"), pair("l", "9")]));
        assert_eq!(read("[a]b]\n[]]\n").0.len(), 2);
    }

    #[test]
    fn what_is_read_over_is_remembered() {
        let text = "[a]\nk=1\n  2\nl=3\nK : 4\n[b]\n[a]\nk=5\n";
        let mut sources = Sources::new();
        let file = sources.add("conf", text);
        let mut ini = Ini::new();
        ini.read(file, "conf", text);
        let lost = |repeat: &Repeat<'_>| repeat.lost.as_ref().map(|option| option.value.text().into_owned());
        let repeat = |r: &Repeat<'_>| (lost(r), sources.position(r.first).line, sources.position(r.again).line);
        let expected = [(Some("1\n2".to_owned()), 2, 5), (None, 1, 7), (Some("4".to_owned()), 5, 8)];
        assert_eq!(ini.repeats().iter().map(repeat).collect::<Vec<_>>(), expected);
    }

    #[test]
    fn bad_lines_are_told_in_the_words_of_python() {
        let text = "[a]\nx=1\n\n\njunk\n=y\n[]";
        let message =
            "Source contains parsing errors: 'conf'\n\t[line  5]: 'junk\\n'\n\t[line  6]: '=y\\n'\n\t[line  7]: '[]'";
        assert_eq!(read(text).1, [message]);
        let message = "File contains no section headers.\nfile: 'conf', line: 2\n'x=1\\n'";
        assert_eq!(read("\nx=1\ny=2\n[a]").1, [message]);
        let message = "File contains no section headers.\nfile: 'conf', line: 1\n'\\ufeff[a]'";
        assert_eq!(read("\u{feff}[a]").1, [message]);
    }

    #[test]
    fn places_are_those_of_the_text() {
        let text = "[a]\nkey = b, c ; d\n   ee, f\n";
        let mut sources = Sources::new();
        let file = sources.add("conf", text);
        let mut ini = Ini::new();
        ini.read(file, "conf", text);
        let value = ini.get("a", "key").unwrap();
        assert_eq!(sources.slice(value.span()), "b, c ; d\n   ee, f");
        assert_eq!(sources.slice(value.part(3, 4)), "c");
        assert_eq!(sources.slice(value.part(5, 7)), "ee");
        assert_eq!(sources.slice(ini.section("a").unwrap().span.unwrap()), "[a]");
        assert_eq!(sources.slice(ini.section("a").unwrap().options()[0].name_span), "key");
    }

    #[test]
    fn many_options_are_found_by_index() {
        let lines: Vec<String> = (0..200).map(|n| format!("k{n}=1\nk{}=2\n", n / 2)).collect();
        let text = lines.concat();
        assert_eq!(options(&text).len(), 200);
        assert_eq!(options(&text)[150].1, "1");
        assert_eq!(options(&text)[99].1, "2");
    }

    proptest! {
        #[test]
        fn no_text_makes_it_panic(text in "\\PC*|[\\[\\]a=:; #\n\r\t\u{a0}]*") {
            let _ = read(&text);
        }

        #[test]
        fn spans_are_within_the_text(text in "[\\[\\]a=:; #\n\r\u{a0}é]*") {
            let mut sources = Sources::new();
            let file = sources.add("conf", text.as_str());
            let mut ini = Ini::new();
            ini.read(file, "conf", &text);
            for section in ini.sections() {
                for option in section.options() {
                    prop_assert!(text.get(option.value.span().range()).is_some());
                    prop_assert_eq!(lower(sources.slice(option.name_span)), option.name.clone());
                }
            }
        }
    }
}
