//! `monitor`: the cluster monitor `ctl` and its cluster.ini. Options have the names of cluster.ini's keys
//! ([`crate::conf::monitor::keys`]), and are checked by the reader that `ctl` reads with.
//!
//! | option | what |
//! |---|---|
//! | a key of `[cluster]` | as there; lists are the manifest's own |
//! | a key of a service | what holds for all services: `[DEFAULT]` |
//! | `service.NAME` | a service; `port` may be `HOST:PORT` |
//! | `zeoclients`, `frontend` | without them: the services of type `ZeoClient` or of none, and all others |
//! | `connect` | `entity`, `public_name`, `use_http_proxy` |
//! | `credentials` | `login` and `passwd` of `[connect]` |
//! | `feedcache` | the URL |
//! | `control-script` | the script's name in the bin folder, default `ctl` |
//!
//! Relative paths are relative to the project folder. The log is `var/log/NAME.log`, the lock `var/NAME.lock`, and logs are
//! saved below `var/log/archive`. A service that does not say how it is controlled, and is called as a program of a
//! supervisor part, or as a zdaemon part, is controlled by that.

use std::collections::HashSet;
use std::ops::Range;

use tera::{Context, Map, Value};

use super::builder::{Builder, Target, Text};
use super::options::Options as Read;
use super::problem::Problem;
use super::scripts::{self, Runtime, Script};
use super::{is_file_name, program};
use crate::base::{Diagnostic, Severity, Sources, Span, secret, verbatim};
use crate::compile::document::{Entry, Node, Scalar, Table};
use crate::compile::known::{self, Known, Options, Shape};
use crate::compile::project::{Part, Project};
use crate::conf::monitor::keys::{self, Key, Place};
use crate::conf::monitor::{read, write};
use crate::conf::options::Type;

/// Options that are no keys.
const OWN: [Known; 8] = [
    known::RECIPE,
    known::LOCATION,
    known::PORTS,
    known::CREDENTIALS,
    Known::new("service", Shape::Any, "Under the name of each service what is to be known of it.").required(),
    Known::new("connect", Shape::Any, "How pages are asked for: `entity`, `public_name`, `use_http_proxy`."),
    Known::new("feedcache", Shape::Any, "The address that is fetched from a client before it serves again."),
    Known::new("control-script", Shape::Value(Type::Name), "The name of the script.").default("ctl"),
];

/// Its own options, and the keys of cluster.ini that hold for all.
const ROWS: [Known; OWN.len() + count()] = rows();

/// All of them.
pub(super) const OPTIONS: Options = Options::only(&ROWS);

/// Whether a key is an option of the part: `type` is a service's alone.
const fn is_option(key: &Key) -> bool {
    let is_type = matches!(key.name.as_bytes(), b"type");
    matches!(key.place, Place::Cluster | Place::Service) && !is_type
}

const fn count() -> usize {
    let (mut at, mut count) = (0, 0);
    while at < keys::KEYS.len() {
        count += is_option(&keys::KEYS[at]) as usize;
        at += 1;
    }
    count
}

const fn rows() -> [Known; OWN.len() + count()] {
    let mut rows = [known::RECIPE; OWN.len() + count()];
    let (mut at, mut next) = (0, 0);
    while next < OWN.len() {
        rows[next] = OWN[next];
        next += 1;
    }
    while at < keys::KEYS.len() {
        if is_option(&keys::KEYS[at]) {
            rows[next] = Known::new(keys::KEYS[at].name, Shape::Any, keys::KEYS[at].doc);
            next += 1;
        }
        at += 1;
    }
    rows
}

