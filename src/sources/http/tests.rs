use std::io::{Read, Write};
use std::net::{TcpListener, TcpStream};
use std::path::Path;
use std::sync::{Arc, Mutex};

use super::*;

/// Answers each request with what `answer` makes of its head, until the test ends.
struct Server {
    port: u16,
    heads: Arc<Mutex<Vec<String>>>,
}

impl Server {
    fn start(answer: impl Fn(&str) -> String + Send + 'static) -> Self {
        Self::start_with(answer, |stream| Some(Box::new(stream) as Box<dyn Stream>))
    }

    fn start_with(
        answer: impl Fn(&str) -> String + Send + 'static,
        wrap: impl Fn(TcpStream) -> Option<Box<dyn Stream>> + Send + 'static,
    ) -> Self {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        let heads = Arc::new(Mutex::new(Vec::new()));
        let seen = Arc::clone(&heads);
        std::thread::spawn(move || {
            for stream in listener.incoming().flatten() {
                let Some(mut stream) = wrap(stream) else { continue };
                let Some(head) = head(&mut *stream) else { continue };
                let reply = answer(&head);
                seen.lock().unwrap().push(head);
                let _ = stream.write_all(reply.as_bytes());
                let _ = stream.flush();
            }
        });
        Self { port, heads }
    }

    fn url(&self, path: &str) -> String {
        format!("http://127.0.0.1:{}{path}", self.port)
    }

    fn heads(&self) -> Vec<String> {
        self.heads.lock().unwrap().clone()
    }
}

trait Stream: Read + Write {}
impl<T: Read + Write> Stream for T {}

fn head(stream: &mut dyn Stream) -> Option<String> {
    let mut head = Vec::new();
    let mut byte = [0];
    while !head.ends_with(b"\r\n\r\n") {
        if stream.read(&mut byte).ok()? == 0 {
            return None;
        }
        head.push(byte[0]);
    }
    Some(String::from_utf8(head).unwrap().to_ascii_lowercase())
}

fn answer(status: &str, headers: &str, body: &str) -> String {
    format!("HTTP/1.1 {status}\r\n{headers}content-length: {}\r\nconnection: close\r\n\r\n{body}", body.len())
}

fn http(cache: Option<&Path>) -> Http {
    Http::new(Options { cache: cache.map(Path::to_owned), ..Options::default() })
}

fn failure(result: Result<String, FetchError>) -> String {
    match result {
        Err(FetchError::Failed(why)) => why,
        other => panic!("{other:?}"),
    }
}

#[test]
fn an_unchanged_text_is_not_sent_again_and_is_there_without_the_network() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|head| {
        if head.contains("if-none-match: \"1\"") && head.contains("if-modified-since: then") {
            answer("304 Not Modified", "", "")
        } else {
            answer("200 OK", "etag: \"1\"\r\nlast-modified: then\r\n", "[a]\n")
        }
    });
    let url = server.url("/base.cfg");
    let http = http(Some(folder.path()));
    assert_eq!(http.fetch(&url, true), Err(FetchError::OfflineNotCached));
    assert_eq!(http.fetch(&url, false).as_deref(), Ok("[a]\n"));
    assert_eq!(http.fetch(&url, false).as_deref(), Ok("[a]\n"));
    assert_eq!(http.fetch(&url, true).as_deref(), Ok("[a]\n"));
    let heads = server.heads();
    assert_eq!(heads.len(), 2);
    assert!(heads[0].starts_with("get /base.cfg http/1.1\r\n") && !heads[0].contains("if-none-match"));
    let offline = Http::new(Options { cache: Some(folder.path().into()), offline: true, ..Options::default() });
    assert_eq!(offline.fetch(&url, false).as_deref(), Ok("[a]\n"));
}

#[test]
fn a_changed_cache_is_asked_for_anew() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|head| {
        let is_known = head.contains("if-none-match");
        if is_known { answer("304 Not Modified", "", "") } else { answer("200 OK", "etag: \"1\"\r\n", "x") }
    });
    let http = http(Some(folder.path()));
    http.fetch(&server.url("/"), false).unwrap();
    let file = std::fs::read_dir(folder.path()).unwrap().next().unwrap().unwrap().path();
    std::fs::write(&file, "forged").unwrap();
    assert_eq!(http.fetch(&server.url("/"), true), Err(FetchError::OfflineNotCached));
    assert_eq!(http.fetch(&server.url("/"), false).as_deref(), Ok("x"));
}

#[test]
fn failures_are_told_and_not_kept() {
    let folder = tempfile::tempdir().unwrap();
    let server = Server::start(|head| match head {
        head if head.starts_with("get /404") => answer("404 Not Found", "", "no"),
        head if head.starts_with("get /bytes") => "HTTP/1.1 200 OK\r\ncontent-length: 9\r\n\r\nshort".into(),
        _ => answer("200 OK", "", "x"),
    });
    let http = http(Some(folder.path()));
    assert_eq!(failure(http.fetch(&server.url("/404"), false)), "the server answers 404 Not Found");
    assert!(!failure(http.fetch(&server.url("/bytes"), false)).is_empty());
    assert_eq!(http.fetch(&server.url("/404"), true), Err(FetchError::OfflineNotCached));
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap();
    assert!(!failure(http.fetch(&format!("http://{closed}/"), false)).is_empty());
}

