//! `supervisord`: its options, which stand over its configuration file however often that is read, and the start.
//! What it does is [`crate::runtime::daemon`]'s.

use std::ffi::OsString;
use std::io::{self, Write as _};
use std::process::ExitCode;

use super::dropin::{self, Refusal, Usage};
use super::getopt::{self, Given, Opt};
use super::surroundings::Surroundings;
use crate::base::Sources;
use crate::base::seams::World as _;
use crate::conf::check::Question;
use crate::conf::model::{LogLevel, MainLog, Supervisord};
use crate::conf::path::dirname;
use crate::conf::problem::Problem;
use crate::conf::python::repr;
use crate::conf::values::integer;
use crate::conf::{read, values};
use crate::runtime::daemon::{self, Launch, Reading};
use crate::runtime::http::ControlServers;
use crate::sources::host::Host;

/// `%s` is the program's name.
const HELP: &str = "\
supervisord -- run a set of applications as daemons.

Usage: %s [options]

Options:
-c/--configuration FILENAME -- read this configuration file (else the usual
                               places are searched)
-n/--nodaemon -- stay in the foreground ('nodaemon=true' in the file)
-s/--silent -- no log on stdout while in the foreground ('silent=true')
-h/--help -- print this text and exit
-v/--version -- print the version of Supervisor that this stands for and exit
-u/--user USER -- become this user (name or number)
-m/--umask UMASK -- file mode mask of the daemon (default is 022)
-d/--directory DIRECTORY -- change to this directory when daemonizing
-l/--logfile FILENAME -- use FILENAME as logfile path
-y/--logfile_maxbytes BYTES -- rotate the log at this size
-z/--logfile_backups NUM -- rotated logs that are kept
-e/--loglevel LEVEL -- least level logged (debug,info,warn,error,critical)
-j/--pidfile FILENAME -- where the pid of the daemon is written
-i/--identifier STR -- name of this instance of supervisord
-q/--childlogdir DIRECTORY -- where logs of processes go that have no path
-k/--nocleanup -- keep such logs of earlier runs
-a/--minfds NUM -- least number of file descriptors to start with
-t/--strip_ansi -- take ansi escape codes out of the output of processes
--minprocs NUM -- least number of processes to start with
--profile_options OPTIONS -- accepted, without effect

";

/// What an option sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Help,
    Version,
    Configuration,
    Nodaemon,
    User,
    Umask,
    Directory,
    Logfile,
    LogfileMaxbytes,
    LogfileBackups,
    Loglevel,
    Pidfile,
    Identifier,
    Childlogdir,
    Minfds,
    Minprocs,
    Nocleanup,
    StripAnsi,
    ProfileOptions,
    Silent,
}

const fn flag(key: Key, short: char, long: &'static str) -> Opt<Key> {
    Opt { key, short: Some(short), long: Some(long), takes_value: false }
}

const fn value(key: Key, short: char, long: &'static str) -> Opt<Key> {
    Opt { key, short: Some(short), long: Some(long), takes_value: true }
}

const OPTIONS: &[Opt<Key>] = &[
    flag(Key::Help, 'h', "help"),
    Opt { key: Key::Help, short: Some('?'), long: None, takes_value: false },
    value(Key::Configuration, 'c', "configuration"),
    flag(Key::Version, 'v', "version"),
    flag(Key::Nodaemon, 'n', "nodaemon"),
    value(Key::User, 'u', "user"),
    value(Key::Umask, 'm', "umask"),
    value(Key::Directory, 'd', "directory"),
    value(Key::Logfile, 'l', "logfile"),
    value(Key::LogfileMaxbytes, 'y', "logfile_maxbytes"),
    value(Key::LogfileBackups, 'z', "logfile_backups"),
    value(Key::Loglevel, 'e', "loglevel"),
    value(Key::Pidfile, 'j', "pidfile"),
    value(Key::Identifier, 'i', "identifier"),
    value(Key::Childlogdir, 'q', "childlogdir"),
    value(Key::Minfds, 'a', "minfds"),
    Opt { key: Key::Minprocs, short: None, long: Some("minprocs"), takes_value: true },
    flag(Key::Nocleanup, 'k', "nocleanup"),
    flag(Key::StripAnsi, 't', "strip_ansi"),
    Opt { key: Key::ProfileOptions, short: None, long: Some("profile_options"), takes_value: true },
    flag(Key::Silent, 's', "silent"),
];

