//! What a sink says beside the outcome: what it did not come to, what its
//! service answered, what it would send.

mod doubles;

use std::sync::{Arc, Mutex, PoisonError};
use std::time::Instant;

use alert_core::delivery::{Dedup, Delivery, Filter};
use alert_core::{
    Alert, Attempt, Batch, Delivered, Limits, OpenContext, Pipeline, Plan, Preview, Redaction,
    Severity, Sink, SinkConfig, SinkEntry, SinkError, Verdict,
};
use doubles::{HandClock, LIMIT, secs};
use proptest::prelude::*;

/// Takes so many alerts of each batch and puts back the others.
struct Few {
    most: usize,
    taken: Arc<Mutex<Vec<String>>>,
}

impl Sink for Few {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Batch::one(alert, attempt, |batch| self.deliver_batch(batch))
    }

    fn deliver_batch(&mut self, batch: &Batch<'_>) -> Result<(), SinkError> {
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        for (index, (alert, _)) in batch.iter().enumerate() {
            match index < self.most {
                true => taken.push(alert.title().to_owned()),
                false => batch.leave(index),
            }
        }
        Ok(())
    }
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(32))]
    #[test]
    fn what_a_sink_puts_back_is_delivered_once_and_in_order(
        most in 1..6_usize, batch in 1..40_usize, in_flight in 1..4_usize, alerts in 1..80_usize,
    ) {
        let taken = Arc::new(Mutex::new(Vec::new()));
        let seen = taken.clone();
        let limits = Limits::none().batch(batch).in_flight(in_flight);
        let plan = Plan::opener("few", limits, move |_| Ok(Few { most, taken: seen.clone() }));
        let mut delivery = Delivery::default();
        delivery.in_flight = in_flight;
        let entry = SinkEntry::new("sink", plan).delivery(delivery);
        let pipeline = Pipeline::builder().entry(entry).build();
        let titles: Vec<String> = (0..alerts).map(|n| n.to_string()).collect();
        for title in &titles {
            pipeline.emit(Alert::info(title.clone()).build());
        }
        prop_assert!(pipeline.close(LIMIT));
        let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
        prop_assert_eq!(&*taken, &titles);
    }
}

/// Answers as it was told to.
#[derive(Debug, serde::Deserialize)]
struct Service {
    token: String,
    refuses: bool,
}

impl SinkConfig for Service {
    const KIND: &'static str = "service";
    type Sink = Answering;

    fn open(&self, _: &OpenContext<'_>) -> Result<Answering, SinkError> {
        Ok(Answering {
            said: format!("200 in 3 ms: hello\n{}", self.token),
            refuses: self.refuses,
        })
    }

    fn limits(&self) -> Limits {
        Limits::none().title(alert_core::Text::chars(8))
    }

    fn preview(&self, alert: &Alert, _: &Attempt<'_>) -> Option<Preview> {
        let body = format!("{} for {}", alert.title(), self.token);
        Some(Preview::new("POST text/plain", body))
    }
}

struct Answering {
    said: String,
    refuses: bool,
}

impl Sink for Answering {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        match self.refuses {
            true => Err(SinkError::rejected("refused").answered(self.said.clone())),
            false => Ok(Delivered::new().answered(self.said.clone())),
        }
    }
}

const TOKEN: &str = "hunter2-hunter2";

fn secretive() -> Redaction {
    let redaction = Redaction::none();
    redaction.learn([TOKEN]);
    redaction
}

fn service(refuses: bool) -> Service {
    Service {
        token: TOKEN.to_owned(),
        refuses,
    }
}

#[test]
fn what_a_service_answered_is_in_the_outcome_on_one_line_without_secrets() {
    for (refuses, verdict) in [(false, Verdict::Delivered), (true, Verdict::Rejected)] {
        let pipeline = Pipeline::builder()
            .sink("service", service(refuses))
            .redact(secretive())
            .build();
        let outcomes = pipeline.emit_tracked(Alert::info("a").build()).wait(LIMIT);
        let outcome = outcomes.get("service").expect("it came to its end");
        assert_eq!(outcome.verdict(), verdict);
        let answer = outcome.answer().expect("it was said");
        assert!(answer.starts_with("200 in 3 ms: hello\\n"), "{answer}");
        assert!(!answer.contains("hunter2"), "{answer}");
    }
}

