//! What a `supervisord.conf` means: resolved, typed, without places. The daemon runs it, `show` prints it, lint reads
//! it. Option names are Supervisor's own, so that a field can be looked up in the option table and in its manual.

use std::rc::Rc;

use super::host::in_url;

/// The whole configuration of a daemon.
#[derive(Clone, Debug, PartialEq)]
pub struct Config {
    /// `[supervisord]`.
    pub supervisord: Supervisord,
    /// `[inet_http_server]` and `[unix_http_server]` sections, in the order in which they are opened.
    pub servers: Vec<Server>,
    /// `[rpcinterface:NAME]` sections in file order.
    pub rpcinterfaces: Vec<RpcInterface>,
    /// All groups, sorted by priority, then name.
    pub groups: Vec<Group>,
}

impl Config {
    /// The URL under which processes reach the daemon: the first unix socket, or else the last port; none without a
    /// server.
    pub fn serverurl(&self) -> Option<String> {
        let unix = self.servers.iter().find_map(|server| match &server.address {
            Address::Unix { file, .. } => Some(format!("unix://{file}")),
            Address::Inet { .. } => None,
        });
        let inet = self.servers.iter().rev().find_map(|server| match &server.address {
            Address::Inet { host, port } if host.is_empty() => Some(format!("http://localhost:{port}")),
            // Supervisor, which cannot listen there, knows no brackets of IPv6.
            Address::Inet { host, port } => Some(format!("http://{}:{port}", in_url(host))),
            Address::Unix { .. } => None,
        });
        unix.or(inet)
    }
}

/// `[supervisord]`: options of the daemon itself.
#[derive(Clone, Debug, PartialEq)]
pub struct Supervisord {
    /// Main log.
    pub logfile: MainLog,
    /// Bytes before the main log is rotated; 0 never.
    pub logfile_maxbytes: i64,
    /// Rotated files kept.
    pub logfile_backups: i64,
    /// Least level that is logged.
    pub loglevel: LogLevel,
    /// Pid file, absolute.
    pub pidfile: String,
    /// File mode mask of the daemonised process.
    pub umask: u32,
    /// Stay in the foreground.
    pub nodaemon: bool,
    /// In the foreground, do not copy the log to stdout.
    pub silent: bool,
    /// Least number of file descriptors.
    pub minfds: i64,
    /// Least number of processes.
    pub minprocs: i64,
    /// Keep old AUTO logs at start.
    pub nocleanup: bool,
    /// Folder of AUTO logs.
    pub childlogdir: String,
    /// User to become, as written.
    pub user: Option<String>,
    /// Folder to change to when daemonising.
    pub directory: Option<String>,
    /// Take ANSI escape sequences out of child output.
    pub strip_ansi: bool,
    /// Added to the environment of the daemon's children, in file order.
    pub environment: Vec<(String, String)>,
    /// Name of this daemon in AUTO log names, events and RPC.
    pub identifier: String,
}

/// Where the main log goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum MainLog {
    /// A file, by absolute path.
    Path(String),
    /// The system log.
    Syslog,
}

/// Levels of the main log, least urgent first.
#[derive(Clone, Copy, Debug, PartialEq, Eq, PartialOrd, Ord)]
pub enum LogLevel {
    /// 3, `BLAT`.
    Blather,
    /// 5, `TRAC`.
    Trace,
    /// 10, `DEBG`.
    Debug,
    /// 20, `INFO`.
    Info,
    /// 30, `WARN`.
    Warn,
    /// 40, `ERRO`.
    Error,
    /// 50, `CRIT`.
    Critical,
}

/// One control server.
#[derive(Clone, Debug, PartialEq)]
pub struct Server {
    /// The section's name as written, such as `unix_http_server`.
    pub section: String,
    /// Where it listens.
    pub address: Address,
    /// Basic authentication, when a name and a password are set and the name is not empty.
    pub auth: Option<Auth>,
}

/// Where a control server listens.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum Address {
    /// `port` of `[inet_http_server]`; an empty host is all interfaces.
    Inet {
        /// Lower-cased host, empty for all interfaces.
        host: String,
        /// 1 to 65535.
        port: u16,
    },
    /// `file` of `[unix_http_server]`.
    Unix {
        /// Path of the socket.
        file: String,
        /// Mode of the socket.
        chmod: u32,
        /// Owner `user` or `user:group`, as written.
        chown: Option<String>,
    },
}

/// A user name and a password in clear or as `{SHA}` and the hex digest.
#[derive(Clone, PartialEq, Eq)]
pub struct Auth {
    /// User name.
    pub username: String,
    /// Password or `{SHA}…`.
    pub password: String,
}

impl std::fmt::Debug for Auth {
    fn fmt(&self, f: &mut std::fmt::Formatter<'_>) -> std::fmt::Result {
        f.debug_struct("Auth").field("username", &self.username).finish_non_exhaustive()
    }
}

