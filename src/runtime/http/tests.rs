use std::path::PathBuf;
use std::rc::Rc;
use std::time::Duration;

use tokio::io::{AsyncReadExt as _, AsyncWriteExt as _};
use tokio::net::UnixStream;
use tokio::task::LocalSet;
use tokio::time::timeout;

use super::listen::open;
use super::*;
use crate::conf::model::{self, Address, Auth, Config, Server};
use crate::runtime::control::Control as _;
use crate::runtime::daemon::Servers as _;
use crate::runtime::fake::Fake;
use crate::runtime::testing::{group, process};
use crate::wire::xmlrpc;

/// How long anything may take before a test fails.
const DEADLINE: Duration = Duration::from_secs(20);

fn unix(file: &std::path::Path, auth: Option<Auth>) -> Server {
    let address = Address::Unix { file: file.to_str().unwrap().to_owned(), chmod: 0o700, chown: None };
    Server { section: "unix_http_server".to_owned(), address, auth }
}

fn auth() -> Auth {
    Auth { username: "u".to_owned(), password: "pw".to_owned() }
}

/// Runs `check` beside a server on a unix socket.
fn served<F: Future<Output = ()>>(auth: Option<Auth>, check: impl FnOnce(Rc<Fake>, PathBuf) -> F) {
    served_in(None, auth, check);
}

/// The same, with so many places for connections.
fn served_in<F: Future<Output = ()>>(
    places: Option<u64>,
    auth: Option<Auth>,
    check: impl FnOnce(Rc<Fake>, PathBuf) -> F,
) {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let fast = model::Process { startsecs: -1, ..process("cat") };
        let fake = Fake::new(vec![group("cat", vec![fast])]);
        let file = fake.path("socket");
        let mut servers = ControlServers::new(Box::new(std::io::sink()));
        servers.places = places;
        let config = Config { servers: vec![unix(&file, auth)], ..(*fake.config()).clone() };
        servers.open(&config, &mut |_, _| {}).unwrap();
        servers.serve(fake.clone());
        timeout(DEADLINE, check(fake, file.clone())).await.unwrap();
        timeout(DEADLINE, servers.close()).await.unwrap();
        assert!(!file.exists());
    });
}

/// Sends a request and reads to the end of the connection.
async fn ask(file: &PathBuf, request: &str) -> String {
    let mut stream = UnixStream::connect(file).await.unwrap();
    stream.write_all(request.as_bytes()).await.unwrap();
    let mut answer = String::new();
    stream.read_to_string(&mut answer).await.unwrap();
    answer
}

fn post(body: &str, headers: &str) -> String {
    format!("POST /RPC2 HTTP/1.1\r\nConnection: close\r\nContent-Length: {}\r\n{headers}\r\n{body}", body.len())
}

/// Reads until the text ends with `end`.
async fn read_until(stream: &mut UnixStream, end: &str) -> String {
    let mut text = String::new();
    while !text.ends_with(end) {
        let mut bytes = [0; 4096];
        let count = stream.read(&mut bytes).await.unwrap();
        assert!(count > 0, "{text}");
        text += std::str::from_utf8(&bytes[..count]).unwrap();
    }
    text
}

#[test]
fn calls_are_answered() {
    served(None, async |fake, file| {
        let answer = ask(&file, &post(&xmlrpc::write_call("supervisor.getPID", &[]), "")).await;
        let (head, body) = answer.split_once("\r\n\r\n").unwrap();
        assert!(head.starts_with("HTTP/1.1 200 OK\r\n"), "{head}");
        for header in ["Server: Medusa/1.12", "Content-Type: text/xml"] {
            assert!(head.contains(header), "{head}");
        }
        assert_eq!(xmlrpc::read_response(body).unwrap(), Ok(77.into()));
        let refused = ask(&file, &post(&xmlrpc::write_call("nope", &[]), "")).await;
        assert!(refused.contains("<string>UNKNOWN_METHOD</string>"), "{refused}");
        let access = r#"localhost:0 - - [21/Nov/2026:01:03:58 +0000] "POST /RPC2 HTTP/1.1" 200 "#;
        assert!(fake.lines.borrow().iter().any(|line| line.starts_with(access)), "{:?}", fake.lines.borrow());
    });
}

