//! The line grammars of `programs`, `eventlisteners` and `groups`.
//!
//! ```text
//! program:  PRIORITY NAME [(OPTIONS)] COMMAND [[ARGS]] [DIRECTORY] [true|false] [USER]
//! listener: NAME [(OPTIONS)] EVENTS COMMAND [[ARGS]]
//! group:    PRIORITY NAME PROGRAMS
//! ```
//!
//! They are what 2.0.0's regular expressions accept, with all that follows from it:
//! - A line must begin at its first column; what follows the last field that fits is ignored ([`ProgramLine::rest`]).
//! - `(…)` counts as options only where blanks and the other required fields follow; else it is read as the next field.
//! - ARGS and DIRECTORY cannot begin with `true` or `false`, and `true…` is the redirection, whatever follows.
//! - Options are split at blanks; a word without `=`, or with nothing on one side of it, is dropped.
//!
//! One thing is different: a quoted text that begins right after a `=` keeps its blanks (`environment=A="b c"`).

/// One line of `programs`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in super::super) struct ProgramLine<'a> {
    pub(super) priority: &'a str,
    pub(super) name: &'a str,
    pub(super) options: Option<&'a str>,
    pub(super) command: &'a str,
    pub(super) args: Option<&'a str>,
    pub(super) directory: Option<&'a str>,
    pub(super) redirect: Option<&'static str>,
    pub(super) user: Option<&'a str>,
    /// What is ignored.
    pub(super) rest: &'a str,
}

/// One line of `eventlisteners`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct ListenerLine<'a> {
    pub(super) name: &'a str,
    pub(super) options: Option<&'a str>,
    pub(super) events: &'a str,
    pub(super) command: &'a str,
    pub(super) args: Option<&'a str>,
    /// What is ignored.
    pub(super) rest: &'a str,
}

/// One line of `groups`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) struct GroupLine<'a> {
    pub(super) priority: &'a str,
    pub(super) name: &'a str,
    pub(super) programs: &'a str,
    /// What is ignored.
    pub(super) rest: &'a str,
}

/// The first field that is not there.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Missing {
    /// The line begins with a blank.
    FirstColumn,
    /// The line is a comment to the eye, but indented, and so part of the value.
    Comment,
    /// No number at the start.
    Priority,
    /// Nothing after the priority.
    Name,
    /// Nothing after the name.
    Command,
    /// Nothing after the name of a listener.
    Events,
    /// Nothing after the name of a group.
    Programs,
}

/// Reads a line of `programs`.
pub(super) fn program(line: &str) -> Result<ProgramLine<'_>, Missing> {
    let mut at = Reader::new(line)?;
    let priority = at.number()?;
    let name = at.word().ok_or(Missing::Name)?;
    let (options, after) = at.options();
    let (options, mut at, command) = match (options, after.word_at()) {
        (Some(options), Some((command, at))) => (Some(options), at, command),
        _ => at.word_at().map(|(command, at)| (None, at, command)).ok_or(Missing::Command)?,
    };
    let args = at.bracketed('[', ']', |args| !begins_like_boolean(args));
    let directory = at.word_if(|word| !begins_like_boolean(word));
    let redirect = at.boolean();
    let user = at.word();
    Ok(ProgramLine { priority, name, options, command, args, directory, redirect, user, rest: at.rest.trim() })
}

/// Reads a line of `eventlisteners`.
pub(super) fn listener(line: &str) -> Result<ListenerLine<'_>, Missing> {
    let mut at = Reader::new(line)?;
    let name = at.word_here().ok_or(Missing::Name)?;
    let (options, after) = at.options();
    let with_options = options.and_then(|_| after.two_words());
    let (options, (events, command, rest)) = match with_options {
        Some(fields) => (options, fields),
        None if at.word_at().is_none() => return Err(Missing::Events),
        None => (None, at.two_words().ok_or(Missing::Command)?),
    };
    let mut at = Reader { rest };
    let args = at.bracketed('[', ']', |_| true);
    Ok(ListenerLine { name, options, events, command, args, rest: at.rest.trim() })
}

/// Reads a line of `groups`.
pub(super) fn group(line: &str) -> Result<GroupLine<'_>, Missing> {
    let mut at = Reader::new(line)?;
    let priority = at.number()?;
    let name = at.word().ok_or(Missing::Name)?;
    let programs = at.word().ok_or(Missing::Programs)?;
    Ok(GroupLine { priority, name, programs, rest: at.rest.trim() })
}

