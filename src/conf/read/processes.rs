//! The processes of one program-like section, `numprocs` of them.

use std::collections::HashMap;
use std::rc::Rc;

use super::Reader;
use super::fetch::{Fetch, Fetched, Options};
use super::groups::Shared;
use crate::conf::environment;
use crate::conf::expand::{Label, Scope};
use crate::conf::format::Value;
use crate::conf::include::Context;
use crate::conf::ini;
use crate::conf::model::{Autorestart, Channel, ChildLog, Process};
use crate::conf::options::Section;
use crate::conf::problem::{Finding, Problem};
use crate::conf::python::strip;
use crate::conf::together;
use crate::conf::values::{self, ChildLogName};

/// How many processes there are, and the number of the first.
struct Numbers {
    count: i64,
    first: i64,
}

impl<'r> Reader<'r> {
    /// The processes of `section` in the group `group`, sorted by priority, then name.
    pub(super) fn processes(
        &mut self,
        kind: Section,
        section: &'r ini::Section<'r>,
        group: &str,
        shared: Shared<'_>,
    ) -> Vec<Rc<Process>> {
        let file = section.span.map_or("", |span| self.loaded.path(span.file));
        self.sink.enter(section.name, file);
        let mut processes = self.numbered(kind, section, group, shared);
        self.sink.leave();
        processes.sort_by(|a, b| (a.priority, &a.name).cmp(&(b.priority, &b.name)));
        processes.into_iter().map(Rc::new).collect()
    }

    fn numbered(
        &mut self,
        kind: Section,
        section: &'r ini::Section<'r>,
        group: &str,
        shared: Shared<'_>,
    ) -> Vec<Process> {
        let name = section.name.split_once(':').map_or("", |(_, name)| name);
        let checked = values::name(name).map_err(|problem| Finding::new(problem, section.span));
        let name = self.sink.take(checked).unwrap_or_else(|| strip(name));
        let context = self.context;
        let mut scope = Scope::new(shared.environ)
            .with("here", Value::Text(self.here))
            .with("program_name", Value::Text(name))
            .with("host_node_name", Value::Text(context.host_node_name))
            .with("group_name", Value::Text(group));
        // All program-like sections have these options, with the defaults of a program: the priority of listeners is
        // that of their group.
        let options = Options { ini: self.ini, kind: Section::Program, section };
        let (common, numbers) = common(&mut options.with(&scope, &mut self.sink), kind);
        let total = self.processes.saturating_add(numbers.count.max(0));
        if let Err(problem) = together::number(total) {
            let span = options.raw("numprocs").and_then(|fetched| fetched.span).or(section.span);
            self.sink.error(Finding::new(problem, span));
            return Vec::new();
        }
        self.processes = total;
        let mut processes = Vec::new();
        for number in numbers.first..numbers.first.saturating_add(numbers.count) {
            scope.set("process_num", Value::Integer(number));
            scope.set("numprocs", Value::Integer(numbers.count));
            let errors = self.sink.errors.len();
            processes.push(one(options, &mut scope, &mut self.sink, &common, shared, context));
            if self.sink.errors.len() > errors {
                // The others have the same fault, most likely.
                break;
            }
        }
        processes
    }
}

