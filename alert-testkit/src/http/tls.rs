use std::fs;
use std::path::Path;
use std::sync::{Arc, PoisonError};

use rustls::crypto::ring::default_provider;
use rustls::server::WebPkiClientVerifier;
use rustls::{RootCertStore, ServerConfig};

use super::certificate::{Certificate, ClientCertificate};
use super::reply::Reply;
use super::script::Script;
use super::serve::Desk;
use super::server::HttpServer;

/// Over TLS.
impl HttpServer {
    /// As [`HttpServer::start`], over TLS 1.2 and 1.3 with this certificate.
    /// Replies that show before the request is read show before the handshake
    /// of a new connection.
    ///
    /// # Panics
    /// If there is no reply, or no free port.
    #[track_caller]
    pub fn tls(certificate: Certificate, replies: impl IntoIterator<Item = Reply>) -> Self {
        let config = config(&certificate, None);
        let mut server = Self::with(Desk::new(Script::listed(replies), Some(config)), "https");
        server.certificate = Some(certificate);
        server
    }

    /// Serves only clients that have this certificate, or another of its
    /// authority. To be said before the first connection.
    ///
    /// # Panics
    /// If the server does not speak TLS.
    #[must_use = "returns the server"]
    #[track_caller]
    pub fn asks_for(self, client: &ClientCertificate) -> Self {
        let config = config(self.certificate(), Some(client));
        let mut tls = self.desk.tls.lock().unwrap_or_else(PoisonError::into_inner);
        *tls = Some(config);
        drop(tls);
        self
    }

    /// The certificate of its authority as PEM, for a client that shall trust
    /// it.
    ///
    /// # Panics
    /// If the server does not speak TLS.
    #[track_caller]
    pub fn ca_pem(&self) -> String {
        self.certificate().ca_pem().to_owned()
    }

    /// Writes [`HttpServer::ca_pem`] into this file.
    ///
    /// # Panics
    /// If that fails, or the server does not speak TLS.
    #[track_caller]
    pub fn write_ca(&self, file: &Path) {
        if let Err(error) = fs::write(file, self.ca_pem()) {
            panic!("{} cannot be written: {error}", file.display());
        }
    }

    #[track_caller]
    fn certificate(&self) -> &Certificate {
        match &self.certificate {
            Some(certificate) => certificate,
            None => panic!("the server speaks no TLS: start it with `HttpServer::tls`"),
        }
    }
}

fn config(certificate: &Certificate, client: Option<&ClientCertificate>) -> Arc<ServerConfig> {
    const FRESH: &str = "the provider knows what was made a moment ago";
    // Not the process' default: a test may have set another, or none.
    let provider = Arc::new(default_provider());
    let verifier = match client {
        None => WebPkiClientVerifier::no_client_auth(),
        Some(client) => {
            let mut roots = RootCertStore::empty();
            roots.add(client.ca.clone()).expect(FRESH);
            WebPkiClientVerifier::builder_with_provider(Arc::new(roots), provider.clone())
                .build()
                .expect("there is a root")
        }
    };
    let config = ServerConfig::builder_with_provider(provider)
        .with_safe_default_protocol_versions()
        .expect("the provider speaks both versions")
        .with_client_cert_verifier(verifier)
        .with_single_cert(certificate.chain(), certificate.key())
        .expect(FRESH);
    Arc::new(config)
}
