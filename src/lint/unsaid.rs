//! Findings without secrets: a message of the original quotes the whole value that is wrong.

use crate::base::telling::{self, Form};
use crate::base::{Diagnostic, Span, secret};

/// What stands for the value of a password.
const MASK: &str = "(secret)";

/// The finding without what the names beside it tell to be secret, and, where it stands in one of the `secrets`, without that
/// value.
pub(super) fn without_secrets(mut finding: Diagnostic, secrets: &[(Span, String)]) -> Diagnostic {
    let holds = |own: Span, span: Span| own.file == span.file && own.start <= span.start && span.end <= own.end;
    let own = finding.span.and_then(|span| secrets.iter().find(|(own, _)| holds(*own, span)));
    let own = own.map(|(_, value)| value).filter(|value| !value.is_empty());
    let texts = [&mut finding.message, &mut finding.note].into_iter().chain(&mut finding.help);
    for text in texts {
        if let Some(value) = own {
            *text = text.replace(value.as_str(), MASK);
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
