use std::time::Instant;

use alert_testkit::http::{HttpServer, Reply};
use alert_testkit::{Gate, SAFETY};

use crate::client::{Client, Ended};

fn status(client: &mut Client) -> String {
    client
        .get("/")
        .answer()
        .0
        .lines()
        .next()
        .unwrap()
        .to_owned()
}

#[test]
fn each_request_gets_its_reply_and_the_last_repeats() {
    let server = HttpServer::start([Reply::status(500), Reply::status(204)]);
    let mut client = Client::of(&server);
    assert_eq!(status(&mut client), "HTTP/1.1 500 Internal Server Error");
    assert_eq!(status(&mut Client::of(&server)), "HTTP/1.1 204 No Content");
    assert_eq!(status(&mut client), "HTTP/1.1 204 No Content");
    let received = server.received();
    let came_by: Vec<_> = received
        .iter()
        .map(|request| request.connection())
        .collect();
    assert_eq!(came_by, [0, 1, 0]);
    assert_eq!(server.connections(), 2);
    assert_eq!(server.in_flight_at_most(), 1);
}

#[test]
fn a_reply_can_depend_on_its_request() {
    let server = HttpServer::answering(|request| match request.target() {
        "/yes" => Reply::status(200).json(serde_json::json!({ "seen": request.method() })),
        _ => Reply::status(404),
    });
    let mut client = Client::of(&server);
    let (head, body) = client.get("/yes").answer();
    assert!(
        head.contains("content-type: application/json\r\n"),
        "{head}"
    );
    assert_eq!(body, "{\"seen\":\"GET\"}");
    assert!(client.get("/no").answer().0.starts_with("HTTP/1.1 404 "));
}

#[test]
fn code_that_panics_while_it_decides_closes_the_connection_and_is_told() {
    let server = HttpServer::answering(|_| panic!("on purpose"));
    let mut client = Client::of(&server);
    assert_eq!(client.get("/").rest(), (String::new(), Ended::Closed));
    assert_eq!(
        server.unreadable(),
        ["connection 0: the code that decides on the reply panicked"]
    );
}

#[test]
fn a_service_recovers_in_the_middle_of_a_test() {
    let server = HttpServer::start([Reply::status(503)]);
    let mut client = Client::of(&server);
    assert!(status(&mut client).contains("503"));
    server.change([Reply::status(200)]);
    assert!(status(&mut client).contains("200"));
}

#[test]
fn a_gate_holds_an_answer() {
    let gate = Gate::new();
    let server = HttpServer::start([Reply::status(204).gate(&gate)]);
    let mut client = Client::of(&server);
    client.get("/");
    gate.wait_for(1);
    assert_eq!(server.received().len(), 1);
    client.has_nothing();
    gate.open();
    assert!(client.head().contains("204"));
}

#[test]
fn a_pause_holds_every_answer_and_counts_what_waits() {
    let server = HttpServer::start([Reply::status(204)]);
    let pause = server.pause();
    let mut clients: Vec<_> = (0..3).map(|_| Client::of(&server)).collect();
    for client in &mut clients {
        client.get("/");
    }
    assert_eq!(server.wait_for(3).len(), 3);
    pause.wait_for(3);
    drop(pause);
    for client in &mut clients {
        assert!(client.head().contains("204"));
        assert!(status(client).contains("204"));
    }
    assert_eq!(server.in_flight_at_most(), 3);
}

#[test]
fn cutting_ends_what_hangs_and_the_next_connection_is_served() {
    let server = HttpServer::start([Reply::hang_before_headers(), Reply::status(204)]);
    let mut client = Client::of(&server);
    client.get("/");
    server.wait_for(1);
    server.cut();
    assert_eq!(client.rest().0, "");
    assert!(status(&mut Client::of(&server)).contains("204"));
}

#[test]
fn a_dropped_server_leaves_nothing_waiting() {
    let gate = Gate::new();
    let server = HttpServer::start([
        Reply::hang_before_reading(),
        Reply::hang_before_headers(),
        Reply::status(200).gate(&gate),
        Reply::drip_at(&gate),
        Reply::endless_body(),
    ]);
    let mut clients: Vec<_> = (0..5)
        .map(|index| {
            let mut client = Client::of(&server);
            server.wait_for_connections(index + 1);
            client.get("/");
            server.wait_for(index);
            client
        })
        .collect();
    gate.wait_for(2);
    let addr = server.addr();
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < SAFETY, "a thread was not woken");
    for client in &mut clients {
        let _ = client.rest();
    }
    assert!(std::net::TcpStream::connect(addr).is_err());
}

#[test]
fn code_that_waits_while_it_decides_keeps_no_server_from_its_end() {
    let gate = Gate::new();
    let way = gate.doorway();
    let server = HttpServer::answering(move |_| {
        way.enter();
        Reply::status(204)
    });
    let mut client = Client::of(&server);
    client.get("/");
    gate.wait_for(1);
    let began = Instant::now();
    drop(server);
    assert!(began.elapsed() < SAFETY, "it waited for the gate");
    assert_eq!(client.rest().0, "");
}

#[test]
fn a_server_without_a_reply_is_refused() {
    let nothing = std::panic::catch_unwind(|| HttpServer::start([]));
    assert!(nothing.is_err());
}
