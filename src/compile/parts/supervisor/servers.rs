//! Where the daemon listens, and how its clients get in: `ports.control` and `credentials`.

use super::super::Server;
use super::super::builder::Builder;
use super::super::problem::Problem;
use super::value::scalar;
use crate::base::{secret, verbatim};
use crate::compile::document::{Entry, Key, Node, Op, Scalar, Table};
use crate::compile::project::{Part, Project};
use crate::conf::path::{LONGEST_SOCKET, PID_DIGITS};
use crate::conf::values::inet_address;

/// What clients need to reach the daemon.
pub(super) struct Access {
    /// `http://…` or `unix://…`.
    pub(super) url: String,
    /// User name and password, marked.
    pub(super) credentials: Option<(Scalar, Scalar)>,
}

/// The servers of a part: its own tables, completed, or the one that `ports.control` or its absence stands for.
pub(super) struct Servers {
    /// `[inet_http_server]`.
    pub(super) inet: Option<Table>,
    /// `[unix_http_server]`.
    pub(super) unix: Option<Table>,
    /// How they are reached.
    pub(super) access: Access,
}

impl Servers {
    /// Reads the part's options.
    pub(super) fn of(part: &Part, builder: &mut Builder<'_>) -> Self {
        let (project, mut problems) = (builder.project, Vec::new());
        let servers = Self::with(part, project, &mut problems);
        builder.extend(problems);
        servers
    }

    fn with(part: &Part, project: &Project, problems: &mut Vec<Problem>) -> Self {
        let control = control(part, problems);
        let (mut inet, mut unix) = (own(part, "inet_http_server"), own(part, "unix_http_server"));
        if let Some(control) = control {
            complete(inet.get_or_insert_with(|| Table::new(control.span)), "port", &loopback(control), problems);
        } else if inet.is_none() {
            unix.get_or_insert_with(|| Table::new(part.span));
        }
        if let Some(table) = &mut unix {
            let file = project.directory.join(format!("var/{}d.sock", part.name));
            set_default(table, "file", &Scalar::string(file.into_string(), part.span));
            set_default(table, "chmod", &Scalar::string("0700", part.span));
            check_path(table, project, problems);
        }
        let credentials = credentials(part, problems);
        for table in [&mut inet, &mut unix].into_iter().flatten() {
            if let Some((user, password)) = &credentials {
                complete(table, "username", user, problems);
                complete(table, "password", password, problems);
            }
        }
        let url = url(inet.as_ref(), unix.as_ref(), project);
        Self { inet, unix, access: Access { url, credentials } }
    }
}

/// The servers that a part's tables say: `[inet_http_server]`, and the sockets of its `FastCGI` programs. One beside
/// `ports.control` is said twice, which is reported.
pub(in super::super) fn network(table: &Table) -> Vec<Server<'_>> {
    let of = |name: &str| table.get(name).and_then(Node::as_table);
    let has_control = of("ports").is_some_and(|ports| ports.get("control").is_some());
    let inet = of("inet_http_server").filter(|_| !has_control).and_then(|inet| inet.scalar("port"));
    let inet = inet.map(|Scalar { text, span, .. }| {
        let option = "inet_http_server.port".into();
        Server { option, address: text, span: *span, is_default: false }
    });
    let pools = of("fcgi-program").map_or(&[][..], Table::entries);
    let pools = pools.iter().filter_map(|Entry { key, node, .. }| {
        let socket = node.as_table()?.scalar("socket")?;
        let option = format!("fcgi-program.{}.socket", key.text).into();
        Some(Server { option, address: socket.text.strip_prefix("tcp://")?, span: socket.span, is_default: false })
    });
    inet.into_iter().chain(pools).collect()
}

fn own(part: &Part, name: &str) -> Option<Table> {
    part.table.get(name).and_then(Node::as_table).cloned()
}

/// A bare port number listens on the host alone: who wants all interfaces says `*:9001`.
fn loopback(control: &Scalar) -> Scalar {
    let text = &*control.text;
    let address = if text.contains(':') { text.to_owned() } else { format!("127.0.0.1:{text}") };
    Scalar::string(address, control.span)
}

fn control<'a>(part: &'a Part, problems: &mut Vec<Problem>) -> Option<&'a Scalar> {
    let table = part.table.get("ports")?.as_table()?;
    for entry in table.entries().iter().filter(|e| &*e.key.text != "control") {
        problems.push(Problem::unknown_option(part, &entry.key, "ports", ["control"]));
    }
    // What is no address has been reported, as the port of any part.
    table.scalar("control").filter(|control| inet_address(&control.text).is_ok())
}

fn credentials(part: &Part, problems: &mut Vec<Problem>) -> Option<(Scalar, Scalar)> {
    let table = part.table.get("credentials")?.as_table()?;
    let mut text = |name: &str| {
        let found = table.scalar(name).filter(|s| !s.text.is_empty()).cloned();
        // A password that could not be had is still the table that says where it comes from, and has been reported.
        let is_reported = table.get(name).is_some_and(|node| node.as_scalar().is_none());
        if found.is_none() && !is_reported {
            let (part, option) = (part.name.clone(), format!("credentials.{name}"));
            problems.push(Problem::MissingOption { part, option, span: table.span });
        }
        found
    };
    let (user, mut password) = (text("username"), text("password")?);
    if let Some(user) = user.as_ref().filter(|user| user.text.contains(':')) {
        problems.push(Problem::BadValue {
            part: part.name.clone(),
            option: "credentials.username".to_owned(),
            value: secret::masked(&user.text),
            expected: "a name without `:`, behind which the password is sent",
            span: user.span,
        });
    }
    if !secret::is_marked(&password.text) && !verbatim::is_marked(&password.text) {
        password.text = secret::mark(&password.text).into();
    }
    Some((user?, password))
}

/// Sets an option that must not be there already.
fn complete(table: &mut Table, option: &str, value: &Scalar, problems: &mut Vec<Problem>) {
    if let Some(entry) = table.entry(option) {
        problems.push(Problem::SaidTwice { option: option.to_owned(), first: entry.key.span, span: value.span });
    } else {
        set_default(table, option, value);
    }
}

fn set_default(table: &mut Table, option: &str, value: &Scalar) {
    if table.get(option).is_none() {
        let key = Key { text: option.into(), span: value.span };
        table.push(Entry { key, op: Op::Set, node: Node::Scalar(value.clone()) });
    }
}

fn check_path(table: &Table, project: &Project, problems: &mut Vec<Problem>) {
    let Some(file) = table.scalar("file").filter(|file| !file.text.contains("%(")) else { return };
    let path = project.absolute(&secret::masked(&file.text));
    if path.as_str().len() + PID_DIGITS > LONGEST_SOCKET {
        let limit = LONGEST_SOCKET - PID_DIGITS;
        problems.push(Problem::SocketPathTooLong { path, limit, span: file.span });
    }
}

fn url(inet: Option<&Table>, unix: Option<&Table>, project: &Project) -> String {
    let port = inet.and_then(|table| scalar(table.get("port")?));
    if let Some(port) = port {
        return match port.rsplit_once(':') {
            None => format!("http://127.0.0.1:{port}"),
            Some(("" | "*" | "0.0.0.0", number)) => format!("http://127.0.0.1:{number}"),
            Some(_) => format!("http://{port}"),
        };
    }
    let file = unix.and_then(|table| scalar(table.get("file")?)).unwrap_or("");
    format!("unix://{}", path(file, project))
}

fn path(file: &str, project: &Project) -> String {
    if file.starts_with("%(") { file.to_owned() } else { project.absolute(file).into_string() }
}
