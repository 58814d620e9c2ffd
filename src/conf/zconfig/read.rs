//! From text to tree. All problems are found, not the first one; what a line with a problem meant is left out.

use super::problem::{Finding, Problem};
use super::substitute::{Defines, is_name, substitute};
use super::tree::{Key, Section};
use crate::base::seams::ReadError;
use crate::base::{FileId, Sources, Span};
use crate::conf::include::Context;
use crate::conf::path;
use crate::conf::python::{is_space, repr, strip};

/// How deep files may include files.
const DEEPEST: usize = 32;

/// What a text holds.
#[derive(Debug)]
pub struct Text {
    /// The sections and keys outside of all sections.
    pub top: Section,
    /// The packages of `%import`, each once.
    pub imports: Vec<String>,
    /// What is wrong.
    pub findings: Vec<Finding>,
}

/// Reads `text`, which the user calls `name`, and what it includes.
pub fn read(sources: &mut Sources, name: &str, text: &str, context: &Context<'_>) -> Text {
    let file = sources.add(name, text);
    let start = Span::new(file, 0, 0);
    let mut reader = Reader {
        sources,
        context,
        defines: Defines::new(),
        imports: Vec::new(),
        findings: Vec::new(),
        reading: vec![path::absolute(context.directory, name)],
    };
    let top = reader.file(file, text, Section::new("", start));
    Text { top, imports: reader.imports, findings: reader.findings }
}

struct Reader<'a> {
    sources: &'a mut Sources,
    context: &'a Context<'a>,
    defines: Defines,
    imports: Vec<String>,
    findings: Vec<Finding>,
    /// The files that are being read, as absolute paths, the main one first.
    reading: Vec<String>,
}

/// A line without the blanks around it.
#[derive(Clone, Copy)]
struct Line<'t> {
    text: &'t str,
    span: Span,
}

impl<'t> Line<'t> {
    /// Where a piece of it stands.
    fn of(self, piece: &'t str) -> Span {
        let at = piece.as_ptr() as usize - self.text.as_ptr() as usize;
        self.span.part(at, at + piece.len())
    }
}

