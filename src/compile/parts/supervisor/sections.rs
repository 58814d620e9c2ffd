//! The sections of a conf, made of the tables of a part and from the program parts that it lists.

use std::borrow::Cow;
use std::collections::{BTreeMap, HashMap, HashSet};
use std::rc::Rc;

use camino::{Utf8Path, Utf8PathBuf};
use foldhash::fast::FixedState;
use tera::{Context, Value};

use super::super::builder::{Builder, Text};
use super::super::problem::Problem;
use super::super::program::{self, Listed};
use super::super::scripts;
use super::command::Command;
use super::expansions::{slips, unescaped};
use super::listener::with_credentials;
use super::servers::{Access, Servers};
use super::value::Writer;
use crate::base::telling::{self, Form};
use crate::base::{Severity, Span, secret, suggest};
use crate::compile::document::{Entry, Key, Node, Op, Scalar, Table};
use crate::compile::known as rows;
use crate::compile::project::{Part, Project};
use crate::conf;
use crate::conf::options::{self, Opt, Section, Type};
use crate::conf::problem::Finding;
use crate::conf::{together, values};

/// What a section is rendered with.
const SECTION: &str = "supervisor/section.conf";

/// What a section is made of.
struct Source<'s> {
    /// The part that its options belong to, for messages.
    part: &'s str,
    name: Option<&'s str>,
    table: &'s Table,
    /// Keys of the table that are not options of the section.
    skip: &'s [rows::Known],
    /// Options for those that the table does not have.
    defaults: &'s [Entry],
    span: Span,
}

/// The options of one kind of sections; a scan of the whole table for each option of each program would show.
struct Known {
    by_name: HashMap<&'static str, &'static Opt, FixedState>,
    required: Vec<&'static Opt>,
}

impl Known {
    fn of(kind: Section) -> Self {
        Self {
            by_name: options::options(kind).map(|opt| (opt.name, opt)).collect(),
            required: options::options(kind).filter(|opt| opt.required).collect(),
        }
    }
}

/// Writes the sections of one part, each as soon as it is known.
pub(super) struct Sections<'a, 'b> {
    part: &'a Part,
    project: &'a Project,
    builder: &'b mut Builder<'a>,
    known: BTreeMap<Section, Rc<Known>>,
    seen: HashMap<String, Span, FixedState>,
    /// Listed parts that may be programs, if their recipes are mended.
    unknown: HashSet<&'a str>,
    /// What has been written.
    pub(super) text: Text,
    /// Scripts of the bin folder that commands name, with the places of the commands.
    pub(super) scripts: Vec<(&'static str, Span)>,
    /// Folders that the daemon writes to, as far as they can be known now.
    pub(super) folders: BTreeMap<Utf8PathBuf, Span>,
}

impl<'a, 'b> Sections<'a, 'b> {
    /// Nothing written yet but the head.
    pub(super) fn new(part: &'a Part, builder: &'b mut Builder<'a>) -> Self {
        let mut text = Text::default();
        let mut context = Context::new();
        context.insert_value("manifest", builder.manifest().into());
        context.insert_value("part", part.name.as_str().into());
        builder.render("supervisor/head.conf", &context, part.span, &mut text);
        let project = builder.project;
        let (known, seen, folders) = (BTreeMap::new(), HashMap::default(), BTreeMap::new());
        let unknown = HashSet::new();
        Self { part, project, builder, known, seen, unknown, text, folders, scripts: Vec::new() }
    }

    /// All sections of the part, in the order of the conf.
    pub(super) fn all(&mut self, servers: &Servers) {
        self.supervisord();
        for (kind, table) in [(Section::InetHttpServer, &servers.inet), (Section::UnixHttpServer, &servers.unix)] {
            if let Some(table) = table {
                self.add(kind, None, table, &[], self.part.span);
            }
        }
        self.supervisorctl(&servers.access);
        self.rpcinterfaces();
        self.program_parts();
        let directory = self.setting("directory", self.project.directory.as_str());
        self.tables(Section::Program, std::slice::from_ref(&directory));
        self.tables(Section::FcgiProgram, std::slice::from_ref(&directory));
        self.listeners(&servers.access, &directory);
        self.groups();
        self.tables(Section::CtlPlugin, &[]);
        if let Some((_, table)) = self.own(Section::Include) {
            self.add(Section::Include, None, table, &[], table.span);
        }
    }

