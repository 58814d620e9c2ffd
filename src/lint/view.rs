//! What a rule sees of a configuration: its sections as written, and how they were read.
//!
//! A rule asks a [`Block`] for an option's value as it is in force. Where that depends on what is not known here, such as
//! a variable of the daemon's environment, there is no answer, and the rule has nothing to say.

use std::borrow::Cow;
use std::cell::OnceCell;

use super::settings::Settings;
use crate::base::seams::Here;
use crate::base::{Edit, Sources, Span};
use crate::conf::command::{self, Word};
use crate::conf::expand;
use crate::conf::include::{Context, Loaded};
use crate::conf::ini::{self, Ini};
use crate::conf::options::{self, Section};
use crate::conf::problem::Finding;
use crate::conf::read::{self, ClientReading, Reading};
use crate::conf::values;
use crate::conf::zconfig::tree;
use crate::conf::zconfig::zdaemon;

/// What is known besides the texts.
#[derive(Clone, Copy)]
pub struct Given<'a> {
    /// What the user wants.
    pub settings: &'a Settings,
    /// What reading depends on.
    pub context: Context<'a>,
    /// The host that is to run it, if that is this one.
    pub here: Option<&'a dyn Here>,
}

/// A supervisord.conf with all that it includes.
pub struct Conf<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// Its sections as written.
    pub ini: &'a Ini<'a>,
    /// Its files.
    pub loaded: &'a Loaded,
    /// What they mean.
    pub reading: &'a Reading,
    /// What they mean to supervisorctl, which reads no other file; none where they have nothing for it.
    pub client: Option<ClientReading>,
    /// Whether it is a piece that another file includes: what that one holds is not known.
    pub is_fragment: bool,
    /// Whether all that it includes has been read.
    pub is_whole: bool,
    /// What is known besides.
    pub given: Given<'a>,
    /// What its sections are, by their number: asked for by every rule.
    pub(super) kinds: Vec<Option<(Section, &'a str)>>,
    /// The words of their commands, once a rule has asked for them.
    pub(super) words: Vec<OnceCell<Option<Vec<Placed>>>>,
}

impl<'a> Conf<'a> {
    /// One that is all of a configuration.
    pub fn new(
        sources: &'a Sources,
        ini: &'a Ini<'a>,
        loaded: &'a Loaded,
        reading: &'a Reading,
        given: Given<'a>,
    ) -> Self {
        let kind =
            |section: &ini::Section<'a>| Section::of(section.name).map(|(kind, name)| (kind, name.unwrap_or_default()));
        let kinds: Vec<_> = ini.sections().iter().map(kind).collect();
        let words = vec![OnceCell::new(); kinds.len()];
        let client = client(ini, loaded, given);
        Self { sources, ini, loaded, reading, client, is_fragment: false, is_whole: true, given, kinds, words }
    }

