//! `start-order`: a program part that starts before one whose port it uses.
//!
//! A reference to a port of another part is the only thing that says so for sure. Programs of one priority start one right
//! after the other, so that nothing is said of them.

use crate::base::{Diagnostic, Severity, Span};
use crate::compile::project::{Part, Project};
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};

pub(in crate::lint) static RULE: Checked = Checked::project(
    Rule::new(
        "start-order",
        Family::Programs,
        Severity::Warning,
        "a program part whose `priority` starts it before one whose port it uses",
        "It finds nobody there, and fails until the other one is up. Give it the higher `priority`: low starts first.",
    )
    .example_in(
        "recipe.toml",
        "[parts.zeo]\nrecipe = \"program\"\ncommand = \"/srv/bin/zeo\"\nports = { main = 8100 }\n\
         priority = 20\n\n[parts.web]\nrecipe = \"program\"\n\
         command = \"/srv/bin/web --zeo $<zeo:ports.main>\"\npriority = 10\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"zeo\", \"web\"]\n",
        "[parts.zeo]\nrecipe = \"program\"\ncommand = \"/srv/bin/zeo\"\nports = { main = 8100 }\n\
         priority = 10\n\n[parts.web]\nrecipe = \"program\"\n\
         command = \"/srv/bin/web --zeo $<zeo:ports.main>\"\npriority = 20\n\n[parts.supervisor]\n\
         recipe = \"supervisor\"\nprograms = [\"zeo\", \"web\"]\n",
    ),
    check,
);

/// That of a program without one.
const DEFAULT: i64 = 999;

fn check(project: &Project) -> Vec<Diagnostic> {
    let mut found = Vec::new();
    for part in project.parts.iter().filter(|part| part.kind.name == "program") {
        for (name, span) in &part.uses {
            let used = project.parts.iter().find(|other| other.name == *name && other.kind.name == "program");
            found.extend(used.and_then(|used| finding(part, used, *span)));
        }
    }
    found
}

fn finding(part: &Part, used: &Part, reference: Span) -> Option<Diagnostic> {
    let ((own, place), (other, _)) = (priority(part)?, priority(used)?);
    if own >= other {
        return None;
    }
    let message = format!("`{}` starts with {own}, before `{}` with {other}, whose port it uses", part.name, used.name);
    let finding = RULE.rule.finding(place.unwrap_or(reference), message).label(reference, "the port that it uses");
    Some(finding.help(format!("give `{}` a `priority` above {other}: low starts first", part.name)))
}

/// The priority of a part and its place; none where it is no number.
fn priority(part: &Part) -> Option<(i64, Option<Span>)> {
    match part.table.scalar("priority") {
        Some(scalar) => Some((scalar.text.parse().ok()?, Some(scalar.span))),
        None if part.table.get("priority").is_none() => Some((DEFAULT, None)),
        None => None,
    }
}
