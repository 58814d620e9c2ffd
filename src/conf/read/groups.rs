//! Groups: first those of `[group:NAME]`, which take their programs away from the groups these would form alone, then
//! one for each program, pool of listeners and `FastCGI` program.
//!
//! A group that names an unknown program is named in the message. (The original names the program before it in the
//! list, if there is one.)

use std::collections::HashSet;
use std::rc::Rc;

use super::fetch::{Fetch, Options};
use super::servers::mode;
use super::{Reader, main_scope};
use crate::base::Span;
use crate::conf::check::RESULT_HANDLER;
use crate::conf::events::is_event_type;
use crate::conf::expand::Environ;
use crate::conf::format::Value;
use crate::conf::include::Context;
use crate::conf::ini;
use crate::conf::model::{FastCgiSocket, Group, GroupKind};
use crate::conf::options::Section;
use crate::conf::problem::{Finding, Problem};
use crate::conf::python::strip;
use crate::conf::together;
use crate::conf::values::{self, SocketName};

/// What all sections of one reading share.
#[derive(Clone, Copy)]
pub(super) struct Shared<'e> {
    /// The environment that is expanded.
    pub(super) environ: &'e Environ,
    /// `environment` of `[supervisord]`.
    pub(super) variables: &'e [(String, String)],
}

impl<'r> Reader<'r> {
    /// All groups, sorted.
    pub(super) fn groups(&mut self, environ: &Environ, variables: &[(String, String)]) -> Vec<Group> {
        let shared = Shared { environ, variables };
        let mut taken = HashSet::new();
        let mut groups = Vec::new();
        for (section, name) in self.sections(Section::Group) {
            groups.push(self.group(section, name, shared, &mut taken));
        }
        for kind in [Section::Program, Section::EventListener, Section::FcgiProgram] {
            for (section, name) in self.sections(kind) {
                if !taken.contains(section.name) {
                    groups.push(self.homogeneous(kind, section, name, shared));
                }
            }
        }
        groups.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
        groups
    }

    /// The NAME of a header.
    fn name(&mut self, section: &ini::Section<'_>, name: &str) -> String {
        let checked = values::name(name).map_err(|problem| Finding::new(problem, section.span));
        self.sink.take(checked).unwrap_or_else(|| strip(name)).to_owned()
    }

    fn group(
        &mut self,
        section: &'r ini::Section<'r>,
        name: &str,
        shared: Shared<'_>,
        taken: &mut HashSet<&'r str>,
    ) -> Group {
        let name = self.name(section, name);
        let scope = main_scope(shared.environ, self.here);
        let options = Options { ini: self.ini, kind: Section::Group, section };
        let mut get = options.with(&scope, &mut self.sink);
        let mut programs = Vec::new();
        if let Some(fetched) = get.text("programs") {
            for (at, program) in values::list(&fetched.text) {
                programs.push((program.to_owned(), fetched.part(at, program.len())));
            }
        }
        let priority = get.integer("priority");
        let mut processes = Vec::new();
        for (program, span) in programs {
            if let Some((kind, member)) = self.member(section, &program, span) {
                taken.insert(member.name);
                processes.extend(self.processes(kind, member, &name, shared));
            }
        }
        Group { name, priority, kind: GroupKind::Program, processes }
    }

    /// The section of a program that a group names.
    fn member(
        &mut self,
        group: &ini::Section<'_>,
        program: &str,
        span: Option<Span>,
    ) -> Option<(Section, &'r ini::Section<'r>)> {
        let ini = self.ini;
        let find = |kind: Section| Some((kind, ini.section(&format!("{}:{program}", kind.word()))?));
        let section = group.name.to_owned();
        let problem = match (find(Section::Program), find(Section::FcgiProgram)) {
            (Some(_), Some(_)) => Problem::AmbiguousProgram { section, program: program.to_owned() },
            (None, None) => self.unknown_program(section, program),
            (found, None) | (None, found) => return found,
        };
        self.sink.error(Finding::new(problem, span));
        None
    }

    fn unknown_program(&mut self, section: String, program: &str) -> Problem {
        let known = self.programs();
        let nearest = self.sink.hints.nearest(program, known.iter().map(String::as_str));
        Problem::UnknownProgram { section, program: program.to_owned(), nearest, known }
    }

    /// The names of all programs that a group may name; worked out when first asked for.
    fn programs(&mut self) -> Rc<[String]> {
        if let Some(programs) = &self.programs {
            return Rc::clone(programs);
        }
        let kinds = [Section::Program, Section::FcgiProgram];
        let names = kinds.into_iter().flat_map(|kind| self.sections(kind)).map(|(_, name)| name.to_owned());
        Rc::clone(self.programs.insert(names.collect()))
    }

