//! Pages over HTTP(S). All of one, redirections and body included, has to come within its time; what comes is thrown away.

use std::io::{self, Read};
use std::time::{Duration, Instant};

use ureq::http::{Response, Uri, header};
use ureq::{Agent, Body, Proxy, Timeout};

use super::proxied;
use crate::agents::ctl::world::{Login, Page};
use crate::client::http::basic_auth;

/// The largest page, in bytes: a longer one does not end.
pub(super) const LARGEST: u64 = 256 * 1024 * 1024;
/// How many redirections are followed.
const REDIRECTS: usize = 5;

/// What an answer says, whose body was read to its end.
pub(super) struct Answer {
    pub(super) status: u16,
    /// Where it leads.
    pub(super) location: Option<String>,
}

/// The status of the last answer.
pub(super) fn get(page: &Page) -> Result<u16, String> {
    let until = Instant::now() + page.patience;
    let mut url = page.url.clone();
    let mut login = page.login.as_ref();
    for _ in 0..=REDIRECTS {
        let left = until.saturating_duration_since(Instant::now()).max(Duration::from_millis(1));
        let answer = ask(page, &url, login, left)?;
        let leads = page.follow && (300..400).contains(&answer.status);
        let Some(next) = answer.location.filter(|_| leads).and_then(|to| absolute(&url, &to)) else {
            return Ok(answer.status);
        };
        // A password is for the server that it was meant for.
        login = login.filter(|_| origin(&next) == origin(&url));
        url = next;
    }
    Err(format!("more than {REDIRECTS} redirections"))
}

fn ask(page: &Page, url: &str, login: Option<&Login>, left: Duration) -> Result<Answer, String> {
    if !page.by_proxy {
        return direct(url, login, None, left, page.patience);
    }
    let uri = url.parse::<Uri>().map_err(|why| why.to_string())?;
    match proxied::proxy(&uri)? {
        Some(proxy) if proxied::is_asked(&proxy, &uri) => proxied::ask(&proxy, &uri, login, left, page.patience),
        proxy => direct(url, login, proxy, left, page.patience),
    }
}

/// Of the server itself, if need be through a tunnel.
fn direct(
    url: &str,
    login: Option<&Login>,
    proxy: Option<Proxy>,
    left: Duration,
    patience: Duration,
) -> Result<Answer, String> {
    let agent: Agent = Agent::config_builder()
        .http_status_as_error(false)
        .max_redirects(0)
        .timeout_global(Some(left))
        .proxy(proxy)
        .user_agent("recipe-ctl")
        .build()
        .into();
    let mut request = agent.get(url);
    if let Some(Login { user, password }) = login {
        request = request.header(header::AUTHORIZATION, basic_auth(user, password));
    }
    let mut answer = request.call().map_err(|why| words(&why, patience))?;
    take(&mut answer, patience)?;
    let location = answer.headers().get(header::LOCATION).and_then(|to| to.to_str().ok()).map(str::to_owned);
    Ok(Answer { status: answer.status().as_u16(), location })
}

/// Reads the body to its end.
fn take(answer: &mut Response<Body>, patience: Duration) -> Result<(), String> {
    let mut body = answer.body_mut().as_reader().take(LARGEST + 1);
    match io::copy(&mut body, &mut io::sink()) {
        Ok(length) if length > LARGEST => Err(endless()),
        Ok(_) => Ok(()),
        Err(why) => Err(words(&ureq::Error::from(why), patience)),
    }
}

pub(super) fn endless() -> String {
    format!("the page does not end: more than {} MiB", LARGEST >> 20)
}

/// With the original's status for it.
pub(super) fn late(patience: Duration) -> String {
    format!("408 no answer within {} s", patience.as_secs())
}

fn words(why: &ureq::Error, patience: Duration) -> String {
    match why {
        ureq::Error::Timeout(Timeout::Global) => late(patience),
        ureq::Error::Timeout(_) => "408 no answer in time".to_owned(),
        ureq::Error::Io(why) => super::words(why),
        other => other.to_string(),
    }
}

/// Where an answer leads: another URL of HTTP, or a path of the same server.
fn absolute(from: &str, to: &str) -> Option<String> {
    let to = to.trim();
    if to.starts_with("http://") || to.starts_with("https://") {
        return Some(to.to_owned());
    }
    let (scheme, _) = from.split_once("://")?;
    if to.starts_with("//") {
        return Some(format!("{scheme}:{to}"));
    }
    if to.starts_with('/') {
        return Some(format!("{}{to}", origin(from)));
    }
    let folder = from.split(['?', '#']).next()?.rsplit_once('/').filter(|(folder, _)| folder.len() > scheme.len() + 2);
    Some(format!("{}/{to}", folder.map_or(origin(from), |(folder, _)| folder)))
}