/// Keys whose values are paths.
const PATHS: [&str; 14] = [
    "logfile",
    "lock_file",
    "mail_spool",
    "perfdir",
    "archivedir",
    "log_file",
    "pid_file",
    "rotate_logs",
    "cache_dir",
    "conf",
    "supervisor_conf",
    "server_state",
    "secret_file",
    "control_socket",
];
/// Keys whose values are paths if there is a slash in them.
const PERHAPS_PATHS: [&str; 2] = ["exe", "socket"];
/// Keys whose values are seen by all in the list of processes.
const COMMANDS: [&str; 5] = ["start_command", "stop_command", "rotate_command", "reload", "ping_command"];
/// Names of sections that are no services.
const RESERVED: [&str; 4] = ["DEFAULT", "cluster", "connect", "feedcache"];

/// One section of cluster.ini.
struct Section {
    name: String,
    span: Span,
    keys: Vec<Setting>,
}

/// One key; its value as meant, with marks of secrets.
struct Setting {
    name: String,
    value: String,
    span: Span,
}

impl Section {
    fn new(name: &str, span: Span) -> Self {
        Self { name: name.to_owned(), span, keys: Vec::new() }
    }

    fn has(&self, name: &str) -> bool {
        self.keys.iter().any(|setting| setting.name == name)
    }

    fn default(&mut self, name: &str, value: impl FnOnce() -> String) {
        if !self.has(name) {
            let (name, value, span) = (name.to_owned(), value(), self.span);
            self.keys.push(Setting { name, value, span });
        }
    }
}

/// Builds the configuration and the script.
pub(super) fn build(part: &Part, builder: &mut Builder<'_>) {
    let mut options = Read::of(part);
    let control = options.text("control-script");
    builder.extend(options.finish());
    let conf = Target::project(builder.project.parts_directory.join(&part.name).join("cluster.ini"), part.span);
    script(part, control, &conf, builder);
    unknown_options(part, builder);
    let sections = sections(part, builder);
    let Some(sections) = written(part, sections, builder) else { return };
    check(part, &sections, builder);
    folders(part, &sections, builder);
    let mut context = Context::new();
    context.insert_value("manifest", builder.manifest().into());
    context.insert_value("sections", Value::from(sections.iter().map(rendered).collect::<Vec<_>>()));
    let mut text = Text::default();
    builder.render("monitor/cluster.ini", &context, part.span, &mut text);
    builder.file(part, conf, text, 0o644);
}

fn script(part: &Part, control: Option<&Scalar>, conf: &Target, builder: &mut Builder<'_>) {
    let (name, span) = control.map_or(("ctl", part.span), |scalar| (scalar.text.trim(), scalar.span));
    if secret::is_marked(name) || verbatim::is_marked(name) {
        return builder.report(Problem::SecretInPath { part: part.name.clone(), span });
    }
    if !is_file_name(name) {
        return builder.report(bad_value(part, "control-script", name, "the name of a file, without `/`", span));
    }
    let arguments = scripts::with_conf("-c", Some(conf.path()));
    scripts::write(part, builder, &Runtime::Recipe, &Script { name, program: "ctl", arguments, span });
}

fn bad_value(part: &Part, option: &str, value: &str, expected: &'static str, span: Span) -> Problem {
    let (part, option, value) = (part.name.clone(), option.to_owned(), secret::masked(value));
    Problem::BadValue { part, option, value, expected, span }
}

fn wrong_kind(part: &Part, option: &str, expected: &'static str, node: &Node) -> Problem {
    let (part, option) = (part.name.clone(), option.to_owned());
    Problem::WrongKind { part, option, expected, actual: node.kind(), span: node.span() }
}

fn is_key(name: &str, place: Place) -> bool {
    keys::KEYS.iter().any(|key| key.name == name && key.place == place)
}

