//! What supervisord would say of the configurations that a manifest makes. They are read as the daemon reads them, but for
//! the host: whether folders and users are there is not asked, as the manifest may be checked elsewhere.

use super::pipeline::{Compiled, part, supervisord_conf};
use super::surroundings::Surroundings;
use crate::base::{Diagnostic, Label, Severity};
use crate::compile::output::{Content, Output};
use crate::compile::project::Project;
use crate::conf::read;

/// Errors and warnings, in the built text, with the part that made it.
pub(super) fn findings(compiled: &mut Compiled) -> Vec<Diagnostic> {
    let Some(project) = &compiled.project else { return Vec::new() };
    let is_conf = |output: &&Output| {
        let conf = part(project, &output.part).and_then(|part| supervisord_conf(part, project));
        conf.is_some_and(|conf| conf == output.path)
    };
    let surroundings = Surroundings::now();
    let mut found = Vec::new();
    for output in compiled.outputs.iter().filter(is_conf) {
        let Some(text) = without_secrets(output) else { continue };
        let reading = read::read(&mut compiled.sources, output.path.as_str(), text, &surroundings.context());
        let label = Label { span: output.origin, text: format!("part `{}` makes it", output.part) };
        let foreign = reading.foreign_functions().filter(|_| is_bundled(project, output));
        let foreign = foreign.map(|finding| Diagnostic { severity: Severity::Warning, ..finding });
        found.extend(reading.diagnostics().into_iter().chain(foreign).map(|mut finding| {
            finding.labels.push(label.clone());
            finding
        }));
    }
    found
}

/// Whether the scripts of the part that makes `output` run the bundled supervisord, which has no Python in it.
fn is_bundled(project: &Project, output: &Output) -> bool {
    let runtime = part(project, &output.part).and_then(|part| part.table.scalar("runtime"));
    runtime.is_none_or(|runtime| &*runtime.text == "recipe")
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