/// `[rpcinterface:NAME]`.
#[derive(Clone, Debug, PartialEq)]
pub struct RpcInterface {
    /// NAME.
    pub name: String,
    /// `supervisor.rpcinterface_factory` as written.
    pub factory: String,
    /// The other keys.
    pub settings: Vec<(String, String)>,
}

/// Processes that are started, stopped and listed together.
#[derive(Clone, Debug, PartialEq)]
pub struct Group {
    /// Its name: that of the program, or of the `[group:NAME]`.
    pub name: String,
    /// Low is started first and stopped last.
    pub priority: i64,
    /// What its processes are.
    pub kind: GroupKind,
    /// Those of each program sorted by priority, then name; the programs of a `[group:NAME]` as listed there. Shared by
    /// all who keep a configuration.
    pub processes: Vec<Rc<Process>>,
}

/// What the processes of a group are.
#[derive(Clone, Debug, PartialEq)]
pub enum GroupKind {
    /// Of `[program:NAME]` or `[group:NAME]`.
    Program,
    /// Of `[eventlistener:NAME]`.
    EventListener {
        /// Event type names, upper case, as written.
        events: Vec<String>,
        /// Events kept while all listeners are busy.
        buffer_size: i64,
        /// Python factory as written; only the default is built in.
        result_handler: String,
    },
    /// Of `[fcgi-program:NAME]`.
    FastCgi(FastCgiSocket),
}

/// The socket that the processes of a `[fcgi-program:NAME]` share as descriptor 0.
#[derive(Clone, Debug, PartialEq)]
pub struct FastCgiSocket {
    /// `tcp://host:port` or `unix:///path`.
    pub url: String,
    /// Owner of a unix socket as written; without one, the user of the program and that user's group, if the user is
    /// not the daemon's own.
    pub owner: Option<String>,
    /// Mode of a unix socket, 0700 unless it is set.
    pub mode: Option<u32>,
    /// Length of the queue of connections.
    pub backlog: Option<i64>,
}

/// One process: what Supervisor calls a process config, one for each of `numprocs`.
#[derive(Clone, Debug, PartialEq)]
pub struct Process {
    /// `process_name`, expanded.
    pub name: String,
    /// Command line, split only when it is started.
    pub command: String,
    /// Folder to start in.
    pub directory: Option<String>,
    /// File mode mask.
    pub umask: Option<u32>,
    /// User to run as, as written.
    pub user: Option<String>,
    /// Additions to the environment: those of `[supervisord]`, and its own over them.
    pub environment: Vec<(String, String)>,
    /// Low is started first and stopped last.
    pub priority: i64,
    /// Start it with the daemon.
    pub autostart: bool,
    /// Restart it when it exits.
    pub autorestart: Autorestart,
    /// Seconds it must stay up to count as started.
    pub startsecs: i64,
    /// Attempts after the first before FATAL.
    pub startretries: i64,
    /// Exit codes that are expected.
    pub exitcodes: Vec<i64>,
    /// Signal number sent to stop it.
    pub stopsignal: i32,
    /// Seconds between that and SIGKILL.
    pub stopwaitsecs: i64,
    /// Send the stop signal to the whole process group.
    pub stopasgroup: bool,
    /// Send SIGKILL to the whole process group.
    pub killasgroup: bool,
    /// stderr goes where stdout goes.
    pub redirect_stderr: bool,
    /// `stdout_*` options.
    pub stdout: Channel,
    /// `stderr_*` options.
    pub stderr: Channel,
    /// `serverurl` when set and not AUTO; an empty one is kept from the process.
    pub serverurl: Option<String>,
}

/// Options of one output channel of a process.
#[derive(Clone, Debug, PartialEq)]
pub struct Channel {
    /// `_logfile`.
    pub logfile: ChildLog,
    /// `_logfile_maxbytes`: bytes before rotation; 0 never.
    pub logfile_maxbytes: i64,
    /// `_logfile_backups`: rotated files kept.
    pub logfile_backups: i64,
    /// `_capture_maxbytes`: bytes of one captured communication; 0 no capture.
    pub capture_maxbytes: i64,
    /// `_events_enabled`: emit `PROCESS_LOG` events.
    pub events_enabled: bool,
    /// `_syslog`: also to the system log.
    pub syslog: bool,
}

/// Where the output of a process goes.
#[derive(Clone, Debug, PartialEq, Eq)]
pub enum ChildLog {
    /// `none`, `off`.
    None,
    /// `AUTO`: a file of the daemon's own naming in `childlogdir`.
    Auto,
    /// A file.
    Path(String),
}

/// `autorestart`.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub enum Autorestart {
    /// `true`.
    Always,
    /// `false`.
    Never,
    /// `unexpected`: when the exit code is not among `exitcodes`.
    Unexpected,
}