/// What the command line says.
#[derive(Debug, Default, PartialEq, Eq)]
struct Args {
    configuration: Option<String>,
    over: Over,
}

/// Options of the command line that stand over those of `[supervisord]`.
#[derive(Debug, Default, PartialEq, Eq)]
struct Over {
    nodaemon: Option<()>,
    silent: Option<()>,
    nocleanup: Option<()>,
    strip_ansi: Option<()>,
    user: Option<String>,
    umask: Option<u32>,
    directory: Option<String>,
    logfile: Option<MainLog>,
    logfile_maxbytes: Option<i64>,
    logfile_backups: Option<i64>,
    loglevel: Option<LogLevel>,
    pidfile: Option<String>,
    identifier: Option<String>,
    childlogdir: Option<String>,
    minfds: Option<i64>,
    minprocs: Option<i64>,
    profile_options: Option<String>,
}

/// Runs supervisord. `argv0` is the name by which messages call it.
pub fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let surroundings = Surroundings::now();
    let started = parse(dropin::texts(args), &surroundings).and_then(|args| start(args, surroundings, argv0));
    match started {
        Ok(()) => ExitCode::SUCCESS,
        Err(usage) => usage.print(argv0, HELP),
    }
}

fn start(args: Args, surroundings: Surroundings, argv0: &str) -> Result<(), Usage> {
    let path = match args.configuration {
        Some(path) => path,
        None => search(argv0)?,
    };
    let reader = Reader { path, over: args.over, surroundings };
    let reading = reader.read().map_err(Usage::Refused)?;
    check_user(reading.config.supervisord.user.as_deref())?;
    let launch = Launch {
        reading,
        reader: Box::new(move || reader.read().map_err(|refusal| refusal.message)),
        servers: Box::new(ControlServers::new(Box::new(io::stderr()))),
        stdout: Box::new(io::stdout()),
        syslog: daemon::Syslog::new(daemon::DEVICE),
    };
    daemon::run(launch).map_err(Usage::Error)
}

/// Whether there is the user to become, whether the file or the command line names it.
fn check_user(user: Option<&str>) -> Result<(), Usage> {
    let Some(name) = user.filter(|name| !Question::User((*name).to_owned()).ask(&Host)) else { return Ok(()) };
    let problem = Problem::UnknownUser { name: name.to_owned(), is_number: integer(name).is_ok() };
    Err(Usage::Error(problem.to_string()))
}

/// The first of the usual places that holds a configuration.
fn search(argv0: &str) -> Result<String, Usage> {
    if rustix::process::getuid().is_root() {
        let _ = writeln!(io::stderr(), "{argv0}: UserWarning: {SEARCHING_AS_ROOT}");
    }
    dropin::find_configuration().ok_or_else(|| {
        let places = dropin::search_path().join(", ");
        Usage::Error(format!(
            "No config file found at default paths ({places}); use the -c option to specify a config file at a \
             different path"
        ))
    })
}

const SEARCHING_AS_ROOT: &str = "Supervisord is running as root and it is searching for its configuration file in \
    default locations (including its current working directory); you probably want to specify a \"-c\" argument \
    specifying an absolute path to a configuration file for improved security.";

/// Reads the configuration as the daemon was started with it.
struct Reader {
    path: String,
    over: Over,
    surroundings: Surroundings,
}

