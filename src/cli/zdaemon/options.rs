//! The options of both programs: the command line over the configuration file over the defaults.

use std::fmt::Write as _;
use std::io::{self, Write as _};
use std::process::ExitCode;

use crate::base::seams::{Files as _, ReadError};
use crate::base::{Diagnostic, Sources};
use crate::client::zdaemon::list;
use crate::conf::path::absolute;
use crate::conf::python::repr;
use crate::conf::zconfig::demand::{self, Need};
use crate::conf::zconfig::eventlog::EventLog;
use crate::conf::zconfig::problem::{Finding, Problem};
use crate::conf::zconfig::zdaemon::{self, Runner, Zdaemon};
use crate::conf::zconfig::{read, values, words};
use crate::sources::host::Host;

use super::super::dropin::{Refusal, Usage};
use super::super::getopt::{self, Given, Opt};
use super::super::surroundings::Surroundings;

/// The version that the programs stand for.
const VERSION: &str = "5.2.1";

/// What an option sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Help,
    Version,
    Configure,
    Override,
    BackoffLimit,
    Daemon,
    Forever,
    SocketName,
    ExitCodes,
    User,
    Umask,
    Directory,
    Transcript,
    Schema,
    Program,
    Logfile,
    StartTimeout,
    Interactive,
}

const fn opt(key: Key, short: char, long: &'static str, takes_value: bool) -> Opt<Key> {
    Opt { key, short: Some(short), long: Some(long), takes_value }
}

/// Those of both; behind them those of the controller alone.
const OPTIONS: &[Opt<Key>] = &[
    opt(Key::Help, 'h', "help", false),
    Opt { key: Key::Version, short: None, long: Some("version"), takes_value: false },
    opt(Key::Configure, 'C', "configure", true),
    Opt { key: Key::Override, short: Some('X'), long: None, takes_value: true },
    opt(Key::BackoffLimit, 'b', "backoff-limit", true),
    opt(Key::Daemon, 'd', "daemon", false),
    opt(Key::Forever, 'f', "forever", false),
    opt(Key::SocketName, 's', "socket-name", true),
    opt(Key::ExitCodes, 'x', "exit-codes", true),
    opt(Key::User, 'u', "user", true),
    opt(Key::Umask, 'm', "umask", true),
    opt(Key::Directory, 'z', "directory", true),
    opt(Key::Transcript, 't', "transcript", true),
    opt(Key::Schema, 'S', "schema", true),
    opt(Key::Program, 'p', "program", true),
    opt(Key::Logfile, 'l', "logfile", true),
    opt(Key::StartTimeout, 'T', "start-timeout", true),
    opt(Key::Interactive, 'i', "interactive", false),
];

/// How many of [`OPTIONS`] are of both programs.
const OF_BOTH: usize = 14;

/// Which program it is.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub(super) enum Role {
    Controller,
    Manager,
}

/// What the command line says.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
struct Line {
    configure: Option<String>,
    overrides: Vec<String>,
    backoff_limit: Option<i64>,
    daemon: bool,
    forever: bool,
    socket: Option<String>,
    exit_codes: Option<Vec<i64>>,
    user: Option<String>,
    umask: Option<u32>,
    directory: Option<String>,
    transcript: Option<String>,
    schema: Option<String>,
    program: Option<Vec<String>>,
    logfile: Option<String>,
    start_timeout: Option<i64>,
    interactive: bool,
}

/// What is in force.
#[derive(Clone, Debug)]
pub(super) struct Options {
    line: Line,
    /// The words behind the options.
    pub(super) args: Vec<String>,
    /// Whether a shell is asked for.
    pub(super) interactive: bool,
    /// What the file says, or the defaults.
    pub(super) runner: Runner,
    pub(super) environment: Vec<(String, String)>,
    pub(super) eventlog: Option<EventLog>,
    pub(super) program: Vec<String>,
    pub(super) backoff_limit: i64,
    pub(super) daemon: bool,
    pub(super) forever: bool,
    pub(super) socket: String,
    pub(super) exit_codes: Vec<i64>,
    pub(super) user: Option<String>,
    pub(super) umask: u32,
    pub(super) directory: Option<String>,
    pub(super) transcript: String,
    pub(super) logfile: Option<String>,
    pub(super) start_timeout: i64,
}

/// Complains as the original does.
pub(super) fn usage(message: &str, argv0: &str) -> ExitCode {
    let _ = write!(io::stderr(), "Error: {message}\nFor help, use {argv0} -h\n");
    ExitCode::from(2)
}

