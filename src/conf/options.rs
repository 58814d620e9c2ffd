//! The table of all options of supervisord.conf. The reader, the writer, lint, `show` and the manual are driven by it.
//!
//! A row says what an option is; what its value means stands in [`super::values`], what the host must provide for it
//! in [`super::check`].

use std::collections::HashMap;
use std::sync::LazyLock;

use foldhash::fast::FixedState;

/// The kinds of sections.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash, PartialOrd, Ord)]
pub enum Section {
    /// `[supervisord]`
    Supervisord,
    /// `[program:NAME]`
    Program,
    /// `[eventlistener:NAME]`
    EventListener,
    /// `[fcgi-program:NAME]`
    FcgiProgram,
    /// `[group:NAME]`
    Group,
    /// `[inet_http_server]`
    InetHttpServer,
    /// `[unix_http_server]`
    UnixHttpServer,
    /// `[supervisorctl]`
    Supervisorctl,
    /// `[include]`
    Include,
    /// `[rpcinterface:NAME]`
    RpcInterface,
    /// `[ctlplugin:NAME]`
    CtlPlugin,
}

impl Section {
    /// All kinds.
    pub const ALL: &'static [Self] = &[
        Self::Supervisord,
        Self::Program,
        Self::EventListener,
        Self::FcgiProgram,
        Self::Group,
        Self::InetHttpServer,
        Self::UnixHttpServer,
        Self::Supervisorctl,
        Self::Include,
        Self::RpcInterface,
        Self::CtlPlugin,
    ];

    /// The header up to the NAME, without brackets and colon.
    pub const fn word(self) -> &'static str {
        match self {
            Self::Supervisord => "supervisord",
            Self::Program => "program",
            Self::EventListener => "eventlistener",
            Self::FcgiProgram => "fcgi-program",
            Self::Group => "group",
            Self::InetHttpServer => "inet_http_server",
            Self::UnixHttpServer => "unix_http_server",
            Self::Supervisorctl => "supervisorctl",
            Self::Include => "include",
            Self::RpcInterface => "rpcinterface",
            Self::CtlPlugin => "ctlplugin",
        }
    }

    /// Whether its headers carry a NAME.
    pub const fn is_named(self) -> bool {
        match self {
            Self::Program
            | Self::EventListener
            | Self::FcgiProgram
            | Self::Group
            | Self::RpcInterface
            | Self::CtlPlugin => true,
            Self::Supervisord | Self::InetHttpServer | Self::UnixHttpServer | Self::Supervisorctl | Self::Include => {
                false
            }
        }
    }

    /// What it is for, in a sentence.
    pub const fn doc(self) -> &'static str {
        match self {
            Self::Supervisord => "The daemon itself.",
            Self::Program => "A program that the daemon runs.",
            Self::EventListener => "A program that is told of events over its standard input.",
            Self::FcgiProgram => "A program whose processes share a socket: FastCGI.",
            Self::Group => "Programs that are controlled together, under one name.",
            Self::InetHttpServer => "A server for clients on a TCP port.",
            Self::UnixHttpServer => "A server for clients on a unix socket.",
            Self::Supervisorctl => "How supervisorctl reaches the daemon.",
            Self::Include => "Other files whose sections count as well.",
            Self::RpcInterface => "A namespace of the daemon's XML-RPC methods.",
            Self::CtlPlugin => "A plugin of supervisorctl.",
        }
    }

    /// Whether it runs a command.
    pub fn is_program_like(self) -> bool {
        matches!(self, Self::Program | Self::EventListener | Self::FcgiProgram)
    }

    /// What the section `header` is, and the NAME after its first colon as written. The server sections are known by
    /// their beginning, so that there can be several; the others must be exact.
    pub fn of(header: &str) -> Option<(Self, Option<&str>)> {
        let (word, name) = header.split_once(':').map_or((header, None), |(word, name)| (word, Some(name)));
        let kind = Self::ALL.iter().copied().find(|kind| match kind {
            Self::InetHttpServer | Self::UnixHttpServer => header.starts_with(kind.word()),
            kind if kind.is_named() => name.is_some() && word == kind.word(),
            kind => header == kind.word(),
        })?;
        Some((kind, name))
    }
}

