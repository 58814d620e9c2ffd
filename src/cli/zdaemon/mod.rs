//! `zdaemon`, its controller and its manager: options, configuration file, user and terminal. What they do is
//! [`crate::client::zdaemon`]'s and [`crate::runtime::zdaemon`]'s.

mod options;
pub(super) mod shown;
mod texts;

use std::ffi::OsString;
use std::io::{self, BufWriter, IsTerminal as _, Write as _};
use std::os::fd::AsFd as _;
use std::os::unix::process::CommandExt as _;
use std::process::{Child, Command, ExitCode};

use crate::client::console::Console;
use crate::client::zdaemon::{Controller, Settings};
use crate::conf::path;
use crate::runtime::zdaemon::user::User;
use crate::runtime::zdaemon::{self, Launch, Refusal};
use crate::sources::disk::reason;

use self::options::{Options, Role};
use self::texts::{CONTROLLER_HELP, MANAGER_HELP};
use super::dropin::{self, Usage};

/// What makes a controller a manager.
const MODE: &str = "DAEMON_MANAGER_MODE";

/// Runs the controller, or the manager where the environment says so. `argv0` is the name by which messages call it.
pub(super) fn main(args: Vec<OsString>, argv0: &str) -> ExitCode {
    if std::env::var_os(MODE).is_some_and(|mode| !mode.is_empty()) {
        return manager(args, argv0);
    }
    let words = dropin::texts(args);
    let options = match Options::read(words, Role::Controller) {
        Ok(options) => options,
        Err(usage) => return usage.print(argv0, CONTROLLER_HELP),
    };
    let is_interactive = options.interactive
        || (options.args.is_empty() && options.runner.default_to_interactive && io::stdin().is_terminal());
    if options.args.is_empty() && !is_interactive {
        return options::usage("an action argument is required", argv0);
    }
    if let Err(why) = prepare(&options) {
        return options::usage(&why, argv0);
    }
    control(&options, is_interactive, argv0)
}

/// Why the controller would not start anything by a configuration file, if that is so.
pub(super) fn flaw(conf: &str) -> Option<String> {
    let words = ["-C", conf, "start"].map(str::to_owned).to_vec();
    match Options::read(words, Role::Controller) {
        Ok(options) => options.program.is_empty().then(|| "it has no `program`".to_owned()),
        Err(Usage::Error(why)) => Some(why),
        Err(Usage::Refused(refusal)) => Some(refusal.message.replace('\n', " ")),
        Err(Usage::Help | Usage::Version | Usage::Text(_)) => None,
    }
}

/// Makes the folders that are missing, one level of each, and becomes the user.
fn prepare(options: &Options) -> Result<(), String> {
    let user = options.user.as_deref().map(User::find).transpose()?;
    let folders = options.directory.iter().map(String::as_str).chain([path::dirname(&options.socket)]);
    for folder in folders.filter(|folder| !folder.is_empty() && !std::path::Path::new(folder).is_dir()) {
        let made = std::fs::create_dir(folder).map_err(|why| reason(&why));
        let made = made.and_then(|()| user.as_ref().map_or(Ok(()), |user| user.give(folder)));
        made.map_err(|why| format!("cannot make directory {folder}: {why}"))?;
    }
    user.map_or(Ok(()), |user| user.become_it())
}

fn control(options: &Options, is_interactive: bool, argv0: &str) -> ExitCode {
    let settings = Settings {
        program: options.program.clone(),
        extra: options.args.iter().skip(1).cloned().collect(),
        socket: options.socket.clone(),
        daemon: options.daemon,
        start_timeout: options.start_timeout,
        logfile: options.logfile.clone(),
        prompt: options.prompt(argv0),
        own_manager: options.runner.zdrun.is_none(),
        interactive: is_interactive,
        environment: options.environment.clone(),
        options: options.shown(),
        host: options::host(),
    };
    let launcher = || launch(options, argv0);
    let socket = std::path::absolute(&options.socket).unwrap_or_default();
    let left = || zdaemon::left::told(&socket.to_string_lossy());
    let (mut out, mut err) = (BufWriter::new(io::stdout()), io::stderr());
    let input = io::stdin();
    let console = Console::new(&mut out, &mut err, input.as_fd());
    let mut controller = Controller::new(&settings, console, &launcher, &left);
    let mut status = 0;
    if !options.args.is_empty() {
        status = controller.run(&options.args.join(" "));
    }
    if is_interactive {
        status = controller.shell();
    }
    drop(controller);
    // Nobody is there to be told that nobody reads.
    let _ = out.flush();
    ExitCode::from(status)
}

/// Starts a manager: this program, or what `zdrun` names.
fn launch(options: &Options, argv0: &str) -> io::Result<Child> {
    let mut command;
    if let Some(zdrun) = &options.runner.zdrun {
        command = Command::new(options.runner.python.as_deref().unwrap_or("python3"));
        command.arg(zdrun);
    } else {
        command = Command::new(std::env::current_exe()?);
        command.arg0(argv0).env(MODE, "1");
    }
    command.args(options.for_manager()).envs(options.environment.iter().map(|(key, value)| (key, value)));
    command.spawn()
}

/// Runs a manager.
pub(super) fn manager(args: Vec<OsString>, argv0: &str) -> ExitCode {
    let options = match Options::read(dropin::texts(args), Role::Manager) {
        Ok(options) => options,
        Err(usage) => return usage.print(argv0, MANAGER_HELP),
    };
    if options.args.is_empty() {
        return options::usage("no program specified (use positional args)", argv0);
    }
    let directory = std::env::current_dir().unwrap_or_default();
    let launch = Launch {
        program: options.args.clone(),
        socket: path::absolute(&directory.to_string_lossy(), &options.socket),
        daemon: options.daemon,
        directory: options.directory.clone(),
        transcript: options.transcript.clone(),
        umask: options.umask,
        backoff_limit: options.backoff_limit,
        forever: options.forever,
        exit_codes: options.exit_codes.clone(),
        stop_timeout: options.runner.stop_timeout,
        hang_around: options.runner.hang_around,
        start_test: options.runner.start_test_program.clone(),
        eventlog: options.eventlog.clone(),
    };
    match zdaemon::run(&launch, &mut io::stderr()) {
        Ok(status) => ExitCode::from(status),
        Err(Refusal::Usage(why)) => options::usage(&why, argv0),
        Err(Refusal::Failed(why)) => {
            let _ = writeln!(io::stderr(), "{why}");
            ExitCode::FAILURE
        }
    }
}
