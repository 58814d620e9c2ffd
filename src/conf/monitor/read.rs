//! Reading: the cluster's own sections, then one section after the other. All that is wrong is found at once.

use std::collections::BTreeSet;

use super::keys::{self, Place};
use super::model::{Connect, Kind, Mail, Monitor, Rolling, Said, Service};
use super::problem::Problem;
use super::scope::Scope;
use super::service::{self, Roles};
use super::{expand, text};
use crate::base::{Diagnostic, FileId, Severity, Span, suggest};
use crate::conf::address;
use crate::conf::host::are_same;
use crate::conf::ini::{Ini, Section};

/// What came of a text.
#[derive(Debug)]
pub struct Reading {
    /// What it says; only where there is no error.
    pub monitor: Option<Monitor>,
    /// What is wrong, in the order of the file.
    pub found: Vec<Diagnostic>,
}

/// Reads `text`, which is `file`.
pub fn read(file: FileId, text: &str) -> Reading {
    let mut lines = Vec::new();
    let ini = text::read(file, text, &mut lines);
    let mut reader = Reader {
        file,
        ini: &ini,
        found: lines.into_iter().map(|(problem, span)| (problem, Some(span))).collect(),
        used: BTreeSet::new(),
    };
    let monitor = reader.monitor();
    reader.unknown_keys();
    reader.misnamed_lists();
    reader.misnamed_sections(&monitor.services);
    reader.repeats();
    let found = findings(reader.found);
    let is_good = found.iter().all(|finding| finding.severity != Severity::Error);
    Reading { monitor: Some(monitor).filter(|_| is_good), found }
}

/// In the order of the file, each once: what is wrong in `[DEFAULT]` is met by each section.
fn findings(mut found: Vec<(Problem, Option<Span>)>) -> Vec<Diagnostic> {
    found.sort_by_key(|(_, span)| *span);
    found.dedup();
    found.into_iter().map(|(problem, span)| problem.at(span)).collect()
}

struct Reader<'s, 'a> {
    file: FileId,
    ini: &'s Ini<'a>,
    found: Vec<(Problem, Option<Span>)>,
    used: BTreeSet<String>,
}