/// `KEY=VALUE` words of the text between parentheses.
pub(in super::super) fn options(text: &str) -> Vec<(&str, &str)> {
    let mut found = Vec::new();
    let mut rest = text.trim_start_matches(is_blank);
    while !rest.is_empty() {
        let (word, after) = rest.split_at(option_length(rest));
        found.extend(word.split_once('=').filter(|(key, value)| !key.is_empty() && !value.is_empty()));
        rest = after.trim_start_matches(is_blank);
    }
    found
}

/// Bytes up to the first blank that is not in a quoted text that begins after a `=`.
fn option_length(text: &str) -> usize {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in text.char_indices() {
        match quote {
            Some(open) if c == open => quote = None,
            None if is_blank(c) => return at,
            None if before == '=' && matches!(c, '"' | '\'') && text[at + 1..].contains(c) => quote = Some(c),
            _ => {}
        }
        before = c;
    }
    text.len()
}

/// Python's `\s`.
pub(super) fn is_blank(c: char) -> bool {
    c.is_whitespace() || ('\u{1c}'..='\u{1f}').contains(&c)
}

fn begins_like_boolean(text: &str) -> bool {
    text.starts_with("true") || text.starts_with("false")
}

/// What is left of a line.
#[derive(Clone, Copy, Debug)]
struct Reader<'a> {
    rest: &'a str,
}

impl<'a> Reader<'a> {
    fn new(line: &'a str) -> Result<Self, Missing> {
        let text = line.trim_start_matches(is_blank);
        match text.chars().next() {
            Some('#' | ';') => Err(Missing::Comment),
            Some(_) if text.len() < line.len() => Err(Missing::FirstColumn),
            _ => Ok(Self { rest: line }),
        }
    }

    /// Digits at the very place, before a blank.
    fn number(&mut self) -> Result<&'a str, Missing> {
        let (digits, rest) = cut(self.rest, |c| !c.is_ascii_digit());
        if digits.is_empty() || !rest.starts_with(is_blank) {
            return Err(Missing::Priority);
        }
        self.rest = rest;
        Ok(digits)
    }

    /// A word at the very place.
    fn word_here(&mut self) -> Option<&'a str> {
        let (word, rest) = cut(self.rest, is_blank);
        self.rest = rest;
        Some(word).filter(|w| !w.is_empty())
    }

    /// Blanks and a word.
    fn word(&mut self) -> Option<&'a str> {
        self.word_if(|_| true)
    }

    /// Blanks and a word that is wanted; else nothing is taken.
    fn word_if(&mut self, wanted: impl Fn(&str) -> bool) -> Option<&'a str> {
        let (word, after) = self.word_at()?;
        wanted(word).then(|| {
            *self = after;
            word
        })
    }

    /// Two words, and what is left after them.
    fn two_words(mut self) -> Option<(&'a str, &'a str, &'a str)> {
        Some((self.word()?, self.word()?, self.rest))
    }

    /// Blanks and a word, and what is left after them.
    fn word_at(self) -> Option<(&'a str, Self)> {
        let mut after = Self { rest: self.after_blanks()? };
        after.word_here().map(|word| (word, after))
    }

    /// The text after at least one blank.
    fn after_blanks(self) -> Option<&'a str> {
        let rest = self.rest.trim_start_matches(is_blank);
        (rest.len() < self.rest.len()).then_some(rest)
    }

    /// Options, if they are there, and what is left after them.
    fn options(self) -> (Option<&'a str>, Self) {
        let mut after = self;
        (after.bracketed('(', ')', |_| true), after)
    }

    /// Blanks and a text in brackets, not empty and wanted; else nothing is taken.
    fn bracketed(&mut self, open: char, close: char, wanted: impl Fn(&str) -> bool) -> Option<&'a str> {
        let inner = self.after_blanks()?.strip_prefix(open)?;
        let (text, rest) = inner.split_once(close)?;
        (!text.is_empty() && wanted(text)).then(|| {
            self.rest = rest;
            text
        })
    }

    /// Blanks and `true` or `false`, whatever follows.
    fn boolean(&mut self) -> Option<&'static str> {
        let text = self.after_blanks()?;
        let word = ["true", "false"].into_iter().find(|word| text.starts_with(word))?;
        self.rest = &text[word.len()..];
        Some(word)
    }
}

