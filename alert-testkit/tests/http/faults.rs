use std::io::Read;
use std::time::{Duration, Instant};

use alert_testkit::Gate;
use alert_testkit::http::{HttpServer, Reply};

use crate::client::{Client, Ended};

/// What a client sees of this reply until the connection ends.
fn seen(reply: Reply) -> (String, Ended) {
    let server = HttpServer::start([reply]);
    Client::of(&server).get("/").rest()
}

#[test]
fn a_reset_comes_where_it_should() {
    let server = HttpServer::start([Reply::reset_at_once()]);
    assert_eq!(Client::of(&server).rest(), (String::new(), Ended::Reset));
    assert_eq!(server.received(), []);

    assert_eq!(
        seen(Reply::reset_after_request()),
        (String::new(), Ended::Reset)
    );
    let status_line = "HTTP/1.1 200 OK\r\n".to_owned();
    assert_eq!(
        seen(Reply::reset_after_status_line()),
        (status_line, Ended::Reset)
    );
    let (text, ended) = seen(Reply::reset_within_body().with_status(429));
    assert!(
        text.starts_with("HTTP/1.1 429 ") && text.contains("\r\n\r\n{"),
        "{text}"
    );
    assert!(!text.ends_with('}'), "{text}");
    assert_eq!(ended, Ended::Reset);
    let (text, ended) = seen(Reply::reset_after_answer());
    assert!(text.ends_with('}'), "{text}");
    assert_eq!(ended, Ended::Reset);
}

#[test]
fn a_close_comes_where_it_should() {
    assert_eq!(
        seen(Reply::close_without_answer()),
        (String::new(), Ended::Closed)
    );
    let status_line = "HTTP/1.1 200 OK\r\n".to_owned();
    assert_eq!(
        seen(Reply::status_line_only()),
        (status_line, Ended::Closed)
    );
    let (text, ended) = seen(Reply::close_within_body());
    assert!(text.contains("\r\n\r\n{") && !text.ends_with('}'), "{text}");
    assert_eq!(ended, Ended::Closed);
    let (text, ended) = seen(Reply::status(204).then_close());
    assert_eq!(
        (text.as_str(), ended),
        ("HTTP/1.1 204 No Content\r\n\r\n", Ended::Closed)
    );
}

#[test]
fn a_fault_can_come_to_a_connection_that_was_kept() {
    let server = HttpServer::start([
        Reply::status(204),
        Reply::reset_at_once(),
        Reply::status(200),
    ]);
    let mut client = Client::of(&server);
    client.get("/").head();
    assert_eq!(client.get("/").rest(), (String::new(), Ended::Reset));
    assert!(Client::of(&server).get("/").head().contains("200"));
    assert_eq!(server.received().len(), 2);
}

#[test]
fn a_hang_lasts_until_the_server_is_dropped() {
    for (reply, before) in [
        (Reply::hang_before_reading(), ""),
        (Reply::hang_before_headers(), ""),
        (
            Reply::hang_within_headers().body("12"),
            "HTTP/1.1 200 OK\r\ncontent-type: application/json\r\ncontent-length: 2\r\n",
        ),
        (
            Reply::hang_within_body().with_status(503).body("12345678"),
            "HTTP/1.1 503 Service Unavailable\r\ncontent-type: application/json\r\ncontent-length: 9\r\n\r\n1234",
        ),
    ] {
        let server = HttpServer::start([reply]);
        let mut client = Client::of(&server);
        client.get("/");
        server.wait_for_connections(1);
        assert_eq!(client.bytes(before.len()), before.as_bytes());
        client.has_nothing();
        drop(server);
        client.rest();
    }
}

#[test]
fn bytes_drip_as_the_gate_lets_them() {
    let gate = Gate::new();
    let server = HttpServer::start([Reply::drip_at(&gate).with_status(204)]);
    let mut client = Client::of(&server);
    client.get("/");
    for byte in b"HTTP/1.1" {
        gate.pass(1);
        assert_eq!(client.bytes(1), [*byte]);
        client.has_nothing();
    }
    gate.open();
    assert!(client.head().starts_with(" 204 No Content\r\n"));
}

