//! Keys and scalars of TOML: from raw text to what it means.

use std::borrow::Cow;

use toml_parser::decoder::{Encoding, ScalarKind as Decoded};
use toml_parser::{ParseError, Raw};

use super::Findings;
use crate::base::Span;
use crate::compile::document::{Key, Scalar, ScalarKind};
use crate::compile::read::problem::{Excerpt, Problem};

/// A key, unquoted and unescaped.
pub(super) fn key(raw: Raw<'_>, span: Span, findings: &Findings<'_>) -> Key {
    let mut text = Cow::Borrowed("");
    let mut sink = |error: ParseError| findings.syntax(&error);
    raw.decode_key(&mut text, &mut sink);
    if let Cow::Owned(text) = &text {
        findings.escaped(text, span);
    }
    Key { text: text.into(), span }
}

/// A quoted text.
pub(super) fn quoted(raw: Raw<'_>, encoding: Encoding, span: Span, findings: &Findings<'_>) -> Scalar {
    let mut text = Cow::Borrowed("");
    let mut sink = |error: ParseError| findings.syntax(&error);
    let _ = raw.decode_scalar(&mut text, &mut sink);
    if let Cow::Owned(text) = &text {
        findings.escaped(text, span);
    }
    let multi_line = matches!(encoding, Encoding::MlBasicString | Encoding::MlLiteralString);
    if multi_line && text.contains('\n') {
        return block(raw.as_str(), &text, span);
    }
    Scalar::string(text, span)
}

/// A number, boolean or date: checked, and kept as it is written. `list` is the bracket of the list that it is in.
pub(super) fn bare(raw: Raw<'_>, list: Option<Span>, span: Span, findings: &Findings<'_>) -> Scalar {
    if raw.is_empty() {
        findings.no_value(span);
        return Scalar::string("", span);
    }
    let mut fault: Option<ParseError> = None;
    let mut text = Cow::Borrowed("");
    let decoded = raw.decode_scalar(&mut text, &mut fault);
    let kind = match decoded {
        Decoded::String => ScalarKind::String,
        Decoded::Boolean(_) => ScalarKind::Boolean,
        Decoded::DateTime => ScalarKind::Datetime,
        Decoded::Float => ScalarKind::Float,
        Decoded::Integer(_) => ScalarKind::Integer,
    };
    let why = match fault {
        Some(error) => Some(error.description().to_owned()),
        None if kind == ScalarKind::Datetime => date_fault(raw.as_str()),
        None => None,
    };
    if let Some(why) = why {
        findings.spelling(Problem::TomlValue { text: Excerpt::of(raw.as_str()), why: why.into(), list, span });
    }
    Scalar { kind, ..Scalar::string(raw.as_str(), span) }
}

fn date_fault(text: &str) -> Option<String> {
    text.parse::<toml::value::Datetime>().err().map(|e| e.to_string())
}

/// A text of several lines, with the place of each where no escape can have moved them. `\r\n` is one line end, so that
/// a checkout with other line ends means the same.
fn block(raw: &str, text: &str, span: Span) -> Scalar {
    let text = if raw.contains("\r\n") { Cow::Owned(text.replace("\r\n", "\n")) } else { Cow::Borrowed(text) };
    let has_escapes = raw.contains('\\') && raw.starts_with('"');
    let lines = if has_escapes { None } else { line_spans(raw, span) };
    Scalar { lines: lines.unwrap_or_default(), ..Scalar::string(text, span) }
}

/// None where the closing quotes are missing.
fn line_spans(raw: &str, span: Span) -> Option<Box<[Span]>> {
    let quotes = raw.get(..3)?;
    let inner = raw.strip_prefix(quotes)?.strip_suffix(quotes)?;
    let skipped = if inner.starts_with("\r\n") { 2 } else { usize::from(inner.starts_with('\n')) };
    let mut start = 3 + skipped;
    let place = |line: &str| {
        let end = start + line.len();
        let place = span.part(start, end - usize::from(line.ends_with('\r')));
        start = end + 1;
        place
    };
    Some(inner[skipped..].split('\n').map(place).collect())
}