impl Reader {
    fn read(&self) -> Result<Reading, Refusal> {
        let text = self.surroundings.read(&self.path).map_err(Refusal::new)?;
        let mut sources = Sources::new();
        let reading = read::read(&mut sources, &self.path, text, &self.surroundings.context());
        if let Some(error) = reading.first_error(&Host) {
            return Err(Refusal::of(error, &sources));
        }
        let warnings = reading.warnings.into_iter().map(|notice| (LogLevel::Warn, notice.text));
        let notes = warnings.chain(reading.infos.into_iter().map(|line| (LogLevel::Info, line))).collect();
        let mut config = reading.config;
        self.over.apply(&mut config.supervisord);
        // Logs are made when the daemon may be elsewhere.
        config.supervisord.childlogdir = self.surroundings.normalize(&config.supervisord.childlogdir);
        Ok(Reading { config, notes })
    }
}

impl Over {
    fn apply(&self, to: &mut Supervisord) {
        to.nodaemon |= self.nodaemon.is_some();
        to.silent |= self.silent.is_some();
        to.nocleanup |= self.nocleanup.is_some();
        to.strip_ansi |= self.strip_ansi.is_some();
        to.user = self.user.clone().or_else(|| to.user.take());
        to.directory = self.directory.clone().or_else(|| to.directory.take());
        put(&mut to.umask, self.umask.as_ref());
        put(&mut to.logfile, self.logfile.as_ref());
        put(&mut to.logfile_maxbytes, self.logfile_maxbytes.as_ref());
        put(&mut to.logfile_backups, self.logfile_backups.as_ref());
        put(&mut to.loglevel, self.loglevel.as_ref());
        put(&mut to.pidfile, self.pidfile.as_ref());
        put(&mut to.identifier, self.identifier.as_ref());
        put(&mut to.childlogdir, self.childlogdir.as_ref());
        put(&mut to.minfds, self.minfds.as_ref());
        put(&mut to.minprocs, self.minprocs.as_ref());
    }
}

fn put<T: Clone>(slot: &mut T, value: Option<&T>) {
    if let Some(value) = value {
        slot.clone_from(value);
    }
}

fn parse(words: Vec<String>, surroundings: &Surroundings) -> Result<Args, Usage> {
    let (given, rest) = getopt::parse(OPTIONS, words).map_err(|problem| Usage::Error(problem.to_string()))?;
    if !rest.is_empty() {
        let rest: Vec<String> = rest.iter().map(|word| repr(word)).collect();
        return Err(Usage::Error(format!("positional arguments are not supported: [{}]", rest.join(", "))));
    }
    let mut args = Args::default();
    for option in given {
        set(&mut args, &option, surroundings)?;
    }
    Ok(args)
}

fn set(args: &mut Args, option: &Given<Key>, surroundings: &Surroundings) -> Result<(), Usage> {
    let over = &mut args.over;
    let text = |text: &str| Ok(text.to_owned());
    let folder = |text: &str| existing_directory(text, surroundings);
    let file = |text: &str| existing_parent(text, surroundings);
    match option.key {
        Key::Help => Err(Usage::Help),
        Key::Version => Err(Usage::Version),
        Key::Configuration => once(&mut args.configuration, option, text),
        Key::Nodaemon => once(&mut over.nodaemon, option, |_| Ok(())),
        Key::Silent => once(&mut over.silent, option, |_| Ok(())),
        Key::Nocleanup => once(&mut over.nocleanup, option, |_| Ok(())),
        Key::StripAnsi => once(&mut over.strip_ansi, option, |_| Ok(())),
        Key::User => once(&mut over.user, option, text),
        Key::Umask => once(&mut over.umask, option, values::octal),
        Key::Directory => once(&mut over.directory, option, folder),
        Key::Logfile => once(&mut over.logfile, option, |text| Ok(main_log(file(text)?))),
        Key::LogfileMaxbytes => once(&mut over.logfile_maxbytes, option, values::byte_size),
        Key::LogfileBackups => once(&mut over.logfile_backups, option, values::integer),
        Key::Loglevel => once(&mut over.loglevel, option, values::log_level),
        Key::Pidfile => once(&mut over.pidfile, option, file),
        Key::Identifier => once(&mut over.identifier, option, text),
        Key::Childlogdir => once(&mut over.childlogdir, option, folder),
        Key::Minfds => once(&mut over.minfds, option, values::integer),
        Key::Minprocs => once(&mut over.minprocs, option, values::integer),
        Key::ProfileOptions => once(&mut over.profile_options, option, text),
    }
}

