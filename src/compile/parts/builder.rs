//! What the kinds of parts share while they build: the project, the templates, the outputs so far.

use std::collections::HashMap;
use std::ops::Range;

use camino::{Utf8Path, Utf8PathBuf};
use tera::Context;

use super::passwords::Passwords;
use super::problem::Problem;
use crate::base::secret::{self, Marked};
use crate::base::suggest::Meant;
use crate::base::verbatim;
use crate::base::{Diagnostic, Diagnostics, Severity, Span};
use crate::compile::document::Scalar;
use crate::compile::output::{Content, Output, Place, Source};
use crate::compile::project::{Part, Project, normalised};
use crate::compile::render::{Renderer, Templates};

/// Collects the outputs of all parts.
pub(super) struct Builder<'a> {
    /// What is built.
    pub(super) project: &'a Project,
    /// Its passwords.
    pub(super) passwords: Passwords,
    renderer: Renderer<'a>,
    outputs: Vec<Output>,
    by_path: HashMap<Utf8PathBuf, usize>,
    found: &'a mut Diagnostics,
    /// Whether sections are checked and not written.
    is_check: bool,
}

/// A path with the reason why it is wanted.
#[derive(Clone)]
pub(super) struct Target {
    path: Utf8PathBuf,
    place: Place,
    span: Span,
}

impl Target {
    /// A path derived from the project's folders, for which `span` asks.
    pub(super) fn project(path: impl AsRef<Utf8Path>, span: Span) -> Self {
        Self { path: normalised(path.as_ref()), place: Place::Project, span }
    }

    /// A path as a manifest writes it: relative ones are relative to the project folder. Marks of secrets are taken out;
    /// [`Builder::path`] complains of them.
    pub(super) fn written(project: &Project, text: &str, span: Span) -> Self {
        let text = &verbatim::reveal(&secret::reveal(text));
        let fetched = project.fetched.contains(&span.file);
        let place = if text.starts_with('/') && !fetched { Place::Absolute } else { Place::Confined };
        Self { path: project.absolute(text), place, span }
    }

    /// Absolute and normalised.
    pub(super) fn path(&self) -> &Utf8Path {
        &self.path
    }

    /// A file of this name beside it, wanted for the same reason.
    pub(super) fn beside(&self, name: &str) -> Self {
        Self { path: self.path.with_file_name(name), ..self.clone() }
    }

    /// The folder that holds it, wanted for the same reason.
    pub(super) fn parent(&self) -> Self {
        let path = self.path.parent().unwrap_or(&self.path).to_owned();
        Self { path, place: self.place, span: self.span }
    }
}

/// The text of a file as it is put together, its secrets in clear and their places beside it.
#[derive(Default)]
pub(super) struct Text {
    written: String,
    secrets: Vec<Range<usize>>,
    sources: Vec<Source>,
}

impl Text {
    /// What is added next is a section that comes from `span`, the values of these options from elsewhere.
    pub(super) fn begin(&mut self, span: Span, options: impl IntoIterator<Item = (&'static str, Span)>) {
        let at = self.written.len();
        self.sources.push(Source { at, key: "", span });
        self.sources.extend(options.into_iter().map(|(key, span)| Source { at, key, span }));
    }

    /// Adds `piece` and takes the marks out of it.
    pub(super) fn push(&mut self, piece: &str) {
        if !secret::holds_mark(piece) {
            return self.written.push_str(piece);
        }
        let Marked { text, secrets } = Marked::new(piece);
        let at = self.written.len();
        self.secrets.extend(secrets.into_iter().map(|r| r.start + at..r.end + at));
        self.written.push_str(&text);
    }
}

impl<'a> Builder<'a> {
    /// Nothing built yet. Templates that cannot be parsed are reported.
    pub(super) fn new(project: &'a Project, templates: &'a Templates, found: &'a mut Diagnostics) -> Self {
        let renderer = Renderer::new(templates, found);
        let passwords = Passwords::of(project);
        Self { project, passwords, renderer, outputs: Vec::new(), by_path: HashMap::new(), found, is_check: false }
    }

