//! Whether a web server gives a page, in time. A client is asked for the site as the world outside sees it, through the
//! virtual host. User and password are no part of the URL, so that neither log nor mail has them.

use std::time::Duration;

use ureq::http::Uri;

use crate::agents::ctl::report::Level;
use crate::agents::ctl::request::Request;
use crate::agents::ctl::session::Session;
use crate::agents::ctl::stamp;
use crate::agents::ctl::world::{Login, Page};
use crate::conf::host::in_url;
use crate::conf::monitor::{Connect, Kind, Monitor, Said, Service};
use crate::wire::url::without_login;

/// How long it took; none if there was no page.
pub(super) fn check(session: &mut Session<'_>, service: &Service) -> Option<Duration> {
    let patience = Duration::from_secs(service.timeout.value);
    let page = page(&session.monitor.connect, service, &session.request.url, patience);
    get(session, service, &page)
}

/// Asks for the page, of which nothing is told; whether the login was taken is known then.
pub(in crate::agents::ctl) fn ask(session: &mut Session<'_>, service: &Service) {
    session.quietly(service, |session| check(session, service));
}

/// Whether it is asked with the login of the configuration.
pub(in crate::agents::ctl) fn has_login(session: &Session<'_>, service: &Service) -> bool {
    !names_server(&session.request.url) && login(&session.monitor.connect, service).is_some()
}

fn get(session: &mut Session<'_>, service: &Service, page: &Page) -> Option<Duration> {
    let began = session.world.elapsed();
    let answer = session.world.get(page);
    let elapsed = session.world.elapsed().saturating_sub(began);
    let entry = session.entry(service);
    entry.url = Some(page.url.clone());
    entry.milliseconds = u64::try_from(elapsed.as_millis()).ok();
    if page.is_own && page.login.is_some() {
        note_login(session, service, &answer);
    }
    let why = match answer {
        Ok(status) if status < 400 => return Some(elapsed),
        Ok(status) => status.to_string(),
        Err(why) => why,
    };
    // A URL of somebody else does not say who was to be checked.
    let of = if page.is_own { String::new() } else { format!(" (for {})", service.name()) };
    session.tell(service, Level::Critical, &format!("error in URL : {} {why}{of}", page.url));
    None
}

/// Notes whether it has taken the login; other errors say nothing of that.
fn note_login(session: &mut Session<'_>, service: &Service, answer: &Result<u16, String>) {
    let taken = match answer {
        Ok(status @ (401 | 403)) => Some(*status),
        Ok(status) if *status < 400 => None,
        _ => return,
    };
    session.logins.insert(service.name().to_owned(), taken);
}

/// Why a page that a run asks for has no URL, if one has none: a text that is none would pass for a client that is not good.
pub fn no_url(monitor: &Monitor, request: &Request) -> Option<String> {
    let texts = [Some(request.url.as_str()), monitor.feed_url.as_ref().map(|said| said.value.as_str())];
    let url = |service, text| page(&monitor.connect, service, text, Duration::ZERO).url;
    let urls = monitor.clients().flat_map(|service| texts.into_iter().flatten().map(move |text| url(service, text)));
    urls.into_iter().find_map(|url| {
        let why = url.parse::<Uri>().err()?;
        Some(format!("`{url}` is no URL: {why}"))
    })
}

/// Asks for the page that fills the caches of a client that was started. It may take its time, but not hold a roll for ever.
pub(in crate::agents::ctl) fn feed(session: &mut Session<'_>, service: &Service) -> bool {
    let Some(url) = &session.monitor.feed_url else { return true };
    let patience = Duration::from_secs(service.feed_timeout.value);
    let page = page(&session.monitor.connect, service, &url.value, patience);
    get(session, service, &page).is_some()
}

/// Notes a page in the performance log.
pub(super) fn note(session: &mut Session<'_>, service: &Service, elapsed: Duration) {
    let Some(folder) = session.monitor.perf_dir.as_ref().filter(|_| !session.request.dry_run) else { return };
    let at = session.world.stamp();
    let entry = session.entry(service);
    let memory = entry.memory.map(|memory| memory.to_string()).unwrap_or_default();
    let (url, machine, name) = (entry.url.clone().unwrap_or_default(), service.machine(), service.name());
    let line = format!("{};{machine};{name};{memory};{url};{:.3};", stamp::iso(at), elapsed.as_secs_f64());
    let below = format!("{}/perf_{}.log", stamp::month(at), at.day);
    if let Err(why) = session.world.append(&folder.value, &below, &line) {
        let message = format!("cannot write the performance log {}/{below}: {why}", folder.value);
        // Once: it is the same for all pages.
        if !session.report.events.iter().any(|event| event.message == message) {
            session.say(Level::Error, &message);
        }
    }
}