/// What does not depend on the number of the process, in the order in which it is checked.
fn common(get: &mut Fetch<'_, '_>, kind: Section) -> (Process, Numbers) {
    let priority = get.value("priority", values::integer).unwrap_or(999);
    let autostart = get.boolean("autostart");
    let autorestart = get.value("autorestart", values::autorestart).unwrap_or(Autorestart::Unexpected);
    let startsecs = get.integer("startsecs");
    let startretries = get.integer("startretries");
    let stopsignal = get.value("stopsignal", values::signal).unwrap_or(15);
    let stopwaitsecs = get.integer("stopwaitsecs");
    let stopasgroup = get.boolean("stopasgroup");
    let killasgroup = get.value("killasgroup", values::boolean).unwrap_or(stopasgroup);
    let exitcodes = get.value("exitcodes", values::exit_codes).unwrap_or_default();
    let redirect_stderr = get.boolean("redirect_stderr");
    let numbers = Numbers { count: get.integer("numprocs"), first: get.integer("numprocs_start") };
    let stdout = channel(get, "stdout_capture_maxbytes", "stdout_events_enabled");
    let stderr = channel(get, "stderr_capture_maxbytes", "stderr_events_enabled");
    let serverurl = get.string("serverurl").filter(|url| !strip(url).eq_ignore_ascii_case("auto"));
    // The user of a FastCGI program has been looked at with its socket.
    let user = if kind == Section::FcgiProgram { get.string("user") } else { get.user() };
    let umask = get.value("umask", values::octal);
    let name = process_name(get, numbers.count);
    if let Err(problem) = together::group_signals(stopasgroup, killasgroup) {
        let span = get.options.raw("killasgroup").and_then(|fetched| fetched.span);
        get.sink.error(Finding::new(problem, span));
    }
    let process = Process {
        name,
        command: String::new(),
        directory: None,
        umask,
        user,
        environment: Vec::new(),
        priority,
        autostart,
        autorestart,
        startsecs,
        startretries,
        exitcodes,
        stopsignal,
        stopwaitsecs,
        stopasgroup,
        killasgroup,
        redirect_stderr,
        stdout,
        stderr,
        serverurl,
    };
    (process, numbers)
}

/// The options of a channel that are the same for all processes.
fn channel(get: &mut Fetch<'_, '_>, capture_maxbytes: &str, events_enabled: &str) -> Channel {
    Channel {
        logfile: ChildLog::None,
        logfile_maxbytes: 0,
        logfile_backups: 0,
        capture_maxbytes: get.byte_size(capture_maxbytes),
        events_enabled: get.boolean(events_enabled),
        syslog: false,
    }
}

/// `process_name`, not yet expanded.
fn process_name(get: &mut Fetch<'_, '_>, numprocs: i64) -> String {
    let Some(fetched) = get.options.raw("process_name") else { return String::new() };
    let name = fetched.located(values::name(&fetched.text));
    let name = get.sink.take(name).unwrap_or_default();
    if let Err(problem) = together::process_name(numprocs, name) {
        let span = fetched.span.or_else(|| get.options.raw("numprocs").and_then(|f| f.span));
        get.sink.error(Finding::new(problem, span));
    }
    name.to_owned()
}

/// The process of the number that `scope` has.
fn one(
    options: Options<'_>,
    scope: &mut Scope<'_>,
    sink: &mut super::Sink,
    common: &Process,
    shared: Shared<'_>,
    context: &Context<'_>,
) -> Process {
    scope.reset_own();
    let environment = own_environment(&mut options.with(scope, sink));
    scope.add_own(&environment);
    let mut get = options.with(scope, sink);
    let get = &mut get;
    let directory = get.string("directory");
    let mut stdout = logs(get, &STDOUT, &common.stdout, context);
    let mut stderr = logs(get, &STDERR, &common.stderr, context);
    if common.redirect_stderr {
        if matches!(stderr.logfile, ChildLog::Path(_)) {
            warn_of_ignored_log(get);
        }
        stderr.logfile = ChildLog::None;
    }
    // An empty path is none.
    for channel in [&mut stdout, &mut stderr] {
        if matches!(&channel.logfile, ChildLog::Path(path) if path.is_empty()) {
            channel.logfile = ChildLog::None;
        }
    }
    let command = command(get);
    let place = get.options.raw("process_name").and_then(|fetched| fetched.span);
    let name = get.expanded(&Fetched::of(&common.name, place), Label::Bare("process_name"));
    Process {
        name: name.map(|fetched| fetched.text.into_owned()).unwrap_or_default(),
        command,
        directory,
        environment: merged(shared.variables, environment),
        stdout,
        stderr,
        ..common.clone()
    }
}

