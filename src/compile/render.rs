//! Templates: every text that a build writes comes from one.
//!
//! The built-in ones stand in the folder `templates/` of the source and in the binary. A project replaces one by a file
//! of the same name in its templates folder, and adds its own for `template` parts.
//!
//! Values are quoted for their place *before* they enter a context, where their span is at hand, so that templates stay
//! dumb. Templates see nothing but their context: there is no clock, environment, file or randomness in them, and an
//! undefined variable is an error. A file is rendered section by section, each with a small context of its own: one
//! context for ten thousand programs would cost more than all the rest of the build.

use std::collections::{BTreeMap, BTreeSet, HashSet};
use std::ops::Range;
use std::sync::LazyLock;

use include_dir::{Dir, include_dir};
use tera::{Context, ErrorKind, Tera};

use super::parts::problem::Problem;
use super::project::Project;
use crate::base::seams::{Files, ReadError};
use crate::base::{Diagnostics, FileId, Sources, Span};

static BUILT_IN: Dir<'_> = include_dir!("$CARGO_MANIFEST_DIR/templates");

/// The project's own templates by name, such as `supervisor/program.conf`.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Templates(BTreeMap<String, Own>);

/// A template of the project.
#[derive(Clone, Debug, PartialEq, Eq)]
struct Own {
    text: String,
    /// What findings point into.
    file: FileId,
}

impl Templates {
    /// None: everything comes from the built-in ones.
    pub fn new() -> Self {
        Self::default()
    }

    /// Reads what the project brings: files of built-in names in its templates folder, the templates of its parts
    /// (there, or else relative to the project folder), and whatever these include. Reading happens here and nowhere
    /// else; a template that is found nowhere is reported by the part that wants it.
    pub fn read(project: &Project, files: &dyn Files, sources: &mut Sources, found: &mut Diagnostics) -> Self {
        let mut wanted: Vec<(String, Option<Span>)> = built_in_names().map(|name| (name.to_owned(), None)).collect();
        wanted.extend(super::parts::template::wanted(project).map(|(name, span)| (name, Some(span))));
        let (mut templates, mut seen) = (Self::new(), BTreeSet::new());
        while let Some((name, span)) = wanted.pop() {
            if !seen.insert(name.clone()) {
                continue;
            }
            match read_one(project, files, &name) {
                Ok(None) => {}
                Ok(Some((path, text))) => {
                    wanted.extend(mentioned(&text).map(|inner| (inner.to_owned(), span)));
                    let file = sources.add(path, text.as_str());
                    templates.0.insert(name, Own { text, file });
                }
                // An empty one stands in, so that nobody says that there is none.
                Err(why) => {
                    let own = Own { text: String::new(), file: sources.add(name.as_str(), "") };
                    found.push(Problem::TemplateUnread { template: name.clone(), why, span });
                    templates.0.insert(name, own);
                }
            }
        }
        templates
    }

    /// The place in the template of this name, if it is the project's.
    fn span(&self, name: &str, range: Range<usize>) -> Option<Span> {
        let own = self.0.get(name)?;
        Some(Span::new(own.file, range.start.min(own.text.len()), range.end.min(own.text.len())))
    }

    /// The place at a line and a column, in characters, both from 1.
    fn span_at(&self, name: &str, (line, column): (usize, usize)) -> Option<Span> {
        let text = &self.0.get(name)?.text;
        let before: usize = text.split_inclusive('\n').take(line - 1).map(str::len).sum();
        let within: usize = text[before..].chars().take(column - 1).map(char::len_utf8).sum();
        self.span(name, before + within..before + within + 1)
    }
}