    fn homogeneous(&mut self, kind: Section, section: &'r ini::Section<'r>, name: &str, shared: Shared<'_>) -> Group {
        // The name of a pool of listeners is checked only as that of its program.
        let name = if kind == Section::EventListener { name.to_owned() } else { self.name(section, name) };
        let (here, context) = (self.here, self.context);
        let options = Options { ini: self.ini, kind, section };
        let scope = main_scope(shared.environ, here);
        let mut get = options.with(&scope, &mut self.sink);
        let priority = get.integer("priority");
        let kind_of_group = match kind {
            Section::EventListener => listener(&mut get),
            Section::FcgiProgram => {
                let (owner, mode, backlog) = socket_settings(&mut get);
                let named = scope.clone().with("program_name", Value::Text(&name));
                let socket = FastCgiSocket { url: String::new(), owner, mode, backlog };
                GroupKind::FastCgi(self::socket(&mut options.with(&named, &mut self.sink), socket, context))
            }
            _ => GroupKind::Program,
        };
        let processes = self.processes(kind, section, &name, shared);
        Group { name, priority, kind: kind_of_group, processes }
    }
}

fn listener(get: &mut Fetch<'_, '_>) -> GroupKind {
    let header = get.options.header().to_owned();
    let whole = get.options.section.span;
    let place = |get: &Fetch<'_, '_>, option| get.options.raw(option).and_then(|f| f.span).or(whole);
    let buffer_size = get.integer("buffer_size");
    if let Err(problem) = together::buffer_size(&header, buffer_size) {
        let span = place(get, "buffer_size");
        get.sink.error(Finding::new(problem, span));
    }
    let result_handler = get.function("result_handler", Some(RESULT_HANDLER)).unwrap_or_default();
    let events = events(get, &header);
    if let Err(problem) = together::listener_output(&header, get.boolean("redirect_stderr")) {
        let span = place(get, "redirect_stderr");
        get.sink.error(Finding::new(problem, span));
    }
    GroupKind::EventListener { events, buffer_size, result_handler }
}

fn events(get: &mut Fetch<'_, '_>, header: &str) -> Vec<String> {
    let is_set = get.options.raw("events").is_some();
    let fetched = get.text("events");
    let mut events: Vec<String> = Vec::new();
    for (at, name) in fetched.iter().flat_map(|fetched| values::event_types(&fetched.text)) {
        if !is_event_type(&name) {
            let span = fetched.as_ref().and_then(|fetched| fetched.part(at, name.len()));
            let problem = Problem::UnknownEventType { name, section: header.to_owned() };
            get.sink.error(Finding::new(problem, span));
        } else if !events.contains(&name) {
            events.push(name);
        }
    }
    if !is_set || fetched.is_some_and(|fetched| fetched.text.is_empty()) {
        let problem = Problem::NoEvents { section: header.to_owned() };
        get.sink.error(Finding::new(problem, get.options.section.span));
    }
    events
}

/// What the socket of a `FastCGI` program is told besides its name. The user of the program is looked at here, too, and
/// is first met here.
fn socket_settings(get: &mut Fetch<'_, '_>) -> (Option<String>, Option<u32>, Option<i64>) {
    get.user();
    let backlog = get.value("socket_backlog", values::backlog);
    let owner = get.owner("socket_owner", "socket_owner");
    (owner, mode(get, "socket_mode"), backlog)
}

/// `settings` with the socket's name; a unix socket has the mode 0700 unless another is set.
fn socket(get: &mut Fetch<'_, '_>, mut settings: FastCgiSocket, context: &Context<'_>) -> FastCgiSocket {
    let header = get.options.header();
    let is_set = get.options.raw("socket").is_some();
    let Some(fetched) = get.text("socket").filter(|fetched| !fetched.text.is_empty()) else {
        if !is_set || get.options.raw("socket").is_some_and(|raw| raw.text.is_empty()) {
            let problem = Problem::NoSocket { section: header.to_owned() };
            get.sink.error(Finding::new(problem, get.options.section.span));
        }
        return settings;
    };
    let is_unix = fetched.text.starts_with("unix://");
    let has_owner = settings.owner.is_some() || settings.mode.is_some();
    let name = if has_owner && !is_unix { Err(Problem::OwnerOfTcpSocket) } else { values::socket(&fetched.text) };
    let in_socket = |problem| Problem::InSocket { section: header.to_owned(), problem: Box::new(problem) };
    match get.sink.take(fetched.located(name.map_err(in_socket))) {
        Some(SocketName::Unix(path)) => {
            settings.url = format!("unix://{}", context.normalize(&path));
            settings.mode.get_or_insert(0o700);
        }
        Some(SocketName::Tcp(host, port)) => settings.url = format!("tcp://{host}:{port}"),
        None => {}
    }
    settings
}
