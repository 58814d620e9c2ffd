//! The keys of a cluster.ini: in which section each belongs, whose it is, and what it says.

use std::fmt::Write as _;

/// Where a key belongs. `[DEFAULT]` may hold all of them.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Place {
    /// `[cluster]`.
    Cluster,
    /// `[connect]`.
    Connect,
    /// `[feedcache]`.
    FeedCache,
    /// The section of a service.
    Service,
}

impl Place {
    /// How tables of the documentation call it.
    pub fn shown(self) -> &'static str {
        match self {
            Self::Cluster => "`[cluster]`",
            Self::Connect => "`[connect]`",
            Self::FeedCache => "`[feedcache]`",
            Self::Service => "a service",
        }
    }
}

/// A key.
#[derive(Clone, Copy, Debug)]
pub struct Key {
    /// Its name.
    pub name: &'static str,
    /// Where it belongs.
    pub place: Place,
    /// Whether the original did not know it.
    pub is_new: bool,
    /// What it says.
    pub doc: &'static str,
}

const fn key(place: Place, name: &'static str, doc: &'static str) -> Key {
    Key { name, place, is_new: false, doc }
}

const fn new(place: Place, name: &'static str, doc: &'static str) -> Key {
    Key { name, place, is_new: true, doc }
}

/// The keys for people: `docs/cluster-ini.md` is this text.
pub fn manual() -> String {
    let mut text = HEAD.to_owned();
    for place in [Place::Cluster, Place::Connect, Place::FeedCache, Place::Service] {
        let title = if place == Place::Service { "Services" } else { place.shown() };
        // Writing into a String cannot fail.
        let _ = write!(text, "\n## {title}\n\n| key | says |\n|---|---|\n");
        for key in KEYS.iter().filter(|key| key.place == place) {
            let mark = if key.is_new { " (new)" } else { "" };
            let _ = writeln!(text, "| `{}`{mark} | {} |", key.name, key.doc.replace('|', "\\|"));
        }
    }
    text
}

const HEAD: &str = "\
# cluster.ini

The configuration of [`ctl`](ctl.md), in the format of Python 2's `ConfigParser`: names of keys in any case, `=` or `:`, indented
lines that continue a value, comments after `#` and `;` at the beginning of a line, `rem`, and `;` behind a blank. `%(key)s` is the
value of another key of the section, `%(__name__)s` the section's name. `[DEFAULT]` stands behind every section: each key may
be said there for all, and again for one. This page is made from the table of keys (`BLESS=1 cargo test --test tests`); `(new)`
marks what the original does not know.

Each name in `zeoclients` and `frontend` is a section of its own, once in each list; each client has an address and port of its
own. Paths are relative to the folder in which `ctl` runs. What is named as a file has to be a plain one, or `/dev/null`.
";

use Place::{Cluster, Connect, FeedCache, Service};

