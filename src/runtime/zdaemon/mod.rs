//! zdaemon's manager: it runs one program, in the background or not, and does what its controller asks for over a socket.
//!
//! ```text
//! program, log, transcript, socket → fork → core (input, now → effects) ⇄ loop: socket, signals, children, transcript
//! ```
//!
//! One thread and one `poll`; nothing wakes up when nothing is due. What the program writes comes through a pipe into the
//! transcript, so that the file can be renamed and opened anew without losing a byte, and a full disk stops nobody.

mod background;
mod core;
mod eventlog;
pub mod left;
mod manager;
mod program;
mod socket;
mod timed;
mod transcript;
pub mod user;

use std::io::Write;

use crate::conf::zconfig::eventlog::EventLog;

use self::background::Origin;
use self::core::{CRITICAL, WARNING};
use self::eventlog::Log;
use self::manager::Manager;
use self::program::Program;
use self::transcript::Transcript;
use super::daemonize::keep_descriptors;
use super::{errno, limits, sys};

/// What a manager is started with. Times are in seconds.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Launch {
    /// The program and its words.
    pub program: Vec<String>,
    /// The socket's absolute path.
    pub socket: String,
    /// Whether to go into the background.
    pub daemon: bool,
    /// Where to go there.
    pub directory: Option<String>,
    /// Where the program's output goes there.
    pub transcript: String,
    /// The file mode mask there.
    pub umask: u32,
    /// How long a program must live for not to have ended too soon.
    pub backoff_limit: i64,
    /// Whether a program that always ends too soon is run for ever.
    pub forever: bool,
    /// With which exit codes of the program the manager leaves.
    pub exit_codes: Vec<i64>,
    /// From SIGTERM to SIGKILL.
    pub stop_timeout: i64,
    /// Whether the manager stays when the program was stopped.
    pub hang_around: bool,
    /// What says when the program is up.
    pub start_test: Option<Vec<String>>,
    /// Where the manager logs.
    pub eventlog: Option<EventLog>,
}

/// Why a manager does not run.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Refusal {
    /// What it was given cannot be used.
    Usage(String),
    /// It cannot be done here and now.
    Failed(String),
}

/// Runs a manager to its end, in the process of the caller or, in the background, in one of its own. Gives the exit
/// status. What is worth knowing before the program runs is written to `err`.
pub fn run(launch: &Launch, err: &mut dyn Write) -> Result<u8, Refusal> {
    sys::be_frugal();
    limits::outlive_full_files();
    keep_descriptors();
    let program = Program::find(&launch.program).map_err(Refusal::Usage)?;
    let mut log = Log::open(launch.eventlog.as_ref()).map_err(Refusal::Usage)?;
    let transcript = Transcript::open(launch).map_err(Refusal::Usage)?;
    let mut say = |level: i64, line: &str| {
        let _ = writeln!(err, "{line}");
        log.write_to_handlers(level, line);
    };
    let socket = socket::open(&launch.socket, &mut |line| say(WARNING, line));
    let socket = socket.map_err(|why| {
        log.write_to_handlers(CRITICAL, &why);
        Refusal::Failed(why)
    })?;
    let mut tell_of_others = |log: &mut Log| {
        for line in left::told_by_starter(&launch.socket) {
            let _ = writeln!(err, "{line}");
            log.write_to_handlers(WARNING, &line);
        }
    };
    match begin(launch, program, &mut log, transcript, &mut tell_of_others) {
        Ok(Begun::Parent(status)) => Ok(status),
        Ok(Begun::Manager(setup, transcript)) => Ok(Manager::new(*setup, socket, log, transcript).run()),
        Err(why) => {
            socket.remove();
            Err(Refusal::Failed(format!("cannot start: {}", errno::text(&why))))
        }
    }
}

/// Which process this is.
enum Begun {
    /// The one that was called; its exit status.
    Parent(u8),
    /// The manager.
    Manager(Box<manager::Setup>, Transcript),
}

fn begin(
    launch: &Launch,
    program: Program,
    log: &mut Log,
    transcript: Transcript,
    tell_of_others: &mut dyn FnMut(&mut Log),
) -> std::io::Result<Begun> {
    let (ready, transcript) = if launch.daemon {
        match background::enter(launch, log, transcript, tell_of_others)? {
            Origin::Parent(status) => return Ok(Begun::Parent(status)),
            Origin::Child(ready, transcript) => (Some(ready), transcript),
        }
    } else {
        tell_of_others(log);
        (None, transcript)
    };
    Ok(Begun::Manager(Box::new(manager::Setup::new(launch, program, ready)?), transcript))
}