fn unknown_options(part: &Part, builder: &mut Builder<'_>) {
    let unknown = part.table.entries().iter().filter(|entry| !known::has(&ROWS, &entry.key.text));
    let problem = |entry: &Entry| Problem::unknown_option(part, &entry.key, "", OPTIONS.names());
    builder.extend(unknown.map(problem).collect::<Vec<_>>());
    let services = tables(part, "service", builder);
    for (within, place, tables) in [
        ("service", Place::Service, services.iter().map(|(_, table)| *table).collect()),
        ("connect", Place::Connect, part.table.get("connect").and_then(Node::as_table).into_iter().collect::<Vec<_>>()),
    ] {
        let known =
            || keys::KEYS.iter().filter(|key| key.place == place).map(|key| key.name).filter(|name| !is_secret(name));
        for entry in tables.iter().flat_map(|table| table.entries()) {
            if known().all(|name| name != &*entry.key.text) {
                builder.report(Problem::unknown_option(part, &entry.key, within, known()));
            }
        }
    }
    if let Some(node) = part.table.get("connect").filter(|node| node.as_table().is_none()) {
        builder.report(wrong_kind(part, "connect", "a table", node));
    }
}

/// What `credentials` says.
fn is_secret(name: &str) -> bool {
    matches!(name, "login" | "passwd")
}

/// The tables in a table of tables, by name.
fn tables<'p>(part: &'p Part, name: &str, builder: &mut Builder<'_>) -> Vec<(&'p Entry, &'p Table)> {
    let Some(node) = part.table.get(name) else { return Vec::new() };
    let Some(table) = node.as_table() else {
        builder.report(wrong_kind(part, name, "a table of tables", node));
        return Vec::new();
    };
    let mut found = Vec::new();
    for entry in table.entries() {
        match entry.node.as_table() {
            Some(inner) => found.push((entry, inner)),
            None => builder.report(wrong_kind(part, &format!("{name}.{}", entry.key.text), "a table", &entry.node)),
        }
    }
    found
}

/// All sections, with what is said and what holds without that.
fn sections(part: &Part, builder: &mut Builder<'_>) -> Vec<Section> {
    let mut defaults = Section::new("DEFAULT", part.span);
    let mut cluster = Section::new("cluster", part.span);
    for entry in part.table.entries().iter().filter(|entry| !known::has(&OWN, &entry.key.text)) {
        let section = if is_key(&entry.key.text, Place::Cluster) { &mut cluster } else { &mut defaults };
        section.keys.extend(setting(part, entry, builder));
    }
    let mut services = Vec::new();
    for (entry, table) in tables(part, "service", builder) {
        services.extend(service(part, entry, table, builder));
    }
    if part.table.get("service").is_none() {
        let option = "service".to_owned();
        builder.report(Problem::MissingOption { part: part.name.clone(), option, span: part.span });
    }
    lists(&mut cluster, &services);
    let directory = &builder.project.directory;
    cluster.default("logfile", || directory.join(format!("var/log/{}.log", part.name)).into_string());
    cluster.default("lock_file", || directory.join(format!("var/{}.lock", part.name)).into_string());
    if services.iter().any(|service| service.has("rotate_logs")) || defaults.has("rotate_logs") {
        cluster.default("archivedir", || directory.join("var/log/archive").into_string());
    }
    let mut all = vec![defaults, cluster];
    all.push(connect(part, builder));
    if let Some(entry) = part.table.entry("feedcache") {
        let mut section = Section::new("feedcache", entry.key.span);
        let url = setting(part, entry, builder).map(|setting| Setting { name: "url".to_owned(), ..setting });
        section.keys.extend(url);
        all.push(section);
    }
    all.retain(|section| !section.keys.is_empty());
    all.extend(services);
    all
}

/// The lists of services, as their types have it.
fn lists(cluster: &mut Section, services: &[Section]) {
    if cluster.has("zeoclients") || cluster.has("frontend") {
        return;
    }
    let is_client = |service: &&Section| {
        let kind = service.keys.iter().find(|setting| setting.name == "type");
        kind.is_none_or(|setting| setting.value == "ZeoClient")
    };
    let (clients, others): (Vec<&Section>, Vec<&Section>) = services.iter().partition(is_client);
    for (key, services) in [("zeoclients", clients), ("frontend", others)] {
        if !services.is_empty() {
            let names: Vec<&str> = services.iter().map(|service| service.name.as_str()).collect();
            cluster.default(key, || names.join(", "));
        }
    }
}

