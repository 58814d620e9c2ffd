//! What supervisord would say of the configurations that a manifest makes. They are read as the daemon reads them; the host
//! is asked only where it is the one that will run them.

use super::after_build::AfterBuild;
use super::owner;
use super::pipeline::{Compiled, part, supervisord_conf};
use super::startable;
use super::surroundings::Surroundings;
use super::told::Told;
use super::written::Built;
use crate::base::{Diagnostic, Severity, verbatim};
use crate::compile::document::Node;
use crate::compile::output::{Content, Output};
use crate::compile::project::{Part, Project};
use crate::conf::check::{Question, unknown_user};
use crate::conf::expand;
use crate::conf::problem::{Finding, Problem};
use crate::conf::read::{self, Reading};
use crate::lint::settings::Settings;
use crate::lint::supervisord;
use crate::lint::view::Given;

/// The daemon that is to read a configuration.
pub(super) struct Daemon {
    /// What it finds around it.
    pub(super) surroundings: Surroundings,
    /// Whether that is its environment: if not, variables that are not set may still be where it runs.
    pub(super) knows_variables: bool,
    /// Whether it runs on this host, whose users and folders count.
    pub(super) is_here: bool,
}

impl Daemon {
    /// One of which nothing is known, as the manifest may be checked elsewhere. It has the passwords that it wants at its
    /// start.
    pub(super) fn anywhere(project: &Project) -> Self {
        let mut surroundings = Surroundings::now();
        for name in project.parts.iter().flat_map(wanted_at_start) {
            surroundings.set_default(name, "password");
        }
        Self { surroundings, knows_variables: false, is_here: false }
    }
}

/// The variables that a part's password is with `at = "start"`.
fn wanted_at_start(part: &Part) -> Vec<&str> {
    let credentials = part.table.get("credentials").and_then(Node::as_table);
    let Some(password) = credentials.and_then(|table| table.scalar("password")) else { return Vec::new() };
    let expansions = verbatim::pieces(&password.text).filter(|(is_verbatim, _)| *is_verbatim);
    expansions.flat_map(|(_, text)| expand::names(text)).filter_map(|(name, _)| name.strip_prefix("ENV_")).collect()
}

/// Adds what the daemons say that `daemon` gives for each supervisor part, as far as it is as bad as `least`: at its place
/// in the manifest as far as that is known, else in the built text, with the part that made it.
pub(super) fn add(compiled: &mut Compiled, least: Severity, daemon: &dyn Fn(&Project, &Part) -> Daemon) {
    add_with(compiled, least, daemon, None);
}

/// As [`add`], with what the rules of lint find, if there are settings for it.
pub(super) fn add_with(
    compiled: &mut Compiled,
    least: Severity,
    daemon: &dyn Fn(&Project, &Part) -> Daemon,
    settings: Option<&Settings>,
) {
    let Some(project) = &compiled.project else { return };
    let host = AfterBuild::new(&compiled.outputs);
    let mut told = Told::new(&compiled.found);
    for output in &compiled.outputs {
        let Some(part) = part(project, &output.part) else { continue };
        if supervisord_conf(part, project).is_none_or(|conf| conf != output.path) {
            continue;
        }
        let Some(text) = without_secrets(output) else { continue };
        let is_fragment = is_fragment(&compiled.outputs, project, output);
        let is_whole = !is_fragment && !text.lines().any(|line| line.trim_end() == "[include]");
        let daemon = daemon(project, part);
        let context = daemon.surroundings.context();
        let given = settings.map(|settings| Given { settings, context, here: None });
        let looked =
            given.map(|given| supervisord::of_built(&mut compiled.sources, output.path.as_str(), text.clone(), given));
        let mut reading = read::read(&mut compiled.sources, output.path.as_str(), text, &context);
        reading.errors.retain(|error| !is_fragment || !matches!(error.problem, Problem::NoMainSection { .. }));
        let others = reading.noticed().chain(of_host(&reading, &daemon, is_bundled(part), &host));
        let of_it = errors(&reading, daemon.knows_variables).chain(others.map(|finding| (finding, None)));
        let built = Built { part, project, output, sources: &compiled.sources };
        let owner = unknown_owner(&reading, &daemon, &host);
        let is_known = daemon.is_here && owner.is_none();
        let owner = owner.or_else(|| owner::check(&reading.config, &project.directory).filter(|_| is_known));
        let owner = owner.map(|finding| built.of_option(finding, "supervisord", "user"));
        let weighed = of_it.map(|(finding, variable)| (weighed(finding, is_whole || daemon.is_here), variable));
        let placed = weighed.map(|(finding, variable)| built.written(finding, variable)).chain(owner);
        for finding in placed.filter(|finding| finding.severity >= least) {
            told.add(finding, &mut compiled.found);
        }
        compiled.found.extend(looked.into_iter().flatten().map(|finding| built.looked_up(finding)));
        // Not what supervisord says when it reads, but when it starts them.
        let missing =
            if daemon.is_here { startable::missing(&reading.config, &daemon.surroundings, &host) } else { Vec::new() };
        for (finding, names) in missing {
            compiled.found.push(built.of_program(finding, &names));
        }
    }
}

