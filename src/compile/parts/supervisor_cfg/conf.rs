//! The text of `supervisord.conf`, section by section.

use std::collections::BTreeMap;

use tera::{Context, Value};

use super::super::builder::{Builder, Text};
use super::super::problem::Problem;
use super::mend;
use super::services::variables;
use super::settings::{Layout, Settings, Socket};
use crate::base::{Span, secret};
use crate::compile::project::Part;
use crate::conf::options::Section;

/// The configuration of one part while it is written.
pub(super) struct Conf<'s, 'b, 'p> {
    pub(super) part: &'s Part,
    pub(super) settings: &'s Settings<'s>,
    pub(super) builder: &'b mut Builder<'p>,
    pub(super) text: Text,
    /// The control script's own configuration, in layout 0.9.
    pub(super) credentials: Option<Text>,
    /// The sections that lines have made so far, by kind and name, with the places of the lines.
    pub(super) made: BTreeMap<(Section, &'s str), Span>,
}

/// Options of `[supervisord]` that are one value each: key, option, default.
const GLOBAL: [(&str, &str, &str); 6] = [
    ("logfile_maxbytes", "logfile-maxbytes", "50MB"),
    ("logfile_backups", "logfile-backups", "10"),
    ("loglevel", "loglevel", "info"),
    ("umask", "umask", "022"),
    ("nodaemon", "nodaemon", "false"),
    ("nocleanup", "nocleanup", "false"),
];

/// Options of `[supervisord]`, and those of the part that they come from; the first that is set.
const SUPERVISORD: [(&str, &str); 13] = [
    ("logfile_maxbytes", "logfile-maxbytes"),
    ("logfile_backups", "logfile-backups"),
    ("loglevel", "loglevel"),
    ("umask", "umask"),
    ("nodaemon", "nodaemon"),
    ("nocleanup", "nocleanup"),
    ("logfile", "logfile"),
    ("pidfile", "pidfile"),
    ("childlogdir", "childlogdir"),
    ("user", "supervisord-user"),
    ("directory", "supervisord-directory"),
    ("environment", "supervisord-environment"),
    ("environment", "env-path"),
];

/// How often supervisord expands the `environment` of `[supervisord]`.
const TWICE: u8 = 2;

impl<'s, 'b, 'p> Conf<'s, 'b, 'p> {
    /// Nothing written yet.
    pub(super) fn new(part: &'s Part, settings: &'s Settings<'s>, builder: &'b mut Builder<'p>) -> Self {
        Self { part, settings, builder, text: Text::default(), credentials: None, made: BTreeMap::new() }
    }

    /// Writes all sections.
    pub(super) fn write(&mut self) {
        match self.settings.layout {
            Layout::Current => {
                self.supervisord();
                self.server();
            }
            Layout::Old => {
                self.server();
                self.supervisord();
            }
        }
        self.supervisorctl();
        if self.settings.sections.rpc {
            self.section("rpcinterface.conf", &Context::new(), self.part.span, &[]);
        }
        if self.settings.sections.services {
            self.services();
        }
    }

    /// Appends a section by its template. It comes from `span`, but for the values of options of the part: each under
    /// its name in the conf.
    pub(super) fn section(
        &mut self,
        template: &str,
        context: &Context,
        span: Span,
        options: &[(&'static str, &'static str)],
    ) {
        let settings = self.settings;
        let places = options.iter().filter_map(|(key, option)| Some((*key, settings.text(option)?.span)));
        self.text.begin(span, places);
        let name = self.template(template);
        self.builder.render(&name, context, self.part.span, &mut self.text);
    }

    pub(super) fn template(&self, name: &str) -> String {
        let layout = match self.settings.layout {
            Layout::Current => "2.0.0",
            Layout::Old => "0.9",
        };
        format!("collective.recipe.supervisor/{layout}/{name}")
    }

    fn supervisord(&mut self) {
        if !self.settings.sections.global {
            return;
        }
        let mut context = Context::new();
        for (key, option, default) in GLOBAL {
            let value = self.option(option).unwrap_or_else(|| default.to_owned());
            context.insert_value(key, value.into());
        }
        let settings = self.settings;
        for (key, value) in
            [("logfile", &settings.logfile), ("pidfile", &settings.pidfile), ("childlogdir", &settings.childlogdir)]
        {
            let value = self.value(key, value);
            context.insert_value(key, value.into());
        }
        match settings.layout {
            Layout::Current => self.supervisord_current(context),
            Layout::Old => self.supervisord_old(context),
        }
    }

