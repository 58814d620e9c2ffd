//! `bad-certificate`: a certificate that is not accepted, of a server that is looked at over HTTPS or in a file that a command
//! names, if this host is the one that is to run it.

use std::collections::HashMap;

use crate::base::certificate::{self, Certificate};
use crate::base::seams::{Here, ReadError};
use crate::base::{Diagnostic, Severity, Span};
use crate::compile::document::{Node, Table};
use crate::compile::project::Project;
use crate::conf::options::Section;
use crate::lint::Checked;
use crate::lint::rule::{Family, Rule};
use crate::lint::view::{Block, Conf, Placed};

pub(in crate::lint) static RULE: Checked = Checked::conf(
    Rule::new(
        "bad-certificate",
        Family::Security,
        Severity::Warning,
        "a certificate that is not accepted, of a server that a listener or the cluster monitor looks at, or in a file that a \
         command names (with `--here`)",
        "Whoever checks it is refused the connection: the page counts as down. Renew it, or name the file that is there. \
         (Servers of this host, and those that do not answer, are not judged.)",
    ),
    check,
);

fn check(conf: &Conf<'_>, found: &mut Vec<Diagnostic>) {
    let Some(here) = conf.given.here else { return };
    let mut servers = Servers { here, known: HashMap::new() };
    for block in conf.programs() {
        let Some(words) = block.words() else { continue };
        if looks_at_pages(block, words) {
            found.extend(words.iter().filter_map(|word| servers.finding(&word.text, word.span)));
        }
        found.extend(files(words).filter_map(|(path, word)| of_file(conf, here, path, word)));
    }
}

/// Whether its URLs are of pages that are looked at.
fn looks_at_pages(block: Block<'_>, words: &[Placed]) -> bool {
    block.kind == Section::EventListener || words.iter().any(|word| word.text.rsplit('/').next() == Some("httpok"))
}

/// The servers of the URLs in a `cluster.ini`.
pub(in crate::lint) fn of_cluster(here: &dyn Here, text: &str, whole: Span, found: &mut Vec<Diagnostic>) {
    let mut servers = Servers { here, known: HashMap::new() };
    for (at, _) in text.match_indices(SCHEME) {
        let line = text[..at].rfind(['\n', '\r']).map_or(0, |end| end + 1);
        let ends = |c: char| c.is_whitespace() || matches!(c, '"' | '\'' | ',' | ')');
        let length = text[at..].find(ends).unwrap_or(text.len() - at);
        if !text[line..].trim_start().starts_with([';', '#']) {
            found.extend(servers.finding(&text[at..at + length], whole.part(at, at + length)));
        }
    }
}

/// The servers of the URLs in the parts of a project that monitor a cluster.
pub(in crate::lint) fn of_project(here: &dyn Here, project: &Project) -> Vec<Diagnostic> {
    let mut servers = Servers { here, known: HashMap::new() };
    let mut found = Vec::new();
    for part in project.parts.iter().filter(|part| part.kind.name == "monitor") {
        servers.of_table(&part.table, &mut found);
    }
    found
}

const SCHEME: &str = "https://";

/// Servers, each asked once.
struct Servers<'h> {
    here: &'h dyn Here,
    known: HashMap<(String, u16), Option<String>>,
}

impl Servers<'_> {
    fn of_table(&mut self, table: &Table, found: &mut Vec<Diagnostic>) {
        table.entries().iter().for_each(|entry| self.of_node(&entry.node, found));
    }

    fn of_node(&mut self, node: &Node, found: &mut Vec<Diagnostic>) {
        match node {
            Node::Scalar(scalar) => found.extend(self.finding(&scalar.text, scalar.span)),
            Node::List(list) => list.items.iter().for_each(|item| self.of_node(item, found)),
            Node::Table(table) => self.of_table(table, found),
        }
    }

    fn finding(&mut self, url: &str, span: Span) -> Option<Diagnostic> {
        let (host, port) = address(url)?;
        let here = self.here;
        let fault = self.known.entry((host.to_owned(), port)).or_insert_with(|| here.bad_certificate(host, port));
        let message = format!("`{host}` is refused: {}", fault.as_ref()?);
        Some(RULE.rule.finding(span, message))
    }
}