impl Reader<'_> {
    /// The sections of a file are added to `into`.
    fn file(&mut self, file: FileId, text: &str, into: Section) -> Section {
        let mut open = vec![into];
        let mut at = 0;
        for raw in text.split_inclusive('\n') {
            let stripped = strip(raw);
            let start = at + (raw.len() - raw.trim_start_matches(is_space).len()).min(raw.len() - stripped.len());
            let line = Line { text: stripped, span: Span::new(file, start, start + stripped.len()) };
            self.line(line, &mut open);
            at += raw.len();
        }
        let end = Span::new(file, text.len(), text.len());
        while open.len() > 1 {
            let section = open.pop().unwrap_or_else(|| Section::new("", end));
            self.say(Problem::Unclosed { kind: section.kind.clone(), last_line: text.lines().count() }, section.span);
            add(&mut open, Section { end, ..section });
        }
        let mut top = open.pop().unwrap_or_else(|| Section::new("", end));
        if top.kind.is_empty() {
            top.end = end;
        }
        top
    }

    fn say(&mut self, problem: Problem, span: Span) {
        self.findings.push(Finding::new(problem, span));
    }

    fn line(&mut self, line: Line<'_>, open: &mut Vec<Section>) {
        if line.text.is_empty() || line.text.starts_with('#') {
            return;
        }
        if let Some(rest) = line.text.strip_prefix("</") {
            match rest.strip_suffix('>') {
                Some(kind) => self.end(kind, line, open),
                None => self.say(Problem::Malformed { what: "end" }, line.span),
            }
        } else if let Some(rest) = line.text.strip_prefix('<') {
            match rest.strip_suffix('>') {
                Some(rest) => self.start(rest, line, open),
                None => self.say(Problem::Malformed { what: "start" }, line.span),
            }
        } else if let Some(rest) = line.text.strip_prefix('%') {
            self.directive(rest, line, open);
        } else if let Some((name, value)) = key_value(line.text) {
            let (name_span, value_span) = (line.of(name), line.of(value));
            let Some(value) = self.replace(value, value_span) else { return };
            if let Some(section) = open.last_mut() {
                section.keys.push(Key { name: name.to_owned(), name_span, value, value_span });
            }
        } else {
            self.say(Problem::MalformedData, line.span);
        }
    }

    fn start(&mut self, rest: &str, line: Line<'_>, open: &mut Vec<Section>) {
        let (text, is_empty) = rest.strip_suffix('/').map_or((rest, false), |text| (text, true));
        let Some((kind, name)) = header(text.trim_end_matches(is_space)) else {
            return self.say(Problem::Malformed { what: "header" }, line.span);
        };
        let section = Section { name: name.map(str::to_lowercase), ..Section::new(kind.to_lowercase(), line.span) };
        if is_empty { add(open, section) } else { open.push(section) }
    }

    fn end(&mut self, kind: &str, line: Line<'_>, open: &mut Vec<Section>) {
        let kind = kind.trim_end_matches(is_space).to_lowercase();
        if open.len() < 2 {
            return self.say(Problem::UnexpectedEnd, line.span);
        }
        // A wrong end ends the section that it names, if that is open, with what is open within; else the innermost one.
        let innermost = open.len() - 1;
        let named = (1..open.len()).rev().find(|depth| open[*depth].kind == kind);
        if named != Some(innermost) {
            let open = open[innermost].kind.clone();
            self.say(Problem::UnbalancedEnd { open }, line.span);
        }
        let depth = named.unwrap_or(innermost);
        while open.len() > depth {
            if let Some(section) = open.pop() {
                add(open, Section { end: line.span, ..section });
            }
        }
    }

    fn replace(&mut self, text: &str, span: Span) -> Option<String> {
        match substitute(text, &self.defines, self.context.environ) {
            Ok(text) => Some(text),
            Err((problem, range)) => {
                self.say(problem, span.part(range.start, range.end));
                None
            }
        }
    }

    fn directive(&mut self, rest: &str, line: Line<'_>, open: &mut Vec<Section>) {
        let Some((name, argument)) = key_value(rest) else {
            return self.say(Problem::NoDirective, line.span);
        };
        if !matches!(name, "define" | "import" | "include") {
            return self.say(Problem::UnknownDirective { name: name.to_owned() }, line.of(name));
        }
        if argument.is_empty() {
            return self.say(Problem::NoArgument { name: name.to_owned() }, line.span);
        }
        match name {
            "define" => self.define(argument, line),
            "import" => self.import(argument, line),
            _ => self.include(argument, line, open),
        }
    }

    fn define(&mut self, argument: &str, line: Line<'_>) {
        let (written, value) = argument.split_once(is_space).unwrap_or((argument, &argument[argument.len()..]));
        let (name, value) = (written.to_lowercase(), value.trim_start_matches(is_space));
        if self.defines.get(&name).is_some_and(|defined| defined != value) {
            return self.say(Problem::Redefined { name }, line.of(written));
        }
        if !is_name(&name) {
            return self.say(Problem::NotAName { name }, line.of(written));
        }
        if let Some(value) = self.replace(value, line.of(value)) {
            self.defines.insert(name, value);
        }
    }

    fn import(&mut self, argument: &str, line: Line<'_>) {
        let Some(package) = self.replace(argument, line.of(argument)) else { return };
        if !self.imports.contains(&package) {
            self.imports.push(package);
        }
    }

    fn include(&mut self, argument: &str, line: Line<'_>, open: &mut Vec<Section>) {
        let span = line.of(argument);
        let Some(target) = self.replace(argument, span) else { return };
        let Some(path) = self.target(&target) else {
            return self.say(Problem::NotIncluded { url: target }, span);
        };
        if self.reading.contains(&path) || self.reading.len() > DEEPEST {
            return self.say(Problem::Cycle { path }, span);
        }
        match self.context.files.read(&path) {
            Err(error) => self.say(Problem::Unreadable { why: why(&error, &path), path }, span),
            Ok(text) => {
                let file = self.sources.add(path.as_str(), text.as_str());
                self.reading.push(path);
                if let Some(section) = open.pop() {
                    let grown = self.file(file, &text, section);
                    open.push(grown);
                }
                self.reading.pop();
            }
        }
    }

    /// The absolute path of what a `%include` names, relative to the file that it stands in; none for what is no file.
    fn target(&self, target: &str) -> Option<String> {
        let base = self.reading.last().map_or("", |path| path::dirname(path));
        if let Some(rest) = target.strip_prefix("file:") {
            let rest = rest.strip_prefix("//").unwrap_or(rest);
            return Some(path::absolute(base, &unescape(rest)));
        }
        let scheme = target.split_once(':').map_or("", |(scheme, _)| scheme);
        let is_url = scheme.len() > 1 && scheme.chars().all(|c| c.is_ascii_alphanumeric() || "+-.".contains(c));
        (!is_url).then(|| path::absolute(base, &unescape(target)))
    }
}

/// As the original's loader says it, which takes every file for a URL.
pub fn why(error: &ReadError, path: &str) -> String {
    match error {
        ReadError::NotFound => format!("[Errno 2] No such file or directory: {}", repr(path)),
        other => other.to_string(),
    }
}

/// `%20` and the like, as in a URL.
fn unescape(text: &str) -> String {
    let bytes = text.as_bytes();
    let mut out = Vec::with_capacity(bytes.len());
    let mut at = 0;
    while at < bytes.len() {
        let start = at;
        let code = (bytes[at] == b'%').then(|| text.get(at + 1..at + 3)).flatten();
        let code = code.filter(|hex| hex.bytes().all(|b| b.is_ascii_hexdigit()));
        let byte = code.and_then(|hex| u8::from_str_radix(hex, 16).ok());
        at += if byte.is_some() { 3 } else { 1 };
        out.push(byte.unwrap_or(bytes[start]));
    }
    String::from_utf8_lossy(&out).into_owned()
}

/// Adds a section to the innermost one that is open.
fn add(open: &mut [Section], section: Section) {
    if let Some(parent) = open.last_mut() {
        parent.sections.push(section);
    }
}