impl Options {
    /// Reads the command line, and the file that it names.
    pub(super) fn read(words: Vec<String>, role: Role) -> Result<Self, Usage> {
        let table = if role == Role::Controller { OPTIONS } else { &OPTIONS[..OF_BOTH] };
        let (given, args) = getopt::parse(table, words).map_err(|problem| Usage::Error(problem.to_string()))?;
        let surroundings = Surroundings::now();
        let mut line = Line::default();
        for option in &given {
            line.set(option, &surroundings)?;
        }
        if !line.overrides.is_empty() && line.configure.is_none() {
            let why = "configuration overrides (-X) cannot be used without a configuration file";
            return Err(Usage::Error(why.to_owned()));
        }
        let config = match &line.configure {
            // Without a file nobody asks for its schema.
            Some(_) if line.schema.as_deref().is_some_and(|schema| !is_built_in(schema)) => {
                let schema = repr(line.schema.as_deref().unwrap_or(""));
                return Err(Usage::Error(format!("schema {schema} is not built in; zdaemon's own is")));
            }
            Some(file) => load(file, &line.overrides, &surroundings)?,
            None => Zdaemon::default(),
        };
        // One that says nothing is enough for all but a start.
        if role == Role::Controller && line.program.is_none() && line.configure.is_none() {
            return Err(Usage::Error("no program specified; use -p or -C".to_owned()));
        }
        Ok(Self::of(line, args, config))
    }

    fn of(line: Line, args: Vec<String>, config: Zdaemon) -> Self {
        let Zdaemon { runner, environment, eventlog } = config;
        Self {
            interactive: line.interactive,
            program: line.program.clone().unwrap_or_else(|| runner.program.clone()),
            backoff_limit: line.backoff_limit.unwrap_or(runner.backoff_limit),
            daemon: line.daemon || runner.daemon,
            forever: line.forever || runner.forever,
            socket: line.socket.clone().unwrap_or_else(|| runner.socket_name.clone()),
            exit_codes: line.exit_codes.clone().unwrap_or_else(|| runner.exit_codes.clone()),
            user: line.user.clone().or_else(|| runner.user.clone()),
            umask: line.umask.unwrap_or(runner.umask),
            directory: line.directory.clone().or_else(|| runner.directory.clone()),
            transcript: line.transcript.clone().or_else(|| runner.transcript.clone()).unwrap_or("/dev/null".to_owned()),
            logfile: line.logfile.clone().or_else(|| runner.logfile.clone()),
            start_timeout: line.start_timeout.unwrap_or(runner.start_timeout),
            line,
            args,
            runner,
            environment,
            eventlog,
        }
    }

    /// What the shell asks with.
    pub(super) fn prompt(&self, argv0: &str) -> String {
        let name = argv0.rsplit('/').next().unwrap_or(argv0);
        self.runner.prompt.clone().unwrap_or_else(|| format!("{}>", name.strip_suffix(".py").unwrap_or(name)))
    }

    /// The command line of the manager: what the file does not say already, and the program.
    pub(super) fn for_manager(&self) -> Vec<String> {
        let line = &self.line;
        let mut words = Vec::new();
        let mut add = |option: &str, value: Option<String>| {
            if let Some(value) = value {
                words.extend([option.to_owned(), value]);
            }
        };
        add("-S", line.schema.clone());
        add("-C", line.configure.clone());
        line.overrides.iter().for_each(|specifier| add("-X", Some(specifier.clone())));
        let differs = |is_set: bool| is_set || line.configure.is_none();
        add("-b", differs(line.backoff_limit.is_some()).then(|| self.backoff_limit.to_string()));
        add("-s", differs(line.socket.is_some()).then(|| self.socket.clone()));
        add("-u", line.user.clone());
        add("-t", differs(line.transcript.is_some()).then(|| self.transcript.clone()));
        add("-m", differs(line.umask.is_some()).then(|| format!("0o{:o}", self.umask)));
        let codes: Vec<String> = self.exit_codes.iter().map(i64::to_string).collect();
        add("-x", differs(line.exit_codes.is_some()).then(|| codes.join(",")));
        add("-z", line.directory.clone());
        words.extend(line.forever.then(|| "-f".to_owned()));
        words.extend((line.daemon && !self.runner.daemon).then(|| "-d".to_owned()));
        // A program whose name looks like an option.
        words.extend(self.program.first().filter(|name| name.starts_with('-')).map(|_| "--".to_owned()));
        words.extend(self.program.iter().chain(self.args.iter().skip(1)).cloned());
        words
    }

