//! A server's certificate, looked at: a connection that is agreed upon, and closed.

use std::io;
use std::net::{TcpStream, ToSocketAddrs as _};
use std::path::Path;
use std::sync::Arc;
use std::time::{Duration, Instant};

use rustls::crypto::ring;
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore};

use crate::base::certificate;

/// How long all of it may take.
const LIMIT: Duration = Duration::from_secs(5);

/// What is wrong with the certificate of a server, by the authorities of the web or those of a file. None where nothing is, or
/// where the server cannot be asked.
pub(super) fn fault(host: &str, port: u16, trusted: Option<&Path>) -> Option<String> {
    let name = ServerName::try_from(host.to_owned()).ok()?;
    let mut connection = ClientConnection::new(Arc::new(config(trusted)?), name).ok()?;
    let deadline = Instant::now() + LIMIT;
    let address = (host, port).to_socket_addrs().ok()?.next()?;
    let mut stream = TcpStream::connect_timeout(&address, LIMIT).ok()?;
    while connection.is_handshaking() {
        let left = deadline.checked_duration_since(Instant::now()).filter(|left| !left.is_zero())?;
        stream.set_read_timeout(Some(left)).ok()?;
        stream.set_write_timeout(Some(left)).ok()?;
        match step(&mut connection, &mut stream) {
            Ok(0) => return None,
            Ok(_) => {}
            Err(why) => return why.get_ref()?.downcast_ref().map(certificate::words),
        }
    }
    None
}

/// Writes what there is to write, or else reads once; how many bytes that were.
fn step(connection: &mut ClientConnection, stream: &mut TcpStream) -> io::Result<usize> {
    if connection.wants_write() {
        return connection.write_tls(stream);
    }
    let read = connection.read_tls(stream)?;
    connection.process_new_packets().map_err(io::Error::other)?;
    Ok(read)
}

fn config(trusted: Option<&Path>) -> Option<ClientConfig> {
    let builder = ClientConfig::builder_with_provider(Arc::new(ring::default_provider()));
    let mut roots = RootCertStore::empty();
    match trusted {
        Some(path) => {
            roots.add_parsable_certificates(CertificateDer::pem_file_iter(path).ok()?.filter_map(Result::ok));
        }
        None => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
    }
    let builder = builder.with_safe_default_protocol_versions().ok()?;
    Some(builder.with_root_certificates(roots).with_no_client_auth())
}

#[cfg(test)]
mod tests {
    use super::*;
    use rustls::pki_types::{PrivateKeyDer, PrivatePkcs8KeyDer};
    use std::net::TcpListener;

    /// A server for `localhost` whose certificate counts until `year`: its port, and the certificate.
    fn server(year: i32) -> (u16, String) {
        let mut parameters = rcgen::CertificateParams::new(["localhost".to_owned()]).unwrap();
        parameters.not_after = rcgen::date_time_ymd(year, 1, 1);
        let key = rcgen::KeyPair::generate().unwrap();
        let certificate = parameters.self_signed(&key).unwrap();
        let pem = certificate.pem();
        let key = PrivateKeyDer::Pkcs8(PrivatePkcs8KeyDer::from(key.serialize_der()));
        let builder = rustls::ServerConfig::builder_with_provider(Arc::new(ring::default_provider()));
        let builder = builder.with_safe_default_protocol_versions().unwrap().with_no_client_auth();
        let config = Arc::new(builder.with_single_cert(vec![certificate.der().clone()], key).unwrap());
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || {
            for mut stream in listener.incoming().flatten() {
                let mut connection = rustls::ServerConnection::new(Arc::clone(&config)).unwrap();
                while connection.is_handshaking() && connection.complete_io(&mut stream).is_ok() {}
            }
        });
        (port, pem)
    }

    #[test]
    fn what_is_wrong_is_told_in_words() {
        let folder = tempfile::tempdir().unwrap();
        let trusted = folder.path().join("pem");
        let (port, pem) = server(2090);
        std::fs::write(&trusted, pem).unwrap();
        assert_eq!(fault("localhost", port, Some(&trusted)), None);
        let unknown = fault("localhost", port, None).unwrap();
        assert!(unknown.starts_with("the server's certificate is not trusted: "), "{unknown}");
        let other = fault("127.0.0.1", port, Some(&trusted)).unwrap();
        assert_eq!(other, "the server's certificate is for another host: it names `localhost`, not `127.0.0.1`");
        let (port, pem) = server(2001);
        std::fs::write(&trusted, pem).unwrap();
        assert_eq!(fault("localhost", port, Some(&trusted)).as_deref(), Some("the server's certificate has expired"));
    }

    #[test]
    fn who_cannot_be_asked_is_not_judged() {
        let listener = TcpListener::bind("127.0.0.1:0").unwrap();
        let port = listener.local_addr().unwrap().port();
        std::thread::spawn(move || drop(listener.accept()));
        assert_eq!(fault("127.0.0.1", port, None), None);
        assert_eq!(fault("nowhere.invalid", 443, None), None);
        assert_eq!(fault("", 443, None), None);
    }
}
