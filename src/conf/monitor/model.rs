//! What a cluster.ini says, typed. Each value has its place; what has none is a default.
//!
//! Paths and commands are as written: relative ones are relative to the folder in which `ctl` runs.

use crate::base::Span;

/// A value and where it is said.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Said<T> {
    /// The value.
    pub value: T,
    /// Its place; none for a default.
    pub span: Option<Span>,
}

impl<T> Said<T> {
    /// What counts where nothing is said.
    pub fn default(value: T) -> Self {
        Self { value, span: None }
    }

    /// The same place, another value.
    pub fn map<U>(self, change: impl FnOnce(T) -> U) -> Said<U> {
        Said { value: change(self.value), span: self.span }
    }
}

/// Everything.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Monitor {
    /// The services, each once: those of `frontend`, then those of `zeoclients`.
    pub services: Vec<Service>,
    /// `[connect]`, how pages are asked for.
    pub connect: Connect,
    /// `[feedcache] url`: asked for after a start, before the client serves again.
    pub feed_url: Option<Said<String>>,
    /// `logfile`.
    pub log_file: Option<Said<String>>,
    /// `lock_file`: holds the pid of a `ctl` that changes something.
    pub lock_file: Option<Said<String>>,
    /// Where critical events are mailed.
    pub mail: Mail,
    /// `perfdir`: the performance log is `PERFDIR/YEAR/MONTH/perf_DAY.log` in it.
    pub perf_dir: Option<Said<String>>,
    /// `archivedir`: `rotate` copies to `ARCHIVEDIR/YEAR/MONTH/…`.
    pub archive_dir: Option<Said<String>>,
    /// What a rolling start heeds.
    pub rolling: Rolling,
}

impl Monitor {
    /// Those that serve pages and are restarted in turn.
    pub fn clients(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|service| service.is_client)
    }

    /// Those in front of them and behind them.
    pub fn frontends(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|service| service.is_frontend)
    }

    /// The balancer, through which clients are taken out of service: the first frontend that is one.
    pub fn balancer(&self) -> Option<&Service> {
        self.frontends().find(|service| service.kind.is_balancer())
    }

    /// The proxy caches, which `purge` empties.
    pub fn caches(&self) -> impl Iterator<Item = &Service> {
        self.services.iter().filter(|service| service.kind.is_cache())
    }
}

/// `[connect]`. Where there is neither `entity` nor `public_name`, pages are asked for by their plain path.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Connect {
    /// `login`, for basic authentication.
    pub login: Option<Said<String>>,
    /// `passwd`, a secret.
    pub password: Option<Said<String>>,
    /// `entity`: the path of the site in its server, such as `Plone`.
    pub entity: Option<Said<String>>,
    /// `public_name`: the host under which the site is known outside.
    pub public_name: Option<Said<String>>,
    /// `use_http_proxy`: whether the proxy of the environment is asked; by default it is not.
    pub use_http_proxy: bool,
}

/// How critical events are told.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Mail {
    /// `mailhost`, `HOST` or `HOST:PORT`.
    pub host: Said<String>,
    /// `fromaddr`.
    pub from: Option<Said<String>>,
    /// `toaddrs`, between semicolons; none: no mail is sent.
    pub to: Vec<Said<String>>,
    /// `subject`.
    pub subject: Said<String>,
    /// `mail_spool`: where a mail that could not be sent waits for the next run.
    pub spool: Option<Said<String>>,
}

/// What a rolling start heeds, in `[cluster]` or `[DEFAULT]`.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Rolling {
    /// `min_serving`: the fewest clients that must serve at any time.
    pub min_serving: Said<u32>,
    /// `drain_timeout`: seconds that a client has to end its sessions before it is stopped.
    pub drain_timeout: Said<u64>,
}