/// The finding as far as it counts. Where the configuration is not whole, a program that a group names may be in a file
/// of another host.
fn weighed(finding: Diagnostic, is_whole: bool) -> Diagnostic {
    if !is_whole && finding.code == "conf-unknown-program" {
        return Diagnostic { severity: Severity::Info, ..finding };
    }
    finding
}

/// Whether a configuration is for others to include: no script starts it.
fn is_fragment(outputs: &[Output], project: &Project, conf: &Output) -> bool {
    let script = project.bin_directory.join(format!("{}d", conf.part));
    !outputs.iter().any(|output| output.path == script)
}

/// What is wrong with the text, and the variable of which it is. One of an environment that is not known may well be there.
fn errors(reading: &Reading, knows_variables: bool) -> impl Iterator<Item = (Diagnostic, Option<&str>)> {
    reading.errors.iter().map(move |finding| {
        let variable = finding.problem.unset_variable();
        let shown = Finding::shown(finding.clone());
        let shown = match variable.filter(|_| !knows_variables) {
            Some(name) => {
                let message = format!("`{name}` is not set here; supervisord must have it in its environment");
                Diagnostic { severity: Severity::Info, message, ..shown }
            }
            None => shown,
        };
        (shown, variable)
    })
}

/// What is wrong with the host, where it is known; of functions that are not built in, only a bundled daemon minds.
fn of_host(reading: &Reading, daemon: &Daemon, is_bundled: bool, host: &AfterBuild<'_>) -> Vec<Diagnostic> {
    if daemon.is_here {
        let asked =
            reading.checks.iter().filter(|check| is_bundled || !matches!(check.question, Question::Factory(..)));
        asked.filter(|check| !host.answer(&check.question)).map(|check| check.finding.clone().into()).collect()
    } else {
        let foreign = reading.foreign_functions().filter(|_| is_bundled);
        foreign.map(|finding| Diagnostic { severity: Severity::Warning, ..finding }).collect()
    }
}

/// The user that the daemon is to become, whom it looks up itself.
fn unknown_owner(reading: &Reading, daemon: &Daemon, host: &AfterBuild<'_>) -> Option<Diagnostic> {
    let user = reading.config.supervisord.user.as_ref().filter(|_| daemon.is_here)?;
    let is_known = host.answer(&Question::User(user.clone()));
    (!is_known).then(|| Finding::new(unknown_user(user), None).into())
}

/// Whether the scripts of the part run the bundled supervisord, which has no Python in it.
fn is_bundled(part: &Part) -> bool {
    part.table.scalar("runtime").is_none_or(|runtime| &*runtime.text == "recipe")
}

/// The text with letters for its secrets, as findings may show any line. A secret may include its quotes, so that what
/// takes its place must not need any.
fn without_secrets(output: &Output) -> Option<String> {
    let Content::File { text, secrets, .. } = &output.content else { return None };
    let mut shown = text.clone();
    for secret in secrets {
        shown.replace_range(secret.clone(), &"x".repeat(secret.len()));
    }
    Some(shown)
}
