//! One line of supervisorctl: which command it names, what it means when the daemon is away, and the exit status.
//!
//! The last failure decides the exit status; what succeeds later does not take it back.

use std::time::Duration;

use super::commands::{self, Command};
use super::console::Console;
use super::problem::{Problem, unwritten};
use super::proxy::Proxy;
use super::transport::Server;
use crate::wire::fault::FaultCode;

/// The version of the interface that the commands speak.
const API_VERSION: &str = "3.0";

const ECONNREFUSED: i32 = rustix::io::Errno::CONNREFUSED.raw_os_error();
const EAGAIN: i32 = rustix::io::Errno::AGAIN.raw_os_error();
const ENOENT: i32 = rustix::io::Errno::NOENT.raw_os_error();

/// Exit statuses, those of init scripts.
pub mod exit {
    /// All went well.
    pub const SUCCESS: u8 = 0;
    /// Something failed.
    pub const GENERIC: u8 = 1;
    /// A name or an argument was missing or wrong.
    pub const INVALID_ARGS: u8 = 2;
    /// The daemon does not have the `supervisor` methods.
    pub const UNIMPLEMENTED: u8 = 3;
    /// `status`: a process does not run.
    pub const STATUS_NOT_RUNNING: u8 = 3;
    /// The connection was refused.
    pub const REFUSED: u8 = 4;
    /// `status`: a name or the daemon is unknown.
    pub const STATUS_UNKNOWN: u8 = 4;
    /// The daemon speaks another version of the interface.
    pub const OTHER_VERSION: u8 = 5;
    /// Something does not run that should.
    pub const NOT_RUNNING: u8 = 7;
}

/// What a session starts with.
#[derive(Clone)]
pub struct Settings {
    /// The daemon.
    pub server: Server,
    /// What stands before `> `.
    pub prompt: String,
    /// Where lines are remembered.
    pub history_file: Option<String>,
    /// Whether the user can be asked.
    pub interactive: bool,
    /// How long a daemon may be silent where it has nothing to wait for.
    pub patience: Duration,
}

/// A daemon answers at once, or when it has done a moment's work. (The original waits for ever for one that is stopped or
/// is none.)
pub const PATIENCE: Duration = Duration::from_secs(60);

/// Whether the session goes on.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Flow {
    /// With the next line.
    Continue,
    /// No more.
    Quit,
}

/// What a command returns: problems that it has no words for are reported by [`Controller::run`].
pub type Done = Result<Flow, Problem>;

/// A session with a daemon.
pub struct Controller<'io> {
    settings: Settings,
    proxy: Proxy,
    pub(super) console: Console<'io>,
    exit_status: u8,
}

impl<'io> Controller<'io> {
    /// Nothing is connected yet.
    pub fn new(settings: Settings, console: Console<'io>) -> Self {
        let proxy = Proxy::patient(settings.server.clone(), settings.patience);
        Self { settings, proxy, console, exit_status: exit::SUCCESS }
    }

    /// The exit status of what ran so far.
    pub fn exit_status(&self) -> u8 {
        self.exit_status
    }

    pub(super) fn set_exit_status(&mut self, status: u8) {
        self.exit_status = status;
    }

    pub(super) fn settings(&self) -> &Settings {
        &self.settings
    }

    /// The daemon; what was written is shown before it is asked, as the answer may take long.
    pub(super) fn proxy(&mut self) -> &mut Proxy {
        self.console.flush();
        &mut self.proxy
    }

    /// Talks to another daemon from now on.
    pub(super) fn open(&mut self, url: &str) {
        url.clone_into(&mut self.settings.server.url);
        self.reconnect();
    }

    fn reconnect(&mut self) {
        self.proxy = Proxy::patient(self.settings.server.clone(), self.settings.patience);
    }

    pub(super) fn line(&mut self, text: &str) {
        self.console.line(text);
    }

    /// Complains, shows how the command is used, and sets the exit status.
    pub(super) fn misused(&mut self, complaint: &str, command: &str, status: u8) -> Flow {
        self.line(complaint);
        self.exit_status = status;
        if let Some(command) = commands::find(command) {
            self.line(command.help);
        }
        Flow::Continue
    }

    /// Runs one line.
    pub fn run(&mut self, line: &str) -> Flow {
        let flow = self.dispatch(line.trim());
        self.console.flush();
        if let Some(why) = self.console.take_lost() {
            self.console.complain(&unwritten(&why));
            self.exit_status = exit::GENERIC;
        }
        flow
    }

    fn dispatch(&mut self, line: &str) -> Flow {
        if line.is_empty() {
            return Flow::Continue;
        }
        let (name, argument) = split_line(line);
        let Some(command) = commands::find(name) else {
            self.line(&format!("*** Unknown syntax: {line}"));
            self.exit_status = exit::GENERIC;
            return Flow::Continue;
        };
        // A connection that idled while the user thought may be gone.
        self.reconnect();
        self.guarded(command, argument)
    }

