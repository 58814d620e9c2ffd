//! A zdaemon.conf: read as zdaemon reads it, and looked at by the rules.

use super::RULES;
use super::view::{Daemon, Given};
use crate::base::seams::Files;
use crate::base::{Diagnostic, FileId, Severity, Sources};
use crate::conf::zconfig::problem::Problem;
use crate::conf::zconfig::zdaemon;

/// What is wrong with `text`, which the user calls `path`, and its files.
pub fn check(sources: &mut Sources, path: &str, text: &str, given: Given<'_>) -> (Vec<Diagnostic>, Vec<FileId>) {
    let before = sources.files().count();
    let (top, reading) = zdaemon::read_tree(sources, path, text, &[], &given.context);
    let files = sources.files().skip(before).collect();
    let mut found: Vec<Diagnostic> = reading
        .findings
        .iter()
        .filter_map(|finding| of_reader(&finding.problem, finding.clone().into(), given))
        .collect();
    if let Some(here) = given.here {
        let files: &dyn Files = given.context.files;
        let missing = reading.demands.iter().filter(|demand| !demand.place.is_there(files, here));
        found.extend(missing.map(|demand| demand.finding.clone().into()));
    }
    let daemon = Daemon { sources, top: &top, reading: &reading, given };
    for rule in RULES.iter().filter_map(|rule| rule.daemon) {
        rule(&daemon, &mut found);
    }
    (found, files)
}

/// What is wrong by the original's own lights, as far as that is known: a variable may be set where it runs.
fn of_reader(problem: &Problem, shown: Diagnostic, given: Given<'_>) -> Option<Diagnostic> {
    match problem {
        Problem::NoReplacement { name, from_environment: true } => {
            given.here?;
            let message = format!("`{name}` is not set here; zdaemon must have it in its environment");
            Some(Diagnostic { severity: Severity::Info, message, ..shown })
        }
        _ => Some(shown),
    }
}
