//! The effective configuration as names and values, one table for both forms of `recipe show`: an option has one place
//! here, its name in the configuration, and one value, which [`Shown`] writes for people and for programs.

use serde_json::{Map, Value, json};

use super::hidden;
use crate::base::secret;
use crate::conf::model::{
    Address, Auth, Autorestart, Channel, ChildLog, Config, FastCgiSocket, Group, GroupKind, MainLog, Process,
    RpcInterface, Server, Supervisord,
};
use crate::conf::values::{autorestart_text, byte_size_text, log_level_text, signal_text};

/// Options of one section or process, in the order of the manual.
pub(super) type Fields = Vec<(&'static str, Shown)>;

/// A value.
#[derive(Clone, Debug, PartialEq, Eq)]
pub(super) enum Shown {
    /// Not set.
    Unset,
    /// As it is.
    Text(String),
    /// Not for everybody's eyes.
    Secret(String),
    /// A number.
    Integer(i64),
    /// A truth value.
    Boolean(bool),
    /// Bytes.
    Size(i64),
    /// A mode or a mask.
    Octal(u32),
    /// A signal's number.
    Signal(i32),
    /// Exit codes.
    Codes(Vec<i64>),
    /// Names between commas.
    Names(Vec<String>),
    /// `autorestart`.
    Restart(Autorestart),
    /// A log that is not kept.
    NoLog,
    /// Variables.
    Variables(Vec<(String, String)>),
}

impl Shown {
    fn text(text: &str) -> Self {
        Self::Text(text.to_owned())
    }

    fn optional(text: Option<&String>) -> Self {
        text.map_or(Self::Unset, |text| Self::text(text))
    }

    /// For programs: nothing hidden, everything in its smallest unit.
    pub(super) fn json(&self) -> Value {
        match self {
            Self::Unset | Self::NoLog => Value::Null,
            Self::Text(text) | Self::Secret(text) => json!(text),
            Self::Integer(number) | Self::Size(number) => json!(number),
            Self::Boolean(truth) => json!(truth),
            Self::Octal(number) => json!(number),
            Self::Signal(number) => json!(number),
            Self::Codes(codes) => json!(codes),
            Self::Names(names) => json!(names),
            Self::Restart(Autorestart::Always) => json!(true),
            Self::Restart(Autorestart::Never) => json!(false),
            Self::Restart(restart @ Autorestart::Unexpected) => json!(autorestart_text(*restart)),
            Self::Variables(variables) => {
                Value::Object(variables.iter().map(|(name, value)| (name.clone(), json!(value))).collect())
            }
        }
    }

    /// For people: as it would be written; none where there is nothing to write. Secrets only where `clear`.
    pub(super) fn line(&self, clear: bool) -> Option<String> {
        Some(match self {
            Self::Unset => return None,
            Self::Text(text) | Self::Secret(text) if clear => indented(text),
            Self::Text(text) => indented(&hidden::hide(text)),
            Self::Secret(_) => hidden::MASK.to_owned(),
            Self::Integer(number) => number.to_string(),
            Self::Boolean(truth) => truth.to_string(),
            Self::Size(bytes) => byte_size_text(*bytes),
            Self::Octal(number) => format!("{number:04o}"),
            Self::Signal(number) => signal_text(*number),
            Self::Codes(codes) => codes.iter().map(i64::to_string).collect::<Vec<_>>().join(","),
            Self::Names(names) => names.join(","),
            Self::Restart(restart) => autorestart_text(*restart).to_owned(),
            Self::NoLog => "NONE".to_owned(),
            Self::Variables(variables) if variables.is_empty() => return None,
            Self::Variables(variables) => variables.iter().map(|(name, value)| variable(name, value, clear)).collect(),
        })
    }
}

/// A variable on a line of its own. Its name may tell that its value is a secret.
fn variable(name: &str, value: &str, clear: bool) -> String {
    let is_hidden = !clear && secret::tells(name) && !value.is_empty();
    let value = if clear { value.to_owned() } else { hidden::hide(value) };
    format!("\n    {name}={}", if is_hidden { hidden::MASK.to_owned() } else { indented(&value) })
}

/// Lines after the first stand deeper, as the file has them.
fn indented(text: &str) -> String {
    text.replace('\n', "\n    ")
}

/// Options as an object.
pub(super) fn object(fields: &[(&'static str, Shown)]) -> Map<String, Value> {
    fields.iter().map(|(name, value)| ((*name).to_owned(), value.json())).collect()
}

/// `[supervisord]`, and the URL under which processes reach it.
pub(super) fn supervisord(config: &Config) -> Fields {
    let main: &Supervisord = &config.supervisord;
    let logfile = match &main.logfile {
        MainLog::Path(path) => Shown::text(path),
        MainLog::Syslog => Shown::text("syslog"),
    };
    vec![
        ("logfile", logfile),
        ("logfile_maxbytes", Shown::Size(main.logfile_maxbytes)),
        ("logfile_backups", Shown::Integer(main.logfile_backups)),
        ("loglevel", Shown::text(log_level_text(main.loglevel))),
        ("pidfile", Shown::text(&main.pidfile)),
        ("umask", Shown::Octal(main.umask)),
        ("nodaemon", Shown::Boolean(main.nodaemon)),
        ("silent", Shown::Boolean(main.silent)),
        ("minfds", Shown::Integer(main.minfds)),
        ("minprocs", Shown::Integer(main.minprocs)),
        ("nocleanup", Shown::Boolean(main.nocleanup)),
        ("childlogdir", Shown::text(&main.childlogdir)),
        ("user", Shown::optional(main.user.as_ref())),
        ("directory", Shown::optional(main.directory.as_ref())),
        ("strip_ansi", Shown::Boolean(main.strip_ansi)),
        ("environment", Shown::Variables(main.environment.clone())),
        ("identifier", Shown::text(&main.identifier)),
    ]
}

/// One server.
pub(super) fn server(server: &Server) -> Fields {
    let mut fields = match &server.address {
        Address::Inet { host, port } => {
            vec![("host", Shown::text(host)), ("port", Shown::Integer(i64::from(*port)))]
        }
        Address::Unix { file, chmod, chown } => {
            let chown = Shown::optional(chown.as_ref());
            vec![("file", Shown::text(file)), ("chmod", Shown::Octal(*chmod)), ("chown", chown)]
        }
    };
    let (username, password) = match server.auth.clone() {
        Some(Auth { username, password }) => (Shown::Text(username), Shown::Secret(password)),
        None => (Shown::Unset, Shown::Unset),
    };
    fields.extend([("username", username), ("password", password)]);
    fields
}

/// One `[rpcinterface:NAME]`.
pub(super) fn rpcinterface(interface: &RpcInterface) -> Fields {
    vec![("factory", Shown::text(&interface.factory)), ("settings", Shown::Variables(interface.settings.clone()))]
}

/// What a group is, as its section is called. The programs of a `[group:NAME]` are run like those of a
/// `[program:NAME]`.
pub(super) fn kind(group: &Group) -> &'static str {
    match group.kind {
        GroupKind::Program => "program",
        GroupKind::EventListener { .. } => "eventlistener",
        GroupKind::FastCgi(_) => "fcgi-program",
    }
}

/// What all processes of a group share.
pub(super) fn group(group: &Group) -> Fields {
    let mut fields = vec![("priority", Shown::Integer(group.priority))];
    match &group.kind {
        GroupKind::Program => {}
        GroupKind::EventListener { events, buffer_size, result_handler } => fields.extend([
            ("events", Shown::Names(events.clone())),
            ("buffer_size", Shown::Integer(*buffer_size)),
            ("result_handler", Shown::text(result_handler)),
        ]),
        GroupKind::FastCgi(FastCgiSocket { url, owner, mode, backlog }) => fields.extend([
            ("socket", Shown::text(url)),
            ("socket_backlog", backlog.map_or(Shown::Unset, Shown::Integer)),
            ("socket_owner", Shown::optional(owner.as_ref())),
            ("socket_mode", mode.map_or(Shown::Unset, Shown::Octal)),
        ]),
    }
    fields
}

/// One process.
pub(super) fn process(process: &Process) -> Fields {
    let mut fields = vec![
        ("command", Shown::text(&process.command)),
        ("process_name", Shown::text(&process.name)),
        ("priority", Shown::Integer(process.priority)),
        ("autostart", Shown::Boolean(process.autostart)),
        ("autorestart", Shown::Restart(process.autorestart)),
        ("startsecs", Shown::Integer(process.startsecs)),
        ("startretries", Shown::Integer(process.startretries)),
        ("exitcodes", Shown::Codes(process.exitcodes.clone())),
        ("stopsignal", Shown::Signal(process.stopsignal)),
        ("stopwaitsecs", Shown::Integer(process.stopwaitsecs)),
        ("stopasgroup", Shown::Boolean(process.stopasgroup)),
        ("killasgroup", Shown::Boolean(process.killasgroup)),
        ("user", Shown::optional(process.user.as_ref())),
        ("redirect_stderr", Shown::Boolean(process.redirect_stderr)),
    ];
    fields.extend(STDOUT.into_iter().zip(channel(&process.stdout)));
    fields.extend(STDERR.into_iter().zip(channel(&process.stderr)));
    fields.extend([
        ("environment", Shown::Variables(process.environment.clone())),
        ("directory", Shown::optional(process.directory.as_ref())),
        ("umask", process.umask.map_or(Shown::Unset, Shown::Octal)),
        ("serverurl", Shown::optional(process.serverurl.as_ref())),
    ]);
    fields
}

const STDOUT: [&str; 6] = [
    "stdout_logfile",
    "stdout_logfile_maxbytes",
    "stdout_logfile_backups",
    "stdout_capture_maxbytes",
    "stdout_events_enabled",
    "stdout_syslog",
];

const STDERR: [&str; 6] = [
    "stderr_logfile",
    "stderr_logfile_maxbytes",
    "stderr_logfile_backups",
    "stderr_capture_maxbytes",
    "stderr_events_enabled",
    "stderr_syslog",
];

/// The values of a channel, in the order of its names.
fn channel(channel: &Channel) -> [Shown; 6] {
    let logfile = match &channel.logfile {
        ChildLog::None => Shown::NoLog,
        ChildLog::Auto => Shown::text("AUTO"),
        ChildLog::Path(path) => Shown::text(path),
    };
    [
        logfile,
        Shown::Size(channel.logfile_maxbytes),
        Shown::Integer(channel.logfile_backups),
        Shown::Size(channel.capture_maxbytes),
        Shown::Boolean(channel.events_enabled),
        Shown::Boolean(channel.syslog),
    ]
}

#[cfg(test)]
mod tests {
    use super::super::show::testing::config;
    use super::*;
    use crate::conf::options::{self, Section};

    const CONF: &str = "[supervisord]\n[inet_http_server]\nport=9001\n[unix_http_server]\nfile=/s\n\
                        [fcgi-program:f]\ncommand=x\nsocket=unix:///f\n[eventlistener:e]\ncommand=x\nevents=TICK_5\n";

    #[test]
    fn every_option_of_the_table_is_shown() {
        let config = config(CONF);
        let names = |fields: Fields| fields.into_iter().map(|(name, _)| name).collect::<Vec<_>>();
        let of = |kind: &str| config.groups.iter().find(|group| super::kind(group) == kind).unwrap();
        let shown = |section| match section {
            Section::Supervisord => names(supervisord(&config)),
            Section::InetHttpServer => names(server(&config.servers[0])),
            Section::UnixHttpServer => names(server(&config.servers[1])),
            Section::FcgiProgram => {
                names([group(of("fcgi-program")), process(&of("fcgi-program").processes[0])].concat())
            }
            _ => names([group(of("eventlistener")), process(&of("eventlistener").processes[0])].concat()),
        };
        for section in [
            Section::Supervisord,
            Section::InetHttpServer,
            Section::UnixHttpServer,
            Section::FcgiProgram,
            Section::EventListener,
        ] {
            // A process is one of numprocs, and knows nothing of the others.
            let wanted = options::names(section).filter(|name| !name.starts_with("numprocs"));
            let shown = shown(section);
            wanted.for_each(|name| assert!(shown.contains(&name), "{section:?} {name}"));
        }
    }

    #[test]
    fn people_and_programs_see_the_same_values() {
        let both = |shown: Shown| (shown.line(false), shown.json());
        assert_eq!(both(Shown::Size(50 << 20)), (Some("50MB".to_owned()), json!(52_428_800)));
        assert_eq!(both(Shown::Octal(0o22)), (Some("0022".to_owned()), json!(18)));
        assert_eq!(both(Shown::Signal(15)), (Some("TERM".to_owned()), json!(15)));
        assert_eq!(both(Shown::Codes(vec![0, 2])), (Some("0,2".to_owned()), json!([0, 2])));
        assert_eq!(both(Shown::Restart(Autorestart::Always)), (Some("true".to_owned()), json!(true)));
        assert_eq!(both(Shown::Restart(Autorestart::Unexpected)), (Some("unexpected".to_owned()), json!("unexpected")));
        assert_eq!(both(Shown::NoLog), (Some("NONE".to_owned()), Value::Null));
        assert_eq!(both(Shown::Unset), (None, Value::Null));
        assert_eq!(both(Shown::Secret("x".to_owned())), (Some("(secret)".to_owned()), json!("x")));
    }

    #[test]
    fn secrets_are_masked_for_people() {
        let pair = |name: &str, value: &str| (name.to_owned(), value.to_owned());
        let variables =
            Shown::Variables(vec![pair("DB_PASSWORD", "s3"), pair("URL", "http://u:s3@h/"), pair("A", "1")]);
        let masked = "\n    DB_PASSWORD=(secret)\n    URL=http://u:**@h/\n    A=1";
        assert_eq!(variables.line(false).as_deref(), Some(masked));
        assert!(variables.line(true).unwrap().contains("DB_PASSWORD=s3"));
    }
}
