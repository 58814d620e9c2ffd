//! What supervisord would say of the configurations that a manifest makes. They are read as the daemon reads them; the host
//! is asked only where it is the one that will run them.

use std::cell::RefCell;
use std::collections::HashMap;

use super::pipeline::{Compiled, part, supervisord_conf};
use super::surroundings::Surroundings;
use super::written::Built;
use crate::base::seams::World;
use crate::base::{Diagnostic, Label, Severity, verbatim};
use crate::compile::document::Node;
use crate::compile::output::{Content, Output};
use crate::compile::project::{Part, Project};
use crate::conf::check::{Question, unknown_user};
use crate::conf::expand;
use crate::conf::problem::Finding;
use crate::conf::read::{self, Reading};
use crate::sources::host::Host;

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

/// Errors and warnings of the daemons that `daemon` gives for each supervisor part: at their places in the manifest as far
/// as they are known, else in the built text, with the part that made it.
pub(super) fn findings(compiled: &mut Compiled, daemon: &dyn Fn(&Project, &Part) -> Daemon) -> Vec<Diagnostic> {
    let Some(project) = &compiled.project else { return Vec::new() };
    let host = AfterBuild { outputs: &compiled.outputs, known: RefCell::default() };
    let mut found = Vec::new();
    for output in &compiled.outputs {
        let Some(part) = part(project, &output.part) else { continue };
        if supervisord_conf(part, project).is_none_or(|conf| conf != output.path) {
            continue;
        }
        let Some(text) = without_secrets(output) else { continue };
        let daemon = daemon(project, part);
        let context = daemon.surroundings.context();
        let reading = read::read(&mut compiled.sources, output.path.as_str(), text, &context);
        let others = reading.noticed().chain(of_host(&reading, &daemon, is_bundled(part), &host));
        let of_it = errors(&reading, daemon.knows_variables).chain(others.map(|finding| (finding, None)));
        for (finding, variable) in of_it {
            let label = Label { span: output.origin, text: format!("part `{}` makes it", output.part) };
            found.push(Built { part, project, variable }.written(finding, label, &compiled.sources));
        }
        if let Some(finding) = unknown_owner(&reading, &daemon, &host) {
            let label = Label { span: output.origin, text: format!("part `{}` makes it", output.part) };
            found.push(Built { part, project, variable: None }.of_option(finding, "supervisord", "user", label));
        }
    }
    found
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

/// This host, once the outputs are built.
struct AfterBuild<'a> {
    outputs: &'a [Output],
    /// Answers that were given: ten thousand programs may have one user.
    known: RefCell<HashMap<Question, bool>>,
}

impl AfterBuild<'_> {
    fn answer(&self, question: &Question) -> bool {
        if let Some(answer) = self.known.borrow().get(question) {
            return *answer;
        }
        let answer = question.ask(self);
        self.known.borrow_mut().insert(question.clone(), answer);
        answer
    }
}

impl World for AfterBuild<'_> {
    fn is_directory(&self, path: &str) -> bool {
        let is_made = |output: &Output| {
            let from = usize::from(matches!(output.content, Content::File { .. }));
            output.path.ancestors().skip(from).any(|folder| folder == path)
        };
        Host.is_directory(path) || self.outputs.iter().any(is_made)
    }

    fn uid(&self, name: &str) -> Option<u32> {
        Host.uid(name)
    }

    fn has_uid(&self, uid: u32) -> bool {
        Host.has_uid(uid)
    }

    fn gid(&self, name: &str) -> Option<u32> {
        Host.gid(name)
    }

    fn has_gid(&self, gid: u32) -> bool {
        Host.has_gid(gid)
    }
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