fn is_name_char(c: char) -> bool {
    !is_space(c) && c != '(' && c != ')'
}

/// A name, and the rest without the blanks before it.
fn key_value(text: &str) -> Option<(&str, &str)> {
    let end = text.find(|c| !is_name_char(c)).unwrap_or(text.len());
    if end == 0 {
        return None;
    }
    Some((&text[..end], text[end..].trim_start_matches(is_space)))
}

/// The type and the name in `<type name>`.
fn header(text: &str) -> Option<(&str, Option<&str>)> {
    let (kind, name) = key_value(text)?;
    if name.is_empty() {
        return (kind.len() == text.len()).then_some((kind, None));
    }
    let separated = text[kind.len()..].starts_with(is_space);
    (separated && name.chars().all(is_name_char)).then_some((kind, Some(name)))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::memory::Memory;
    use crate::conf::zconfig::tests::context;
    use proptest::prelude::*;

    fn of(text: &str, files: &Memory) -> (String, Vec<String>) {
        let mut sources = Sources::new();
        let mut text = read(&mut sources, "/conf/main", text, &context(files));
        let mut shown = Vec::new();
        text.findings.sort_by_key(|finding| finding.span);
        for finding in &text.findings {
            shown.push(format!("{}: {}", sources.place(finding.span), finding.problem));
        }
        (flat(&text.top), shown)
    }

    fn flat(section: &Section) -> String {
        let name = section.name.as_ref().map(|name| format!(" {name}")).unwrap_or_default();
        let keys = section.keys.iter().map(|key| format!("{}={}", key.name, key.value));
        let inner = section.sections.iter().map(flat);
        format!("{}{name}[{}]", section.kind, keys.chain(inner).collect::<Vec<_>>().join(" "))
    }

    #[test]
    fn sections_keys_and_names() {
        let text =
            "# c\r\n%define Home /srv\r\n<Runner X>\n\tProgram  a  b\t\n empty\n <eventlog/>\n</runner >\nk(v) \n";
        assert_eq!(
            of(text, &Memory::default()),
            ("[k=(v) runner x[Program=a  b empty= eventlog[]]]".to_owned(), vec![])
        );
        let text = "%define a 1\n%define b $a$a\nk $b${A}$$\n%import x\n%define a 1\n";
        assert_eq!(of(text, &Memory::default()).0, "[k=111$]");
    }

    #[test]
    fn files_are_included_where_they_are_named() {
        let disk = Memory::of(&[
            ("/conf/sub/one", "%define x 1\nb $y\n<s>\n%include two\n</s>"),
            ("/conf/sub/two", "c $x\n"),
            ("/conf/loop", "%include main\n%include no\n<t>\n"),
        ]);
        let text = "%define y 2\n<r>\na 1\n%include sub/one\nd $x\n</r>\n";
        assert_eq!(of(text, &disk), ("[r[a=1 b=2 d=1 s[c=1]]]".to_owned(), vec![]));
        let (_, wrong) = of("%include loop\n%include http://x/y\n", &disk);
        let expected = [
            "/conf/main:2:10: error opening URL http://x/y: only files are included",
            "/conf/loop:1:10: error opening file /conf/main: it includes itself",
            "/conf/loop:2:10: error opening file /conf/no: [Errno 2] No such file or directory: '/conf/no'",
            "/conf/loop:3:1: unclosed sections not allowed",
        ];
        assert_eq!(wrong, expected);
    }

    #[test]
    fn all_problems_have_a_place() {
        let text = "</a>\n<a\n<a b c>\n<a>\n<b>\n</a>\n</c>\n(x\n%\n%foo x\n%define\n%define 1 2\n%define a 1\n%define a 2\n\
                    k $x $y\n  </z\n<q>\n";
        let (tree, wrong) = of(text, &Memory::default());
        assert_eq!(tree, "[a[b[]] q[]]");
        let expected = [
            "1:1: unexpected section end",
            "2:1: malformed section start",
            "3:1: malformed section header",
            "6:1: unbalanced section end",
            "7:1: unexpected section end",
            "8:1: malformed configuration data",
            "9:1: missing or unrecognized directive",
            "10:2: unknown directive: 'foo'",
            "11:1: missing argument to %define directive",
            "12:9: not a substitution legal name: '1'",
            "14:9: cannot redefine 'a'",
            "15:3: no replacement for 'x'",
            "16:3: malformed section end",
            "17:1: unclosed sections not allowed",
        ];
        assert_eq!(wrong, expected.map(|line| format!("/conf/main:{line}")));
    }

    proptest! {
        #[test]
        fn any_text_is_read(text in "([<>/%$a(){} \\n#]|define|include|\\PC){0,60}") {
            let mut sources = Sources::new();
            let disk = Memory::default();
            let read = read(&mut sources, "/conf/main", &text, &context(&disk));
            for finding in read.findings {
                prop_assert!(text.get(finding.span.range()).is_some());
                let _ = Finding::original(&finding, &sources, str::to_owned);
            }
        }
    }
}