#[test]
fn what_is_no_call_is_refused() {
    served(None, async |fake, file| {
        let status = async |request: &str| ask(&file, request).await.lines().next().unwrap_or_default().to_owned();
        assert_eq!(status(&get("/RPC2", "")).await, "HTTP/1.1 400 Bad Request");
        assert_eq!(status(&get("/nothing", "")).await, "HTTP/1.1 404 Not Found");
        assert_eq!(status(&get("/logtail/zz", "")).await, "HTTP/1.1 404 Not Found");
        assert_eq!(status(&get("/logtail/cat/other", "")).await, "HTTP/1.1 404 Not Found");
        assert_eq!(status(&post("<junk", "")).await, "HTTP/1.1 400 Bad Request");
        let line = "XML-RPC request data '<junk' is invalid: ";
        assert!(fake.lines.borrow().iter().any(|l| l.starts_with(line)), "{:?}", fake.lines.borrow());
        let chunked = "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(status(chunked).await, "HTTP/1.1 411 Length Required");
        assert_eq!(status("POST /RPC2 HTTP/1.1\r\n\r\n").await, "HTTP/1.1 411 Length Required");
        let huge = "POST /RPC2 HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n";
        assert_eq!(status(huge).await, "HTTP/1.1 413 Payload Too Large");
        let page = ask(&file, &get("/nothing", "")).await;
        assert!(page.contains("<p>Error code 404.\r\n<p>Message: Not Found.\r\n"), "{page}");
    });
}

fn get(path: &str, headers: &str) -> String {
    format!("GET {path} HTTP/1.1\r\nHost: box:9001\r\nConnection: close\r\n{headers}\r\n")
}

/// The first line of an answer and the value of a header.
fn summary<'a>(answer: &'a str, header: &str) -> (&'a str, &'a str) {
    let mut lines = answer.lines();
    let first = lines.next().unwrap_or_default();
    (first, lines.find_map(|line| line.strip_prefix(&format!("{header}: "))).unwrap_or_default())
}

#[test]
fn pages_are_shown_and_do_what_their_links_say() {
    served(None, async |fake, file| {
        let page = ask(&file, &get("/", "")).await;
        assert_eq!(summary(&page, "Content-Type"), ("HTTP/1.1 200 OK", "text/html;charset=utf-8"));
        for header in ["Pragma: no-cache", "Cache-Control: no-cache", "Expires: Thu, 01 Jan 1970 00:00:00 GMT"] {
            assert!(page.contains(header), "{page}");
        }
        assert!(page.contains(">running</span>"), "{page}");
        let moved = ask(&file, &get("/index.html?action=stop&processname=cat", "")).await;
        let wanted = "http://box:9001/?message=Process%20cat%20stopped";
        assert_eq!(summary(&moved, "Location"), ("HTTP/1.1 301 Moved Permanently", wanted));
        assert!(moved.contains("Cache-Control: no-cache") && moved.contains("<p>Error code 301."), "{moved}");
        let page = ask(&file, &get("/%69ndex.html;x?message=%3Cb%3E", "")).await;
        assert!(page.contains(">stopped</span>") && page.contains("&lt;b&gt;"), "{page}");
        let form = "processname=cat&action=start";
        let posted = format!("POST / HTTP/1.0\r\nHost: x:80\r\nContent-Length: {}\r\n\r\n{form}", form.len());
        assert_eq!(summary(&ask(&file, &posted).await, "Location").1, "http://x/?message=Process%20cat%20started");
        let hostless = ask(&file, "GET /?action=refresh HTTP/1.0\r\n\r\n").await;
        assert!(summary(&hostless, "Location").1.starts_with("/?message=Page%20refreshed%20at%20"), "{hostless}");
        let ok = ask(&file, &get("/ok.html", "")).await;
        assert_eq!(summary(&ok, "Content-Type"), ("HTTP/1.1 200 OK", "text/plain"));
        assert!(ok.ends_with("\r\n\r\nOK"), "{ok}");
        let wrong = ask(&file, &get("/?action=bogus", "")).await;
        assert_eq!(summary(&wrong, "").0, "HTTP/1.1 500 Internal Server Error");
        assert!(fake.lines.borrow().iter().any(|l| l.contains("no action \"bogus\"")), "{:?}", fake.lines.borrow());
        let unmeasured = ask(&file, "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n").await;
        assert_eq!(summary(&unmeasured, "").0, "HTTP/1.1 411 Length Required");
    });
}

