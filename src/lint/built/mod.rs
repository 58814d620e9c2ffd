//! The configurations that a manifest makes: read back as supervisord reads them, and looked at by the rules. What is wrong is
//! told at the place of the manifest that it was made of.

mod told;
mod written;

use crate::base::{Diagnostic, Diagnostics, Severity, Sources, verbatim};
use crate::compile::document::Node;
use crate::compile::output::{Content, Output};
use crate::compile::parts;
use crate::compile::project::{Part, Project};
use crate::conf::expand::{self, Environ};
use crate::conf::include::Context;
use crate::conf::problem::{Finding, Problem};
use crate::conf::read::Reading;

use super::supervisord;
use super::view::Given;
pub use told::Told;
pub use written::Built;

/// Adds what is wrong with the configurations of a project. Nothing is known of the daemon that is to read them, as the
/// manifest may be checked elsewhere; it has the passwords that it wants at its start.
pub fn check(project: &Project, outputs: &[Output], given: Given<'_>, sources: &mut Sources, found: &mut Diagnostics) {
    let environ = with_passwords(given.context.environ, project);
    let given = Given { context: Context { environ: &environ, ..given.context }, ..given };
    let mut told = Told::new(found);
    for (part, output) in confs(project, outputs) {
        let Some(text) = without_secrets(output) else { continue };
        let conf = Conf::of(project, outputs, output, &text);
        let (looked, reading) = supervisord::of_built(sources, output.path.as_str(), text, given);
        let foreign = reading.foreign_functions().filter(|_| is_bundled(part));
        let foreign = foreign.map(|finding| Diagnostic { severity: Severity::Warning, ..finding });
        let others = reading.noticed().chain(foreign).map(|finding| (finding, None));
        let built = Built { part, project, output, sources };
        for (finding, variable) in conf.errors(&reading, false).chain(others) {
            told.add(built.written(conf.weighed(finding), variable), found);
        }
        found.extend(looked.into_iter().map(|finding| built.looked_up(finding)));
    }
}

/// The configurations of supervisord among the outputs, each with the part that makes it.
pub fn confs<'a>(project: &'a Project, outputs: &'a [Output]) -> impl Iterator<Item = (&'a Part, &'a Output)> {
    outputs.iter().filter_map(|output| {
        let part = parts::named(project, &output.part)?;
        parts::supervisord_conf(part, project).is_some_and(|conf| conf == output.path).then_some((part, output))
    })
}

/// What a configuration is among the others.
#[derive(Clone, Copy, Debug)]
pub struct Conf {
    /// Whether it is for others to include: no script starts it.
    is_fragment: bool,
    /// Whether all its sections are in it.
    is_whole: bool,
}

impl Conf {
    /// The one of `output`.
    pub fn of(project: &Project, outputs: &[Output], output: &Output, text: &str) -> Self {
        let script = project.bin_directory.join(format!("{}d", output.part));
        let is_fragment = !outputs.iter().any(|output| output.path == script);
        let is_whole = !is_fragment && !text.lines().any(|line| line.trim_end() == "[include]");
        Self { is_fragment, is_whole }
    }

    /// What is wrong with the text, and the variable of which it is. One of an environment that is not known may well be
    /// there.
    pub fn errors(self, reading: &Reading, knows_variables: bool) -> impl Iterator<Item = (Diagnostic, Option<&str>)> {
        let is_own =
            move |error: &&Finding| !self.is_fragment || !matches!(error.problem, Problem::NoMainSection { .. });
        reading.errors.iter().filter(is_own).map(move |finding| {
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

    /// The finding as far as it counts. Where the configuration is not whole, a program that a group names may be in a file
    /// of another host.
    pub fn weighed(self, finding: Diagnostic) -> Diagnostic {
        if !self.is_whole && finding.code == "conf-unknown-program" {
            return Diagnostic { severity: Severity::Info, ..finding };
        }
        finding
    }
}

/// Whether the scripts of the part run the bundled supervisord, which has no Python in it.
pub fn is_bundled(part: &Part) -> bool {
    part.table.scalar("runtime").is_none_or(|runtime| &*runtime.text == "recipe")
}

/// The text with letters for its secrets, as findings may show any line. A secret may include its quotes, so that what
/// takes its place must not need any.
pub fn without_secrets(output: &Output) -> Option<String> {
    let Content::File { text, secrets, .. } = &output.content else { return None };
    let mut shown = text.clone();
    for secret in secrets {
        shown.replace_range(secret.clone(), &"x".repeat(secret.len()));
    }
    Some(shown)
}

/// The environment with the passwords that are wanted at the start.
fn with_passwords(environ: &Environ, project: &Project) -> Environ {
    let mut environ = environ.clone();
    for name in project.parts.iter().flat_map(wanted_at_start) {
        if environ.get(name).is_none() {
            environ.set(name, "password");
        }
    }
    environ
}

/// The variables that a part's password is with `at = "start"`.
fn wanted_at_start(part: &Part) -> Vec<&str> {
    let credentials = part.table.get("credentials").and_then(Node::as_table);
    let Some(password) = credentials.and_then(|table| table.scalar("password")) else { return Vec::new() };
    let expansions = verbatim::pieces(&password.text).filter(|(is_verbatim, _)| *is_verbatim);
    expansions.flat_map(|(_, text)| expand::names(text)).filter_map(|(name, _)| name.strip_prefix("ENV_")).collect()
}
