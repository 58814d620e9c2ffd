//! The section of one service.

use super::model::{Control, HaProxy, Kind, Method, Nginx, Pound, Said, Service, Squid, Varnish};
use super::problem::Problem;
use super::scope::{Scope, is_host_and_port};
use crate::conf::values;

/// The line that Zope writes when it has started.
const READY_LINE: &str = "Zope Ready to handle requests";

/// The words in `type`, with a kind that has nothing of its own yet.
const KINDS: [(&str, Tag); 9] = [
    ("TCPServer", Tag::TcpServer),
    ("HttpServer", Tag::HttpServer),
    ("ZeoServer", Tag::ZeoServer),
    ("ZeoClient", Tag::ZeoClient),
    ("Squid", Tag::Squid),
    ("Varnish", Tag::Varnish),
    ("Pound", Tag::Pound),
    ("HAProxy", Tag::HaProxy),
    ("Nginx", Tag::Nginx),
];

#[derive(Clone, Copy, PartialEq, Eq)]
enum Tag {
    TcpServer,
    HttpServer,
    ZeoServer,
    ZeoClient,
    Squid,
    Varnish,
    Pound,
    HaProxy,
    Nginx,
}

/// Which lists name it.
#[derive(Clone, Copy, Debug, Default)]
pub(super) struct Roles {
    pub(super) is_client: bool,
    pub(super) is_frontend: bool,
}

/// Reads it.
pub(super) fn read(scope: &mut Scope<'_, '_>, roles: Roles) -> Service {
    let kind = kind(scope, roles);
    let port = scope.read("port", |text| match text.parse() {
        Ok(port @ 1..) => Ok(port),
        _ => Err("a port from 1 to 65535".to_owned()),
    });
    if kind == Kind::ZeoClient && scope.text("port").is_none() {
        let section = scope.section.name.to_owned();
        scope.report(Problem::Missing { section, key: "port", expected: "where it listens" }, scope.span());
    }
    Service {
        name: Said { value: scope.section.name.to_owned(), span: scope.span() },
        is_client: roles.is_client,
        is_frontend: roles.is_frontend,
        machine: scope.text("machine"),
        ip: scope.text("ip"),
        port,
        pool: scope.read("pool", pool).unwrap_or(Said::default(0)),
        control: control(scope),
        pid_file: scope.text("pid_file"),
        log_file: scope.text("log_file"),
        rotate_logs: scope.items("rotate_logs", &['\n']),
        rotate_command: scope.text("rotate_command"),
        max_process_size: scope.kilobytes("max_process_size"),
        critical_errors: scope.pattern("critical_errors"),
        ready_line: scope.text("ready_line").unwrap_or_else(|| Said::default(READY_LINE.to_owned())),
        timeout: scope.patience("timeout", 10),
        feed_timeout: scope.patience("feed_timeout", 600),
        start_timeout: scope.patience("start_timeout", 60),
        ping_command: ping_command(scope),
        follow_redirection: scope.truth("follow_redirection"),
        time_to_sleep: scope.seconds("time_to_sleep"),
        server: scope.text("server"),
        kind,
    }
}

fn pool(text: &str) -> Result<u32, String> {
    text.parse().map_err(|_| "the number of a pool, from 1 on, or 0".to_owned())
}

/// The original split it at blanks.
fn ping_command(scope: &mut Scope<'_, '_>) -> Option<Said<Vec<String>>> {
    let said = scope.text("ping_command")?;
    Some(said.map(|text| text.split_whitespace().map(str::to_owned).collect()))
}

fn kind(scope: &mut Scope<'_, '_>, roles: Roles) -> Kind {
    // Whatever is listed as a client is one.
    let tag = if roles.is_client {
        Tag::ZeoClient
    } else {
        if scope.text("type").is_none() {
            let (section, expected) = (scope.section.name.to_owned(), "what it is, such as `TCPServer`");
            scope.report(Problem::Missing { section, key: "type", expected }, scope.span());
        }
        scope.word("type", &KINDS).map_or(Tag::TcpServer, |said| said.value)
    };
    match tag {
        Tag::TcpServer => Kind::TcpServer,
        Tag::HttpServer => Kind::HttpServer,
        Tag::ZeoServer => Kind::ZeoServer,
        Tag::ZeoClient => Kind::ZeoClient,
        Tag::Squid => {
            Kind::Squid(Squid { cache_dir: scope.text("cache_dir"), exe: scope.text("exe"), conf: scope.text("conf") })
        }
        Tag::Varnish => Kind::Varnish(varnish(scope)),
        Tag::Pound => Kind::Pound(Pound {
            conf: scope.required("conf", "the file whose backends are edited"),
            exe: scope.text("exe").unwrap_or_else(|| Said::default("pound".to_owned())),
            control_socket: scope.text("control_socket"),
        }),
        Tag::HaProxy => Kind::HaProxy(HaProxy {
            socket: socket(scope),
            backend: scope.required("backend", "the name of the backend whose servers the clients are"),
            server_state: scope.text("server_state"),
        }),
        Tag::Nginx => Kind::Nginx(Nginx {
            conf: scope.required("conf", "the file that holds the upstream"),
            upstream: scope.required("upstream", "the name of the upstream whose servers the clients are"),
            check: scope.text("check").unwrap_or_else(|| Said::default("nginx -t".to_owned())),
            reload: scope.text("reload").unwrap_or_else(|| Said::default("nginx -s reload".to_owned())),
        }),
    }
}