#[test]
fn what_another_site_asks_for_is_refused() {
    served(None, async |fake, file| {
        let foreign = "Origin: http://evil.example\r\n";
        let stop = "/?action=stop&processname=cat";
        let status = async |request: String| ask(&file, &request).await.lines().next().unwrap_or_default().to_owned();
        for headers in [foreign, "Referer: http://evil.example/x\r\n", "Sec-Fetch-Site: cross-site\r\n"] {
            assert_eq!(status(get(stop, headers)).await, "HTTP/1.1 403 Forbidden", "{headers}");
            assert_eq!(status(get("/?action=refresh", headers)).await, "HTTP/1.1 301 Moved Permanently");
            assert_eq!(status(get("/tail.html?processname=cat", headers)).await, "HTTP/1.1 200 OK");
        }
        let call = xmlrpc::write_call("supervisor.getPID", &[]);
        assert_eq!(status(post(&call, foreign)).await, "HTTP/1.1 403 Forbidden");
        let line = "refused a request that another site has made: 'http://evil.example'";
        assert!(fake.lines.borrow().iter().any(|l| l == line), "{:?}", fake.lines.borrow());
        assert!(fake.fleet().processes().all(|p| p.pid().is_some()));
        for headers in ["", "Referer: http://box:9001/\r\n", "Sec-Fetch-Site: same-origin\r\n"] {
            assert_eq!(status(get("/?action=restartall", headers)).await, "HTTP/1.1 301 Moved Permanently");
        }
        assert_eq!(status(post(&call, "Host: box\r\nOrigin: http://box\r\n")).await, "HTTP/1.1 200 OK");
    });
}

#[test]
fn files_of_the_pages_are_sent_once() {
    served(None, async |_fake, file| {
        let sent = ask(&file, &get("/stylesheets/supervisor.css", "")).await;
        assert_eq!(summary(&sent, "Content-Type"), ("HTTP/1.1 200 OK", "text/css"));
        let modified = summary(&sent, "Last-Modified").1;
        assert!(modified.ends_with(" GMT"), "{sent}");
        let known = format!("If-Modified-Since: {modified}; length=1\r\n");
        let unchanged = ask(&file, &get("/stylesheets/supervisor.css", &known)).await;
        assert!(unchanged.starts_with("HTTP/1.1 304 Not Modified\r\n") && unchanged.ends_with("\r\n\r\n"));
        let old = "If-Modified-Since: Wed, 25 Nov 1990 00:00:00 GMT\r\n";
        assert!(ask(&file, &get("/stylesheets/supervisor.css", old)).await.starts_with("HTTP/1.1 200 OK"));
        let head = ask(&file, "HEAD /stylesheets/supervisor.css HTTP/1.0\r\n\r\n").await;
        let length = summary(&sent, "Content-Length").1;
        assert_eq!(summary(&head, "Content-Length"), ("HTTP/1.0 200 OK", length));
        assert!(head.ends_with("\r\n\r\n"), "{head}");
        for (request, status) in [
            ("HEAD / HTTP/1.0", "404 Not Found"),
            ("GET /images/ HTTP/1.0", "404 Not Found"),
            ("GET /images/../recipe.toml HTTP/1.0", "404 Not Found"),
            ("PUT /images/icon.png HTTP/1.0", "400 Bad Request"),
            ("PUT / HTTP/1.0", "400 Bad Request"),
        ] {
            let answer = ask(&file, &format!("{request}\r\n\r\n")).await;
            assert_eq!(answer.lines().next().unwrap(), format!("HTTP/1.0 {status}"), "{request}");
        }
    });
}