fn connect(part: &Part, builder: &mut Builder<'_>) -> Section {
    let mut section = Section::new("connect", part.span);
    let said = part.table.get("connect").and_then(Node::as_table).map_or(&[][..], Table::entries);
    for entry in said {
        section.keys.extend(setting(part, entry, builder));
    }
    let credentials = part.table.get("credentials").and_then(Node::as_table);
    for (key, option) in [("login", "username"), ("passwd", "password")] {
        let Some(scalar) = credentials.and_then(|table| table.scalar(option)) else { continue };
        if verbatim::is_marked(&scalar.text) {
            let expected = "a password that is known when this is built";
            builder.report(bad_value(part, "credentials.password", "env", expected, scalar.span));
            continue;
        }
        let value = scalar.text.to_string();
        section.keys.push(Setting { name: key.to_owned(), value, span: scalar.span });
    }
    section
}

fn service(part: &Part, entry: &Entry, table: &Table, builder: &mut Builder<'_>) -> Option<Section> {
    let name = &*entry.key.text;
    let is_bad = |c: char| c == ']' || c == ',' || c.is_control();
    if name.is_empty() || name.trim() != name || name.contains(is_bad) || RESERVED.contains(&name) {
        let expected = "a name without `,`, `]` and blanks at its ends, that is no section of cluster.ini's own";
        builder.report(bad_value(part, "service", name, expected, entry.key.span));
        return None;
    }
    let mut section = Section::new(name, entry.key.span);
    for entry in table.entries() {
        let setting = setting(part, entry, builder);
        match setting {
            Some(setting) if setting.name == "port" => address(&mut section, table, setting),
            setting => section.keys.extend(setting),
        }
    }
    controlled(&mut section, builder.project);
    Some(section)
}

/// `HOST:PORT`, as ports of other parts are: the host is where it is connected to, unless that is said.
fn address(section: &mut Section, table: &Table, port: Setting) {
    match port.value.rsplit_once(':') {
        Some((host, number)) => {
            if !matches!(host, "" | "*" | "0.0.0.0") && table.get("ip").is_none() {
                let host = host.trim_start_matches('[').trim_end_matches(']').to_owned();
                section.keys.push(Setting { name: "ip".to_owned(), value: host, span: port.span });
            }
            section.keys.push(Setting { value: number.to_owned(), ..port });
        }
        None => section.keys.push(port),
    }
}

/// How a service is controlled that does not say so, or that only names the program.
fn controlled(section: &mut Section, project: &Project) {
    let value = |name: &str| section.keys.iter().find(|setting| setting.name == name).map(|s| s.value.as_str());
    if value("supervisor_conf").is_some() || value("start_command").is_some() {
        return;
    }
    let name = match value("control") {
        Some(control) => control.strip_prefix("supervisor:"),
        None => value("service_name").or(Some(&section.name)),
    };
    let Some(name) = name.map(str::to_owned) else { return };
    if let Some(supervisor) = project.parts.iter().find(|part| runs(part, &name)) {
        let conf = conf_of(supervisor, "supervisord-conf", "supervisord.conf", project);
        section.default("control", || format!("supervisor:{name}"));
        section.default("supervisor_conf", || conf);
    } else if let Some(zdaemon) = project.parts.iter().find(|part| part.kind.name == "zdaemon" && part.name == name) {
        let conf = conf_of(zdaemon, "zdaemon-conf", "zdaemon.conf", project);
        section.default("control", || format!("zdaemon:{conf}"));
    }
}

/// Whether a part is a supervisor that has a program of this name.
fn runs(part: &Part, name: &str) -> bool {
    let own = |kind: &str| part.table.get(kind).and_then(Node::as_table).is_some_and(|table| table.get(name).is_some());
    let is_listed = || program::listed(part).any(|(listed, _)| listed == name);
    part.kind.name == "supervisor" && (is_listed() || own("program") || own("fcgi-program"))
}