impl<'s, 'a> Reader<'s, 'a> {
    fn scope<'r>(&'r mut self, section: &'r Section<'a>) -> Scope<'r, 'a> {
        Scope::new(self.ini, section, &mut self.found, &mut self.used)
    }

    fn monitor(&mut self) -> Monitor {
        let ini = self.ini;
        let cluster = ini.section("cluster").unwrap_or(ini.defaults());
        let services = self.services(cluster);
        self.balancers(&services);
        self.places(&services);
        let connect = ini.section("connect").map(|section| self.connect(section)).unwrap_or_default();
        let feed_url = ini.section("feedcache").and_then(|section| self.scope(section).text("url"));
        let mut scope = self.scope(cluster);
        let (from, to) = (scope.text("fromaddr"), scope.items("toaddrs", &[';', '\n']));
        if let (None, Some(first)) = (&from, to.first()) {
            scope.report(Problem::NoSender, first.span);
        }
        let expected = |what: &str| format!("{what}, `NAME@HOST` or `NAME <NAME@HOST>`");
        let (sender, receiver) = (expected("an address"), expected("addresses with `;` between them, each"));
        // Without anybody to get them no mail is sent.
        let told = from.iter().filter(|_| !to.is_empty()).map(|from| ("fromaddr", from, &sender));
        for (key, said, expected) in told.chain(to.iter().map(|to| ("toaddrs", to, &receiver))) {
            if address::bare(&said.value).is_none() {
                let (value, expected) = (said.value.clone(), expected.clone());
                scope.report(Problem::BadAddress { key, value, expected }, said.span);
            }
        }
        // Where it is not known who the clients are, their number says nothing.
        let are_known =
            !scope.has_found(|problem| matches!(problem, Problem::NoSection { .. } | Problem::EmptyList { .. }));
        let clients = services.iter().filter(|service| service.is_client).count();
        let most = if are_known && clients > 0 { clients as u64 } else { u64::from(u32::MAX) };
        Monitor {
            connect,
            feed_url,
            log_file: scope.text("logfile"),
            lock_file: scope.text("lock_file"),
            mail: Mail {
                host: scope.host("mailhost").unwrap_or_else(|| Said::default("localhost".to_owned())),
                from,
                to,
                subject: scope.text("subject").unwrap_or_else(|| Said::default("Critical event".to_owned())),
                spool: scope.text("mail_spool"),
            },
            perf_dir: scope.text("perfdir"),
            archive_dir: scope.text("archivedir"),
            rolling: Rolling {
                min_serving: scope
                    .number("min_serving", most, "a number of clients")
                    .map_or(Said::default(1), |said| said.map(|n| u32::try_from(n).unwrap_or(u32::MAX))),
                drain_timeout: scope.seconds("drain_timeout").unwrap_or(Said::default(30)),
            },
            services,
        }
    }

    fn connect(&mut self, section: &Section<'a>) -> Connect {
        let mut scope = self.scope(section);
        Connect {
            login: scope.text("login"),
            password: scope.text("passwd"),
            entity: scope.text("entity"),
            public_name: scope.text("public_name"),
            use_http_proxy: scope.truth("use_http_proxy"),
        }
    }

    /// The sections that the lists name, each once.
    fn services(&mut self, cluster: &'s Section<'a>) -> Vec<Service> {
        let mut named: Vec<(&'s Section<'a>, Roles)> = Vec::new();
        let mut is_empty = true;
        for key in ["frontend", "zeoclients"] {
            let mut scope = self.scope(cluster);
            let empty = scope.empty_list(key).filter(|_| key == "zeoclients");
            let names = scope.items(key, &[',', '\n']);
            if let Some(span) = empty {
                scope.report(Problem::EmptyList { key }, Some(span));
                is_empty = false;
            }
            for (at, name) in names.iter().enumerate() {
                is_empty = false;
                if let Some(first) = names[..at].iter().find(|first| first.value == name.value) {
                    let (name, span, first_span) = (name.value.clone(), name.span, first.span);
                    self.found.push((Problem::NamedTwice { key, name, first_span }, span));
                    continue;
                }
                let Some(section) = self.ini.section(&name.value) else {
                    let sections = self.ini.sections().iter().map(|section| section.name.to_owned());
                    let sections = sections.filter(|name| !OWN.contains(&name.as_str())).collect();
                    self.found.push((Problem::NoSection { key, name: name.value.clone(), sections }, name.span));
                    continue;
                };
                let at = named.iter().position(|(other, _)| other.name == section.name).unwrap_or_else(|| {
                    named.push((section, Roles::default()));
                    named.len() - 1
                });
                let roles = &mut named[at].1;
                roles.is_client |= key == "zeoclients";
                roles.is_frontend |= key == "frontend";
            }
        }
        if is_empty {
            let whole = Span::new(self.file, 0, 0);
            self.found.push((Problem::NoServices, Some(cluster.span.unwrap_or(whole))));
        }
        named.into_iter().map(|(section, roles)| service::read(&mut self.scope(section), roles)).collect()
    }

    fn balancers(&mut self, services: &[Service]) {
        let mut balancers = services.iter().filter(|service| service.kind.is_balancer());
        let Some(Service { name: Said { value: first, span: Some(first_span) }, .. }) = balancers.next() else {
            return;
        };
        for second in balancers {
            let (first, second, span) = (first.clone(), second.name.value.clone(), second.name.span);
            self.found.push((Problem::SecondBalancer { first, second, first_span: *first_span }, span));
        }
    }

    /// Clients of which only one can listen.
    fn places(&mut self, services: &[Service]) {
        let mut clients: Vec<(&Service, u16)> = Vec::new();
        for service in services.iter().filter(|service| service.is_client) {
            let Some(port) = &service.port else { continue };
            let is_there =
                |(first, at): &&(&Service, u16)| *at == port.value && are_same(first.address(), service.address());
            if let Some((first, _)) = clients.iter().find(is_there) {
                let place = format!("{}:{}", service.address(), port.value);
                let (first, second) = (*first, service.name().to_owned());
                let first_span = first.port.as_ref().and_then(|port| port.span).filter(|span| Some(*span) != port.span);
                let problem = Problem::OnePlace { first: first.name().to_owned(), second, place, first_span };
                self.found.push((problem, port.span));
            } else {
                clients.push((service, port.value));
            }
        }
    }

    /// What stands there a second time. The original read it as one, the last value over the others.
    fn repeats(&mut self) {
        for repeat in self.ini.repeats() {
            let (section, first_span) = (repeat.section.to_owned(), repeat.first);
            let problem = match &repeat.lost {
                None => Problem::SectionAgain { name: section, first_span },
                Some(lost) => {
                    let key = self.ini.section(&section).unwrap_or(self.ini.defaults()).get(&lost.name);
                    if key.is_some_and(|key| key.value.text() == lost.value.text()) {
                        continue;
                    }
                    Problem::KeyAgain { name: lost.name.to_string(), section, first_span }
                }
            };
            self.found.push((problem, Some(repeat.again)));
        }
    }

    /// A key that is meant to be one of the lists of sections, if that is not there. Then it is no mere key without a meaning.
    fn misnamed_lists(&mut self) {
        let ini = self.ini;
        for section in ini.section("cluster").into_iter().chain([ini.defaults()]) {
            for key in ["zeoclients", "frontend"] {
                if ini.get_in(ini.section("cluster").unwrap_or(ini.defaults()), key).is_some() {
                    continue;
                }
                let is_meant = |name: &str| {
                    let place = Some(Place::Cluster);
                    let is_unknown = keys::names(place).all(|known| known != name) && !self.used.contains(name);
                    is_unknown && suggest::nearest(name, keys::names(place)).is_some_and(|meant| *meant == *key)
                };
                let meant = section.options().iter().find(|setting| is_meant(&setting.name));
                let Some(setting) = meant else { continue };
                let (name, span) = (setting.name.to_string(), Some(setting.name_span));
                let is_told = |(problem, at): &(Problem, Option<Span>)| {
                    *at == span && matches!(problem, Problem::UnknownKey { .. })
                        || matches!(problem, Problem::NoServices)
                };
                self.found.retain(|found| !is_told(found));
                self.found.push((Problem::MisnamedList { name, key }, span));
            }
        }
    }

    /// Sections of which no list tells, and that are called nearly as one that is no service.
    fn misnamed_sections(&mut self, services: &[Service]) {
        for section in self.ini.sections() {
            let is_read = OWN.contains(&section.name) || services.iter().any(|own| own.name() == section.name);
            if !is_read && suggest::nearest(section.name, all_read()).is_some() {
                self.found.push((Problem::MisnamedSection { name: section.name.to_owned() }, section.span));
            }
        }
    }

    /// What no section of this kind has, and no value refers to.
    fn unknown_keys(&mut self) {
        let all = self.ini.sections().iter().map(|section| (section, Some(place(section.name))));
        for (section, place) in all.chain([(self.ini.defaults(), None)]) {
            for setting in section.options() {
                let raw = setting.value.text();
                self.used.extend(expand::names(&raw));
                if keys::names(place).all(|name| name != setting.name) {
                    let (name, section) = (setting.name.to_string(), section.name.to_owned());
                    self.found.push((Problem::UnknownKey { name, section, place }, Some(setting.name_span)));
                }
            }
        }
        let used = &self.used;
        self.found.retain(|(problem, _)| !matches!(problem, Problem::UnknownKey { name, .. } if used.contains(name)));
    }
}