#[test]
fn bytes_drip_by_the_clock() {
    let each = Duration::from_millis(2);
    let server = HttpServer::start([Reply::drip(each).body("x")]);
    let began = Instant::now();
    let (head, body) = Client::of(&server).get("/").answer();
    assert_eq!(body, "x");
    let bytes = u32::try_from(head.len() + body.len()).unwrap();
    assert!(began.elapsed() >= each * bytes);
}

#[test]
fn what_is_endless_goes_on() {
    for (reply, again) in [
        (Reply::endless_body(), "endless endless"),
        (Reply::endless_headers(), "x-more: "),
        (
            Reply::endless_informational(),
            "HTTP/1.1 100 Continue\r\n\r\n",
        ),
    ] {
        let server = HttpServer::start([reply]);
        let mut client = Client::of(&server);
        let bytes = client.get("/").bytes(1024 * 1024);
        let text = String::from_utf8(bytes).unwrap();
        assert!(text.matches(again).count() > 10_000, "{again}");
    }
}

#[test]
fn what_is_no_http_is_none() {
    let (text, ended) = seen(Reply::garbage());
    assert!(!text.contains("HTTP"), "{text}");
    assert_eq!(ended, Ended::Closed);
    let (text, _) = seen(Reply::bad_chunk());
    assert!(text.contains("transfer-encoding: chunked\r\n\r\n4\r\n{\"a\"\r\nno size\r\n"));
}

#[test]
fn a_header_is_as_huge_as_told() {
    let server = HttpServer::start([Reply::huge_header(100_000)]);
    let head = Client::of(&server).get("/").head();
    assert!(head.contains(&"h".repeat(100_000)));
}

#[test]
fn a_gzip_bomb_unpacks_to_its_size() {
    let server = HttpServer::start([Reply::gzip_bomb(1_000_000)]);
    let mut client = Client::of(&server);
    let head = client.get("/").head();
    assert!(head.contains("content-encoding: gzip\r\n"));
    let length = head
        .lines()
        .find_map(|line| line.strip_prefix("content-length: "));
    let packed = client.bytes(length.unwrap().parse().unwrap());
    assert!(packed.len() < 5_000, "{}", packed.len());
    let mut unpacked = Vec::new();
    let mut unpacker = flate2::read::GzDecoder::new(&packed[..]);
    unpacker.read_to_end(&mut unpacked).unwrap();
    assert_eq!(unpacked, [0; 1_000_000]);
}

#[test]
fn bodies_are_what_they_are_called() {
    let (text, _) = seen(Reply::deep_json(100_000).then_close());
    assert!(text.ends_with(&("[".repeat(100_000) + &"]".repeat(100_000))));
    let (text, _) = seen(Reply::html().then_close());
    assert!(text.contains("text/html") && text.contains("<b>"));
    let (text, _) = seen(Reply::invalid_utf8().then_close());
    assert!(text.contains(char::REPLACEMENT_CHARACTER));
    let (text, _) = seen(Reply::ansi().then_close());
    assert!(text.contains("\u{1b}[31m"));
    let (text, _) = seen(Reply::redirect(308, "http://127.0.0.1:1/x").then_close());
    assert!(
        text.starts_with("HTTP/1.1 308 ") && text.contains("location: http://127.0.0.1:1/x\r\n")
    );
}

#[test]
fn an_echo_has_the_whole_request() {
    let server = HttpServer::start([Reply::echo().with_status(400)]);
    let mut client = Client::of(&server);
    let (head, body) = client
        .say("POST /secret-path HTTP/1.1\r\nAuthorization: Bearer t0k3n\r\nContent-Length: 4\r\n\r\nbody")
        .answer();
    assert!(head.starts_with("HTTP/1.1 400 "));
    assert_eq!(
        body,
        "POST /secret-path\nAuthorization: Bearer t0k3n\nContent-Length: 4\n\nbody"
    );
}

#[test]
fn an_answer_to_head_and_one_without_content_have_no_body() {
    let server = HttpServer::start([
        Reply::status(200).body("abc"),
        Reply::status(204).body("abc"),
    ]);
    let mut client = Client::of(&server);
    let head = client.say("HEAD / HTTP/1.1\r\n\r\n").head();
    assert!(head.contains("content-length: 3\r\n"));
    assert_eq!(client.get("/").head(), "HTTP/1.1 204 No Content\r\n\r\n");
}