/// Sets what may be set once only, if its value can be read.
fn once<T>(slot: &mut Option<T>, option: &Given<Key>, read: impl Fn(&str) -> Result<T, Problem>) -> Result<(), Usage> {
    let value = read(&option.value).map_err(|why| Usage::invalid(&option.name, &option.value, &why.to_string()))?;
    if slot.replace(value).is_some() { Err(Usage::conflict(&option.name)) } else { Ok(()) }
}

fn existing_directory(text: &str, surroundings: &Surroundings) -> Result<String, Problem> {
    let path = surroundings.expand_user(text);
    if Host.is_directory(&path) { Ok(path) } else { Err(Problem::NotADirectory { path: text.to_owned() }) }
}

/// The path of a file in a folder that must be there, absolute, or `syslog`.
fn existing_parent(text: &str, surroundings: &Surroundings) -> Result<String, Problem> {
    let path = surroundings.expand_user(text);
    let parent = dirname(&path);
    if !parent.is_empty() && !Host.is_directory(parent) {
        return Err(Problem::NoParentDirectory { path: text.to_owned() });
    }
    Ok(if path == "syslog" { path } else { surroundings.normalize(&path) })
}

fn main_log(path: String) -> MainLog {
    if path == "syslog" { MainLog::Syslog } else { MainLog::Path(path) }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Args, Usage> {
        parse(line.split_whitespace().map(str::to_owned).collect(), &Surroundings::now())
    }

    fn error(line: &str) -> String {
        match of(line) {
            Err(Usage::Error(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_stand_over_the_file() {
        let args = of("-nc x.conf -e debug --logfile /tmp/../tmp/l -y 1KB -m 77 --ident me").unwrap();
        assert_eq!(args.configuration.as_deref(), Some("x.conf"));
        let over = args.over;
        assert_eq!((over.nodaemon, over.silent, over.loglevel), (Some(()), None, Some(LogLevel::Debug)));
        assert_eq!(over.logfile, Some(MainLog::Path("/tmp/l".to_owned())));
        assert_eq!((over.logfile_maxbytes, over.umask), (Some(1024), Some(0o77)));
        assert_eq!(of("-h -Q x"), Err(Usage::Error("option -Q not recognized".to_owned())));
        assert_eq!(of("-v"), Err(Usage::Version));
        assert_eq!(of("-?"), Err(Usage::Help));
    }

    #[test]
    fn the_user_must_be_there() {
        assert_eq!(check_user(None), Ok(()));
        assert_eq!(check_user(Some("root")), Ok(()));
        assert_eq!(check_user(Some("no-such")), Err(Usage::Error("Invalid user name no-such".to_owned())));
        assert_eq!(check_user(Some("4294967294")), Err(Usage::Error("Invalid user id 4294967294".to_owned())));
    }

    #[test]
    fn errors_are_supervisors() {
        assert_eq!(error("-n --nodaemon"), "conflicting command line option '--nodaemon'");
        assert_eq!(error("-e foo"), "invalid value for -e 'foo': bad logging level name 'foo'");
        assert_eq!(error("foo -n"), "positional arguments are not supported: ['foo', '-n']");
        assert_eq!(error("-m 9"), "invalid value for -m '9': 9 can not be converted to an octal type");
        assert_eq!(error("-d /no/such"), "invalid value for -d '/no/such': /no/such is not an existing directory");
        assert_eq!(
            error("-l /no/such"),
            "invalid value for -l '/no/such': The directory named as part of the path /no/such does not exist"
        );
        assert_eq!(error("-a x"), "invalid value for -a 'x': invalid literal for int() with base 10: 'x'");
        assert_eq!(error("--logfile_ 1"), "option --logfile_ not a unique prefix");
    }
}