/// Overloaded for ever.
struct Overloaded;

impl Sink for Overloaded {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Err(SinkError::transient("overloaded").answered("503 in 3 ms"))
    }
}

#[test]
fn what_a_service_answered_last_is_told_of_an_alert_that_waited_for_another_try() {
    let plan = Plan::opener("overloaded", Limits::none(), |_| Ok(Overloaded));
    let entry = SinkEntry::new("service", plan);
    let pipeline = Pipeline::builder().entry(entry).build();
    let receipt = pipeline.emit_tracked(Alert::info("a").build());
    pipeline.close(secs(1));
    let outcomes = receipt.wait(LIMIT);
    let outcome = outcomes.get("service").expect("it came to its end");
    assert_eq!(outcome.verdict(), Verdict::Abandoned);
    assert_eq!(outcome.answer(), Some("503 in 3 ms"));
}

#[test]
fn what_a_sink_would_send_is_shown_as_it_is_cut_without_secrets() {
    let builder = Pipeline::builder()
        .sink("service", service(false))
        .entry(SinkEntry::new("broken", Plan::broken("x", "no such type")))
        .redact(secretive());
    let alert = builder.fill(Alert::info("a title that is too long").build());
    let preview = builder.preview("service", &alert).expect("it is whole");
    let preview = preview.expect("it is shown");
    assert_eq!(preview.headline(), "POST text/plain");
    let (title, token) = preview.body().split_once(" for ").expect("both are there");
    assert!(title.chars().count() <= 8, "{title}");
    assert!(!token.contains("hunter2"), "{token}");
    assert_eq!(
        builder.preview("broken", &alert),
        Err("no such type".into())
    );
    assert_eq!(builder.preview("nobody", &alert), Ok(None));
}

#[test]
fn without_gates_everything_gets_to_its_sink() {
    let mut delivery = Delivery::default();
    delivery.dedup = Some(Dedup { within: secs(600) });
    let taken = Arc::new(Mutex::new(Vec::new()));
    let seen = taken.clone();
    let plan = Plan::opener("few", Limits::none(), move |_| {
        let taken = seen.clone();
        Ok(Few { most: 9, taken })
    });
    let entry = SinkEntry::new("sink", plan)
        .delivery(delivery)
        .filter(Filter::all().min_severity(Severity::Critical));
    let pipeline = Pipeline::builder().entry(entry).without_gates().build();
    for _ in 0..2 {
        pipeline.emit(Alert::info("a").build());
    }
    assert!(pipeline.close(LIMIT));
    let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    assert_eq!(*taken, ["a", "a"]);
}

/// Takes four seconds for each.
struct Slow {
    clock: HandClock,
    taken: Arc<Mutex<Vec<(Instant, String)>>>,
}

impl Sink for Slow {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.clock.advance(secs(4));
        let mut taken = self.taken.lock().unwrap_or_else(PoisonError::into_inner);
        taken.push((attempt.deadline(), alert.title().to_owned()));
        Ok(Delivered::new())
    }
}

#[test]
fn a_slow_sink_is_not_handed_more_of_a_batch_than_it_has_time_for() {
    let clock = HandClock::new();
    let taken = Arc::new(Mutex::new(Vec::new()));
    let (hand, seen) = (clock.clone(), taken.clone());
    let plan = Plan::opener("slow", Limits::none().batch(9), move |_| {
        let (clock, taken) = (hand.clone(), seen.clone());
        Ok(Slow { clock, taken })
    });
    let mut delivery = Delivery::default();
    delivery.attempt_timeout = secs(10);
    delivery.batch.linger = secs(3600);
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("slow", plan).delivery(delivery))
        .clock(clock)
        .build();
    let titles: Vec<String> = (0..9).map(|n| n.to_string()).collect();
    for title in &titles {
        pipeline.emit(Alert::info(title.clone()).build());
    }
    assert!(pipeline.close(LIMIT));
    let taken = taken.lock().unwrap_or_else(PoisonError::into_inner);
    let order: Vec<&String> = taken.iter().map(|(_, title)| title).collect();
    assert_eq!(order, titles.iter().collect::<Vec<_>>());
    // Two of four seconds leave too little of ten for a third.
    for attempt in taken.chunk_by(|one, other| one.0 == other.0) {
        assert!(attempt.len() <= 2, "{taken:?}");
    }
}