#[test]
fn passwords_are_sent_and_never_told() {
    let server = Server::start(|head| match head {
        head if head.starts_with("get /moved") => answer("302 Found", "location: /404\r\n", ""),
        head if head.starts_with("get /404") => answer("404 Not Found", "", ""),
        _ => answer("200 OK", "", "x"),
    });
    let url = |path: &str| server.url(path).replace("http://", "http://me:pw@");
    let http = http(None);
    assert_eq!(http.fetch(&url("/x"), false).as_deref(), Ok("x"));
    let why = failure(http.fetch(&url("/moved"), false));
    assert!(!why.contains("pw"), "{why}");
    assert!(server.heads().iter().all(|head| head.contains("authorization: basic bwu6chc=")), "{:?}", server.heads());
}

#[test]
fn redirects_are_followed_to_an_end() {
    let server = Server::start(|head| match head {
        head if head.starts_with("get /a/1 ") => answer("301 Moved", "location: 2\r\n", ""),
        head if head.starts_with("get /a/2 ") => answer("200 OK", "", "x"),
        head if head.starts_with("get /nowhere ") => answer("302 Found", "", ""),
        head if head.starts_with("get /ftp ") => answer("302 Found", "location: ftp://h/\r\n", ""),
        _ => answer("302 Found", "location: /round\r\n", ""),
    });
    let http = http(None);
    assert_eq!(http.fetch(&server.url("/a/1"), false).as_deref(), Ok("x"));
    assert_eq!(failure(http.fetch(&server.url("/round"), false)), "more than 5 redirects");
    assert!(failure(http.fetch(&server.url("/nowhere"), false)).contains("says not where to"));
    assert!(failure(http.fetch(&server.url("/ftp"), false)).contains("no http:// or https:// URL"));
}

#[test]
fn what_is_no_text_is_refused_and_what_is_skipped_is_not_asked_for() {
    let server = Server::start(|_| answer("200 OK", "", "x"));
    let skipping = Http::new(Options { skip: true, ..Options::default() });
    assert_eq!(skipping.fetch(&server.url("/"), false), Err(FetchError::Skipped));
    assert!(server.heads().is_empty());
    assert_eq!(text(vec![b'a', 0xff]), Err("not UTF-8: the byte at offset 1 is wrong".into()));
}

/// A server for `localhost` with a certificate of an authority that no one knows; the authority's certificate.
fn tls_server(answer: impl Fn(&str) -> String + Send + 'static) -> (Server, String) {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
    let wrap = move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).ok()?;
        Some(Box::new(rustls::StreamOwned::new(connection, stream)) as Box<dyn Stream>)
    };
    (Server::start_with(answer, wrap), cert.pem())
}

#[test]
fn a_server_without_tls_is_told() {
    use std::io::{Read as _, Write as _};
    let listener = std::net::TcpListener::bind("127.0.0.1:0").unwrap();
    let url = format!("https://{}/", listener.local_addr().unwrap());
    let server = std::thread::spawn(move || {
        let (mut stream, _) = listener.accept().unwrap();
        stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n").unwrap();
        let _ = stream.read_to_end(&mut Vec::new());
    });
    assert_eq!(failure(http(None).fetch(&url, false)), "the server does not speak TLS; is its URL `http://…`?");
    server.join().unwrap();
}

#[test]
fn certificates_are_checked() {
    let folder = tempfile::tempdir().unwrap();
    let (server, pem) = tls_server(|head| {
        if head.starts_with("get /down") {
            answer("302 Found", "location: http://localhost/\r\n", "")
        } else {
            answer("200 OK", "", "secret")
        }
    });
    let path = folder.path().join("ca.pem");
    std::fs::write(&path, pem).unwrap();
    let url = |path: &str| format!("https://localhost:{}{path}", server.port);
    assert_eq!(http(None).fetch(&url("/"), false), Err(FetchError::Untrusted { trusted: None }));
    let trusting = Http::new(Options { certificates: Some(path.clone()), ..Options::default() });
    assert_eq!(trusting.fetch(&url("/"), false).as_deref(), Ok("secret"));
    assert!(failure(trusting.fetch(&url("/down"), false)).contains("redirects from https to `http://localhost/`"));
    let by_address = format!("https://127.0.0.1:{}/", server.port);
    let other = "the server's certificate is for another host: it names `localhost`, not `127.0.0.1`";
    assert_eq!(failure(trusting.fetch(&by_address, false)), other);
    std::fs::write(&path, tls_server(|_| String::new()).1).unwrap();
    let distrusting = Http::new(Options { certificates: Some(path.clone()), ..Options::default() });
    let trusted = Some(path.display().to_string());
    assert_eq!(distrusting.fetch(&url("/"), false), Err(FetchError::Untrusted { trusted }));
    std::fs::write(&path, "nothing").unwrap();
    let broken = Http::new(Options { certificates: Some(path), ..Options::default() });
    assert!(failure(broken.fetch(&url("/"), false)).contains("there are none"));
}
