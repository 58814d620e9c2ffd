//! The forms of one line of a `.cfg`: section headers and options. Offsets are bytes of the line.

use std::ops::Range;

use crate::compile::document::Op;
use crate::compile::read::python::{is_space, strip, strip_start};

/// `[name]` or `[name:expression]`, perhaps with a comment behind it.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct Header {
    /// The name.
    pub(super) name: Range<usize>,
    /// What stands between the colon and the bracket, if there is a colon.
    pub(super) expression: Option<Range<usize>>,
}

/// `name = value`, `name += value`, `name -= value`, `=> value`.
#[derive(Debug, PartialEq, Eq)]
pub(super) struct OptionStart {
    /// The name, without operator.
    pub(super) name: Range<usize>,
    /// The operator.
    pub(super) op: Op,
    /// The value, stripped; may be empty.
    pub(super) value: Range<usize>,
}

/// Why a line is none of the forms.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(crate) enum Fault {
    /// `[]`
    NoSectionName,
    /// `[a`
    Unclosed,
    /// `[a b]`: the character that no section name may hold.
    SectionName(char),
    /// `[a] junk`
    AfterHeader,
    /// `key: value`
    Colon,
    /// `= value`, `+= value`
    NoOptionName,
    /// `a b = value`: the character that no option name may hold.
    OptionName(char),
    /// An indented line with nothing to continue.
    Indented,
    /// Anything else.
    Neither,
}

/// Reads a line that starts with `[`. On failure the range is what is wrong.
pub(super) fn header(line: &str) -> Result<Header, (Fault, Range<usize>)> {
    let name = name_in_brackets(line)?;
    let rest = strip_start(&line[name.end..]);
    let at = line.len() - rest.len();
    if rest.starts_with(':') {
        let expression = expression(line, at + 1)?;
        return Ok(Header { name, expression: Some(expression) });
    }
    match rest.chars().next() {
        Some(']') => only_a_comment_after(line, at + 1).map(|()| Header { name, expression: None }),
        Some('#' | ';') | None => Err((Fault::Unclosed, 0..name.end)),
        Some(c) => {
            let wrong = if at > name.end { line[name.end..].chars().next().unwrap_or(c) } else { c };
            Err((Fault::SectionName(wrong), name.end..name.end + wrong.len_utf8()))
        }
    }
}

fn name_in_brackets(line: &str) -> Result<Range<usize>, (Fault, Range<usize>)> {
    let inner = strip_start(&line[1..]);
    let start = line.len() - inner.len();
    let length = inner.find(|c| is_space(c) || "#[]:;{}".contains(c)).unwrap_or(inner.len());
    if length > 0 {
        return Ok(start..start + length);
    }
    Err(match inner.chars().next() {
        Some(c @ ('[' | '{' | '}')) => (Fault::SectionName(c), start..start + 1),
        Some(']' | ':') => (Fault::NoSectionName, 0..start + 1),
        _ => (Fault::Unclosed, 0..start),
    })
}

/// The condition may hold brackets: it ends at the last one before a comment.
fn expression(line: &str, start: usize) -> Result<Range<usize>, (Fault, Range<usize>)> {
    let region = line[start..].find(['#', ';']).map_or(line.len(), |n| start + n);
    let Some(close) = line[start..region].rfind(']') else { return Err((Fault::Unclosed, 0..region)) };
    only_a_comment_after(&line[..region], start + close + 1)?;
    Ok(start..start + close)
}

fn only_a_comment_after(line: &str, at: usize) -> Result<(), (Fault, Range<usize>)> {
    let tail = strip(&line[at..]);
    if tail.is_empty() || tail.starts_with(['#', ';']) {
        return Ok(());
    }
    let start = line.len() - strip_start(&line[at..]).len();
    Err((Fault::AfterHeader, start..start + tail.len()))
}

/// Reads the first line of an option; `None` where it is not one.
pub(super) fn option(line: &str) -> Option<OptionStart> {
    if line.starts_with("=>") {
        return Some(OptionStart { name: 0..2, op: Op::Set, value: stripped(line, 2) });
    }
    let run = line.find(|c| is_space(c) || "{}[]=:".contains(c)).filter(|n| *n > 0)?;
    let rest = strip_start(&line[run..]);
    let at = line.len() - rest.len();
    let (name, equals) = if rest.starts_with(['+', '-']) { (at + 1, at + 1) } else { (run, at) };
    line[equals..].starts_with('=').then(|| {
        let (name, op) = operator(&line[..name]);
        OptionStart { name: 0..name, op, value: stripped(line, equals + 1) }
    })
}

/// The end of the name proper and the operator that its last character is. `a++` and `a +` are both `a`.
fn operator(name: &str) -> (usize, Op) {
    let (sign, op) = match name.as_bytes().last() {
        Some(b'+') => ('+', Op::Append),
        Some(b'-') => ('-', Op::Remove),
        _ => return (name.len(), Op::Set),
    };
    (name.trim_end_matches(|c| c == sign || is_space(c)).len(), op)
}

fn stripped(line: &str, from: usize) -> Range<usize> {
    let value = strip(&line[from..]);
    if value.is_empty() {
        return from..from;
    }
    let start = line.len() - strip_start(&line[from..]).len();
    start..start + value.len()
}

