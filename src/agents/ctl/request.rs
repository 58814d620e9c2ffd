//! What is asked for.

use crate::conf::monitor::read::is_called;
use crate::conf::monitor::{Kind, Monitor, Service};

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

    /// Whether it starts and stops clients.
    pub fn turns_clients(self) -> bool {
        matches!(self, Self::Start | Self::Stop | Self::Repair)
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

impl Request {
    /// Whether `-s` names a service.
    pub fn names(&self, service: &Service) -> bool {
        self.services.iter().flatten().any(|name| is_called(service, name))
    }

    /// The services that may be started or stopped for it; for a check, those that a repair might restart.
    pub fn may_turn<'m>(&self, monitor: &'m Monitor) -> Vec<&'m Service> {
        let all = self.services.is_none();
        let is_meant = |service: &Service| match self.action {
            Action::Start => all || self.names(service) || !service.is_client,
            Action::Stop => self.names(service) || all && service.is_client,
            Action::Check | Action::Repair => all || self.names(service),
            Action::Purge => (all || self.names(service)) && matches!(service.kind, Kind::Squid(_)),
            Action::Mem | Action::Log | Action::Rotate => false,
        };
        let mut meant: Vec<&Service> = monitor.services.iter().filter(|service| is_meant(service)).collect();
        // One that reads its file when it is started is restarted for each client.
        let balancer = monitor.balancer().filter(|service| {
            matches!(&service.kind, Kind::Pound(own) if own.control_socket.is_none()) && !meant.contains(service)
        });
        if meant.iter().any(|service| service.is_client) {
            meant.extend(balancer);
        }
        meant
    }
}

/// The names in the value of `-s`, with or without blanks beside the commas.
pub fn names(text: &str) -> impl Iterator<Item = String> + '_ {
    text.split(',').map(str::trim).filter(|name| !name.is_empty()).map(str::to_owned)
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::ctl::testing::monitor;

    #[test]
    fn what_may_be_turned_is_known_before() {
        let monitor = monitor(
            "[cluster]\nfrontend = lb, web, cache\nzeoclients = a, b\n[lb]\ntype = Pound\nconf = p\n[web]\ntype = TCPServer\n\
             [cache]\ntype = Squid\n[a]\nport = 1\n[b]\nport = 2\n",
        );
        for (action, services, expected) in [
            (Action::Start, "", "lb web cache a b"),
            (Action::Start, "a", "lb web cache a"),
            (Action::Stop, "", "a b lb"),
            (Action::Stop, "web", "web"),
            (Action::Repair, "b", "b lb"),
            (Action::Check, "", "lb web cache a b"),
            (Action::Purge, "", "cache"),
            (Action::Log, "", ""),
        ] {
            let services = (!services.is_empty()).then(|| names(services).collect());
            let (url, dry_run) = ("/".to_owned(), false);
            let request = Request { action, services, url, pattern: None, purge: false, rotate: false, dry_run };
            let turned: Vec<&str> = request.may_turn(&monitor).into_iter().map(Service::name).collect();
            assert_eq!(turned.join(" "), expected, "{action:?} {:?}", request.services);
        }
    }
}
