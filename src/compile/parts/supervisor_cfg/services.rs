//! Programs, event listeners, groups and includes: one section for each line.

use tera::Value;

use super::super::options::lines_of;
use super::super::problem::{Line, Problem};
use super::conf::{Conf, context};
use super::doubts;
use super::lines::{self, GroupLine, ListenerLine, Missing, ProgramLine};
use super::mend;
use super::settings::Layout;
use crate::base::telling::{self, Form};
use crate::base::{Severity, Span, secret};
use crate::conf::environment;
use crate::conf::options::{self, Section};

impl<'s> Conf<'s, '_, '_> {
    /// All sections that lines make.
    pub(super) fn services(&mut self) {
        self.each_line("programs", Line::Program, lines::program, |line| line.rest, Self::program);
        self.each_line("eventlisteners", Line::EventListener, lines::listener, |line| line.rest, Self::listener);
        self.each_line("groups", Line::Group, lines::group, |line| line.rest, Self::group);
        self.include();
    }

    fn each_line<T>(
        &mut self,
        option: &str,
        kind: Line,
        read: fn(&'s str) -> Result<T, Missing>,
        rest: fn(&T) -> &'s str,
        write: fn(&mut Self, &T, Span),
    ) {
        let Some(scalar) = self.settings.text(option) else { return };
        for (text, span) in lines_of(scalar) {
            match read(text) {
                Err(missing) => {
                    self.builder.report(Problem::BadLine { kind, text: secret::masked(text), missing, span });
                }
                Ok(line) => {
                    if !rest(&line).is_empty() {
                        self.builder.report(Problem::IgnoredText { kind, text: secret::masked(rest(&line)), span });
                    }
                    write(self, &line, span);
                }
            }
        }
    }

    fn program(&mut self, line: &ProgramLine<'s>, span: Span) {
        self.warn_of_secrets(line.command, line.args, span);
        self.builder.extend(doubts::of_line(Section::Program, line.name, line.options, span));
        let directory = line.directory.unwrap_or_else(|| directory_of(line.command));
        self.warn_of_expansions(Section::Program, &[("command", line.command), ("directory", directory)], span);
        self.warn_of_expansions(Section::Program, &[("command", line.args.unwrap_or_default())], span);
        self.make(Section::Program, line.name, span);
        if !self.builder.wants(&self.template("program.conf")) {
            return;
        }
        let mut extras: Vec<String> =
            line.user.map(|user| format!("user = {}", mend::percent(user))).into_iter().collect();
        extras.extend(line.options.map(lines::options).unwrap_or_default().into_iter().map(option_line));
        let context = context([
            ("name", line.name.into()),
            ("command", self.command(line.command).into()),
            ("args", self.command(line.args.unwrap_or("")).into()),
            ("directory", mend::percent(directory).into()),
            ("priority", line.priority.into()),
            ("redirect_stderr", line.redirect.unwrap_or("false").into()),
            ("extras", extras.join("\n").into()),
        ]);
        self.section("program.conf", &context, span, &[]);
    }

    /// Remembers a section. supervisord reads a second one of its name over the first.
    fn make(&mut self, section: Section, name: &'s str, span: Span) {
        if let Some(first) = self.made.insert((section, name), span) {
            let header = format!("{}:{name}", section.word());
            self.builder.report(Problem::DoubtfulTwice { header, first, span });
        }
    }

    fn listener(&mut self, line: &ListenerLine<'s>, span: Span) {
        self.make(Section::EventListener, line.name, span);
        self.warn_of_secrets(line.command, line.args, span);
        self.builder.extend(doubts::of_line(Section::EventListener, line.name, line.options, span));
        self.builder.extend(doubts::refused(Section::EventListener, "events", line.events, span));
        let args = line.args.unwrap_or_default();
        self.warn_of_expansions(Section::EventListener, &[("command", line.command), ("command", args)], span);
        let options = line.options.map(lines::options).unwrap_or_default();
        let (own, others): (Vec<_>, Vec<_>) = options.into_iter().partition(|(key, _)| *key == "environment");
        let credentials = self.listener_environment(span);
        let environment = own.iter().fold(credentials, |all, (_, text)| mend::joined(&all, text));
        let extras: Vec<String> = others.into_iter().map(option_line).collect();
        let context = context([
            ("name", line.name.into()),
            ("command", self.command(line.command).into()),
            ("args", self.command(line.args.unwrap_or("")).into()),
            ("events", mend::percent(line.events).into()),
            ("environment", variables(&environment, 1).into()),
            ("extras", extras.join("\n").into()),
        ]);
        self.section("eventlistener.conf", &context, span, &[]);
    }

    /// A password that a `.cfg` puts into a command worked so far, and goes on to work.
    fn warn_of_secrets(&mut self, command: &str, args: Option<&str>, span: Span) {
        let is_secret = |text: &str| {
            let clear = secret::reveal(text);
            let is_told = telling::is_doubtful(&clear, Form::Command);
            is_told || secret::is_marked(text) || !self.builder.passwords.places(&clear).is_empty()
        };
        if is_secret(command) || args.is_some_and(is_secret) {
            let (part, severity) = (self.part.name.clone(), Severity::Warning);
            self.builder.report(Problem::SecretInCommand { part, severity, span });
        }
    }

    /// A part of a command line as it is written, its secrets marked.
    fn command(&self, text: &str) -> String {
        let text = telling::marked(mend::command(text).into(), Form::Command);
        secret::mark_found(text, |text| self.builder.passwords.places(text)).into_owned()
    }

    fn warn_of_expansions(&mut self, section: Section, texts: &[(&str, &str)], span: Span) {
        for (option, text) in texts.iter().filter(|(_, text)| text.contains("%(")) {
            self.builder.extend(doubts::unexpandable(section, option, &written(option, text), span));
        }
    }

    fn listener_environment(&mut self, span: Span) -> String {
        let settings = self.settings;
        let pairs = [
            ("SUPERVISOR_USERNAME", "user", &settings.user),
            ("SUPERVISOR_PASSWORD", "password", &settings.password),
            ("SUPERVISOR_SERVER_URL", "serverurl", &settings.serverurl),
        ];
        let quoted = pairs.map(|(name, option, value)| {
            self.quoted(name, value).unwrap_or_else(|| {
                let at = settings.text(option).map_or(span, |s| s.span);
                self.builder.report(Problem::UnquotableCredential { option, variable: name, span: at });
                String::new()
            })
        });
        quoted.join(",")
    }

    /// `NAME='value'`, with other quotes where these do not hold it; in layout 0.9 with none where none are needed.
    fn quoted(&self, name: &str, value: &str) -> Option<String> {
        let shown = secret::reveal(value);
        let plain = |c: char| c.is_ascii_alphanumeric() || "_/.+-():".contains(c);
        if self.settings.layout == Layout::Old && !shown.is_empty() && shown.chars().all(plain) {
            return Some(format!("{name}={value}"));
        }
        if !shown.contains('\'') && !shown.starts_with('"') && !shown.ends_with('"') {
            return Some(format!("{name}='{value}'"));
        }
        environment::quote(&[(name.to_owned(), value.to_owned())]).ok()
    }

    fn group(&mut self, line: &GroupLine<'s>, span: Span) {
        self.make(Section::Group, line.name, span);
        self.warn_of_members(line, span);
        let context = context([
            ("name", line.name.into()),
            ("programs", mend::percent(line.programs).into()),
            ("priority", line.priority.into()),
        ]);
        self.section("group.conf", &context, span, &[]);
    }

    /// Programs of a group that are nowhere. What is included may have them.
    fn warn_of_members(&mut self, line: &GroupLine<'s>, span: Span) {
        if self.settings.text("include").is_some_and(|scalar| !scalar.text.trim().is_empty()) {
            return;
        }
        let names = line.programs.split(',').map(str::trim).filter(|name| !name.is_empty() && !name.contains("%("));
        for name in names.filter(|name| !self.made.contains_key(&(Section::Program, *name))).collect::<Vec<_>>() {
            let programs = self.made.keys().filter(|(section, _)| *section == Section::Program);
            let nearest = self.builder.nearest(name, programs.map(|(_, name)| *name));
            let (group, name) = (line.name.to_owned(), name.to_owned());
            self.builder.report(Problem::DoubtfulMember { group, name, nearest, span });
        }
    }

    fn include(&mut self) {
        let Some(scalar) = self.settings.text("include") else { return };
        let files: Vec<&str> = lines_of(scalar).map(|(line, _)| line).collect();
        if !files.is_empty() {
            let value = Value::from(mend::percent(&files.join(" ")));
            self.section("include.conf", &context([("files", value)]), scalar.span, &[]);
        }
    }
}

/// `key = value` of a process option.
fn option_line((key, value): (&str, &str)) -> String {
    let text = written(key, value).into();
    let text = match key {
        "command" => telling::marked(text, Form::Command),
        "environment" => telling::marked(text, Form::Environment),
        _ => text,
    };
    format!("{key} = {text}")
}

/// The value of a process option as it is written.
pub(super) fn written(key: &str, value: &str) -> String {
    let times = options::find(Section::Program, key).map_or(1, |option| option.expansions);
    match key {
        "command" => mend::command(value),
        "environment" => mend::variables(value, times),
        _ => mend::percent_of(value, times).into_owned(),
    }
}

/// A text of variables as it is written, its secrets marked.
pub(super) fn variables(text: &str, times: u8) -> String {
    telling::marked(mend::variables(text, times).into(), Form::Environment).into_owned()
}

/// Python's `os.path.dirname`.
fn directory_of(command: &str) -> &str {
    let Some(slash) = command.rfind('/') else { return "" };
    let head = command[..slash].trim_end_matches('/');
    if head.is_empty() { &command[..=slash] } else { head }
}
