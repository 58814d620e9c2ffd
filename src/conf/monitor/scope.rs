//! A section as its values are read: with `[DEFAULT]` behind it, names filled in, findings collected.

use core::net::IpAddr;
use std::borrow::Cow;
use std::collections::BTreeSet;

use super::expand;
use super::model::Said;
use super::pattern::pattern;
use super::problem::Problem;
use crate::base::Span;
use crate::conf::ini::{Ini, Section};
use crate::conf::python::{is_space, strip};
use crate::conf::values;

/// What the original took for false.
const FALSE: [&str; 4] = ["no", "false", "0", "off"];
/// What is surely true.
const TRUE: [&str; 4] = ["yes", "true", "1", "on"];

/// A line as no log has it.
const ANY: &[u8] = b"\x01";

/// The seconds of a day.
const DAY: u64 = 86_400;

/// One section.
pub(super) struct Scope<'s, 'a> {
    ini: &'s Ini<'a>,
    pub(super) section: &'s Section<'a>,
    found: &'s mut Vec<(Problem, Option<Span>)>,
    /// Names of keys that values refer to.
    used: &'s mut BTreeSet<String>,
}

/// Whether a text is `HOST:PORT`.
pub(super) fn is_host_and_port(text: &str) -> bool {
    let parts =
        text.rsplit_once(':').filter(|(host, _)| !host.is_empty() && (!host.contains(':') || host.starts_with('[')));
    parts.is_some_and(|(_, port)| port.trim().parse::<u16>().is_ok_and(|port| port > 0))
}

impl<'s, 'a> Scope<'s, 'a> {
    pub(super) fn new(
        ini: &'s Ini<'a>,
        section: &'s Section<'a>,
        found: &'s mut Vec<(Problem, Option<Span>)>,
        used: &'s mut BTreeSet<String>,
    ) -> Self {
        Self { ini, section, found, used }
    }

    /// Where the section is.
    pub(super) fn span(&self) -> Option<Span> {
        self.section.span
    }

    /// Whether something like this was found.
    pub(super) fn has_found(&self, is_it: impl Fn(&Problem) -> bool) -> bool {
        self.found.iter().any(|(problem, _)| is_it(problem))
    }

    pub(super) fn report(&mut self, problem: Problem, span: Option<Span>) {
        self.found.push((problem, span));
    }

    /// The value of `key` with its names filled in; none where there is none, or an empty one.
    pub(super) fn text(&mut self, key: &'static str) -> Option<Said<String>> {
        self.lines(key).map(|(said, _)| said)
    }

    /// As [`Self::text`], and whether it is as written.
    fn lines(&mut self, key: &'static str) -> Option<(Said<String>, bool)> {
        let value = self.ini.get_in(self.section, key)?;
        let raw = value.text();
        let span = Some(value.span());
        let (ini, section) = (self.ini, self.section);
        let used = &mut *self.used;
        let filled = expand::expand(&raw, &mut |name| {
            used.insert(name.to_owned());
            match name {
                "__name__" => Some(Cow::Borrowed(section.name)),
                name => ini.get_in(section, name).map(|value| Cow::Owned(value.text().into_owned())),
            }
        });
        match filled {
            Ok(text) if strip(&text).is_empty() => None,
            Ok(text) => {
                let is_written = text == *raw;
                Some((Said { value: text, span }, is_written))
            }
            Err(problem) => {
                self.report(problem, span);
                None
            }
        }
    }

    /// Where a list is that is there, and holds nothing.
    pub(super) fn empty_list(&self, key: &'static str) -> Option<Span> {
        let value = self.ini.get_in(self.section, key)?;
        value.text().split([',', '\n']).all(|item| strip(item).is_empty()).then(|| value.span())
    }

    /// The items of a list, with the places of those that are as written.
    pub(super) fn items(&mut self, key: &'static str, separators: &[char]) -> Vec<Said<String>> {
        let Some((said, is_written)) = self.lines(key) else { return Vec::new() };
        let value = self.ini.get_in(self.section, key).filter(|_| is_written);
        let mut items = Vec::new();
        let mut at = 0;
        for item in said.value.split(separators) {
            let start = at + (item.len() - item.trim_start_matches(is_space).len());
            let text = strip(item);
            let span = value.map(|value| value.part(start, start + text.len())).or(said.span);
            at += item.len() + 1;
            if !text.is_empty() {
                items.push(Said { value: text.to_owned(), span });
            }
        }
        items
    }