/// A section that `zeoclients` or `frontend` names.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Service {
    /// The name of its section; its place is that of the header.
    pub name: Said<String>,
    /// `type`, with what only this type has.
    pub kind: Kind,
    /// Whether `zeoclients` names it: it is balanced.
    pub is_client: bool,
    /// Whether `frontend` names it.
    pub is_frontend: bool,
    /// `machine`: the host, as it stands in URLs and messages.
    pub machine: Option<Said<String>>,
    /// `ip`: where it is pinged and connected to, instead of `machine`.
    pub ip: Option<Said<String>>,
    /// `port`; what has none is not connected to.
    pub port: Option<Said<u16>>,
    /// `pool`: clients of pool 1 are restarted first, then those of pool 2 and so on; 0 is no pool.
    pub pool: Said<u32>,
    /// How it is started and stopped.
    pub control: Said<Control>,
    /// `pid_file`: holds the pid of the process whose memory is looked at.
    pub pid_file: Option<Said<String>>,
    /// `log_file`: searched for critical errors.
    pub log_file: Option<Said<String>>,
    /// `rotate_logs`, a path a line.
    pub rotate_logs: Vec<Said<String>>,
    /// `rotate_command`: run once the logs have been renamed, so that their writer opens new ones. Without it they are
    /// copied and emptied.
    pub rotate_command: Option<Said<String>>,
    /// `max_process_size`, in kilobytes.
    pub max_process_size: Option<Said<u64>>,
    /// `critical_errors`, a regular expression that can be compiled; none where it is empty.
    pub critical_errors: Option<Said<String>>,
    /// `ready_line`: what the log says when the program has started; the search for errors begins there.
    pub ready_line: Said<String>,
    /// `timeout`: seconds that connecting, and a whole request, may take.
    pub timeout: Said<u64>,
    /// `feed_timeout`: seconds that the feed url may take.
    pub feed_timeout: Said<u64>,
    /// `start_timeout`: seconds within which it must be good once it was started.
    pub start_timeout: Said<u64>,
    /// `ping_command`, its words; the address is appended. None: it is not pinged.
    pub ping_command: Option<Said<Vec<String>>>,
    /// `follow_redirection`.
    pub follow_redirection: bool,
    /// `time_to_sleep`, of a balancer: seconds between the turns of two clients. Pound's default is 20, that of the others is
    /// not to sleep.
    pub time_to_sleep: Option<Said<u64>>,
    /// `server`, of a client: its name in the balancer's configuration, by default that of the section.
    pub server: Option<Said<String>>,
}

impl Service {
    /// Where it is pinged and connected to.
    pub fn address(&self) -> &str {
        self.ip.as_ref().or(self.machine.as_ref()).map_or(LOCAL, |said| &said.value)
    }

    /// How messages and URLs call its host.
    pub fn machine(&self) -> &str {
        self.machine.as_ref().or(self.ip.as_ref()).map_or(LOCAL, |said| &said.value)
    }

    /// Its name.
    pub fn name(&self) -> &str {
        &self.name.value
    }

    /// How its balancer calls it.
    pub fn server(&self) -> &str {
        self.server.as_ref().map_or(self.name(), |said| &said.value)
    }

    /// Seconds between the restarts of two clients of this balancer.
    pub fn time_to_sleep(&self) -> Option<u64> {
        let default = matches!(self.kind, Kind::Pound(_)).then_some(TIME_TO_SLEEP);
        self.time_to_sleep.as_ref().map(|said| said.value).or(default)
    }
}

/// The host of what names none.
pub const LOCAL: &str = "127.0.0.1";

/// Pound's `time_to_sleep`.
pub const TIME_TO_SLEEP: u64 = 20;

/// The type of a service, with the keys that only this type has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Kind {
    /// Anything that can be connected to.
    TcpServer,
    /// What answers HTTP: asked for `/`, or what `-u` says, at its own port.
    HttpServer,
    /// The storage server.
    ZeoServer,
    /// What serves pages.
    ZeoClient,
    /// A proxy cache.
    Squid(Squid),
    /// A proxy cache.
    Varnish(Varnish),
    /// A balancer.
    Pound(Pound),
    /// A balancer.
    HaProxy(HaProxy),
    /// A balancer.
    Nginx(Nginx),
}

