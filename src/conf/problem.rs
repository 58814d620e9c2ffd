//! Everything that can be wrong with a conf, as data. The message of a problem is, where the original knows the
//! problem, the original's own text, as users and their scripts know it; the place and the help are ours.

use std::fmt;
use std::rc::Rc;

use super::events::EVENT_TYPES;
use super::options::Type;
use super::python::repr;
use super::values::{LOG_LEVELS, nearest_byte_size};
use super::{options, signals};
use crate::base::list::one_of;
use crate::base::suggest::{Meant, did_you_mean, nearest};
use crate::base::{Diagnostic, Span};

/// A line that cannot be read.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct BadLine {
    /// Its number, from 1.
    pub number: usize,
    /// All of it, with its line end.
    pub text: String,
    /// What stands on it.
    pub span: Span,
}

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sentence of a variant says what its fields are")]
pub enum Problem {
    /// A line before the first section header.
    NoSectionHeader { file: String, line: usize, text: String },
    /// Lines that are neither a header nor an option: number and text of each.
    BadLines { file: String, lines: Vec<BadLine> },
    /// An included file cannot be read.
    Unreadable { path: String, why: String },
    /// `[include]` without `files`.
    IncludeWithoutFiles,
    /// The section of the daemon or of its client is missing.
    NoMainSection { section: options::Section },

    /// Not an integer.
    NotAnInteger { text: String },
    /// Not a number of bytes: what should be the number, and all of it.
    NotAByteSize { number: String, text: String },
    /// A number of more digits than Python reads.
    IntegerTooLong { digits: usize },
    /// Not a truth value.
    NotABoolean { text: String },
    /// Not a number in base 8.
    NotOctal { text: String },
    /// Not a list of numbers 0 to 255.
    NotExitCodes { text: String },
    /// No signal has this name.
    UnknownSignalName { text: String },
    /// No signal has this number.
    UnknownSignalNumber { text: String },
    /// A name with a character that is special elsewhere.
    InvalidName { name: String, character: char },
    /// No level has this name.
    UnknownLogLevel { text: String },
    /// Neither a truth value nor `unexpected`.
    BadAutorestart { text: String },
    /// A port alone that is none.
    BadPort { text: String },
    /// `HOST:` without a port.
    NoPort,
    /// A number that is too low.
    BelowBound { number: i64, bound: i64 },
    /// A number that is too high.
    AboveBound { number: i64, bound: i64 },
    /// `socket_backlog` out of range.
    BadBacklog { number: i64 },
    /// `environment` does not come in `KEY=value` pairs.
    EnvironmentEnd { text: String },
    /// A quote in `environment` is not closed.
    NoClosingQuotation,
    /// Neither `tcp://host:port` nor `unix:///path`.
    BadSocketFormat { text: String },
    /// `unix://` with a relative path.
    RelativeSocketPath { path: String },

    /// A name in `%(name)s` is not known.
    UnknownExpansion { text: String, label: String, name: String, available: Vec<String> },
    /// A `%` that starts no conversion.
    BadFormat { text: String, label: String, reason: String },