/// The page `url` of a service. A URL that names a scheme is taken as it is, with the user and password that it names.
fn page(connect: &Connect, service: &Service, url: &str, patience: Duration) -> Page {
    let (follow, by_proxy) = (service.follow_redirection, connect.use_http_proxy);
    let is_own = !names_server(url);
    let (url, login) = if is_own {
        (own(connect, service, url.trim_start_matches('/')), login(connect, service))
    } else {
        elsewhere(url)
    };
    Page { url, login, patience, follow, by_proxy, is_own }
}

/// Whether a URL names the server that is asked.
fn names_server(url: &str) -> bool {
    matches!(url.split_once("://"), Some(("http" | "https", _)))
}

/// A URL without the user and password that it names, and these.
fn elsewhere(url: &str) -> (String, Option<Login>) {
    let (url, login) = without_login(url);
    (url, login.map(|(user, password)| Login { user: user.to_owned(), password: password.to_owned() }))
}

fn own(connect: &Connect, service: &Service, path: &str) -> String {
    let host = in_url(service.machine());
    let port = service.port.as_ref().map_or(80, |port| port.value);
    let said = |said: &Option<Said<String>>| said.as_ref().map_or("", |said| said.value.trim_matches('/')).to_owned();
    let (entity, public) = (said(&connect.entity), said(&connect.public_name));
    if service.kind != Kind::ZeoClient || entity.is_empty() && public.is_empty() {
        return format!("http://{host}:{port}/{path}");
    }
    let base = if public.is_empty() { String::new() } else { format!("VirtualHostBase/http/{public}:80/") };
    let entity = if entity.is_empty() { String::new() } else { format!("{entity}/") };
    format!("http://{host}:{port}/{base}{entity}VirtualHostRoot/{path}")
}

fn login(connect: &Connect, service: &Service) -> Option<Login> {
    let user = connect.login.as_ref().filter(|_| service.kind == Kind::ZeoClient)?;
    let password = connect.password.as_ref().map(|said| said.value.clone()).unwrap_or_default();
    Some(Login { user: user.value.clone(), password })
}

#[cfg(test)]
mod tests {
    use super::*;
    use crate::agents::ctl::request::Action;
    use crate::agents::ctl::testing::{monitor, request};

    #[test]
    fn a_client_is_asked_through_the_virtual_host() {
        let of = |connect: &str, url: &str| {
            let monitor = monitor(&format!(
                "[cluster]\nzeoclients=a\nfrontend=b\n[a]\nmachine=app\nport=8081\n[b]\ntype=HttpServer\nip=::1\nport=80\n[connect]\n{connect}\n"
            ));
            let urls = [1, 0].map(|n| page(&monitor.connect, &monitor.services[n], url, Duration::ZERO).url);
            urls.join(" ")
        };
        assert_eq!(
            of("entity=Plone\npublic_name=www.example.org", "/blank.gif"),
            "http://app:8081/VirtualHostBase/http/www.example.org:80/Plone/VirtualHostRoot/blank.gif http://[::1]:80/blank.gif"
        );
        assert_eq!(of("", "x"), "http://app:8081/x http://[::1]:80/x");
        assert_eq!(of("", "https://h/x"), "https://h/x https://h/x");
    }

    #[test]
    fn a_text_that_is_no_url_is_told_beforehand() {
        let of = |more: &str, url: &str| {
            let monitor = monitor(&format!("[cluster]\nzeoclients=a\n[a]\nport=1\n{more}"));
            let request = Request { url: url.to_owned(), ..request(Action::Check, "") };
            no_url(&monitor, &request)
        };
        for good in ["", "/", "/a%20b?c=d", "http://h:1/x"] {
            assert_eq!(of("", good), None, "{good}");
        }
        let told = Some("`http://127.0.0.1:1/no page` is no URL: invalid uri character".to_owned());
        assert_eq!(of("", "no page"), told);
        assert_eq!(of("[feedcache]\nurl = no page\n", "/"), told);
        assert!(of("[connect]\npublic_name = a b\n", "/").is_some());
    }

    #[test]
    fn no_url_holds_a_password() {
        let monitor = monitor("[cluster]\nzeoclients=a\n[a]\nport=1\n[connect]\nlogin=me\npasswd=s3\n");
        let ours = page(&monitor.connect, &monitor.services[0], "/", Duration::ZERO);
        assert_eq!(
            (&*ours.url, ours.login),
            ("http://127.0.0.1:1/", Some(Login { user: "me".into(), password: "s3".into() }))
        );
        let theirs = page(&monitor.connect, &monitor.services[0], "http://you:s4@h/x@y", Duration::ZERO);
        assert_eq!(
            (&*theirs.url, theirs.login),
            ("http://h/x@y", Some(Login { user: "you".into(), password: "s4".into() }))
        );
    }
}
