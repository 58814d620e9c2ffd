//! The references in a text: buildout's `${section:option}` and our `$<section:key>`.
//!
//! buildout cuts a text at `$$` first, keeps both dollars, and looks for `${` … `}` in the pieces; what has no end is
//! text. `$<` … `>` must be well formed: in a native manifest anything else is an error and `$$<` stands for `$<`; in a
//! `.cfg` anything else is text, and only before a well-formed reference does `$$<` stand for `$<`.

use std::ops::Range;

/// Which references a text may hold.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Grammar {
    /// `$<section:key>`.
    Native,
    /// `${section:option}`, and `$<section:key>` if `true`.
    Cfg(bool),
}

/// A place in a text where something else comes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) struct Piece {
    /// Bytes that are replaced.
    pub(super) range: Range<usize>,
    pub(super) what: What,
}

/// What comes there.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum What {
    /// The value of a key; both are ranges of the text.
    Reference { section: Range<usize>, key: Range<usize>, is_native: bool },
    /// `$<`.
    Escape,
}

/// Why a reference is none.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Fault {
    /// No colon.
    NoColon,
    /// More than one.
    Colons,
    /// A section name with other characters than letters, digits, blank, `.`, `_` and `-`.
    SectionName,
    /// The same of an option, or no option at all.
    OptionName,
    /// `$<` with no `>`.
    Open,
}

/// Whether there is anything to do for a text.
pub(super) fn may_refer(text: &str) -> bool {
    memchr::memchr(b'$', text.as_bytes()).is_some()
}

/// The references of a text, in order. Faults are reported with their bytes.
pub(super) fn parse(text: &str, grammar: Grammar, fault: &mut dyn FnMut(Range<usize>, Fault)) -> Vec<Piece> {
    let mut pieces = Vec::new();
    let mut at = 0;
    while let Some(found) = memchr::memchr(b'$', &text.as_bytes()[at..]) {
        at = step(text, at + found, grammar, &mut pieces, fault);
    }
    pieces
}

/// Reads on at the dollar at `at`; the result is where to go on.
fn step(
    text: &str,
    at: usize,
    grammar: Grammar,
    pieces: &mut Vec<Piece>,
    fault: &mut dyn FnMut(Range<usize>, Fault),
) -> usize {
    let rest = &text.as_bytes()[at + 1..];
    match (rest, grammar) {
        ([b'$', b'<', ..], Grammar::Native) => escape(at, pieces),
        ([b'$', b'<', ..], Grammar::Cfg(true)) if native(text, at + 1).is_ok() => escape(at, pieces),
        ([b'$', ..], Grammar::Cfg(_)) => at + 2,
        ([b'{', ..], Grammar::Cfg(_)) => braces(text, at, pieces, fault),
        ([b'<', ..], Grammar::Native | Grammar::Cfg(true)) => match native(text, at) {
            Ok(piece) => {
                let end = piece.range.end;
                pieces.push(piece);
                end
            }
            Err((range, why)) => {
                if grammar == Grammar::Native {
                    fault(range, why);
                }
                at + 2
            }
        },
        _ => at + 1,
    }
}

fn escape(at: usize, pieces: &mut Vec<Piece>) -> usize {
    pieces.push(Piece { range: at..at + 3, what: What::Escape });
    at + 3
}

/// `${` … `}`.
fn braces(text: &str, at: usize, pieces: &mut Vec<Piece>, fault: &mut dyn FnMut(Range<usize>, Fault)) -> usize {
    let inner = at + 2;
    let Some(length) = brace_end(&text.as_bytes()[inner..]) else { return inner };
    let end = inner + length + 1;
    match parts(text, inner..inner + length, is_cfg_name) {
        Ok((section, key)) => {
            pieces.push(Piece { range: at..end, what: What::Reference { section, key, is_native: false } });
        }
        Err(why) => fault(at..end, why),
    }
    end
}

/// The bytes up to `}`; none where `$$` or the end of the text comes first.
fn brace_end(bytes: &[u8]) -> Option<usize> {
    let mut from = 0;
    loop {
        let at = from + memchr::memchr2(b'}', b'$', &bytes[from..])?;
        if bytes[at] == b'}' {
            return Some(at);
        }
        if bytes.get(at + 1) == Some(&b'$') {
            return None;
        }
        from = at + 1;
    }
}

/// Section and option, by buildout's rules and in the order of its checks.
fn parts(text: &str, inner: Range<usize>, is_name: fn(&str) -> bool) -> Result<(Range<usize>, Range<usize>), Fault> {
    let reference = &text[inner.clone()];
    let colon = reference.find(':').ok_or(Fault::NoColon)?;
    let (section, key) = (inner.start..inner.start + colon, inner.start + colon + 1..inner.end);
    if text[key.clone()].contains(':') {
        return Err(Fault::Colons);
    }
    if !is_name(&text[section.clone()]) {
        return Err(Fault::SectionName);
    }
    if key.is_empty() || !is_name(&text[key.clone()]) {
        return Err(Fault::OptionName);
    }
    Ok((section, key))
}

