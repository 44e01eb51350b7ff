//! What is this sink's own: what it makes of each answer, and of mistakes in its configuration.

mod service;

use std::time::Duration;

use alert_core::{Alert, Attempt, ErrorClass, OpenContext, Plan, Sink, SinkConfig, SinkError};
use __crate__::__Kind__Config as Config;

use service::{Service, TOKEN};

const LONG: Duration = Duration::from_secs(10);

/// What the sink says when the service answers so.
fn told(answer: &str) -> SinkError {
    let service = Service::start();
    service.answer(answer);
    let config = Config::new(service.address(), TOKEN);
    let mut sink = config.open(&OpenContext::new("test", LONG)).unwrap();
    let alert = Alert::warning("disk is filling").build();
    sink.deliver(&alert, &Attempt::first(LONG)).unwrap_err()
}

#[test]
fn a_refusal_concerns_one_alert_and_names_the_reason() {
    let error = told("no that is no news");
    assert_eq!(error.class(), ErrorClass::Rejected);
    assert_eq!(error.to_string(), "refused: that is no news");
}

#[test]
fn a_busy_service_is_left_alone_for_as_long_as_it_says() {
    let error = told("busy 7");
    assert!(error.is_rate_limit());
    assert_eq!(error.pause(), Some(Duration::from_secs(7)));
}

#[test]
fn a_denied_token_makes_the_sink_unusable() {
    assert_eq!(told("denied").class(), ErrorClass::Unusable);
}

#[test]
fn without_a_clear_answer_the_alert_may_have_arrived() {
    for answer in ["", "what?"] {
        let error = told(answer);
        assert_eq!(error.class(), ErrorClass::Transient);
        assert!(error.is_ambiguous(), "{answer:?}");
    }
}

#[test]
fn a_token_that_is_sent_back_is_not_shown() {
    let error = told(&format!("no {TOKEN} is unwelcome"));
    assert_eq!(error.to_string(), "refused: [token] is unwelcome");
}

#[test]
fn an_address_elsewhere_and_a_token_of_two_lines_are_mistakes() {
    let elsewhere = "192.0.2.1:7007".parse().unwrap();
    let config = Config::new(elsewhere, "two\nlines");
    let (problems, _) = Plan::config(config).check();
    let problems: Vec<_> = problems.iter().map(ToString::to_string).collect();
    assert_eq!(problems.len(), 2, "{problems:?}");
    assert!(problems[0].starts_with("address: "));
    assert!(problems[1].starts_with("token: "));
}
