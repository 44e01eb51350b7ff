//! Batches over the wire.

mod common;

use std::collections::HashMap;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;
use std::time::Duration;

use alert_core::{Alert, Batch, Delivered, ErrorClass, SinkError};
use alert_http_support::{Answer, Client, Endpoint, Exchange, Message, Method, Request};
use alert_testkit::http::{HttpServer, Received, Reply};
use common::{PATH, client, endpoint};
use serde_json::json;

const WITHIN: Duration = Duration::from_secs(20);

type Outcomes = Vec<Result<Delivered, SinkError>>;

/// Says the titles of a message, and keeps what it was asked.
struct Titles {
    endpoint: Endpoint,
    composed: usize,
    renewed: usize,
    pause: bool,
    /// Whether it has another form for what is refused with 415.
    recasts: bool,
}

impl Titles {
    fn new(endpoint: &Endpoint) -> Self {
        Self {
            endpoint: endpoint.clone(),
            composed: 0,
            renewed: 0,
            pause: false,
            recasts: false,
        }
    }
}

impl Exchange for Titles {
    fn request(&mut self, message: &Message<'_>) -> Result<Request, SinkError> {
        assert!(!message.is_repeat());
        self.composed += 1;
        let titles: Vec<&str> = message.iter().map(|(alert, _)| alert.title()).collect();
        for title in &titles {
            match *title {
                "unsayable" => return Err(SinkError::rejected("unsayable")),
                "unready" => return Err(SinkError::transient("unready")),
                _ => {}
            }
        }
        let body = json!({ "titles": titles, "composed": self.composed });
        Ok(Request::new(Method::Post, &self.endpoint)
            .header("x-key", message.key())
            .json(body.to_string()))
    }

    fn judge(&mut self, _: &Message<'_>, answer: &Answer) -> Result<Delivered, SinkError> {
        let delivered = answer.verdict()?;
        let delivered = match answer.header("x-handle") {
            Some(handle) => delivered.with_handle(handle),
            None => delivered,
        };
        Ok(match self.pause {
            true => delivered.not_before(Duration::from_secs(5)),
            false => delivered,
        })
    }

    fn recasts(&mut self, sent: &Request, answer: &Answer) -> bool {
        assert!(sent.has_header("X-Key") && !sent.has_header("x-gzip"));
        self.recasts && answer.status() == 415
    }

    fn renew(&mut self, request: Request, message: &Message<'_>) -> Request {
        assert!(message.is_repeat());
        self.renewed += 1;
        request.header("x-attempt", "2")
    }
}

fn titles(request: &Received) -> Vec<String> {
    serde_json::from_value(request.json()["titles"].clone()).unwrap()
}

