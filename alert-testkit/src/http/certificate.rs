use std::fmt;

use rcgen::{
    BasicConstraints, CertificateParams, CertifiedIssuer, DnType, ExtendedKeyUsagePurpose, IsCa,
    KeyPair, KeyUsagePurpose, date_time_ymd,
};
use rustls::pki_types::{CertificateDer, PrivateKeyDer, PrivatePkcs8KeyDer};

/// The certificate of a server, made anew each time, with a certificate
/// authority of its own.
#[derive(Debug, Clone)]
#[must_use = "a server is given it: `HttpServer::tls`"]
pub struct Certificate {
    ca_pem: String,
    pair: Pair,
}

/// A certificate for a client, made anew each time, for a server that
/// [asks for it](super::HttpServer::asks_for).
#[derive(Debug, Clone)]
pub struct ClientCertificate {
    pub(super) ca: CertificateDer<'static>,
    pair: Pair,
}

#[derive(Clone)]
struct Pair {
    certificate: rcgen::Certificate,
    key_pem: String,
    key: Vec<u8>,
}

impl Certificate {
    /// For `127.0.0.1` and `localhost`, signed by its authority.
    pub fn trusted() -> Self {
        Self::signed(&["127.0.0.1", "localhost"], |_| ())
    }

    /// For another host, signed by its authority.
    pub fn wrong_name() -> Self {
        Self::signed(&["wrong.invalid"], |_| ())
    }

    /// For `127.0.0.1` and `localhost`, signed by its authority, expired in
    /// 2001.
    pub fn expired() -> Self {
        Self::signed(&["127.0.0.1", "localhost"], |params| {
            params.not_after = date_time_ymd(2001, 1, 1);
        })
    }

    /// For `127.0.0.1` and `localhost`, signed by itself; its authority does
    /// not know it.
    pub fn self_made() -> Self {
        let key = key();
        let params = params(&["127.0.0.1", "localhost"]);
        let certificate = made(params.self_signed(&key));
        Self {
            ca_pem: authority().pem(),
            pair: Pair::new(certificate, &key),
        }
    }

    fn signed(names: &[&str], change: impl FnOnce(&mut CertificateParams)) -> Self {
        let authority = authority();
        let mut params = params(names);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ServerAuth];
        change(&mut params);
        Self {
            ca_pem: authority.pem(),
            pair: Pair::signed(&params, &authority),
        }
    }

    /// The certificate of its authority, as PEM.
    pub fn ca_pem(&self) -> &str {
        &self.ca_pem
    }

    pub(super) fn chain(&self) -> Vec<CertificateDer<'static>> {
        vec![self.pair.certificate.der().clone()]
    }

    pub(super) fn key(&self) -> PrivateKeyDer<'static> {
        PrivatePkcs8KeyDer::from(self.pair.key.clone()).into()
    }
}

impl ClientCertificate {
    /// Signed by an authority that nobody else has.
    #[expect(clippy::new_without_default, reason = "each one is another")]
    pub fn new() -> Self {
        let authority = authority();
        let mut params = params(&["client.invalid"]);
        params.extended_key_usages = vec![ExtendedKeyUsagePurpose::ClientAuth];
        Self {
            ca: authority.der().clone(),
            pair: Pair::signed(&params, &authority),
        }
    }

    /// The certificate, as PEM.
    pub fn certificate_pem(&self) -> String {
        self.pair.certificate.pem()
    }

    /// Its private key, as PEM (PKCS #8).
    pub fn key_pem(&self) -> String {
        self.pair.key_pem.clone()
    }
}

impl Pair {
    fn new(certificate: rcgen::Certificate, key: &KeyPair) -> Self {
        Self {
            certificate,
            key_pem: key.serialize_pem(),
            key: key.serialize_der(),
        }
    }

    fn signed(params: &CertificateParams, authority: &CertifiedIssuer<'_, KeyPair>) -> Self {
        let key = key();
        Self::new(made(params.signed_by(&key, authority)), &key)
    }
}

impl fmt::Debug for Pair {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Pair").finish_non_exhaustive()
    }
}

fn authority() -> CertifiedIssuer<'static, KeyPair> {
    let mut params = params(&[]);
    params.is_ca = IsCa::Ca(BasicConstraints::Unconstrained);
    params.key_usages = vec![KeyUsagePurpose::KeyCertSign, KeyUsagePurpose::CrlSign];
    params
        .distinguished_name
        .push(DnType::CommonName, "an authority of one test");
    made(CertifiedIssuer::self_signed(params, key()))
}

fn params(names: &[&str]) -> CertificateParams {
    let names: Vec<_> = names.iter().map(|&name| name.to_owned()).collect();
    made(CertificateParams::new(names))
}

fn key() -> KeyPair {
    made(KeyPair::generate())
}

/// Nothing here depends on what a test passes.
fn made<T>(result: Result<T, rcgen::Error>) -> T {
    result.unwrap_or_else(|error| panic!("a certificate cannot be made: {error}"))
}