fn is_cfg_name(text: &str) -> bool {
    text.bytes().all(|b| b.is_ascii_alphanumeric() || matches!(b, b' ' | b'.' | b'_' | b'-'))
}

/// The same with the letters of all languages: keys of native manifests are not bound to ASCII.
fn is_native_name(text: &str) -> bool {
    text.chars().all(|c| c.is_alphanumeric() || matches!(c, ' ' | '.' | '_' | '-'))
}

/// `$<section:key>` at `at`.
fn native(text: &str, at: usize) -> Result<Piece, (Range<usize>, Fault)> {
    let inner = at + 2;
    let line = text[inner..].find('\n').map_or(text.len(), |end| inner + end);
    let Some(length) = text[inner..line].find('>') else { return Err((at..inner, Fault::Open)) };
    let end = inner + length + 1;
    let (section, key) = parts(text, inner..end - 1, is_native_name).map_err(|why| (at..end, why))?;
    Ok(Piece { range: at..end, what: What::Reference { section, key, is_native: true } })
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    /// References in brackets, escapes as `\`, faults as `!`.
    fn shown(text: &str, grammar: Grammar) -> String {
        let mut faults = Vec::new();
        let pieces = parse(text, grammar, &mut |range, _| faults.push(range));
        let mut out = String::new();
        let mut at = 0;
        for piece in pieces {
            out.push_str(&text[at..piece.range.start]);
            at = piece.range.end;
            match piece.what {
                What::Escape => out.push('\\'),
                What::Reference { section, key, .. } => out.extend(["(", &text[section], "|", &text[key], ")"]),
            }
        }
        out + &text[at..] + &"!".repeat(faults.len())
    }

    #[test]
    fn buildouts_rules() {
        let cases = [
            ("${a:b}", "(a|b)"),
            ("x${:b}y${a b:c.d}", "x(|b)y(a b|c.d)"),
            ("$${a:b}", "$${a:b}"),
            ("$$${a:b}", "$$(a|b)"),
            ("$$$${a:b}", "$$$${a:b}"),
            ("${a$$:b}", "${a$$:b}"),
            ("${a:b", "${a:b"),
            ("$x {a}", "$x {a}"),
            ("${foo}", "${foo}!"),
            ("${a:b:c}", "${a:b:c}!"),
            ("${a$:b}", "${a$:b}!"),
            ("${a:}", "${a:}!"),
            ("${{a:b}", "${{a:b}!"),
            ("${a ${b:c}", "${a ${b:c}!"),
            ("$<a:b.c>", "$<a:b.c>"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text, Grammar::Cfg(false)), expected, "{text}");
        }
    }

    #[test]
    fn native_references() {
        let cases = [
            ("$<a:b.c>", "(a|b.c)"),
            ("$<:b>$<env:X>", "(|b)(env|X)"),
            ("$$<a:b>", "\\a:b>"),
            ("$$$<a:b>", "$\\a:b>"),
            ("${a:b} $x", "${a:b} $x"),
            ("cat $<file", "cat $<file!"),
            ("$<a>", "$<a>!"),
            ("$<a:b\n>", "$<a:b\n>!"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text, Grammar::Native), expected, "{text}");
        }
    }

    #[test]
    fn native_references_in_a_cfg_are_read_only_if_well_formed() {
        let cases = [
            ("$<a:b>", "(a|b)"),
            ("cat $<file", "cat $<file"),
            ("cat $$<file", "cat $$<file"),
            ("$$<a:b>", "\\a:b>"),
            ("$$$<a:b>", "$$(a|b)"),
            ("${a:$<b:c>}", "${a:$<b:c>}!"),
        ];
        for (text, expected) in cases {
            assert_eq!(shown(text, Grammar::Cfg(true)), expected, "{text}");
        }
    }

    proptest! {
        #[test]
        fn pieces_are_in_order_and_within_the_text(text in r"([$<>{}:ab.\n é]|\PC)*") {
            for grammar in [Grammar::Native, Grammar::Cfg(false), Grammar::Cfg(true)] {
                let mut at = 0;
                for piece in parse(&text, grammar, &mut |range, _| { let _ = &text[range]; }) {
                    prop_assert!(piece.range.start >= at && piece.range.end <= text.len());
                    let _ = &text[piece.range.clone()];
                    at = piece.range.end;
                }
            }
        }
    }
}
