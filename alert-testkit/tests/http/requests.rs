use alert_testkit::http::{HttpServer, Received, Reply};

use crate::client::{Client, Ended};

fn received(request: &str) -> Received {
    let server = HttpServer::start([Reply::status(204)]);
    Client::of(&server).say(request).head();
    server.received().pop().unwrap()
}

#[test]
fn a_request_is_kept_as_it_was_written() {
    let request = received(
        "POST /hook/a%20b?x=1 HTTP/1.1\r\nHost: x\r\nX-Odd:  two words \r\ncontent-LENGTH: 8\r\n\r\n{\"a\": 1}",
    );
    assert_eq!(request.method(), "POST");
    assert_eq!(request.target(), "/hook/a%20b?x=1");
    assert_eq!(request.header("x-ODD"), Some("two words"));
    assert_eq!(request.header("missing"), None);
    assert_eq!(request.headers()[1].0, "X-Odd");
    assert_eq!(request.body(), b"{\"a\": 1}");
    assert_eq!(request.text(), "{\"a\": 1}");
    assert_eq!(request.json(), serde_json::json!({ "a": 1 }));
}

#[test]
fn a_chunked_body_is_put_together() {
    let request = received(
        "PUT / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n3\r\nabc\r\nA;x=y\r\n0123456789\r\n0\r\nTrailer: t\r\n\r\n",
    );
    assert_eq!(request.text(), "abc0123456789");
}

#[test]
fn a_client_that_waits_for_leave_gets_it() {
    let server = HttpServer::start([Reply::status(204)]);
    let mut client = Client::of(&server);
    client.say("POST / HTTP/1.1\r\nExpect: 100-continue\r\nContent-Length: 2\r\n\r\n");
    assert_eq!(client.head(), "HTTP/1.1 100 Continue\r\n\r\n");
    assert!(client.say("ok").head().contains("204"));
    assert_eq!(server.received()[0].text(), "ok");
}

#[test]
fn what_is_no_request_is_refused_and_told() {
    for (wrong, what) in [
        ("hello\r\n\r\n", "no request line"),
        ("GET /a b HTTP/1.1\r\n\r\n", "no request line"),
        ("GET / HTTP/1.1\nHost: x\n\n", "without a carriage return"),
        ("GET / HTTP/1.1\r\nno header\r\n\r\n", "no header"),
        ("GET / HTTP/1.1\r\nX : y\r\n\r\n", "no header"),
        (
            "POST / HTTP/1.1\r\nContent-Length: -1\r\n\r\n",
            "no content length",
        ),
        (
            "POST / HTTP/1.1\r\nContent-Length: 1\r\nTransfer-Encoding: chunked\r\n\r\n",
            "in two ways",
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\nx\r\n",
            "no chunk size",
        ),
        (
            "POST / HTTP/1.1\r\nTransfer-Encoding: chunked\r\n\r\n1\r\nabc",
            "longer than it says",
        ),
    ] {
        let server = HttpServer::start([Reply::status(204)]);
        let (answer, ended) = Client::of(&server).say(wrong).rest();
        assert!(answer.starts_with("HTTP/1.1 400 "), "{wrong:?}: {answer}");
        assert_eq!(ended, Ended::Closed);
        let told = server.unreadable();
        assert!(told[0].contains(what), "{wrong:?}: {told:?}");
        assert_eq!(server.received(), []);
    }
}

#[test]
fn a_connection_is_kept_as_the_client_asks() {
    for (request, kept) in [
        ("GET / HTTP/1.1\r\n\r\n", true),
        ("GET / HTTP/1.1\r\nConnection: Close\r\n\r\n", false),
        ("GET / HTTP/1.0\r\n\r\n", false),
        ("GET / HTTP/1.0\r\nConnection: keep-alive\r\n\r\n", true),
    ] {
        let server = HttpServer::start([Reply::status(204)]);
        let mut client = Client::of(&server);
        client.say(request).head();
        match kept {
            true => assert!(client.say(request).head().contains("204")),
            false => assert_eq!(client.rest(), (String::new(), Ended::Closed)),
        }
    }
}