/// Host and port of a URL, where they are known and not of this host.
fn address(url: &str) -> Option<(&str, u16)> {
    let authority = url.strip_prefix(SCHEME)?.split(['/', '?', '#']).next()?;
    let authority = authority.rsplit_once('@').map_or(authority, |(_, address)| address);
    let (host, port) = match authority.rsplit_once(':') {
        Some((host, port)) => (host, port.parse().ok()?),
        None => (authority, 443),
    };
    let is_plain = !host.is_empty() && !host.contains(['%', '$', '[', ':']);
    let is_local = host == "localhost" || host.starts_with("127.");
    (is_plain && !is_local).then_some((host, port))
}

/// The absolute paths that words name as a certificate: `--certfile X`, `--ssl-cert=X`.
fn files(words: &[Placed]) -> impl Iterator<Item = (&str, &Placed)> {
    words.iter().enumerate().filter_map(|(at, word)| {
        let (name, path, holder) = match word.text.split_once('=') {
            Some((name, path)) => (name, path, word),
            None => (word.text.as_str(), words.get(at + 1)?.text.as_str(), words.get(at + 1)?),
        };
        let is_option = name.starts_with('-') && name.to_ascii_lowercase().contains("cert");
        let is_file = [".pem", ".crt", ".cer"].iter().any(|end| path.ends_with(end));
        (is_option && is_file && path.starts_with('/') && !path.contains(['%', '$'])).then_some((path, holder))
    })
}

fn of_file(conf: &Conf<'_>, here: &dyn Here, path: &str, word: &Placed) -> Option<Diagnostic> {
    let text = match conf.given.context.files.read(path) {
        Ok(text) => text,
        Err(ReadError::NotFound) => {
            return Some(RULE.rule.finding(word.span, format!("there is no file `{path}` on this host")));
        }
        // Whoever runs it may read it.
        Err(_) => return None,
    };
    let all = certificate::read(&text);
    let Some(first) = all.first() else {
        return Some(RULE.rule.finding(word.span, format!("`{path}` holds no certificate in PEM")));
    };
    let (severity, what) = fault(first, all.len(), here.now())?;
    let message = format!("the certificate in `{path}` {what}");
    Some(Diagnostic::new(severity, RULE.rule.code, word.span, message))
}