#[test]
fn clients_must_say_who_they_are() {
    served(Some(auth()), async |_fake, file| {
        let call = xmlrpc::write_call("supervisor.getPID", &[]);
        let answer = ask(&file, &post(&call, "")).await;
        assert!(answer.starts_with("HTTP/1.1 401 Unauthorized\r\n"), "{answer}");
        assert!(answer.contains("Www-Authenticate: Basic realm=\"default\"\r\n"), "{answer}");
        let answer = ask(&file, &post(&call, "Authorization: Basic !\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 400 "), "{answer}");
        let answer = ask(&file, &post(&call, "Authorization: Basic dTpwdw==\r\n")).await;
        assert!(answer.starts_with("HTTP/1.1 200 "), "{answer}");
    });
}

#[test]
fn a_connection_is_kept() {
    served(None, async |_fake, file| {
        let body = xmlrpc::write_call("supervisor.getPID", &[]);
        let request = format!("POST /RPC2 HTTP/1.1\r\nContent-Length: {}\r\n\r\n{body}", body.len());
        let mut stream = UnixStream::connect(&file).await.unwrap();
        for _ in 0..3 {
            stream.write_all(request.as_bytes()).await.unwrap();
            read_until(&mut stream, "</methodResponse>\n").await;
        }
    });
}

#[test]
fn logs_are_followed() {
    served(None, async |fake, file| {
        std::fs::write(fake.path("cat"), "first\n").unwrap();
        let mut stream = UnixStream::connect(&file).await.unwrap();
        stream.write_all(b"GET /logtail/cat%3Acat/stdout HTTP/1.1\r\n\r\n").await.unwrap();
        let head = read_until(&mut stream, "6\r\nfirst\n\r\n").await;
        for header in ["Transfer-Encoding: chunked", "X-Accel-Buffering: no", "Last-Modified: ", "charset=utf-8"] {
            assert!(head.contains(header), "{head}");
        }
        std::fs::write(fake.path("cat"), "first\nsecond\n").unwrap();
        read_until(&mut stream, "7\r\nsecond\n\r\n").await;
    });
}

#[test]
fn who_follows_is_let_go_when_the_daemon_leaves() {
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let fake = Fake::new(vec![group("cat", vec![process("cat")])]);
        std::fs::write(fake.path("main"), "line\n").unwrap();
        let file = fake.path("socket");
        let mut servers = ControlServers::new(Box::new(std::io::sink()));
        let config = Config { servers: vec![unix(&file, None)], ..(*fake.config()).clone() };
        let mut lines = Vec::new();
        servers.open(&config, &mut |_, line| lines.push(line.to_owned())).unwrap();
        let unguarded = "Server 'unix_http_server' running without any HTTP authentication checking";
        assert_eq!(lines, ["RPC interface 'supervisor' initialized", unguarded]);
        servers.serve(fake.clone());
        let mut follower = UnixStream::connect(&file).await.unwrap();
        follower.write_all(b"GET /mainlogtail HTTP/1.1\r\n\r\n").await.unwrap();
        read_until(&mut follower, "line\n\r\n").await;
        let _silent = UnixStream::connect(&file).await.unwrap();
        timeout(DEADLINE, servers.close()).await.unwrap();
        assert_eq!(read_until(&mut follower, "0\r\n\r\n").await, "0\r\n\r\n");
        assert!(!file.exists());
    });
}

#[test]
fn a_stale_socket_is_replaced_and_a_live_one_is_not() {
    use std::os::unix::fs::PermissionsExt as _;
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("s.sock");
    drop(std::os::unix::net::UnixListener::bind(&file).unwrap());
    let mut told = Vec::new();
    let listeners = open(&[unix(&file, None)], &mut told).unwrap();
    assert_eq!(String::from_utf8(told).unwrap(), format!("Unlinking stale socket {}\n", file.display()));
    assert_eq!(std::fs::metadata(&file).unwrap().permissions().mode() & 0o777, 0o700);
    assert_eq!(std::fs::read_dir(folder.path()).unwrap().count(), 1);
    let busy = open(&[unix(&file, None)], &mut Vec::new()).unwrap_err().to_string();
    assert!(busy.starts_with("Another program is already listening on a port"), "{busy}");
    listeners[0].unlink();
    assert!(!file.exists());
    std::fs::write(&file, "precious").unwrap();
    let error = open(&[unix(&file, None)], &mut Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "Cannot open an HTTP server: socket.error reported errno.EEXIST (17)");
    assert!(file.exists());
}