    /// The table of a kind of sections, if the part has it.
    fn own(&mut self, kind: Section) -> Option<(&'a Key, &'a Table)> {
        let entry = self.part.table.entry(kind.word())?;
        if let Node::Table(table) = &entry.node {
            return Some((&entry.key, table));
        }
        self.builder.report(Problem::WrongKind {
            part: self.part.name.clone(),
            option: kind.word().to_owned(),
            expected: "a table",
            actual: entry.node.kind(),
            span: entry.node.span(),
        });
        None
    }

    /// A value that is not in the manifest.
    fn setting(&self, key: &str, text: &str) -> Entry {
        let span = self.part.span;
        Entry { key: Key { text: key.into(), span }, op: Op::Set, node: Node::Scalar(Scalar::string(text, span)) }
    }

    fn supervisord(&mut self) {
        let empty = Table::new(self.part.span);
        let own = self.own(Section::Supervisord).map_or(&empty, |(_, table)| table);
        let name = &self.part.name;
        let mut defaults = vec![
            self.setting("logfile", &format!("var/log/{name}d.log")),
            self.setting("pidfile", &format!("var/{name}d.pid")),
            self.setting("childlogdir", "var/log"),
        ];
        // Two daemons that share a folder of AUTO logs must not remove each other's.
        if name != "supervisor" {
            defaults.push(self.setting("identifier", &name.replace(|c: char| !c.is_ascii_alphanumeric(), "_")));
        }
        self.add(Section::Supervisord, None, own, &defaults, own.span);
    }

    fn supervisorctl(&mut self, access: &Access) {
        let empty = Table::new(self.part.span);
        let own = self.own(Section::Supervisorctl).map_or(&empty, |(_, table)| table);
        let mut defaults = vec![self.setting("serverurl", &access.url)];
        if let Some((user, password)) = &access.credentials {
            for (key, scalar) in [("username", user), ("password", password)] {
                defaults.push(Entry { node: Node::Scalar(scalar.clone()), ..self.setting(key, "") });
            }
        }
        self.add(Section::Supervisorctl, None, own, &defaults, own.span);
    }

    fn rpcinterfaces(&mut self) {
        let factory = self.setting("supervisor.rpcinterface_factory", "supervisor.rpcinterface:make_main_rpcinterface");
        let own = self.own(Section::RpcInterface).map(|(_, table)| table);
        if own.is_none_or(|table| table.get("supervisor").is_none()) {
            let empty = Table::new(self.part.span);
            self.add(Section::RpcInterface, Some("supervisor"), &empty, &[factory], self.part.span);
        }
        self.tables(Section::RpcInterface, &[]);
    }

    /// The parts that `programs` lists.
    fn program_parts(&mut self) {
        let parts = program::all(self.project);
        for (name, span) in program::listed(self.part) {
            match parts.get(name) {
                Some(Listed::Program(part)) => self.program_part(part, span),
                Some(Listed::Unknown) => {
                    self.unknown.insert(name);
                }
                Some(Listed::Other) => self.unknown_program(name, true, span),
                None => self.unknown_program(name, false, span),
            }
        }
    }

    fn unknown_program(&mut self, name: &str, is_part: bool, span: Span) {
        let programs = self.project.parts.iter().filter(|part| part.kind.name == "program");
        let nearest = self.builder.nearest(name, programs.map(|part| part.name.as_str()));
        let listed = self.part.table.get("programs").and_then(Node::as_list).map_or(&[][..], |list| &list.items);
        let is_there = |name: &str| listed.iter().filter_map(Node::as_scalar).any(|listed| *listed.text == *name);
        let nearest = nearest.map(|meant| meant.unless(is_there));
        self.builder.report(Problem::unknown_program(self.part, name, is_part, nearest, span));
    }