fn conf_of(part: &Part, option: &str, file: &str, project: &Project) -> String {
    match part.table.scalar(option) {
        Some(scalar) => project.absolute(&scalar.text).into_string(),
        None => project.parts_directory.join(&part.name).join(file).into_string(),
    }
}

/// A key with its value: lists are joined as the key wants it, paths are absolute.
fn setting(part: &Part, entry: &Entry, builder: &mut Builder<'_>) -> Option<Setting> {
    let (name, span) = (entry.key.text.to_string(), entry.node.span());
    let items: Vec<&Scalar> = match &entry.node {
        Node::Scalar(scalar) => vec![scalar],
        Node::List(list) if separator(&name).is_some() => {
            let wrong = list.items.iter().find(|item| item.as_scalar().is_none());
            builder.extend(wrong.map(|item| wrong_kind(part, &name, "a list of texts", item)));
            list.items.iter().filter_map(Node::as_scalar).collect()
        }
        node => {
            builder.report(wrong_kind(part, &name, "a text", node));
            return None;
        }
    };
    let is_command = COMMANDS.contains(&name.as_str());
    if is_command && items.iter().any(|item| secret::is_marked(&item.text)) {
        let (part, severity) = (part.name.clone(), Severity::Error);
        builder.report(Problem::SecretInCommand { part, severity, span });
    }
    let texts = items.into_iter().map(|item| path(&name, &item.text, builder.project));
    let value = texts.collect::<Vec<_>>().join(separator(&name).unwrap_or(""));
    Some(Setting { name, value: verbatim::reveal(&value), span })
}

/// What stands between the items of a list.
fn separator(key: &str) -> Option<&'static str> {
    Some(match key {
        "zeoclients" | "frontend" => ", ",
        "toaddrs" => ";",
        "rotate_logs" => "\n",
        "critical_errors" => "|",
        "ping_command" => " ",
        _ => return None,
    })
}

fn path(key: &str, text: &str, project: &Project) -> String {
    let absolute = |path: &str| project.absolute(path).into_string();
    match text.strip_prefix("zdaemon:") {
        Some(conf) if key == "control" => format!("zdaemon:{}", absolute(conf)),
        _ if text.is_empty() => String::new(),
        _ if PATHS.contains(&key) => text.lines().map(|line| absolute(line.trim())).collect::<Vec<_>>().join("\n"),
        _ if PERHAPS_PATHS.contains(&key) && text.contains('/') => absolute(text),
        _ => text.to_owned(),
    }
}

/// The sections with their values as cluster.ini holds them; none if it cannot hold one.
fn written(part: &Part, mut sections: Vec<Section>, builder: &mut Builder<'_>) -> Option<Vec<Section>> {
    let mut is_good = true;
    for section in &mut sections {
        for setting in &mut section.keys {
            match write::value(&setting.value) {
                Ok(value) => setting.value = value,
                Err(why) => {
                    is_good = false;
                    builder.report(bad_value(part, &setting.name, &setting.value, why.expected(), setting.span));
                }
            }
        }
    }
    Some(sections).filter(|_| is_good)
}

