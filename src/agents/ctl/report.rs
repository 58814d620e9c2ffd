//! What a run found and did: lines of the log as they come, and the sum at the end.

use serde::Serialize;

/// How bad a line is, by the names of Python's `logging`.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum Level {
    /// What is done, in detail.
    Debug,
    /// What is done.
    Info,
    /// Worth knowing.
    Warning,
    /// Something could not be found out or done.
    Error,
    /// A critical event: it is mailed, and `repair` starts the service anew.
    Critical,
}

impl Level {
    /// As it stands in the log.
    pub fn name(self) -> &'static str {
        match self {
            Self::Debug => "DEBUG",
            Self::Info => "INFO",
            Self::Warning => "WARNING",
            Self::Error => "ERROR",
            Self::Critical => "CRITICAL",
        }
    }
}

/// How a service is.
#[derive(Clone, Copy, Debug, Default, PartialEq, Eq, PartialOrd, Ord, Serialize)]
#[serde(rename_all = "lowercase")]
pub enum State {
    /// As it should be.
    #[default]
    Ok,
    /// Of a run: nothing was looked at.
    Skipped,
    /// Something about it could not be found out or done.
    Wrong,
    /// There was a critical event.
    Critical,
}

/// Something worth telling of a service.
#[derive(Clone, Debug, PartialEq, Eq, Serialize)]
pub struct Event {
    /// How bad it is.
    pub level: Level,
    /// What.
    pub message: String,
}

/// One service.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct OfService {
    /// Its name.
    pub name: String,
    /// Its type.
    pub kind: &'static str,
    /// How it is.
    pub state: State,
    /// Kilobytes of its process.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub memory: Option<u64>,
    /// The page that it was asked for.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub url: Option<String>,
    /// How long that took, in milliseconds.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub milliseconds: Option<u64>,
    /// What was found in its log by `log`, the newest first.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub lines: Vec<String>,
    /// What was done.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub done: Vec<String>,
    /// What would be done, with `--dry-run`.
    #[serde(skip_serializing_if = "Vec::is_empty")]
    pub plan: Vec<String>,
    /// What is wrong.
    pub events: Vec<Event>,
}

/// A run.
#[derive(Clone, Debug, Default, PartialEq, Eq, Serialize)]
pub struct Report {
    /// What was asked for.
    pub action: &'static str,
    /// Whether nothing was to be changed.
    pub dry_run: bool,
    /// The worst of all.
    pub state: State,
    /// The number of the signal that has ended it before its time.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub interrupted: Option<u8>,
    /// Why nothing was done.
    #[serde(skip_serializing_if = "Option::is_none")]
    pub skipped: Option<String>,
    /// The services, in the order in which they were met.
    pub services: Vec<OfService>,
    /// What is wrong, but with no service.
    pub events: Vec<Event>,
}

impl Report {
    /// The exit status that says so; for a signal it is a shell's.
    pub fn exit_status(&self) -> u8 {
        self.interrupted.map_or(u8::from(self.state > State::Skipped), |number| 128 + number)
    }

    /// The entry of a service, which is made at its first mention.
    pub fn of(&mut self, name: &str, kind: &'static str) -> &mut OfService {
        let at = self.services.iter().position(|service| service.name == name).unwrap_or_else(|| {
            self.services.push(OfService { name: name.to_owned(), kind, ..OfService::default() });
            self.services.len() - 1
        });
        &mut self.services[at]
    }

    /// Takes the worst of its services and events.
    pub fn sum_up(&mut self) {
        let bad = |event: &Event| event.level >= Level::Error;
        let skipped = if self.skipped.is_some() { State::Skipped } else { State::Ok };
        let events = if self.events.iter().any(bad) { State::Wrong } else { skipped };
        self.state = self.services.iter().map(|service| service.state).fold(events, State::max);
    }
}
