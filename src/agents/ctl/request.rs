//! What is asked for.

/// What `-a` names.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Action {
    /// Starts or restarts.
    Start,
    /// Stops.
    Stop,
    /// Looks whether all is well.
    Check,
    /// Looks, and starts what is not.
    Repair,
    /// Shows the memory of the clients.
    Mem,
    /// Searches the logs of the clients.
    Log,
    /// Saves the logs.
    Rotate,
    /// Empties the proxy caches.
    Purge,
}

impl Action {
    /// All, by name.
    pub const ALL: [(&'static str, Self); 8] = [
        ("start", Self::Start),
        ("stop", Self::Stop),
        ("check", Self::Check),
        ("repair", Self::Repair),
        ("mem", Self::Mem),
        ("log", Self::Log),
        ("rotate", Self::Rotate),
        ("purge", Self::Purge),
    ];

    /// The one of this name.
    pub fn named(name: &str) -> Option<Self> {
        Self::ALL.iter().find(|(known, _)| *known == name).map(|(_, action)| *action)
    }

    /// Its name.
    pub fn name(self) -> &'static str {
        Self::ALL.iter().find(|(_, action)| *action == self).map_or("", |(name, _)| name)
    }

    /// Whether it only looks at what is there, which hinders nobody and is hindered by nobody.
    pub fn looks_on(self) -> bool {
        matches!(self, Self::Mem | Self::Log)
    }

    /// Whether it changes how services run, or what they write: then nobody else may at the same time.
    pub fn changes(self) -> bool {
        matches!(self, Self::Start | Self::Stop | Self::Repair | Self::Rotate | Self::Purge)
    }
}

/// A command line, understood.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Request {
    /// `-a`.
    pub action: Action,
    /// `-s`: the names, none where all are meant.
    pub services: Option<Vec<String>>,
    /// `-u`: what is asked of web servers.
    pub url: String,
    /// `-p`: what `log` searches for instead of critical errors.
    pub pattern: Option<String>,
    /// `-P`: `start` purges, too.
    pub purge: bool,
    /// `-R`: `start` rotates first.
    pub rotate: bool,
    /// `--dry-run`: says what would be done.
    pub dry_run: bool,
}

/// The names in the value of `-s`, with or without blanks beside the commas.
pub fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}