impl Kind {
    /// The word in `type`.
    pub fn word(&self) -> &'static str {
        match self {
            Self::TcpServer => "TCPServer",
            Self::HttpServer => "HttpServer",
            Self::ZeoServer => "ZeoServer",
            Self::ZeoClient => "ZeoClient",
            Self::Squid(_) => "Squid",
            Self::Varnish(_) => "Varnish",
            Self::Pound(_) => "Pound",
            Self::HaProxy(_) => "HAProxy",
            Self::Nginx(_) => "Nginx",
        }
    }

    /// Whether clients are taken out of service by it.
    pub fn is_balancer(&self) -> bool {
        matches!(self, Self::Pound(_) | Self::HaProxy(_) | Self::Nginx(_))
    }

    /// Whether it can be purged.
    pub fn is_cache(&self) -> bool {
        matches!(self, Self::Squid(_) | Self::Varnish(_))
    }
}

/// What a squid has. The original missed a key only when it purged, and so do we.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Squid {
    /// `cache_dir`: the folder of what is cached.
    pub cache_dir: Option<Said<String>>,
    /// `exe`: the program, which makes the folder anew.
    pub exe: Option<Said<String>>,
    /// `conf`: its configuration.
    pub conf: Option<Said<String>>,
}

/// How a Varnish is told to forget.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Varnish {
    /// `admin`, `HOST:PORT`: where its management answers.
    pub admin: Option<Said<String>>,
    /// `secret_file`: what the management asks for.
    pub secret_file: Option<Said<String>>,
    /// `purge_url`: what is asked for with `method` instead of using the management.
    pub purge_url: Option<Said<String>>,
    /// `method`, of the request to `purge_url`.
    pub method: Said<Method>,
    /// `ban`: which objects the management forgets, as an expression of Varnish's.
    pub ban: Said<String>,
}

/// A request that makes a cache forget.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Method {
    /// `PURGE`: what has this URL.
    Purge,
    /// `BAN`: what the server's rules say.
    Ban,
}

impl Method {
    /// As it is sent.
    pub fn word(self) -> &'static str {
        match self {
            Self::Purge => "PURGE",
            Self::Ban => "BAN",
        }
    }
}

/// What a pound has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Pound {
    /// `conf`: the file whose backends are edited.
    pub conf: Said<String>,
    /// `exe`: the program, which tests a file before it takes the place of `conf`.
    pub exe: Said<String>,
    /// `control_socket`: where `poundctl` talks to it; then nothing is edited or restarted.
    pub control_socket: Option<Said<String>>,
}

/// What an `HAProxy` has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct HaProxy {
    /// `socket`: its stats socket, of level admin: a path or `HOST:PORT`.
    pub socket: Said<String>,
    /// `backend`: the backend whose servers the clients are.
    pub backend: Said<String>,
    /// `server_state`: the file that keeps the states over a reload.
    pub server_state: Option<Said<String>>,
}

/// What an nginx has.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Nginx {
    /// `conf`: the file that holds the upstream.
    pub conf: Said<String>,
    /// `upstream`: the name of the upstream whose servers the clients are.
    pub upstream: Said<String>,
    /// `check`: the command that tests the file once it is in place.
    pub check: Said<String>,
    /// `reload`: the command that makes it read the file.
    pub reload: Said<String>,
}

/// How a service is started and stopped.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Control {
    /// It is not.
    None,
    /// `supervisor:PROGRAM`: a program, or `GROUP:*`, of a supervisor.
    Supervisor {
        /// As supervisorctl takes it.
        program: String,
        /// `supervisor_conf`: the file that says where the supervisor listens; none: where supervisorctl finds one.
        conf: Option<Said<String>>,
    },
    /// `zdaemon:CONF`: what the manager of this zdaemon.conf runs.
    Zdaemon {
        /// Its path.
        conf: String,
    },
    /// `systemd:UNIT`.
    Systemd {
        /// The unit.
        unit: String,
    },
    /// `commands`: two command lines for the shell.
    Commands {
        /// `start_command`.
        start: String,
        /// `stop_command`.
        stop: String,
    },
}
