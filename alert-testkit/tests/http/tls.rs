use std::fs;
use std::io::{self, Read, Write};
use std::net::TcpStream;
use std::sync::Arc;

use alert_testkit::SAFETY;
use alert_testkit::http::{Certificate, ClientCertificate, HttpServer, Reply};
use rustls::crypto::ring::default_provider;
use rustls::pki_types::pem::PemObject;
use rustls::pki_types::{CertificateDer, PrivateKeyDer, ServerName};
use rustls::{ClientConfig, ClientConnection, RootCertStore, StreamOwned};

use crate::client::{Client, Ended};

/// Asks over TLS, trusting this authority; returns what comes back.
fn ask(
    server: &HttpServer,
    ca_pem: &str,
    name: &'static str,
    client: Option<&ClientCertificate>,
) -> io::Result<String> {
    let mut roots = RootCertStore::empty();
    let ca = CertificateDer::from_pem_slice(ca_pem.as_bytes()).unwrap();
    roots.add(ca).unwrap();
    let config = ClientConfig::builder_with_provider(Arc::new(default_provider()))
        .with_safe_default_protocol_versions()
        .unwrap()
        .with_root_certificates(roots);
    let config = match client {
        None => config.with_no_client_auth(),
        Some(client) => {
            let certificate =
                CertificateDer::from_pem_slice(client.certificate_pem().as_bytes()).unwrap();
            let key = PrivateKeyDer::from_pem_slice(client.key_pem().as_bytes()).unwrap();
            config
                .with_client_auth_cert(vec![certificate], key)
                .unwrap()
        }
    };
    let name = ServerName::try_from(name).unwrap();
    let socket = TcpStream::connect(server.addr())?;
    socket.set_read_timeout(Some(SAFETY))?;
    let tls = ClientConnection::new(Arc::new(config), name).unwrap();
    let mut stream = StreamOwned::new(tls, socket);
    stream.write_all(b"POST /x HTTP/1.1\r\nContent-Length: 2\r\nConnection: close\r\n\r\n{}")?;
    let mut answer = String::new();
    match stream.read_to_string(&mut answer) {
        Err(error) if error.kind() != io::ErrorKind::UnexpectedEof => Err(error),
        _ => Ok(answer),
    }
}

#[test]
fn a_client_that_trusts_the_authority_is_served() {
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(200).body("hello")]);
    for name in ["127.0.0.1", "localhost"] {
        let answer = ask(&server, &server.ca_pem(), name, None).unwrap();
        assert!(answer.ends_with("\r\n\r\nhello"), "{answer}");
    }
    assert_eq!(server.received()[1].text(), "{}");
    assert!(server.url("/x").starts_with("https://127.0.0.1:"));
}

#[test]
fn each_bad_certificate_is_refused_for_its_reason() {
    for (certificate, reason) in [
        (Certificate::wrong_name(), "not valid for name"),
        (Certificate::expired(), "expired"),
        (Certificate::self_made(), "UnknownIssuer"),
    ] {
        let server = HttpServer::tls(certificate, [Reply::status(200)]);
        let error = ask(&server, &server.ca_pem(), "127.0.0.1", None).unwrap_err();
        assert!(error.to_string().contains(reason), "{reason}: {error}");
        assert_eq!(server.received(), []);
    }
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(200)]);
    let other = Certificate::trusted();
    let error = ask(&server, other.ca_pem(), "127.0.0.1", None).unwrap_err();
    assert!(
        error.to_string().contains("invalid peer certificate"),
        "{error}"
    );
}

#[test]
fn a_server_can_ask_for_a_certificate() {
    let (known, stranger) = (ClientCertificate::new(), ClientCertificate::new());
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(204)]).asks_for(&known);
    let ca = server.ca_pem();
    let answer = ask(&server, &ca, "127.0.0.1", Some(&known)).unwrap();
    assert!(answer.contains("204"), "{answer}");
    for refused in [None, Some(&stranger)] {
        ask(&server, &ca, "127.0.0.1", refused).unwrap_err();
    }
    let told = server.wait_for_unreadable(2);
    assert!(told[0].contains("peer sent no certificates"), "{told:?}");
    assert!(told[1].contains("invalid peer certificate"), "{told:?}");
    assert_eq!(server.received().len(), 1);
}

#[test]
fn the_authority_can_be_had_as_a_file() {
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(204)]);
    let file = std::env::temp_dir().join(format!("ca-{}.pem", server.addr().port()));
    server.write_ca(&file);
    let written = fs::read_to_string(&file).unwrap();
    fs::remove_file(&file).unwrap();
    assert_eq!(written, server.ca_pem());
    assert!(written.starts_with("-----BEGIN CERTIFICATE-----"));
}

#[test]
fn a_plain_server_behind_an_https_url_answers_plainly() {
    let server = HttpServer::start([Reply::status(204)]);
    assert!(server.https_url("/").starts_with("https://"));
    let any = Certificate::trusted();
    let error = ask(&server, any.ca_pem(), "127.0.0.1", None).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::InvalidData, "{error}");
    assert_eq!(
        server.unreadable(),
        ["connection 0: a request begins with byte 0x16"]
    );
}

#[test]
fn a_plain_client_of_a_tls_server_is_told() {
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(204)]);
    let (text, _) = Client::of(&server).get("/").rest();
    assert!(!text.contains("HTTP"), "{text}");
    server.wait_for_unreadable(1);
}

#[test]
fn faults_come_over_tls_too() {
    let replies = [
        Reply::reset_at_once(),
        Reply::reset_within_body(),
        Reply::close_within_body(),
        Reply::hang_within_body(),
    ];
    let server = HttpServer::tls(Certificate::trusted(), replies);
    let ca = server.ca_pem();
    assert_eq!(Client::of(&server).rest(), (String::new(), Ended::Reset));
    let error = ask(&server, &ca, "127.0.0.1", None).unwrap_err();
    assert_eq!(error.kind(), io::ErrorKind::ConnectionReset);
    let cut = ask(&server, &ca, "127.0.0.1", None).unwrap();
    assert!(cut.contains("\r\n\r\n{") && !cut.ends_with('}'), "{cut}");
    std::thread::scope(|scope| {
        let asks = scope.spawn(|| ask(&server, &ca, "127.0.0.1", None));
        server.wait_for(3);
        server.cut();
        let _ = asks.join().unwrap();
    });
}
