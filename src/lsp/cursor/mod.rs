//! What stands at a place of a text: in which table, under which key, and which word. It is worked out on the text alone,
//! which is broken most of the time while one types in it.

mod ini;
mod toml;
mod yaml;
mod zconfig;

use std::ops::Range;

use crate::compile::document::Syntax;
use crate::lint::kind::Kind;

/// What stands at a place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Cursor {
    /// The table that it is in: `["parts", "web"]`; in an INI file the one header.
    pub(super) path: Vec<String>,
    pub(super) at: At,
    /// The bytes of the word at the place; empty where there is none.
    pub(super) word: Range<usize>,
}

/// In what a place is.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum At {
    /// The header of a table; the path is that before the word.
    Header,
    /// The name of a key.
    Key,
    /// The value of a key.
    Value { key: String },
    /// A reference: the bytes of its section, and of its key if it has a colon.
    Reference { section: Range<usize>, key: Option<Range<usize>>, close: char },
    /// The name in `%(name)s` in the value of a key.
    Expansion { key: String },
    /// A comment, or nothing.
    Nothing,
}

/// Looks at byte `offset` of a text.
pub(super) fn at(kind: Kind, text: &str, offset: usize) -> Cursor {
    let offset = floor(text, offset);
    let found = match kind {
        Kind::Manifest(Syntax::Toml) => toml::at(text, offset),
        Kind::Manifest(Syntax::Yaml) => yaml::at(text, offset),
        Kind::Manifest(Syntax::Cfg) | Kind::Supervisord => ini::at(text, offset),
        Kind::Zdaemon => zconfig::at(text, offset),
        Kind::Monitor => Cursor { path: Vec::new(), at: At::Nothing, word: offset..offset },
    };
    let At::Value { key } = &found.at else { return found };
    let inner = match kind {
        Kind::Supervisord => expansion(text, offset).map(|word| (At::Expansion { key: key.clone() }, word)),
        Kind::Manifest(syntax) => reference(text, offset, syntax),
        Kind::Zdaemon | Kind::Monitor => None,
    };
    match inner {
        Some((at, word)) => Cursor { at, word, ..found },
        None => Cursor { word: word(text, offset), ..found },
    }
}

fn floor(text: &str, offset: usize) -> usize {
    let mut offset = offset.min(text.len());
    while !text.is_char_boundary(offset) {
        offset -= 1;
    }
    offset
}

/// The line around `offset`, without its end.
fn line(text: &str, offset: usize) -> Range<usize> {
    let start = text[..offset].rfind(['\n', '\r']).map_or(0, |at| at + 1);
    let end = text[offset..].find(['\n', '\r']).map_or(text.len(), |at| offset + at);
    start..end
}

/// The reference around `offset`: `$<section:key>`, in a `.cfg` also `${section:option}`. It may have no end yet.
fn reference(text: &str, offset: usize, syntax: Syntax) -> Option<(At, Range<usize>)> {
    let line = line(text, offset);
    let before = &text[line.start..offset];
    let opens = [("$<", '>'), ("${", '}')].into_iter().filter(|(open, _)| *open == "$<" || !syntax.is_native());
    let found = opens.filter_map(|(open, close)| Some((line.start + before.rfind(open)? + open.len(), close)));
    let (start, close) = found.max()?;
    let is_escaped = text[line.start..start].ends_with("$$<") || text[line.start..start].ends_with("$${");
    if is_escaped || text[start..offset].contains(close) {
        return None;
    }
    let is_part = |c: char| c.is_alphanumeric() || " ._-:".contains(c);
    let is_closed =
        text[offset..line.end].find(|c: char| !is_part(c)).filter(|at| text[offset + at..].starts_with(close));
    let end = if let Some(at) = is_closed {
        offset + at
    } else {
        // Without an end it ends with its word.
        let is_word = |c: char| c.is_alphanumeric() || "._-:".contains(c);
        offset + text[offset..line.end].find(|c: char| !is_word(c)).unwrap_or(line.end - offset)
    };
    if !text[start..end].chars().all(is_part) {
        return None;
    }
    let colon = text[start..end].find(':').map(|at| start + at);
    let section = start..colon.unwrap_or(end);
    let key = colon.map(|colon| colon + 1..end);
    let word = key.clone().filter(|key| offset >= key.start).unwrap_or_else(|| section.clone());
    Some((At::Reference { section, key, close }, word))
}

