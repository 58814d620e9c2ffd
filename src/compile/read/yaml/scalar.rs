//! Scalars of YAML: their type by the core schema of YAML 1.2, and where their lines stand.
//!
//! So `on`, `yes`, `22:22` and `1_000` are texts, and `0644` is a number. All keep their text.

use granit_parser::{ScalarStyle, Tag};

use crate::base::Span;
use crate::compile::document::{Scalar, ScalarKind};

/// Why a tag cannot be obeyed.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum TagFault {
    /// It is none of the core schema.
    Unknown,
    /// The value is not what the tag says.
    Mismatch,
}

/// The type of a scalar. On a fault it is what it would be without the tag.
pub(super) fn kind(text: &str, style: ScalarStyle, tag: Option<&Tag>) -> (ScalarKind, Option<TagFault>) {
    let plain = if style == ScalarStyle::Plain { plain_kind(text) } else { ScalarKind::String };
    let Some(tag) = tag else { return (plain, None) };
    if is_non_specific(tag) {
        return (ScalarKind::String, None);
    }
    let meant = plain_kind(text);
    let wanted = match tag.core_suffix() {
        Some("str") => return (ScalarKind::String, None),
        Some("null") => ScalarKind::Null,
        Some("bool") => ScalarKind::Boolean,
        Some("int") => ScalarKind::Integer,
        Some("float") if meant == ScalarKind::Integer => return (ScalarKind::Float, None),
        Some("float") => ScalarKind::Float,
        Some(_) => return (plain, Some(TagFault::Mismatch)),
        None => return (plain, Some(TagFault::Unknown)),
    };
    if wanted == meant { (wanted, None) } else { (plain, Some(TagFault::Mismatch)) }
}

/// A lone `!`: the type that the value has without looking at its text.
pub(super) fn is_non_specific(tag: &Tag) -> bool {
    matches!(tag.parts(), ("!", "") | ("", "!"))
}

/// The type of a scalar without quotes.
fn plain_kind(text: &str) -> ScalarKind {
    match text {
        "" | "~" | "null" | "Null" | "NULL" => ScalarKind::Null,
        "true" | "True" | "TRUE" | "false" | "False" | "FALSE" => ScalarKind::Boolean,
        _ if is_integer(text) => ScalarKind::Integer,
        _ if is_float(text) => ScalarKind::Float,
        _ => ScalarKind::String,
    }
}

fn is_integer(text: &str) -> bool {
    let all = |digits: &str, is: fn(&u8) -> bool| !digits.is_empty() && digits.bytes().all(|b| is(&b));
    if let Some(digits) = text.strip_prefix("0x") {
        return all(digits, u8::is_ascii_hexdigit);
    }
    if let Some(digits) = text.strip_prefix("0o") {
        return all(digits, |b| (b'0'..=b'7').contains(b));
    }
    all(unsigned(text), u8::is_ascii_digit)
}

fn is_float(text: &str) -> bool {
    let number = unsigned(text);
    if matches!(number, ".inf" | ".Inf" | ".INF") || matches!(text, ".nan" | ".NaN" | ".NAN") {
        return true;
    }
    let (mantissa, exponent) = number.split_once(['e', 'E']).map_or((number, None), |(m, e)| (m, Some(e)));
    let digits = |t: &str| t.bytes().all(|b| b.is_ascii_digit());
    let (whole, fraction) = mantissa.split_once('.').unwrap_or((mantissa, ""));
    digits(whole)
        && digits(fraction)
        && whole.len() + fraction.len() > 0
        && exponent.is_none_or(|e| !unsigned(e).is_empty() && digits(unsigned(e)))
}

fn unsigned(text: &str) -> &str {
    text.strip_prefix(['-', '+']).unwrap_or(text)
}

/// A scalar; a literal block (`|`) keeps the place of each line. `raw` is the text at `span`.
pub(super) fn scalar(text: &str, kind: ScalarKind, style: ScalarStyle, raw: &str, span: Span) -> Scalar {
    if raw.is_empty() && kind == ScalarKind::Null {
        return Scalar { kind, ..Scalar::string("", span) };
    }
    let is_block = style == ScalarStyle::Literal && text.contains('\n');
    let lines = if is_block { line_spans(text, raw, span) } else { None };
    Scalar { kind, lines: lines.unwrap_or_default(), ..Scalar::string(text, span) }
}

/// Each line of the text is the end of a line of the source, behind its indentation.
fn line_spans(text: &str, raw: &str, span: Span) -> Option<Box<[Span]>> {
    let mut at = 0;
    let place = |line: &str| {
        let rest = &raw[at..];
        let length = rest.find('\n').unwrap_or(rest.len());
        let source = rest[..length].strip_suffix('\r').unwrap_or(&rest[..length]);
        let indent = source.strip_suffix(line)?;
        let start = at + indent.len();
        at = (at + length + 1).min(raw.len());
        indent.bytes().all(|b| b == b' ').then(|| span.part(start, start + line.len()))
    };
    text.split('\n').map(place).collect()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_core_schema_decides_about_types() {
        for (texts, kind) in [
            (&["", "~", "null", "NULL"][..], ScalarKind::Null),
            (&["true", "False"], ScalarKind::Boolean),
            (&["0", "0644", "-12", "+7", "0x1F", "0o644"], ScalarKind::Integer),
            (&["1.10", ".5", "5.", "1e3", "-1.5E-3", ".inf", "-.INF", ".NaN"], ScalarKind::Float),
            (&["on", "yes", "22:22", "1_000", "0x", "0o8", ".", "e3", "1e", "-", "nULL", "1.2.3"], ScalarKind::String),
        ] {
            for text in texts {
                assert_eq!(plain_kind(text), kind, "{text}");
                assert_eq!(super::kind(text, ScalarStyle::DoubleQuoted, None).0, ScalarKind::String);
            }
        }
    }
}
