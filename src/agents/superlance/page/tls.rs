//! Encrypted connections.

use std::io::{self, ErrorKind};
use std::sync::Arc;

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring, verify_tls12_signature, verify_tls13_signature};
use rustls::pki_types::pem::PemObject as _;
use rustls::pki_types::{CertificateDer, ServerName, UnixTime};
use rustls::{
    ClientConfig, ClientConnection, DigitallySignedStruct, Error, RootCertStore, SignatureScheme, StreamOwned,
};

use super::Timed;
use crate::agents::mail::Certificates;

/// Encrypts a connection. The server shows its certificate at the first read.
pub(super) fn wrap(
    stream: Timed,
    host: &str,
    certificates: &Certificates,
) -> io::Result<StreamOwned<ClientConnection, Timed>> {
    let name = ServerName::try_from(host.to_owned()).map_err(|why| io::Error::new(ErrorKind::InvalidInput, why))?;
    let config = config(certificates.for_host(host))?;
    let connection = ClientConnection::new(Arc::new(config), name).map_err(io::Error::other)?;
    Ok(StreamOwned::new(connection, stream))
}

fn config(certificates: &Certificates) -> io::Result<ClientConfig> {
    let provider = Arc::new(ring::default_provider());
    let builder = ClientConfig::builder_with_provider(Arc::clone(&provider));
    let builder = builder.with_safe_default_protocol_versions().map_err(io::Error::other)?;
    let mut roots = RootCertStore::empty();
    match certificates {
        Certificates::Web => roots.extend(webpki_roots::TLS_SERVER_ROOTS.iter().cloned()),
        Certificates::File(path) => {
            let unread =
                |why: String| io::Error::other(format!("cannot read the certificates in '{}': {why}", path.display()));
            for certificate in CertificateDer::pem_file_iter(path).map_err(|why| unread(why.to_string()))? {
                let certificate = certificate.map_err(|why| unread(why.to_string()))?;
                roots.add(certificate).map_err(|why| unread(why.to_string()))?;
            }
            if roots.is_empty() {
                return Err(unread("it holds none in PEM".to_owned()));
            }
        }
        Certificates::Any => {
            let any = builder.dangerous().with_custom_certificate_verifier(Arc::new(Anybody(provider)));
            return Ok(any.with_no_client_auth());
        }
    }
    Ok(builder.with_root_certificates(roots).with_no_client_auth())
}

/// Takes any certificate whose key the server has.
#[derive(Debug)]
struct Anybody(Arc<CryptoProvider>);

impl ServerCertVerifier for Anybody {
    fn verify_server_cert(
        &self,
        _: &CertificateDer<'_>,
        _: &[CertificateDer<'_>],
        _: &ServerName<'_>,
        _: &[u8],
        _: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        Ok(ServerCertVerified::assertion())
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls12_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        certificate: &CertificateDer<'_>,
        signature: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        verify_tls13_signature(message, certificate, signature, &self.0.signature_verification_algorithms)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.0.signature_verification_algorithms.supported_schemes()
    }
}
