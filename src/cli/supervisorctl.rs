//! `supervisorctl`: its options, its part of the configuration file, and the terminal. What it does is
//! [`crate::client`]'s.

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::process::ExitCode;

use super::dropin::{self, Refusal, Usage};
use super::editor::LineEditor;
use super::getopt::{self, Given, Opt};
use super::surroundings::Surroundings;
use crate::base::Sources;
use crate::client::console::Console;
use crate::client::shell::{self, Completer, Editor};
use crate::client::supervisorctl::{Controller, PATIENCE, Settings};
use crate::client::transport::Server;
use crate::conf::python::repr;
use crate::conf::read::{self, Client};
use crate::sources::host::Host;

const DEFAULT_URL: &str = "http://localhost:9001";
const DEFAULT_PROMPT: &str = "supervisor";

/// `%s` is the program's name.
const HELP: &str = "\
supervisorctl -- control applications run by supervisord from the cmd line.

Usage: %s [options] [action [arguments]]

Options:
-c/--configuration FILENAME -- read this configuration file (else the usual
     places are searched)
-h/--help -- print this text and exit
-i/--interactive -- start an interactive shell after executing commands
-s/--serverurl URL -- where supervisord listens
     (default \"http://localhost:9001\").
-u/--username USERNAME -- user name for the server
-p/--password PASSWORD -- password for the server
-r/--history-file -- remember the lines of the shell in this file

action [arguments] -- see below

An action is a command such as \"status\" or \"tail\".  Without one, or with -i, a
shell reads actions from the terminal.  The action \"help\" lists them all.

";

/// What an option sets.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
enum Key {
    Help,
    Configuration,
    Interactive,
    ServerUrl,
    Username,
    Password,
    HistoryFile,
}

const OPTIONS: &[Opt<Key>] = &[
    Opt { key: Key::Help, short: Some('h'), long: Some("help"), takes_value: false },
    Opt { key: Key::Help, short: Some('?'), long: None, takes_value: false },
    Opt { key: Key::Configuration, short: Some('c'), long: Some("configuration"), takes_value: true },
    Opt { key: Key::Interactive, short: Some('i'), long: Some("interactive"), takes_value: false },
    Opt { key: Key::ServerUrl, short: Some('s'), long: Some("serverurl"), takes_value: true },
    Opt { key: Key::Username, short: Some('u'), long: Some("username"), takes_value: true },
    Opt { key: Key::Password, short: Some('p'), long: Some("password"), takes_value: true },
    Opt { key: Key::HistoryFile, short: Some('r'), long: Some("history_file"), takes_value: true },
    // The name that the help text has always given.
    Opt { key: Key::HistoryFile, short: None, long: Some("history-file"), takes_value: true },
];

/// What the command line says.
#[derive(Debug, Default, PartialEq, Eq)]
pub struct Args {
    /// The configuration file.
    pub configuration: Option<String>,
    /// Whether the user can be asked: without an action, or where that is wanted.
    pub interactive: bool,
    /// Where the daemon listens.
    pub serverurl: Option<String>,
    /// The user's name for the server.
    pub username: Option<String>,
    /// The password for the server.
    pub password: Option<String>,
    /// Where lines of the shell are remembered.
    pub history_file: Option<String>,
    /// What is to be done, in words; none for the shell.
    pub action: Vec<String>,
}

/// Runs supervisorctl. `argv0` is the name by which messages call it.
pub fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let args = match parse(dropin::texts(args)) {
        Ok(args) => args,
        Err(usage) => return usage.print(argv0, HELP),
    };
    let settings = match settings(&args) {
        Ok(settings) => settings,
        Err(refusal) => return Usage::Refused(refusal).print(argv0, HELP),
    };
    run(settings, &args.action)
}

/// Understands a command line, without the program's name. Nothing but the words decides.
pub fn parse(words: Vec<String>) -> Result<Args, Usage> {
    let (given, action) = getopt::parse(OPTIONS, words).map_err(|problem| Usage::Error(problem.to_string()))?;
    let mut args = Args::default();
    for option in given {
        set(&mut args, &option)?;
    }
    args.interactive |= action.is_empty();
    args.action = action;
    Ok(args)
}

fn set(args: &mut Args, option: &Given<Key>) -> Result<(), Usage> {
    let slot = match option.key {
        Key::Help => return Err(Usage::Help),
        Key::Interactive => {
            let twice = std::mem::replace(&mut args.interactive, true);
            return if twice { Err(Usage::conflict(&option.name)) } else { Ok(()) };
        }
        Key::Configuration => &mut args.configuration,
        Key::ServerUrl => {
            check_url(&option.value).map_err(|why| Usage::invalid(&option.name, &option.value, &why))?;
            &mut args.serverurl
        }
        Key::Username => &mut args.username,
        Key::Password => &mut args.password,
        Key::HistoryFile => &mut args.history_file,
    };
    dropin::set_once(slot, option)
}