#[test]
fn what_cannot_be_opened_is_explained() {
    let nowhere = unix(std::path::Path::new("/nonexistent/x.sock"), None);
    let error = open(&[nowhere], &mut Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "Cannot open an HTTP server: socket.error reported errno.ENOENT (2)");
    let long = unix(&std::path::Path::new("/nonexistent").join("x".repeat(108)), None);
    let error = open(&[long], &mut Vec::new()).unwrap_err().to_string();
    assert_eq!(error, "Cannot open an HTTP server: socket.error reported AF_UNIX path too long");
    let address = Address::Inet { host: "no host".to_owned(), port: 1 };
    let unknown = Server { section: "inet_http_server".to_owned(), address, auth: None };
    let error = open(&[unknown], &mut Vec::new()).unwrap_err().to_string();
    assert!(error.contains("reported failed to lookup address information"), "{error}");
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let address = Address::Inet { host: "127.0.0.1".to_owned(), port };
    let server = Server { section: "inet_http_server".to_owned(), address, auth: None };
    assert!(matches!(open(&[server], &mut Vec::new()), Err(OpenError::Busy)));
}

/// A connection that is asked for `ok.html` and kept.
async fn kept(file: &PathBuf) -> UnixStream {
    let mut stream = UnixStream::connect(file).await.unwrap();
    stream.write_all(b"GET /ok.html HTTP/1.1\r\n\r\n").await.unwrap();
    read_until(&mut stream, "\r\n\r\nOK").await;
    stream
}

async fn is_closed(stream: &mut UnixStream) -> bool {
    matches!(stream.read(&mut [0; 64]).await, Ok(0) | Err(_))
}

#[test]
fn silent_clients_make_room_for_others() {
    served_in(Some(2), None, async |_fake, file| {
        let (mut first, mut second) = (kept(&file).await, kept(&file).await);
        let mut third = kept(&file).await;
        assert!(is_closed(&mut first).await);
        // Who has begun to ask, but does not come to an end, rests as well.
        second.write_all(b"GET /ok.html HT").await.unwrap();
        let mut fourth = kept(&file).await;
        assert!(is_closed(&mut second).await);
        for stream in [&mut third, &mut fourth] {
            stream.write_all(b"GET /ok.html HTTP/1.1\r\n\r\n").await.unwrap();
            read_until(stream, "\r\n\r\nOK").await;
        }
    });
}

#[test]
fn who_follows_a_log_keeps_its_place() {
    served_in(Some(2), None, async |fake, file| {
        std::fs::write(fake.path("main"), "line\n").unwrap();
        let mut follower = UnixStream::connect(&file).await.unwrap();
        follower.write_all(b"GET /mainlogtail HTTP/1.1\r\n\r\n").await.unwrap();
        read_until(&mut follower, "line\n\r\n").await;
        for _ in 0..5 {
            kept(&file).await;
        }
        std::fs::write(fake.path("main"), "line\nmore\n").unwrap();
        read_until(&mut follower, "more\n\r\n").await;
    });
}

#[test]
fn who_dawdles_is_let_go() {
    served(None, async |_fake, file| {
        let mut silent = UnixStream::connect(&file).await.unwrap();
        let mut slow = UnixStream::connect(&file).await.unwrap();
        slow.write_all(b"POST /RPC2 HTTP/1.1\r\nX: ").await.unwrap();
        let body = ask(&file, "POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\n<methodCall>").await;
        assert!(body.starts_with("HTTP/1.1 408 Request Timeout"), "{body}");
        assert!(is_closed(&mut silent).await && is_closed(&mut slow).await);
        // Who goes away in the middle is no trouble.
        let mut gone = UnixStream::connect(&file).await.unwrap();
        gone.write_all(b"POST /RPC2 HTTP/1.1\r\nContent-Length: 100\r\n\r\n<methodCall>").await.unwrap();
        drop(gone);
        kept(&file).await;
    });
}

