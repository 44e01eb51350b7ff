//! Whom the client trusts, and what it shows of itself.

mod common;

use std::fs;
use std::path::{Path, PathBuf};

use alert_core::{ErrorClass, Findings, SinkError};
use alert_http_support::{Answer, Client, HttpConfig, Proxies};
use alert_testkit::http::{Certificate, ClientCertificate, HttpServer, Reply};
use common::{PATH, endpoint, hides_the_url, in_time, post, words};

fn ask(url: &str, config: &HttpConfig) -> Result<Answer, SinkError> {
    let at = endpoint(url);
    let mut client = Client::new(config, &at)?.proxies(Proxies::none());
    client.send(post(&at), in_time())
}

/// The config of a client that trusts the server's authority.
fn trusting(server: &HttpServer, folder: &Path) -> HttpConfig {
    let file = folder.join("ca.pem");
    server.write_ca(&file);
    HttpConfig::new().ca_file(file)
}

fn unusable(error: SinkError, text: &str) {
    assert_eq!(error.class(), ErrorClass::Unusable, "{error:?}");
    assert_eq!(error.code_word(), Some("tls"));
    assert!(format!("{error:?}").contains("not_sent: true"), "{error:?}");
    assert!(!error.is_ambiguous());
    let words = words(&error);
    assert!(words.contains(text), "{words}");
    hides_the_url(&words);
}

#[test]
fn an_authority_of_the_config_is_trusted_and_no_other() {
    let folder = tempfile::tempdir().unwrap();
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(204)]);
    let config = trusting(&server, folder.path());
    assert_eq!(ask(&server.url(PATH), &config).unwrap().status(), 204);
    let error = ask(&server.url(PATH), &HttpConfig::new()).unwrap_err();
    unusable(error, "not trusted");
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_certificate_that_is_not_valid_is_named_for_what_is_wrong_with_it() {
    let folder = tempfile::tempdir().unwrap();
    for (certificate, text) in [
        (Certificate::expired(), "has expired"),
        (Certificate::wrong_name(), "is for another name"),
        (Certificate::self_made(), "not trusted"),
    ] {
        let server = HttpServer::tls(certificate, [Reply::status(204)]);
        let config = trusting(&server, folder.path());
        unusable(ask(&server.url(PATH), &config).unwrap_err(), text);
        assert!(server.received().is_empty());
    }
}

#[test]
fn plain_http_behind_an_https_url_is_told_from_a_bad_certificate() {
    let server = HttpServer::start([Reply::status(204)]);
    let error = ask(&server.https_url(PATH), &HttpConfig::new()).unwrap_err();
    unusable(error, "does not speak TLS");
}

#[test]
fn a_handshake_that_hangs_or_breaks_was_not_sent() {
    let folder = tempfile::tempdir().unwrap();
    for reply in [Reply::hang_before_reading(), Reply::reset_at_once()] {
        let server = HttpServer::tls(Certificate::trusted(), [reply]);
        let config = trusting(&server, folder.path());
        let at = endpoint(&server.url(PATH));
        let mut client = Client::new(&config, &at).unwrap().proxies(Proxies::none());
        let error = client.send(post(&at), common::soon()).unwrap_err();
        assert_eq!(error.class(), ErrorClass::Transient);
        assert!(format!("{error:?}").contains("not_sent: true"), "{error:?}");
        hides_the_url(&words(&error));
    }
}

#[test]
fn the_deadline_holds_over_tls_and_what_was_sent_is_ambiguous() {
    let folder = tempfile::tempdir().unwrap();
    for (reply, code) in [
        (Reply::hang_before_headers(), "timeout"),
        (Reply::reset_after_request(), "no-answer"),
        (Reply::close_without_answer(), "no-answer"),
    ] {
        let server = HttpServer::tls(Certificate::trusted(), [reply]);
        let config = trusting(&server, folder.path());
        let at = endpoint(&server.url(PATH));
        let mut client = Client::new(&config, &at).unwrap().proxies(Proxies::none());
        let deadline = std::time::Instant::now() + std::time::Duration::from_secs(1);
        let error = client.send(post(&at), deadline).unwrap_err();
        assert!(error.is_ambiguous(), "{error:?}");
        assert_eq!(error.code_word(), Some(code), "{error:?}");
    }
}

