use std::net::TcpListener;
use std::sync::Arc;
use std::thread;

use super::*;

/// A server that does one thing with each connection, until the test ends.
fn server(answer: impl Fn(TcpStream) + Send + Sync + 'static) -> u16 {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let port = listener.local_addr().unwrap().port();
    let answer = Arc::new(answer);
    thread::spawn(move || {
        for stream in listener.incoming().flatten() {
            let answer = Arc::clone(&answer);
            thread::spawn(move || answer(stream));
        }
    });
    port
}

/// Reads a request.
fn request(stream: &mut (impl Read + ?Sized)) -> String {
    let (mut head, mut byte) = (Vec::new(), [0]);
    while !head.ends_with(b"\r\n\r\n") && stream.read(&mut byte).is_ok_and(|n| n > 0) {
        head.push(byte[0]);
    }
    String::from_utf8(head).unwrap()
}

fn saying(answer: &'static str) -> u16 {
    server(move |mut stream| {
        let head = request(&mut stream);
        assert!(
            head.starts_with("GET /x?y=z HTTP/1.1\r\nHost: 127.0.0.1:") && head.contains("\r\nUser-Agent: httpok\r\n")
        );
        let _ = stream.write_all(answer.as_bytes());
    })
}

fn wanted(port: u16) -> Wanted {
    Wanted::parse(&format!("http://127.0.0.1:{port}/x?y=z#w")).unwrap()
}

fn fetched(answer: &'static str, text: Option<&str>) -> Result<(u16, String, bool), String> {
    let wanted = Wanted { text: text.map(str::to_owned), ..wanted(saying(answer)) };
    wanted.fetch().map(|page| (page.status, page.reason, page.holds_text))
}

#[test]
fn urls_are_taken_apart() {
    let of = |url: &str| Wanted::parse(url).map(|w| (w.is_https, w.authority(), w.port, w.path));
    let is = |is_https, authority: &str, port, path: &str| Ok((is_https, authority.to_owned(), port, path.to_owned()));
    assert_eq!(of("HTTP://h"), is(false, "h", 80, "/"));
    assert_eq!(of("https://h:8443?q"), is(true, "h:8443", 8443, "/?q"));
    assert_eq!(of("http://[::1]:81/a b"), Err(BadUrl::Authority("[::1]:81".to_owned())));
    assert_eq!(of("http://[::1]:81/a"), is(false, "[::1]:81", 81, "/a"));
    assert_eq!(of("ftp://h"), Err(BadUrl::Scheme("ftp".to_owned())));
    assert_eq!(of("h/x"), Err(BadUrl::Scheme(String::new())));
    assert_eq!(of("http://u:p@h/"), Err(BadUrl::User));
    assert_eq!(of("http://h:x/"), Err(BadUrl::Authority("h:x".to_owned())));
}

#[test]
fn status_reason_and_body_are_read() {
    let good = "HTTP/1.1 200 All is well\r\nContent-Length: 5\r\n\r\nhello";
    assert_eq!(fetched(good, None), Ok((200, "All is well".to_owned(), true)));
    assert_eq!(fetched(good, Some("ell")), Ok((200, "All is well".to_owned(), true)));
    assert_eq!(fetched(good, Some("hello!")), Ok((200, "All is well".to_owned(), false)));
    let moved = "HTTP/1.0 302 Found\r\nLocation: /x\r\n\r\n";
    assert_eq!(fetched(moved, None), Ok((302, "Found".to_owned(), true)));
    assert_eq!(fetched("HTTP/1.1 204 No Content\r\n\r\n", None), Ok((204, "No Content".to_owned(), true)));
}

#[test]
fn what_is_no_answer_is_told() {
    assert_eq!(fetched("", None).unwrap_err(), "Remote end closed connection without response");
    assert_eq!(fetched("nonsense\r\n", None).unwrap_err(), "nonsense");
    let closed = TcpListener::bind("127.0.0.1:0").unwrap().local_addr().unwrap().port();
    assert_eq!(wanted(closed).fetch().unwrap_err(), "[Errno 111] Connection refused");
    let nowhere = Wanted::parse("http://nowhere.invalid/").unwrap().fetch().unwrap_err();
    assert!(
        ["timed out", "[Errno -2] Name or service not known", "[Errno -3] Temporary failure in name resolution"]
            .contains(&&*nowhere),
        "{nowhere}"
    );
}

