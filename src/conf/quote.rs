//! Values as lines of a conf file: what the reader takes away, and how to keep it.
//!
//! The reader strips every line, drops a comment (`;` or `#` after a blank, or first on a line) and cuts blank lines
//! off the end. There are no escapes and quotes do not protect. A value of several lines is written as continuation
//! lines. Where a value is expanded with `here`, an expansion of no width (`%(here).0s`) can stand guard between a
//! blank and a `;`, and at the ends of a line: with it any text without carriage returns can be expressed.
//!
//! Marks of secrets are left in place and do not count.

use super::expand;
use super::options::Opt;
use super::problem::Problem;
use super::python::{is_space, strip};
use crate::base::secret;

/// Expands to nothing, and is no blank and no comment.
pub(crate) const GUARD: &str = "%(here).0s";

/// What begins a continuation line. One blank would do.
const INDENT: &str = "\n    ";

/// The text after `key = ` that the reader takes for `value`; expansions in it stay what they are.
pub fn quote_value(value: &str) -> Result<String, Problem> {
    if let Some(reason) = hole(&secret::reveal(value)) {
        return Err(Problem::InexpressibleValue { value: value.to_owned(), reason });
    }
    Ok(indented(value))
}

/// As [`quote_value`], for a value that is expanded where `here` is known: guards are set where they are needed.
pub fn quote_expanded(value: &str) -> Result<String, Problem> {
    match quote_value(value) {
        Err(_) if !secret::reveal(value).contains('\r') => Ok(indented(&guarded(value))),
        result => result,
    }
}

/// The text after `key = ` that gives the option the value `value`, with nothing in it expanded.
pub fn quote_literal(option: &Opt, value: &str) -> Result<String, Problem> {
    let mut text = value.to_owned();
    for _ in 0..option.expansions {
        text = expand::escape(&text).into_owned();
    }
    if option.knows_here() { quote_expanded(&text) } else { quote_value(&text) }
}

fn indented(value: &str) -> String {
    let mut lines = value.split('\n');
    let mut out = lines.next().unwrap_or_default().to_owned();
    for line in lines {
        out.push_str(if line.is_empty() { "\n" } else { INDENT });
        out.push_str(line);
    }
    out
}

/// Why the reader would not take `value` as it is.
fn hole(value: &str) -> Option<&'static str> {
    if value.contains('\r') {
        return Some("it holds a carriage return, which ends a line");
    }
    if value.split('\n').any(|line| line != strip(line)) {
        return Some("blanks at the ends of a line are lost");
    }
    if value.ends_with('\n') {
        return Some("blank lines at the end are lost");
    }
    if starts_comment(value) {
        return Some("`;` or `#` after a blank starts a comment");
    }
    None
}

/// Whether a `;` or `#` stands after a blank, or first on a line.
pub(super) fn starts_comment(value: &str) -> bool {
    let mut before = ' ';
    for c in value.chars() {
        if matches!(c, ';' | '#') && is_space(before) {
            return true;
        }
        before = c;
    }
    false
}

/// `value` with a guard wherever something would be lost.
fn guarded(value: &str) -> String {
    let lines: Vec<String> = value.split('\n').map(guarded_line).collect();
    let mut text = lines.join("\n");
    if text.ends_with('\n') {
        text.push_str(GUARD);
    }
    text
}

fn guarded_line(line: &str) -> String {
    let shown = secret::reveal(line);
    let mut out = String::with_capacity(line.len() + GUARD.len());
    if shown.starts_with(is_space) {
        out.push_str(GUARD);
    }
    let mut before = ' ';
    for c in line.chars() {
        if matches!(c, secret::OPEN | secret::CLOSE) {
            out.push(c);
            continue;
        }
        if matches!(c, ';' | '#') && is_space(before) {
            out.push_str(GUARD);
        }
        out.push(c);
        before = c;
    }
    if shown.ends_with(is_space) {
        out.push_str(GUARD);
    }
    out
}

#[cfg(test)]
mod tests {
    use super::super::expand::{Environ, Label, Scope, expand};
    use super::super::format::Value;
    use super::super::ini::Ini;
    use super::super::options::{Section, find};
    use super::*;
    use crate::base::Sources;
    use proptest::prelude::*;

    /// What the reader takes for the value of `key = text`.
    fn read(text: &str) -> String {
        let mut sources = Sources::new();
        let conf = format!("[a]\nkey = {text}\nlast = 1\n");
        let file = sources.add("conf", conf.as_str());
        let mut ini = Ini::new();
        ini.read(file, "conf", &conf);
        assert!(ini.problems().is_empty(), "{conf:?}");
        assert_eq!(ini.get("a", "last").unwrap().text(), "1", "{conf:?}");
        ini.get("a", "key").unwrap().text().into_owned()
    }

    fn expanded(text: &str) -> String {
        let environ = Environ::default();
        let scope = Scope::new(&environ).with("here", Value::Text("/h"));
        expand(text, &scope, Label::Bare("x")).unwrap().into_owned()
    }

    #[test]
    fn lines_are_written_as_they_are_read() {
        assert_eq!(
            quote_value("a;b #").unwrap_err().to_string(),
            "cannot be written: `;` or `#` after a blank starts a comment"
        );
        assert_eq!(quote_value("a;b").unwrap(), "a;b");
        assert_eq!(quote_value("a\n\nb").unwrap(), "a\n\n    b");
        assert_eq!(quote_expanded("a ;b").unwrap(), "a %(here).0s;b");
        for value in [" a", "a ", "a\n", "a\n b", ";", "a\n#", "a\rb"] {
            assert!(quote_value(value).is_err(), "{value:?}");
        }
    }

    #[test]
    fn an_option_without_here_cannot_use_a_guard() {
        let password = find(Section::InetHttpServer, "password").unwrap();
        assert!(quote_literal(password, "a ;b").is_err());
        assert_eq!(quote_literal(password, "50%").unwrap(), "50%%");
        let log = find(Section::Program, "stdout_logfile").unwrap();
        assert_eq!(quote_literal(log, "a% ;b").unwrap(), "a%%%% %(here).0s;b");
    }

    #[test]
    fn marks_of_secrets_do_not_count() {
        let value = format!("a {}", secret::mark(";b "));
        assert!(quote_value(&value).is_err());
        let text = quote_expanded(&value).unwrap();
        assert!(secret::is_marked(&text));
        assert_eq!(expanded(&read(&secret::reveal(&text))), "a ;b ");
    }

    proptest! {
        #[test]
        fn what_is_quoted_is_read_back(value in "[a;# \\n\t=:\\[\\]%\u{a0}\u{1c}]{0,12}|\\PC{0,12}") {
            if let Ok(text) = quote_value(&value) {
                prop_assert_eq!(read(&text), value);
            }
        }

        #[test]
        fn any_text_can_be_quoted_where_here_is_known(value in "[a;# \\n\t=%\u{a0}]{0,12}|\\PC{0,12}") {
            let text = quote_expanded(&expand::escape(&value)).unwrap();
            prop_assert_eq!(expanded(&read(&text)), value);
        }
    }
}