/// The path and the text of a template of the project.
fn read_one(project: &Project, files: &dyn Files, name: &str) -> Result<Option<(String, String)>, ReadError> {
    for folder in [&project.templates_directory, &project.directory] {
        let path = folder.join(name).into_string();
        match files.read(&path) {
            Err(ReadError::NotFound) => {}
            Ok(text) => return Ok(Some((path, text))),
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
pub(super) struct Renderer<'t> {
    tera: Tera,
    own: &'t Templates,
    /// The project's templates could not be taken, which has been reported.
    is_broken: bool,
    /// Faults that have been reported: a template may be rendered for each of ten thousand programs.
    told: HashSet<(Option<Span>, String)>,
}

impl<'t> Renderer<'t> {
    /// The built-in templates and those of the project. What is wrong with each of the latter is reported, and others
    /// stand in for those.
    pub(super) fn new(own: &'t Templates, found: &mut Diagnostics) -> Self {
        let (tera, is_broken) = with_own(own, found);
        Self { tera, own, is_broken, told: HashSet::new() }
    }

    /// The text that `template` makes of `context`. `span` is what asked for it. A fault is told once; after that there is
    /// no text.
    pub(super) fn render(&mut self, template: &str, context: &Context, span: Span) -> Result<String, Problem> {
        let rendered = match built_in(template).filter(|_| !self.tera.contains_template(template)) {
            Some(text) => self.tera.add_raw_template(template, text),
            None if self.is_broken && !self.tera.contains_template(template) => return Ok(String::new()),
            None => Ok(()),
        };
        match rendered.and_then(|()| self.tera.render(template, context)) {
            Ok(text) => Ok(text),
            Err(error) => {
                let fault = Fault::of(&error, template, self.own);
                if self.told.insert((fault.span, fault.message.clone())) {
                    Err(fault.problem(Some(span)))
                } else {
                    Ok(String::new())
                }
            }
        }
    }

    /// Whether the template of this name is none of the project's.
    pub(super) fn is_built_in(&self, template: &str) -> bool {
        !self.is_broken && !self.own.0.contains_key(template)
    }

    /// Whether there is a template of this name, or could be, had the project's been taken.
    pub(super) fn contains(&self, template: &str) -> bool {
        self.is_broken || self.tera.contains_template(template) || built_in(template).is_some()
    }
}

/// Tera with our filters and no templates.
fn empty() -> Tera {
    let mut tera = Tera::new();
    tera.autoescape_on(Vec::<&str>::new());
    super::filters::register(&mut tera);
    tera
}

/// Tera with the project's templates, and whether any of them is broken. Each fault of syntax is reported; what is wrong
/// between templates only where there is none, as it may follow from it.
fn with_own(templates: &Templates, found: &mut Diagnostics) -> (Tera, bool) {
    let mut own: BTreeMap<&str, &str> = templates.0.iter().map(|(name, own)| (&**name, &*own.text)).collect();
    let mut is_broken = false;
    while !own.is_empty() {
        let mut tera = empty();
        // The project's may include the built-in ones.
        let built_in = BY_NAME.iter().filter(|(name, _)| !own.contains_key(*name));
        let all = built_in.chain(&own).map(|(name, text)| (*name, *text));
        let Err(error) = tera.add_raw_templates(all) else { return (tera, is_broken) };
        let is_syntax = matches!(error.kind(), ErrorKind::SyntaxError(_));
        let fault = Fault::of(&error, "", templates);
        let standin = own.get_mut(&*fault.template).filter(|text| is_syntax && !text.is_empty());
        if is_syntax || !is_broken {
            found.push(fault.problem(None));
        }
        is_broken = true;
        match standin {
            Some(text) => *text = "",
            None => break,
        }
    }
    (empty(), is_broken)
}

/// What is wrong with a template.
struct Fault {
    template: String,
    /// Line and column, from 1.
    place: Option<(usize, usize)>,
    /// The same in its text, if it is the project's.
    span: Option<Span>,
    message: String,
}

impl Fault {
    /// Tera's error, without the excerpt that it draws.
    fn of(error: &tera::Error, template: &str, own: &Templates) -> Self {
        match error.kind() {
            ErrorKind::SyntaxError(report) | ErrorKind::RenderingError(report) => Self {
                template: report.filename().to_owned(),
                place: Some((report.span().start_line, report.span().start_col + 1)),
                span: own.span(report.filename(), report.span().range.clone()),
                message: lower_case(report.message()),
            },
            ErrorKind::CircularExtend { tpl, .. } | ErrorKind::CircularInclude { tpl, .. } => {
                Self::from_text(&error.kind().to_string(), tpl, own)
            }
            ErrorKind::MissingParent { current, .. } => Self::from_text(&error.kind().to_string(), current, own),
            other => Self::from_text(&other.to_string(), template, own),
        }
    }

    /// Faults of references between templates come as drawn reports: `error: MESSAGE`, then ` --> NAME:LINE:COLUMN`.
    fn from_text(text: &str, template: &str, own: &Templates) -> Self {
        let message = text.lines().next().unwrap_or("").trim_start_matches("error: ");
        let located = text.lines().nth(1).and_then(|line| line.trim_start().strip_prefix("--> "));
        let mut pieces = located.unwrap_or(template).rsplitn(3, ':');
        let (column, line) = (pieces.next(), pieces.next());
        let number = |text: Option<&str>| text.and_then(|t| t.parse().ok()).filter(|number| *number > 0);
        let (template, place) = match (pieces.next(), number(line), number(column)) {
            (Some(name), Some(line), Some(column)) => (name, Some((line, column))),
            _ => (located.unwrap_or(template), None),
        };
        let span = own.span_at(template, place.unwrap_or((1, 1)));
        Self { template: template.to_owned(), place, span, message: lower_case(message) }
    }

    /// `asked`: what the template is rendered for.
    fn problem(self, asked: Option<Span>) -> Problem {
        let Self { template, place, span, message } = self;
        Problem::Template { template, place, span, message, asked }
    }
}

fn lower_case(message: &str) -> String {
    let mut chars = message.chars();
    let first = chars.next().map(|c| c.to_ascii_lowercase());
    first.into_iter().chain(chars).collect::<String>().trim_end_matches('.').to_owned()
}