fn alerts<const N: usize>(titles: [&'static str; N]) -> Vec<Alert> {
    titles.map(|title| Alert::info(title).build()).into()
}

fn keyed(title: impl ToString, key: &str) -> Alert {
    Alert::info(title.to_string())
        .dedup_key(key.to_owned())
        .build()
}

/// The client, what speaks through it, and the server.
struct Rig {
    server: HttpServer,
    client: Client,
    titles: Titles,
}

impl Rig {
    fn with(server: HttpServer) -> Self {
        let at = endpoint(&server.url(PATH));
        Self {
            server,
            client: client(&at),
            titles: Titles::new(&at),
        }
    }

    fn new(replies: impl IntoIterator<Item = Reply>) -> Self {
        Self::with(HttpServer::start(replies))
    }

    fn deliver(&mut self, alerts: &[Alert], size: usize, in_flight: usize) -> Outcomes {
        self.deliver_within(WITHIN, alerts, size, in_flight)
    }

    fn deliver_within(
        &mut self,
        within: Duration,
        alerts: &[Alert],
        size: usize,
        in_flight: usize,
    ) -> Outcomes {
        Batch::by_hand_with(alerts, within, size, in_flight, |batch| {
            self.client.deliver_batch(batch, &mut self.titles)
        })
    }
}

/// `ok`, `put back`, `asked alone`, or the class.
fn told(outcomes: &Outcomes) -> Vec<String> {
    let told = outcomes.iter().map(|outcome| match outcome {
        Ok(_) => "ok".to_owned(),
        Err(error) => match &*error.to_string() {
            "put back" => "put back".to_owned(),
            "refused together with others" => "asked alone".to_owned(),
            _ => error.class().as_str().to_owned(),
        },
    });
    told.collect()
}

#[test]
fn alerts_go_in_messages_of_what_one_holds_under_a_key_of_their_own() {
    let mut rig = Rig::new([Reply::status(204)]);
    let all = alerts(["a", "b", "c", "d", "e"]);
    assert_eq!(told(&rig.deliver(&all, 2, 2)), ["ok"; 5]);
    let mut received = rig.server.received();
    received.sort_by_key(titles);
    let said: Vec<_> = received.iter().map(titles).collect();
    assert_eq!(said, [vec!["a", "b"], vec!["c", "d"], vec!["e"]]);
    let keys: Vec<_> = received
        .iter()
        .map(|one| one.header("x-key").unwrap())
        .collect();
    assert_eq!(keys[2], all[4].id().to_string());
    assert_ne!(keys[0], keys[1]);
    assert_eq!(keys[0].as_bytes()[14], b'5', "{}", keys[0]);
}

#[test]
fn up_to_so_many_are_in_flight_and_their_connections_are_used_again() {
    let mut rig = Rig::new([Reply::status(200).body("ok")]);
    let gate = rig.server.pause();
    let all: Vec<Alert> = (0..64)
        .map(|n| Alert::info(n.to_string()).build())
        .collect();
    let outcomes = thread::scope(|scope| {
        let (server, client, titles) = (&rig.server, &mut rig.client, &mut rig.titles);
        let work = scope.spawn(|| {
            Batch::by_hand_with(&all, WITHIN, 1, 16, |batch| {
                client.deliver_batch(batch, titles)
            })
        });
        server.wait_for(16);
        gate.open();
        work.join().unwrap()
    });
    assert_eq!(told(&outcomes), ["ok"; 64]);
    assert_eq!(rig.server.received().len(), 64);
    assert_eq!(rig.server.in_flight_at_most(), 16);
    assert_eq!(rig.server.connections(), 16);
    assert_eq!(told(&rig.deliver(&all, 1, 16)), ["ok"; 64]);
    assert_eq!(rig.server.connections(), 16);
}

#[test]
fn alerts_of_a_key_arrive_in_order() {
    let mut rig = Rig::new([Reply::status(204)]);
    let keys = ["a", "b", "c"];
    let all: Vec<Alert> = (0..60)
        .map(|n| keyed(format!("{:02}", n), keys[n % 7 % 3]))
        .collect();
    assert_eq!(told(&rig.deliver(&all, 1, 8)), ["ok"; 60]);
    let mut last: HashMap<&str, String> = HashMap::new();
    for request in rig.server.received() {
        let title = titles(&request).remove(0);
        let number: usize = title.parse().unwrap();
        let before = last.insert(keys[number % 7 % 3], title.clone());
        assert!(before.is_none_or(|before| before < title));
    }
}

#[test]
fn a_refused_alert_holds_up_none() {
    let mut rig = Rig::with(HttpServer::answering(|request| {
        let bad = titles(request).contains(&"bad".to_owned());
        Reply::status(if bad { 400 } else { 204 })
    }));
    let outcomes = rig.deliver(&alerts(["a", "bad", "unsayable", "b"]), 1, 1);
    assert_eq!(told(&outcomes), ["ok", "rejected", "rejected", "ok"]);
}

#[test]
fn of_a_refused_message_each_alert_is_asked_for_alone_and_what_shares_a_key_waits_for_it() {
    let mut rig = Rig::with(HttpServer::answering(|request| {
        let bad = titles(request).contains(&"bad".to_owned());
        Reply::status(if bad { 422 } else { 204 })
    }));
    let all = [
        keyed("a", "k"),
        keyed("bad", "l"),
        keyed("b", "k"),
        keyed("c", "m"),
        keyed("d", "n"),
        keyed("e", "o"),
    ];
    let outcomes = rig.deliver(&all, 2, 1);
    let expected = [
        "asked alone",
        "asked alone",
        "put back",
        "put back",
        "ok",
        "ok",
    ];
    assert_eq!(told(&outcomes), expected);
}

#[test]
fn after_any_other_failure_nothing_more_is_begun_and_what_flies_comes_down() {
    for (reply, class) in [
        (Reply::status(503), "transient"),
        (Reply::status(429).header("retry-after", "5"), "transient"),
        (Reply::status(404), "unusable"),
        (Reply::close_without_answer(), "transient"),
    ] {
        let mut rig = Rig::new([Reply::status(204), reply, Reply::status(204)]);
        let outcomes = rig.deliver(&alerts(["a", "b", "c", "d"]), 1, 1);
        assert_eq!(told(&outcomes), ["ok", class, "put back", "put back"]);
        assert_eq!(rig.server.received().len(), 2);
    }
    let mut rig = Rig::new([Reply::status(204)]);
    let outcomes = rig.deliver(&alerts(["a", "unready", "b"]), 1, 1);
    assert_eq!(told(&outcomes), ["ok", "transient", "put back"]);
}

#[test]
fn what_is_in_flight_beside_a_failure_is_settled_for_what_it_is() {
    let seen = AtomicUsize::new(0);
    let mut rig = Rig::with(HttpServer::answering(move |_| {
        let first = seen.fetch_add(1, Ordering::SeqCst) == 0;
        Reply::status(if first { 503 } else { 204 })
    }));
    let gate = rig.server.pause();
    let all: Vec<Alert> = (0..8).map(|n| Alert::info(n.to_string()).build()).collect();
    let outcomes = thread::scope(|scope| {
        let (server, client, titles) = (&rig.server, &mut rig.client, &mut rig.titles);
        let work = scope.spawn(|| {
            Batch::by_hand_with(&all, WITHIN, 1, 4, |batch| {
                client.deliver_batch(batch, titles)
            })
        });
        server.wait_for(4);
        // One by one, so that each is judged before the next is answered.
        gate.open();
        work.join().unwrap()
    });
    let mut told = told(&outcomes);
    assert_eq!(told.iter().filter(|told| *told == "transient").count(), 1);
    assert!(told[..4].iter().all(|told| told != "put back"), "{told:?}");
    let passed = told.iter().filter(|told| *told == "ok").count();
    assert_eq!(rig.server.received().len(), passed + 1);
    told.retain(|told| told == "put back");
    assert_eq!(told.len(), 8 - passed - 1);
}

#[test]
fn of_a_message_each_alert_shares_its_failure() {
    let reply = Reply::status(429)
        .header("retry-after", "7")
        .body("slow down");
    let mut rig = Rig::new([reply]);
    let outcomes = rig.deliver(&alerts(["a", "b", "c", "d"]), 3, 1);
    for outcome in &outcomes[..3] {
        let error = outcome.as_ref().unwrap_err();
        assert_eq!(error.pause(), Some(Duration::from_secs(7)));
        assert_eq!(error.code_word(), Some("http-429"));
        assert_eq!(
            error.to_string(),
            "answered 429 too many requests: slow down"
        );
    }
    assert_eq!(told(&outcomes)[3], "put back");
}

#[test]
fn a_service_that_wants_a_pause_gets_it() {
    let mut rig = Rig::new([Reply::status(204)]);
    rig.titles.pause = true;
    let outcomes = rig.deliver(&alerts(["a", "b"]), 1, 1);
    assert_eq!(told(&outcomes), ["ok", "put back"]);
}

#[test]
fn once_half_of_the_time_is_over_nothing_more_is_begun() {
    // Of 5 s, what it takes to answer is 3 s at least, or all.
    let slow = Reply::drip(Duration::from_millis(20)).header("x-long", "-".repeat(60));
    let mut rig = Rig::new([slow]);
    let outcomes = rig.deliver_within(Duration::from_secs(5), &alerts(["a", "b"]), 1, 1);
    assert_eq!(told(&outcomes)[1], "put back");
    assert_eq!(rig.server.received().len(), 1);
}

#[test]
fn a_handle_is_that_of_a_message_of_one_alert() {
    let mut rig = Rig::new([Reply::status(200).header("x-handle", "42")]);
    let outcomes = rig.deliver(&alerts(["a", "b", "c"]), 2, 1);
    let handles = outcomes.iter().map(|outcome| {
        let handle = outcome.as_ref().unwrap().handle();
        handle.map(|handle| handle.as_str().to_owned())
    });
    assert_eq!(
        handles.collect::<Vec<_>>(),
        [None, None, Some("42".to_owned())]
    );
}

#[test]
fn what_may_have_been_processed_is_sent_again_with_the_same_bytes_under_the_same_key() {
    let mut rig = Rig::new([Reply::reset_after_request(), Reply::status(204)]);
    let all = alerts(["a", "b", "c"]);
    let outcomes = rig.deliver(&all[..2], 2, 1);
    assert!(
        outcomes
            .iter()
            .all(|one| one.as_ref().is_err_and(SinkError::is_ambiguous))
    );
    // However many a message may hold now, those two travel together.
    assert_eq!(told(&rig.deliver(&all, 8, 1)), ["ok"; 3]);
    let received = rig.server.received();
    assert_eq!(received[0].body(), received[1].body());
    assert_eq!(received[0].header("x-key"), received[1].header("x-key"));
    assert_eq!(received[0].header("x-attempt"), None);
    assert_eq!(received[1].header("x-attempt"), Some("2"));
    assert_eq!(titles(&received[2]), ["c"]);
    assert_eq!((rig.titles.composed, rig.titles.renewed), (2, 1));
}

#[test]
fn other_members_make_another_message() {
    let mut rig = Rig::new([Reply::close_without_answer(), Reply::status(204)]);
    let all = alerts(["a", "b"]);
    rig.deliver(&all, 2, 1);
    assert_eq!(told(&rig.deliver(&all[1..], 2, 1)), ["ok"]);
    assert_eq!(told(&rig.deliver(&all, 2, 1)), ["ok"; 2]);
    assert_eq!(rig.titles.renewed, 0);
    let keys: Vec<_> = rig.server.received();
    assert_ne!(keys[0].header("x-key"), keys[1].header("x-key"));
}

#[test]
fn one_alert_by_hand_goes_the_same_way() {
    let mut rig = Rig::new([Reply::status(400).body("no")]);
    let alert = Alert::info("a").build();
    let attempt = alert_core::Attempt::first(WITHIN);
    let outcome = Batch::one(&alert, &attempt, |batch| {
        rig.client.deliver_batch(batch, &mut rig.titles)
    });
    assert_eq!(outcome.unwrap_err().class(), ErrorClass::Rejected);
}

#[test]
fn what_is_asked_for_in_another_form_goes_once_more_within_its_attempt() {
    let mut rig = Rig::new([Reply::status(415), Reply::status(204)]);
    rig.titles.recasts = true;
    assert_eq!(told(&rig.deliver(&alerts(["a"]), 1, 1)), ["ok"]);
    let received = rig.server.received();
    assert_eq!(received.len(), 2);
    assert_eq!(received[0].header("x-key"), received[1].header("x-key"));
    assert_eq!(received[1].json()["composed"], 2);
    // Refused in both, it is refused.
    let mut rig = Rig::new([Reply::status(415)]);
    rig.titles.recasts = true;
    assert_eq!(
        told(&rig.deliver(&alerts(["a", "b"]), 1, 1)),
        ["unusable", "put back"]
    );
    assert_eq!(rig.server.received().len(), 2);
}
