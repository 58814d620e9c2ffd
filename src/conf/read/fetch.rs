//! Fetching an option: from its section, from `[DEFAULT]`, or its default; expanded and converted.

use std::borrow::Cow;

use super::sink::Sink;
use crate::base::Span;
use crate::conf::check::{Question, unknown_user};
use crate::conf::expand::{Label, Scope, expand};
use crate::conf::factory;
use crate::conf::include::Context;
use crate::conf::ini::{self, Ini};
use crate::conf::options::{self, Section};
use crate::conf::path;
use crate::conf::problem::{Finding, Problem};
use crate::conf::values;

/// A value and its place; no place for a default.
pub(super) struct Fetched<'v> {
    pub(super) text: Cow<'v, str>,
    pub(super) span: Option<Span>,
    /// As written, if it is.
    value: Option<&'v ini::Value<'v>>,
}

impl<'v> Fetched<'v> {
    /// A text that is not an option's own.
    pub(super) fn of(text: &'v str, span: Option<Span>) -> Self {
        Self { text: Cow::Borrowed(text), span, value: None }
    }

    /// The place of a part of the text; of all of it where it is not the text as written.
    pub(super) fn part(&self, start: usize, length: usize) -> Option<Span> {
        match self.value {
            Some(value) if value.text() == self.text => Some(value.part(start, start + length)),
            _ => self.span,
        }
    }

    /// Problems of it have its place.
    pub(super) fn located<T>(&self, result: Result<T, Problem>) -> Result<T, Finding> {
        result.map_err(|problem| Finding::new(problem, self.span))
    }
}

/// The options of one section.
#[derive(Clone, Copy)]
pub(super) struct Options<'r> {
    pub(super) ini: &'r Ini<'r>,
    pub(super) kind: Section,
    pub(super) section: &'r ini::Section<'r>,
}

impl<'r> Options<'r> {
    /// The header.
    pub(super) fn header(&self) -> &'r str {
        self.section.name
    }

    fn default(&self, name: &str) -> Option<&'static str> {
        options::find(self.kind, name).and_then(|opt| opt.default)
    }

    /// An option as written, or its default.
    pub(super) fn raw(&self, name: &str) -> Option<Fetched<'r>> {
        if let Some(value) = self.ini.get_in(self.section, name) {
            return Some(Fetched { text: value.text(), span: Some(value.span()), value: Some(value) });
        }
        self.default(name).map(|default| Fetched::of(default, None))
    }

    /// With `scope` and `sink`, for a series of options.
    pub(super) fn with<'g>(self, scope: &'g Scope<'g>, sink: &'g mut Sink) -> Fetch<'g, 'r> {
        Fetch { options: self, scope, sink }
    }
}

/// Fetches options of one section; what is wrong with them goes to the sink.
pub(super) struct Fetch<'g, 'r> {
    pub(super) options: Options<'r>,
    scope: &'g Scope<'g>,
    pub(super) sink: &'g mut Sink,
}

