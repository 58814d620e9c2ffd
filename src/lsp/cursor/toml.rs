//! TOML: a walk through the tokens up to the place. A string ends at its line where it is not closed, so that what
//! follows is still seen as it is meant.

use std::ops::Range;

use super::{At, Cursor};

pub(super) fn at(text: &str, offset: usize) -> Cursor {
    let mut walk = Walk { text, offset, at: 0, header: Vec::new(), open: Vec::new(), found: None };
    while walk.found.is_none() && walk.at < text.len() {
        walk.statement();
    }
    let Walk { header, found, .. } = walk;
    found.unwrap_or(Cursor { path: header, at: At::Key, word: offset..offset })
}

/// What is open within a value.
enum Open {
    Array,
    /// With the key before its table.
    Table(Vec<String>),
}

struct Walk<'t> {
    text: &'t str,
    offset: usize,
    at: usize,
    header: Vec<String>,
    open: Vec<Open>,
    found: Option<Cursor>,
}

impl Walk<'_> {
    fn rest(&self) -> &str {
        &self.text[self.at..]
    }

    /// Passes over `length` bytes; whether the place is among them or just behind.
    fn pass(&mut self, length: usize) -> bool {
        self.at += length;
        self.offset <= self.at
    }

    /// One line, or the lines of one value.
    fn statement(&mut self) {
        let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
        self.at += blank;
        if self.offset < self.at || (self.offset == self.at && self.rest().starts_with(['\n', '\r'])) {
            self.found = Some(self.key_at(self.offset..self.offset));
            return;
        }
        match self.rest().chars().next() {
            None => {}
            Some('\n' | '\r') => self.at += 1,
            Some('#') => self.comment(),
            Some('[') => self.header(),
            Some(_) => {
                let key = self.key("=\n\r");
                if self.found.is_none() && self.rest().starts_with('=') {
                    self.at += 1;
                    self.value(key);
                } else if self.found.is_none() {
                    self.line();
                }
            }
        }
    }

    fn path(&self) -> Vec<String> {
        let inner = self.open.iter().filter_map(|open| if let Open::Table(key) = open { Some(key) } else { None });
        self.header.iter().chain(inner.flatten()).cloned().collect()
    }

    fn key_at(&self, word: Range<usize>) -> Cursor {
        Cursor { path: self.path(), at: At::Key, word }
    }

    fn comment(&mut self) {
        let start = self.at;
        self.line();
        if self.offset > start && self.offset < self.at {
            self.found = Some(Cursor { path: Vec::new(), at: At::Nothing, word: self.offset..self.offset });
        }
    }

    /// Over the rest of the line.
    fn line(&mut self) {
        let length = self.rest().find('\n').map_or(self.rest().len(), |end| end + 1);
        self.at += length;
    }

    /// `[a.b]`, `[[a.b]]`.
    fn header(&mut self) {
        let brackets = self.rest().len() - self.rest().trim_start_matches('[').len();
        self.at += brackets.min(2);
        self.header.clear();
        let mut path = self.key("]\n\r");
        if let Some(found) = &mut self.found {
            found.at = At::Header;
            return;
        }
        self.header.append(&mut path);
        let start = self.at;
        self.line();
        if self.offset >= start && self.offset < self.at {
            self.found = Some(Cursor { path: Vec::new(), at: At::Nothing, word: self.offset..self.offset });
        }
    }

    /// A key with dots, up to one of `ends`.
    fn key(&mut self, ends: &str) -> Vec<String> {
        let mut parts = Vec::new();
        loop {
            let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
            self.at += blank;
            let start = self.at;
            let (name, length) = part(self.rest(), ends);
            if self.pass(length) {
                let word = start.min(self.offset)..self.at;
                let path = self.path().into_iter().chain(parts).collect();
                self.found = Some(Cursor { path, at: At::Key, word });
                return Vec::new();
            }
            parts.push(name);
            let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t']).len();
            self.at += blank;
            if !self.rest().starts_with('.') {
                return parts;
            }
            self.at += 1;
        }
    }

    /// From behind the `=` to the end of the value.
    fn value(&mut self, key: Vec<String>) {
        let mut keys = vec![key];
        while self.found.is_none() {
            let Some(c) = self.rest().chars().next() else { break };
            let key = keys.last().cloned().unwrap_or_default();
            let in_table = matches!(self.open.last(), Some(Open::Table(_)));
            match c {
                _ if self.offset <= self.at => break,
                '\n' if self.open.is_empty() => break,
                '#' => self.comment(),
                '"' | '\'' => self.string(&key),
                '[' => {
                    self.open.push(Open::Array);
                    self.at += 1;
                }
                '{' => {
                    self.open.push(Open::Table(key));
                    self.at += 1;
                    keys.push(self.inner_key());
                }
                ',' if in_table => {
                    self.at += 1;
                    keys.pop();
                    let key = self.inner_key();
                    keys.push(key);
                }
                '}' | ']' => {
                    if matches!(self.open.pop(), Some(Open::Table(_))) {
                        keys.pop();
                    }
                    self.at += 1;
                }
                c => self.at += c.len_utf8(),
            }
        }
        if self.found.is_none() && (self.offset <= self.at || self.at >= self.text.len()) {
            self.found = Some(self.in_value(keys.last().cloned().unwrap_or_default()));
        }
        self.open.clear();
    }

    /// A key in an inline table, with its `=`.
    fn inner_key(&mut self) -> Vec<String> {
        let blank = self.rest().len() - self.rest().trim_start_matches([' ', '\t', '\n', '\r']).len();
        self.at += blank;
        if self.offset < self.at {
            self.found = Some(self.key_at(self.offset..self.offset));
            return Vec::new();
        }
        let key = self.key("=,}\n\r");
        if self.rest().starts_with('=') {
            self.at += 1;
        }
        key
    }

    fn in_value(&self, mut key: Vec<String>) -> Cursor {
        let name = key.pop().unwrap_or_default();
        let path = self.path().into_iter().chain(key).collect();
        Cursor { path, at: At::Value { key: name }, word: self.offset..self.offset }
    }

    fn string(&mut self, key: &[String]) {
        let length = string_length(self.rest());
        let start = self.at;
        if self.pass(length) && self.offset > start {
            self.found = Some(self.in_value(key.to_vec()));
        }
    }
}

/// The first part of a key, and how long it is.
fn part(text: &str, ends: &str) -> (String, usize) {
    if let Some(quote) = text.chars().next().filter(|c| matches!(c, '"' | '\'')) {
        let inner = &text[1..];
        let end = inner.find([quote, '\n']).unwrap_or(inner.len());
        let closed = usize::from(inner[end..].starts_with(quote));
        return (inner[..end].to_owned(), 1 + end + closed);
    }
    let end = text.find(|c: char| c == '.' || c.is_whitespace() || ends.contains(c)).unwrap_or(text.len());
    (text[..end].to_owned(), end)
}

/// How long the string is that a text begins with.
fn string_length(text: &str) -> usize {
    let quote = text.chars().next().unwrap_or('"');
    let triple = if quote == '"' { "\"\"\"" } else { "'''" };
    if let Some(inner) = text.strip_prefix(triple) {
        return inner.find(triple).map_or(text.len(), |end| end + 6);
    }
    let mut is_escaped = false;
    for (at, c) in text.char_indices().skip(1) {
        match c {
            '\n' => return at,
            _ if is_escaped => is_escaped = false,
            '\\' if quote == '"' => is_escaped = true,
            c if c == quote => return at + 1,
            _ => {}
        }
    }
    text.len()
}