/// What the reader of `ctl` says, at the places of the manifest.
fn check(part: &Part, sections: &[Section], builder: &mut Builder<'_>) {
    let mut text = String::new();
    let mut places: Vec<(Range<usize>, Span)> = Vec::new();
    let mut put = |line: &str, span: Span| {
        let start = text.len();
        text.push_str(line);
        places.push((start..text.len(), span));
    };
    for section in sections {
        put(&format!("[{}]\n", section.name), section.span);
        for setting in &section.keys {
            put(&format!("{} = {}\n", setting.name, secret::reveal(&setting.value)), setting.span);
        }
    }
    let file = Sources::new().add("cluster.ini", text.as_str());
    let place = |span: Option<Span>| {
        let at = span.map_or(0, |span| span.start as usize);
        places.iter().find(|(range, _)| range.contains(&at)).map_or(part.span, |(_, span)| *span)
    };
    let mut told = HashSet::new();
    for finding in read(file, &text).found.into_iter().filter(|finding| finding.severity > Severity::Info) {
        let span = place(finding.span);
        let labels = finding.labels.into_iter().map(|mut label| {
            label.span = place(Some(label.span));
            label
        });
        if told.insert((span, finding.message.clone())) {
            let labels = labels.collect();
            builder.report(Diagnostic { span: Some(span), labels, ..finding });
        }
    }
}

/// The folders in the project that `ctl` writes to.
fn folders(part: &Part, sections: &[Section], builder: &mut Builder<'_>) {
    let project = builder.project;
    for setting in sections.iter().flat_map(|section| &section.keys) {
        let path = secret::reveal(&setting.value);
        let path = camino::Utf8Path::new(&path);
        let folder = match setting.name.as_str() {
            "logfile" | "lock_file" | "mail_spool" => path.parent(),
            "perfdir" => Some(path),
            _ => None,
        };
        let inside = folder.filter(|folder| folder.starts_with(&project.directory) && *folder != project.directory);
        if let Some(folder) = inside {
            builder.folder(part, Target::project(folder, setting.span));
        }
    }
}

