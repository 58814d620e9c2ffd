//! What can be wrong with a part, and in which words it is said.

use camino::Utf8PathBuf;

use super::scripts;
use super::supervisor_cfg::lines::Missing;
use crate::base::seams::ReadError;
use crate::base::suggest::{self, Meant};
use crate::base::{Diagnostic, Severity, Span, list};
use crate::compile::document::{Key, Node, Table};
use crate::compile::known::Known;
use crate::compile::output::Output;
use crate::compile::project::Part;
use crate::conf::command::SplitError;
use crate::conf::options::{self, Section};
use crate::conf::problem::{Finding, Problem as ConfProblem};
use crate::conf::zconfig;

/// One fault of a part.
#[derive(Clone, Debug, PartialEq)]
pub(in crate::compile) enum Problem {
    /// A native manifest asks for a kind that does not exist.
    UnknownRecipe { recipe: String, span: Span, nearest: Option<Meant> },
    /// A part for which no file can be named.
    BadPartName { name: String, span: Span },
    /// A `.cfg` part that another tool builds.
    ForeignRecipe { part: String, recipe: String, nearest: Option<Meant>, span: Span },
    /// Two parts, or one part twice, make one path with different content.
    PathTwice { path: Utf8PathBuf, first: String, first_span: Span, second: String, span: Span },
    /// Two clusters whose state would be one.
    PidFileTwice { path: Utf8PathBuf, first: String, first_span: Span, second: String, span: Span },
    /// A key that is no option of the part, or of a table in it (`within`).
    UnknownOption { part: String, key: String, within: &'static str, nearest: Option<Meant>, span: Span },
    /// A key that a section of supervisord.conf does not have.
    UnknownKey { section: &'static str, key: String, nearest: Option<Meant>, span: Span },
    /// A required option of a section is missing.
    MissingInSection { part: String, option: String, header: String, span: Span },
    /// `programs` names something that is no program part.
    UnknownProgram { part: String, name: String, is_part: bool, nearest: Option<Meant>, span: Span },
    /// A group names a program that the conf does not have.
    UnknownMember { group: String, name: String, nearest: Option<Meant>, span: Span },
    /// The same where the recipe of a `.cfg` wrote it all the same.
    DoubtfulMember { group: String, name: String, nearest: Option<Meant>, span: Span },
    /// No supervisor part lists this program.
    UnlistedProgram { part: String, supervisor: Option<String>, span: Span },
    /// A plugin of a native part that is not built in.
    UnknownPlugin { part: String, name: String, nearest: Option<Meant>, span: Span },
    /// One thing is said in two ways.
    SaidTwice { option: String, first: Span, span: Span },
    /// Two sections of one name.
    SectionTwice { header: String, first: Span, span: Span },
    /// The same where the recipe of a `.cfg` wrote both.
    DoubtfulTwice { header: String, first: Span, span: Span },
    /// A name that cannot stand in a section header.
    BadName { section: &'static str, name: String, span: Span },
    /// A unix socket whose path the system does not take.
    SocketPathTooLong { path: Utf8PathBuf, limit: usize, span: Span },
    /// A secret where everyone can read it.
    SecretInCommand { part: String, severity: Severity, span: Span },
    /// A secret in the path of an output.
    SecretInPath { part: String, span: Span },
    /// A command line that is not one.
    BadCommand { part: String, why: SplitError, span: Span },
    /// A text that is almost an expansion.
    ExpansionSlip { text: String, nearest: String, span: Span },
    /// A value that supervisord would not take.
    Conf(Finding),
    /// The same where the recipe of a `.cfg` wrote it all the same.
    Doubtful(Finding),
    /// What zdaemon would not take.
    Zdaemon(zconfig::problem::Finding),
    /// The same where the recipe of a `.cfg` wrote it all the same.
    DoubtfulZdaemon(zconfig::problem::Finding),
    /// An option of a `.cfg`'s line that its section of supervisord.conf has not.
    DoubtfulKey { section: &'static str, key: String, nearest: Option<Meant>, span: Span },
    /// A word of a `.cfg` that is passed over.
    DoubtfulWord {
        part: String,
        option: &'static str,
        value: String,
        expected: &'static [&'static str],
        nearest: Option<Meant>,
        span: Span,
    },
    /// An option of a `.cfg` part that its recipe does not know and nothing refers to.
    WithoutEffect { part: String, key: String, nearest: Option<Meant>, span: Span },
    /// A value that a conf has no way to write.
    Inexpressible { option: &'static str, problem: Box<ConfProblem>, span: Span },
    /// A required option is missing.
    MissingOption { part: String, option: String, span: Span },
    /// An option is a table where a text is wanted, and the like.
    WrongKind { part: String, option: String, expected: &'static str, actual: &'static str, span: Span },
    /// A value that an option cannot have. The value is masked.
    BadValue { part: String, option: String, value: String, expected: &'static str, span: Span },
    /// `mode` is none.
    BadMode { part: String, value: String, nearest: Option<Meant>, span: Span },
    /// A word that is none of a few.
    UnknownWord {
        part: String,
        option: String,
        value: String,
        expected: &'static [&'static str],
        nearest: Option<Meant>,
        span: Span,
    },
    /// A line of `programs`, `eventlisteners` or `groups` that cannot be read.
    BadLine { kind: Line, text: String, missing: Missing, span: Span },
    /// The end of such a line, which no field takes.
    IgnoredText { kind: Line, text: String, span: Span },
    /// A value that supervisord cuts at a comment.
    CutValue { option: String, kept: String, span: Span },
    /// A credential that `environment` cannot express.
    UnquotableCredential { option: &'static str, variable: &'static str, span: Span },
    /// A plugin whose scripts are not built in.
    ForeignPlugin { plugin: String, span: Span },
    /// A process option of a `*-program` section would be cut.
    BlankInProcessOption { section: String, option: String, span: Span },
    /// A multiplier that does not say how often.
    BadCount { value: Option<String>, span: Span },
    /// There is no template of this name in either place.
    NoTemplate { name: String, span: Span, looked_at: [Utf8PathBuf; 2] },
    /// A template is there but cannot be read.
    TemplateUnread { template: String, why: ReadError, span: Option<Span> },
    /// A template cannot be parsed or rendered: line and column, the same in its text if it is the project's, and what it
    /// is rendered for.
    Template {
        template: String,
        place: Option<(usize, usize)>,
        span: Option<Span>,
        message: String,
        asked: Option<Span>,
    },
}

/// Which grammar a line has.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(in crate::compile) enum Line {
    /// Of `programs`.
    Program,
    /// Of `eventlisteners`.
    EventListener,
    /// Of `groups`.
    Group,
}

impl Problem {
    /// `key` is none of `known`.
    pub(super) fn unknown_option(
        part: &Part,
        key: &Key,
        within: &'static str,
        known: impl IntoIterator<Item = &'static str>,
    ) -> Self {
        let (key, span) = (key.text.to_string(), key.span);
        let table = if within.is_empty() { Some(&part.table) } else { part.table.get(within).and_then(Node::as_table) };
        let is_there = |name: &str| table.is_some_and(|table| table.has_beside(name, span));
        let nearest = suggest::nearest(&key, known).map(|meant| meant.unless(is_there));
        Self::UnknownOption { part: part.name.clone(), key, within, nearest, span }
    }

    /// `key` of the table is no option of the section, and none of those that the table has besides.
    pub(super) fn unknown_key(section: Section, key: &Key, besides: &[Known], table: &Table) -> Self {
        let (text, span) = (key.text.to_string(), key.span);
        let known = options::names(section).chain(besides.iter().map(|known| known.name));
        let is_there = |name: &str| table.has_beside(name, span);
        let nearest = suggest::nearest(&text, known).map(|meant| meant.unless(is_there));
        Self::UnknownKey { section: section.word(), key: text, nearest, span }
    }

    /// `name` in `programs` is no program part.
    pub(super) fn unknown_program(part: &Part, name: &str, is_part: bool, nearest: Option<Meant>, span: Span) -> Self {
        let (part, name) = (part.name.clone(), name.to_owned());
        Self::UnknownProgram { part, name, is_part, nearest, span }
    }

    /// `name` in `plugins` is not built in.
    pub(super) fn unknown_plugin(part: &Part, name: &str, span: Span) -> Self {
        let nearest = suggest::nearest(name, scripts::names().chain(["superlance", "supervisor"]));
        Self::UnknownPlugin { part: part.name.clone(), name: name.to_owned(), nearest, span }
    }

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

impl From<Finding> for Problem {
    fn from(finding: Finding) -> Self {
        Self::Conf(finding)
    }
}

impl From<Problem> for Diagnostic {
    fn from(problem: Problem) -> Self {
        match problem {
            Problem::UnknownRecipe { recipe, span, nearest } => unknown_recipe(&recipe, span, nearest.as_ref()),
            Problem::BadPartName { name, span } => {
                Diagnostic::error("bad-name", span, format!("`{}` cannot be the name of a part", name.escape_debug()))
                    .help("files are named for it: it cannot be empty, `.` or `..`, and has no `/`")
            }
            Problem::ForeignRecipe { part, recipe, nearest, span } => {
                let message = format!("recipe `{recipe}` is not built in: part `{part}` makes nothing");
                let finding = Diagnostic::warning("foreign-recipe", span, message);
                match nearest {
                    Some(_) => finding.meant(nearest.as_ref()),
                    None => finding.help(
                        "its options stay available to references; build it with zc.buildout if its files are needed",
                    ),
                }
            }
            Problem::PathTwice { path, first, first_span, second, span } => {
                path_twice(&path, &first, &second, span).label(first_span, format!("part `{first}` makes it here"))
            }
            Problem::PidFileTwice { path, first, first_span, second, span } => {
                let message = format!("clusters `{first}` and `{second}` have one pid file, `{path}`");
                Diagnostic::error("path-made-twice", span, message)
                    .label(first_span, format!("that of `{first}`"))
                    .help("set `pid-file`: only one of the two could be started")
            }
            Problem::UnknownOption { part, key, within, nearest, span } => {
                let of = if within.is_empty() { String::new() } else { format!("`{within}` of ") };
                let finding =
                    Diagnostic::error("unknown-option", span, format!("{of}part `{part}` has no option `{key}`"));
                dotted(finding, &key, nearest.as_ref())
            }
            Problem::UnknownKey { section, key, nearest, span } => {
                let message = format!("`[{section}]` of supervisord.conf has no option `{key}`");
                dotted(Diagnostic::error("unknown-option", span, message), &key, nearest.as_ref())
            }
            Problem::MissingInSection { part, option, header, span } => {
                let message = format!("`[{header}]` of part `{part}` has no `{option}`");
                Diagnostic::error("missing-option", span, message)
            }
            Problem::UnknownProgram { part, name, is_part, nearest, span } => {
                let message = if is_part {
                    format!("part `{name}` is no program: `programs` of part `{part}` takes program parts")
                } else {
                    format!("there is no program part `{name}`")
                };
                Diagnostic::error("unknown-program", span, message).meant(nearest.as_ref())
            }
            Problem::UnknownMember { group, name, nearest, span } => {
                let message = format!("group `{group}` names unknown program `{name}`");
                Diagnostic::error("unknown-program", span, message).meant(nearest.as_ref())
            }
            Problem::DoubtfulMember { group, name, nearest, span } => {
                let message = format!("group `{group}` names unknown program `{name}`: supervisord will not start");
                Diagnostic::warning("unknown-program", span, message).meant(nearest.as_ref())
            }
            Problem::UnlistedProgram { part, supervisor, span } => {
                let message = format!("program `{part}` is run by no supervisor");
                let supervisor = supervisor.unwrap_or_else(|| "supervisor".to_owned());
                Diagnostic::warning("unlisted-program", span, message)
                    .help(format!("add it to `programs` of part `{supervisor}`"))
            }
            Problem::UnknownPlugin { part, name, nearest, span } => {
                let message = format!("part `{part}` wants plugin `{name}`, which is not built in");
                Diagnostic::error("unknown-plugin", span, message).meant(nearest.as_ref())
            }
            Problem::ExpansionSlip { text, nearest, span } => {
                Diagnostic::warning("expansion-slip", span, format!("`{text}` is not expanded: it stays the text that it is"))
                    .help(format!("did you mean `{nearest}`?"))
            }
            Problem::SaidTwice { option, first, span } => {
                Diagnostic::error("said-twice", span, format!("`{option}` is said twice")).label(first, "said here too")
            }
            Problem::SectionTwice { header, first, span } => {
                Diagnostic::error("section-twice", span, format!("`[{header}]` is made twice"))
                    .label(first, "first made here")
            }
            Problem::DoubtfulTwice { header, first, span } => {
                let message = format!("`[{header}]` is made twice: supervisord takes the later line's values for it");
                Diagnostic::warning("section-twice", span, message).label(first, "first made here")
            }
            Problem::BadName { section, name, span } => {
                Diagnostic::error("bad-name", span, format!("`{name}` cannot be the name of a `[{section}]` section"))
                    .help("a name has no blanks, no `:`, `/`, `%`, `[` and `]`")
            }
            Problem::SocketPathTooLong { path, limit, span } => Diagnostic::error(
                "socket-path-too-long",
                span,
                format!("the socket's path has {} bytes: `{path}`", path.as_str().len()),
            )
            .note("AF_UNIX path too long")
            .help(format!("at most {limit} bytes: the system takes 107, and the daemon binds it with its process id first"))
            .help("set `unix_http_server.file` to a shorter path, or listen on `ports.control`"),
            Problem::SecretInCommand { part, severity, span } => Diagnostic::new(
                severity,
                "secret-in-command",
                span,
                format!("the command of part `{part}` holds a secret, and everyone can read the arguments of a process"),
            )
            .help("pass it in `environment`, or in a file that the program reads"),
            Problem::SecretInPath { part, span } => {
                Diagnostic::error("secret-in-path", span, format!("a path of part `{part}` holds a secret"))
            }
            Problem::BadCommand { part, why, span } => {
                Diagnostic::error("bad-command", span, format!("the command of part `{part}` cannot be split: {why}"))
                    .help("quotes and backslashes are read as a shell reads them; a list of words needs none")
            }
            Problem::Inexpressible { option, problem, span } => {
                Diagnostic::error("conf-inexpressible", span, format!("`{option}` {problem}"))
            }
            Problem::Conf(finding) => finding.into(),
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
            Problem::BadMode { part, value, nearest, span } => {
                Diagnostic::error("bad-value", span, format!("`mode` of part `{part}` is `{value}`"))
                    .note("expected permissions: up to three digits from 0 to 7, such as `0644`")
                    .meant(nearest.as_ref())
            }
            Problem::UnknownWord { part, option, value, expected, nearest, span } => {
                Diagnostic::error("bad-value", span, format!("`{option}` of part `{part}` is `{value}`"))
                    .note(format!("expected {}", list::one_of(expected)))
                    .meant(nearest.as_ref())
            }
            Problem::BadLine { kind, text, missing, span } => bad_line(kind, &text, missing, span),
            Problem::IgnoredText { kind, text, span } => {
                let help = match kind {
                    Line::Group => "names of programs stand between commas, without blanks",
                    _ => "arguments go between `[` and `]`, process options between `(` and `)` after the name",
                };
                Diagnostic::warning("ignored-text", span, format!("`{text}` is ignored: no field is left for it"))
                    .help(help)
            }
            Problem::Doubtful(finding) => Diagnostic { severity: Severity::Warning, ..finding.into() },
            Problem::Zdaemon(finding) => finding.into(),
            Problem::DoubtfulZdaemon(finding) => Diagnostic { severity: Severity::Warning, ..finding.into() },
            Problem::DoubtfulKey { section, key, nearest, span } => {
                let message = format!("`[{section}]` of supervisord.conf has no option `{key}`");
                Diagnostic::warning("unknown-option", span, message).meant(nearest.as_ref())
            }
            Problem::DoubtfulWord { part, option, value, expected, nearest, span } => {
                let message = format!("`{option}` of part `{part}` holds `{value}`, which means nothing");
                let finding = Diagnostic::warning("bad-value", span, message);
                finding.note(format!("expected {}", list::all_of(expected))).meant(nearest.as_ref())
            }
            Problem::WithoutEffect { part, key, nearest, span } => {
                let message = format!("part `{part}` has no option `{key}`");
                let finding = Diagnostic::warning("unknown-option", span, message);
                match nearest {
                    Some(_) => finding.meant(nearest.as_ref()),
                    None => finding.note("it has no effect: nothing refers to it"),
                }
            }
            Problem::CutValue { option, kept, span } => Diagnostic::warning(
                "cut-value",
                span,
                format!("supervisord reads `{option}` as `{kept}`"),
            )
            .help("a `;` or `#` after a blank starts a comment in supervisord.conf"),
            Problem::UnquotableCredential { option, variable, span } => Diagnostic::error(
                "unquotable-value",
                span,
                format!("`{option}` cannot be given to event listeners as `{variable}`"),
            )
            .help("supervisord's `environment` has no way to write a value with both kinds of quotes, or with one at its end"),
            Problem::ForeignPlugin { plugin, span } => {
                Diagnostic::warning("foreign-plugin", span, format!("plugin `{plugin}` is not built in: it makes no scripts"))
                    .help("the plugins are `superlance` and `supervisor`, each on a line of its own")
            }
            Problem::BlankInProcessOption { section, option, span } => Diagnostic::warning(
                "cut-process-option",
                span,
                format!("`{option}` of section `{section}` does not fit into a program line and will be cut"),
            )
            .help("a program line ends an option at a blank or `)`: quote the text after `=`, or take `environment`"),
            Problem::BadCount { value, span } => {
                let message = match value {
                    Some(value) => format!("`count` of a multiplier is `{value}`"),
                    None => "a multiplier has no `count`".to_owned(),
                };
                Diagnostic::error("bad-value", span, message).note("expected a whole number up to 65535")
            }
            Problem::NoTemplate { name, span, looked_at } => {
                Diagnostic::error("no-template", span, format!("there is no template `{name}`"))
                    .help(format!("looked for {}", list::all_of(looked_at)))
            }
            Problem::TemplateUnread { template, why, span } => {
                Diagnostic::error("template-unread", span, format!("cannot read template `{template}`: {why}"))
            }
            Problem::Template { template, place, span, message, asked } => {
                template_fault(&template, place, span, &message, asked)
            }
        }
    }
}

/// The help for an unknown `key`. TOML splits one with dots by itself, unless it is quoted; in YAML they are letters.
fn dotted(finding: Diagnostic, key: &str, nearest: Option<&Meant>) -> Diagnostic {
    match key.split_once('.') {
        Some((edit @ ("append" | "remove"), list)) => {
            finding.help(format!("in YAML an edit is a table: `{edit}: {{{list}: […]}}`"))
        }
        Some((table, inner)) if !inner.contains('.') => {
            finding.help(format!("in YAML a dot does not make a table: write `{table}: {{{inner}: …}}`"))
        }
        _ => finding.meant(nearest),
    }
}

fn unknown_recipe(recipe: &str, span: Span, nearest: Option<&Meant>) -> Diagnostic {
    let finding = Diagnostic::error("unknown-recipe", span, format!("there is no recipe `{recipe}`"));
    match nearest {
        Some(_) => finding.meant(nearest),
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

fn template_fault(
    template: &str,
    place: Option<(usize, usize)>,
    span: Option<Span>,
    message: &str,
    asked: Option<Span>,
) -> Diagnostic {
    let Some(span) = span else {
        let place = place.map_or(String::new(), |(line, column)| format!(":{line}:{column}"));
        return Diagnostic::error("template", asked, format!("template `{template}{place}`: {message}"));
    };
    let finding = Diagnostic::error("template", span, format!("template `{template}`: {message}"));
    asked.into_iter().fold(finding, |finding, asked| finding.label(asked, "rendered for this"))
}

fn bad_line(kind: Line, text: &str, missing: Missing, span: Span) -> Diagnostic {
    let (what, grammar) = match kind {
        Line::Program => {
            ("Program", "priority name [(options)] command [[args] [directory] [[redirect_stderr]] [user]]")
        }
        Line::EventListener => ("Event Listeners", "name [(options)] events command [[args]]"),
        Line::Group => ("Group", "priority name programs"),
    };
    let why = match missing {
        Missing::FirstColumn => "the line is indented more than the first one",
        Missing::Comment => "an indented comment is part of the value: move `#` to the first column",
        Missing::Priority => "it must begin with a number, the priority, and a blank",
        Missing::Name => "the name is missing",
        Missing::Command => "the command is missing",
        Missing::Events => "the events are missing, such as `TICK_60`",
        Missing::Programs => "the programs are missing: names between commas, without blanks",
    };
    Diagnostic::error("bad-line", span, format!("{what} line incorrect: {text}"))
        .note(why)
        .help(format!("a line is: {grammar}"))
}
