//! zdaemon.conf: `<section>` in sections, and lines of a key and a value.

use super::{At, Cursor, line};

pub(super) fn at(text: &str, offset: usize) -> Cursor {
    let own = line(text, offset);
    let content = &text[own.clone()];
    let start = own.start + content.len() - content.trim_start().len();
    let content = content.trim();
    let nothing = |at: At| Cursor { path: path(text, own.start), at, word: offset..offset };
    if content.starts_with(['#', '%']) {
        return nothing(At::Nothing);
    }
    if content.starts_with('<') {
        let start = start + content.len() - content.trim_start_matches(['<', '/']).len();
        let length = text[start..own.end].find(|c: char| c.is_whitespace() || "/>".contains(c));
        let word = start..length.map_or(own.end, |length| start + length);
        let at = if (word.start..=word.end).contains(&offset) { At::Header } else { At::Nothing };
        return Cursor { word, ..nothing(at) };
    }
    let end = start + content.find(char::is_whitespace).unwrap_or(content.len());
    if offset > end {
        return nothing(At::Value { key: text[start..end].to_ascii_lowercase() });
    }
    Cursor { word: start.min(offset)..end, ..nothing(At::Key) }
}

/// The sections that are open before `start`.
fn path(text: &str, start: usize) -> Vec<String> {
    let mut open = Vec::new();
    for line in text[..start].lines().map(str::trim) {
        if line.starts_with("</") {
            open.pop();
        } else if let Some(header) = line.strip_prefix('<').filter(|header| !header.trim_end().ends_with("/>")) {
            let name = header.split(|c: char| c.is_whitespace() || c == '>').next().unwrap_or(header);
            open.push(name.to_ascii_lowercase());
        }
    }
    open
}