#[test]
fn who_does_not_read_holds_nobody_up() {
    served(None, async |fake, file| {
        std::fs::write(fake.path("main"), vec![b'x'; 8 << 20]).unwrap();
        std::fs::write(fake.path("cat"), "x").unwrap();
        let call = xmlrpc::write_call("supervisor.readLog", &[0.into(), 0.into()]);
        let mut stuck = UnixStream::connect(&file).await.unwrap();
        stuck.write_all(post(&call, "").as_bytes()).await.unwrap();
        let mut follower = UnixStream::connect(&file).await.unwrap();
        follower.write_all(b"GET /logtail/cat HTTP/1.1\r\n\r\n").await.unwrap();
        read_until(&mut follower, "1\r\nx\r\n").await;
        std::fs::write(fake.path("cat"), vec![b'x'; 8 << 20]).unwrap();
        for _ in 0..10 {
            kept(&file).await;
        }
        let mut reply = String::new();
        stuck.read_to_string(&mut reply).await.unwrap();
        assert!(reply.len() > 8 << 20);
    });
}

#[test]
fn odd_requests_are_answered_or_refused() {
    served(None, async |_fake, file| {
        let pipelined = format!("GET /ok.html HTTP/1.1\r\n\r\n{}", get("/nothing", ""));
        let answers = ask(&file, &pipelined).await;
        let statuses: Vec<&str> = answers.split("HTTP/1.1 ").skip(1).map(|a| &a[..3]).collect();
        assert_eq!(statuses, ["200", "404"]);
        let old = ask(&file, &post(&xmlrpc::write_call("supervisor.getPID", &[]), "").replace("1.1", "1.0")).await;
        assert!(old.starts_with("HTTP/1.0 200 OK") && old.contains("<int>77</int>"), "{old}");
        let kept = "GET /ok.html HTTP/1.0\r\nConnection: keep-alive\r\n\r\n";
        assert_eq!(ask(&file, &format!("{kept}GET /ok.html HTTP/1.0\r\n\r\n")).await.matches("OK\r\n").count(), 2);
        let mut long = UnixStream::connect(&file).await.unwrap();
        // It is closed before all is written, with what was not read.
        let _ = long.write_all(get("/ok.html", &format!("X: {}\r\n", "x".repeat(1 << 20))).as_bytes()).await;
        let mut answer = Vec::new();
        let _ = long.read_to_end(&mut answer).await;
        assert!(answer.is_empty() || answer.starts_with(b"HTTP/1.1 431 "), "{answer:?}");
        for junk in ["junk\r\n\r\n", "GET\r\n\r\n", "\0\r\n\r\n", "GET /ok.html HTTP/9.9\r\n\r\n"] {
            let answer = ask(&file, junk).await;
            assert!(answer.is_empty() || answer.starts_with("HTTP/1.1 400 "), "{junk}: {answer}");
        }
        let lengths = "POST /RPC2 HTTP/1.1\r\nContent-Length: 1\r\nContent-Length: 2\r\n\r\nxx";
        assert!(ask(&file, lengths).await.starts_with("HTTP/1.1 400 "));
        assert!(ask(&file, &get("/logtail", "")).await.starts_with("HTTP/1.1 404 "));
        for path in ["/logtail/cat", "/mainlogtail"] {
            let posted = format!("POST {path} HTTP/1.0\r\nContent-Length: 0\r\n\r\n");
            assert!(ask(&file, &posted).await.starts_with("HTTP/1.0 400 "), "{path}");
        }
    });
}

#[test]
fn an_old_client_follows_without_chunks() {
    served(None, async |fake, file| {
        std::fs::write(fake.path("main"), "first\n").unwrap();
        let mut stream = UnixStream::connect(&file).await.unwrap();
        stream.write_all(b"GET /mainlogtail HTTP/1.0\r\n\r\n").await.unwrap();
        let head = read_until(&mut stream, "\r\n\r\nfirst\n").await;
        assert!(!head.contains("chunked") && !head.contains("X-Accel"), "{head}");
        std::fs::write(fake.path("main"), "").unwrap();
        read_until(&mut stream, "==> File truncated <==\n").await;
        std::fs::remove_file(fake.path("main")).unwrap();
        std::fs::write(fake.path("main"), "rotated\n").unwrap();
        read_until(&mut stream, "rotated\n").await;
        let missing = ask(&file, &get("/logtail/cat/stderr", "")).await;
        assert!(missing.starts_with("HTTP/1.1 404 "), "{missing}");
    });
}
