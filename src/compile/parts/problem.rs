//! What can be wrong with a part, and in which words it is said.

use camino::Utf8PathBuf;

use crate::base::seams::ReadError;
use crate::base::{Diagnostic, Span, list};
use crate::compile::output::Output;

/// One fault of a part.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compile) enum Problem {
    /// A native manifest asks for a kind that does not exist.
    UnknownRecipe { recipe: String, span: Span, nearest: Option<&'static str> },
    /// A `.cfg` part that another tool builds.
    ForeignRecipe { part: String, recipe: String, span: Span },
    /// Two parts, or one part twice, make one path with different content.
    PathTwice { path: Utf8PathBuf, first: String, first_span: Span, second: String, span: Span },
    /// A required option is missing.
    MissingOption { part: String, option: String, span: Span },
    /// An option is a table where a text is wanted, and the like.
    WrongKind { part: String, option: String, expected: &'static str, actual: &'static str, span: Span },
    /// A value that an option cannot have. The value is masked.
    BadValue { part: String, option: String, value: String, expected: &'static str, span: Span },
    /// A process option of a `*-program` section would be cut.
    BlankInProcessOption { section: String, option: String, span: Span },
    /// There is no template of this name in either place.
    NoTemplate { name: String, span: Span, looked_at: [Utf8PathBuf; 2] },
    /// A template is there but cannot be read.
    TemplateUnread { template: String, why: ReadError, span: Option<Span> },
    /// A template cannot be parsed or rendered.
    Template { template: String, place: Option<(usize, usize)>, message: String, span: Option<Span> },
}

impl Problem {
    /// `second` makes the path of `first`.
    pub(super) fn path_twice(first: &Output, second: &Output) -> Self {
        Self::PathTwice {
            path: second.path.clone(),
            first: first.part.clone(),
            first_span: first.origin,
            second: second.part.clone(),
            span: second.origin,
        }
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::UnknownRecipe { recipe, span, nearest } => unknown_recipe(&recipe, span, nearest),
            Problem::ForeignRecipe { part, recipe, span } => Diagnostic::warning(
                "foreign-recipe",
                span,
                format!("recipe `{recipe}` is not built in: part `{part}` makes nothing"),
            )
            .help("its options stay available to references; build it with zc.buildout if its files are needed"),
            Problem::PathTwice { path, first, first_span, second, span } => {
                path_twice(&path, &first, &second, span).label(first_span, format!("part `{first}` makes it here"))
            }
            Problem::MissingOption { part, option, span } => {
                Diagnostic::error("missing-option", span, format!("part `{part}` has no `{option}`"))
            }
            Problem::WrongKind { part, option, expected, actual, span } => Diagnostic::error(
                "wrong-type",
                span,
                format!("`{option}` of part `{part}` is {actual}, not {expected}"),
            ),
            Problem::BadValue { part, option, value, expected, span } => {
                Diagnostic::error("bad-value", span, format!("`{option}` of part `{part}` is `{value}`"))
                    .note(format!("expected {expected}"))
            }
            Problem::BlankInProcessOption { section, option, span } => Diagnostic::warning(
                "cut-process-option",
                span,
                format!("`{option}` of section `{section}` does not fit into a program line and will be cut"),
            )
            .help("a program line ends an option at a blank or `)`: quote the text after `=`, or take `environment`"),
            Problem::NoTemplate { name, span, looked_at } => {
                Diagnostic::error("no-template", span, format!("there is no template `{name}`"))
                    .help(format!("looked for {}", list::all_of(looked_at)))
            }
            Problem::TemplateUnread { template, why, span } => {
                Diagnostic::error("template-unread", span, format!("cannot read template `{template}`: {why}"))
            }
            Problem::Template { template, place, message, span } => template_fault(&template, place, &message, span),
        }
    }
}

fn unknown_recipe(recipe: &str, span: Span, nearest: Option<&str>) -> Diagnostic {
    let finding = Diagnostic::error("unknown-recipe", span, format!("there is no recipe `{recipe}`"));
    match nearest {
        Some(name) => finding.help(format!("did you mean `{name}`?")),
        None => finding.help(format!("the recipes are {}", list::all_of(super::native_names()))),
    }
}

fn path_twice(path: &camino::Utf8Path, first: &str, second: &str, span: Span) -> Diagnostic {
    let message = if first == second {
        format!("part `{first}` makes `{path}` twice")
    } else {
        format!("parts `{first}` and `{second}` both make `{path}`")
    };
    Diagnostic::error("path-made-twice", span, message).help("give one of them another path")
}

fn template_fault(template: &str, place: Option<(usize, usize)>, message: &str, span: Option<Span>) -> Diagnostic {
    let place = place.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
    Diagnostic::error("template", span, format!("template `{template}{place}`: {message}"))
}
