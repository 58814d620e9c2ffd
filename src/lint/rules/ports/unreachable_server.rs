//! `unreachable-server`: a `serverurl` of supervisorctl at which no server of the same configuration listens.

use crate::base::{Diagnostic, Severity};
use crate::conf::options::Section;
use crate::conf::values;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "unreachable-server",
        Family::Ports,
        Severity::Error,
        "a `serverurl` of `[supervisorctl]` at which the configuration has no server",
        "supervisorctl of this file is refused. Let the two name the same socket or port. (Only what is no URL for it is an \
         error.)",
    )
    .example(
        "[supervisord]\nuser = web\n[inet_http_server]\nport = 127.0.0.1:9001\n[rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\
         [supervisorctl]\nserverurl = http://127.0.0.1:9002\n",
        "[supervisord]\nuser = web\n[inet_http_server]\nport = 127.0.0.1:9001\n[rpcinterface:supervisor]\n\
         supervisor.rpcinterface_factory = supervisor.rpcinterface:make_main_rpcinterface\n\
         [supervisorctl]\nserverurl = http://127.0.0.1:9001\n",
    ),
    check,
)
.built();

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let strange: Vec<Diagnostic> = conf.of(Section::Supervisorctl).filter_map(no_protocol).collect();
    if !conf.is_all() || !strange.is_empty() {
        found.extend(strange);
        return;
    }
    for client in conf.of(Section::Supervisorctl) {
        // Expansions are the same for both: they are compared as they are written.
        let url = client.text("serverurl").unwrap_or("http://localhost:9001".into());
        let places: Option<Vec<(Block<'_>, bool)>> =
            conf.servers().map(|server| Some((server, serves(server, &url)?))).collect();
        let Some(places) = places.filter(|places| !places.iter().any(|(_, serves)| *serves)) else { continue };
        let message = format!("no server of this configuration listens at `{url}`");
        let finding = Diagnostic::warning(RULE.rule.code, client.place_of("serverurl"), message);
        let finding = places.iter().fold(finding, |finding, (server, _)| {
            let option = if server.kind == Section::UnixHttpServer { "file" } else { "port" };
            finding.label(server.place_of(option), "a server listens here")
        });
        found.push(if places.is_empty() {
            finding.help("add `[unix_http_server]` or `[inet_http_server]`")
        } else {
            finding
        });
    }
}

/// A URL that supervisorctl does not take at all.
fn no_protocol(client: Block<'_>) -> Option<Diagnostic> {
    let url = client.text("serverurl")?;
    if url.starts_with('%') || url.starts_with("http://") || url.starts_with("unix://") {
        return None;
    }
    let message = format!("Unknown protocol for serverurl {url}");
    let right = match url.split_once("//").map_or(&*url, |(_, rest)| rest) {
        path if path.starts_with('/') => format!("write `unix://{path}`"),
        _ if url.contains("//") => "only `http://` and `unix://` are known".to_owned(),
        "" => "write `http://HOST:PORT` or `unix:///PATH`".to_owned(),
        address => format!("write `http://{address}`, or `unix:///PATH` for a socket"),
    };
    Some(Diagnostic::error(RULE.rule.code, client.place_of("serverurl"), message).help(right))
}

/// Whether a server is what a URL names; none where that cannot be told.
pub(in crate::lint::rules) fn serves(server: Block<'_>, url: &str) -> Option<bool> {
    if let Some(path) = url.strip_prefix("unix://") {
        if server.kind != Section::UnixHttpServer {
            return Some(false);
        }
        let file = server.text("file")?;
        let is_same = plain(&file) == plain(path);
        // One may say by an expansion what the other spells out.
        return if is_same || (!file.contains('%') && !path.contains('%')) { Some(is_same) } else { None };
    }
    let address = url.strip_prefix("http://")?.trim_end_matches('/');
    if address.contains(['%', '@', '/']) {
        return None;
    }
    let (host, port) = address.rsplit_once(':').unwrap_or((address, "80"));
    if server.kind != Section::InetHttpServer {
        return if is_local(host) { Some(false) } else { None };
    }
    let (own, number) = values::inet_address(&server.known("port")?).ok()?;
    if port.parse() != Ok(number) {
        return if is_local(host) { Some(false) } else { None };
    }
    let is_same = own == host || own.is_empty() || own == "0.0.0.0" || (is_local(host) && is_local(&own));
    if is_same || is_local(host) { Some(is_same) } else { None }
}

/// A path without doubled slashes; `/var/run` is `/run` on nearly every Linux.
fn plain(path: &str) -> String {
    let parts: Vec<&str> = path.split('/').filter(|part| !part.is_empty() && *part != ".").collect();
    match parts.as_slice() {
        ["var", "run", rest @ ..] if path.starts_with('/') => format!("run/{}", rest.join("/")),
        parts => parts.join("/"),
    }
}

fn is_local(host: &str) -> bool {
    matches!(host, "localhost" | "127.0.0.1")
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::lint::settings::Settings;
    use crate::lint::tests::lint;

    #[test]
    fn what_is_no_url_is_an_error() {
        let told = |url: &str| {
            let found = lint(&format!("[supervisorctl]\nserverurl = {url}\n"), &Settings::default()).1;
            found
                .into_iter()
                .map(|f| format!("{}: {}; {}", f.severity.name(), f.message, f.help[0]))
                .collect::<Vec<_>>()
                .concat()
        };
        let unknown = "error: Unknown protocol for serverurl";
        assert_eq!(
            told("localhost:9001"),
            format!("{unknown} localhost:9001; write `http://localhost:9001`, or `unix:///PATH` for a socket")
        );
        assert_eq!(told("/run/s"), format!("{unknown} /run/s; write `unix:///run/s`"));
        assert_eq!(told("https://a"), format!("{unknown} https://a; only `http://` and `unix://` are known"));
        assert_eq!(told(""), format!("{unknown} ; write `http://HOST:PORT` or `unix:///PATH`"));
        for right in ["http://a:1", "unix://x", "unix:///x", "%(ENV_URL)s"] {
            assert_eq!(told(right), "");
        }
    }

    #[test]
    fn one_folder_has_two_names() {
        assert_eq!(plain("/var/run//s.sock"), plain("/run/./s.sock"));
        assert_ne!(plain("/var/run/s.sock"), plain("/srv/run/s.sock"));
    }
}