    /// `show options`, as the original prints it.
    pub(super) fn shown(&self) -> String {
        let text = |value: &Option<String>| value.as_ref().map_or_else(|| "None".to_owned(), |value| repr(value));
        let truth = |value: bool| match (self.line.configure.is_some(), value) {
            (true, true) => "True",
            (true, false) => "False",
            (false, true) => "1",
            (false, false) => "0",
        };
        let codes: Vec<String> = self.exit_codes.iter().map(i64::to_string).collect();
        let python = self.runner.python.clone().or_else(executable);
        let schema = self.line.schema.clone().unwrap_or("schema.xml".to_owned());
        let rows = [
            ("schemafile:", repr(&schema)),
            ("configfile:", text(&self.line.configure)),
            ("zdrun:", text(&self.runner.zdrun)),
            ("python:", text(&python)),
            ("program:", list(&self.program)),
            ("backofflimit:", self.backoff_limit.to_string()),
            ("daemon:", truth(self.daemon).to_owned()),
            ("forever:", truth(self.forever).to_owned()),
            ("sockname:", repr(&self.socket)),
            ("exitcodes:", format!("[{}]", codes.join(", "))),
            ("user:", text(&self.user)),
            ("umask:", format!("0o{:o}", self.umask)),
            ("directory:", text(&self.directory)),
            ("logfile:", text(&self.logfile)),
            ("transcript:", repr(&self.transcript)),
        ];
        let mut out = String::from("zdctl/zdrun options:\n");
        for (name, value) in rows {
            let _ = writeln!(out, "{name:<13} {value}");
        }
        out
    }
}

fn executable() -> Option<String> {
    std::env::current_exe().ok().map(|path| path.to_string_lossy().into_owned())
}

/// `show python`: there is none, so it is this program that is shown.
pub(super) fn host() -> String {
    let executable = executable().unwrap_or_default();
    let args: Vec<String> = std::env::args_os().map(|arg| arg.to_string_lossy().into_owned()).collect();
    let directory = std::env::current_dir().unwrap_or_default();
    format!(
        "Python info:\nVersion:      none: this is recipe {}\nPlatform:     {}\nExecutable:   {}\nArguments:    {}\n\
         Directory:    {}\nPath:\n",
        env!("CARGO_PKG_VERSION"),
        std::env::consts::OS,
        repr(&executable),
        list(&args),
        repr(&directory.to_string_lossy()),
    )
}

impl Line {
    fn set(&mut self, option: &Given<Key>, surroundings: &Surroundings) -> Result<(), Usage> {
        let text = option.value.as_str();
        let invalid = |why: Problem| Usage::invalid(&option.name, text, &why.to_string());
        match option.key {
            Key::Help => return Err(Usage::Help),
            Key::Version => return Err(Usage::Text(format!("{VERSION}\n"))),
            Key::Override => {
                self.overrides.push(text.to_owned());
                return Ok(());
            }
            Key::Daemon => self.daemon = true,
            Key::Forever => self.forever = true,
            Key::Interactive => self.interactive = true,
            // A script has the absolute path of what a logrotate file may name by a relative one.
            Key::Configure if self.configure.as_deref().is_some_and(|before| is_same(before, text)) => {}
            Key::Configure => once(&mut self.configure, text.to_owned(), option)?,
            Key::User => once(&mut self.user, text.to_owned(), option)?,
            Key::Transcript => once(&mut self.transcript, text.to_owned(), option)?,
            Key::Logfile => once(&mut self.logfile, text.to_owned(), option)?,
            Key::Schema => once(&mut self.schema, text.to_owned(), option)?,
            Key::BackoffLimit => once(&mut self.backoff_limit, values::integer(text).map_err(invalid)?, option)?,
            Key::StartTimeout => once(&mut self.start_timeout, values::integer(text).map_err(invalid)?, option)?,
            Key::ExitCodes => once(&mut self.exit_codes, values::integers(text).map_err(invalid)?, option)?,
            Key::Umask => once(&mut self.umask, values::umask(text).map_err(invalid)?, option)?,
            Key::Program => once(&mut self.program, words::parse(text).map_err(invalid)?, option)?,
            Key::SocketName => {
                let path = there(text, demand::socket, surroundings).map_err(invalid)?;
                once(&mut self.socket, path, option)?;
            }
            Key::Directory => {
                let path = there(text, demand::directory, surroundings).map_err(invalid)?;
                once(&mut self.directory, path, option)?;
            }
        }
        Ok(())
    }
}

/// The same again is no conflict: scripts that wrap the program give options that its users may give, too.
fn once<T: PartialEq>(slot: &mut Option<T>, value: T, option: &Given<Key>) -> Result<(), Usage> {
    match slot {
        Some(before) if *before != value => Err(Usage::conflict(&option.name)),
        _ => {
            *slot = Some(value);
            Ok(())
        }
    }
}

