//! INI files: headers, options, and lines that continue a value as they begin with a blank.

use super::{At, Cursor, line};

pub(super) fn at(text: &str, offset: usize) -> Cursor {
    let own = line(text, offset);
    let content = &text[own.clone()];
    let nothing = |at: At| Cursor { path: path(text, own.start), at, word: offset..offset };
    if content.starts_with(['#', ';']) {
        return nothing(At::Nothing);
    }
    if let Some(header) = content.strip_prefix('[') {
        let end = own.start + 1 + header.find(']').unwrap_or(header.trim_end().len());
        let word = own.start + 1..end;
        let at = if (word.start..=word.end).contains(&offset) { At::Header } else { At::Nothing };
        return Cursor { path: Vec::new(), at, word };
    }
    if content.starts_with([' ', '\t'])
        && let Some(key) = continued(text, own.start)
    {
        return nothing(At::Value { key });
    }
    match delimiter(content) {
        Some(at) if own.start + at < offset => nothing(At::Value { key: name(&content[..at]) }),
        found => {
            let end = found.unwrap_or(content.len());
            let start = own.start + content.len() - content.trim_start().len();
            let end = (own.start + content[..end].trim_end_matches(['+', '-']).trim_end().len()).max(start);
            let word = if offset <= end { start.min(offset)..end } else { offset..offset };
            Cursor { at: At::Key, word, ..nothing(At::Key) }
        }
    }
}

fn delimiter(content: &str) -> Option<usize> {
    content.find(['=', ':'])
}

/// A key without the `+` or `-` of buildout.
fn name(text: &str) -> String {
    text.trim().trim_end_matches(['+', '-']).trim_end().to_owned()
}

/// The last header before `start`, without buildout's condition.
fn path(text: &str, start: usize) -> Vec<String> {
    let header = text[..start].lines().rev().find_map(|line| line.strip_prefix('['));
    let Some(header) = header.map(|header| header.split(']').next().unwrap_or(header)) else { return Vec::new() };
    let is_condition =
        |(_, rest): &(&str, &str)| rest.contains([' ', '=', '(', '\'', '"']) || rest.starts_with("python");
    let name = header.split_once(':').filter(is_condition).map_or(header, |(name, _)| name);
    vec![name.trim().to_owned()]
}

/// The key whose value a line at `start` continues.
fn continued(text: &str, start: usize) -> Option<String> {
    for line in text[..start].lines().rev() {
        if line.starts_with('[') {
            return None;
        }
        if line.is_empty() || line.starts_with([' ', '\t', '#', ';']) {
            continue;
        }
        return delimiter(line).map(|at| name(&line[..at]));
    }
    None
}