impl<'r> Fetch<'_, 'r> {
    /// The expanded text.
    pub(super) fn text(&mut self, name: &str) -> Option<Fetched<'r>> {
        let raw = self.options.raw(name)?;
        self.expanded(&raw, Label::Option { section: self.options.header(), option: name })
    }

    /// The text, expanded once more under a label of its own.
    pub(super) fn text_twice(&mut self, name: &str) -> Option<Fetched<'r>> {
        let once = self.text(name)?;
        self.expanded(&once, Label::Bare(name))
    }

    /// `raw`, expanded.
    pub(super) fn expanded(&mut self, raw: &Fetched<'r>, label: Label<'_>) -> Option<Fetched<'r>> {
        let expanded = match &raw.text {
            Cow::Borrowed(text) => raw.located(expand(text, self.scope, label)),
            Cow::Owned(text) => raw.located(expand(text, self.scope, label).map(|t| Cow::Owned(t.into_owned()))),
        };
        let text = self.sink.take(expanded)?;
        Some(Fetched { text, span: raw.span, value: raw.value })
    }

    /// The expanded text, owned.
    pub(super) fn string(&mut self, name: &str) -> Option<String> {
        self.text(name).map(|fetched| fetched.text.into_owned())
    }

    /// The converted value, if it is set and right.
    pub(super) fn value<T>(&mut self, name: &str, convert: impl Fn(&str) -> Result<T, Problem>) -> Option<T> {
        let fetched = self.text(name)?;
        let value = fetched.located(convert(&fetched.text));
        self.sink.take(value)
    }

    /// The converted value; that of the default, in which nothing is to be expanded, where it is not set or wrong.
    fn or_default<T: Default>(&mut self, name: &str, convert: impl Fn(&str) -> Result<T, Problem> + Copy) -> T {
        let default = |options: Options<'_>| convert(options.default(name)?).ok();
        let is_set = self.options.ini.get_in(self.options.section, name).is_some();
        let set = if is_set { self.value(name, convert) } else { None };
        set.or_else(|| default(self.options)).unwrap_or_default()
    }

    pub(super) fn integer(&mut self, name: &str) -> i64 {
        self.or_default(name, values::integer)
    }

    pub(super) fn boolean(&mut self, name: &str) -> bool {
        self.or_default(name, values::boolean)
    }

    pub(super) fn byte_size(&mut self, name: &str) -> i64 {
        self.or_default(name, values::byte_size)
    }

    pub(super) fn octal(&mut self, name: &str) -> u32 {
        self.or_default(name, values::octal)
    }

    /// A user, whom the host must know.
    pub(super) fn user(&mut self) -> Option<String> {
        let fetched = self.text("user")?;
        let name = fetched.text.into_owned();
        let finding = Finding::new(unknown_user(&name), fetched.span);
        self.sink.ask(Question::User(name.clone()), self.options.header(), "user", finding);
        Some(name)
    }

    /// `user` or `user:group`, whom the host must know; a message calls the option `title`.
    pub(super) fn owner(&mut self, option: &'static str, title: &'static str) -> Option<String> {
        let fetched = self.text(option)?;
        let text = fetched.text.into_owned();
        let finding = Finding::new(Problem::UnknownOwner { option: title, text: text.clone() }, fetched.span);
        self.sink.ask(Question::UserGroup(text.clone()), self.options.header(), option, finding);
        Some(text)
    }

    /// A function, which must be the one that is built in.
    pub(super) fn function(&mut self, option: &'static str, built_in: Option<&'static str>) -> Option<String> {
        let fetched = self.text(option)?;
        let same = built_in.filter(|built_in| factory::are_same(&fetched.text, built_in));
        let spec = same.map_or_else(|| fetched.text.into_owned(), str::to_owned);
        let problem = Problem::Unresolved { spec: spec.clone(), section: self.options.header().to_owned() };
        let finding = Finding::new(problem, fetched.span);
        self.sink.ask(Question::Factory(spec.clone(), built_in), self.options.header(), option, finding);
        Some(spec)
    }

    /// A folder, which must be there.
    pub(super) fn directory(&mut self, option: &'static str, context: &Context<'_>) -> Option<String> {
        let fetched = self.text(option)?;
        Some(self.existing(option, fetched.text.into_owned(), fetched.span, context))
    }

    /// Notes that the folder `path` must be there; gives it with `~` replaced.
    pub(super) fn existing(
        &mut self,
        option: &'static str,
        path: String,
        span: Option<Span>,
        context: &Context<'_>,
    ) -> String {
        let expanded = context.expand_user(&path);
        let finding = Finding::new(Problem::NotADirectory { path }, span);
        self.sink.ask(Question::Directory(expanded.clone()), self.options.header(), option, finding);
        expanded
    }

    /// Notes that the folder of the file `path` must be there; gives the path with `~` replaced.
    pub(super) fn in_existing(
        &mut self,
        option: &'static str,
        path: &str,
        span: Option<Span>,
        context: &Context<'_>,
    ) -> String {
        let expanded = context.expand_user(path);
        let directory = path::dirname(&expanded);
        if !directory.is_empty() {
            let finding = Finding::new(Problem::NoParentDirectory { path: path.to_owned() }, span);
            self.sink.ask(Question::Directory(directory.to_owned()), self.options.header(), option, finding);
        }
        expanded
    }
}
