//! TLS: the system's trust store, loaded at the first handshake and not before (it takes 20 ms and
//! more), with the config's authorities beside it, and the client's own certificate.

use std::fmt;
use std::fs::{self, File};
use std::io::{self, Read};
use std::path::Path;
use std::sync::{Arc, Mutex, PoisonError};

use rustls::client::danger::{HandshakeSignatureValid, ServerCertVerified, ServerCertVerifier};
use rustls::crypto::{CryptoProvider, ring};
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName, UnixTime};
use rustls::{ClientConfig, DigitallySignedStruct, Error, SignatureScheme};
use rustls_platform_verifier::Verifier;

use crate::HttpConfig;

/// What is wrong in the config, and at which key.
#[derive(Debug)]
pub(crate) struct Mistake {
    pub(crate) key: &'static str,
    pub(crate) text: String,
}

/// The settings of a client. Reads the files of the config, so it may block, and loads no trust
/// store.
pub(crate) fn read(config: &HttpConfig) -> Result<ClientConfig, Mistake> {
    let roots = match &config.ca_file {
        Some(path) => certificates("http.ca_file", path)?,
        None => Vec::new(),
    };
    let own = match (&config.client_certificate, &config.client_key) {
        (Some(certificate), Some(key)) => {
            let chain = certificates("http.client_certificate", certificate)?;
            Some((chain, private_key(key)?))
        }
        (Some(_), None) => return Err(half("http.client_certificate", "client_key")),
        (None, Some(_)) => return Err(half("http.client_key", "client_certificate")),
        (None, None) => None,
    };
    settings(Arc::new(Trust::new(roots)), own)
}

fn half(key: &'static str, other: &str) -> Mistake {
    Mistake {
        key,
        text: format!("needs `{other}` beside it"),
    }
}

fn certificates(key: &'static str, path: &Path) -> Result<Vec<CertificateDer<'static>>, Mistake> {
    let mistake = |text| Mistake { key, text };
    let pem = contents(path).map_err(mistake)?;
    let found: Result<Vec<_>, _> = CertificateDer::pem_slice_iter(&pem).collect();
    match found {
        Ok(found) if !found.is_empty() => Ok(found),
        _ => Err(mistake("the file holds no certificate in PEM".to_owned())),
    }
}

fn private_key(path: &Path) -> Result<PrivateKeyDer<'static>, Mistake> {
    let mistake = |text| Mistake {
        key: "http.client_key",
        text,
    };
    let pem = contents(path).map_err(mistake)?;
    PrivateKeyDer::from_pem_slice(&pem).map_err(|_| {
        mistake("the file holds no private key in PEM that is not encrypted".to_owned())
    })
}

/// All authorities of a system are a quarter of it.
const MOST: u64 = 1024 * 1024;

/// Only of a regular file: a device may have no end, and opening a pipe may wait for ever.
fn contents(path: &Path) -> Result<Vec<u8>, String> {
    let unreadable = |error: io::Error| format!("the file cannot be read: {}", error.kind());
    if !fs::metadata(path).map_err(unreadable)?.is_file() {
        return Err("is no regular file".to_owned());
    }
    let mut pem = Vec::new();
    let file = File::open(path).map_err(unreadable)?;
    file.take(MOST + 1)
        .read_to_end(&mut pem)
        .map_err(unreadable)?;
    match pem.len() as u64 > MOST {
        true => Err("the file is larger than 1 MiB".to_owned()),
        false => Ok(pem),
    }
}

type Own = (Vec<CertificateDer<'static>>, PrivateKeyDer<'static>);

fn settings(trust: Arc<Trust>, own: Option<Own>) -> Result<ClientConfig, Mistake> {
    let mistake = |text: &str| Mistake {
        key: "http.client_certificate",
        text: text.to_owned(),
    };
    // Passed along, never installed: the process's default belongs to the program.
    let builder = ClientConfig::builder_with_provider(Arc::clone(&trust.provider))
        .with_safe_default_protocol_versions()
        .map_err(|_| mistake("TLS cannot be set up"))?
        .dangerous()
        .with_custom_certificate_verifier(trust);
    match own {
        None => Ok(builder.with_no_client_auth()),
        Some((chain, key)) => builder
            .with_client_auth_cert(chain, key)
            .map_err(|_| mistake("does not fit the key in `client_key`")),
    }
}

/// Whom the client trusts: the platform's verifier, made when a server first shows a certificate.
pub(crate) struct Trust {
    provider: Arc<CryptoProvider>,
    roots: Vec<CertificateDer<'static>>,
    verifier: Mutex<Option<Arc<Verifier>>>,
}

impl Trust {
    fn new(roots: Vec<CertificateDer<'static>>) -> Self {
        Self {
            provider: Arc::new(ring::default_provider()),
            roots,
            verifier: Mutex::new(None),
        }
    }

    fn verifier(&self) -> Result<Arc<Verifier>, Error> {
        let mut verifier = self.verifier.lock().unwrap_or_else(PoisonError::into_inner);
        if let Some(verifier) = &*verifier {
            return Ok(Arc::clone(verifier));
        }
        // A failure is not kept: a container's certificates may be mounted later.
        let made = Verifier::new_with_extra_roots(self.roots.clone(), Arc::clone(&self.provider))?;
        Ok(Arc::clone(verifier.insert(Arc::new(made))))
    }
}

impl fmt::Debug for Trust {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Trust(…)")
    }
}

impl ServerCertVerifier for Trust {
    fn verify_server_cert(
        &self,
        end_entity: &CertificateDer<'_>,
        intermediates: &[CertificateDer<'_>],
        server_name: &ServerName<'_>,
        ocsp_response: &[u8],
        now: UnixTime,
    ) -> Result<ServerCertVerified, Error> {
        self.verifier()?.verify_server_cert(
            end_entity,
            intermediates,
            server_name,
            ocsp_response,
            now,
        )
    }

    fn verify_tls12_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls12_signature(message, cert, dss)
    }

    fn verify_tls13_signature(
        &self,
        message: &[u8],
        cert: &CertificateDer<'_>,
        dss: &DigitallySignedStruct,
    ) -> Result<HandshakeSignatureValid, Error> {
        self.verifier()?.verify_tls13_signature(message, cert, dss)
    }

    fn supported_verify_schemes(&self) -> Vec<SignatureScheme> {
        self.provider
            .signature_verification_algorithms
            .supported_schemes()
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_testkit::http::{Certificate, HttpServer, Reply};

    use super::*;
    use crate::engine::{self, Engine};

    /// Whether the trust store is loaded after a request to this server.
    fn loads(server: &HttpServer) -> bool {
        let trust = Arc::new(Trust::new(Vec::new()));
        let settings = settings(Arc::clone(&trust), None).unwrap();
        let http = engine::http(settings, None, Duration::from_secs(5)).unwrap();
        let engine = Engine::start(http).unwrap();
        assert!(!is_loaded(&trust));
        // Whether it succeeds does not matter.
        let _ = engine
            .wait(engine.http().get(server.url("/")).send())
            .unwrap();
        is_loaded(&trust)
    }

    fn is_loaded(trust: &Trust) -> bool {
        let verifier = trust.verifier.lock();
        verifier.unwrap_or_else(PoisonError::into_inner).is_some()
    }

    #[test]
    fn plain_http_does_not_load_the_trust_store() {
        assert!(!loads(&HttpServer::start([Reply::status(204)])));
    }

    #[test]
    fn the_first_certificate_loads_the_trust_store() {
        assert!(loads(&HttpServer::tls(
            Certificate::trusted(),
            [Reply::status(204)]
        )));
    }
}