/// What a value is.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Type {
    /// Any text.
    Text,
    /// A whole number.
    Integer,
    /// `true` or `false`.
    Boolean,
    /// Bytes, with `KB`, `MB` or `GB`.
    ByteSize,
    /// A number in base 8.
    Octal,
    /// Numbers 0 to 255 between commas.
    ExitCodes,
    /// A signal by name or number.
    Signal,
    /// Texts between commas.
    List,
    /// The name of a process.
    Name,
    /// A level of the main log.
    LogLevel,
    /// A path.
    Path,
    /// A folder.
    Directory,
    /// A path, or `syslog`.
    MainLog,
    /// `AUTO`, `NONE` or a path.
    ChildLog,
    /// `true`, `false` or `unexpected`.
    Autorestart,
    /// A user by name or number.
    User,
    /// `user` or `user:group`.
    UserGroup,
    /// `port` or `host:port`.
    InetAddress,
    /// 1 to 65535.
    Backlog,
    /// `KEY="value",KEY2="value"`.
    Environment,
    /// A command line.
    Command,
    /// Event types between commas.
    EventTypes,
    /// `tcp://host:port` or `unix:///path`.
    Socket,
    /// `http://…` or `unix://…`.
    Url,
    /// A Python function, `package.module:function`.
    Factory,
    /// File patterns between blanks.
    Patterns,
}

impl Type {
    /// All types.
    pub const ALL: &'static [Self] = &[
        Self::Text,
        Self::Integer,
        Self::Boolean,
        Self::ByteSize,
        Self::Octal,
        Self::ExitCodes,
        Self::Signal,
        Self::List,
        Self::Name,
        Self::LogLevel,
        Self::Path,
        Self::Directory,
        Self::MainLog,
        Self::ChildLog,
        Self::Autorestart,
        Self::User,
        Self::UserGroup,
        Self::InetAddress,
        Self::Backlog,
        Self::Environment,
        Self::Command,
        Self::EventTypes,
        Self::Socket,
        Self::Url,
        Self::Factory,
        Self::Patterns,
    ];

    /// What a value of it looks like, for messages and the manual.
    pub fn description(self) -> &'static str {
        match self {
            Self::Text => "text",
            Self::Integer => "a whole number",
            Self::Boolean => "`true` or `false`",
            Self::ByteSize => "a number of bytes, or one with `KB`, `MB` or `GB`, such as `50MB`",
            Self::Octal => "a number in base 8, of digits 0 to 7, such as `022`",
            Self::ExitCodes => "exit codes 0 to 255 between commas",
            Self::Signal => "a signal, such as `TERM`",
            Self::List => "names between commas",
            Self::Name => "a name without blanks, `:` and `/`",
            Self::LogLevel => "`critical`, `error`, `warn`, `info`, `debug`, `trace` or `blather`",
            Self::Path => "a path",
            Self::Directory => "a folder",
            Self::MainLog => "a path, or `syslog`",
            Self::ChildLog => "`AUTO`, `NONE` or a path",
            Self::Autorestart => "`true`, `false` or `unexpected`",
            Self::User => "a user, by name or number",
            Self::UserGroup => "`user` or `user:group`",
            Self::InetAddress => "`port` or `host:port`; `*` is all interfaces",
            Self::Backlog => "a number from 1 to 65535",
            Self::Environment => "`KEY=\"value\"` between commas",
            Self::Command => "a command line",
            Self::EventTypes => "event types between commas, such as `TICK_60`",
            Self::Socket => "`tcp://host:port` or `unix:///path`",
            Self::Url => "`http://host:port` or `unix:///path`",
            Self::Factory => "a Python function, `package.module:function`",
            Self::Patterns => "file patterns between blanks",
        }
    }
}

/// What the daemon asks of the host before it accepts a value.
#[derive(Clone, Copy, Debug, PartialEq, Eq, Hash)]
pub enum Asks {
    /// Nothing.
    Nothing,
    /// The folder exists.
    Directory,
    /// The folder that the file is in exists.
    Parent,
    /// The user exists.
    User,
    /// The user exists, and the group where one is named.
    UserGroup,
    /// The Python function is one of those that are built in.
    Factory,
}

