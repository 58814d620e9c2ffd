//! `%` in a native manifest: values are plain text, but for the expansions that supervisord knows.
//!
//! `%(here)s`, `%(program_name)s`, `%(group_name)s`, `%(host_node_name)s`, `%(process_num)02d`, `%(numprocs)d` and
//! `%(ENV_X)s` stay expansions; any other `%` means itself and is doubled in the conf. Of several `%` directly before a
//! known name each pair means one `%`, as everywhere in Python, so that `%%(here)s` is the text `%(here)s` and every
//! text can be written. A secret is plain text throughout; verbatim text ([`crate::base::verbatim`]) stays as it is.

use std::borrow::Cow;

use crate::base::{secret, suggest, verbatim};
use crate::conf::command;
use crate::conf::format::Spec;
use crate::conf::problem::Problem;
use crate::conf::quote::GUARD;

/// A stretch of a value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Piece<'a> {
    /// Means itself.
    Literal(&'a str),
    /// Is replaced by supervisord.
    Expansion(&'a str),
}

/// The pieces of `text`, in order; literal ones may follow each other.
pub(super) fn pieces(text: &str) -> Vec<Piece<'_>> {
    let (mut pieces, mut start, mut at) = (Vec::new(), 0, 0);
    while let Some(run) = text[at..].find('%').map(|n| at + n) {
        let count = text[run..].bytes().take_while(|b| *b == b'%').count();
        let last = run + count - 1;
        at = last + 1;
        let Some(length) = expansion(&text[last..]) else { continue };
        pieces.push(Piece::Literal(&text[start..run + count / 2]));
        start = at;
        if count % 2 == 1 {
            start = last + length;
            pieces.push(Piece::Expansion(&text[last..start]));
        }
        at = last + length;
    }
    pieces.push(Piece::Literal(&text[start..]));
    pieces.retain(|piece| *piece != Piece::Literal(""));
    pieces
}

/// The length of the known expansion at the start of `text`.
fn expansion(text: &str) -> Option<usize> {
    let (name, after) = text.strip_prefix("%(")?.split_once(')')?;
    let (spec, length) = Spec::parse(after).ok()?;
    let fits = if is_number(name) { "diouxXs".contains(spec.letter()) } else { spec.letter() == 's' };
    (fits && is_known(name)).then_some("%(".len() + name.len() + ")".len() + length)
}

fn is_number(name: &str) -> bool {
    matches!(name, "process_num" | "numprocs")
}

/// All names but those of variables.
const NAMES: [&str; 6] = ["group_name", "here", "host_node_name", "numprocs", "process_num", "program_name"];

fn is_known(name: &str) -> bool {
    let variable = |name: &str| !name.is_empty() && name.chars().all(|c| c.is_ascii_alphanumeric() || c == '_');
    NAMES.contains(&name) || name.strip_prefix("ENV_").is_some_and(variable)
}

/// What is text, but looks like a slip of an expansion: each with the expansion that may be meant.
pub(super) fn slips(text: &str) -> Vec<(&str, String)> {
    if !text.contains('%') || !text.contains("%(") || secret::is_marked(text) {
        return Vec::new();
    }
    let literal = pieces(text).into_iter().filter_map(|piece| match piece {
        Piece::Literal(text) => Some(text),
        Piece::Expansion(_) => None,
    });
    literal.flat_map(slips_in).collect()
}

fn slips_in(text: &str) -> impl Iterator<Item = (&str, String)> {
    text.match_indices("%(").filter_map(|(at, _)| {
        let (name, after) = text[at + 2..].split_once(')')?;
        let meant = meant(name)?;
        let (format, length) = match Spec::parse(after) {
            Ok((spec, length)) if spec.letter().is_ascii_alphabetic() => (&after[..length], length),
            _ => ("", 0),
        };
        let as_written = format!("%({meant}){format}");
        let is_right = expansion(&as_written) == Some(as_written.len());
        let right =
            if is_right { as_written } else { format!("%({meant}){}", if is_number(&meant) { 'd' } else { 's' }) };
        Some((&text[at..at + "%()".len() + name.len() + length], right))
    })
}

/// The name that `name` may be meant for, or is, if only what follows it is wrong.
fn meant(name: &str) -> Option<String> {
    if is_known(name) {
        return Some(name.to_owned());
    }
    let variable = name.split_once(['_', ':', '.']).filter(|(prefix, _)| is_slip_of_env(prefix));
    if let Some((_, variable)) = variable {
        let meant = format!("ENV_{variable}");
        return is_known(&meant).then_some(meant);
    }
    let lower = name.to_ascii_lowercase();
    let known = NAMES.into_iter().find(|known| *known == lower).map(str::to_owned);
    known.or_else(|| suggest::nearest(&lower, NAMES).map(|meant| meant.to_string()))
}

fn is_slip_of_env(prefix: &str) -> bool {
    prefix.eq_ignore_ascii_case("ENV") || suggest::nearest(prefix, ["ENV"]).is_some()
}

