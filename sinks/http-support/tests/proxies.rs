//! The proxies of the environment.

mod common;

use std::env;
use std::io::{BufRead, BufReader, Write};
use std::net::{SocketAddr, TcpListener, TcpStream};
use std::process::Command;
use std::thread;

use alert_core::{ErrorClass, SinkError};
use alert_http_support::{Answer, Client, HttpConfig, Proxies};
use alert_testkit::http::{Certificate, HttpProxy, HttpServer, Reply, refused_port};
use common::{PATH, endpoint, in_time, post, words};

// A label of 64 characters is too long for a name, so that no resolver is asked.
const PLAIN: &str = "http://servicexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid/hooks/t0ps3cret-token";
const SECURE: &str = "https://servicexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid/hooks/t0ps3cret-token";

fn proxies(variables: &[(&str, &str)]) -> Proxies {
    Proxies::from_variables(|name| {
        let found = variables.iter().find(|(known, _)| *known == name);
        found.map(|(_, value)| (*value).to_owned())
    })
}

fn ask(url: &str, variables: &[(&str, &str)]) -> Result<Answer, SinkError> {
    let at = endpoint(url);
    let mut client = Client::new(&HttpConfig::new(), &at)?.proxies(proxies(variables));
    client.send(post(&at), in_time())
}

#[track_caller]
fn not_sent(error: &SinkError, class: ErrorClass, code: &str, text: &str) {
    assert_eq!(
        (error.class(), error.code_word()),
        (class, Some(code)),
        "{error:?}"
    );
    assert!(format!("{error:?}").contains("not_sent: true"), "{error:?}");
    assert_eq!(words(error), text);
}

#[test]
fn a_plain_request_goes_to_the_proxy_whole_with_its_credentials() {
    let proxy = HttpServer::start([Reply::status(204)]);
    let url = proxy.url("").replace("http://", "http://us%40er:p4ssw0rd@");
    for variable in ["http_proxy", "HTTP_PROXY", "all_proxy", "ALL_PROXY"] {
        assert_eq!(ask(PLAIN, &[(variable, &url)]).unwrap().status(), 204);
    }
    for request in proxy.received() {
        assert_eq!(request.target(), PLAIN);
        // us@er:p4ssw0rd
        let basic = Some("Basic dXNAZXI6cDRzc3cwcmQ=");
        assert_eq!(request.header("proxy-authorization"), basic);
    }
    assert_eq!(proxy.received().len(), 4);
}

#[test]
fn lower_case_comes_first_and_a_scheme_may_be_left_out() {
    let proxy = HttpServer::start([Reply::status(204)]);
    let bare = proxy.addr().to_string();
    let variables = [("HTTP_PROXY", "http://127.0.0.1:1"), ("http_proxy", &bare)];
    assert_eq!(ask(PLAIN, &variables).unwrap().status(), 204);
}

#[test]
fn a_cgi_program_does_not_believe_the_variable_that_its_caller_sets() {
    let proxy = HttpServer::start([Reply::status(204)]);
    let url = proxy.url("");
    let error = ask(PLAIN, &[("HTTP_PROXY", &url), ("REQUEST_METHOD", "GET")]).unwrap_err();
    assert_eq!(error.code_word(), Some("dns"));
    assert_eq!(proxy.connections(), 0);
}

#[test]
fn hosts_that_are_excepted_and_this_machine_are_asked_directly() {
    let proxy = HttpServer::start([Reply::status(502)]);
    let url = proxy.url("");
    for except in [
        "servicexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid",
        "*",
        "a, .invalid",
    ] {
        let error = ask(PLAIN, &[("all_proxy", &url), ("no_proxy", except)]).unwrap_err();
        let text = "the name of the server cannot be resolved";
        not_sent(&error, ErrorClass::Transient, "dns", text);
    }
    for other in [
        "vicexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid",
        "service",
        "10.0.0.0/8",
        ",",
    ] {
        let answer = ask(PLAIN, &[("all_proxy", &url), ("NO_PROXY", other)]).unwrap();
        assert_eq!(answer.status(), 502, "{other}");
    }
    let asked = proxy.connections();
    let server = HttpServer::start([Reply::status(204)]);
    assert_eq!(
        ask(&server.url("/"), &[("all_proxy", &url)])
            .unwrap()
            .status(),
        204
    );
    assert_eq!(proxy.connections(), asked);
}

#[test]
fn a_proxy_that_is_dead_or_refuses_shows_neither_itself_nor_its_password() {
    let dead = refused_port().replace("http://", "http://user:p4ssw0rd@");
    for url in [PLAIN, SECURE] {
        let error = ask(url, &[("all_proxy", &dead)]).unwrap_err();
        let text = "the proxy refused the connection";
        not_sent(&error, ErrorClass::Transient, "connect", text);
    }
    let gone = "http://user:p4ssw0rd@servicexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid:3128";
    let error = ask(SECURE, &[("all_proxy", gone)]).unwrap_err();
    let text = "the name of the proxy cannot be resolved";
    not_sent(&error, ErrorClass::Transient, "dns", text);

    let proxy = HttpProxy::requiring("user", "p4ssw0rd");
    let wrong = proxy.url_with("user", "wr0ngw0rd");
    let error = ask(SECURE, &[("https_proxy", &wrong)]).unwrap_err();
    let text = "the proxy wants other credentials";
    not_sent(&error, ErrorClass::Unusable, "proxy", text);
    let error = ask(PLAIN, &[("http_proxy", &wrong)])
        .unwrap()
        .verdict()
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unusable);
    assert!(!words(&error).contains("w0rd"), "{error}");

    let right = proxy.url_with("user", "p4ssw0rd");
    let error = ask(SECURE, &[("https_proxy", &right)]).unwrap_err();
    let text = "the proxy does not let it through";
    not_sent(&error, ErrorClass::Transient, "proxy", text);
}

