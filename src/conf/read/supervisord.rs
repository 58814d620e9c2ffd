//! `[supervisord]`.

use super::fetch::{Fetch, Options};
use super::{Reader, main_scope};
use crate::conf::environment;
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
            self.sink.error(Finding::new(problem, None));
            &absent
        });
        let context = self.context;
        let scope = main_scope(&self.environ, self.here);
        let options = Options { ini: self.ini, table: &self.table, kind: Section::Supervisord, section };
        let mut get = options.with(&scope, &mut self.sink);
        let minfds = get.integer("minfds");
        let minprocs = get.integer("minprocs");
        let directory = get.directory("directory", context);
        let user = get.string("user");
        let umask = get.octal("umask");
        let logfile = path(&mut get, "logfile", context);
        let logfile_maxbytes = get.byte_size("logfile_maxbytes");
        let logfile_backups = get.integer("logfile_backups");
        let loglevel = get.value("loglevel", values::log_level).unwrap_or(LogLevel::Info);
        let pidfile = path(&mut get, "pidfile", context);
        let identifier = get.string("identifier").unwrap_or_default();
        let nodaemon = get.boolean("nodaemon");
        let silent = get.boolean("silent");
        let childlogdir = match get.directory("childlogdir", context) {
            Some(directory) => directory,
            None => get.existing("childlogdir", context.tempdir.to_owned(), None, context),
        };
        let nocleanup = get.boolean("nocleanup");
        let strip_ansi = get.boolean("strip_ansi");
        // The original does not know the host's name when it expands this for the first time, and so refuses it,
        // although its second expansion does.
        let scope = scope.with("host_node_name", Value::Text(context.host_node_name));
        let environment = environment(options.with(&scope, &mut self.sink));
        Supervisord {
            logfile: main_log(&logfile, context),
            logfile_maxbytes,
            logfile_backups,
            loglevel,
            pidfile: context.normalize(&pidfile),
            umask,
            nodaemon,
            silent,
            minfds,
            minprocs,
            nocleanup,
            childlogdir,
            user,
            directory,
            strip_ansi,
            environment,
            identifier,
        }
    }
}

/// The path of a file in a folder that must be there.
fn path(get: &mut Fetch<'_, '_>, option: &'static str, context: &Context<'_>) -> String {
    let Some(fetched) = get.text(option) else { return String::new() };
    get.in_existing(option, &fetched.text, fetched.span, context)
}

fn main_log(path: &str, context: &Context<'_>) -> MainLog {
    if path == "syslog" { MainLog::Syslog } else { MainLog::Path(context.normalize(path)) }
}

fn environment(mut get: Fetch<'_, '_>) -> Vec<(String, String)> {
    let Some(fetched) = get.text_twice("environment") else { return Vec::new() };
    let pairs = fetched.located(environment::parse(&fetched.text));
    get.sink.take(pairs).unwrap_or_default()
}