/// Scheme, host and port of a URL.
fn origin(url: &str) -> &str {
    let start = url.find("://").map_or(0, |at| at + 3);
    url[start..].find(['/', '?', '#']).map_or(url, |end| &url[..start + end])
}

#[cfg(test)]
mod tests {
    use std::io::{BufRead as _, BufReader, Write as _};
    use std::net::TcpListener;
    use std::thread;

    use super::*;

    /// A server that gives the first answer whose path is asked for; what it was asked.
    fn served(answers: &'static [(&'static str, &'static str)]) -> (String, thread::JoinHandle<Vec<String>>) {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let url = format!("http://{}", listener.local_addr().unwrap());
        let server = thread::spawn(move || {
            let mut asked = Vec::new();
            for stream in listener.incoming() {
                let mut stream = stream.unwrap();
                let lines = BufReader::new(stream.try_clone().unwrap()).lines();
                let request: Vec<String> = lines.map_while(Result::ok).take_while(|line| !line.is_empty()).collect();
                let path = request[0].split(' ').nth(1).unwrap().to_owned();
                let login = request.iter().any(|line| line.to_ascii_lowercase().starts_with("authorization: basic"));
                asked.push(format!("{path}{}", if login { " with login" } else { "" }));
                if path == "/end" {
                    return asked;
                }
                let answer = answers.iter().find(|(known, _)| *known == path).map_or("404 No\r\n\r\n", |(_, a)| a);
                stream.write_all(format!("HTTP/1.0 {answer}").as_bytes()).unwrap();
                if path == "/endless" {
                    // Until nobody listens.
                    while stream.write_all(b"more and more ").is_ok() {
                        thread::yield_now();
                    }
                }
            }
            asked
        });
        (url, server)
    }

    fn page(url: String, follow: bool) -> Page {
        let login = Some(Login { user: "u".into(), password: "p".into() });
        Page { url, login, patience: Duration::from_millis(700), follow, by_proxy: false, is_own: true }
    }

    #[test]
    fn redirections_are_followed_to_an_end() {
        let (url, server) = served(&[
            ("/", "200 OK\r\n\r\nhello"),
            ("/a/b", "302 Found\r\nLocation: c?d\r\n\r\n"),
            ("/a/c?d", "301 Moved\r\nLocation: /\r\n\r\n"),
            ("/loop", "302 Found\r\nLocation: /loop\r\n\r\n"),
        ]);
        assert_eq!(get(&page(format!("{url}/a/b"), true)), Ok(200));
        assert_eq!(get(&page(format!("{url}/a/b"), false)), Ok(302));
        assert_eq!(get(&page(format!("{url}/none"), true)), Ok(404));
        assert_eq!(get(&page(format!("{url}/loop"), true)), Err("more than 5 redirections".to_owned()));
        let _ = get(&page(format!("{url}/end"), true));
        let asked = server.join().unwrap();
        assert_eq!(asked[..3], ["/a/b with login", "/a/c?d with login", "/ with login"]);
        assert_eq!(asked.len(), 3 + 1 + 1 + 6 + 1);
    }

    #[test]
    fn a_password_goes_to_nobody_else() {
        let (other, other_server) = served(&[]);
        let (url, server) = served(Box::leak(Box::new([(
            "/",
            &*Box::leak(format!("302 Found\r\nLocation: {other}/end\r\n\r\n").into_boxed_str()),
        )])));
        let _ = get(&page(format!("{url}/"), true));
        let _ = get(&page(format!("{url}/end"), true));
        assert_eq!(server.join().unwrap()[0], "/ with login");
        assert_eq!(other_server.join().unwrap(), ["/end"]);
    }

    #[test]
    fn what_never_ends_ends() {
        let (url, _server) = served(&[("/endless", "200 OK\r\n\r\n")]);
        let began = Instant::now();
        let why = get(&page(format!("{url}/endless"), true)).unwrap_err();
        assert!(why.starts_with("408 no answer within 0 s"), "{why}");
        let silent = TcpListener::bind("127.0.0.1:0").unwrap();
        let why = get(&page(format!("http://{}/", silent.local_addr().unwrap()), true)).unwrap_err();
        assert!(why.starts_with("408 no answer"), "{why}");
        assert!(began.elapsed() < Duration::from_secs(20));
        drop(silent);
    }
}