/// `text` as it is written where supervisord expands values `times` times.
pub(super) fn escaped(text: Cow<'_, str>, times: u8) -> Cow<'_, str> {
    if !text.contains(['%', verbatim::OPEN]) {
        return text;
    }
    let percent = "%".repeat(1 << times);
    let doubled = |text: &str| text.replace('%', &percent);
    let piece = |piece: Piece<'_>| match piece {
        Piece::Literal(text) => doubled(text),
        Piece::Expansion(text) => text.to_owned(),
    };
    let (mut out, mut depth) = (String::with_capacity(text.len() + 8), 0_usize);
    for (is_verbatim, text) in verbatim::pieces(&text) {
        if is_verbatim {
            out.push_str(text);
            continue;
        }
        for stretch in text.split_inclusive([secret::OPEN, secret::CLOSE]) {
            match depth {
                0 => out.extend(pieces(stretch).into_iter().map(piece)),
                _ => out.push_str(&doubled(stretch)),
            }
            depth = if stretch.ends_with(secret::OPEN) { depth + 1 } else { depth.saturating_sub(1) };
        }
    }
    Cow::Owned(out)
}

/// What supervisord makes of `text`, a path without secrets that it expands `times` times; None if it holds an expansion.
pub(super) fn unescaped(text: &str, times: u8) -> Option<Cow<'_, str>> {
    if !text.contains('%') {
        return Some(Cow::Borrowed(text));
    }
    let percent = "%".repeat(1 << times);
    let text = text.replace(&percent, "\u{0}").replace(GUARD, "");
    (!text.contains('%')).then(|| Cow::Owned(text.replace('\u{0}', "%")))
}

/// One word of a command line. What an expansion brings stays within the word.
pub(super) fn quoted_word(word: &str) -> Result<String, Problem> {
    let pieces = pieces(word);
    if pieces.is_empty() {
        return command::quote(&[String::new()]);
    }
    let quoted = pieces.into_iter().map(|piece| match piece {
        Piece::Literal(text) => command::quote(&[text.to_owned()]),
        Piece::Expansion(text) if text.starts_with("%(here") || text.starts_with("%(ENV_") => Ok(format!("\"{text}\"")),
        Piece::Expansion(text) => Ok(text.to_owned()),
    });
    quoted.collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn known_names_are_expanded_and_all_else_is_text() {
        let cases = [
            ("100%", "100%%"),
            ("%Y %(x)s %d", "%%Y %%(x)s %%d"),
            ("%(here)s/x", "%(here)s/x"),
            ("%%(here)s", "%%(here)s"),
            ("%%%(here)s", "%%%(here)s"),
            ("%(process_num)02d", "%(process_num)02d"),
            ("%(here)d", "%%(here)d"),
            ("%(ENV_)s", "%%(ENV_)s"),
            ("%%", "%%%%"),
        ];
        for (text, expected) in cases {
            assert_eq!(escaped(text.into(), 1), expected, "{text}");
        }
        assert_eq!(escaped(secret::mark("%(here)s").into(), 1), secret::mark("%%(here)s"));
        let text = format!("1% {}", verbatim::mark("%(ENV_X)s"));
        assert_eq!(escaped(text.into(), 2), "1%%%% %(ENV_X)s");
        assert_eq!(escaped("1% %%(here)s %(here)s".into(), 2), "1%%%% %%%%(here)s %(here)s");
    }

    #[test]
    fn what_looks_like_a_slip_is_told() {
        let cases = [
            ("%(progam_name)s", "%(progam_name)s", "%(program_name)s"),
            ("a %(Process_Num)02d b", "%(Process_Num)02d", "%(process_num)02d"),
            ("%(proces_num)02d", "%(proces_num)02d", "%(process_num)02d"),
            ("%(process_num)", "%(process_num)", "%(process_num)d"),
            ("x%(process_num)-%(here)s", "%(process_num)-%", "%(process_num)d"),
            ("%(here)d", "%(here)d", "%(here)s"),
            ("%(env_HOME)s", "%(env_HOME)s", "%(ENV_HOME)s"),
            ("%(EVN_HOME)s", "%(EVN_HOME)s", "%(ENV_HOME)s"),
        ];
        for (text, written, right) in cases {
            let found = slips(text);
            assert_eq!(found.len(), 1, "{text}: {found:?}");
            assert_eq!(found[0].1, right, "{text}");
            assert!(written.starts_with(found[0].0), "{text}: {found:?}");
        }
        let texts = [
            "%(here)s",
            "%%(here)s",
            "%(process_num)02d",
            "%(asctime)s %(name)s %(process)d %(message)s",
            "%(x)s",
            "100%",
            "%(user_id)s",
            "%(",
        ];
        for text in texts {
            assert_eq!(slips(text), [], "{text}");
        }
        assert_eq!(slips(&secret::mark("%(progam_name)s")), []);
    }

    #[test]
    fn a_path_is_had_back_from_what_is_written() {
        for (text, times) in [("/a%b", 1), ("/a%b", 2), ("/a%%(here)s", 1), ("/ü", 1)] {
            assert_eq!(
                unescaped(&escaped(text.into(), times), times).as_deref(),
                Some(text.replace("%%(", "%(").as_str())
            );
        }
        assert_eq!(unescaped("/a %(here).0s;b", 1).as_deref(), Some("/a ;b"));
        assert_eq!(unescaped("%(here)s/a", 1), None);
        assert_eq!(unescaped("%%(here)s/a", 1).as_deref(), Some("%(here)s/a"));
    }

    #[test]
    fn an_expansion_stays_within_its_word() {
        assert_eq!(quoted_word("-p80%(process_num)02d").unwrap(), "-p80%(process_num)02d");
        assert_eq!(quoted_word("%(ENV_HOME)s/a b").unwrap(), "\"%(ENV_HOME)s\"'/a b'");
        assert_eq!(quoted_word("").unwrap(), "''");
    }
}
