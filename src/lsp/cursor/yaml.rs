//! YAML: keys by their indentation, and the flow mappings and lists of one line.

use std::ops::Range;

use super::{At, Cursor, line};

pub(super) fn at(text: &str, offset: usize) -> Cursor {
    let own = line(text, offset);
    let content = &text[own.clone()];
    let at = offset - own.start;
    let nothing = |path: Vec<String>, at: At| Cursor { path, at, word: offset..offset };
    if comment(content).is_some_and(|start| start < at) {
        return nothing(Vec::new(), At::Nothing);
    }
    let indent = content.len() - content.trim_start_matches(' ').len();
    let is_item = content[indent..].starts_with("- ") || &content[indent..] == "-";
    let parents = parents(text, own.start, if content.trim().is_empty() { at.max(indent) } else { indent }, is_item);
    if is_item || is_block(&text[..own.start], &parents) {
        let (path, key) = split(names(&parents));
        return nothing(path, At::Value { key });
    }
    match colon(content) {
        Some(colon) if colon < at => {
            let key = unquoted(&content[..colon]);
            flow(text, own.start + colon + 1, offset, names(&parents), key)
        }
        found => {
            let end = found.unwrap_or(content.trim_end().len()).max(indent);
            let word = if at <= end { (own.start + indent).min(offset)..own.start + end } else { offset..offset };
            Cursor { path: names(&parents), at: At::Key, word }
        }
    }
}

/// Within the value of `key`, which begins at `start` on this line: deeper, where it is `{a: 1, b: …`.
fn flow(text: &str, start: usize, offset: usize, mut path: Vec<String>, mut key: String) -> Cursor {
    // Whether what is open is a mapping, and where its last entry began.
    let mut open: Vec<(bool, usize)> = Vec::new();
    let mut quote = None;
    for (at, c) in text[start..offset].char_indices().map(|(at, c)| (start + at, c)) {
        match (quote, c) {
            (Some(open), c) => quote = Some(open).filter(|_| c != open),
            (None, '"' | '\'') => quote = Some(c),
            (None, '{') => {
                path.push(key.clone());
                open.push((true, at + 1));
            }
            (None, '[') => open.push((false, at + 1)),
            (None, '}' | ']') => {
                let closed = open.pop();
                if closed.is_some_and(|(is_mapping, _)| is_mapping) {
                    key = path.pop().unwrap_or_default();
                }
            }
            (None, ',') => {
                if let Some((_, start)) = open.last_mut() {
                    *start = at + 1;
                }
            }
            (None, ':') => {
                if let Some((true, start)) = open.last() {
                    key = unquoted(&text[*start..at]);
                }
            }
            _ => {}
        }
    }
    if let Some((true, start)) = open.last()
        && !text[*start..offset].contains(':')
    {
        let start = *start + text[*start..offset].len() - text[*start..offset].trim_start().len();
        let line = line(text, offset);
        let rest = &text[offset..line.end];
        let end = offset + rest.find([':', ',', '}', ' ']).unwrap_or(rest.len());
        return Cursor { path, at: At::Key, word: start..end };
    }
    Cursor { path, at: At::Value { key }, word: offset..offset }
}

/// The keys above a line of this indentation, the nearest last: what of the line the key is, and its whole line.
fn parents(text: &str, start: usize, indent: usize, is_item: bool) -> Vec<(String, String)> {
    // The items of a list may stand as deep as its key.
    let mut limit = if is_item { indent + 1 } else { indent };
    let mut found = Vec::new();
    for line in text[..start].lines().rev() {
        let depth = line.len() - line.trim_start_matches(' ').len();
        let content = &line[depth..];
        if depth >= limit || content.is_empty() || content.starts_with(['#', '-']) {
            continue;
        }
        if let Some(colon) = colon(line) {
            found.push((unquoted(&line[..colon]), line[colon + 1..].trim().to_owned()));
        }
        limit = depth;
        if depth == 0 {
            break;
        }
    }
    found.reverse();
    found
}

fn names(parents: &[(String, String)]) -> Vec<String> {
    parents.iter().map(|(name, _)| name.clone()).collect()
}

/// Whether the lines under the last key are a text.
fn is_block(before: &str, parents: &[(String, String)]) -> bool {
    !before.is_empty() && parents.last().is_some_and(|(_, rest)| rest.starts_with(['|', '>']))
}

fn split(mut path: Vec<String>) -> (Vec<String>, String) {
    let key = path.pop().unwrap_or_default();
    (path, key)
}

/// The colon that ends a key.
fn colon(content: &str) -> Option<usize> {
    let start = content.len() - content.trim_start().len();
    let quote = content[start..].chars().next().filter(|c| matches!(c, '"' | '\''));
    let from =
        quote.map_or(start, |quote| content[start + 1..].find(quote).map_or(content.len(), |end| start + 1 + end + 1));
    let is_end = |at: &usize| content[at + 1..].is_empty() || content[at + 1..].starts_with([' ', '\t', '\r']);
    content[from..].match_indices(':').map(|(at, _)| from + at).find(is_end)
}

fn unquoted(text: &str) -> String {
    let text = text.trim();
    let is_quoted = |range: Range<usize>| text.get(range).filter(|_| text.len() > 1);
    let quotes = ['"', '\''].into_iter().find(|quote| text.starts_with(*quote) && text.ends_with(*quote));
    quotes.and_then(|_| is_quoted(1..text.len().saturating_sub(1))).unwrap_or(text).to_owned()
}

/// Where a comment starts that is not in quotes.
fn comment(content: &str) -> Option<usize> {
    let mut quote = None;
    let mut before = ' ';
    for (at, c) in content.char_indices() {
        match (quote, c) {
            (Some(open), c) => quote = Some(open).filter(|_| c != open),
            (None, '"' | '\'') => quote = Some(c),
            (None, '#') if before.is_whitespace() => return Some(at),
            _ => {}
        }
        before = c;
    }
    None
}
