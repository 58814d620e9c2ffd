//! Findings without secrets: a message of the original quotes the whole value that is wrong.

use crate::base::telling::{self, Form};
use crate::base::{Diagnostic, Span, secret};

/// What stands for the value of a password.
const MASK: &str = "(secret)";

/// What messages put around text of a file.
const QUOTES: [char; 3] = ['`', '\'', '"'];

/// The finding without what the names beside it tell to be secret, and, where it stands in one of the `secrets`, without that
/// value. The words of a message itself stay: one that is taken for a password would give it away.
pub(super) fn without_secrets(mut finding: Diagnostic, secrets: &[(Span, String)]) -> Diagnostic {
    let holds = |own: Span, span: Span| own.file == span.file && own.start <= span.start && span.end <= own.end;
    let own = finding.span.and_then(|span| secrets.iter().find(|(own, _)| holds(*own, span)));
    let own = own.map(|(_, value)| value).filter(|value| !value.is_empty());
    let texts = [&mut finding.message, &mut finding.note].into_iter().chain(&mut finding.help);
    for text in texts {
        if let Some(value) = own {
            *text = without_quoted(text, value);
        }
        for form in [Form::Environment, Form::Command] {
            let found = telling::secrets(text, form);
            if !found.is_empty() {
                *text = secret::mask_ranges(text, &found);
            }
        }
    }
    finding
}

/// `text` with a mask for `value` wherever it is quoted. The original quotes what it cannot expand without quotes: that
/// holds a `%`, which no word of a message does.
fn without_quoted(text: &str, value: &str) -> String {
    if value.contains('%') {
        return text.replace(value, MASK);
    }
    let quoted =
        |text: String, quote: char| text.replace(&format!("{quote}{value}{quote}"), &format!("{quote}{MASK}{quote}"));
    QUOTES.into_iter().fold(text.to_owned(), quoted)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn only_what_is_quoted_is_hidden() {
        let cases = [
            ("this password is the same as the user name", "e", "this password is the same as the user name"),
            ("this password is one that is tried first", "password", "this password is one that is tried first"),
            ("Format string 'hunter%' is badly formatted", "hunter%", "Format string '(secret)' is badly formatted"),
            ("Format string a%(b)s for x contains names", "a%(b)s", "Format string (secret) for x contains names"),
            ("`it's` is lost", "it's", "`(secret)` is lost"),
        ];
        for (text, value, shown) in cases {
            assert_eq!(without_quoted(text, value), shown);
        }
    }
}
