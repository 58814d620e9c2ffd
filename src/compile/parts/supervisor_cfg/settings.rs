//! The options of a part, with their defaults.

use camino::Utf8Path;

use super::super::Server;
use super::super::builder::{Builder, Target};
use super::super::problem::Problem;
use super::super::scripts::Runtime;
use crate::base::{Span, secret, suggest};
use crate::compile::document::{Node, Scalar, Table};
use crate::compile::project::{Part, Project};

/// Where it listens if it does not say.
const PORT: &str = "127.0.0.1:9001";

/// Which sections are wanted.
#[derive(Clone, Copy, Debug)]
pub(super) struct Sections {
    pub(super) global: bool,
    pub(super) http: bool,
    pub(super) ctl: bool,
    pub(super) rpc: bool,
    pub(super) services: bool,
}

/// The order and the keys of the sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Layout {
    /// 2.0.0's.
    Current,
    /// 0.9's.
    Old,
}

/// Where the daemon listens.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Socket {
    Inet,
    Unix,
}

/// What the options of a part say.
pub(super) struct Settings<'a> {
    part: &'a Part,
    pub(super) sections: Sections,
    pub(super) layout: Layout,
    /// None where the option is wrong, which has been reported.
    pub(super) socket: Option<Socket>,
    pub(super) runtime: Runtime,
    pub(super) conf: Target,
    pub(super) logfile: String,
    pub(super) pidfile: String,
    pub(super) childlogdir: String,
    pub(super) port: String,
    pub(super) user: String,
    /// Marked.
    pub(super) password: String,
    pub(super) serverurl: String,
}

impl<'a> Settings<'a> {
    /// Reads them; what is wrong is reported and taken as not set.
    pub(super) fn of(part: &'a Part, builder: &mut Builder<'_>) -> Self {
        wrong_kinds(part, builder);
        let project = builder.project;
        let text = |option: &str, default: &str| optional(part, option).map_or(default, |s| &s.text).to_owned();
        let folder = |path: &str| project.directory.join(path).into_string();
        let layout = builder.check(layout(part)).unwrap_or(Layout::Current);
        let sections = Sections::of(&part.table, layout);
        let address = text("port", PORT);
        let socket = builder.check(socket(part, sections));
        let runtime = Runtime::of(part, project, optional(part, "runtime"));
        let default_url = default_url(socket, &address, &text("file", ""));
        let password = text("password", "");
        if sections.global && layout == Layout::Current {
            builder.check(no_empty_folder(part, "childlogdir"));
        }
        Self {
            part,
            sections,
            layout,
            socket,
            runtime: builder.check(runtime).unwrap_or(Runtime::Recipe),
            conf: conf(part, builder),
            logfile: text("logfile", &folder("var/log/supervisord.log")),
            pidfile: text("pidfile", &folder("var/supervisord.pid")),
            childlogdir: text("childlogdir", &folder("var/log")),
            port: address,
            user: text("user", ""),
            password: if secret::is_marked(&password) { password } else { secret::mark(&password) },
            serverurl: text("serverurl", &default_url),
        }
    }

    /// The option, if it is set.
    pub(super) fn text(&self, option: &str) -> Option<&'a Scalar> {
        optional(self.part, option)
    }

    /// The place of the option's value, or of the part.
    pub(super) fn span(&self, option: &str) -> Span {
        self.text(option).map_or(self.part.span, |s| s.span)
    }

    /// Folders that the daemon writes to, as far as they can be known now.
    pub(super) fn folders(&self, project: &Project) -> Vec<Target> {
        let mut paths = Vec::new();
        let mut parent = |option, path: &str| {
            paths.extend(Utf8Path::new(path).parent().map(|p| (option, p.as_str().to_owned())));
        };
        if self.sections.global {
            parent("logfile", &self.logfile);
            parent("pidfile", &self.pidfile);
        }
        if let (Some(Socket::Unix), true, Some(file)) = (self.socket, self.sections.http, self.text("file")) {
            parent("file", &file.text);
        }
        if self.sections.global && self.layout == Layout::Current {
            paths.push(("childlogdir", self.childlogdir.clone()));
        }
        let known = paths.into_iter().filter_map(|(option, path)| {
            let path = path.replace("%(here)s", self.conf.parent().path().as_str());
            (!path.is_empty() && !path.contains('%') && !path.starts_with('~')).then_some((option, path))
        });
        known.map(|(option, path)| self.folder(project, option, &path)).collect()
    }

    fn folder(&self, project: &Project, option: &str, path: &str) -> Target {
        match self.text(option) {
            Some(scalar) => Target::written(project, path, scalar.span),
            None => Target::project(project.absolute(path), self.part.span),
        }
    }

    /// Whether the control script needs a configuration of its own.
    pub(super) fn has_credentials_conf(&self) -> bool {
        let has_any = !self.user.is_empty() || !self.password.is_empty();
        self.layout == Layout::Old && self.sections.ctl && has_any
    }

    /// Where that is.
    pub(super) fn credentials_conf(&self) -> Target {
        self.conf.beside("supervisorctl.conf")
    }
}