    fn supervisord_current(&mut self, mut context: Context) {
        let environment = self.environment();
        let path = self.settings.text("env-path").filter(|_| environment.is_none());
        context.insert_value("user", self.line("user", "supervisord-user").into());
        context.insert_value("directory", self.line("directory", "supervisord-directory").into());
        let line = environment.map_or(String::new(), |text| format!("environment = {text}"));
        context.insert_value("environment", line.into());
        self.section("supervisord.conf", &context, self.part.span, &SUPERVISORD);
        if let Some(path) = path {
            let pair = mend::pair("PATH", &path.text);
            let value = variables(pair.strip_prefix("PATH=").unwrap_or(&pair), TWICE);
            let mut context = Context::new();
            context.insert_value("path", value.into());
            self.section("path.conf", &context, path.span, &[]);
        }
    }

    /// `supervisord-environment`, with `env-path` in it; none where it is not set or empty.
    fn environment(&mut self) -> Option<String> {
        let own = self.settings.text("supervisord-environment").filter(|s| !s.text.is_empty())?;
        let path = self.settings.text("env-path").map(|path| mend::pair("PATH", &path.text));
        let text = path.map_or_else(|| own.text.to_string(), |path| mend::joined(&own.text, &path));
        Some(variables(&text, TWICE))
    }

    /// 0.9 had few keys; what a manifest sets beyond them is written all the same.
    fn supervisord_old(&mut self, mut context: Context) {
        let mut extras: Vec<String> = [
            ("user", "supervisord-user"),
            ("directory", "supervisord-directory"),
            ("childlogdir", "childlogdir"),
            ("umask", "umask"),
            ("nocleanup", "nocleanup"),
        ]
        .into_iter()
        .map(|(key, option)| self.line(key, option))
        .filter(|line| !line.is_empty())
        .collect();
        let path = self.settings.text("env-path").map(|path| variables(&mend::pair("PATH", &path.text), TWICE));
        let environment = self.environment().or(path);
        extras.extend(environment.map(|text| format!("environment = {text}")));
        context.insert_value("extras", extras.join("\n").into());
        self.section("supervisord.conf", &context, self.part.span, &SUPERVISORD);
    }

    fn server(&mut self) {
        let (true, Some(socket)) = (self.settings.sections.http, self.settings.socket) else { return };
        let mut context = self.credentials();
        match socket {
            Socket::Inet => {
                let port = self.value("port", &self.settings.port);
                context.insert_value("port", port.into());
                let options = [("port", "port"), ("username", "user"), ("password", "password")];
                self.section("inet_http_server.conf", &context, self.part.span, &options);
            }
            Socket::Unix => {
                let file = self.option("file").unwrap_or_default();
                context.insert_value("file", file.into());
                let chmod = self.option("chmod").unwrap_or_else(|| "0700".to_owned());
                context.insert_value("chmod", chmod.into());
                context.insert_value("chown", self.line("chown", "chown").into());
                let options = [("file", "file"), ("chmod", "chmod"), ("chown", "chown")];
                self.section("unix_http_server.conf", &context, self.part.span, &options);
            }
        }
    }

    fn supervisorctl(&mut self) {
        if !self.settings.sections.ctl {
            return;
        }
        let mut context = self.credentials();
        let url = self.value("serverurl", &self.settings.serverurl);
        context.insert_value("serverurl", url.into());
        self.section("supervisorctl.conf", &context, self.part.span, &[("serverurl", "serverurl")]);
        if self.settings.has_credentials_conf() {
            let (name, mut text) = (self.template("credentials.conf"), Text::default());
            self.builder.render(&name, &context, self.part.span, &mut text);
            self.credentials = Some(text);
        }
    }

    fn credentials(&mut self) -> Context {
        let mut context = Context::new();
        let user = self.value("user", &self.settings.user);
        context.insert_value("username", user.into());
        let password = self.value("password", &self.settings.password);
        context.insert_value("password", password.into());
        context
    }

    /// `key = value` of an option that is set and not empty, else nothing.
    fn line(&mut self, key: &str, option: &str) -> String {
        match self.option(option) {
            Some(value) if !value.is_empty() => format!("{key} = {value}"),
            _ => String::new(),
        }
    }

    /// The mended value of an option.
    fn option(&mut self, option: &str) -> Option<String> {
        self.settings.text(option).map(|scalar| self.value(option, &scalar.text))
    }

    /// A value that cannot hold a comment: where there is one, that is told.
    fn value(&mut self, option: &str, text: &str) -> String {
        let shown = secret::reveal(text);
        if let Some(kept) = mend::cut(&shown) {
            let kept = if secret::is_marked(text) { "(secret)".to_owned() } else { kept.to_owned() };
            let (option, span) = (option.to_owned(), self.settings.span(option));
            self.builder.report(Problem::CutValue { option, kept, span });
        }
        mend::continued(&mend::percent(text)).into_owned()
    }
}

/// A context of these variables.
pub(super) fn context<const N: usize>(variables: [(&'static str, Value); N]) -> Context {
    let mut context = Context::new();
    for (name, value) in variables {
        context.insert_value(name, value);
    }
    context
}
