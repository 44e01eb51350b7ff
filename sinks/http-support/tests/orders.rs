//! Whatever a service answers to whom: nothing is lost, nothing overtakes its key, nothing is asked
//! for more often than it may be.

mod common;

use std::collections::HashMap;
use std::sync::{Arc, Mutex, PoisonError};

use alert_core::{Alert, Limits, Pipeline, Reason, Receipt};
use alert_testkit::http::{HttpServer, Reply};
use alert_testkit::{SAFETY, TestPipeline};
use common::pager::{entry, numbers_of};
use proptest::prelude::*;

/// What a service has against an alert, until it takes it.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
enum Trouble {
    /// Fails, without a pause or with one.
    Down(u16),
    Later,
    /// Breaks off without an answer.
    Silent,
    Refused,
}

fn troubles() -> impl Strategy<Value = Vec<Trouble>> {
    let one = prop_oneof![
        4 => prop::sample::select(vec![500, 502, 503, 408, 421]).prop_map(Trouble::Down),
        2 => Just(Trouble::Later),
        2 => Just(Trouble::Silent),
        1 => Just(Trouble::Refused),
    ];
    prop_oneof![
        4 => Just(Vec::new()),
        1 => prop::collection::vec(one, 1..4),
    ]
}

type Script = Vec<(Option<u8>, Vec<Trouble>)>;

/// What becomes of an alert of this script, and how many requests tell of it at least.
fn end(troubles: &[Trouble]) -> (Reason, usize) {
    let mut silent = 0;
    for (at, trouble) in troubles.iter().enumerate() {
        match trouble {
            Trouble::Refused => return (Reason::Refused, at + 1),
            Trouble::Silent if silent == 1 => return (Reason::Ambiguous, at + 1),
            Trouble::Silent => silent += 1,
            _ => {}
        }
    }
    (Reason::Delivered, troubles.len() + 1)
}

#[derive(Default)]
struct Service {
    /// How often each was asked for.
    asked: HashMap<usize, usize>,
    /// In the order in which they were taken.
    taken: Vec<usize>,
}

fn run(script: &Script, in_flight: usize) -> (Vec<Reason>, Service) {
    let service = Arc::new(Mutex::new(Service::default()));
    let (state, troubles) = (service.clone(), script.clone());
    let server = HttpServer::answering(move |request| {
        let number = numbers_of(request)[0];
        let mut state = state.lock().unwrap_or_else(PoisonError::into_inner);
        let asked = state.asked.entry(number).or_default();
        *asked += 1;
        match troubles[number].1.get(*asked - 1) {
            Some(Trouble::Down(status)) => Reply::status(*status),
            Some(Trouble::Later) => Reply::status(429).header("retry-after", "0.002"),
            Some(Trouble::Silent) => Reply::reset_after_request(),
            Some(Trouble::Refused) => Reply::status(400),
            None => {
                state.taken.push(number);
                Reply::status(204)
            }
        }
    });
    let limits = Limits::none().in_flight(in_flight);
    let entry = entry(&server, limits, |delivery| {
        delivery.retry.max_attempts = 1_000;
        delivery.circuit.wait = delivery.retry.first;
    });
    let pipeline = TestPipeline::start(Pipeline::builder().entry(entry));
    let receipts: Vec<Receipt> = script
        .iter()
        .enumerate()
        .map(|(number, (key, _))| {
            let alert = Alert::info(number.to_string());
            pipeline.emit_tracked(match key {
                Some(key) => alert.dedup_key(format!("key {key}")),
                None => alert,
            })
        })
        .collect();
    assert!(pipeline.flush(SAFETY), "it does not come to an end");
    let reasons = receipts.iter().map(|receipt| {
        let outcomes = receipt.wait(SAFETY);
        outcomes.get("pager").unwrap().reason()
    });
    let reasons = reasons.collect();
    assert!(server.in_flight_at_most() <= in_flight);
    assert!(pipeline.close(SAFETY));
    pipeline.check();
    let mut service = service.lock().unwrap_or_else(PoisonError::into_inner);
    (reasons, std::mem::take(&mut *service))
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(24))]

    #[test]
    fn nothing_is_lost_nor_overtakes_its_key_nor_is_asked_for_too_often(
        script in prop::collection::vec((prop::option::of(0..6_u8), troubles()), 1..60),
        in_flight in prop::sample::select(vec![1, 3, 16]),
    ) {
        let (reasons, service) = run(&script, in_flight);
        for (number, (_, troubles)) in script.iter().enumerate() {
            let (reason, requests) = end(troubles);
            prop_assert_eq!(reasons[number], reason, "{}", number);
            prop_assert_eq!(service.asked[&number], requests, "{}", number);
        }
        let mut last = HashMap::new();
        for number in &service.taken {
            if let Some(key) = script[*number].0 {
                let before = last.insert(key, *number);
                prop_assert!(before.is_none_or(|before| before < *number), "{:?}", service.taken);
            }
        }
    }
}
