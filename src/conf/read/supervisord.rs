//! `[supervisord]`.

use super::fetch::{Fetch, Options};
use super::sink::Sink;
use super::{Reader, main_scope};
use crate::conf::environment;
use crate::conf::expand::{Label, Scope};
use crate::conf::format::Value;
use crate::conf::include::Context;
use crate::conf::ini;
use crate::conf::model::{LogLevel, MainLog, Supervisord};
use crate::conf::options::Section;
use crate::conf::problem::{Finding, Problem};
use crate::conf::values;

impl Reader<'_> {
    pub(super) fn supervisord(&mut self) -> Supervisord {
        let absent = ini::Section::default();
        let section = self.ini.section("supervisord").unwrap_or_else(|| {
            let problem = Problem::NoMainSection { section: Section::Supervisord };
            self.sink.error(Finding::new(problem, self.loaded.start()));
            &absent
        });
        let context = self.context;
        let scope = main_scope(&self.environ, self.here);
        let with_host = scope.clone().with("host_node_name", Value::Text(context.host_node_name));
        let options = Options { ini: self.ini, kind: Section::Supervisord, section };
        let mut get = options.with(&scope, &mut self.sink);
        // Fields are evaluated in the order written here, which is the one of the original.
        let mut main = Supervisord {
            minfds: get.integer("minfds"),
            minprocs: get.integer("minprocs"),
            directory: get.directory("directory", context),
            user: get.string("user"),
            umask: get.octal("umask"),
            logfile: main_log(&path(&mut get, "logfile", context), context),
            logfile_maxbytes: get.byte_size("logfile_maxbytes"),
            logfile_backups: get.integer("logfile_backups"),
            loglevel: get.value("loglevel", values::log_level).unwrap_or(LogLevel::Info),
            pidfile: context.normalize(&path(&mut get, "pidfile", context)),
            identifier: get.string("identifier").unwrap_or_default(),
            nodaemon: get.boolean("nodaemon"),
            silent: get.boolean("silent"),
            childlogdir: childlogdir(&mut get, context),
            nocleanup: get.boolean("nocleanup"),
            strip_ansi: get.boolean("strip_ansi"),
            environment: Vec::new(),
        };
        main.environment = environment(options, &scope, &with_host, &mut self.sink).unwrap_or_default();
        main
    }
}

fn childlogdir(get: &mut Fetch<'_, '_>, context: &Context<'_>) -> String {
    let set = get.directory("childlogdir", context);
    set.unwrap_or_else(|| get.existing("childlogdir", context.tempdir.to_owned(), None, context))
}

/// The path of a file in a folder that must be there.
fn path(get: &mut Fetch<'_, '_>, option: &'static str, context: &Context<'_>) -> String {
    let Some(fetched) = get.text(option) else { return String::new() };
    get.in_existing(option, &fetched.text, fetched.span, context)
}

fn main_log(path: &str, context: &Context<'_>) -> MainLog {
    if path == "syslog" { MainLog::Syslog } else { MainLog::Path(context.normalize(path)) }
}

/// The original does not know the host's name when it expands this for the first time, and so refuses it, although its
/// second expansion does. Here it is known wherever it is used.
fn environment(
    options: Options<'_>,
    scope: &Scope<'_>,
    with_host: &Scope<'_>,
    sink: &mut Sink,
) -> Option<Vec<(String, String)>> {
    let names_host = options.raw("environment")?.text.contains("%(host_node_name)");
    let once = options.with(if names_host { with_host } else { scope }, sink).text("environment")?;
    let twice = options.with(with_host, sink).expanded(&once, Label::Bare("environment"))?;
    let pairs = twice.located(environment::parse(&twice.text));
    sink.take(pairs)
}