/// What is wrong with a line that is no option and no header, and where.
pub(super) fn fault(line: &str) -> (Fault, Range<usize>) {
    let all = 0..crate::compile::read::python::strip_end(line).len();
    if line.starts_with(is_space) {
        return (Fault::Indented, line.len() - strip_start(line).len()..all.end);
    }
    let run = line.find(|c| is_space(c) || "{}[]=:".contains(c)).unwrap_or(line.len());
    let rest = strip_start(&line[run..]);
    let colon = rest.strip_prefix(':').is_some_and(|value| value.is_empty() || value.starts_with(is_space));
    match (rest.chars().next(), rest.contains('=')) {
        (Some('='), _) if run == 0 => (Fault::NoOptionName, 0..1),
        (Some(':'), _) if colon && run > 0 => (Fault::Colon, run..line.len() - rest.len() + 1),
        (Some(_), true) if !is_value_like(line) => {
            let c = line[run..].chars().next().unwrap_or(' ');
            (Fault::OptionName(c), run..run + c.len_utf8())
        }
        _ => (Fault::Neither, all),
    }
}

/// Whether the `=` of a line stands in what looks like the middle of a value (`10 web (user=www) /bin/web`) and not
/// behind a name of a few words.
fn is_value_like(line: &str) -> bool {
    let name = line.split('=').next().unwrap_or("");
    name.contains(['(', '/', '"', '\'', '$']) || name.split_whitespace().count() > 4
}

#[cfg(test)]
mod tests {
    use super::*;

    fn name_and_expression(line: &str) -> Option<(&str, Option<&str>)> {
        header(line).ok().map(|h| (&line[h.name], h.expression.map(|e| &line[e])))
    }

    #[test]
    fn headers_take_names_conditions_and_comments() {
        let read = name_and_expression;
        assert_eq!(read("[a]"), Some(("a", None)));
        assert_eq!(read("[ a.b-c ] \t# x ] y"), Some(("a.b-c", None)));
        assert_eq!(read("[a];x"), Some(("a", None)));
        assert_eq!(read("[a:]"), Some(("a", Some(""))));
        assert_eq!(read("[a : x in [1] ] ; c"), Some(("a", Some(" x in [1] "))));
        assert_eq!(read(r"[a: '\x23' ]#"), Some(("a", Some(r" '\x23' "))));
    }

    #[test]
    fn broken_headers_say_where() {
        let fault = |line| header(line).unwrap_err();
        assert_eq!(fault("[]"), (Fault::NoSectionName, 0..2));
        assert_eq!(fault("[a"), (Fault::Unclosed, 0..2));
        assert_eq!(fault("[a # b]"), (Fault::Unclosed, 0..2));
        assert_eq!(fault("[a: b # ]"), (Fault::Unclosed, 0..6));
        assert_eq!(fault("[a b]"), (Fault::SectionName(' '), 2..3));
        assert_eq!(fault("[a{b]"), (Fault::SectionName('{'), 2..3));
        assert_eq!(fault("[a] junk "), (Fault::AfterHeader, 4..8));
        assert_eq!(fault("[a:b] junk ; c"), (Fault::AfterHeader, 6..10));
    }

    fn parts(line: &str) -> Option<(&str, Op, &str)> {
        option(line).map(|o| (&line[o.name], o.op, &line[o.value]))
    }

    #[test]
    fn options_take_operators_in_every_spacing() {
        assert_eq!(parts("a=1"), Some(("a", Op::Set, "1")));
        assert_eq!(parts("a ==1 # c "), Some(("a", Op::Set, "=1 # c")));
        assert_eq!(parts("a ="), Some(("a", Op::Set, "")));
        for line in ["a+=1", "a += 1", "a+ = 1", "a\t+=1", "a++=1"] {
            assert_eq!(parts(line), Some(("a", Op::Append, "1")), "{line}");
        }
        assert_eq!(parts("a-b -= 1"), Some(("a-b", Op::Remove, "1")));
        assert_eq!(parts("<= a"), Some(("<", Op::Set, "a")));
        assert_eq!(parts("=> a"), Some(("=>", Op::Set, "a")));
        assert_eq!(parts("+= a"), Some(("", Op::Append, "a")));
        for line in ["a", "a: b", "a b = 1", "= 1", " a = 1", "a + = 1", "a:b = 1", "{a} = 1", ""] {
            assert_eq!(parts(line), None, "{line}");
        }
    }

    #[test]
    fn faults_are_told_apart() {
        assert_eq!(fault("recipe: x"), (Fault::Colon, 6..7));
        assert_eq!(fault("recipe :"), (Fault::Colon, 6..8));
        assert_eq!(fault("= 1"), (Fault::NoOptionName, 0..1));
        assert_eq!(fault("my key = 1"), (Fault::OptionName(' '), 2..3));
        assert_eq!(fault("a:b = 1"), (Fault::OptionName(':'), 1..2));
        assert_eq!(fault("  x = 1 "), (Fault::Indented, 2..7));
        assert_eq!(fault("10 web (user=www) /bin/web"), (Fault::Neither, 0..26));
        assert_eq!(fault("http://x/"), (Fault::Neither, 0..9));
    }
}