/// A path has a slash, as everything without one is a host.
fn socket(scope: &mut Scope<'_, '_>) -> Said<String> {
    let said = scope.required("socket", "its stats socket: a path, or `HOST:PORT`");
    let text = said.value.as_str();
    if !text.is_empty() && !text.contains('/') && !is_host_and_port(text) {
        let expected = format!("a path with a `/`, such as `./{text}`, or `HOST:PORT`");
        scope.report(Problem::BadValue { key: "socket", value: text.to_owned(), expected }, said.span);
    }
    said
}

fn varnish(scope: &mut Scope<'_, '_>) -> Varnish {
    let admin = scope.read("admin", |text| {
        let address = values::inet_address(text).is_ok() && text.contains(':');
        if address { Ok(text.to_owned()) } else { Err("`HOST:PORT`".to_owned()) }
    });
    let purge_url = scope.text("purge_url");
    if purge_url.is_none() && scope.text("admin").is_none() {
        let section = scope.section.name.to_owned();
        scope.report(Problem::VarnishWays { section }, scope.span());
    }
    let methods = [("PURGE", Method::Purge), ("BAN", Method::Ban)];
    Varnish {
        admin,
        secret_file: scope.text("secret_file"),
        purge_url,
        method: scope.word("method", &methods).unwrap_or(Said::default(Method::Purge)),
        ban: scope.text("ban").unwrap_or_else(|| Said::default("req.url ~ .".to_owned())),
    }
}

/// What `control` says; without it, what the other keys let one think.
fn control(scope: &mut Scope<'_, '_>) -> Said<Control> {
    let Some(said) = scope.text("control") else { return unsaid(scope) };
    let span = said.span;
    let control = match said.value.split_once(':') {
        Some(("supervisor", program)) => named(program).map(|program| supervisor(scope, program)),
        Some(("zdaemon", conf)) => named(conf).map(|conf| Control::Zdaemon { conf }),
        Some(("systemd", unit)) => {
            named(unit).filter(|unit| !unit.starts_with('-')).map(|unit| Control::Systemd { unit })
        }
        None if said.value == "commands" => return Said { value: commands(scope), span },
        None if said.value == "none" => Some(Control::None),
        _ => None,
    };
    let value = control.unwrap_or_else(|| {
        let expected = "`supervisor:PROGRAM`, `zdaemon:CONF`, `systemd:UNIT`, `commands`, or `none`".to_owned();
        scope.report(Problem::BadValue { key: "control", value: said.value, expected }, span);
        Control::None
    });
    Said { value, span }
}

fn named(text: &str) -> Option<String> {
    Some(text.trim().to_owned()).filter(|text| !text.is_empty())
}

fn supervisor(scope: &mut Scope<'_, '_>, program: String) -> Control {
    Control::Supervisor { program, conf: scope.text("supervisor_conf") }
}

fn commands(scope: &mut Scope<'_, '_>) -> Control {
    Control::Commands {
        start: scope.required("start_command", "the command that starts it").value,
        stop: scope.required("stop_command", "the command that stops it").value,
    }
}

/// A pair of commands says how; else the original's name of a service is a program of the supervisor that is named, or a
/// unit of systemd.
fn unsaid(scope: &mut Scope<'_, '_>) -> Said<Control> {
    if scope.text("start_command").is_some() || scope.text("stop_command").is_some() {
        return Said::default(commands(scope));
    }
    let Some(name) = scope.text("service_name") else { return Said::default(Control::None) };
    let conf = scope.text("supervisor_conf");
    name.map(|name| match conf {
        conf @ Some(_) => Control::Supervisor { program: name, conf },
        None => Control::Systemd { unit: name },
    })
}