/// `text` up to the first character that ends it, and the rest.
fn cut(text: &str, ends: impl Fn(char) -> bool) -> (&str, &str) {
    text.split_at(text.find(ends).unwrap_or(text.len()))
}

#[cfg(test)]
mod tests {
    use super::*;

    fn shown(line: &str) -> String {
        match program(line) {
            Err(missing) => format!("{missing:?}"),
            Ok(p) => {
                let fields = [p.options, Some(p.command), p.args, p.directory, p.redirect, p.user, Some(p.rest)];
                let fields: Vec<_> = fields.iter().map(|f| f.unwrap_or("-")).collect();
                format!("{} {} | {}", p.priority, p.name, fields.join(" | "))
            }
        }
    }

    #[test]
    fn program_lines_are_read_as_2_0_0_reads_them() {
        let cases = [
            ("10 a /bin/a", "10 a | - | /bin/a | - | - | - | - | "),
            ("10 a (x=1) /bin/a [-v b] /tmp true www", "10 a | x=1 | /bin/a | -v b | /tmp | true | www | "),
            ("10 a /bin/a www-data", "10 a | - | /bin/a | - | www-data | - | - | "),
            ("10 a /bin/a truely", "10 a | - | /bin/a | - | - | true | - | ly"),
            ("10 a /bin/a falsey/dir", "10 a | - | /bin/a | - | - | false | - | y/dir"),
            ("10 a /bin/a [true x]", "10 a | - | /bin/a | - | [true | - | x] | "),
            ("10 a /bin/a []", "10 a | - | /bin/a | - | [] | - | - | "),
            ("10 a /bin/a -x -y", "10 a | - | /bin/a | - | -x | - | -y | "),
            ("10 a (a=b)(c=d)", "10 a | - | (a=b)(c=d) | - | - | - | - | "),
            ("10 a (a=b)(c=d) /bin/a", "10 a | - | (a=b)(c=d) | - | /bin/a | - | - | "),
            ("10 a () /bin/a", "10 a | - | () | - | /bin/a | - | - | "),
            ("10 a (a=b)", "10 a | - | (a=b) | - | - | - | - | "),
            ("10 a /bin/a [x]y true", "10 a | - | /bin/a | x | - | - | - | y true"),
            (" 10 a /bin/a", "FirstColumn"),
            ("   # 10 a /bin/a", "Comment"),
            ("x a /bin/a", "Priority"),
            ("10a /bin/a", "Priority"),
            ("10", "Priority"),
            ("10 ", "Name"),
            ("10 a", "Command"),
        ];
        for (line, expected) in cases {
            assert_eq!(shown(line), expected, "{line}");
        }
    }

    #[test]
    fn listener_lines_fall_back_when_options_leave_too_little() {
        let line = listener("m (a=b c=d) TICK_60,X /bin/m [true -p x]").unwrap();
        assert_eq!((line.options, line.events, line.args), (Some("a=b c=d"), "TICK_60,X", Some("true -p x")));
        let line = listener("m (a=b c=d) TICK_60").unwrap();
        assert_eq!((line.options, line.events, line.command, line.rest), (None, "(a=b", "c=d)", "TICK_60"));
        assert_eq!(listener("m TICK_60"), Err(Missing::Command));
        assert_eq!(listener("m"), Err(Missing::Events));
    }

    #[test]
    fn group_lines_end_at_the_first_blank() {
        let line = group("10 g a, b").unwrap();
        assert_eq!((line.priority, line.name, line.programs, line.rest), ("10", "g", "a,", "b"));
        assert_eq!(group("10 g"), Err(Missing::Programs));
    }

    #[test]
    fn options_keep_blanks_in_quotes_after_an_equals_sign() {
        assert_eq!(options("a=1  b== c d= =e"), [("a", "1"), ("b", "=")]);
        assert_eq!(options("environment=A=\"b c\",D=1 x=2"), [("environment", "A=\"b c\",D=1"), ("x", "2")]);
        assert_eq!(options("x=don't y=isn't"), [("x", "don't"), ("y", "isn't")]);
        assert_eq!(options("x=\"open y=1"), [("x", "\"open"), ("y", "1")]);
    }
}