/// Whether two paths mean one file, whatever is there.
fn is_same(path: &str, other: &str) -> bool {
    let absolute = |path: &str| std::path::absolute(path).ok();
    absolute(path).is_some_and(|path| absolute(other).as_ref() == Some(&path))
}

/// A path, with `~` replaced, if what it needs is there.
fn there(text: &str, need: fn(&str, &str) -> Need, surroundings: &Surroundings) -> Result<String, Problem> {
    let path = surroundings.expand_user(text);
    match need(&path, text) {
        Some((place, problem)) if !place.is_there(&Host, &Host) => Err(problem),
        _ => Ok(path),
    }
}

/// Whether a schema is zdaemon's own, whatever folder it is named in.
fn is_built_in(schema: &str) -> bool {
    schema == "schema.xml" || schema.ends_with("/zdaemon/schema.xml")
}

/// The configuration, or what is wrong with it.
fn load(file: &str, overrides: &[String], surroundings: &Surroundings) -> Result<Zdaemon, Usage> {
    let name = file.strip_prefix("file://").unwrap_or(file);
    let directory = surroundings.context().directory;
    let text = Host.read(&absolute(directory, name)).map_err(|error| unreadable(name, directory, &error))?;
    let mut sources = Sources::new();
    let mut reading = zdaemon::read(&mut sources, name, &text, overrides, &surroundings.context());
    let missing = reading.demands.iter().filter(|demand| !demand.place.is_there(&Host, &Host));
    reading.findings.extend(missing.map(|demand| demand.finding.clone()));
    reading.findings.sort_by_key(|finding| finding.span);
    if reading.findings.is_empty() {
        return Ok(reading.config);
    }
    let url = |name: &str| format!("file://{}", absolute(directory, name));
    Err(Usage::Refused(refusal(&reading.findings, &sources, url)))
}

fn unreadable(name: &str, directory: &str, error: &ReadError) -> Usage {
    let path = absolute(directory, name);
    Usage::Error(format!("error opening file {path}: {}", read::why(error, &path)))
}

/// The first problem in the original's words; its place and all others behind them.
fn refusal(findings: &[Finding], sources: &Sources, url: impl Fn(&str) -> String) -> Refusal {
    let mut all = findings.iter();
    let mut refusal = match all.next() {
        Some(first) => Refusal::of(Diagnostic::from(first.clone()), sources).saying(first.original(sources, &url)),
        None => Refusal::new(String::new()),
    };
    for finding in all {
        refusal = refusal.and(Refusal::of(Diagnostic::from(finding.clone()), sources));
    }
    refusal
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(words: &[&str], role: Role) -> Result<Options, String> {
        let words = words.iter().map(|word| (*word).to_owned()).collect();
        Options::read(words, role).map_err(|usage| match usage {
            Usage::Error(why) => why,
            other => format!("{other:?}"),
        })
    }

    #[test]
    fn the_manager_is_told_what_the_controller_knows() {
        let options = read(&["-p", "sleep 9", "-x", "1", "-x1", "-f", "start", "a b"], Role::Controller).unwrap();
        let words = options.for_manager();
        let expected =
            ["-b", "10", "-s", "zdsock", "-t", "/dev/null", "-m", "0o22", "-x", "1", "-f", "sleep", "9", "a b"];
        assert_eq!(words, expected);
        let manager = Options::read(words, Role::Manager).unwrap();
        assert_eq!(
            (manager.args, manager.exit_codes, manager.forever),
            (vec!["sleep".into(), "9".into(), "a b".into()], vec![1], true)
        );
    }

    #[test]
    fn mistakes_are_told_in_the_originals_words() {
        for (words, why) in [
            (&["-p", "a", "-p", "b"][..], "conflicting command line option '-p'"),
            (&["-C", "a", "-C", "/a"], "conflicting command line option '-C'"),
            (&["-b", "x"], "invalid value for -b 'x': invalid literal for int() with base 10: 'x'"),
            (&["-X", "a/b=c"], "configuration overrides (-X) cannot be used without a configuration file"),
            (&["status"], "no program specified; use -p or -C"),
            (&["-q"], "option -q not recognized"),
            (
                &["-s", "a/b/c"],
                "invalid value for -s 'a/b/c': The directory named as part of the path a/b/c does not exist.",
            ),
            (&["-z", "/no/such/x"], "invalid value for -z '/no/such/x': /no/such/x is not an existing directory"),
            (&["-S", "my.xml", "-C", "a.conf"], "schema 'my.xml' is not built in; zdaemon's own is"),
        ] {
            assert_eq!(read(words, Role::Controller).unwrap_err(), why);
        }
        assert_eq!(read(&["-i"], Role::Manager).unwrap_err(), "option -i not recognized");
    }
}