fn own_environment(get: &mut Fetch<'_, '_>) -> Vec<(String, String)> {
    let expanded = get.options.raw("environment").and_then(|raw| get.expanded(&raw, Label::Bare("environment")));
    let Some(fetched) = expanded else { return Vec::new() };
    let pairs = fetched.located(environment::parse(&fetched.text));
    get.sink.take(pairs).unwrap_or_default()
}

/// `variables` with `own`, which has each name once, over them.
fn merged(variables: &[(String, String)], own: Vec<(String, String)>) -> Vec<(String, String)> {
    if variables.is_empty() {
        return own;
    }
    let mut all = variables.to_vec();
    let mut places: HashMap<String, usize> =
        variables.iter().enumerate().map(|(at, (name, _))| (name.clone(), at)).collect();
    for (name, value) in own {
        let at = *places.entry(name.clone()).or_insert(all.len());
        match all.get_mut(at) {
            Some((_, known)) => *known = value,
            None => all.push((name, value)),
        }
    }
    all
}

fn command(get: &mut Fetch<'_, '_>) -> String {
    if get.options.raw("command").is_none() {
        let problem = Problem::NoCommand { section: get.options.header().to_owned() };
        get.sink.error(Finding::new(problem, get.options.section.span));
    }
    get.string("command").unwrap_or_default()
}

/// The names of the options of a channel.
struct ChannelOptions {
    logfile: &'static str,
    backups: &'static str,
    maxbytes: &'static str,
    syslog: &'static str,
}

const STDOUT: ChannelOptions = ChannelOptions {
    logfile: "stdout_logfile",
    backups: "stdout_logfile_backups",
    maxbytes: "stdout_logfile_maxbytes",
    syslog: "stdout_syslog",
};

const STDERR: ChannelOptions = ChannelOptions {
    logfile: "stderr_logfile",
    backups: "stderr_logfile_backups",
    maxbytes: "stderr_logfile_maxbytes",
    syslog: "stderr_syslog",
};

/// The options of a channel that may differ between processes.
fn logs(get: &mut Fetch<'_, '_>, names: &ChannelOptions, common: &Channel, context: &Context<'_>) -> Channel {
    let header = get.options.header();
    let fetched = get.text_twice(names.logfile);
    let (text, span) = fetched.map(|f| (f.text.into_owned(), f.span)).unwrap_or_default();
    let name = values::child_log(&text);
    let logfile = match name {
        ChildLogName::Auto => ChildLog::Auto,
        ChildLogName::None | ChildLogName::Syslog => ChildLog::None,
        ChildLogName::Path(path) => ChildLog::Path(get.in_existing(names.logfile, path, span, context)),
    };
    let logfile_backups = get.integer(names.backups);
    let logfile_maxbytes = get.byte_size(names.maxbytes);
    let mut syslog = get.boolean(names.syslog);
    if name == ChildLogName::Syslog {
        let (log, option) = (names.logfile, names.syslog);
        let text = format!(
            "For [{header}], {log}=syslog but this is deprecated and will be removed.  Use {option}=true to enable \
             syslog instead."
        );
        get.sink.warn("conf-deprecated", text, span);
        syslog = true;
    }
    if logfile == ChildLog::Auto && logfile_maxbytes == 0 {
        let log = names.logfile;
        let text = format!(
            "For [{header}], AUTO logging used for {log} without rollover, set maxbytes > 0 to avoid filling up \
             filesystem unintentionally"
        );
        let span = get.options.raw(names.maxbytes).and_then(|fetched| fetched.span);
        get.sink.warn("conf-auto-log-without-rollover", text, span);
    }
    Channel { logfile, logfile_maxbytes, logfile_backups, syslog, ..common.clone() }
}

fn warn_of_ignored_log(get: &mut Fetch<'_, '_>) {
    let header = get.options.header();
    let text = format!(
        "For [{header}], redirect_stderr=true but stderr_logfile has also been set to a filename, the filename has \
         been ignored"
    );
    let span = get.options.raw("stderr_logfile").and_then(|fetched| fetched.span);
    get.sink.warn("conf-ignored-log", text, span);
}