/// The name in the `%(name)s` around `offset`.
fn expansion(text: &str, offset: usize) -> Option<Range<usize>> {
    let line = line(text, offset);
    let start = line.start + text[line.start..offset].rfind("%(")? + 2;
    if text[start..offset].contains(')') {
        return None;
    }
    let end =
        offset + text[offset..line.end].find(|c: char| !(c.is_alphanumeric() || c == '_')).unwrap_or(line.end - offset);
    Some(start..end)
}

/// The word around `offset` in a value.
fn word(text: &str, offset: usize) -> Range<usize> {
    let line = line(text, offset);
    let is_edge = |c: char| c.is_whitespace() || "\"',[]{}=#;".contains(c);
    let start = text[line.start..offset].rfind(is_edge).map_or(line.start, |at| {
        let at = line.start + at;
        at + text[at..].chars().next().map_or(1, char::len_utf8)
    });
    let end = offset + text[offset..line.end].find(is_edge).unwrap_or(line.end - offset);
    start..end
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    const TOML: Kind = Kind::Manifest(Syntax::Toml);
    const YAML: Kind = Kind::Manifest(Syntax::Yaml);
    const CFG: Kind = Kind::Manifest(Syntax::Cfg);

    /// What stands at the `|` of a text, in words.
    fn seen(kind: Kind, text: &str) -> String {
        let offset = text.find('|').unwrap();
        let text = text.replace('|', "");
        let Cursor { path, at, word } = at(kind, &text, offset);
        let path = path.join("/");
        let word = &text[word];
        match at {
            At::Header => format!("{path} header {word}"),
            At::Key => format!("{path} key {word}"),
            At::Value { key } => format!("{path} {key} = {word}"),
            At::Reference { section, key, .. } => {
                format!("{path} {} : {} ({word})", &text[section], key.map_or("-", |key| &text[key]))
            }
            At::Expansion { key } => format!("{path} {key} %({word}"),
            At::Nothing => "nothing".to_owned(),
        }
    }

    #[test]
    fn toml_is_looked_at_as_it_is_typed() {
        for (text, expected) in [
            ("[par|ts.web]\n", " header parts"),
            ("[parts.w|eb]\n", "parts header web"),
            ("[parts.|", "parts header "),
            ("[parts.web]\ncomm|and = 1", "parts/web key command"),
            ("[parts.web]\n|", "parts/web key "),
            ("[parts.web]\nports.ma|in = 1", "parts/web/ports key main"),
            ("[parts.web]\nports = { main = 1, ad|", "parts/web/ports key ad"),
            ("[parts.web]\nports = { main = 1, x = 8|", "parts/web/ports x = 8"),
            ("[p]\na = [\n  \"[b]\", # c ]\n  \"x y|\"\n]\n", "p a = y"),
            ("[p]\na = \"\"\"\n[q]\nk|\n\"\"\"\n", "p a = k"),
            ("[p]\na = 1 # co|mment", "nothing"),
            ("[p]\na = \"unclosed\n[q]\nk|ey = 1", "q key key"),
            ("[\"a.b\".c]\nd|", "a.b/c key d"),
            ("[p]\na = \"x $<ze|o:po> y\"", "p zeo : po (zeo)"),
            ("[p]\na = \"x $<zeo:po|", "p zeo : po (po)"),
            ("[p]\na = \"x $<|\"", "p  : - ()"),
            ("[p]\na = \"$$<zeo:po|\"", "p a = $$<zeo:po"),
            ("|", " key "),
            ("[[a.b|", "a header b"),
        ] {
            assert_eq!(seen(TOML, text), expected, "{text}");
        }
    }

    #[test]
    fn yaml_is_looked_at_as_it_is_typed() {
        for (text, expected) in [
            ("parts:\n  web:\n    comm|and: x\n", "parts/web key command"),
            ("parts:\n  web:\n    |", "parts/web key "),
            ("parts:\n  web:\n    command: a b|in\n", "parts/web command = bin"),
            ("parts:\n  s:\n    programs:\n      - w|eb\n", "parts/s programs = web"),
            ("parts:\n  s:\n    programs: [a, w|eb]\n", "parts/s programs = web"),
            ("parts:\n  web:\n    ports: {main: 1, ad|", "parts/web/ports key ad"),
            ("parts:\n  web:\n    command: >\n      a $<zeo:p|\n", "parts/web zeo : p (p)"),
            ("parts:\n  web: # co|mment\n", "nothing"),
            ("'a.b':\n  c|", "a.b key c"),
            ("|", " key "),
        ] {
            assert_eq!(seen(YAML, text), expected, "{text}");
        }
    }

    #[test]
    fn sections_in_sections_are_looked_at_as_they_are_typed() {
        let text = "# no\n<runner>\n  program /bin/x\n  da\n  <eventlog>\n    level\n    <logfile x>\n    </logfile>\n  </eventlog>\n</runner>\n<ev";
        let look = |what: &str, more: usize| {
            let cursor = at(Kind::Zdaemon, text, text.find(what).unwrap() + more);
            (cursor.path.join("/"), cursor.at, text[cursor.word].to_owned())
        };
        let value = |key: &str| At::Value { key: key.to_owned() };
        let cases = [
            ("no", 0, "", At::Nothing, ""),
            ("runner", 2, "", At::Header, "runner"),
            ("program", 3, "runner", At::Key, "program"),
            ("/bin/x", 2, "runner", value("program"), "/bin/x"),
            ("da\n", 2, "runner", At::Key, "da"),
            ("level", 5, "runner/eventlog", At::Key, "level"),
            ("logfile", 0, "runner/eventlog", At::Header, "logfile"),
        ];
        for (what, more, path, expected, word) in cases {
            assert_eq!(look(what, more), (path.to_owned(), expected, word.to_owned()), "{what}");
        }
        let end = at(Kind::Zdaemon, text, text.len());
        assert_eq!((end.path.len(), end.at, &text[end.word]), (0, At::Header, "ev"));
    }

    #[test]
    fn ini_is_looked_at_as_it_is_typed() {
        for (kind, text, expected) in [
            (Kind::Supervisord, "[prog|ram:web]\n", " header program:web"),
            (Kind::Supervisord, "[|", " header "),
            (Kind::Supervisord, "[program:web]\nstart|secs=1\n", "program:web key startsecs"),
            (Kind::Supervisord, "[program:web]\nstartsecs=1|0\n", "program:web startsecs = 10"),
            (Kind::Supervisord, "[program:web]\ncommand=x\n  y %(pro|\n", "program:web command %(pro"),
            (Kind::Supervisord, "[program:web]\ncommand=%(here)s/x|\n", "program:web command = %(here)s/x"),
            (Kind::Supervisord, "[program:web]\n; com|mand\n", "nothing"),
            (Kind::Supervisord, "[group:a]\nprograms=b,c|d\n", "group:a programs = cd"),
            (CFG, "[web]\nrecipe = x\na = ${zeo:po|rt}\n", "web zeo : port (port)"),
            (CFG, "[web]\na =\n    b\n    $<ze|\n", "web ze : - (ze)"),
            (CFG, "[web]\na += b|\n", "web a = b"),
            (CFG, "[web:sys_platform == 'linux']\nk|\n", "web key k"),
        ] {
            assert_eq!(seen(kind, text), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn any_place_of_any_text_is_looked_at(text in "[\\[\\]{}a.:=#;\"'$<>%() \n\r\t,é|>&-]{0,60}", offset in 0..80_usize) {
            for kind in [TOML, YAML, CFG, Kind::Supervisord, Kind::Zdaemon] {
                let cursor = at(kind, &text, offset);
                prop_assert!(text.get(cursor.word.clone()).is_some());
                if let At::Reference { section, key, .. } = cursor.at {
                    prop_assert!(text.get(section).is_some());
                    prop_assert!(key.is_none_or(|key| text.get(key).is_some()));
                }
            }
        }
    }
}