/// All of them.
pub const KEYS: &[Key] = &[
    key(Cluster, "zeoclients", "the sections of the clients, between commas"),
    key(Cluster, "frontend", "the sections of all other services, between commas"),
    key(Cluster, "logfile", "the log of `ctl`; by default there is none"),
    key(
        Cluster,
        "lock_file",
        "holds the pid of a `ctl` that changes something, relative to the configuration; by default that with `.lock`",
    ),
    key(Cluster, "mailhost", "`HOST` or `HOST:PORT` of the mail server, by default `localhost`"),
    key(Cluster, "fromaddr", "the sender of mails"),
    key(Cluster, "toaddrs", "who gets them, between semicolons; empty: nobody"),
    key(Cluster, "subject", "their subject, by default `Critical event`"),
    key(Cluster, "perfdir", "the folder of the performance log; by default there is none"),
    key(Cluster, "archivedir", "where `rotate` copies logs to"),
    new(
        Cluster,
        "mail_spool",
        "where a mail waits for the next run if the server is down, relative to the configuration; by default the lock file \
         with `.mail`",
    ),
    new(Cluster, "min_serving", "the fewest clients that must serve during a rolling start, by default 1"),
    new(Cluster, "drain_timeout", "seconds that a client has to end its sessions before it is stopped, by default 30"),
    key(Connect, "login", "the user of basic authentication"),
    key(Connect, "passwd", "the password"),
    key(Connect, "entity", "the path of the site in its server"),
    key(Connect, "public_name", "the host under which the site is known outside"),
    key(Connect, "use_http_proxy", "whether the proxy of the environment is asked, by default not"),
    key(FeedCache, "url", "is asked for after a start, to fill the client's caches"),
    key(
        Service,
        "type",
        "`TCPServer`, `HttpServer`, `ZeoServer`, `ZeoClient`, `Squid`, `Varnish`, `Pound`, `HAProxy` or `Nginx`",
    ),
    key(Service, "machine", "the host, as it stands in URLs and messages"),
    key(Service, "ip", "where it is pinged and connected to instead"),
    key(Service, "port", "where it listens"),
    key(
        Service,
        "service_name",
        "what controls it knows it by: a program if there is a `supervisor_conf`, else a unit of systemd",
    ),
    key(Service, "timeout", "seconds that connecting, and a whole request, may take, by default 10"),
    key(Service, "ping_command", "pings a host, whose address is appended; by default nothing is pinged"),
    key(Service, "follow_redirection", "whether a redirection is followed, by default not"),
    key(Service, "log_file", "the log that is searched for critical errors"),
    key(
        Service,
        "critical_errors",
        "what is critical in it, a regular expression; with nothing between two `|` it would be every line, which is refused",
    ),
    key(Service, "pid_file", "holds the pid of the process whose memory is looked at"),
    key(Service, "max_process_size", "the most memory that it may have, in kilobytes, or with `MB` or `GB`"),
    key(Service, "rotate_logs", "the logs that `rotate` saves, a path a line"),
    key(Service, "pool", "when a client is restarted: those of pool 1 first; 0: not in a full start"),
    key(Service, "cache_dir", "of a Squid: the folder of what is cached"),
    key(Service, "exe", "of a Squid or Pound: its program, for a Pound by default `pound`"),
    key(Service, "conf", "of a Squid, Pound or Nginx: its configuration"),
    key(Service, "time_to_sleep", "of a balancer: seconds between the turns of two clients, for a Pound by default 20"),
    new(Service, "control", "`supervisor:PROGRAM`, `zdaemon:CONF`, `systemd:UNIT`, `commands` or `none`"),
    new(Service, "supervisor_conf", "the supervisord.conf that says where its supervisor listens"),
    new(Service, "start_command", "with `control = commands`: starts it"),
    new(Service, "stop_command", "with `control = commands`: stops it"),
    new(Service, "feed_timeout", "seconds that the page of `[feedcache]` may take, by default 600"),
    new(Service, "start_timeout", "seconds within which it must be good once it was started, by default 60"),
    new(Service, "ready_line", "what its log says when it has started, by default `Zope Ready to handle requests`"),
    new(Service, "rotate_command", "makes it open new logs: then `rotate` renames them"),
    new(Service, "server", "of a client: its name in the balancer's configuration, by default that of its section"),
    new(Service, "control_socket", "of a Pound: where `poundctl` reaches it"),
    new(Service, "socket", "of an HAProxy: its stats socket, a path or `HOST:PORT`"),
    new(Service, "backend", "of an HAProxy: the backend of the clients"),
    new(Service, "server_state", "of an HAProxy: the file that keeps the states of servers over a reload"),
    new(Service, "upstream", "of an Nginx: the upstream of the clients"),
    new(Service, "check", "of an Nginx: makes it test its configuration, by default `nginx -t`"),
    new(Service, "reload", "of an Nginx: makes it read its configuration, by default `nginx -s reload`"),
    new(Service, "admin", "of a Varnish: `HOST:PORT` of its management"),
    new(Service, "secret_file", "of a Varnish: the secret of its management"),
    new(Service, "purge_url", "of a Varnish: what is asked for with `method` instead"),
    new(Service, "method", "of a Varnish: `PURGE` or `BAN`"),
    new(Service, "ban", "of a Varnish: what its management forgets, by default `req.url ~ .`"),
];

/// The names of the keys that a section of this place may hold. What is the cluster's and what is a service's may stand in
/// each other's sections, as the original looked there.
pub fn names(place: Option<Place>) -> impl Iterator<Item = &'static str> {
    let fits = move |key: &&Key| match place {
        None => true,
        Some(place @ (Connect | FeedCache)) => key.place == place,
        Some(Cluster | Service) => !matches!(key.place, Connect | FeedCache),
    };
    KEYS.iter().filter(fits).map(|key| key.name)
}