#[test]
fn a_client_shows_its_certificate_to_who_asks_for_it() {
    let folder = tempfile::tempdir().unwrap();
    let own = ClientCertificate::new();
    let server = HttpServer::tls(Certificate::trusted(), [Reply::status(204)]).asks_for(&own);
    let config = trusting(&server, folder.path());
    let pem = |name: &str, text: String| -> PathBuf {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let showing = |shown: &ClientCertificate| {
        let certificate = pem("own.pem", shown.certificate_pem());
        let key = pem("own.key", shown.key_pem());
        config.clone().client_certificate(certificate, key)
    };
    assert_eq!(
        ask(&server.url(PATH), &showing(&own)).unwrap().status(),
        204
    );
    unusable(
        ask(&server.url(PATH), &config).unwrap_err(),
        "client certificate",
    );
    let other = showing(&ClientCertificate::new());
    unusable(
        ask(&server.url(PATH), &other).unwrap_err(),
        "client certificate",
    );
    assert_eq!(server.received().len(), 1);
}

#[test]
fn a_file_that_is_missing_or_holds_something_else_is_found_at_once() {
    let folder = tempfile::tempdir().unwrap();
    let at = endpoint("https://127.0.0.1:1/");
    let file = |name: &str, text: &str| {
        let path = folder.path().join(name);
        fs::write(&path, text).unwrap();
        path
    };
    let own = ClientCertificate::new();
    let certificate = file("own.pem", &own.certificate_pem());
    let key = file("own.key", &own.key_pem());
    let other = file("other.key", &ClientCertificate::new().key_pem());
    let half = |certificate: Option<PathBuf>, key: Option<PathBuf>| {
        let mut config = HttpConfig::new();
        config.client_certificate = certificate;
        config.client_key = key;
        config
    };
    for (config, text) in [
        (
            HttpConfig::new().ca_file(folder.path().join("no.pem")),
            "ca_file: the file cannot be read",
        ),
        (
            HttpConfig::new().ca_file(file("a.pem", "hello")),
            "ca_file: the file holds no certificate",
        ),
        (
            HttpConfig::new().ca_file(&key),
            "ca_file: the file holds no certificate",
        ),
        (
            half(Some(certificate.clone()), None),
            "client_certificate: needs `client_key`",
        ),
        (
            half(None, Some(key.clone())),
            "client_key: needs `client_certificate`",
        ),
        (
            half(Some(certificate.clone()), Some(certificate.clone())),
            "client_key: the file holds no",
        ),
        (
            half(Some(certificate.clone()), Some(other)),
            "client_certificate: does not fit",
        ),
    ] {
        unusable(Client::new(&config, &at).unwrap_err(), text);
        let mut found = Findings::new();
        config.check(&at, false, &mut found);
        assert!(found.has_errors(), "{text}");
    }
    assert!(Client::new(&half(Some(certificate), Some(key)), &at).is_ok());
}

#[cfg(all(unix, not(target_vendor = "apple")))]
#[test]
fn a_system_that_trusts_nobody_is_told_from_a_bad_certificate() {
    use std::env;
    use std::process::Command;

    const CHILD: &str = "ALERT_HTTP_SUPPORT_CHILD";
    let folder = tempfile::tempdir().unwrap();
    if env::var_os(CHILD).is_some() {
        let server = HttpServer::tls(Certificate::trusted(), [Reply::status(204)]);
        let error = ask(&server.url(PATH), &HttpConfig::new()).unwrap_err();
        unusable(error, "trust store cannot be loaded");
        // An authority of the config is enough.
        let config = trusting(&server, folder.path());
        assert_eq!(ask(&server.url(PATH), &config).unwrap().status(), 204);
        return;
    }
    let empty = folder.path().join("empty.pem");
    fs::write(&empty, "").unwrap();
    let child = Command::new(env::current_exe().unwrap())
        .args([
            "--exact",
            "a_system_that_trusts_nobody_is_told_from_a_bad_certificate",
        ])
        .env(CHILD, "1")
        .env("SSL_CERT_FILE", empty)
        .env_remove("SSL_CERT_DIR")
        .output()
        .unwrap();
    let said = String::from_utf8_lossy(&child.stdout);
    assert!(
        child.status.success() && said.contains("1 passed"),
        "{said}"
    );
}

#[cfg(unix)]
#[test]
fn a_file_without_an_end_or_a_beginning_is_not_waited_for() {
    let folder = tempfile::tempdir().unwrap();
    let large = folder.path().join("large.pem");
    fs::File::create(&large).unwrap().set_len(64 << 30).unwrap();
    let pipe = folder.path().join("pipe.pem");
    let made = std::process::Command::new("mkfifo").arg(&pipe).status();
    assert!(made.unwrap().success());
    for (file, text) in [
        (PathBuf::from("/dev/zero"), "is no regular file"),
        (folder.path().to_owned(), "is no regular file"),
        (pipe, "is no regular file"),
        (large, "the file is larger than 1 MiB"),
    ] {
        let config = HttpConfig::new().ca_file(&file);
        let mut found = Findings::new();
        config.check(&endpoint("https://a.example"), false, &mut found);
        let shown = format!("{found:?}");
        assert!(shown.contains(text), "{shown}");
        assert!(Client::new(&config, &endpoint("https://a.example")).is_err());
    }
}
