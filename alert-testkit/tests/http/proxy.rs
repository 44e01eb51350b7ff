use alert_testkit::http::{HttpProxy, HttpServer, Reply, refused_port};

use crate::client::{Client, Ended};

#[test]
fn a_request_for_a_whole_url_is_led_on() {
    let server = HttpServer::start([Reply::status(200).body("from the server")]);
    let proxy = HttpProxy::start();
    let mut client = Client::to(&proxy.url());
    let url = server.url("/hook?x=1");
    let request = format!(
        "POST {url} HTTP/1.1\r\nHost: x\r\nX-Kept: yes\r\nProxy-Authorization: Basic eA==\r\nContent-Length: 4\r\n\r\nbody"
    );
    let (answer, ended) = client.say(&request).rest();
    assert!(answer.contains("\r\nconnection: close\r\n"), "{answer}");
    assert!(answer.ends_with("\r\n\r\nfrom the server"), "{answer}");
    assert_eq!(ended, Ended::Closed);
    assert_eq!(proxy.wait_for(1)[0].target(), url);
    let seen = &server.received()[0];
    assert_eq!((seen.target(), seen.text()), ("/hook?x=1", "body"));
    assert_eq!(seen.header("x-kept"), Some("yes"));
    assert_eq!(seen.header("proxy-authorization"), None);
}

#[test]
fn a_tunnel_carries_both_ways() {
    let server = HttpServer::start([Reply::status(204)]);
    let proxy = HttpProxy::start();
    let mut client = Client::to(&proxy.url());
    let addr = server.addr();
    client.say(&format!("CONNECT {addr} HTTP/1.1\r\nHost: {addr}\r\n\r\n"));
    assert!(client.head().starts_with("HTTP/1.1 200 "));
    for _ in 0..2 {
        assert!(client.get("/through").head().contains("204"));
    }
    let seen = server.received();
    assert_eq!((seen[1].target(), seen[1].connection()), ("/through", 0));
    assert_eq!(proxy.received()[0].method(), "CONNECT");
    assert_eq!(proxy.connections(), 1);
    drop(server);
    assert_eq!(client.rest(), (String::new(), Ended::Closed));
}

#[test]
fn a_dropped_proxy_ends_its_tunnels() {
    let server = HttpServer::half_open();
    let proxy = HttpProxy::start();
    let mut client = Client::to(&proxy.url());
    client.say(&format!("CONNECT {} HTTP/1.1\r\n\r\n", server.addr()));
    client.head();
    drop(proxy);
    assert_eq!(client.rest().0, "");
}

#[test]
fn credentials_are_asked_for() {
    let server = HttpServer::start([Reply::status(204)]);
    let proxy = HttpProxy::requiring("user", "pass word");
    let url = server.url("/");
    for (header, status) in [
        ("", "407"),
        ("Proxy-Authorization: Basic d3Jvbmc=\r\n", "407"),
        ("Proxy-Authorization: Basic dXNlcjpwYXNzIHdvcmQ=\r\n", "204"),
    ] {
        let request = format!("GET {url} HTTP/1.1\r\n{header}\r\n");
        let (answer, _) = Client::to(&proxy.url()).say(&request).rest();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{answer}");
    }
    assert_eq!(server.received().len(), 1);
    assert_eq!(proxy.received().len(), 3);
    assert!(
        proxy
            .url_with("u", "p")
            .starts_with("http://u:p@127.0.0.1:")
    );
}

#[test]
fn nothing_but_the_loopback_is_reached() {
    let proxy = HttpProxy::start();
    let itself = proxy.url();
    let dead = refused_port();
    for (target, status) in [
        ("GET http://192.0.2.1/", "502"),
        ("GET http://service.invalid/", "502"),
        ("CONNECT 192.0.2.1:443", "502"),
        (&format!("GET {dead}/"), "502"),
        ("GET /no-url", "400"),
        // A variable that leads a proxy to itself: it ends.
        (&format!("GET {itself}/"), "400"),
    ] {
        let request = format!("{target} HTTP/1.1\r\n\r\n");
        let (answer, _) = Client::to(&proxy.url()).say(&request).rest();
        assert_eq!(answer.split(' ').nth(1), Some(status), "{target}: {answer}");
    }
}
