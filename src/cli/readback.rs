//! What supervisord would say of the configurations that a manifest makes. They are read as the daemon reads them, but for
//! the host: whether folders and users are there is not asked, as the manifest may be checked elsewhere.
//!
//! What it says is told at the place in the manifest that the line comes from. Parts of a `.cfg` warn of much of it
//! already, as a build goes on with it; such a warning becomes as bad as supervisord takes it, and is not said again.

use std::collections::{BTreeMap, BTreeSet};

use super::pipeline::{Compiled, part, supervisord_conf};
use super::surroundings::Surroundings;
use crate::base::{Diagnostic, Diagnostics, Label, Severity, Sources, Span};
use crate::compile::output::{Content, Output};
use crate::compile::project::Project;
use crate::conf::problem::Problem;
use crate::conf::read;

/// Where the configurations will be run.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Run {
    /// Here and now: what keeps supervisord from starting is told. Its environment is its own, so that expansions are
    /// left to it.
    Here,
    /// Anywhere: all is told, but what included files hold is not known.
    Anywhere,
}

/// Adds what is found.
pub(super) fn add(compiled: &mut Compiled, run: Run) {
    let Some(project) = &compiled.project else { return };
    let is_conf = |output: &&Output| {
        let conf = part(project, &output.part).and_then(|part| supervisord_conf(part, project));
        conf.is_some_and(|conf| conf == output.path)
    };
    let surroundings = Surroundings::now();
    let mut told = Told::new(&compiled.found);
    for output in compiled.outputs.iter().filter(is_conf) {
        let Some(text) = without_secrets(output) else { continue };
        let is_fragment = is_fragment(&compiled.outputs, project, output);
        let is_whole = !is_fragment && !text.lines().any(|line| line.trim_end() == "[include]");
        let mut reading = read::read(&mut compiled.sources, output.path.as_str(), text, &surroundings.context());
        reading.errors.retain(|error| !is_fragment || !matches!(error.problem, Problem::NoMainSection { .. }));
        let foreign = reading.foreign_functions().filter(|_| is_bundled(project, output));
        let foreign = foreign.map(|finding| Diagnostic { severity: Severity::Warning, ..finding });
        let all = reading.diagnostics().into_iter().chain(foreign);
        for finding in all.filter_map(|finding| weighed(finding, run, is_whole)) {
            told.add(at_manifest(finding, output, &compiled.sources), &mut compiled.found);
        }
    }
}

/// What has been found already, to tell which findings of the reader say it again.
struct Told {
    /// Numbers of findings, by their place.
    by_place: BTreeMap<Option<Span>, Vec<usize>>,
    /// Those that a finding of the reader has been matched with.
    matched: BTreeSet<usize>,
}

impl Told {
    fn new(found: &Diagnostics) -> Self {
        let mut by_place: BTreeMap<Option<Span>, Vec<usize>> = BTreeMap::new();
        for (number, finding) in found.iter().enumerate() {
            by_place.entry(finding.span).or_default().push(number);
        }
        Self { by_place, matched: BTreeSet::new() }
    }

    /// Adds a finding, or makes the one that says the same as bad as it.
    fn add(&mut self, finding: Diagnostic, found: &mut Diagnostics) {
        let here = self.by_place.entry(finding.span).or_default();
        if let Some(number) = same(&finding, here, &self.matched, found) {
            self.matched.insert(number);
            return found.raise(number, finding.severity);
        }
        let number = found.iter().count();
        found.push(finding);
        if found.iter().count() > number {
            here.push(number);
            self.matched.insert(number);
        }
    }
}

/// The one of the findings `here` that says the same: in the same words, or else by the same rule. The reader often adds to
/// the words in which section it is.
fn same(finding: &Diagnostic, here: &[usize], matched: &BTreeSet<usize>, found: &Diagnostics) -> Option<usize> {
    let rule = |code: &'static str| code.strip_prefix("conf-").unwrap_or(code);
    let others = found.iter().enumerate().filter(|(number, _)| here.contains(number));
    let alike: Vec<_> = others.filter(|(_, other)| rule(other.code) == rule(finding.code)).collect();
    let worded = alike.iter().find(|(_, other)| finding.message.starts_with(&other.message));
    let by_rule = || alike.iter().find(|(number, _)| !matched.contains(number));
    worded.or_else(by_rule).map(|(number, _)| *number)
}

/// The finding at the place in the manifest that its line comes from, as far as that is known.
fn at_manifest(mut finding: Diagnostic, output: &Output, sources: &Sources) -> Diagnostic {
    let own = finding.span.filter(|span| sources.name(span.file) == output.path);
    if let (Some(own), Some(span)) = (own, own.and_then(|own| output.source(own.start as usize))) {
        finding.labels.insert(0, Label { span: own, text: "what is made of it".to_owned() });
        return Diagnostic { span: Some(span), ..finding };
    }
    finding.labels.push(Label { span: output.origin, text: format!("part `{}` makes it", output.part) });
    finding
}

/// The finding as far as it counts. Where the configuration is not whole, a program that a group names may be in a file
/// of another host.
fn weighed(finding: Diagnostic, run: Run, is_whole: bool) -> Option<Diagnostic> {
    match run {
        Run::Here if finding.severity < Severity::Error || finding.code == "conf-expansion" => None,
        Run::Anywhere if !is_whole && finding.code == "conf-unknown-program" => {
            Some(Diagnostic { severity: Severity::Info, ..finding })
        }
        _ => Some(finding),
    }
}

/// Whether a configuration is for others to include: no script starts it.
fn is_fragment(outputs: &[Output], project: &Project, conf: &Output) -> bool {
    let script = project.bin_directory.join(format!("{}d", conf.part));
    !outputs.iter().any(|output| output.path == script)
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
