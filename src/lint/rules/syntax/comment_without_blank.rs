//! `comment-without-blank`: a `;` that was meant to begin a comment, but has no blank before it.

use crate::base::{Diagnostic, Fix, Safety, Severity, Sources, Span};
use crate::conf::options::{self, Type};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "comment-without-blank",
        Family::Syntax,
        Severity::Warning,
        "a `;` in a path, or in the name of a command",
        "A comment needs a blank before its `;`. Without one it is a part of the path, which there is not.",
    )
    .fix("puts a blank before it (unsafe: the value is another one)")
    .example("[program:cat]\ncommand = /bin/cat;reads stdin\n", "[program:cat]\ncommand = /bin/cat ;reads stdin\n"),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks() {
        for option in block.section.options() {
            if !conf.sources.slice(option.value.span()).contains(';') {
                continue;
            }
            let Some(opt) = options::find(block.kind, &option.name) else { continue };
            // What stands between the lines of a value is no part of it.
            let spans = match opt.ty {
                Type::Command => first_word(block).into_iter().collect(),
                Type::Path | Type::Directory | Type::MainLog | Type::ChildLog => option.value.line_spans().collect(),
                _ => Vec::new(),
            };
            found.extend(spans.into_iter().find_map(|span| finding(conf, &option.name, span)));
        }
    }
}

fn first_word(block: Block<'_>) -> Option<Span> {
    let word = block.words()?.first()?;
    // Of a list of commands the shell would be meant.
    (!word.is_quoted && word.text.starts_with('/')).then_some(word.span)
}

fn finding(conf: &Conf<'_>, option: &str, span: Span) -> Option<Diagnostic> {
    let fix = fix(conf.sources, span)?;
    let at = conf.sources.slice(span).find(';')?;
    let message = format!("this `;` begins no comment: it is a part of `{option}`");
    Some(RULE.rule.finding(span.part(at, at + 1), message).help(GLUED).fix(fix))
}

/// What would be right.
pub(in crate::lint) const GLUED: &str = "a comment needs a blank before its `;`";

/// A blank before the first `;` of a line, if it has one behind something else.
pub(in crate::lint) fn fix(sources: &Sources, span: Span) -> Option<Fix> {
    let line = sources.slice(span);
    let at = line.find(';').filter(|at| *at > 0 && !line.contains(['\n', '\r']))?;
    let place = span.part(at, at);
    Some(Fix::replace(Safety::Unsafe, "put a blank before it", place, " "))
}

#[cfg(test)]
mod tests {
    use crate::base::Safety;
    use crate::lint::fix;
    use crate::lint::settings::Settings;
    use crate::lint::tests::lint;

    #[test]
    fn a_value_that_is_refused_for_its_comment_is_mended() {
        let text = "[program:a]\ncommand = /a\nautostart=true;no blank\npriority=1; x\n";
        let (sources, found) = lint(text, &Settings::default());
        let codes: Vec<_> = found.iter().map(|finding| (finding.code, finding.help.last().unwrap().as_str())).collect();
        assert_eq!(codes, [("conf-value", super::GLUED); 2]);
        let fixed = fix::apply(&sources, &found, Safety::Unsafe).texts.pop_first().unwrap().1;
        assert_eq!(fixed, "[program:a]\ncommand = /a\nautostart=true ;no blank\npriority=1 ; x\n");
    }
}
