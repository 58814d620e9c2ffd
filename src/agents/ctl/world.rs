//! The seam between what is decided and the system.

use std::time::Duration;

use super::marks::Mark;
use super::report::Level;
use crate::conf::monitor::{Control, Service};

/// A moment, by the clock on the wall.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Stamp {
    /// The year, and so on.
    pub year: i16,
    /// From 1.
    pub month: i8,
    /// From 1.
    pub day: i8,
    /// From 0.
    pub hour: i8,
    /// From 0.
    pub minute: i8,
    /// From 0.
    pub second: i8,
    /// From 0.
    pub millisecond: i16,
}

/// A page to be asked for.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Page {
    /// Its URL, without user and password.
    pub url: String,
    /// User and password.
    pub login: Option<Login>,
    /// What the whole of it may take.
    pub patience: Duration,
    /// Whether a redirection is followed.
    pub follow: bool,
    /// Whether the proxy of the environment is asked.
    pub by_proxy: bool,
    /// Whether it is the service itself that is asked for it.
    pub is_own: bool,
}

/// A user and a password, which nothing shows.
#[derive(Clone, PartialEq, Eq)]
pub struct Login {
    /// The user.
    pub user: String,
    /// The password.
    pub password: String,
}

impl std::fmt::Debug for Login {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Login").field("user", &self.user).finish_non_exhaustive()
    }
}

/// What is done to a service.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Turn {
    /// It is started.
    On,
    /// It is stopped.
    Off,
}

/// Why a service was not started or stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Unturned {
    /// In words.
    pub why: String,
    /// Whether it may still be: it was asked for, and nobody has waited for the end of that.
    pub may_come: bool,
}

impl Unturned {
    /// It is asked for, but has not come in time.
    pub fn so_far(why: String) -> Self {
        Self { why, may_come: true }
    }
}

impl From<String> for Unturned {
    fn from(why: String) -> Self {
        Self { why, may_come: false }
    }
}

/// What came of a ping.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Ping {
    /// The host answers.
    Answered,
    /// It does not; how the command ended.
    Silent(String),
}

/// How much of a log was searched.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Extent {
    /// What is newer than the last start, or as much of it as was wanted.
    SinceStart,
    /// All that there is, as nothing says where the last start is.
    Whole,
    /// The last bytes only, as many as are searched at most.
    Cut(u64),
}

/// A signal by which somebody wants this to end.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Asked {
    /// Its name.
    pub name: &'static str,
    /// Its number.
    pub number: u8,
}

/// Signals that want this to end. One ends it at once, unless it is held; a second one does in any case.
pub trait Ends {
    /// From now on the first one is held, or none is.
    fn hold(&self, is_held: bool);

    /// The one that was held.
    fn asked(&self) -> Option<Asked>;
}

/// A log that has been saved.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Saved {
    /// Where.
    pub path: String,
    /// What is doubtful about it.
    pub doubt: Option<String>,
}

/// The system, as far as this needs it. Failures are in words.
pub trait World {
    /// The time.
    fn stamp(&self) -> Stamp;

    /// Time that passes, for measuring.
    fn elapsed(&self) -> Duration;

    /// Lets time pass.
    fn pause(&mut self, time: Duration);

    /// Writes a line to the log, and to the terminal as far as it wants it.
    fn record(&mut self, level: Level, message: &str);

    /// Keeps a critical event, as it will stand in the mail, should this run not come that far.
    fn keep(&mut self, line: &str);

    /// Whether all that was to be kept is, so that the next run finds it.
    fn keeps(&self) -> bool;

    /// What was kept waits elsewhere now, or is sent.
    fn let_go(&mut self);

    /// Signals that want this to end.
    fn ends(&self) -> &dyn Ends;

    /// Shows what goes on to whoever waits for it: when it begins, and then as often as there are other words for it.
    /// An empty text is the end of it.
    fn progress(&mut self, what: &str, is_new: bool);

    /// Pings a host: whether it answers, or why it is not known.
    fn ping(&mut self, words: &[String], address: &str, patience: Duration) -> Result<Ping, String>;

    /// Connects, and hangs up.
    fn connect(&mut self, address: &str, port: u16, patience: Duration) -> Result<(), String>;

    /// Asks for a page and takes all of it; its status.
    fn get(&mut self, page: &Page) -> Result<u16, String>;

    /// The kilobytes that the process of a pid file has in memory.
    fn memory(&mut self, pid_file: &str) -> Result<u64, String>;

    /// Where a log ends now.
    fn end_of(&mut self, log: &str) -> Result<Mark, String>;

    /// Goes through a log backwards, from its end to the last line that holds `ready`, to `mark` if the log fits it, or until
    /// `see` has seen enough.
    fn search(
        &mut self,
        log: &str,
        ready: &str,
        mark: Option<Mark>,
        see: &mut dyn FnMut(&str) -> bool,
    ) -> Result<Extent, String>;

    /// Starts or stops what is controlled like this.
    fn turn(&mut self, control: &Control, turn: Turn, patience: Duration) -> Result<(), Unturned>;

    /// Why what is controlled like each of these can be neither started nor stopped now, as far as that is known before it is
    /// tried.
    fn unready(&mut self, controls: &[&Control]) -> Vec<Option<String>>;

    /// Whether whoever controls it says that it is stopping just now. Nobody may know.
    fn is_stopping(&mut self, control: &Control) -> bool;

    /// That whoever controls it says that it has ended and will not come up by itself, in words. Nobody may know.
    fn ending(&mut self, control: &Control) -> Option<String>;

    /// Saves a log at `to`, or beside it if that is taken, and leaves an empty one.
    fn rotate(&mut self, log: &str, to: &str, reopen: Option<&str>) -> Result<Saved, String>;

    /// Adds a line to a file in a folder that is there; folders below it are made.
    fn append(&mut self, folder: &str, below: &str, line: &str) -> Result<(), String>;
}

/// What empties a proxy cache.
pub trait Cache {
    /// Empties it; what went wrong, in words. `turn` stops the service, or starts it.
    fn purge(&mut self, service: &Service, turn: &mut dyn FnMut(Turn) -> Result<(), String>) -> Result<(), String>;
}
