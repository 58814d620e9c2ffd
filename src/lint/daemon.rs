//! A zdaemon.conf: read as zdaemon reads it, and looked at by the rules.

use super::RULES;
use super::unsaid::without_secrets;
use super::view::{Daemon, Given};
use crate::base::seams::Files;
use crate::base::{Diagnostic, FileId, Severity, Sources, Span};
use crate::conf::zconfig::problem::{Finding, Problem};
use crate::conf::zconfig::tree::Section;
use crate::conf::zconfig::zdaemon;

/// What is wrong with `text`, which the user calls `path`, and its files.
pub fn check(sources: &mut Sources, path: &str, text: &str, given: Given<'_>) -> (Vec<Diagnostic>, Vec<FileId>) {
    let before = sources.files().count();
    let (top, reading) = zdaemon::read_tree(sources, path, text, &[], &given.context);
    let files = sources.files().skip(before).collect();
    let mut found = of_reader(&top, &reading.findings, given);
    if let Some(here) = given.here {
        let files: &dyn Files = given.context.files;
        let missing = reading.demands.iter().filter(|demand| !demand.place.is_there(files, here));
        found.extend(missing.map(|demand| demand.finding.clone().into()));
    }
    let daemon = Daemon { sources, top: &top, reading: &reading, given };
    for rule in RULES.iter().filter_map(|rule| rule.daemon) {
        rule(&daemon, &mut found);
    }
    (found.into_iter().map(|finding| without_secrets(finding, &[])).collect(), files)
}

/// What is wrong by the original's own lights, as far as that is known.
fn of_reader(top: &Section, findings: &[Finding], given: Given<'_>) -> Vec<Diagnostic> {
    let is_foreign = |finding: &&Finding| matches!(finding.problem, Problem::UnknownType { .. });
    let Some(foreign) = findings.iter().find(is_foreign) else {
        return findings
            .iter()
            .filter(|finding| !is_caused(finding, findings))
            .filter_map(|f| shown(f, given))
            .collect();
    };
    // A file of a program with a schema of its own, such as zeo.conf: only `<runner>` is zdaemon's.
    let runner = top.section("runner").filter(|runner| runner.span.file == runner.end.file);
    let is_within = |finding: &&Finding| runner.is_some_and(|runner| is_in(finding.span, runner.span.to(runner.end)));
    let within = findings.iter().filter(is_within).filter(|finding| !is_caused(finding, findings));
    let mut found: Vec<Diagnostic> = within.filter_map(|finding| shown(finding, given)).collect();
    let message = "this file is for a program with more sections, such as ZEO: only its `<runner>` is checked";
    found.push(Diagnostic::new(Severity::Info, foreign.problem.code(), foreign.span, message));
    found
}

fn is_in(span: Span, outer: Span) -> bool {
    span.file == outer.file && outer.start <= span.start && span.end <= outer.end
}

/// Whether a finding only says that something is missing which could not be read.
fn is_caused(finding: &Finding, all: &[Finding]) -> bool {
    let is_unread = |other: &Finding| other.problem.code() == "conf-expansion";
    matches!(finding.problem, Problem::Missing { .. }) && all.iter().any(is_unread)
}

/// A variable may be set where it runs.
fn shown(finding: &Finding, given: Given<'_>) -> Option<Diagnostic> {
    let shown = Diagnostic::from(finding.clone());
    match &finding.problem {
        Problem::NoReplacement { name, from_environment: true } => {
            given.here?;
            let message = format!("`{name}` is not set here; zdaemon must have it in its environment");
            Some(Diagnostic { severity: Severity::Info, message, ..shown })
        }
        _ => Some(shown),
    }
}

#[cfg(test)]
mod tests {
    use super::super::settings::Settings;
    use super::*;
    use crate::base::memory::Memory;
    use crate::conf::expand::Environ;
    use crate::conf::include::Context;

    fn lint(text: &str) -> Vec<String> {
        let mut sources = Sources::new();
        let environ = Environ::default();
        let context = Context {
            files: &Memory::default(),
            environ: &environ,
            host_node_name: "h",
            directory: "/srv",
            tempdir: "/tmp",
        };
        let given = Given { settings: &Settings::default(), context, here: None };
        let (found, _) = check(&mut sources, "z.conf", text, given);
        let place = |finding: &Diagnostic| finding.span.map_or(0, |span| sources.position(span).line);
        found.iter().map(|finding| format!("{}:{}", place(finding), finding.code)).collect()
    }

    #[test]
    fn of_a_zeo_conf_only_the_runner_counts() {
        let text = "%define X 1\n<zeo>\n address 1\n</zeo>\n<runner>\n program a\n bogus 1\n</runner>\n";
        assert_eq!(lint(text), ["7:conf-unknown-key", "2:conf-unknown-key"]);
    }

    #[test]
    fn what_could_not_be_read_is_not_missing() {
        assert_eq!(lint("<runner>\n program $X\n</runner>\n"), ["2:conf-expansion"]);
        assert_eq!(lint("<runner>\n program $(X)\n</runner>\n"), [""; 0]);
        assert_eq!(lint("<runner>\n</runner>\n"), ["2:conf-missing"]);
    }
}
