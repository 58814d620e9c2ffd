//! Everything that can be wrong with a zdaemon.conf, as data. The messages are the original's own texts; the places and
//! the help are ours.

use std::fmt;

use crate::base::list::one_of;
use crate::base::suggest::did_you_mean;
use crate::base::{Diagnostic, Sources, Span};
use crate::conf::python::{NotInteger, repr};

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sentence of a variant says what its fields are")]
pub enum Problem {
    /// A line that begins a section or ends one, without `>`.
    Malformed { what: &'static str },
    /// A line that is neither.
    MalformedData,
    /// `</type>` without its beginning.
    UnexpectedEnd,
    /// `</type>` of another section.
    UnbalancedEnd { open: String },
    /// A section without its end; the original names the last line of the file.
    Unclosed { kind: String, last_line: usize },
    /// `%` without a directive.
    NoDirective,
    /// `%name` that is none.
    UnknownDirective { name: String },
    /// A directive without its argument.
    NoArgument { name: String },
    /// A `%define` of another value.
    Redefined { name: String },
    /// A `%define` of what is no name.
    NotAName { name: String },
    /// `$` at the end.
    LoneDollar,
    /// `$`, `${` or `$(` before what is no name.
    NoName { open: &'static str },
    /// `${name` without its end.
    NotClosed { open: &'static str, name: String, close: &'static str },
    /// A name that nobody has defined.
    NoReplacement { name: String, from_environment: bool },
    /// A file that cannot be read.
    Unreadable { path: String, why: String },
    /// A file that includes itself.
    Cycle { path: String },
    /// What cannot be included from here.
    NotIncluded { url: String },
    /// A `%import` of what is not built in.
    NotImported { package: String },

    /// A section of a type that there is not.
    UnknownType { kind: String, known: Vec<&'static str> },
    /// A section where it does not belong.
    Misplaced { kind: String, name: Option<String>, allowed: Vec<&'static str> },
    /// A second section of a kind of which there may be one.
    TooMany { kind: String },
    /// Two sections of one name.
    NameReused { name: String },
    /// A key that there is not.
    UnknownKey { name: String, known: Vec<&'static str> },
    /// A key whose name cannot be one.
    BadKey { name: String },
    /// A key that is given twice.
    Repeated { name: String },
    /// The same, where any key may be.
    TooManyOfAnyKey { name: String },
    /// A key or section that must be there.
    Missing { what: String },
    /// `-X` without `=`.
    NoSpecifier,
    /// `-X` with an empty name in its path.
    EmptyName,
    /// `-X` that names what the file does not hold.
    NotConsumed,

    /// Not an integer.
    NotAnInteger { text: String, base: u32, why: NotInteger },
    /// Not a truth value.
    NotABoolean { text: String },
    /// No list of words.
    NotAList { text: String },
    /// A level out of range.
    LevelRange { level: i64 },
    /// A facility of the system log that there is not.
    BadFacility,
    /// A style of `format` that there is not.
    BadStyle { text: String },
    /// A `format` that cannot be used.
    BadFormat { why: String },
    /// A class of Python.
    BadFormatter { name: String },
    /// A port out of range.
    PortRange { port: i64 },
    /// A name that is none.
    BadHost { text: String },
    /// Rotation of a standard stream.
    CannotRotate { path: String },
    /// A delayed standard stream.
    CannotDelay { path: String },
    /// An encoding for a standard stream.
    CannotEncode { path: String },
    /// Rotation without `old-files`.
    NoOldFiles,
    /// Both kinds of rotation.
    BothRotations,
    /// No measure of time for rotation.
    BadWhen { text: String },
    /// An interval that is none, or one without a measure.
    BadInterval { interval: i64 },
    /// `old-files` without a reason to rotate.
    NoRotation,
    /// What is known, and not done here.
    Unsupported { what: String, instead: &'static str },

    /// A folder that is not there.
    NotADirectory { path: String },
    /// The folder of a file that is not there.
    NoParentDirectory { path: String },
    /// A path where nothing is.
    NotAPath { path: String },
}

/// How the original says where.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Told {
    /// `(line 3 in URL)` on a line of its own.
    Below,
    /// ` (line 3, in URL)` after the message.
    Behind,
    /// Not at all.
    Nowhere,
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::Malformed { what } => write!(f, "malformed section {what}"),
            Self::MalformedData => f.write_str("malformed configuration data"),
            Self::UnexpectedEnd => f.write_str("unexpected section end"),
            Self::UnbalancedEnd { .. } => f.write_str("unbalanced section end"),
            Self::Unclosed { .. } => f.write_str("unclosed sections not allowed"),
            Self::NoDirective => f.write_str("missing or unrecognized directive"),
            Self::UnknownDirective { name } => write!(f, "unknown directive: {}", repr(name)),
            Self::NoArgument { name } => write!(f, "missing argument to %{name} directive"),
            Self::Redefined { name } => write!(f, "cannot redefine {}", repr(name)),
            Self::NotAName { name } => write!(f, "not a substitution legal name: {}", repr(name)),
            Self::LoneDollar => f.write_str("illegal lone '$' at end of source"),
            Self::NoName { open: "" } => f.write_str("'$' not followed by '$' or name"),
            Self::NoName { open } => write!(f, "'${open}' not followed by name"),
            Self::NotClosed { open, name, close } => write!(f, "'${open}{name}' not followed by '{close}'"),
            Self::NoReplacement { name, .. } => write!(f, "no replacement for {}", repr(name)),
            Self::Unreadable { path, why } => write!(f, "error opening file {path}: {why}"),
            Self::Cycle { path } => write!(f, "error opening file {path}: it includes itself"),
            Self::NotIncluded { url } => write!(f, "error opening URL {url}: only files are included"),
            Self::NotImported { package } => write!(f, "could not load package {package}: it is not built in"),
            Self::UnknownType { kind, .. } => write!(f, "unknown type name: {}", repr(kind)),
            Self::Misplaced { kind, name, .. } => {
                let name = name.as_deref().unwrap_or("None");
                write!(f, "no matching section defined for type='{kind}', name='{name}'")
            }
            Self::TooMany { kind } => write!(f, "too many instances of {} section", repr(kind)),
            Self::NameReused { name } => {
                write!(f, "section names must not be re-used within the same container:{}", repr(name))
            }
            Self::UnknownKey { name, .. } => write!(f, "{} is not a known key name", repr(name)),
            Self::BadKey { name } => write!(f, "value did not match regular expression: {}", repr(name)),
            Self::TooManyOfAnyKey { name } => write!(f, "too many values for {}", repr(name)),
            Self::Repeated { name } => write!(f, "{} does not support multiple values", repr(name)),
            Self::Missing { what } => write!(f, "no values for {what}; 1 required"),
            Self::NoSpecifier => f.write_str("invalid configuration specifier"),
            Self::EmptyName => f.write_str("'//' is not allowed in an option path"),
            Self::NotConsumed => f.write_str("not all command line options were consumed"),
            Self::NotAnInteger { text, base, why: NotInteger::Malformed } => {
                write!(f, "invalid literal for int() with base {base}: {}", repr(text))
            }
            Self::NotAnInteger { text, .. } => write!(f, "integer out of range: {}", repr(text)),
            Self::NotABoolean { text } => write!(f, "not a valid boolean value: {}", repr(text)),
            Self::NotAList { text } => write!(f, "not a list of words: {}", repr(text)),
            Self::LevelRange { level } => write!(f, "log level not in range: {level}"),
            Self::BadFacility => {
                let mut names: Vec<_> = super::eventlog::FACILITIES.iter().map(|(name, _)| *name).collect();
                names.sort_unstable();
                write!(f, "Syslog facility must be one of {}", names.join(", "))
            }
            Self::BadStyle { text } => write!(
                f,
                "log_format_style must be one of 'classic', 'format', 'safe-template', 'template'; found {}",
                repr(text)
            ),
            Self::BadFormat { why } => f.write_str(why),
            Self::BadFormatter { name } => write!(f, "formatter {} is not built in", repr(name)),
            Self::PortRange { port } if *port < 0 => write!(f, "{port} is below lower bound (0)"),
            Self::PortRange { port } => write!(f, "{port} is above upper bound (65535)"),
            Self::BadHost { text } => write!(f, "not a valid host name: {}", repr(text)),
            Self::CannotRotate { path } => write!(f, "cannot rotate {path}"),
            Self::CannotDelay { path } => write!(f, "cannot delay opening {path}"),
            Self::CannotEncode { path } => write!(f, "cannot specify encoding for {path}"),
            Self::NoOldFiles => f.write_str("old-files must be set for log rotation"),
            Self::BothRotations => f.write_str("can't set *both* max_bytes and when"),
            Self::BadWhen { text } => write!(f, "Invalid rollover interval specified: {text}"),
            Self::BadInterval { interval } => write!(f, "interval {interval} is below lower bound (1)"),
            Self::NoRotation => f.write_str("max-bytes or when must be set for log rotation"),
            Self::Unsupported { what, .. } => write!(f, "{what} is not supported"),
            Self::NotADirectory { path } => write!(f, "{path} is not an existing directory"),
            Self::NoParentDirectory { path } => {
                write!(f, "The directory named as part of the path {path} does not exist.")
            }
            Self::NotAPath { path } => write!(f, "{path} is not an existing path"),
        }
    }
}

impl Problem {
    /// The stable name of the rule.
    pub fn code(&self) -> &'static str {
        match self {
            Self::Malformed { .. }
            | Self::MalformedData
            | Self::UnexpectedEnd
            | Self::UnbalancedEnd { .. }
            | Self::Unclosed { .. }
            | Self::NoDirective
            | Self::UnknownDirective { .. }
            | Self::NoArgument { .. }
            | Self::NotAName { .. }
            | Self::BadKey { .. } => "conf-syntax",
            Self::LoneDollar | Self::NoName { .. } | Self::NotClosed { .. } | Self::NoReplacement { .. } => {
                "conf-expansion"
            }
            Self::Unreadable { .. } | Self::Cycle { .. } => "conf-unreadable",
            Self::NotIncluded { .. }
            | Self::NotImported { .. }
            | Self::Unsupported { .. }
            | Self::BadFormatter { .. } => "conf-unsupported",
            Self::UnknownType { .. }
            | Self::Misplaced { .. }
            | Self::UnknownKey { .. }
            | Self::NoSpecifier
            | Self::EmptyName
            | Self::NotConsumed => "conf-unknown-key",
            Self::Redefined { .. }
            | Self::TooMany { .. }
            | Self::NameReused { .. }
            | Self::Repeated { .. }
            | Self::TooManyOfAnyKey { .. }
            | Self::CannotRotate { .. }
            | Self::CannotDelay { .. }
            | Self::CannotEncode { .. }
            | Self::BothRotations => "conf-conflict",
            Self::Missing { .. } | Self::NoOldFiles | Self::NoRotation => "conf-missing",
            Self::NotADirectory { .. } | Self::NoParentDirectory { .. } | Self::NotAPath { .. } => "conf-no-directory",
            _ => "conf-value",
        }
    }

    /// What would be right, one line each.
    pub fn help(&self) -> Vec<String> {
        let one = |text: &str| vec![text.to_owned()];
        match self {
            Self::Malformed { .. } => one("expected `<type>`, `<type name>`, `<type/>` or `</type>`"),
            Self::MalformedData => one("expected `key value`, a section, a directive or a comment"),
            Self::UnexpectedEnd => one("no section is open here"),
            Self::UnbalancedEnd { open } => vec![format!("expected `</{open}>`")],
            Self::Unclosed { kind, .. } => vec![format!("add `</{kind}>`")],
            Self::NoDirective | Self::UnknownDirective { .. } => one("expected `%define`, `%include` or `%import`"),
            Self::NoArgument { name } if name == "define" => one("expected `%define NAME value`"),
            Self::NoArgument { name } => vec![format!("expected `%{name} WHAT`")],
            Self::Redefined { .. } => one("a name keeps its first value"),
            Self::NotAName { .. } => one("expected letters, digits and `_`, no digit first"),
            Self::LoneDollar | Self::NoName { .. } | Self::NotClosed { .. } => {
                one("expected `$name`, `${name}` or `$(VARIABLE)`; `$$` is a dollar sign")
            }
            Self::NoReplacement { name, from_environment: true } => {
                vec![format!("expected a variable of the environment; `$$({name})` is the text itself")]
            }
            Self::NoReplacement { name, .. } => {
                vec![format!("add `%define {name} value` above it, or write `$${name}` for the text itself")]
            }
            Self::UnknownType { kind, known } | Self::Misplaced { kind, allowed: known, .. } => {
                near(kind, known, "here")
            }
            Self::UnknownKey { name, known } => near(&name.to_lowercase(), known, "here"),
            Self::BadKey { .. } => one("expected a letter, then letters, digits, `-`, `.` and `_`"),
            Self::TooMany { .. }
            | Self::NameReused { .. }
            | Self::Repeated { .. }
            | Self::TooManyOfAnyKey { .. }
            | Self::BothRotations => one("remove one of them"),
            Self::Missing { what } if what == "'program'" => one("add `program COMMAND ARGUMENT...`"),
            Self::Missing { what } if what == "section type 'runner'" => {
                one("add `<runner>`, a `program` and `</runner>`")
            }
            Self::Missing { what } => vec![format!("add {what}")],
            Self::NoSpecifier | Self::EmptyName => one("expected `-X section/key=value`"),
            Self::NotConsumed => one("the file has no section of that name"),
            Self::NotAnInteger { base: 8, .. } => one("expected a number in base 8, such as `022`"),
            Self::NotAnInteger { .. } => one("expected a whole number"),
            Self::NotABoolean { .. } => one("expected `on`, `yes`, `true`, `off`, `no` or `false`"),
            Self::NotAList { .. } => one("expected words between blanks, or `[\"word\", \"word\"]`"),
            Self::LevelRange { .. } => one("expected 0 to 50, or a name such as `info`"),
            Self::BadFormat { .. } => one("expected names of a log record, such as `%(asctime)s %(message)s`"),
            Self::BadFormatter { .. } => one("leave it out: what is logged has no tracebacks"),
            Self::PortRange { .. } | Self::BadHost { .. } => one("expected `HOST:PORT`, or the path of a socket"),
            Self::CannotRotate { .. } | Self::CannotDelay { .. } | Self::CannotEncode { .. } => {
                one("name a file, or leave the option out")
            }
            Self::NoOldFiles => one("add `old-files NUMBER`"),
            Self::BadWhen { .. } => one("expected `S`, `M`, `H`, `D`, `midnight` or `W0` to `W6`"),
            Self::NoRotation => one("add `max-size SIZE` or `when UNIT`"),
            Self::Unsupported { instead, .. } => one(instead),
            Self::NotADirectory { .. } | Self::NoParentDirectory { .. } | Self::NotAPath { .. } => {
                one("make it, or mend the path")
            }
            _ => Vec::new(),
        }
    }

    fn told(&self) -> Told {
        match self {
            Self::LoneDollar
            | Self::NoName { .. }
            | Self::NotClosed { .. }
            | Self::Unreadable { .. }
            | Self::Cycle { .. }
            | Self::NotIncluded { .. }
            | Self::UnknownKey { .. }
            | Self::Repeated { .. }
            | Self::TooManyOfAnyKey { .. }
            | Self::NotConsumed => Told::Nowhere,
            Self::Missing { what } if what.starts_with("section") => Told::Nowhere,
            Self::BadKey { .. } => Told::Behind,
            _ if self.code() == "conf-value" || self.code() == "conf-no-directory" => Told::Behind,
            Self::CannotRotate { .. }
            | Self::CannotDelay { .. }
            | Self::CannotEncode { .. }
            | Self::NoOldFiles
            | Self::BothRotations
            | Self::NoRotation
            | Self::Unsupported { .. }
            | Self::BadFormatter { .. } => Told::Behind,
            _ => Told::Below,
        }
    }
}

/// The nearest of the known names, or all of them.
fn near(name: &str, known: &[&'static str], place: &str) -> Vec<String> {
    match did_you_mean(name, known.iter().copied()) {
        Some(help) => vec![help],
        None if known.is_empty() => vec![format!("nothing may stand {place}")],
        None => vec![format!("expected {} {place}", one_of(known))],
    }
}

/// A problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// Where.
    pub span: Span,
}

impl Finding {
    /// `problem` at `span`.
    pub fn new(problem: Problem, span: Span) -> Self {
        Self { problem, span }
    }

    /// The message as the original prints it; `url` gives the URL by which it names a file.
    pub fn original(&self, sources: &Sources, url: impl Fn(&str) -> String) -> String {
        let line = match self.problem {
            Problem::Unclosed { last_line, .. } => last_line,
            _ => sources.position(self.span).line,
        };
        let name = sources.name(self.span.file);
        match self.problem.told() {
            _ if matches!(self.problem, Problem::NoSpecifier | Problem::EmptyName) => {
                format!("{}\n(line -1, column -1 in <command-line option>)", self.problem)
            }
            Told::Nowhere => self.problem.to_string(),
            _ if name == super::overrides::SOURCE => self.problem.to_string(),
            Told::Below => format!("{}\n(line {line} in {})", self.problem, url(name)),
            Told::Behind => format!("{} (line {line}, in {})", self.problem, url(name)),
        }
    }
}

impl From<Finding> for Diagnostic {
    fn from(Finding { problem, span }: Finding) -> Self {
        let mut diagnostic = Self::error(problem.code(), span, problem.to_string());
        diagnostic.help = problem.help();
        diagnostic
    }
}