fn rendered(section: &Section) -> Value {
    let text = |pairs: [(&str, &str); 2]| {
        let mut map = Map::new();
        for (name, value) in pairs {
            map.insert(name.to_owned().into(), value.into());
        }
        map
    };
    let keys =
        section.keys.iter().map(|setting| Value::from(text([("name", &setting.name), ("value", &setting.value)])));
    let mut map = Map::new();
    map.insert("name".to_owned().into(), section.name.as_str().into());
    map.insert("keys".to_owned().into(), Value::from(keys.collect::<Vec<_>>()));
    Value::from(map)
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::super::testing::{built, file, findings, folders, outputs, project};
    use crate::base::secret;

    /// A project of a supervisor with two programs, a zdaemon and this monitor.
    fn watched(monitor: &Value) -> Value {
        json!({
            "a1": {"recipe": "program", "command": "x"},
            "s": {"recipe": "supervisor", "programs": ["a1"], "program": {"a2": {"command": "y"}}},
            "zeo": {"recipe": "zdaemon", "program": "z"},
            "m": monitor,
        })
    }

    #[test]
    fn a_manifest_becomes_a_cluster_ini() {
        let manifest = watched(&json!({
            "recipe": "monitor",
            "fromaddr": "ctl@example.org",
            "toaddrs": ["a@example.org", "b@example.org"],
            "critical_errors": ["MemoryError", "Conflict"],
            "perfdir": "var/perf",
            "timeout": 5,
            "credentials": {"username": "admin", "password": secret::mark("s3 kret")},
            "connect": {"entity": "Plone"},
            "feedcache": "/feed",
            "service": {
                "a1": {"port": "127.0.0.1:8081", "log_file": "var/a1.log", "rotate_logs": ["var/a1.log", "/z2.log"]},
                "a2": {"port": 8082, "ip": "::1"},
                "zeo": {"type": "ZeoServer", "port": "*:8100"},
                "web": {"type": "TCPServer", "port": 80, "control": "systemd:nginx"},
            },
        }));
        let outputs = outputs(&project(false, &manifest));
        let (text, mode) = file(&outputs, "/p/parts/m/cluster.ini");
        let expected = "\
# Written by recipe build from recipe.toml; do not edit.

[DEFAULT]
critical_errors = MemoryError|Conflict
timeout = 5

[cluster]
fromaddr = ctl@example.org
toaddrs = a@example.org;b@example.org
perfdir = /p/var/perf
zeoclients = a1, a2
frontend = zeo, web
logfile = /p/var/log/m.log
lock_file = /p/var/m.lock
archivedir = /p/var/log/archive

[connect]
entity = Plone
login = admin
passwd = s3 kret

[feedcache]
url = /feed

[a1]
ip = 127.0.0.1
port = 8081
log_file = /p/var/a1.log
rotate_logs = /p/var/a1.log
    /z2.log
control = supervisor:a1
supervisor_conf = /p/parts/s/supervisord.conf

[a2]
port = 8082
ip = ::1
control = supervisor:a2
supervisor_conf = /p/parts/s/supervisord.conf

[zeo]
type = ZeoServer
port = 8100
control = zdaemon:/p/parts/zeo/zdaemon.conf

[web]
type = TCPServer
port = 80
control = systemd:nginx
";
        assert_eq!((text, mode), (expected, 0o600));
        let (script, mode) = file(&outputs, "/p/bin/ctl");
        assert!(script.ends_with("exec \"$run\" ctl -c /p/parts/m/cluster.ini \"$@\"\n"), "{script}");
        assert_eq!(mode, 0o755);
        assert!(["/p/var", "/p/var/log", "/p/var/perf"].iter().all(|folder| folders(&outputs).contains(folder)));
    }

    #[test]
    fn without_a_password_everyone_may_read_it() {
        let manifest = json!({"m": {"recipe": "monitor", "control-script": "watch",
            "service": {"a": {"type": "TCPServer", "port": 1}}}});
        let outputs = outputs(&project(false, &manifest));
        assert_eq!(file(&outputs, "/p/parts/m/cluster.ini").1, 0o644);
        file(&outputs, "/p/bin/watch");
    }

    #[test]
    fn what_is_wrong_is_told() {
        let monitor = json!({
            "recipe": "monitor",
            "control-script": "a/b",
            "timout": 5,
            "timeout": "soon",
            "connect": {"entitty": "x"},
            "subject": "a ; b",
            "service": {
                "cluster": {"port": 1},
                "a": {"prot": 1, "type": {"x": 1}},
                "b": 3,
            },
        });
        let found = findings(&project(false, &json!({"m": monitor})));
        for part in [
            "bad-value: `control-script` of part `m` is `a/b`",
            "unknown-option: part `m` has no option `timout`",
            "unknown-option: `connect` of part `m` has no option `entitty`",
            "unknown-option: `service` of part `m` has no option `prot`",
            "wrong-type: `service.b` of part `m` is a number, not a table",
            "wrong-type: `type` of part `m` is a table, not a text",
            "bad-value: `service` of part `m` is `cluster`",
            "bad-value: `subject` of part `m` is `a ; b`",
        ] {
            assert!(found.iter().any(|found| found == part), "{part}\n{found:#?}");
        }
        let monitor = json!({"recipe": "monitor", "timeout": "soon", "frontend": "a, x", "service": {
            "a": {"port": 99999, "start_command": secret::mark("s3"), "stop_command": "y"}}});
        let (_, found) = built(&project(false, &json!({"m": monitor})));
        let found: Vec<String> = found.into_iter().map(|found| format!("{}: {}", found.code, found.message)).collect();
        for part in [
            "monitor-bad-value: `timeout` is `soon`: expected a whole number of seconds from 1 to 86400",
            "monitor-unknown-service: there is no frontend named x, please check your configuration file",
            "monitor-missing-key: [a] has no `type`: expected what it is, such as `TCPServer`",
            "monitor-bad-value: `port` is `99999`: expected a port from 1 to 65535",
            "secret-in-command: the command of part `m` holds a secret, and everyone can read the arguments of a process",
        ] {
            assert!(found.iter().any(|found| found == part), "{part}\n{found:#?}");
        }
        assert!(!findings(&project(false, &json!({"m": {"recipe": "monitor"}}))).is_empty());
    }
}