    /// The value of `key`, read by `read`, which says what it expected otherwise.
    pub(super) fn read<T>(
        &mut self,
        key: &'static str,
        read: impl FnOnce(&str) -> Result<T, String>,
    ) -> Option<Said<T>> {
        let said = self.text(key)?;
        match read(&said.value) {
            Ok(value) => Some(Said { value, span: said.span }),
            Err(expected) => {
                self.report(Problem::BadValue { key, value: said.value, expected }, said.span);
                None
            }
        }
    }

    /// A whole number up to `most`.
    pub(super) fn number(&mut self, key: &'static str, most: u64, what: &str) -> Option<Said<u64>> {
        self.read(key, |text| {
            let number = text.parse().ok().filter(|n| *n <= most);
            number.ok_or_else(|| format!("{what} up to {most}"))
        })
    }

    /// Seconds, up to a day; none at all is no time to wait.
    pub(super) fn seconds(&mut self, key: &'static str) -> Option<Said<u64>> {
        self.number(key, DAY, "a whole number of seconds")
    }

    /// Seconds within which something has to happen, up to a day. In none at all nothing can.
    pub(super) fn patience(&mut self, key: &'static str, default: u64) -> Said<u64> {
        let patience = self.read(key, |text| {
            let number = text.parse().ok().filter(|n| (1..=DAY).contains(n));
            number.ok_or_else(|| format!("a whole number of seconds from 1 to {DAY}"))
        });
        patience.unwrap_or(Said::default(default))
    }

    /// `HOST`, or `HOST:PORT`.
    pub(super) fn host(&mut self, key: &'static str) -> Option<Said<String>> {
        self.read(key, |text| {
            let is_bare = !text.contains(':') || text.parse::<IpAddr>().is_ok();
            if is_bare || is_host_and_port(text) {
                Ok(text.to_owned())
            } else {
                Err("`HOST` or `HOST:PORT`".to_owned())
            }
        })
    }

    /// Whether it is so. What is neither true nor false counts as true.
    pub(super) fn truth(&mut self, key: &'static str) -> bool {
        let Some(said) = self.text(key) else { return false };
        let is = |words: &[&str]| words.iter().any(|word| said.value.eq_ignore_ascii_case(word));
        if is(&FALSE) {
            return false;
        }
        if !is(&TRUE) {
            self.report(Problem::DoubtfulTruth { key, value: said.value }, said.span);
        }
        true
    }

    /// One of a few words.
    pub(super) fn word<T: Copy>(&mut self, key: &'static str, words: &[(&'static str, T)]) -> Option<Said<T>> {
        let said = self.text(key)?;
        if let Some((_, value)) = words.iter().find(|(word, _)| *word == said.value) {
            return Some(Said { value: *value, span: said.span });
        }
        let words = words.iter().map(|(word, _)| *word).collect();
        self.report(Problem::BadWord { key, value: said.value, words }, said.span);
        None
    }

    /// A value that must be there; an empty one stands for it, so that all that is missing is found.
    pub(super) fn required(&mut self, key: &'static str, expected: &'static str) -> Said<String> {
        let has_failed = self.found.len();
        if let Some(said) = self.text(key) {
            return said;
        }
        if self.found.len() == has_failed {
            let (section, span) = (self.section.name.to_owned(), self.span());
            self.report(Problem::Missing { section, key, expected }, span);
        }
        Said::default(String::new())
    }

    /// Memory in kilobytes, of which there is at least one: a plain number, or one with a unit.
    pub(super) fn kilobytes(&mut self, key: &'static str) -> Option<Said<u64>> {
        self.read(key, |text| {
            let is_plain = text.bytes().all(|b| b.is_ascii_digit());
            let bytes = if is_plain { text.parse().ok().and_then(|n: i64| n.checked_mul(1024)) } else { None };
            let bytes = bytes.or_else(|| values::byte_size(text).ok().filter(|_| !is_plain));
            let kilobytes = bytes.and_then(|bytes| u64::try_from(bytes).ok()).map(|bytes| bytes / 1024);
            let kilobytes = kilobytes.filter(|kilobytes| *kilobytes > 0);
            kilobytes.ok_or_else(|| "a number of kilobytes from 1 on, or a size such as `500MB`".to_owned())
        })
    }

    /// A regular expression that can be compiled, and does not find everything.
    pub(super) fn pattern(&mut self, key: &'static str) -> Option<Said<String>> {
        let said = self.text(key)?;
        match pattern(&said.value) {
            Ok(pattern) if pattern.is_match(b"") && pattern.is_match(ANY) => {
                self.report(Problem::FindsAll { key, value: said.value }, said.span);
                None
            }
            Ok(_) => Some(said),
            Err(why) => {
                self.report(Problem::BadPattern { key, why }, said.span);
                None
            }
        }
    }
}