    /// Its sections of a known kind, in order.
    pub fn blocks(&'a self) -> impl Iterator<Item = Block<'a>> {
        self.ini.sections().iter().zip(&self.kinds).enumerate().filter_map(|(number, (section, kind))| {
            let (kind, name) = (*kind)?;
            Some(Block { conf: self, kind, name, section, number, place: section.span? })
        })
    }

    /// Its sections of one kind.
    pub fn of(&'a self, kind: Section) -> impl Iterator<Item = Block<'a>> {
        self.blocks().filter(move |block| block.kind == kind)
    }

    /// Its sections that run a command.
    pub fn programs(&'a self) -> impl Iterator<Item = Block<'a>> {
        self.blocks().filter(|block| block.kind.is_program_like())
    }

    /// Its servers.
    pub fn servers(&'a self) -> impl Iterator<Item = Block<'a>> {
        self.blocks().filter(|block| matches!(block.kind, Section::InetHttpServer | Section::UnixHttpServer))
    }

    /// Whether all of the configuration is known.
    pub fn is_all(&self) -> bool {
        !self.is_fragment && self.is_whole
    }

    /// The whole line that `span` begins on, with its line end.
    pub fn line(&self, span: Span) -> Span {
        line(self.sources, span)
    }

    /// The line of an option with those that continue it: what goes when it is deleted.
    pub fn lines_of(&self, setting: &ini::Setting<'_>) -> Span {
        let last = setting.value.span();
        let end = if last.end > last.start { Span { start: last.end - 1, ..last } } else { last };
        self.line(setting.name_span).to(self.line(end))
    }
}

/// What the sections of supervisorctl mean, if the main file has them. What is wrong with the others is found anyway.
fn client(ini: &Ini<'_>, loaded: &Loaded, given: Given<'_>) -> Option<ClientReading> {
    let start = loaded.start()?;
    let is_clients = |section: &ini::Section<'_>| {
        matches!(Section::of(section.name), Some((Section::Supervisorctl | Section::CtlPlugin, _)))
            && section.span.is_some_and(|span| span.file == start.file)
    };
    ini.sections().iter().find(|section| is_clients(section))?;
    let mut reading = read::read_client_of(ini, start, loaded.path(start.file), &given.context);
    let is_own = |finding: &Finding| finding.span.is_some_and(|span| span.file == start.file && span != start);
    reading.errors.retain(|finding| is_own(finding) && !ini.problems().contains(finding));
    reading.checks.retain(|check| is_own(&check.finding));
    Some(reading)
}

/// The whole line that `span` begins on, with its line end.
pub fn line(sources: &Sources, span: Span) -> Span {
    let text = sources.text(span.file);
    let at = span.range().start.min(text.len());
    let start = text.as_bytes()[..at].iter().rposition(|b| matches!(b, b'\n' | b'\r')).map_or(0, |n| n + 1);
    let end = text.as_bytes()[at..].iter().position(|b| matches!(b, b'\n' | b'\r')).map(|n| at + n);
    let end = end.map_or(text.len(), |end| end + if text[end..].starts_with("\r\n") { 2 } else { 1 });
    Span::new(span.file, start, end)
}

/// One section.
#[derive(Clone, Copy)]
pub struct Block<'v> {
    /// Where it stands.
    pub conf: &'v Conf<'v>,
    /// What it is.
    pub kind: Section,
    /// What follows the colon.
    pub name: &'v str,
    /// As written.
    pub section: &'v ini::Section<'v>,
    /// Its number among all.
    number: usize,
    /// The place of its header.
    pub place: Span,
}

impl<'v> Block<'v> {
    /// Its header, as messages name it.
    pub fn header(&self) -> &'v str {
        self.section.name
    }

    /// A value as written, if the option is set.
    pub fn value(&self, option: &str) -> Option<&'v ini::Value<'v>> {
        self.conf.ini.get_in(self.section, option)
    }

    /// Its text.
    pub fn text(&self, option: &str) -> Option<Cow<'v, str>> {
        self.value(option).map(ini::Value::text)
    }

    /// Where its value stands; the header where it is not set.
    pub fn place_of(&self, option: &str) -> Span {
        self.value(option).map_or(self.place, ini::Value::span)
    }

    /// The option as written, if it stands in this section itself.
    pub fn setting(&self, option: &str) -> Option<&'v ini::Setting<'v>> {
        self.section.get(option)
    }