    /// The section of one program part, asked for at `span`.
    pub(super) fn program_part(&mut self, part: &Part, span: Span) {
        let defaults = [self.setting("directory", self.project.directory.as_str())];
        let (name, skip) = (&part.name, program::OWN);
        let source = Source { part: name, name: Some(name), table: &part.table, skip, defaults: &defaults, span };
        self.section(Section::Program, &source);
    }

    /// Each table of a kind as a section.
    fn tables(&mut self, kind: Section, defaults: &[Entry]) {
        let Some((_, tables)) = self.own(kind) else { return };
        for entry in tables.entries() {
            if let Some(table) = self.table(kind, entry) {
                self.add(kind, Some(&entry.key.text), table, defaults, entry.key.span);
            }
        }
    }

    fn table<'e>(&mut self, kind: Section, entry: &'e Entry) -> Option<&'e Table> {
        if let Node::Table(table) = &entry.node {
            return Some(table);
        }
        self.builder.report(Problem::WrongKind {
            part: self.part.name.clone(),
            option: format!("{}.{}", kind.word(), entry.key.text),
            expected: "a table",
            actual: entry.node.kind(),
            span: entry.node.span(),
        });
        None
    }

    /// Listeners get the credentials through their environment.
    fn listeners(&mut self, access: &Access, directory: &Entry) {
        let Some((_, tables)) = self.own(Section::EventListener) else { return };
        for entry in tables.entries() {
            let Some(table) = self.table(Section::EventListener, entry) else { continue };
            let (own, environment) = with_credentials(table, access, self.part.span);
            let mut defaults = vec![directory.clone()];
            defaults.extend(environment);
            self.add(Section::EventListener, Some(&entry.key.text), &own, &defaults, entry.key.span);
        }
    }

    fn groups(&mut self) {
        self.tables(Section::Group, &[]);
        let Some((_, groups)) = self.own(Section::Group) else { return };
        let may_be_included = self.includes();
        for group in groups.entries() {
            let Some(node) = group.node.as_table().and_then(|table| table.get("programs")) else { continue };
            for (name, span) in program::names(node) {
                let has = |kind: Section| self.seen.contains_key(&format!("{}:{name}", kind.word()));
                let (is_program, is_pool) = (has(Section::Program), has(Section::FcgiProgram));
                if is_program && is_pool {
                    let (section, program) = (format!("group:{}", group.key.text), name.to_owned());
                    let finding = Finding::new(conf::problem::Problem::AmbiguousProgram { section, program }, span);
                    self.builder.report(Problem::from(finding));
                }
                let is_there = is_program || is_pool || may_be_included || self.unknown.contains(name);
                if !is_there && !name.contains("%(") {
                    let problem = self.unknown_member(&group.key.text, name, span);
                    self.builder.report(problem);
                }
            }
        }
    }

    /// Whether there may be programs in files that only supervisord reads.
    fn includes(&self) -> bool {
        let include = self.part.table.get(Section::Include.word()).and_then(Node::as_table);
        include.and_then(|table| table.get("files")).is_some()
    }

    fn unknown_member(&self, group: &str, name: &str, span: Span) -> Problem {
        let known = self.seen.keys().filter_map(|header| {
            let (kind, name) = header.split_once(':')?;
            matches!(kind, "program" | "fcgi-program").then_some(name)
        });
        let nearest = self.builder.nearest(name, known);
        Problem::UnknownMember { group: group.to_owned(), name: name.to_owned(), nearest, span }
    }

    fn add(&mut self, kind: Section, name: Option<&str>, table: &Table, defaults: &[Entry], span: Span) {
        let part = &self.part.name;
        self.section(kind, &Source { part, name, table, skip: &[], defaults, span });
    }

    /// Adds one section: what the table says, then what is missing from it.
    fn section(&mut self, kind: Section, source: &Source<'_>) {
        let name = source.name;
        let header = name.map_or_else(|| kind.word().to_owned(), |name| format!("{}:{name}", kind.word()));
        if !self.check_header(kind, name, &header, source.span) {
            return;
        }
        let own = source.table.entries().iter().filter(|entry| !rows::has(source.skip, &entry.key.text));
        let missing = source.defaults.iter().filter(|entry| source.table.get(&entry.key.text).is_none());
        let writer = Writer { project: self.project, part: source.part, section: kind };
        let known = Rc::clone(self.known.entry(kind).or_insert_with(|| Rc::new(Known::of(kind))));
        let mut lines: Vec<Value> = Vec::new();
        let (mut related, mut is_whole) = (Vec::new(), true);
        let is_wanted = self.builder.wants(SECTION);
        for entry in own.chain(missing).filter(|entry| !is_nowhere(entry)) {
            let option = known.by_name.get(&*entry.key.text).copied();
            self.doubt_expansions(&entry.node);
            match self.option(&writer, option, source, entry) {
                Ok(text) => {
                    let expansions = option.map_or(1, |opt| opt.expansions);
                    self.note_folder(&entry.key.text, &text, expansions, entry.node.span());
                    if is_wanted {
                        lines.push([&*entry.key.text, " = ", &text].concat().into());
                    }
                    if together::OPTIONS.contains(&&*entry.key.text) {
                        related.push((&*entry.key.text, text, entry.node.span()));
                    }
                }
                Err(problem) => {
                    is_whole = false;
                    self.builder.report(problem);
                }
            }
        }
        self.check_required(&known, source, &header);
        if is_whole {
            self.check_together(kind, &header, &related);
        }
        if !is_wanted {
            return;
        }
        let mut context = Context::new();
        context.insert_value("section", header.into());
        context.insert_value("lines", lines.into());
        self.text.begin(source.span, []);
        self.builder.render(SECTION, &context, source.span, &mut self.text);
    }

    /// Reports what is text and looks as if it were to be expanded.
    fn doubt_expansions(&mut self, node: &Node) {
        match node {
            Node::Scalar(scalar) => {
                for (text, nearest) in slips(&scalar.text) {
                    self.builder.report(Problem::ExpansionSlip { text: text.to_owned(), nearest, span: scalar.span });
                }
            }
            Node::List(list) => list.items.iter().for_each(|item| self.doubt_expansions(item)),
            Node::Table(table) => table.entries().iter().for_each(|entry| self.doubt_expansions(&entry.node)),
        }
    }

    /// The text of an entry of `source`; `option` is what the table of options says of its key.
    fn option<'e>(
        &mut self,
        writer: &Writer<'_>,
        option: Option<&Opt>,
        source: &Source<'_>,
        entry: &'e Entry,
    ) -> Result<Cow<'e, str>, Problem> {
        let Entry { key, node, .. } = entry;
        match option {
            Some(opt) if opt.ty == Type::Command => {
                let command = Command::of(writer, opt, node)?;
                writer.check(opt, node, &command.text)?;
                let script = scripts::at(&command.program, self.project);
                self.scripts.extend(script.map(|script| (script, node.span())));
                let secret = |severity| {
                    let (part, span) = (writer.part.to_owned(), node.span());
                    Problem::SecretInCommand { part, severity, span }
                };
                if !self.builder.passwords.places(&command.text).is_empty() {
                    return Err(secret(Severity::Error));
                }
                if !secret::holds_reserved(&command.text) && telling::secrets(&command.text, Form::Command).is_empty() {
                    return Ok(command.text.into());
                }
                if telling::is_doubtful(&command.text, Form::Command) {
                    self.builder.report(secret(Severity::Warning));
                }
                Ok(telling::marked(command.text.into(), Form::Command))
            }
            Some(opt) if opt.ty == Type::Environment => Ok(telling::marked(writer.text(opt, node)?, Form::Environment)),
            Some(opt) => writer.text(opt, node),
            None if options::takes_any(writer.section) && is_plain_key(&key.text) => {
                writer.unknown(&key.text, node).map(Cow::Owned)
            }
            None => Err(Problem::unknown_key(writer.section, key, source.skip, source.table)),
        }
    }

    /// Logs, the pid file and the socket need their folders; one that only supervisord can name is its own affair.
    fn note_folder(&mut self, key: &str, value: &str, expansions: u8, span: Span) {
        let path = Utf8Path::new(value);
        let folder = match key {
            "childlogdir" => Some(path),
            "logfile" | "pidfile" | "stdout_logfile" | "stderr_logfile" | "file" => path.parent(),
            _ => None,
        };
        let folder = folder.filter(|folder| !folder.as_str().contains(secret::OPEN));
        let folder = folder.and_then(|folder| unescaped(folder.as_str(), expansions));
        let is_new = |folder: &Utf8PathBuf| {
            let is_ours = *folder != self.project.directory && *folder != "/dev";
            folder.is_absolute() && is_ours && !self.folders.contains_key(folder)
        };
        if let Some(folder) = folder.map(|folder| Utf8PathBuf::from(&*folder)).filter(is_new) {
            self.folders.insert(folder, span);
        }
    }

    fn check_required(&mut self, known: &Known, source: &Source<'_>, header: &str) {
        let is_set = |opt: &Opt| {
            source.table.get(opt.name).is_some() || source.defaults.iter().any(|entry| &*entry.key.text == opt.name)
        };
        // A slip of the name is told as such, and is enough.
        let is_misspelt = |opt: &Opt| {
            let unknown =
                source.table.keys().filter(|key| !known.by_name.contains_key(*key) && !rows::has(source.skip, key));
            unknown
                .into_iter()
                .any(|key| suggest::nearest(key, known.by_name.keys().copied()).as_deref() == Some(opt.name))
        };
        for opt in known.required.iter().filter(|opt| !is_set(opt) && !is_misspelt(opt)) {
            let (part, option) = (source.part.to_owned(), opt.name.to_owned());
            self.builder.report(Problem::MissingInSection {
                part,
                option,
                header: header.to_owned(),
                span: source.table.span,
            });
        }
    }

    /// Options of a section that do not fit each other: supervisord would refuse it.
    fn check_together(&mut self, kind: Section, header: &str, related: &[(&str, Cow<'_, str>, Span)]) {
        let find = |name| related.iter().find(|(key, ..)| *key == name);
        for (option, problem) in together::check(kind, header, |name| find(name).map(|(_, text, _)| &**text)) {
            let span = find(option).map_or(self.part.span, |(.., span)| *span);
            self.builder.report(Problem::from(Finding::new(problem, span)));
        }
    }

    fn check_header(&mut self, kind: Section, name: Option<&str>, header: &str, span: Span) -> bool {
        let fits = |name: &str| {
            let plain = !name.is_empty() && !name.contains(|c: char| c.is_control() || matches!(c, '[' | ']' | '%'));
            plain && (!kind.is_program_like() && kind != Section::Group || values::name(name).is_ok_and(|n| n == name))
        };
        if name.is_some_and(|name| !fits(name) || secret::holds_reserved(name)) {
            let name = secret::masked(name.unwrap_or_default());
            self.builder.report(Problem::BadName { section: kind.word(), name, span });
            return false;
        }
        if let Some(first) = self.seen.insert(header.to_owned(), span) {
            self.builder.report(Problem::SectionTwice { header: header.to_owned(), first, span });
            return false;
        }
        true
    }
}

/// Keys of a conf are lower-cased when they are read, and end at `=` or `:`.
fn is_plain_key(key: &str) -> bool {
    !key.is_empty() && key.chars().all(|c| c.is_ascii_lowercase() || c.is_ascii_digit() || "._-".contains(c))
}

/// `directory = ""`: not the project folder but wherever the daemon is.
fn is_nowhere(entry: &Entry) -> bool {
    &*entry.key.text == "directory" && entry.node.as_scalar().is_some_and(|scalar| scalar.text.is_empty())
}