/// One option: a row of the table.
#[derive(Clone, Copy, Debug, PartialEq, Eq)]
pub struct Opt {
    /// The kinds of sections it stands in.
    pub sections: &'static [Section],
    /// Its name.
    pub name: &'static str,
    /// What its value is.
    pub ty: Type,
    /// The value it has when it is not set, as text; none where it has no value then, or must be set.
    pub default: Option<&'static str>,
    /// Whether it must be set.
    pub required: bool,
    /// What it does, in a sentence.
    pub doc: &'static str,
    /// The version of Supervisor that first had it (`3.0` stands for that and all before).
    pub since: &'static str,
    /// Whether a change can be applied to a running process without restarting it.
    pub reloadable: bool,
    /// Whether its value is a password.
    pub secret: bool,
    /// What the daemon asks of the host.
    pub asks: Asks,
    /// How often `%(…)s` in its value is expanded: twice for a few, so that a `%` must be written `%%%%` there.
    pub expansions: u8,
}

impl Opt {
    const fn new(sections: &'static [Section], name: &'static str, ty: Type, doc: &'static str) -> Self {
        Self {
            sections,
            name,
            ty,
            default: None,
            required: false,
            doc,
            since: "3.0",
            reloadable: false,
            secret: false,
            asks: match ty {
                Type::User => Asks::User,
                Type::UserGroup => Asks::UserGroup,
                Type::MainLog | Type::ChildLog => Asks::Parent,
                Type::Factory => Asks::Factory,
                _ => Asks::Nothing,
            },
            expansions: 1,
        }
    }

    /// The names that its value may use as `%(name)s` in a section of this kind, besides those of the environment.
    pub fn names(&self, section: Section) -> &'static [&'static str] {
        match section {
            Section::Program | Section::EventListener | Section::FcgiProgram => self.names_of_program(section),
            Section::Supervisord if self.name == "environment" => &["here", "host_node_name"],
            Section::Include => &["here", "host_node_name"],
            Section::Supervisord | Section::Group => &["here"],
            Section::UnixHttpServer if self.name == "file" => &["here"],
            Section::Supervisorctl if matches!(self.name, "serverurl" | "history_file") => &["here"],
            Section::InetHttpServer
            | Section::UnixHttpServer
            | Section::Supervisorctl
            | Section::RpcInterface
            | Section::CtlPlugin => &[],
        }
    }

    fn names_of_program(&self, section: Section) -> &'static [&'static str] {
        match (section, self.name) {
            (Section::FcgiProgram, "socket") => &["here", "program_name"],
            // What is read once for the group, before the program.
            (_, "priority" | "events" | "buffer_size" | "result_handler")
            | (Section::EventListener, "redirect_stderr")
            | (Section::FcgiProgram, "user" | "socket_backlog" | "socket_owner" | "socket_mode") => &["here"],
            (_, name) if PER_PROCESS.contains(&name) => {
                &["here", "host_node_name", "program_name", "group_name", "process_num", "numprocs"]
            }
            _ => &["here", "host_node_name", "program_name", "group_name"],
        }
    }

    /// Whether `%(here)s` may stand in its value, in whatever section.
    pub fn knows_here(&self) -> bool {
        self.sections.iter().all(|section| self.names(*section).contains(&"here"))
    }

    const fn default(mut self, text: &'static str) -> Self {
        self.default = Some(text);
        self
    }

    const fn required(mut self) -> Self {
        self.required = true;
        self
    }

    const fn since(mut self, version: &'static str) -> Self {
        self.since = version;
        self
    }

    const fn reloadable(mut self) -> Self {
        self.reloadable = true;
        self
    }

    const fn secret(mut self) -> Self {
        self.secret = true;
        self
    }

    const fn asks(mut self, asks: Asks) -> Self {
        self.asks = asks;
        self
    }

    const fn expanded_twice(mut self) -> Self {
        self.expansions = 2;
        self
    }
}

/// Options of a program that are read once for each of its processes.
const PER_PROCESS: &[&str] = &[
    "command",
    "process_name",
    "environment",
    "directory",
    "stdout_logfile",
    "stdout_logfile_maxbytes",
    "stdout_logfile_backups",
    "stdout_syslog",
    "stderr_logfile",
    "stderr_logfile_maxbytes",
    "stderr_logfile_backups",
    "stderr_syslog",
];

const MAIN: &[Section] = &[Section::Supervisord];
const ALL_PROGRAMS: &[Section] = &[Section::Program, Section::EventListener, Section::FcgiProgram];
const PROGRAMS: &[Section] = &[Section::Program, Section::FcgiProgram];
const LISTENER: &[Section] = &[Section::EventListener];
const FCGI: &[Section] = &[Section::FcgiProgram];
const GROUP: &[Section] = &[Section::Group];
const INET: &[Section] = &[Section::InetHttpServer];
const UNIX: &[Section] = &[Section::UnixHttpServer];
const SERVERS: &[Section] = &[Section::InetHttpServer, Section::UnixHttpServer];
const CTL: &[Section] = &[Section::Supervisorctl];

