//! Templates: every text that a build writes comes from one.
//!
//! The built-in ones stand in the folder `templates/` of the source and in the binary. A project replaces one by a file
//! of the same name in its templates folder, and adds its own for `template` parts.
//!
//! Values are quoted for their place *before* they enter a context, where their span is at hand, so that templates stay
//! dumb. Templates see nothing but their context: there is no clock, environment, file or randomness in them, and an
//! undefined variable is an error. A file is rendered section by section, each with a small context of its own: one
//! context for ten thousand programs would cost more than all the rest of the build.

use std::collections::{BTreeMap, BTreeSet};
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, ReportError, Tera};

use super::parts::problem::Problem;
use super::project::Project;
use crate::base::seams::{Files, ReadError};
use crate::base::{Diagnostics, Span};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// Texts of the project's own templates by name, such as `supervisor/program.conf`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates(BTreeMap<String, String>);

impl Templates {
    /// None: everything comes from the built-in ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Adds or replaces one.
    pub fn insert(&mut self, name: impl Into<String>, text: impl Into<String>) {
        self.0.insert(name.into(), text.into());
    }
}

impl Templates {
    /// Reads what the project brings: files of built-in names in its templates folder, the templates of its parts
    /// (there, or else relative to the project folder), and whatever these include. Reading happens here and nowhere
    /// else; a template that is found nowhere is reported by the part that wants it.
    pub fn read(project: &Project, files: &dyn Files, found: &mut Diagnostics) -> Self {
        let mut wanted: Vec<(String, Option<Span>)> = built_in_names().map(|name| (name.to_owned(), None)).collect();
        wanted.extend(super::parts::template::wanted(project).map(|(name, span)| (name, Some(span))));
        let (mut templates, mut seen) = (Self::new(), BTreeSet::new());
        while let Some((name, span)) = wanted.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            match read_one(project, files, &name) {
                Ok(None) => {}
                Ok(Some(text)) => {
                    wanted.extend(mentioned(&text).map(|inner| (inner.to_owned(), span)));
                    templates.insert(name, text);
                }
                Err(why) => found.push(Problem::TemplateUnread { template: name, why, span }),
            }
        }
        templates
    }

    fn contains(&self, name: &str) -> bool {
        self.0.contains_key(name)
    }
}

fn read_one(project: &Project, files: &dyn Files, name: &str) -> Result<Option<String>, ReadError> {
    for folder in [&project.templates_directory, &project.directory] {
        match files.read(folder.join(name).as_str()) {
            Err(ReadError::NotFound) => {}
            Ok(text) => return Ok(Some(text)),
            Err(why) => return Err(why),
        }
        if built_in(name).is_some() {
            break;
        }
    }
    Ok(None)
}

/// Names in `{% include "…" %}` and `{% extends "…" %}`.
fn mentioned(text: &str) -> impl Iterator<Item = &str> {
    text.split("{%").skip(1).filter_map(|tag| {
        let tag = tag.strip_prefix('-').unwrap_or(tag).trim_start();
        let name = tag.strip_prefix("include").or_else(|| tag.strip_prefix("extends"))?.trim_start();
        let quote = name.chars().next().filter(|c| matches!(c, '"' | '\'' | '`'))?;
        name[1..].split(quote).next()
    })
}

/// All of the folder `templates/` by name.
static BY_NAME: LazyLock<BTreeMap<&'static str, &'static str>> = LazyLock::new(|| {
    let mut by_name = BTreeMap::new();
    let mut folders = vec![&BUILT_IN];
    while let Some(folder) = folders.pop() {
        by_name.extend(folder.files().filter_map(|file| Some((file.path().to_str()?, file.contents_utf8()?))));
        folders.extend(folder.dirs());
    }
    by_name
});

pub(super) fn built_in(name: &str) -> Option<&'static str> {
    BY_NAME.get(name).copied()
}

/// Names of all built-in templates, which a project may replace. What `recipe init` starts a project with and the pages of
/// the daemon are no part of a build, and not among them.
pub fn built_in_names() -> impl Iterator<Item = &'static str> {
    BY_NAME.keys().copied().filter(|name| !["init/", "web/"].iter().any(|folder| name.starts_with(folder)))
}

/// Templates, parsed when they are first wanted: that takes longer than all else in a small build, which wants few.
pub(super) struct Renderer {
    tera: Tera,
    /// The project's templates could not be taken, which has been reported.
    is_broken: bool,
}

impl Renderer {
    /// The built-in templates and those of the project. Where the latter cannot be parsed, that is reported, and the
    /// built-in ones stand in for them.
    pub(super) fn new(templates: &Templates, found: &mut Diagnostics) -> Self {
        let mut tera = Tera::new();
        tera.autoescape_on(Vec::<&str>::new());
        super::filters::register(&mut tera);
        let mut is_broken = false;
        if !templates.0.is_empty() {
            // The project's may include the built-in ones.
            let built_in = BY_NAME.iter().filter(|(name, _)| !templates.contains(name));
            let own = templates.0.iter().map(|(name, text)| (name.as_str(), text.as_str()));
            if let Err(error) = tera.add_raw_templates(built_in.map(|(name, text)| (*name, *text)).chain(own)) {
                found.push(problem(&error, "", None));
                is_broken = true;
            }
        }
        Self { tera, is_broken }
    }

    /// The text that `template` makes of `context`. `span` is what asked for it.
    pub(super) fn render(&mut self, template: &str, context: &Context, span: Span) -> Result<String, Problem> {
        if !self.tera.contains_template(template) {
            match built_in(template) {
                Some(text) => self.tera.add_raw_template(template, text).map_err(|e| problem(&e, template, None))?,
                None if self.is_broken => return Ok(String::new()),
                None => {}
            }
        }
        self.tera.render(template, context).map_err(|error| problem(&error, template, Some(span)))
    }

    /// Whether there is a template of this name, or could be, had the project's been taken.
    pub(super) fn contains(&self, template: &str) -> bool {
        self.is_broken || self.tera.contains_template(template) || built_in(template).is_some()
    }
}

/// Tera's error as a finding, without the excerpt that it draws.
fn problem(error: &tera::Error, template: &str, span: Option<Span>) -> Problem {
    let at = |report: &ReportError| Problem::Template {
        template: report.filename().to_owned(),
        place: Some((report.span().start_line, report.span().start_col + 1)),
        message: lower_case(report.message()),
        span,
    };
    match error.kind() {
        ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => at(report),
        other => from_text(&other.to_string(), template, span),
    }
}

/// Faults of references between templates come as drawn reports: `error: MESSAGE`, then ` --> NAME:LINE:COLUMN`.
fn from_text(text: &str, template: &str, span: Option<Span>) -> Problem {
    let message = text.lines().next().unwrap_or("").trim_start_matches("error: ");
    let located = text.lines().nth(1).and_then(|line| line.trim_start().strip_prefix("--> "));
    let mut pieces = located.unwrap_or(template).rsplitn(3, ':');
    let (column, line) = (pieces.next(), pieces.next());
    let number = |text: Option<&str>| text.and_then(|t| t.parse().ok());
    let (template, place) = match (pieces.next(), number(line), number(column)) {
        (Some(name), Some(line), Some(column)) => (name, Some((line, column))),
        _ => (located.unwrap_or(template), None),
    };
    Problem::Template { template: template.to_owned(), place, message: lower_case(message), span }
}

fn lower_case(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect::<String>().trim_end_matches('.').to_owned()
}