    /// The text in force; none where the option has neither a value nor a default, or depends on what is not known.
    pub fn known(&self, option: &str) -> Option<Cow<'v, str>> {
        let default = || options::find(self.kind, option).and_then(|opt| opt.default).map(Cow::Borrowed);
        self.text(option).or_else(default).filter(|text| !text.contains('%'))
    }

    /// As [`Self::known`], with the names that are known of a program filled in, so that texts of different programs can be
    /// compared.
    pub fn filled(&self, option: &str) -> Option<Cow<'v, str>> {
        let text = self.text(option)?;
        let names = expand::names(&text);
        if names.is_empty() && !text.contains('%') {
            return Some(text);
        }
        let mut out = String::new();
        let mut at = 0;
        for (name, range) in names {
            out.push_str(&text[at..range.start]);
            match name {
                "program_name" => out.push_str(self.name),
                // The same for all; or else the process has its own.
                "here" | "host_node_name" | "process_num" => out.push_str(&text[range.clone()]),
                _ => return None,
            }
            at = range.end;
        }
        out.push_str(&text[at..]);
        Some(Cow::Owned(out))
    }

    /// A number in force.
    pub fn integer(&self, option: &str) -> Option<i64> {
        values::integer(&self.known(option)?).ok()
    }

    /// A truth value in force.
    pub fn boolean(&self, option: &str) -> Option<bool> {
        values::boolean(&self.known(option)?).ok()
    }

    /// A number of bytes in force.
    pub fn bytes(&self, option: &str) -> Option<i64> {
        values::byte_size(&self.known(option)?).ok()
    }

    /// The words of its command, each with its place.
    pub fn words(&self) -> Option<&'v [Placed]> {
        self.conf.words[self.number].get_or_init(|| self.split()).as_deref()
    }

    fn split(&self) -> Option<Vec<Placed>> {
        let value = self.value("command")?;
        let words = command::words(&value.text()).ok()?;
        let places = value.places();
        Some(words.into_iter().map(|word| Placed::new(word, |start, end| places.part(start, end))).collect())
    }

    /// An edit that adds a line to it, behind `option` if that stands in it, or else behind its header.
    pub fn insert(&self, option: Option<&str>, added: &str) -> Edit {
        let after = option.and_then(|name| self.setting(name)).map(|setting| self.conf.lines_of(setting));
        let header = self.conf.line(self.place);
        let (after, sources) = (after.unwrap_or(header), self.conf.sources);
        let first = sources.slice(after);
        let indent = &first[..first.len() - first.trim_start_matches([' ', '\t']).len()];
        let end = if sources.slice(header).ends_with("\r\n") { "\r\n" } else { "\n" };
        let text = if first.ends_with(['\n', '\r']) {
            format!("{indent}{added}{end}")
        } else {
            format!("{end}{indent}{added}")
        };
        Edit { span: Span { start: after.end, ..after }, text }
    }
}

/// A word of a command line and its place.
#[derive(Clone, Debug)]
pub struct Placed {
    /// Without quotes.
    pub text: String,
    /// Whether any of it is quoted.
    pub is_quoted: bool,
    /// Where it stands.
    pub span: Span,
}

impl Placed {
    /// `part` gives places in the text that the words are of.
    pub fn new(word: Word, part: impl Fn(usize, usize) -> Span) -> Self {
        Self { span: part(word.range.start, word.range.end), text: word.text, is_quoted: word.is_quoted }
    }
}

/// A zdaemon.conf.
pub struct Daemon<'a> {
    /// All texts.
    pub sources: &'a Sources,
    /// As written.
    pub top: &'a tree::Section,
    /// What it means.
    pub reading: &'a zdaemon::Reading,
    /// What is known besides.
    pub given: Given<'a>,
}

impl Daemon<'_> {
    /// A key of `<runner>`.
    pub fn key(&self, name: &str) -> Option<&tree::Key> {
        self.top.section("runner")?.key(name)
    }

    /// The words of a command of `<runner>`, each with its place.
    pub fn words(&self, name: &str) -> Option<Vec<Placed>> {
        let key = self.key(name)?;
        let is_as_written = self.sources.slice(key.value_span) == key.value;
        let place = |at, length| if is_as_written { key.value_span.part(at, at + length) } else { key.value_span };
        let pieces =
            key.value.split_whitespace().map(|word| (word.as_ptr() as usize - key.value.as_ptr() as usize, word));
        let placed =
            |(at, word): (usize, &str)| Placed { text: word.to_owned(), is_quoted: false, span: place(at, word.len()) };
        (!key.value.starts_with('[')).then(|| pieces.map(placed).collect())
    }
}