/// All options, by section in the order of the manual.
pub static OPTIONS: &[Opt] = &[
    // [supervisord]
    Opt::new(MAIN, "logfile", Type::MainLog, "File of the daemon's own log; `syslog` sends it to the system log.")
        .default("supervisord.log"),
    Opt::new(MAIN, "logfile_maxbytes", Type::ByteSize, "Size at which the log is rotated; 0 never.").default("50MB"),
    Opt::new(MAIN, "logfile_backups", Type::Integer, "How many rotated logs are kept; 0 none.").default("10"),
    Opt::new(MAIN, "loglevel", Type::LogLevel, "The least urgent level that is logged.").default("info"),
    Opt::new(MAIN, "pidfile", Type::Path, "File that holds the daemon's process id.")
        .default("supervisord.pid")
        .asks(Asks::Parent),
    Opt::new(MAIN, "umask", Type::Octal, "File mode mask of the daemon when it goes to the background.").default("022"),
    Opt::new(MAIN, "nodaemon", Type::Boolean, "Stay in the foreground.").default("false"),
    Opt::new(MAIN, "silent", Type::Boolean, "In the foreground, do not copy the log to stdout.")
        .default("false")
        .since("4.2.0"),
    Opt::new(MAIN, "minfds", Type::Integer, "File descriptors that must be available.").default("1024"),
    Opt::new(MAIN, "minprocs", Type::Integer, "Processes that must be available.").default("200"),
    Opt::new(MAIN, "nocleanup", Type::Boolean, "Keep the AUTO logs of earlier runs at start.").default("false"),
    Opt::new(MAIN, "childlogdir", Type::Directory, "Folder of the AUTO logs; the system's temporary folder if unset.")
        .asks(Asks::Directory),
    Opt::new(MAIN, "user", Type::User, "User to become when started by root."),
    Opt::new(MAIN, "directory", Type::Directory, "Folder to change to when going to the background.")
        .asks(Asks::Directory),
    Opt::new(MAIN, "strip_ansi", Type::Boolean, "Take ANSI escape sequences out of the output of programs.")
        .default("false"),
    Opt::new(MAIN, "environment", Type::Environment, "Variables added to the environment of all programs.")
        .default("")
        .expanded_twice(),
    Opt::new(MAIN, "identifier", Type::Text, "Name of this daemon in events, in AUTO log names and for its clients.")
        .default("supervisor"),
    // [program:NAME], [eventlistener:NAME], [fcgi-program:NAME]
    Opt::new(ALL_PROGRAMS, "command", Type::Command, "The command that is run; it must not go to the background.")
        .required(),
    Opt::new(ALL_PROGRAMS, "process_name", Type::Name, "Name of the process; needs `%(process_num)d` with numprocs.")
        .default("%(program_name)s"),
    Opt::new(ALL_PROGRAMS, "numprocs", Type::Integer, "How many processes are run.").default("1"),
    Opt::new(ALL_PROGRAMS, "numprocs_start", Type::Integer, "The first `%(process_num)d`.").default("0"),
    Opt::new(PROGRAMS, "priority", Type::Integer, "Low starts first and stops last.").default("999").reloadable(),
    Opt::new(LISTENER, "priority", Type::Integer, "Low starts first and stops last.").default("-1").reloadable(),
    Opt::new(ALL_PROGRAMS, "autostart", Type::Boolean, "Start with the daemon.").default("true").reloadable(),
    Opt::new(
        ALL_PROGRAMS,
        "autorestart",
        Type::Autorestart,
        "Restart after an exit; `unexpected` looks at `exitcodes`.",
    )
    .default("unexpected")
    .reloadable(),
    Opt::new(ALL_PROGRAMS, "startsecs", Type::Integer, "Seconds that a process must stay up to count as started.")
        .default("1")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "startretries", Type::Integer, "Failed starts in a row before giving up.")
        .default("3")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "exitcodes", Type::ExitCodes, "Exit codes that are expected.").default("0").reloadable(),
    Opt::new(ALL_PROGRAMS, "stopsignal", Type::Signal, "Signal that asks the process to stop.")
        .default("TERM")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stopwaitsecs", Type::Integer, "Seconds between that signal and SIGKILL.")
        .default("10")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stopasgroup", Type::Boolean, "Send the stop signal to the whole process group.")
        .default("false")
        .reloadable(),
    Opt::new(
        ALL_PROGRAMS,
        "killasgroup",
        Type::Boolean,
        "Send SIGKILL to the whole process group; as `stopasgroup` if unset.",
    )
    .reloadable(),
    Opt::new(ALL_PROGRAMS, "user", Type::User, "User to run as, if the daemon runs as root."),
    Opt::new(ALL_PROGRAMS, "redirect_stderr", Type::Boolean, "Send stderr where stdout goes.").default("false"),
    Opt::new(ALL_PROGRAMS, "stdout_logfile", Type::ChildLog, "Where stdout is logged.")
        .default("AUTO")
        .reloadable()
        .expanded_twice(),
    Opt::new(ALL_PROGRAMS, "stdout_logfile_maxbytes", Type::ByteSize, "Size at which that log is rotated; 0 never.")
        .default("50MB")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stdout_logfile_backups", Type::Integer, "How many rotated logs of stdout are kept.")
        .default("10")
        .reloadable(),
    Opt::new(
        ALL_PROGRAMS,
        "stdout_capture_maxbytes",
        Type::ByteSize,
        "Bytes kept of a message between capture tags; 0 no capture.",
    )
    .default("0")
    .reloadable(),
    Opt::new(ALL_PROGRAMS, "stdout_events_enabled", Type::Boolean, "Emit an event for what is written to stdout.")
        .default("false")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stdout_syslog", Type::Boolean, "Send stdout to the system log, too.")
        .default("false")
        .since("4.0.0")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stderr_logfile", Type::ChildLog, "Where stderr is logged.")
        .default("AUTO")
        .reloadable()
        .expanded_twice(),
    Opt::new(ALL_PROGRAMS, "stderr_logfile_maxbytes", Type::ByteSize, "Size at which that log is rotated; 0 never.")
        .default("50MB")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stderr_logfile_backups", Type::Integer, "How many rotated logs of stderr are kept.")
        .default("10")
        .reloadable(),
    Opt::new(
        ALL_PROGRAMS,
        "stderr_capture_maxbytes",
        Type::ByteSize,
        "Bytes kept of a message between capture tags; 0 no capture.",
    )
    .default("0")
    .reloadable(),
    Opt::new(ALL_PROGRAMS, "stderr_events_enabled", Type::Boolean, "Emit an event for what is written to stderr.")
        .default("false")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "stderr_syslog", Type::Boolean, "Send stderr to the system log, too.")
        .default("false")
        .since("4.0.0")
        .reloadable(),
    Opt::new(ALL_PROGRAMS, "environment", Type::Environment, "Variables added to the environment of the process.")
        .default(""),
    Opt::new(ALL_PROGRAMS, "directory", Type::Directory, "Folder to change to before the command is run."),
    Opt::new(ALL_PROGRAMS, "umask", Type::Octal, "File mode mask of the process; the daemon's own if unset."),
    Opt::new(
        ALL_PROGRAMS,
        "serverurl",
        Type::Url,
        "What the process gets as SUPERVISOR_SERVER_URL; AUTO is the daemon's own server.",
    ),
    Opt::new(LISTENER, "events", Type::EventTypes, "The event types that are sent to the listeners.").required(),
    Opt::new(LISTENER, "buffer_size", Type::Integer, "Events kept while all listeners are busy.").default("10"),
    Opt::new(LISTENER, "result_handler", Type::Factory, "Function that judges the listeners' results.")
        .default("supervisor.dispatchers:default_handler"),
    Opt::new(FCGI, "socket", Type::Socket, "Socket that the processes share as file descriptor 0.").required(),
    Opt::new(FCGI, "socket_backlog", Type::Backlog, "Length of the socket's queue; the system's maximum if unset.")
        .since("3.4.0"),
    Opt::new(FCGI, "socket_owner", Type::UserGroup, "Owner of a unix socket; the program's user if unset."),
    Opt::new(FCGI, "socket_mode", Type::Octal, "Mode of a unix socket; 0700 if unset."),
    // [group:NAME]
    Opt::new(GROUP, "programs", Type::List, "The programs that the group takes in.").default(""),
    Opt::new(GROUP, "priority", Type::Integer, "Low starts first and stops last.").default("999").reloadable(),
    // Servers
    Opt::new(INET, "port", Type::InetAddress, "Where the server listens.").required(),
    Opt::new(UNIX, "file", Type::Path, "Path of the server's socket.").required(),
    Opt::new(UNIX, "chmod", Type::Octal, "Mode of the socket.").default("0700"),
    Opt::new(UNIX, "chown", Type::UserGroup, "Owner of the socket."),
    Opt::new(SERVERS, "username", Type::Text, "Name that clients must give."),
    Opt::new(SERVERS, "password", Type::Text, "Password that clients must give, in clear or as `{SHA}` and its SHA-1.")
        .secret(),
    // [supervisorctl]
    Opt::new(CTL, "serverurl", Type::Url, "Where the daemon's server is.").default("http://localhost:9001"),
    Opt::new(CTL, "username", Type::Text, "Name given to the server."),
    Opt::new(CTL, "password", Type::Text, "Password given to the server.").secret(),
    Opt::new(CTL, "prompt", Type::Text, "Prompt of the interactive shell.").default("supervisor"),
    Opt::new(CTL, "history_file", Type::Path, "File that keeps the lines typed into the shell."),
    // The others
    Opt::new(&[Section::Include], "files", Type::Patterns, "Further files to read, relative to this one.").required(),
    Opt::new(
        &[Section::RpcInterface],
        "supervisor.rpcinterface_factory",
        Type::Factory,
        "Function that makes the namespace; `supervisor.rpcinterface:make_main_rpcinterface` is built in.",
    )
    .required(),
    Opt::new(&[Section::CtlPlugin], "supervisor.ctl_factory", Type::Factory, "Function that makes the plugin.")
        .required(),
];

