//! Pages by the proxy of the environment. Over HTTP it is asked for the whole URL, as proxies want it: a tunnel (CONNECT), which
//! is what `ureq` makes for everything, they allow to few ports but that of HTTPS.

use std::env;
use std::io::{ErrorKind, Read as _, Write as _};
use std::time::Duration;

use ureq::Proxy;
use ureq::http::Uri;

use super::web::{Answer, LARGEST, endless, late};
use super::words;
use crate::agents::ctl::world::Login;
use crate::client::http::{Decoder, basic_auth};
use crate::client::problem::Problem;
use crate::client::timed::Timed;

/// The proxy that the environment names for this URL; none if it names none, or says that the host needs none.
pub(super) fn proxy(url: &Uri) -> Result<Option<Proxy>, String> {
    let own = format!("{}_proxy", url.scheme_str().unwrap_or("http"));
    let names = [own.clone(), own.to_uppercase(), "all_proxy".to_owned(), "ALL_PROXY".to_owned()];
    let is_said = |name: &String| env::var_os(name).is_some_and(|said| !said.is_empty());
    let Some(name) = names.into_iter().find(is_said) else { return Ok(None) };
    // What it says is not shown, as it may hold a password.
    let none = || format!("no proxy: the variable `{name}`; expected http://HOST:PORT");
    let proxy = env::var(&name).ok().and_then(|said| Proxy::new(&said).ok()).ok_or_else(none)?;
    // Nothing but the proxy that it finds itself knows the variable `no_proxy`.
    let is_free = Proxy::try_from_env().is_some_and(|found| found.is_no_proxy(url));
    Ok(Some(proxy).filter(|_| !is_free))
}

/// Whether a proxy is asked for the whole of this URL.
pub(super) fn is_asked(proxy: &Proxy, url: &Uri) -> bool {
    proxy.uri().scheme_str() == Some("http") && url.scheme_str() == Some("http")
}

/// What it answers.
pub(super) fn ask(
    proxy: &Proxy,
    url: &Uri,
    login: Option<&Login>,
    left: Duration,
    patience: Duration,
) -> Result<Answer, String> {
    exchange(proxy, &request(proxy, url, login), left).map_err(|problem| match problem {
        Problem::Io(why) if why.kind() == ErrorKind::TimedOut => late(patience),
        Problem::Io(why) => words(&why),
        other => other.to_string(),
    })?
}

fn request(proxy: &Proxy, url: &Uri, login: Option<&Login>) -> String {
    let port = url.port_u16().map(|port| format!(":{port}")).unwrap_or_default();
    let host = format!("{}{port}", url.host().unwrap_or_default());
    let path = url.path_and_query().map_or("/", |path| path.as_str());
    let line = |name: &str, user: &str, password: &str| format!("{name}: {}\r\n", basic_auth(user, password));
    let own = login.map(|own| line("Authorization", &own.user, &own.password)).unwrap_or_default();
    let of_proxy = proxy.username().map(|user| line("Proxy-Authorization", user, proxy.password().unwrap_or_default()));
    let logins = own + &of_proxy.unwrap_or_default();
    format!(
        "GET http://{host}{path} HTTP/1.1\r\nHost: {host}\r\nUser-Agent: recipe-ctl\r\n{logins}Connection: close\r\n\r\n"
    )
}

/// The answer, or that its page has no end.
fn exchange(proxy: &Proxy, request: &str, left: Duration) -> Result<Result<Answer, String>, Problem> {
    let mut stream = Timed::host(proxy.host().trim_matches(['[', ']']), proxy.port(), left)?;
    stream.write_all(request.as_bytes())?;
    let (mut decoder, mut buffer, mut length) = (Decoder::default(), [0; 8192], 0);
    while !decoder.is_done() {
        let mut body = Vec::new();
        match stream.read(&mut buffer)? {
            0 => decoder.end()?,
            count => decoder.push(&buffer[..count], &mut body)?,
        }
        length += body.len() as u64;
        if length > LARGEST {
            return Ok(Err(endless()));
        }
    }
    let head = decoder.head();
    Ok(Ok(Answer { status: head.status, location: head.location.clone() }))
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn the_whole_url_is_asked_for_and_each_gets_its_own_password() {
        let proxy = Proxy::new("http://you:s%404@proxy:3128").unwrap();
        let url: Uri = "http://app:8081/a%20b?c=d".parse().unwrap();
        let login = Login { user: "me".into(), password: "s3".into() };
        assert!(is_asked(&proxy, &url) && !is_asked(&proxy, &"https://app/".parse().unwrap()));
        assert_eq!(
            request(&proxy, &url, Some(&login)),
            "GET http://app:8081/a%20b?c=d HTTP/1.1\r\nHost: app:8081\r\nUser-Agent: recipe-ctl\r\n\
             Authorization: Basic bWU6czM=\r\nProxy-Authorization: Basic eW91OnNANA==\r\nConnection: close\r\n\r\n"
        );
        let bare = request(&Proxy::new("proxy").unwrap(), &"http://[::1]".parse().unwrap(), None);
        assert!(bare.starts_with("GET http://[::1]/ HTTP/1.1\r\nHost: [::1]\r\n") && !bare.contains("Basic"), "{bare}");
    }
}