    /// A program-like section without `command`.
    NoCommand { section: String },
    /// `numprocs` above 1, but all processes would have one name.
    NoProcessNum,
    /// More processes than the reader makes.
    TooManyProcesses { number: i64, limit: i64 },
    /// `stopasgroup` without `killasgroup`.
    StopButNotKillAsGroup,
    /// A group names no program.
    UnknownProgram { section: String, program: String, nearest: Option<Meant>, known: Rc<[String]> },
    /// A group names a program that exists twice.
    AmbiguousProgram { section: String, program: String },
    /// An event listener without `events`.
    NoEvents { section: String },
    /// Not an event type.
    UnknownEventType { name: String, section: String },
    /// `buffer_size` below 1.
    BadBufferSize { section: String, size: i64 },
    /// An event listener with `redirect_stderr`.
    ListenerRedirects { section: String },
    /// A `FastCGI` program without `socket`.
    NoSocket { section: String },
    /// Owner or mode of a TCP socket.
    OwnerOfTcpSocket,
    /// A problem of `socket`.
    InSocket { section: String, problem: Box<Problem> },
    /// An octal number that has a message of its own: `chmod`, `socket_mode`.
    BadMode { option: &'static str, text: String },
    /// A server without its address.
    NoAddress { section: String, option: &'static str },
    /// A user name without a password, or the other way round.
    IncompleteAuth { section: String },
    /// A plugin without its function.
    NoFactory { section: String, option: &'static str },
    /// A problem within the options of a program.
    Within { section: String, file: String, problem: Box<Problem> },

    /// The folder is not there.
    NotADirectory { path: String },
    /// The folder of the file is not there.
    NoParentDirectory { path: String },
    /// The user is not known.
    UnknownUser { name: String, is_number: bool },
    /// An owner that is not known: `chown`, `socket_owner`.
    UnknownOwner { option: &'static str, text: String },
    /// The Python function is not built in.
    Unresolved { spec: String, section: String },

    /// The file format cannot express this value.
    InexpressibleValue { value: String, reason: &'static str },
    /// The language of `environment` cannot express this variable.
    InexpressibleVariable { key: String, reason: &'static str },
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoSectionHeader { file, line, text } => {
                let (file, text) = (repr(file), repr(text));
                write!(f, "File contains no section headers.\nfile: {file}, line: {line}\n{text}")
            }
            Self::BadLines { file, lines } => {
                write!(f, "Source contains parsing errors: {}", repr(file))?;
                lines.iter().try_for_each(|line| write!(f, "\n\t[line {:>2}]: {}", line.number, repr(&line.text)))
            }
            Self::Unreadable { path, why } => write!(f, "could not read config file {path}: {why}"),
            Self::IncludeWithoutFiles => f.write_str(".ini file has [include] section, but no files setting"),
            Self::NoMainSection { section } => write!(f, ".ini file does not include {} section", section.word()),
            Self::NotAnInteger { text } | Self::NotAByteSize { number: text, .. } => {
                let shown: String = repr(text).chars().take(200).collect();
                write!(f, "invalid literal for int() with base 10: {shown}")
            }
            Self::IntegerTooLong { digits } => write!(
                f,
                "Exceeds the limit (4300 digits) for integer string conversion: value has {digits} digits; use \
                 sys.set_int_max_str_digits() to increase the limit"
            ),
            Self::NotABoolean { text } => write!(f, "not a valid boolean value: {}", repr(text)),
            Self::NotOctal { text } => write!(f, "{text} can not be converted to an octal type"),
            Self::NotExitCodes { text } => write!(f, "not a valid list of exit codes: {}", repr(text)),
            Self::UnknownSignalName { text } => write!(f, "value {} is not a valid signal name", repr(text)),
            Self::UnknownSignalNumber { text } => write!(f, "value {} is not a valid signal number", repr(text)),
            Self::InvalidName { name, character } => {
                write!(f, "Invalid name: {} because of character: '{character}'", repr(name))
            }
            Self::UnknownLogLevel { text } => write!(f, "bad logging level name {}", repr(text)),
            Self::BadAutorestart { text } => write!(f, "invalid 'autorestart' value {}", repr(text)),
            // The blank at the end is the original's.
            Self::BadPort { text } => write!(f, "not a valid port number: {} ", repr(text)),
            Self::NoPort => f.write_str("no port number specified in ''"),
            Self::BelowBound { number, bound } => write!(f, "{number} is below lower bound ({bound})"),
            Self::AboveBound { number, bound } => write!(f, "{number} is above upper bound ({bound})"),
            Self::BadBacklog { number } => write!(f, "Invalid socket_backlog value {number}"),
            Self::EnvironmentEnd { text } => write!(f, "Unexpected end of key/value pairs in value '{text}'"),
            Self::NoClosingQuotation => f.write_str("No closing quotation"),
            // A tuple of Python, as the original prints it.
            Self::BadSocketFormat { text } => write!(f, "('Bad socket format %s', {})", repr(text)),
            Self::RelativeSocketPath { path } => {
                write!(f, "('Unix socket path %s is not an absolute path', {})", repr(path))
            }
            Self::UnknownExpansion { text, label, name, available } => {
                let (text, label, name) = (repr(text), repr(label), repr(name));
                write!(f, "Format string {text} for {label} contains names ({name}) which cannot be expanded. ")?;
                write!(f, "Available names: {}", available.join(", "))
            }
            Self::BadFormat { text, label, reason } => {
                write!(f, "Format string {} for {} is badly formatted: {reason}", repr(text), repr(label))
            }
            Self::NoCommand { section } => write!(f, "program section {section} does not specify a command"),
            Self::NoProcessNum => f.write_str("%(process_num) must be present within process_name when numprocs > 1"),
            Self::TooManyProcesses { number, limit } => {
                write!(f, "{number} processes are more than the limit of {limit}")
            }
            Self::StopButNotKillAsGroup => f.write_str("Cannot set stopasgroup=true and killasgroup=false"),
            Self::UnknownProgram { section, program, .. } => {
                write!(f, "[{section}] names unknown program or fcgi-program {program}")
            }
            Self::AmbiguousProgram { section, program } => {
                write!(f, "[{section}] name {program} is ambiguous (exists as program and fcgi-program)")
            }
            Self::NoEvents { section } => write!(f, "[{section}] section requires an \"events\" line"),
            Self::UnknownEventType { name, section } => write!(f, "Unknown event type {name} in [{section}] events"),
            Self::BadBufferSize { section, size } => {
                write!(f, "[{section}] section sets invalid buffer_size ({size})")
            }
            Self::ListenerRedirects { section } => write!(
                f,
                "[{section}] section sets redirect_stderr=true but this is not allowed because it will interfere \
                 with the eventlistener protocol"
            ),
            Self::NoSocket { section } => write!(f, "[{section}] section requires a \"socket\" line"),
            Self::OwnerOfTcpSocket => {
                f.write_str("socket_owner and socket_mode params should only be used with a Unix domain socket")
            }
            Self::InSocket { section, problem } => write!(f, "{problem} in [{section}] socket"),
            Self::BadMode { option, text } | Self::UnknownOwner { option, text } => {
                write!(f, "Invalid {option} value {text}")
            }
            Self::NoAddress { section, option } => write!(f, "section [{section}] has no {option} value"),
            Self::IncompleteAuth { section } => write!(
                f,
                "Section [{section}] contains incomplete authentication: If a username or a password is specified, \
                 both the username and password must be specified"
            ),
            Self::NoFactory { section, option } => write!(f, "section [{section}] does not specify a {option}"),
            Self::Within { section, file, problem } => {
                write!(f, "{problem} in section {} (file: {})", repr(section), repr(file))
            }
            Self::NotADirectory { path } => write!(f, "{path} is not an existing directory"),
            Self::NoParentDirectory { path } => {
                write!(f, "The directory named as part of the path {path} does not exist")
            }
            Self::UnknownUser { name, is_number: false } => write!(f, "Invalid user name {name}"),
            Self::UnknownUser { name, is_number: true } => write!(f, "Invalid user id {name}"),
            Self::Unresolved { spec, section } => write!(f, "{spec} cannot be resolved within [{section}]"),
            Self::InexpressibleValue { reason, .. } => write!(f, "cannot be written: {reason}"),
            Self::InexpressibleVariable { key, reason } => {
                write!(f, "variable `{key}` cannot be written: {reason}")
            }
        }
    }
}

impl Problem {
    /// The stable name of the rule.
    pub fn code(&self) -> &'static str {
        match self {
            Self::NoSectionHeader { .. } | Self::BadLines { .. } => "conf-syntax",
            Self::Unreadable { .. } => "conf-unreadable",
            Self::IncludeWithoutFiles
            | Self::NoMainSection { .. }
            | Self::NoCommand { .. }
            | Self::NoEvents { .. }
            | Self::NoSocket { .. }
            | Self::NoAddress { .. }
            | Self::NoFactory { .. } => "conf-missing",
            Self::UnknownExpansion { .. } | Self::BadFormat { .. } => "conf-expansion",
            Self::UnknownProgram { .. } | Self::AmbiguousProgram { .. } => "conf-unknown-program",
            Self::NoProcessNum
            | Self::StopButNotKillAsGroup
            | Self::ListenerRedirects { .. }
            | Self::OwnerOfTcpSocket
            | Self::IncompleteAuth { .. } => "conf-conflict",
            Self::NotADirectory { .. } | Self::NoParentDirectory { .. } => "conf-no-directory",
            Self::UnknownUser { .. } | Self::UnknownOwner { .. } => "conf-no-user",
            Self::Unresolved { .. } => "conf-foreign-function",
            Self::InexpressibleValue { .. } | Self::InexpressibleVariable { .. } => "conf-inexpressible",
            Self::InSocket { problem, .. } | Self::Within { problem, .. } => problem.code(),
            _ => "conf-value",
        }
    }

    /// The variable of the environment that an expansion asks for in vain.
    pub fn unset_variable(&self) -> Option<&str> {
        match self {
            Self::UnknownExpansion { name, .. } => name.strip_prefix("ENV_"),
            Self::InSocket { problem, .. } | Self::Within { problem, .. } => problem.unset_variable(),
            _ => None,
        }
    }

    /// Without what says where it is.
    pub fn innermost_mut(&mut self) -> &mut Self {
        match self {
            Self::InSocket { problem, .. } | Self::Within { problem, .. } => problem.innermost_mut(),
            problem => problem,
        }
    }

    /// Takes the variables of the environment out of the names that could be expanded.
    fn forget_variables(&mut self) {
        match self {
            Self::UnknownExpansion { available, .. } => available.retain(|name| !name.starts_with("ENV_")),
            Self::InSocket { problem, .. } | Self::Within { problem, .. } => problem.forget_variables(),
            _ => {}
        }
    }

    /// What would be right, one line each.
    pub fn help(&self) -> Vec<String> {
        let expected = |ty: Type| vec![format!("expected {}", ty.description())];
        match self {
            Self::NoSectionHeader { text, .. } if text.starts_with('\u{feff}') => {
                vec![
                    "the file starts with a byte order mark, which Python takes for text: save it as UTF-8 without one"
                        .into(),
                ]
            }
            Self::NoSectionHeader { .. } => vec!["options stand below a section header such as `[supervisord]`".into()],
            Self::BadLines { .. } => {
                vec!["a line is `[section]`, `option = value`, a comment, or, indented, the rest of a value".into()]
            }
            Self::IncludeWithoutFiles => vec!["add `files = conf.d/*.conf`".into()],
            Self::NoMainSection { section } => vec![format!("add `[{}]`; it may be empty", section.word())],
            Self::NotAnInteger { .. } => expected(Type::Integer),
            Self::NotAByteSize { text, .. } => {
                let nearest = nearest_byte_size(text).map(|size| Meant::surely(size).help());
                nearest.into_iter().chain(expected(Type::ByteSize)).collect()
            }
            Self::NotABoolean { text } => {
                nearest(text, BOOLEANS).map_or_else(|| expected(Type::Boolean), |meant| vec![meant.help()])
            }
            Self::NotOctal { .. } | Self::BadMode { .. } => expected(Type::Octal),
            Self::NotExitCodes { .. } => expected(Type::ExitCodes),
            Self::UnknownSignalName { text } => {
                let name = text.trim().to_uppercase();
                let name = name.strip_prefix("SIG").unwrap_or(&name);
                did_you_mean(name, signals::names()).map_or_else(|| expected(Type::Signal), |help| vec![help])
            }
            Self::UnknownSignalNumber { .. } => expected(Type::Signal),
            Self::UnknownLogLevel { text } => {
                let names = LOG_LEVELS.map(|(name, _)| name);
                did_you_mean(text, names).map_or_else(|| expected(Type::LogLevel), |help| vec![help])
            }
            Self::BadAutorestart { text } => {
                let words = BOOLEANS.into_iter().chain(["unexpected"]);
                nearest(text, words).map_or_else(|| expected(Type::Autorestart), |meant| vec![meant.help()])
            }
            Self::BadPort { .. } | Self::NoPort => expected(Type::InetAddress),
            Self::BadBacklog { .. } => expected(Type::Backlog),
            Self::EnvironmentEnd { .. } => {
                vec!["write `KEY=\"value\",KEY2=\"value\"`; only letters, digits and `_/.+-():` need no quotes".into()]
            }
            Self::NoClosingQuotation => expected(Type::Environment),
            Self::BadSocketFormat { .. } | Self::RelativeSocketPath { .. } => expected(Type::Socket),
            Self::UnknownExpansion { name, available, .. } => {
                did_you_mean(name, available.iter().map(String::as_str)).into_iter().collect()
            }
            Self::BadFormat { .. } => vec!["a `%` that is meant as such is written `%%`".into()],
            Self::NoProcessNum => vec!["write `process_name = %(program_name)s_%(process_num)02d`".into()],
            Self::Unresolved { .. } => {
                vec![
                    "only Supervisor's own functions are built in; to keep a Python plugin, run Python's Supervisor \
                     with this file, as `runtime = \"python\"` makes the scripts of a manifest do"
                        .into(),
                ]
            }
            Self::StopButNotKillAsGroup => vec!["leave `killasgroup` out; it follows `stopasgroup`".into()],
            Self::UnknownProgram { nearest, known, .. } => unknown_program(nearest.as_ref(), known),
            Self::UnknownEventType { name, .. } => {
                did_you_mean(name, EVENT_TYPES.iter().copied()).into_iter().collect()
            }
            Self::InSocket { problem, .. } | Self::Within { problem, .. } => problem.help(),
            _ => Vec::new(),
        }
    }
}

fn unknown_program(nearest: Option<&Meant>, known: &[String]) -> Vec<String> {
    match nearest {
        Some(meant) => vec![meant.help()],
        None if known.is_empty() => vec!["the file has no programs".into()],
        None if known.len() <= 10 => vec![format!("the programs are {}", one_of(known))],
        None => Vec::new(),
    }
}

/// The words that are told of those that a boolean may be.
const BOOLEANS: [&str; 2] = ["true", "false"];

/// A problem and its place.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Finding {
    /// What is wrong.
    pub problem: Problem,
    /// Where; none for what is missing from the file as a whole.
    pub span: Option<Span>,
}

impl Finding {
    /// `problem` at `span`.
    pub fn new(problem: Problem, span: impl Into<Option<Span>>) -> Self {
        Self { problem, span: span.into() }
    }

    /// As those show it who check a text. The original lists all names that could have been meant; here only the nearest of
    /// the environment's is told, as there are many, and some tell too much.
    pub fn shown(mut self) -> Diagnostic {
        let help = self.problem.help();
        self.problem.forget_variables();
        Diagnostic { help, ..self.into() }
    }
}

impl From<Finding> for Diagnostic {
    fn from(Finding { problem, span }: Finding) -> Self {
        let mut diagnostic = Self::error(problem.code(), span, problem.to_string());
        if let Problem::BadLines { lines, .. } = &problem {
            let others = lines.iter().skip(1);
            diagnostic = others.fold(diagnostic, |d, line| d.label(line.span, "this line, too"));
        }
        diagnostic.help = problem.help();
        diagnostic
    }
}
