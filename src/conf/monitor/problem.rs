//! Everything that can be wrong with a cluster.ini, as data; its words stand here alone.

use std::fmt;

use super::keys::{self, Place};
use crate::base::list::one_of;
use crate::base::suggest::{Meant, did_you_mean};
use crate::base::{Diagnostic, Severity, Span};
use crate::conf::namespec::namespec;

/// One thing that is wrong.
#[derive(Clone, Debug, PartialEq, Eq)]
#[expect(missing_docs, reason = "the sentence of a variant says what its fields are")]
pub enum Problem {
    /// A line before the first header.
    NoHeader,
    /// A line that is none of those that there are.
    BadLine,
    /// `%(name)s` of what there is not.
    UnknownName { name: String },
    /// `%(` without `)s`.
    BadName,
    /// Names that stand for names that stand for names.
    TooDeep,
    /// A text that grows without end.
    TooLong,
    /// Neither `zeoclients` nor `frontend`.
    NoServices,
    /// A section that is missing.
    NoSection { key: &'static str, name: String, sections: Vec<String> },
    /// A list of sections that is there, and is empty.
    EmptyList { key: &'static str },
    /// A list of sections under another name.
    MisnamedList { name: String, key: &'static str },
    /// A section that is no service, and is called nearly as one that would be read.
    MisnamedSection { name: String },
    /// A section that a list names twice.
    NamedTwice { key: &'static str, name: String, first_span: Option<Span> },
    /// Two clients where only one can listen.
    OnePlace { first: String, second: String, place: String, first_span: Option<Span> },
    /// A section that stands there again: the original read it as one.
    SectionAgain { name: String, first_span: Span },
    /// A key that stands there again, with another value: the last one counts.
    KeyAgain { name: String, section: String, first_span: Span },
    /// A key that must be there.
    Missing { section: String, key: &'static str, expected: &'static str },
    /// A value that its key does not take.
    BadValue { key: &'static str, value: String, expected: String },
    /// A word that is none of those that there are.
    BadWord { key: &'static str, value: String, words: Vec<&'static str> },
    /// A file that has to be read, and cannot be.
    BadFile { key: &'static str, path: String, expected: &'static str, why: String },
    /// A program that is not among those of a supervisor, its groups and processes.
    NoProgram { program: String, conf: String, programs: Vec<(String, String)> },
    /// A client that the balancer has at another address, by its name; or else there are servers that are nobody's.
    Elsewhere { client: String, here: String, there: Vec<String>, is_named: bool, is_port: bool },
    /// A regular expression that cannot be compiled.
    BadPattern { key: &'static str, why: String },
    /// A regular expression that finds every line critical.
    FindsAll { key: &'static str, value: String },
    /// A truth value that is read as true, as the original did.
    DoubtfulTruth { key: &'static str, value: String },
    /// A second balancer.
    SecondBalancer { first: String, second: String, first_span: Span },
    /// A key that means nothing.
    UnknownKey { name: String, section: String, place: Option<Place> },
    /// Recipients, but nobody to send mails from.
    NoSender,
    /// An address that no server would take. The other ones get their mail.
    BadAddress { key: &'static str, value: String, expected: String },
    /// Both ways to make a Varnish forget, or none.
    VarnishWays { section: String },
}

impl Problem {
    fn severity(&self) -> Severity {
        match self {
            Self::UnknownKey { .. } if self.nearest().is_some() => Severity::Warning,
            Self::UnknownKey { .. } => Severity::Info,
            Self::DoubtfulTruth { .. }
            | Self::SecondBalancer { .. }
            | Self::SectionAgain { .. }
            | Self::KeyAgain { .. }
            | Self::NoSender
            | Self::BadAddress { .. } => Severity::Warning,
            _ => Severity::Error,
        }
    }

    fn code(&self) -> &'static str {
        match self {
            Self::NoHeader | Self::BadLine => "monitor-syntax",
            Self::UnknownName { .. } | Self::BadName | Self::TooDeep | Self::TooLong => "monitor-interpolation",
            Self::NoServices | Self::NoSection { .. } | Self::EmptyList { .. } => "monitor-unknown-service",
            Self::Missing { .. } | Self::VarnishWays { .. } => "monitor-missing-key",
            Self::NoSender => "monitor-no-sender",
            Self::UnknownKey { .. } | Self::MisnamedList { .. } | Self::MisnamedSection { .. } => "monitor-unknown-key",
            Self::SecondBalancer { .. } => "monitor-second-balancer",
            _ => "monitor-bad-value",
        }
    }

    /// The help that names what was probably meant.
    fn nearest(&self) -> Option<String> {
        match self {
            Self::UnknownKey { name, place, .. } => {
                did_you_mean(name, keys::names(*place)).or_else(|| belongs(name, (*place)?))
            }
            Self::MisnamedList { key, .. } => Some(Meant::surely(*key).help()),
            Self::MisnamedSection { name } => did_you_mean(name, super::read::all_read()),
            Self::NoSection { name, sections, .. } => did_you_mean(name, sections.iter().map(String::as_str)),
            Self::NoProgram { program, programs, .. } => program_meant(program, programs),
            Self::BadWord { value, words, .. } => did_you_mean(value, words.iter().copied()),
            _ => None,
        }
    }

    /// Where that is of which there is one too many.
    fn first(&self) -> Option<Span> {
        match self {
            Self::SecondBalancer { first_span, .. }
            | Self::SectionAgain { first_span, .. }
            | Self::KeyAgain { first_span, .. } => Some(*first_span),
            Self::NamedTwice { first_span, .. } | Self::OnePlace { first_span, .. } => *first_span,
            _ => None,
        }
    }

    /// As a finding.
    pub fn at(self, span: Option<Span>) -> Diagnostic {
        let mut finding = Diagnostic::new(self.severity(), self.code(), span, self.to_string());
        if let Some(first) = self.first() {
            finding = finding.label(first, "the first");
        }
        match self.nearest() {
            Some(help) => finding.help(help),
            None => finding,
        }
    }
}

/// What a list of sections holds.
fn members(key: &str) -> &'static str {
    if key == "zeoclients" { "the sections of the clients" } else { "the sections of all other services" }
}

/// The program, or all of a group, that is nearest to a name; a process of a group is called by both.
fn program_meant(program: &str, programs: &[(String, String)]) -> Option<String> {
    let full = |(group, process): &(String, String)| namespec(group, process);
    if let Some(same) = programs.iter().find(|(_, process)| process == program) {
        return Some(Meant::surely(full(same)).help());
    }
    let groups =
        programs.iter().map(|(group, _)| if program.ends_with(":*") { format!("{group}:*") } else { group.clone() });
    let names: Vec<String> = programs.iter().map(full).chain(groups).collect();
    did_you_mean(program, names.iter().map(String::as_str))
}

/// Where a key belongs that stands in a section which holds keys of its own only.
fn belongs(name: &str, place: Place) -> Option<String> {
    let key = keys::KEYS.iter().find(|key| key.name == name)?;
    let section = match key.place {
        Place::Service => "the section of a service",
        Place::Cluster => "[cluster]",
        Place::Connect => "[connect]",
        Place::FeedCache => "[feedcache]",
    };
    matches!(place, Place::Connect | Place::FeedCache).then(|| format!("it belongs in {section}, or in [DEFAULT]"))
}

impl fmt::Display for Problem {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        match self {
            Self::NoHeader => f.write_str("expected a section, `[NAME]`, before the first key"),
            Self::BadLine => f.write_str("expected `KEY = VALUE`, `[NAME]`, or a comment"),
            Self::UnknownName { name } => {
                write!(f, "`%({name})s`: expected a key of this section or of [DEFAULT], there is no `{name}`")
            }
            Self::BadName => f.write_str("expected `%(NAME)s`; a value cannot hold `%(` otherwise"),
            Self::TooDeep => f.write_str("names stand for names more than ten deep: expected an end"),
            Self::TooLong => f.write_str("the value is longer than 1 MiB once its names are filled in"),
            Self::NoServices => {
                f.write_str("expected `zeoclients` or `frontend` in [cluster]: there is nothing to watch")
            }
            Self::EmptyList { key } => write!(f, "`{key}` is empty: expected {}, between commas", members(key)),
            Self::MisnamedList { name, key } => write!(
                f,
                "[cluster] has a key `{name}`, which means nothing, and no `{key}`: expected {}, between commas",
                members(key)
            ),
            Self::NamedTwice { key, name, .. } => {
                write!(f, "`{key}` names {name} twice: expected each section once, or the name of another one")
            }
            Self::OnePlace { first, second, place, .. } => {
                write!(f, "[{second}] is at {place}, as [{first}] is: expected a port of its own for each client")
            }
            Self::SectionAgain { name, .. } => {
                write!(
                    f,
                    "[{name}] stands there again, which counts as one section: expected another name, or one header"
                )
            }
            Self::KeyAgain { name, section, .. } => {
                write!(f, "[{section}] has `{name}` again, and only the last one counts: expected it once")
            }
            // The original's words.
            Self::NoSection { key: "zeoclients", name, .. } => {
                write!(f, "there is no zeoclients named {name}, please check your configuration file")
            }
            Self::NoSection { key, name, .. } => {
                write!(f, "there is no {key} named {name}, please check your configuration file")
            }
            Self::MisnamedSection { name } => write!(f, "no list names [{name}] as a service: nothing reads it"),
            Self::Missing { section, key, expected } => write!(f, "[{section}] has no `{key}`: expected {expected}"),
            Self::BadValue { key, value, expected } | Self::BadAddress { key, value, expected } => {
                write!(f, "`{key}` is `{value}`: expected {expected}")
            }
            Self::BadWord { key, value, words } => write!(f, "`{key}` is `{value}`: expected {}", one_of(words)),
            Self::BadFile { key, path, expected, why } => {
                write!(f, "`{key}` names `{path}`: expected {expected} that can be read; {why}")
            }
            Self::NoProgram { program, conf, .. } => {
                write!(f, "there is no program `{program}` in {conf}: expected one of its programs or groups")
            }
            Self::Elsewhere { client, here, there, is_named: true, .. } => {
                write!(
                    f,
                    "{client} is at {here}, and the balancer has it at {}: expected one address",
                    there.join(", ")
                )
            }
            Self::Elsewhere { client, here, there, .. } => write!(
                f,
                "{client} is at {here}, where the balancer has no server; it has {}, which is no client: expected one address",
                there.join(", ")
            ),
            Self::BadPattern { key, why } => write!(f, "`{key}` is no regular expression: {why}"),
            Self::FindsAll { key, value } => write!(
                f,
                "`{key}` is `{value}`, which finds every line critical, even an empty one: expected something between each `|`"
            ),
            Self::DoubtfulTruth { key, value } => {
                write!(f, "`{key}` is `{value}`, which counts as true: expected `true` or `false`")
            }
            Self::SecondBalancer { first, second, .. } => {
                write!(f, "[{second}] is a second balancer: clients are only taken out of [{first}]")
            }
            Self::UnknownKey { name, section, .. } => write!(f, "[{section}] has a key `{name}`, which means nothing"),
            Self::NoSender => {
                f.write_str("`toaddrs` without `fromaddr`: no mail can be sent; expected the sender of mails")
            }
            Self::VarnishWays { section } => {
                write!(f, "[{section}] has no `admin` and no `purge_url`: expected one of them, to purge the cache by")
            }
        }
    }
}