/// What is wrong with the certificate of a server, the first one of a file that holds so many.
fn fault(certificate: &Certificate, number: usize, now: i64) -> Option<(Severity, String)> {
    let day = |time: jiff::Timestamp| time.to_string()[..10].to_owned();
    if certificate.until.as_second() < now {
        return Some((Severity::Warning, format!("has expired on {}", day(certificate.until))));
    }
    if certificate.from.as_second() > now {
        return Some((Severity::Warning, format!("is not valid before {}", day(certificate.from))));
    }
    // A file of authorities holds such.
    let is_alone = certificate.is_own_issuer && number == 1;
    is_alone.then(|| (Severity::Info, "is signed by nobody else: only those trust it who are told to".to_owned()))
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::base::Sources;
    use crate::base::seams::{ConfFiles, Files, World};
    use crate::conf::expand::Environ;
    use crate::conf::include::Context;
    use crate::lint::settings::Settings;
    use crate::lint::view::Given;
    use crate::lint::{monitor, supervisord};

    /// A host in 2030 with a few files, from where `bad.example` has a bad certificate.
    struct Host;

    fn pem(from: i32, until: i32) -> String {
        let mut parameters = rcgen::CertificateParams::new(["a.example".to_owned()]).unwrap();
        parameters.not_before = rcgen::date_time_ymd(from, 1, 1);
        parameters.not_after = rcgen::date_time_ymd(until, 1, 1);
        parameters.self_signed(&rcgen::KeyPair::generate().unwrap()).unwrap().pem()
    }

    impl Files for Host {
        fn read(&self, path: &str) -> Result<String, ReadError> {
            match path {
                "/own.pem" => Ok(pem(2020, 2040)),
                "/old.pem" => Ok(pem(2020, 2029)),
                "/new.pem" => Ok(pem(2031, 2040)),
                "/all.pem" => Ok(pem(2020, 2040) + &pem(2020, 2029)),
                "/key.pem" => Ok("-----".to_owned()),
                "/shut.pem" => Err(ReadError::Other("permission denied".to_owned())),
                _ => Err(ReadError::NotFound),
            }
        }
        fn exists(&self, _: &str) -> bool {
            false
        }
    }

    impl ConfFiles for Host {
        fn list(&self, _: &str) -> Vec<String> {
            Vec::new()
        }
        fn home(&self, _: &str) -> Option<String> {
            None
        }
    }

    impl World for Host {
        fn is_directory(&self, _: &str) -> bool {
            true
        }
        fn uid(&self, _: &str) -> Option<u32> {
            None
        }
        fn has_uid(&self, _: u32) -> bool {
            true
        }
        fn gid(&self, _: &str) -> Option<u32> {
            None
        }
        fn has_gid(&self, _: u32) -> bool {
            true
        }
    }

    impl Here for Host {
        fn is_executable(&self, _: &str) -> Option<bool> {
            Some(true)
        }
        fn mode(&self, _: &str) -> Option<u32> {
            None
        }
        fn is_free(&self, _: &str, _: u16) -> Option<bool> {
            None
        }
        fn bad_certificate(&self, host: &str, port: u16) -> Option<String> {
            (host == "bad.example").then(|| format!("bad at {port}"))
        }
        fn now(&self) -> i64 {
            1_893_456_000
        }
    }

    fn told(text: &str, here: Option<&dyn Here>) -> Vec<String> {
        let (settings, environ) = (Settings::default(), Environ::default());
        let context = Context { files: &Host, environ: &environ, host_node_name: "h", directory: "/", tempdir: "/tmp" };
        let mut sources = Sources::new();
        let given = Given { settings: &settings, context, here };
        let found = supervisord::check(&mut sources, "a.conf", text.to_owned(), given).found;
        let own = found.into_iter().filter(|finding| finding.code == RULE.rule.code);
        own.map(|f| format!("{} {}: {}", sources.slice(f.span.unwrap()), f.severity.name(), f.message)).collect()
    }

    #[test]
    fn servers_of_listeners_are_asked() {
        let listener = |url: &str| {
            let text = format!("[eventlistener:a]\ncommand = httpok -p a {url}\nevents = TICK_60\n");
            assert_eq!(told(&text, None), Vec::<String>::new());
            told(&text, Some(&Host))
        };
        let bad = "https://u@bad.example:8443/x";
        assert_eq!(listener(bad), [format!("{bad} warning: `bad.example` is refused: bad at 8443")]);
        assert_eq!(listener("https://bad.example").len(), 1);
        for good in ["http://bad.example", "https://good.example/", "https://localhost/", "https://%(ENV_X)s/"] {
            assert_eq!(listener(good), Vec::<String>::new());
        }
        assert_eq!(told("[program:a]\ncommand = /a https://bad.example\n", Some(&Host)), Vec::<String>::new());
    }

    #[test]
    fn servers_of_a_cluster_are_asked() {
        let mut sources = Sources::new();
        let text = "[cluster]\n; https://bad.example/\nurl = https://bad.example/x, https://good.example\n";
        let (found, _) = monitor::check(&mut sources, "cluster.ini", text, Some(&Host));
        let own: Vec<_> = found.iter().filter(|finding| finding.code == RULE.rule.code).collect();
        assert_eq!(own.len(), 1);
        assert_eq!(sources.slice(own[0].span.unwrap()), "https://bad.example/x");
    }

    #[test]
    fn files_of_certificates_are_read() {
        let file = |words: &str| told(&format!("[program:a]\ncommand = /a {words}\n"), Some(&Host));
        assert_eq!(
            file("--certfile /old.pem"),
            ["/old.pem warning: the certificate in `/old.pem` has expired on 2029-01-01"]
        );
        assert_eq!(
            file("--ssl-cert=/new.pem"),
            ["--ssl-cert=/new.pem warning: the certificate in `/new.pem` is not valid before 2031-01-01"]
        );
        assert_eq!(
            file("--cert /own.pem"),
            [
                "/own.pem info: the certificate in `/own.pem` is signed by nobody else: only those trust it who are told to"
            ]
        );
        assert_eq!(file("--cert /key.pem"), ["/key.pem warning: `/key.pem` holds no certificate in PEM"]);
        assert_eq!(file("--cert /no.pem"), ["/no.pem warning: there is no file `/no.pem` on this host"]);
        for words in ["--cert /all.pem", "--cert /shut.pem", "--cert no.pem", "--cert %(here)s/no.pem", "--x /no.pem"] {
            assert_eq!(file(words), Vec::<String>::new(), "{words}");
        }
    }
}