/// A scheme, and anything behind it.
fn check_url(text: &str) -> Result<(), String> {
    let is_scheme = |scheme: &str| {
        scheme.starts_with(|c: char| c.is_ascii_alphabetic())
            && scheme.chars().all(|c| c.is_ascii_alphanumeric() || matches!(c, '+' | '-' | '.'))
    };
    match text.split_once(':') {
        Some((scheme, rest)) if is_scheme(scheme) && !rest.trim_start_matches('/').is_empty() => Ok(()),
        _ => Err(format!("value {} is not a URL", repr(text))),
    }
}

/// What the file says, the command line over it. Without any file there are the defaults.
fn settings(args: &Args) -> Result<Settings, Refusal> {
    let path = args.configuration.clone().or_else(dropin::find_configuration);
    let file = path.map(|path| read_file(&path)).transpose()?;
    let mut settings = Settings {
        server: Server { url: DEFAULT_URL.to_owned(), username: None, password: None },
        prompt: DEFAULT_PROMPT.to_owned(),
        history_file: None,
        interactive: args.interactive,
        patience: PATIENCE,
    };
    if let Some(Client { serverurl, username, password, prompt, history_file }) = file {
        settings = Settings { server: Server { url: serverurl, username, password }, prompt, history_file, ..settings };
    }
    let server = &mut settings.server;
    server.url = args.serverurl.clone().unwrap_or_else(|| std::mem::take(&mut server.url));
    server.username = args.username.clone().or_else(|| server.username.take());
    server.password = args.password.clone().or_else(|| server.password.take());
    settings.history_file = args.history_file.clone().or(settings.history_file);
    Ok(settings)
}

/// The client's part of a configuration file, or what the original says of it.
fn read_file(path: &str) -> Result<Client, Refusal> {
    let surroundings = Surroundings::now();
    let text = surroundings.read(path).map_err(Refusal::new)?;
    client_of(path, text, &surroundings)
}

/// The client's part of the configuration `text` in the file `path`, or what the original says of it.
pub(super) fn client_of(path: &str, text: String, surroundings: &Surroundings) -> Result<Client, Refusal> {
    let mut sources = Sources::new();
    let reading = read::read_client(&mut sources, path, text, &surroundings.context());
    match reading.first_error(&Host) {
        Some(error) => Err(Refusal::of(error, &sources)),
        None => Ok(reading.client),
    }
}

fn run(settings: Settings, action: &[String]) -> ExitCode {
    let (mut out, mut err) = (BufWriter::new(io::stdout()), io::stderr());
    let input = io::stdin();
    let console = Console::new(&mut out, &mut err, input.as_fd());
    if action.is_empty() {
        return interactive(settings, console);
    }
    let mut controller = Controller::new(settings, console);
    controller.run(&action.join(" "));
    ExitCode::from(controller.exit_status())
}

/// Terminals on which no line can be edited.
const PLAIN: [&str; 3] = ["dumb", "cons25", "emacs"];

/// The shell ends with 0, whatever its commands did.
fn interactive(settings: Settings, console: Console<'_>) -> ExitCode {
    let completer = Completer::new(settings.server.clone());
    let editable = io::stdin().is_terminal() && !std::env::var("TERM").is_ok_and(|term| PLAIN.contains(&&*term));
    let mut editor = if editable { LineEditor::new(completer, settings.history_file.clone()).ok() } else { None };
    let mut controller = Controller::new(settings, console);
    let editor = editor.as_mut().map(|editor| editor as &mut dyn Editor);
    if let Err(error) = shell::run(&mut controller, editor) {
        let _ = writeln!(io::stderr(), "error: {error}");
    }
    ExitCode::SUCCESS
}

#[cfg(test)]
mod tests {
    use super::*;

    fn of(line: &str) -> Result<Args, Usage> {
        parse(line.split_whitespace().map(str::to_owned).collect())
    }

    fn error(line: &str) -> String {
        match of(line) {
            Err(Usage::Error(message)) => message,
            other => panic!("{other:?}"),
        }
    }

    #[test]
    fn options_stop_at_the_action() {
        let args = of("-c f -s unix:///x --user me tail -f x").unwrap();
        assert_eq!(args.action, ["tail", "-f", "x"]);
        assert_eq!((args.serverurl.as_deref(), args.username.as_deref()), (Some("unix:///x"), Some("me")));
        assert!(!args.interactive);
        assert!(of("").unwrap().interactive);
        assert_eq!(of("-h"), Err(Usage::Help));
        assert_eq!(of("-?"), Err(Usage::Help));
    }

    #[test]
    fn errors_are_supervisors() {
        assert_eq!(error("-s foo"), "invalid value for -s 'foo': value 'foo' is not a URL");
        assert_eq!(error("-s http://"), "invalid value for -s 'http://': value 'http://' is not a URL");
        assert_eq!(error("-i -i"), "conflicting command line option '-i'");
        assert_eq!(error("-u a --username b"), "conflicting command line option '--username'");
        assert_eq!(error("-Z"), "option -Z not recognized");
    }
}
