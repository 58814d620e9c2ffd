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
    let runtime = tokio::runtime::Builder::new_current_thread().enable_all().build().unwrap();
    LocalSet::new().block_on(&runtime, async {
        let fast = model::Process { startsecs: -1, ..process("cat") };
        let fake = Fake::new(vec![group("cat", vec![fast])]);
        let file = fake.path("socket");
        let mut servers = ControlServers::new(Box::new(std::io::sink()));
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
        let get = |path: &str| format!("GET {path} HTTP/1.1\r\nConnection: close\r\n\r\n");
        assert_eq!(status(&get("/RPC2")).await, "HTTP/1.1 400 Bad Request");
        assert_eq!(status(&get("/nothing")).await, "HTTP/1.1 404 Not Found");
        assert_eq!(status(&get("/logtail/zz")).await, "HTTP/1.1 404 Not Found");
        assert_eq!(status(&get("/logtail/cat/other")).await, "HTTP/1.1 404 Not Found");
        assert_eq!(status(&post("<junk", "")).await, "HTTP/1.1 400 Bad Request");
        let line = "XML-RPC request data '<junk' is invalid: ";
        assert!(fake.lines.borrow().iter().any(|l| l.starts_with(line)), "{:?}", fake.lines.borrow());
        let chunked = "POST /RPC2 HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n0\r\n\r\n";
        assert_eq!(status(chunked).await, "HTTP/1.1 411 Length Required");
        let huge = "POST /RPC2 HTTP/1.1\r\nContent-Length: 99999999999\r\n\r\n";
        assert_eq!(status(huge).await, "HTTP/1.1 413 Payload Too Large");
        let page = ask(&file, &get("/nothing")).await;
        assert!(page.contains("<p>Error code 404.\r\n<p>Message: Not Found.\r\n"), "{page}");
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
    let taken = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let port = taken.local_addr().unwrap().port();
    let address = Address::Inet { host: "127.0.0.1".to_owned(), port };
    let server = Server { section: "inet_http_server".to_owned(), address, auth: None };
    assert!(matches!(open(&[server], &mut Vec::new()), Err(OpenError::Busy)));
}
