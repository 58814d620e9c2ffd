//! What supervisord would say of the configurations that a manifest makes, on the host that is to run them.

use super::after_build::AfterBuild;
use super::owner;
use super::pipeline::Compiled;
use super::startable;
use super::surroundings::Surroundings;
use crate::base::{Diagnostic, Severity};
use crate::compile::project::{Part, Project};
use crate::conf::check::{Question, unknown_user};
use crate::conf::problem::Finding;
use crate::conf::read::{self, Reading};
use crate::lint::built::{self, Built, Conf, Told};

/// The daemon that is to read a configuration on this host.
pub(super) struct Daemon {
    /// What it finds around it.
    pub(super) surroundings: Surroundings,
    /// Whether that is its environment: if not, variables that are not set may still be where it runs.
    pub(super) knows_variables: bool,
}

/// Adds the errors of the daemons that `daemon` gives for each supervisor part: at their places in the manifest as far as
/// these are known, else in the built text, with the part that made it.
pub(super) fn add(compiled: &mut Compiled, daemon: &dyn Fn(&Part) -> Daemon) {
    let Some(project) = &compiled.project else { return };
    let host = AfterBuild::new(&compiled.outputs);
    let mut told = Told::new(&compiled.found);
    for (part, output) in built::confs(project, &compiled.outputs) {
        let Some(text) = built::without_secrets(output) else { continue };
        let conf = Conf::of(project, &compiled.outputs, output, &text);
        let daemon = daemon(part);
        let context = daemon.surroundings.context();
        let reading = read::read(&mut compiled.sources, output.path.as_str(), text, &context);
        let others = reading.noticed().chain(of_host(&reading, built::is_bundled(part), &host));
        let of_it = conf.errors(&reading, daemon.knows_variables).chain(others.map(|finding| (finding, None)));
        let built = Built { part, project, output, sources: &compiled.sources };
        let owner = owner(&reading, project, &host).map(|finding| built.of_option(finding, "supervisord", "user"));
        let placed = of_it.map(|(finding, variable)| built.written(finding, variable)).chain(owner);
        for finding in placed.filter(|finding| finding.severity == Severity::Error) {
            told.add(finding, &mut compiled.found);
        }
        // Not what supervisord says when it reads, but when it starts them.
        for (finding, names) in startable::missing(&reading.config, &daemon.surroundings, &host) {
            compiled.found.push(built.of_program(finding, &names));
        }
    }
}

/// What is wrong with the host; of functions that are not built in, only a bundled daemon minds.
fn of_host(reading: &Reading, is_bundled: bool, host: &AfterBuild<'_>) -> Vec<Diagnostic> {
    let asked = reading.checks.iter().filter(|check| is_bundled || !matches!(check.question, Question::Factory(..)));
    asked.filter(|check| !host.answer(&check.question)).map(|check| check.finding.clone().into()).collect()
}

/// What is wrong with the user that the daemon is to become: it looks him up itself.
fn owner(reading: &Reading, project: &Project, host: &AfterBuild<'_>) -> Option<Diagnostic> {
    let is_unknown = |user: &&String| !host.answer(&Question::User((*user).clone()));
    match reading.config.supervisord.user.as_ref().filter(is_unknown) {
        Some(user) => Some(Finding::new(unknown_user(user), None).into()),
        None => owner::check(&reading.config, &project.directory),
    }
}
