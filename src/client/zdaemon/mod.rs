//! zdaemon's controller: its commands, each with the words and the exit status of the original.
//!
//! It starts a manager and talks to it over its socket; it never waits longer than it must: for a process that ends it
//! waits with the system's help, for a manager it asks in short intervals that grow.
//!
//! - [`commands`]: one line to one command.
//! - [`waiting`]: until the program runs, or does not.
//! - [`help`], [`tail`]: the texts; the end of a log, and what comes after it.

pub mod commands;
mod help;
mod tail;
mod waiting;

use std::fmt::Write as _;
use std::io::{self, Read, Write};
use std::net::Shutdown;
use std::os::unix::net::UnixStream;
use std::process::Child;
use std::time::Duration;

use super::console::Console;
use crate::conf::python::repr;
use crate::wire::zdaemon::{Command, Seen};

/// How long a manager has for an answer.
const PATIENCE: Duration = Duration::from_secs(60);

/// What the controller is told. Times are in seconds.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Settings {
    /// The program and its words.
    pub program: Vec<String>,
    /// Words for it that stand on the command line.
    pub extra: Vec<String>,
    /// The manager's socket.
    pub socket: String,
    /// Whether the manager goes into the background.
    pub daemon: bool,
    /// How long the program may take to be up.
    pub start_timeout: i64,
    /// The log that is shown by default.
    pub logfile: Option<String>,
    /// What the shell asks with.
    pub prompt: String,
    /// Whether the manager is this program, rather than what `zdrun` names.
    pub own_manager: bool,
    /// Whether a shell is run after the command.
    pub interactive: bool,
    /// Variables for the program.
    pub environment: Vec<(String, String)>,
    /// What `show options` shows.
    pub options: String,
    /// What `show python` shows.
    pub host: String,
}

/// Starts a manager.
pub type Launcher<'a> = &'a dyn Fn() -> io::Result<Child>;

/// Lines about what runs without a manager.
pub type Left<'a> = &'a dyn Fn() -> Vec<String>;

/// A controller, and what it knows of the manager.
pub struct Controller<'a, 'io> {
    settings: &'a Settings,
    console: Console<'io>,
    launcher: Launcher<'a>,
    left: Left<'a>,
    /// The manager's last answer; none if there was none.
    seen: Option<Seen>,
    /// Since when the present program is there.
    up_since: Option<waiting::Up>,
}

impl<'a, 'io> Controller<'a, 'io> {
    /// Asks the manager, and warns if it is another program's.
    pub fn new(settings: &'a Settings, console: Console<'io>, launcher: Launcher<'a>, left: Left<'a>) -> Self {
        let mut controller = Self { settings, console, launcher, left, seen: None, up_since: None };
        controller.ask();
        let args = controller.seen.as_ref().and_then(|seen| seen.args.clone());
        if let Some(args) = args.filter(|args| !args.starts_with(&settings.program)) {
            controller.console.line("WARNING! zdrun is managing a different program!");
            controller.console.line(&format!("our program   = {}", list(&settings.program)));
            controller.console.line(&format!("daemon's args = {}", list(&args)));
        }
        controller
    }

    /// Says that there is no manager, and complains of what runs without one.
    fn not_managed(&mut self, line: &str) {
        self.console.line(line);
        let left = (self.left)();
        // Who has its socket by now has only just begun, and what it runs is in good hands.
        if !left.is_empty() && UnixStream::connect(&self.settings.socket).is_err() {
            for line in &left {
                self.console.complain(line);
            }
        }
    }

    /// The program's process; 0 if there is none.
    fn pid(&self) -> i32 {
        self.seen.as_ref().map_or(0, |seen| seen.pid)
    }

    /// Asks how things are; whether there was an answer.
    fn ask(&mut self) -> bool {
        let answer = self.send(&Command::Status).filter(|answer| !answer.is_empty());
        self.seen = answer.as_deref().and_then(Seen::parse);
        answer.is_some()
    }

    /// The manager's answer; none where there is no manager. One that is there but does not take us is told of.
    fn send(&mut self, command: &Command) -> Option<String> {
        match exchange(&self.settings.socket, command) {
            Ok(answer) => Some(answer),
            Err(why) => {
                if why.kind() == io::ErrorKind::PermissionDenied {
                    self.console.complain(&format!("{}: permission denied", self.settings.socket));
                }
                None
            }
        }
    }
}

fn exchange(socket: &str, command: &Command) -> io::Result<String> {
    let mut stream = UnixStream::connect(socket)?;
    stream.set_read_timeout(Some(PATIENCE))?;
    stream.write_all(command.line().as_bytes())?;
    stream.shutdown(Shutdown::Write)?;
    let mut answer = Vec::new();
    stream.read_to_end(&mut answer)?;
    Ok(String::from_utf8_lossy(&answer).into_owned())
}

/// A list as Python prints it.
pub fn list(words: &[String]) -> String {
    let mut out = String::from("[");
    for (number, word) in words.iter().enumerate() {
        let _ = write!(out, "{}{}", if number > 0 { ", " } else { "" }, repr(word));
    }
    out + "]"
}

#[cfg(test)]
mod tests {
    use super::*;
    use std::os::fd::AsFd as _;
    use std::os::unix::net::UnixListener;

    /// What is complained of when no manager answers, and then processes are found.
    fn complaints(settings: &Settings, left: Left<'_>) -> String {
        let (mut out, mut err, input) = (Vec::new(), Vec::new(), std::fs::File::open("/dev/null").unwrap());
        let launcher = || Err(io::ErrorKind::Unsupported.into());
        let console = Console::new(&mut out, &mut err, input.as_fd());
        Controller::new(settings, console, &launcher, left).not_managed("none");
        String::from_utf8(err).unwrap()
    }

    #[test]
    fn who_has_just_begun_has_lost_nothing() {
        let folder = tempfile::tempdir().unwrap();
        let socket = folder.path().join("s").to_str().unwrap().to_owned();
        let settings = Settings { socket: socket.clone(), ..Settings::default() };
        let found = || vec!["still running: 7".to_owned()];
        assert_eq!(complaints(&settings, &found), "still running: 7\n");
        let begun = std::cell::RefCell::new(None);
        let found_late = || {
            *begun.borrow_mut() = Some(UnixListener::bind(&socket).unwrap());
            found()
        };
        assert_eq!(complaints(&settings, &found_late), "");
    }
}
