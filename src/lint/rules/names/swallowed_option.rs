//! `swallowed-option`: a line that reads like an option or a header, but is indented deeper than the option above it, so
//! that it continues that one's value.

use crate::base::{Diagnostic, Edit, Fix, Safety, Severity, Span};
use crate::conf::ini::Setting;
use crate::conf::options::{self, Section};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::Conf;

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "swallowed-option",
        Family::Names,
        Severity::Warning,
        "a line that reads like an option or a section, but continues the value above it",
        "A deeper line is a part of the value before it, so the option has no effect. Indent it like the others.",
    )
    .fix("indents the line as the option above it (unsafe: the option then counts)")
    .example(
        "[program:web]\ncommand = /srv/bin/web\n  priority = 10\n",
        "[program:web]\ncommand = /srv/bin/web\npriority = 10\n",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    for block in conf.blocks() {
        for option in block.section.options().iter().filter(|option| option.name != "environment") {
            of_value(conf, block.kind, option, found);
        }
    }
    // A value that is set again takes with it what it has swallowed.
    for (repeat, lost) in conf.ini.repeats().iter().filter_map(|repeat| Some((repeat, repeat.lost.as_ref()?))) {
        let Some((kind, _)) = Section::of(repeat.section) else { continue };
        if lost.name != "environment" {
            of_value(conf, kind, lost, found);
        }
    }
}

fn of_value(conf: &Conf<'_>, kind: Section, option: &Setting<'_>, found: &mut Vec<Diagnostic>) {
    let lines = option.value.line_spans().skip(1);
    found.extend(lines.filter_map(|span| finding(conf, kind, option, span)));
}

fn finding(conf: &Conf<'_>, kind: Section, above: &Setting<'_>, span: Span) -> Option<Diagnostic> {
    let what = reads_like(conf.sources.slice(span), kind)?;
    let message = format!("this {what} is a part of the value of `{}`, as it is indented deeper", above.name);
    let line = conf.line(span);
    let indent = Span { start: line.start, end: span.start, ..span };
    let first = conf.line(above.name_span);
    let outer = conf.sources.slice(Span { end: above.name_span.start, ..first }).to_owned();
    let fix = Fix {
        title: "indent it as the others".to_owned(),
        safety: Safety::Unsafe,
        edits: vec![Edit { span: indent, text: outer }],
    };
    let finding = RULE.rule.finding(span, message).label(above.name_span, "the option that it continues");
    Some(finding.help("indent it as the others").fix(fix))
}

/// What a line would be by itself.
pub(super) fn reads_like(line: &str, kind: Section) -> Option<&'static str> {
    if let Some(header) = line.strip_prefix('[').and_then(|inner| inner.strip_suffix(']')) {
        return Section::of(header).map(|_| "section");
    }
    let (name, _) = line.split_once(['=', ':'])?;
    options::find(kind, name.trim_end()).map(|_| "option")
}
