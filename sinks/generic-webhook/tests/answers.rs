//! What becomes of an alert by what is answered.

mod common;

use alert_core::{Alert, Batch, ErrorClass, Sink};
use alert_sink_generic_webhook::{Basic, Format, StatusRange, WebhookConfig};
use alert_testkit::http::{HttpServer, Received, Reply};
use common::{LONG, SIGNING, alerts, config, open, send, whole};

/// How an alert ends that is answered so.
fn end(
    reply: Reply,
    change: impl FnOnce(&mut WebhookConfig),
) -> Result<alert_core::Delivered, alert_core::SinkError> {
    let server = HttpServer::start([reply]);
    let mut config = config(&server);
    change(&mut config);
    let mut sink = open(&config);
    sink.deliver(&Alert::info("t").build(), &alert_core::Attempt::first(LONG))
}

fn class(status: u16) -> Option<ErrorClass> {
    let end = end(Reply::status(status), |_| {});
    end.err().map(|error| error.class())
}

#[test]
fn every_status_has_the_meaning_that_the_readme_gives_it() {
    use ErrorClass::{Rejected, Transient, Unusable};
    for status in [200, 201, 202, 204, 299] {
        assert_eq!(class(status), None, "{status}");
    }
    for (statuses, expected) in [
        (&[301, 302, 307, 308, 304][..], Unusable),
        (&[400, 413, 422, 418], Rejected),
        (&[401, 403, 404, 405, 407, 410, 415], Unusable),
        // A conflict under an idempotency key is the first request, still at work.
        (&[408, 409, 425, 429], Transient),
        (&[500, 502, 503, 504], Transient),
        (&[501, 505], Unusable),
    ] {
        for status in statuses {
            assert_eq!(class(*status), Some(expected), "{status}");
        }
    }
}

#[test]
fn statuses_that_are_named_count_as_success_and_others_do_not() {
    let only = |status: u16| {
        move |config: &mut WebhookConfig| {
            config.success = Some(vec![StatusRange::one(status).unwrap()]);
        }
    };
    assert!(end(Reply::status(409), only(409)).is_ok());
    let other = end(Reply::status(200), only(202)).unwrap_err();
    assert_eq!(other.class(), ErrorClass::Transient);
    assert_eq!(
        whole(&other),
        "the answer 200 is not among those that `success` names"
    );
    assert_eq!(
        end(Reply::status(400), only(202)).unwrap_err().class(),
        ErrorClass::Rejected
    );
}

#[test]
fn what_was_answered_is_told_and_no_secret_of_the_request() {
    let server = HttpServer::start([Reply::echo().with_status(400)]);
    let mut config = config(&server).bearer("token-of-the-test");
    config.params.insert(
        "unused".into(),
        alert_core::Secret::new("param-of-the-test"),
    );
    config.template = Some("[{{ params.unused }}, {{ title }}]".into());
    let error = open(&config)
        .deliver(
            &Alert::info("told").build(),
            &alert_core::Attempt::first(LONG),
        )
        .unwrap_err();
    let text = format!("{} {error:?}", whole(&error));
    assert!(text.contains("400"), "{text}");
    for secret in ["token-of-the-test", "path-token-4711", "param-of-the-test"] {
        assert!(!text.contains(secret), "{text}");
    }
}

#[test]
fn a_compressed_body_that_is_refused_is_sent_once_more_plain_and_so_are_those_behind_it() {
    let plain_alone = |request: &Received| {
        let packed = request.header("content-encoding").is_some();
        Reply::status(if packed { 415 } else { 204 })
    };
    let server = HttpServer::answering(plain_alone);
    let mut config = config(&server).format(Format::JsonArray);
    config.gzip = true;
    let mut sink = open(&config);
    let sent = alerts(&["a", "b", "c", "d", "e"]);
    for end in Batch::by_hand_with(&sent[..4], LONG, 2, 2, |batch| sink.deliver_batch(batch)) {
        assert!(end.is_ok(), "{end:?}");
    }
    send(&mut sink, &sent[4]).expect("it is taken");
    let received = server.received();
    let packed = |r: &&Received| r.header("content-encoding").is_some();
    let plain: Vec<&Received> = received.iter().filter(|r| !packed(r)).collect();
    // Two were in flight before the first answer came.
    assert!((1..=2).contains(&received.iter().filter(packed).count()));
    assert_eq!(plain.len(), 3, "{received:#?}");
    let key = |r: &Received| r.header("idempotency-key").unwrap().to_owned();
    assert!(plain.iter().any(|plain| key(plain) == key(&received[0])));
    assert_eq!(plain[2].json()[0]["title"], "e");
}

#[test]
fn a_type_that_is_refused_compressed_and_plain_makes_the_endpoint_unusable() {
    let server = HttpServer::start([Reply::status(415)]);
    let mut config = config(&server);
    config.gzip = true;
    let error = send(&mut open(&config), &Alert::info("t").build()).unwrap_err();
    assert_eq!(error.class(), ErrorClass::Unusable);
    assert_eq!(server.received().len(), 2);
}

#[test]
fn neither_half_of_basic_credentials_is_told_if_an_answer_repeats_it() {
    let server = HttpServer::start([
        Reply::status(403).body("no rights for token-as-user-1 with password-2-of-it")
    ]);
    let mut config = config(&server);
    config.basic = Some(Basic::new("token-as-user-1", "password-2-of-it"));
    let error = send(&mut open(&config), &Alert::info("t").build()).unwrap_err();
    let text = format!("{} {error:?} {config:?} {config:#?}", whole(&error));
    assert!(text.contains("no rights for"), "{text}");
    for half in ["token-as-user-1", "password-2-of-it"] {
        assert!(!text.contains(half), "{text}");
    }
}

#[test]
fn a_signing_secret_is_not_told_if_the_receiver_does() {
    let body = format!("signed with another secret than {SIGNING}");
    let server = HttpServer::start([Reply::status(403).body(body)]);
    let config = config(&server).signing_secret(SIGNING);
    let error = send(&mut open(&config), &Alert::info("t").build()).unwrap_err();
    assert!(whole(&error).contains("signed with another secret"));
    assert!(!whole(&error).contains(SIGNING), "{error}");
}