impl Sections {
    fn of(table: &Table, layout: Layout) -> Self {
        let default = "global ctl http rpc services";
        let text = table.scalar("sections").map_or(default, |s| &s.text);
        let has = |name| text.split_whitespace().any(|word| word == name);
        let old = layout == Layout::Old;
        Self {
            global: old || has("global"),
            http: has("http") && has("ctl"),
            ctl: has("ctl"),
            rpc: has("rpc"),
            services: old || has("services"),
        }
    }
}

/// The server on the network that a part has, if it has one.
pub(in super::super) fn network_server(table: &Table) -> Option<Server<'_>> {
    let is_inet = table.scalar("http-socket").is_none_or(|socket| &*socket.text == "inet");
    if !is_inet || !Sections::of(table, Layout::Current).http {
        return None;
    }
    let port = table.scalar("port");
    let (address, span) = port.map_or((PORT, table.span), |port| (&*port.text, port.span));
    Some(Server { option: "port".into(), address, span, is_default: port.is_none() })
}

fn optional<'a>(part: &'a Part, option: &str) -> Option<&'a Scalar> {
    part.table.scalar(option)
}

/// A `.cfg` holds texts only; anything else comes from a caller's mistake, and is told rather than ignored.
fn wrong_kinds(part: &Part, builder: &mut Builder<'_>) {
    for entry in part.table.entries().iter().filter(|e| !matches!(e.node, Node::Scalar(_))) {
        builder.report(Problem::WrongKind {
            part: part.name.clone(),
            option: entry.key.text.to_string(),
            expected: "a string",
            actual: entry.node.kind(),
            span: entry.node.span(),
        });
    }
}

fn layout(part: &Part) -> Result<Layout, Problem> {
    let Some(scalar) = optional(part, "layout") else { return Ok(Layout::Current) };
    match &*scalar.text {
        "2.0.0" => Ok(Layout::Current),
        "0.9" => Ok(Layout::Old),
        other => Err(unknown_word(part, "layout", other, &["2.0.0", "0.9"], scalar.span)),
    }
}

fn socket(part: &Part, sections: Sections) -> Result<Socket, Problem> {
    let Some(scalar) = optional(part, "http-socket") else { return Ok(Socket::Inet) };
    match &*scalar.text {
        "inet" => Ok(Socket::Inet),
        "unix" if sections.http && optional(part, "file").is_none_or(|file| file.text.is_empty()) => {
            let (part, option) = (part.name.clone(), "file".to_owned());
            Err(Problem::MissingOption { part, option, span: scalar.span })
        }
        "unix" => Ok(Socket::Unix),
        // It is never looked at.
        _ if !sections.http => Ok(Socket::Inet),
        other => Err(unknown_word(part, "http-socket", other, &["inet", "unix"], scalar.span)),
    }
}

/// 2.0.0 cannot make a folder without a name, and supervisord does not start with one.
fn no_empty_folder(part: &Part, option: &str) -> Result<(), Problem> {
    match optional(part, option) {
        Some(scalar) if scalar.text.is_empty() => Err(Problem::BadValue {
            part: part.name.clone(),
            option: option.to_owned(),
            value: String::new(),
            expected: "the path of a folder; leave the option out for its default",
            span: scalar.span,
        }),
        _ => Ok(()),
    }
}

fn unknown_word(part: &Part, option: &str, value: &str, expected: &'static [&'static str], span: Span) -> Problem {
    let (part, option, value) = (part.name.clone(), option.to_owned(), value.to_owned());
    let nearest = suggest::nearest(&value, expected.iter().copied());
    Problem::UnknownWord { part, option, value, expected, nearest, span }
}

fn default_url(socket: Option<Socket>, port: &str, file: &str) -> String {
    if socket == Some(Socket::Unix) {
        return format!("unix://{file}");
    }
    match port.rsplit_once(':') {
        None => format!("http://localhost:{port}"),
        Some(("" | "*", number)) => format!("http://localhost:{number}"),
        Some(_) => format!("http://{port}"),
    }
}

fn conf(part: &Part, builder: &mut Builder<'_>) -> Target {
    let project = builder.project;
    let default = project.parts_directory.join(&part.name).join("supervisord.conf");
    match optional(part, "supervisord-conf") {
        Some(scalar) if project.absolute(&scalar.text) != default => builder.path(part, scalar),
        option => Target::project(default, option.map_or(part.span, |s| s.span)),
    }
}