    /// The same, for whom the findings are all.
    pub(super) fn for_check(self) -> Self {
        Self { is_check: true, ..self }
    }

    /// Whether the text of a section is wanted. One of the project's own templates is rendered for its faults.
    pub(super) fn wants(&self, template: &str) -> bool {
        !self.is_check || !self.renderer.is_built_in(template)
    }

    /// All outputs, in the order in which they were made.
    pub(super) fn finish(self) -> Vec<Output> {
        self.outputs
    }

    /// Adds a finding.
    pub(super) fn report(&mut self, finding: impl Into<Diagnostic>) {
        self.found.push(finding);
    }

    /// How many errors there are so far.
    pub(super) fn count_errors(&self) -> usize {
        self.found.count(Severity::Error)
    }

    /// The candidate that `name` is a slip of.
    pub(super) fn nearest<'c>(&self, name: &str, candidates: impl IntoIterator<Item = &'c str>) -> Option<Meant> {
        self.found.nearest(name, candidates)
    }

    /// The manifest's name, fit for a comment.
    pub(super) fn manifest(&self) -> String {
        self.project.manifest_name().replace(char::is_control, "?")
    }

    /// The path that an option of `part` names. Paths are seen by all, and so must not hold a secret.
    pub(super) fn path(&mut self, part: &Part, option: &Scalar) -> Target {
        if secret::is_marked(&option.text) || verbatim::is_marked(&option.text) {
            self.report(Problem::SecretInPath { part: part.name.clone(), span: option.span });
        }
        Target::written(self.project, &option.text, option.span)
    }

    /// Adds several findings.
    pub(super) fn extend(&mut self, findings: impl IntoIterator<Item = Problem>) {
        self.found.extend(findings.into_iter().map(Diagnostic::from));
    }

    /// Whether there is a template of this name.
    pub(super) fn has_template(&self, name: &str) -> bool {
        self.renderer.contains(name)
    }

    /// The value, or nothing and a finding.
    pub(super) fn check<T>(&mut self, result: Result<T, Problem>) -> Option<T> {
        result.map_err(|problem| self.report(problem)).ok()
    }

    /// Appends the template to `text`. `span` is what asks for it, for errors.
    pub(super) fn render(&mut self, template: &str, context: &Context, span: Span, text: &mut Text) {
        match self.renderer.render(template, context, span) {
            Ok(piece) => text.push(&piece),
            Err(problem) => self.report(problem),
        }
    }

    /// Adds a file. It is readable by its owner alone when it holds a secret.
    pub(super) fn file(&mut self, part: &Part, target: Target, text: Text, mode: u32) {
        let mode = if text.secrets.is_empty() { mode } else { mode & 0o700 };
        self.add(part, target, Content::File { text: text.written, mode, secrets: text.secrets }, text.sources);
    }

    /// Adds a folder that must exist. Parts may share folders.
    pub(super) fn folder(&mut self, part: &Part, target: Target) {
        self.add(part, target, Content::Folder, Vec::new());
    }

    /// Whether something is made at `path` already.
    pub(super) fn makes(&self, path: &Utf8Path) -> bool {
        self.by_path.contains_key(path)
    }

    fn add(&mut self, part: &Part, Target { path, place, span }: Target, content: Content, sources: Vec<Source>) {
        let output = Output { path, part: part.name.clone(), content, origin: span, place, sources };
        if let Some(at) = self.by_path.get(&output.path) {
            let first = &self.outputs[*at];
            if first.content != output.content {
                let problem = Problem::path_twice(first, &output);
                self.report(problem);
            }
            return;
        }
        self.by_path.insert(output.path.clone(), self.outputs.len());
        self.outputs.push(output);
    }
}