/// The sections that are no service.
const OWN: [&str; 3] = ["cluster", "connect", "feedcache"];

/// The sections that are read whatever the lists name.
pub(super) fn all_read() -> impl Iterator<Item = &'static str> {
    OWN.into_iter().chain(["DEFAULT"])
}

fn place(section: &str) -> Place {
    match section {
        "cluster" => Place::Cluster,
        "connect" => Place::Connect,
        "feedcache" => Place::FeedCache,
        _ => Place::Service,
    }
}

/// Whether `name` means this service in a list of them: its section, or, as the original called it, its type.
pub fn is_called(service: &Service, name: &str) -> bool {
    let by_kind = !matches!(service.kind, Kind::TcpServer | Kind::HttpServer | Kind::ZeoClient);
    service.name.value == name || by_kind && service.kind.word() == name
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::super::model::Control;
    use super::super::write;
    use super::*;
    use crate::base::Sources;

    /// What a user of the original has.
    const ORIGINAL: &str = "\
[DEFAULT]
timeout = 15
logfile = ctl.log
lock_file = ctl.lock
max_process_size = 500000
critical_errors = MemoryError|ConflictError
mailhost = mail
fromaddr = ctl@example.org
toaddrs = a@example.org;b@example.org
subject = Cluster
ping_command = ping -c 1
perfdir = perf
archivedir = archive
follow_redirection = no
base = /srv/zope

[cluster]
zeoclients = zeoclient1.1, zeoclient1.2
frontend = apache, pound, squid, zeo, management

[connect]
login = admin
passwd = secret
entity = Plone
public_name = www.example.org
use_http_proxy = False

[feedcache]
url = /feed

[apache]
type: TCPServer
machine = web
ip = 10.0.0.1
port = 80
service_name = apache2
[pound]
type = Pound
port = 8080
conf = /etc/pound/pound.cfg
[squid]
type = Squid
port = 3128
cache_dir = /var/cache
exe = /usr/sbin/squid
conf = /etc/squid.conf
[zeo]
type = ZeoServer
port = 8100
[management]
type = ZeoClient
port = 8090
[zeoclient1.1]
machine = app
port = 8081
pool = 1
log_file = %(base)s/%(__name__)s/event.log
pid_file = %(base)s/1.pid
max_process_size = 1GB
rotate_logs = %(base)s/a.log
   %(base)s/b.log
[zeoclient1.2]
machine = app
port = 8082
pool = 2
critical_errors =
";

    fn reading(text: &str) -> (Option<Monitor>, Vec<String>) {
        let mut sources = Sources::new();
        let file = sources.add("cluster.ini", text);
        let Reading { monitor, found } = read(file, text);
        let shown = found.into_iter().map(|d| {
            let help = d.help.first().map(|help| format!(" ({help})")).unwrap_or_default();
            format!("{} {}: {}{help}", d.severity.name(), sources.place(d.span.unwrap()), d.message)
        });
        (monitor, shown.collect())
    }

    fn text(said: Option<&Said<String>>) -> &str {
        said.map_or("", |said| &said.value)
    }

    #[test]
    fn addresses_that_no_server_would_take_are_warned_of() {
        let of = |from: &str, to: &str| {
            let text = format!(
                "[cluster]\nfrontend = a\nfromaddr = {from}\ntoaddrs = {to}\n[a]\ntype = TCPServer\nport = 1\n"
            );
            reading(&text).1
        };
        assert!(of("ctl@here", "a@x; B <b@x>;root").is_empty());
        let told = of("nobody at all", "a@x.org, b@x.org; c@x");
        assert_eq!(told.len(), 2, "{told:?}");
        assert!(
            told[0].starts_with("warning ")
                && told[0].contains("3:12: `fromaddr` is `nobody at all`: expected an address, `NAME@HOST`"),
            "{told:?}"
        );
        assert!(
            told[1].contains("4:11: `toaddrs` is `a@x.org, b@x.org`: expected addresses with `;` between them"),
            "{told:?}"
        );
        assert!(of("nobody at all", "").is_empty());
    }

    #[test]
    fn what_the_original_read_is_read() {
        let (monitor, found) = reading(ORIGINAL);
        assert_eq!(found, [""; 0]);
        let monitor = monitor.unwrap();
        let names: Vec<_> = monitor.services.iter().map(Service::name).collect();
        assert_eq!(names, ["apache", "pound", "squid", "zeo", "management", "zeoclient1.1", "zeoclient1.2"]);
        assert_eq!(monitor.clients().count(), 2);
        assert_eq!(monitor.balancer().unwrap().time_to_sleep(), Some(20));
        assert_eq!(monitor.caches().count(), 1);
        assert_eq!(monitor.mail.to.len(), 2);
        assert_eq!(text(monitor.connect.password.as_ref()), "secret");
        assert!(!monitor.connect.use_http_proxy);
        let apache = &monitor.services[0];
        assert_eq!((apache.address(), apache.machine(), apache.timeout.value), ("10.0.0.1", "web", 15));
        assert_eq!(apache.control.value, Control::Systemd { unit: "apache2".to_owned() });
        let client = &monitor.services[5];
        assert_eq!(text(client.log_file.as_ref()), "/srv/zope/zeoclient1.1/event.log");
        assert_eq!(client.max_process_size.as_ref().unwrap().value, 1 << 20);
        let logs: Vec<_> = client.rotate_logs.iter().map(|said| said.value.as_str()).collect();
        assert_eq!(logs, ["/srv/zope/a.log", "/srv/zope/b.log"]);
        assert_eq!(client.ping_command.as_ref().unwrap().value, ["ping", "-c", "1"]);
        let second = &monitor.services[6];
        assert_eq!((second.critical_errors.as_ref(), second.pool.value), (None, 2));
        assert_eq!(second.max_process_size.as_ref().unwrap().value, 500_000);
        assert_eq!(second.control.value, Control::None);
    }

    #[test]
    fn all_that_is_wrong_is_told_with_its_place() {
        let wrong = "\
x = 1
[DEFAULT]
timeout = soon
max_proces_size = 1
[cluster]
zeoclients = one, tow
frontend = web, lb, lb2, cache
min_serving = 3
mailhost = mail:smtp
what
[one]
port = 0
critical_errors = (
log_file = %(nome)s
pool = first
max_process_size = 5XB
control = supervizor:web
[two]
port = 1
[web]
type = TcpServer
follow_redirection = perhaps
[lb]
type = HAProxy
socket = s
[lb2]
type = Nginx
conf = c
upstream = u
[cache]
type = Varnish
method = GET
[connect]
passwrd = x
";
        let (monitor, found) = reading(wrong);
        assert!(monitor.is_none());
        let expected = [
            "error cluster.ini:1:1: expected a section, `[NAME]`, before the first key",
            "error cluster.ini:3:11: `timeout` is `soon`: expected a whole number of seconds from 1 to 86400",
            "warning cluster.ini:4:1: [DEFAULT] has a key `max_proces_size`, which means nothing (did you mean `max_process_size`?)",
            "error cluster.ini:6:19: there is no zeoclients named tow, please check your configuration file (did you mean `two`?)",
            "error cluster.ini:9:12: `mailhost` is `mail:smtp`: expected `HOST` or `HOST:PORT`",
            "error cluster.ini:10:1: expected `KEY = VALUE`, `[NAME]`, or a comment",
            "error cluster.ini:12:8: `port` is `0`: expected a port from 1 to 65535",
        ];
        assert_eq!(found[..expected.len()], expected);
        let rest = found[expected.len()..].join("\n");
        for part in [
            "13:19: `critical_errors` is no regular expression",
            "14:12: `%(nome)s`: expected a key of this section or of [DEFAULT], there is no `nome`",
            "15:8: `pool` is `first`: expected the number of a pool",
            "16:20: `max_process_size` is `5XB`: expected a number of kilobytes from 1 on",
            "17:11: `control` is `supervizor:web`: expected `supervisor:PROGRAM`",
            "21:8: `type` is `TcpServer`: expected `TCPServer`, `HttpServer`,",
            "warning cluster.ini:22:22: `follow_redirection` is `perhaps`, which counts as true",
            "25:10: `socket` is `s`: expected a path with a `/`, such as `./s`, or `HOST:PORT`",
            "23:1: [lb] has no `backend`: expected the name",
            "warning cluster.ini:26:1: [lb2] is a second balancer",
            "30:1: [cache] has no `admin` and no `purge_url`",
            "32:10: `method` is `GET`: expected `PURGE` or `BAN`",
            "34:1: [connect] has a key `passwrd`, which means nothing (did you mean `passwd`?)",
        ] {
            assert!(rest.contains(part), "{part}\n{rest}");
        }
        assert_eq!(
            reading("[cluster]\n").1,
            ["error cluster.ini:1:1: expected `zeoclients` or `frontend` in [cluster]: there is nothing to watch"]
        );
        assert_eq!(
            reading("[cluster]\nfrontend = a\ntoaddrs = x@y; z@y\n[a]\ntype = TCPServer\nport = 1\n").1,
            [
                "warning cluster.ini:3:11: `toaddrs` without `fromaddr`: no mail can be sent; expected the sender of mails"
            ]
        );
    }

    fn placeless(control: Control) -> Control {
        match control {
            Control::Supervisor { program, conf } => {
                Control::Supervisor { program, conf: conf.map(|said| Said::default(said.value)) }
            }
            control => control,
        }
    }

    #[test]
    fn control_follows_from_what_is_said() {
        let control = |keys: &str| {
            let (monitor, found) = reading(&format!("[cluster]\nfrontend=a\n[a]\ntype=TCPServer\n{keys}\n"));
            let control = monitor.map(|monitor| monitor.services[0].control.value.clone());
            control.map(placeless).ok_or(found)
        };
        let program = |conf: Option<&str>| Control::Supervisor {
            program: "web".into(),
            conf: conf.map(|conf| Said::default(conf.to_owned())),
        };
        assert_eq!(control("service_name=web\nsupervisor_conf=/s"), Ok(program(Some("/s"))));
        assert_eq!(control("control=supervisor:web\nservice_name=x"), Ok(program(None)));
        assert_eq!(control("control=zdaemon: /z.conf"), Ok(Control::Zdaemon { conf: "/z.conf".into() }));
        assert_eq!(control("control=systemd:a.service"), Ok(Control::Systemd { unit: "a.service".into() }));
        let commands = Control::Commands { start: "a".into(), stop: "b".into() };
        assert_eq!(control("start_command=a\nstop_command=b"), Ok(commands));
        assert_eq!(control("control=none\nservice_name=x"), Ok(Control::None));
        assert!(control("control=commands\nstart_command=a").unwrap_err()[0].contains("has no `stop_command`"));
        assert!(control("control=systemd:--user").is_err());
    }

    #[test]
    fn nothing_is_refused_where_it_cannot_work() {
        let found = |key: &str, value: &str| {
            reading(&format!("[DEFAULT]\n{key} = {value}\n[cluster]\nzeoclients = a\nfrontend = b\n[a]\nport = 1\n[b]\ntype = Nginx\nconf = c\nupstream = u\n")).1
        };
        for key in ["timeout", "start_timeout", "feed_timeout"] {
            for value in ["0", "-1", "86401"] {
                let place = key.len() + 4;
                let expected = format!(
                    "error cluster.ini:2:{place}: `{key}` is `{value}`: expected a whole number of seconds from 1 to 86400"
                );
                assert_eq!(found(key, value), [expected]);
            }
            assert_eq!(found(key, "1"), [""; 0]);
        }
        for value in ["0", "-1", "-5MB", "0kb"] {
            assert!(
                found("max_process_size", value)[0].contains("expected a number of kilobytes from 1 on"),
                "{value}"
            );
        }
        // These say that there is no wait, no pool, and nobody who must serve.
        for key in ["time_to_sleep", "drain_timeout", "pool", "min_serving"] {
            assert_eq!((found(key, "0"), found(key, "-1").len()), (vec![], 1), "{key}");
        }
    }

    #[test]
    fn sections_that_nobody_reads_and_are_called_nearly_as_others_are_told() {
        let of = |more: &str| reading(&format!("[cluster]\nzeoclients = a\n[a]\nport = 1\n{more}")).1;
        for (name, meant) in [("DEFUALT", "DEFAULT"), ("conect", "connect"), ("feedcahce", "feedcache")] {
            let told = format!("no list names [{name}] as a service: nothing reads it (did you mean `{meant}`?)");
            assert_eq!(of(&format!("[{name}]\n")), [format!("error cluster.ini:5:1: {told}")]);
        }
        assert_eq!(of("[b]\nport = 2\n"), [""; 0]);
    }

    #[test]
    fn lists_say_who_is_meant() {
        let service = "[a]\nport = 1\n[b]\nport = 2\n[f]\ntype = TCPServer\n";
        let of = |keys: &str| reading(&format!("[cluster]\n{keys}\n{service}")).1;
        assert_eq!(of("frontend = f, a\nzeoclients = a, b\nmin_serving = 2"), [""; 0]);
        let misnamed = "[cluster] has a key `zeoclient`, which means nothing, and no `zeoclients`: expected the sections of the \
                        clients, between commas (did you mean `zeoclients`?)";
        for frontend in ["", "\nfrontend = f"] {
            let found = of(&format!("zeoclient = a, b\nmin_serving = 1{frontend}"));
            assert_eq!(found, [format!("error cluster.ini:2:1: {misnamed}")]);
        }
        for empty in ["", " ,", ","] {
            let found = of(&format!("zeoclients ={empty}\nmin_serving = 1"));
            assert_eq!(found.len(), 1, "{found:?}");
            assert!(found[0].contains("`zeoclients` is empty: expected the sections of the clients, between commas"));
        }
        assert_eq!(
            of("zeoclients = a, b, a\nmin_serving = 2"),
            [
                "error cluster.ini:2:20: `zeoclients` names a twice: expected each section once, or the name of another one"
            ]
        );
        // Who else there may be is not known.
        let found = of("zeoclients = a, bb\nmin_serving = 2");
        assert_eq!(found.len(), 1, "{found:?}");
        assert_eq!(
            of("zeoclients = a\nmin_serving = 2"),
            ["error cluster.ini:3:15: `min_serving` is `2`: expected a number of clients up to 1"]
        );
        assert_eq!(of("frontend = f\nmin_serving = 2"), [""; 0]);
    }

    #[test]
    fn two_clients_have_two_places() {
        let of = |first: &str, second: &str| {
            let text = format!("[cluster]\nzeoclients = a, b\nfrontend = f\n[a]\n{first}\n[b]\n{second}\n");
            reading(&(text + "[f]\ntype = HttpServer\nport = 1\n")).1
        };
        for host in ["", "ip = 127.0.0.1\n", "machine = localhost\n"] {
            let found = of("port = 1", &format!("{host}port = 1"));
            let place = if host.contains("machine") { "localhost:1" } else { "127.0.0.1:1" };
            assert_eq!(found.len(), 1, "{found:?}");
            let told = format!("[b] is at {place}, as [a] is: expected a port of its own for each client");
            assert!(found[0].starts_with("error ") && found[0].contains(&told), "{found:?}");
        }
        assert_eq!(of("port = 1", "port = 2"), [""; 0]);
        assert_eq!(of("machine = one\nport = 1", "machine = two\nport = 1"), [""; 0]);
    }

    #[test]
    fn what_stands_there_again_is_read_as_by_the_original_and_told() {
        let text = "[cluster]\nzeoclients = a\n[a]\nport = 1\npool = 1\n[a]\nport = 2\npool = 1\n";
        let (monitor, found) = reading(text);
        assert_eq!(monitor.unwrap().services[0].port.as_ref().unwrap().value, 2);
        let expected = [
            "warning cluster.ini:6:1: [a] stands there again, which counts as one section: expected another name, or one header",
            "warning cluster.ini:7:1: [a] has `port` again, and only the last one counts: expected it once",
        ];
        assert_eq!(found, expected);
    }

    #[test]
    fn no_pattern_finds_everything() {
        let of = |pattern: &str| {
            reading(&format!("[cluster]\nzeoclients = a\n[a]\nport = 1\ncritical_errors = {pattern}\n")).1
        };
        for pattern in ["ERROR||x", "ERROR|", "|ERROR", ".*", "(ERROR|)", "x*"] {
            let told =
                format!("error cluster.ini:5:19: `critical_errors` is `{pattern}`, which finds every line critical");
            assert!(of(pattern)[0].starts_with(&told), "{:?}", of(pattern));
        }
        for pattern in ["ERROR|x", "^$", "", "a|b*c"] {
            assert_eq!(of(pattern), [""; 0]);
        }
    }

    #[test]
    fn a_key_of_another_section_is_told_where_it_belongs() {
        let text = "[cluster]\nfrontend = a\n[connect]\ntimeout = 0\nmailhost = m\nother = 1\n[a]\ntype = TCPServer\n";
        let expected = [
            "warning cluster.ini:4:1: [connect] has a key `timeout`, which means nothing (it belongs in the section of a service, or in [DEFAULT])",
            "warning cluster.ini:5:1: [connect] has a key `mailhost`, which means nothing (it belongs in [cluster], or in [DEFAULT])",
            "info cluster.ini:6:1: [connect] has a key `other`, which means nothing",
        ];
        assert_eq!(reading(text).1, expected);
    }

    #[test]
    fn services_have_their_types_names_too() {
        let monitor = reading(ORIGINAL).0.unwrap();
        let called =
            |name: &str| monitor.services.iter().filter(|s| is_called(s, name)).map(Service::name).collect::<Vec<_>>();
        assert_eq!(called("Squid"), ["squid"]);
        assert_eq!(called("zeoclient1.1"), ["zeoclient1.1"]);
        assert_eq!(called("ZeoClient"), [""; 0]);
    }

    proptest! {
        #[test]
        fn any_text_can_be_read(lines in proptest::collection::vec(
            prop_oneof!["[a-c%()s=; ]{0,20}", "(frontend|zeoclients|type|port|control|a) ?[=:] ?(a|b|Pound|%\\(a\\)s|1)",
                Just("[cluster]".to_owned()), Just("[a]".to_owned())], 0..20)) {
            reading(&lines.join("\n"));
        }

        #[test]
        fn what_is_written_is_read(value in "[^\r]{0,20}|[a;% \"#(\n]{0,12}") {
            if let Ok(written) = write::value(&value) {
                let text = format!("[cluster]\nfrontend = a\n[connect]\npasswd = {written}\n[a]\ntype = TCPServer\n");
                let (monitor, found) = reading(&text);
                prop_assert!(found.is_empty(), "{found:?}");
                let read = monitor.unwrap().connect.password.map(|said| said.value).unwrap_or_default();
                prop_assert_eq!(read, value);
            }
        }
    }
}