#[test]
fn nothing_takes_longer_than_it_may() {
    let silent = server(|stream| {
        let _ = (&stream).read_to_end(&mut Vec::new());
    });
    let endless = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\n");
        while stream.write_all(b"and so on, ").is_ok() {}
    });
    let headless = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n");
        while stream.write_all(b"X-And: so on\r\n").is_ok() {}
    });
    for port in [silent, endless, headless] {
        let began = Instant::now();
        let impatient = Wanted { timeout: Duration::from_millis(300), text: Some("x".to_owned()), ..wanted(port) };
        assert_eq!(impatient.fetch().unwrap_err(), "timed out");
        assert!(began.elapsed() < Duration::from_secs(20));
    }
}

/// A server for `localhost`; its certificate, which no authority signed.
fn secure() -> (u16, String) {
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    let rcgen::CertifiedKey { cert, signing_key } =
        rcgen::generate_simple_self_signed(["localhost".to_owned()]).unwrap();
    let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(signing_key.serialize_der()));
    let provider = Arc::new(rustls::crypto::ring::default_provider());
    let config = rustls::ServerConfig::builder_with_provider(provider).with_safe_default_protocol_versions().unwrap();
    let config = Arc::new(config.with_no_client_auth().with_single_cert(vec![cert.der().clone()], key).unwrap());
    let port = server(move |stream| {
        let connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
        let mut stream = rustls::StreamOwned::new(connection, stream);
        request(&mut stream);
        let _ = stream.write_all(b"HTTP/1.1 200 OK\r\n\r\nsecret");
        let _ = stream.flush();
    });
    (port, cert.pem())
}

#[test]
fn certificates_are_checked_unless_the_host_is_this_one() {
    let folder = tempfile::tempdir().unwrap();
    let (port, pem) = secure();
    let file = folder.path().join("pem");
    std::fs::write(&file, pem).unwrap();
    let fetch = |host: &str, certificates| {
        let wanted = Wanted::parse(&format!("https://{host}:{port}/")).unwrap();
        Wanted { certificates, text: Some("secret".to_owned()), ..wanted }.fetch().map(|page| page.holds_text)
    };
    assert_eq!(fetch("localhost", Certificates::Web), Ok(true));
    assert_eq!(fetch("localhost", Certificates::File(file.clone())), Ok(true));
    let other = fetch("127.0.0.1", Certificates::File(file.clone())).unwrap_err();
    assert_eq!(other, "the server's certificate is for another host: it names `localhost`, not `127.0.0.1`");
    std::fs::write(&file, secure().1).unwrap();
    let unknown = fetch("localhost", Certificates::File(file.clone())).unwrap_err();
    assert!(unknown.starts_with("the server's certificate is not trusted: "), "{unknown}");
    std::fs::write(&file, "").unwrap();
    assert!(fetch("localhost", Certificates::File(file)).unwrap_err().contains("it holds none in PEM"));
    let plain = server(|mut stream| {
        let _ = stream.write_all(b"HTTP/1.1 400 Bad Request\r\n\r\n");
        let _ = stream.read_to_end(&mut Vec::new());
    });
    let wanted = Wanted::parse(&format!("https://127.0.0.1:{plain}/")).unwrap();
    assert_eq!(wanted.fetch().unwrap_err(), "the server does not speak TLS");
}

proptest::proptest! {
    #[test]
    fn a_text_is_found_however_it_is_cut(body in "[ab]{0,20}", text in "[ab]{1,4}", size in 1_usize..5) {
        let mut search = Search::new(Some(&text));
        body.as_bytes().chunks(size).for_each(|piece| search.push(piece));
        proptest::prop_assert_eq!(search.is_found, body.contains(&text));
    }

    #[test]
    fn any_url_is_one_or_none(url in "\\PC{0,30}|http://[a-z:@\\[\\]?/#0-9]{0,20}") {
        if let Ok(wanted) = Wanted::parse(&url) {
            proptest::prop_assert!(wanted.request().matches("\r\n").count() == 6);
        }
    }
}