#[test]
fn a_variable_that_names_no_proxy_makes_the_sink_unusable_and_is_not_shown() {
    for value in [
        "://",
        "http://",
        "ftp://user:p4ssw0rd@a",
        "user:p4ssw0rd",
        "http://a b",
    ] {
        let error = ask(PLAIN, &[("http_proxy", value)]).unwrap_err();
        let text = "the variable http_proxy names no proxy: write http://HOST:PORT";
        not_sent(&error, ErrorClass::Unusable, "proxy", text);
    }
    let error = ask(PLAIN, &[("ALL_PROXY", "socks5://user:p4ssw0rd@a:1")]).unwrap_err();
    let text = "the variable ALL_PROXY names a SOCKS proxy, which is not spoken";
    not_sent(&error, ErrorClass::Unusable, "proxy", text);
    assert_eq!(
        ask(
            "http://servicexxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxxx.invalid",
            &[("http_proxy", " ")]
        )
        .unwrap_err()
        .code_word(),
        Some("dns")
    );
}

#[test]
fn a_proxy_that_leads_to_itself_ends_like_any_other_failure() {
    let proxy = HttpServer::start([Reply::status(508).body("loop detected")]);
    let url = proxy.url("");
    let error = ask(PLAIN, &[("http_proxy", &url)])
        .unwrap()
        .verdict()
        .unwrap_err();
    assert_eq!(error.class(), ErrorClass::Transient);
    let error = ask(SECURE, &[("https_proxy", &url)]).unwrap_err();
    assert_eq!(error.code_word(), Some("proxy"));
}

/// A proxy that leads everybody to one address; the first line that it was told.
fn tunnel(to: SocketAddr) -> (SocketAddr, thread::JoinHandle<String>) {
    let listener = TcpListener::bind("127.0.0.1:0").unwrap();
    let address = listener.local_addr().unwrap();
    let proxy = thread::spawn(move || {
        let (client, _) = listener.accept().unwrap();
        let mut reader = BufReader::new(client.try_clone().unwrap());
        let mut asked = String::new();
        reader.read_line(&mut asked).unwrap();
        let mut line = String::new();
        while line != "\r\n" {
            line.clear();
            reader.read_line(&mut line).unwrap();
        }
        (&client)
            .write_all(b"HTTP/1.1 200 Connection Established\r\n\r\n")
            .unwrap();
        let upstream = TcpStream::connect(to).unwrap();
        let back = upstream.try_clone().unwrap();
        thread::scope(|scope| {
            scope.spawn(|| std::io::copy(&mut reader, &mut &upstream));
            let _ = std::io::copy(&mut &back, &mut &client);
        });
        asked
    });
    (address, proxy)
}

#[test]
fn a_tunnel_is_as_good_as_a_connection() {
    let folder = tempfile::tempdir().unwrap();
    let server = HttpServer::tls(Certificate::wrong_name(), [Reply::status(204)]);
    let file = folder.path().join("ca.pem");
    server.write_ca(&file);
    let (address, proxy) = tunnel(server.addr());
    let at = endpoint("https://wrong.invalid/hooks/t0ps3cret-token");
    let url = format!("http://{address}");
    let mut client = Client::new(&HttpConfig::new().ca_file(file), &at)
        .unwrap()
        .proxies(proxies(&[("https_proxy", &url)]));
    assert_eq!(client.send(post(&at), in_time()).unwrap().status(), 204);
    drop(client);
    drop(server);
    assert_eq!(
        proxy.join().unwrap(),
        "CONNECT wrong.invalid:443 HTTP/1.1\r\n"
    );
}

/// Set in the child of the test below.
const CHILD: &str = "ALERT_HTTP_SUPPORT_CHILD";

#[test]
fn the_environment_is_where_proxies_come_from() {
    if env::var_os(CHILD).is_some() {
        let at = endpoint(PLAIN);
        let mut client = Client::new(&HttpConfig::new(), &at).unwrap();
        assert_eq!(client.send(post(&at), in_time()).unwrap().status(), 204);
        // No library looks at the environment by itself.
        let direct = HttpServer::start([Reply::status(204)]);
        let at = endpoint(&direct.url(PATH));
        let mut client = Client::new(&HttpConfig::new(), &at).unwrap();
        assert_eq!(client.send(post(&at), in_time()).unwrap().status(), 204);
        assert_eq!(direct.received().len(), 1);
        return;
    }
    let proxy = HttpServer::start([Reply::status(204)]);
    let child = Command::new(env::current_exe().unwrap())
        .args(["--exact", "the_environment_is_where_proxies_come_from"])
        .env(CHILD, "1")
        .env("HTTP_PROXY", proxy.url(""))
        .env_remove("REQUEST_METHOD")
        .env_remove("http_proxy")
        .env_remove("no_proxy")
        .env_remove("NO_PROXY")
        .output()
        .unwrap();
    assert!(
        child.status.success(),
        "{}",
        String::from_utf8_lossy(&child.stdout)
    );
    assert_eq!(proxy.received().len(), 1);
}