    fn guarded(&mut self, command: &Command, argument: &str) -> Flow {
        let mut result = (command.run)(self, argument);
        while matches!(result, Err(Problem::Status { code: 401, .. })) {
            let asked = self.settings.interactive && self.ask_credentials();
            if !self.settings.interactive {
                self.line("Server requires authentication");
            }
            result = (command.run)(self, argument);
            if !asked {
                break;
            }
        }
        result.unwrap_or_else(|problem| self.report(&problem))
    }

    /// Asks for user name and password; whether there were any.
    fn ask_credentials(&mut self) -> bool {
        self.line("Server requires authentication");
        let username = self.console.ask("Username:").ok().flatten();
        let password = self.console.ask_secret("Password:").ok().flatten();
        self.line("");
        let given = username.is_some() && password.is_some();
        if given {
            (self.settings.server.username, self.settings.server.password) = (username, password);
            self.reconnect();
        }
        given
    }

    fn report(&mut self, problem: &Problem) -> Flow {
        let class = problem.class();
        self.line(&format!("error: <class '{class}'>, {problem}: file: {} line: {}", file!(), line!()));
        self.exit_status = exit::GENERIC;
        Flow::Continue
    }

    /// Whether the daemon is there and speaks our version; if not, says so.
    pub(super) fn upcheck(&mut self) -> Result<bool, Problem> {
        let url = self.settings.server.url.clone();
        let (complaint, status) = match self.proxy().version() {
            Ok(version) if version == API_VERSION => return Ok(true),
            Ok(version) => (other_version(&version), exit::OTHER_VERSION),
            Err(Problem::Fault(fault)) if fault.is(FaultCode::UnknownMethod) => {
                (NO_SUPERVISOR_NAMESPACE.to_owned(), exit::UNIMPLEMENTED)
            }
            Err(problem) if problem.errno() == Some(ECONNREFUSED) => {
                (format!("{url} refused connection"), exit::REFUSED)
            }
            Err(problem) if problem.errno() == Some(ENOENT) => (format!("{url} no such file"), exit::NOT_RUNNING),
            Err(problem) if problem.errno() == Some(EAGAIN) => {
                let seconds = self.settings.patience.as_secs();
                (format!("{url} has said nothing for {seconds} seconds"), exit::GENERIC)
            }
            Err(problem) => {
                self.exit_status = exit::GENERIC;
                return Err(problem);
            }
        };
        self.line(&complaint);
        self.exit_status = status;
        Ok(false)
    }

    /// What is said of a daemon that is gone, if that is the problem.
    pub(super) fn already_down(&self, problem: &Problem) -> Option<String> {
        let url = &self.settings.server.url;
        match problem.errno() {
            Some(ECONNREFUSED) => Some(format!("ERROR: {url} refused connection (already shut down?)")),
            Some(ENOENT) => Some(format!("ERROR: {url} no such file (already shut down?)")),
            _ => None,
        }
    }

    /// Sets the exit status by a process's outcome, unless it is one that the command takes as done.
    pub(super) fn note_outcome(&mut self, status: i64, fine: Option<FaultCode>) {
        const DEAD: [FaultCode; 3] = [FaultCode::SpawnError, FaultCode::AbnormalTermination, FaultCode::NotRunning];
        match FaultCode::from_number(status) {
            Some(FaultCode::Success) => {}
            code if code.is_some() && code == fine => {}
            Some(code) if DEAD.contains(&code) => self.exit_status = exit::NOT_RUNNING,
            _ => self.exit_status = exit::GENERIC,
        }
    }
}

const NO_SUPERVISOR_NAMESPACE: &str = "Sorry, supervisord responded but did not recognize the supervisor namespace \
    commands that supervisorctl uses to control it.  Please check that the [rpcinterface:supervisor] section is \
    enabled in the configuration file (see sample.conf).";

fn other_version(version: &str) -> String {
    format!(
        "Sorry, this version of supervisorctl expects to talk to a server with API version {API_VERSION}, but the \
         remote version is {version}."
    )
}

/// The command's name and the rest of a line without blanks around it; `?` is short for `help`.
pub fn split_line(line: &str) -> (&str, &str) {
    if let Some(rest) = line.strip_prefix('?') {
        return ("help", rest.trim());
    }
    let end = line.find(|c: char| !c.is_ascii_alphanumeric() && c != '_').unwrap_or(line.len());
    (&line[..end], line[end..].trim())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn lines_are_split_as_python_splits_them() {
        assert_eq!(split_line("tail -f x"), ("tail", "-f x"));
        assert_eq!(split_line("tail-f"), ("tail", "-f"));
        assert_eq!(split_line("?"), ("help", ""));
        assert_eq!(split_line("? start"), ("help", "start"));
        assert_eq!(split_line("-x"), ("", "-x"));
        assert_eq!(split_line("start  a b "), ("start", "a b"));
    }
}