/// The option `name` of a kind of section.
pub fn find(section: Section, name: &str) -> Option<&'static Opt> {
    BY_NAME.get(&(section, name)).copied()
}

/// The rows by section and name: each option of each program is looked up.
static BY_NAME: LazyLock<HashMap<(Section, &'static str), &'static Opt, FixedState>> = LazyLock::new(|| {
    let rows = OPTIONS.iter().flat_map(|opt| opt.sections.iter().map(move |section| ((*section, opt.name), opt)));
    rows.collect()
});

/// All options of a kind of section, in the order of the manual.
pub fn options(section: Section) -> impl Iterator<Item = &'static Opt> {
    OPTIONS.iter().filter(move |opt| opt.sections.contains(&section))
}

/// The names of all options of a kind of section.
pub fn names(section: Section) -> impl Iterator<Item = &'static str> {
    options(section).map(|opt| opt.name)
}

/// Whether the section takes keys that are not in the table: those are arguments of its Python function.
pub fn takes_any(section: Section) -> bool {
    matches!(section, Section::RpcInterface | Section::CtlPlugin)
}

#[cfg(test)]
mod tests {
    use super::super::values;
    use super::*;

    #[test]
    fn a_name_stands_once_in_a_section() {
        for section in Section::ALL {
            let mut names: Vec<_> = names(*section).collect();
            let count = names.len();
            names.sort_unstable();
            names.dedup();
            assert_eq!(names.len(), count, "{section:?}");
            assert!(count > 0, "{section:?}");
        }
    }

    #[test]
    fn defaults_are_values_of_their_type() {
        for opt in OPTIONS {
            if let Some(default) = opt.default {
                opt.sections.iter().for_each(|section| values::check_option(opt, *section, default).unwrap());
                assert!(!opt.required, "{}", opt.name);
            }
            assert!(opt.doc.ends_with('.'), "{}", opt.doc);
        }
    }

    #[test]
    fn headers_are_recognised() {
        assert_eq!(Section::of("program:a:b"), Some((Section::Program, Some("a:b"))));
        assert_eq!(Section::of("program"), None);
        assert_eq!(Section::of("supervisord"), Some((Section::Supervisord, None)));
        assert_eq!(Section::of("inet_http_server:x"), Some((Section::InetHttpServer, Some("x"))));
        assert_eq!(Section::of("unix_http_server2"), Some((Section::UnixHttpServer, None)));
        assert_eq!(Section::of("Program:a"), None);
        assert_eq!(find(Section::EventListener, "priority").unwrap().default, Some("-1"));
        assert_eq!(find(Section::Program, "priority").unwrap().default, Some("999"));
    }
}
