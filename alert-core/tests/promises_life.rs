//! Firing and resolved are one life: at every sink the resolved alert goes where
//! its firing one was delivered, and tells both where that was not.

mod doubles;

use std::thread;

use alert_core::delivery::{Delivery, Filter, Same, Throttle};
use alert_core::{
    Alert, AlertBuilder, Attempt, Delivered, Limits, Pipeline, Plan, Reason, Severity, Sink,
    SinkEntry, SinkError, Status, Verdict,
};
use doubles::{Gate, HandClock, LIMIT, Record, assert_balanced, assert_ended, secs};

/// Refuses what is titled `lost…`, and writes down the rest.
struct Picky(Record);

impl Sink for Picky {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        if alert.title().starts_with("lost") {
            return Err(SinkError::rejected("not this one"));
        }
        self.0.push(alert, attempt);
        Ok(Delivered::new())
    }
}

fn picky(name: &str, record: &Record) -> SinkEntry {
    let record = record.clone();
    // Whole batches are refused, so that the lane asks one by one.
    let plan = Plan::opener("picky", Limits::none().batch(7), move |_| {
        Ok(Picky(record.clone()))
    });
    SinkEntry::new(name, plan)
}

#[test]
fn the_sink_that_lost_the_firing_tells_both_and_the_other_only_the_end() {
    let (ops, log) = (Record::new(), Record::new());
    let pipeline = Pipeline::builder()
        .entry(picky("ops", &ops))
        .entry(log.sink("log"))
        .build();
    let firing = Alert::critical("lost: disk full").dedup_key("disk").build();
    let raised = firing.time();
    let firing = pipeline.emit_tracked(firing).wait(LIMIT);
    let resolved = Alert::info("disk has room").dedup_key("disk").resolved();
    let resolved = pipeline.emit_tracked(resolved).wait(LIMIT);

    assert_eq!(firing.get("ops").unwrap().verdict(), Verdict::Rejected);
    assert!(firing.get("log").unwrap().is_delivered());
    for sink in ["ops", "log"] {
        assert!(resolved.get(sink).unwrap().is_delivered());
    }
    let told = ops.all().remove(0);
    let untold = told.firing.expect("it was not delivered");
    assert_eq!(
        (untold.at(), untold.severity()),
        (raised, Severity::Critical)
    );
    assert_eq!(
        (untold.title(), untold.why()),
        ("lost: disk full", "rejected: refused")
    );
    assert_eq!(told.lost.rejected, 1, "the count of losses is as ever");
    let remark = format!(
        "also tells of its firing at {raised}, which was not delivered: rejected: refused \
         (critical: lost: disk full)"
    );
    assert!(told.remarks.contains(&remark), "{:?}", told.remarks);
    let ends: Vec<_> = log.all().iter().map(|told| told.firing.is_some()).collect();
    assert_eq!(ends, [false, false]);

    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    let ledger = &stats.sink("ops").unwrap().ledger;
    assert_eq!((ledger.offered(), ledger.delivered()), (2, 1));
}

#[test]
fn a_resolved_alert_whose_firing_was_delivered_is_stopped_by_no_gate() {
    let (clock, record, plain) = (HandClock::new(), Record::new(), Record::new());
    let mut delivery = Delivery::default();
    delivery.throttle = Some(Throttle {
        at_most: 2,
        every: secs(60),
        same: Same::Sink,
    });
    let entry = record.sink("ops").delivery(delivery);
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(entry.filter(Filter::all().min_severity(Severity::Warning)))
        .entry(plain.sink("plain"))
        .build();
    let at_ops = |alert: AlertBuilder| {
        let outcomes = pipeline.emit_tracked(alert).wait(LIMIT);
        outcomes.get("ops").unwrap().reason()
    };
    let firing = |key: &'static str| Alert::warning("firing").dedup_key(key);
    let end = |key: &'static str| Alert::info("end").dedup_key(key).resolved();

    assert_eq!(at_ops(firing("a")), Reason::Delivered);
    assert_eq!(at_ops(firing("b")), Reason::Delivered);
    assert_eq!(at_ops(firing("c")), Reason::Throttled);
    let below = Alert::info("firing").dedup_key("d");
    assert_eq!(at_ops(below), Reason::MinSeverity);

    assert_eq!(at_ops(end("a")), Reason::Delivered);
    assert_eq!(at_ops(end("b")), Reason::Delivered);
    assert_eq!(at_ops(end("b")), Reason::MinSeverity, "told already");
    assert_eq!(at_ops(end("d")), Reason::MinSeverity, "never taken");
    assert_eq!(
        at_ops(end("c")),
        Reason::Throttled,
        "over the throttle only at its pace"
    );
    // A worker that has answered may still be on its way out of the sink, and the
    // clock must not jump past its deadline.
    assert!(pipeline.flush(LIMIT));
    clock.advance(secs(60));
    assert_eq!(at_ops(end("c")), Reason::Delivered);

    let untold: Vec<_> = record.all().iter().map(|r| r.firing.is_some()).collect();
    assert_eq!(untold, [false, false, false, false, true]);
    assert_eq!(plain.all().len(), 10, "nothing unless configured");
    assert!(plain.all().iter().all(|received| received.firing.is_none()));
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn with_many_threads_each_resolved_alert_finds_what_became_of_its_firing() {
    const THREADS: usize = 4;
    const KEYS: usize = 200;
    let (ops, log) = (Record::new(), Record::new());
    let pipeline = Pipeline::builder()
        .entry(picky("ops", &ops))
        .entry(log.sink("log"))
        .build();
    let lost = |n: usize| n.is_multiple_of(3);
    thread::scope(|scope| {
        for t in 0..THREADS {
            let pipeline = &pipeline;
            scope.spawn(move || {
                for n in 0..KEYS {
                    let title = if lost(n) { "lost" } else { "firing" };
                    let alert = |title| Alert::warning(title).dedup_key(format!("{t}/{n}"));
                    pipeline.emit_within(alert(title), LIMIT);
                    if n > 0 {
                        let end = Alert::info("end").dedup_key(format!("{t}/{}", n - 1));
                        pipeline.emit_within(end.resolved(), LIMIT);
                    }
                }
            });
        }
    });
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
    let mut seen = std::collections::HashSet::new();
    let mut ends = 0;
    for received in ops.all() {
        let key = received.alert.dedup_key().unwrap().to_owned();
        if received.alert.status() == Status::Firing {
            assert!(received.firing.is_none());
            seen.insert(key);
            continue;
        }
        let n: usize = key.split_once('/').unwrap().1.parse().unwrap();
        assert_eq!(received.firing.is_some(), lost(n), "{key}");
        assert_eq!(seen.contains(&key), !lost(n), "{key}: before its end");
        ends += 1;
    }
    assert_eq!(ends, THREADS * (KEYS - 1));
    assert!(log.all().iter().all(|received| received.firing.is_none()));
}

#[test]
fn of_more_keys_than_are_kept_the_quietest_is_an_ordinary_alert_again() {
    let record = Record::new();
    let pipeline = Pipeline::builder().entry(picky("ops", &record)).build();
    let firing = |n: usize| Alert::warning("lost").dedup_key(n.to_string());
    for n in 0..=4096 {
        // One after the other, so that it is known which was quiet for longest.
        let outcomes = pipeline.emit_tracked(firing(n)).wait(LIMIT);
        assert_eq!(outcomes.get("ops").unwrap().reason(), Reason::Refused);
    }
    let end = |n: usize| Alert::warning("end").dedup_key(n.to_string()).resolved();
    for n in [0, 1, 4096] {
        assert!(pipeline.emit_tracked(end(n)).wait(LIMIT).any_delivered());
    }
    let untold: Vec<_> = record.all().iter().map(|r| r.firing.is_some()).collect();
    assert_eq!(untold, [false, true, true]);
    assert_balanced(&pipeline.stats());
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn a_sink_that_took_the_firing_only_as_a_fallback_is_told_of_its_end_and_of_no_other() {
    let (ops, spare) = (Record::new(), Record::new());
    let mut delivery = Delivery::default();
    delivery.fallback = Some("spare".into());
    let pipeline = Pipeline::builder()
        .entry(picky("ops", &ops).delivery(delivery))
        .entry(spare.sink("spare").filter(Filter::all().only_as_fallback()))
        .build();
    let resolved = |key: &'static str| Alert::info("over").dedup_key(key).resolved();
    let firing = pipeline.emit_tracked(Alert::critical("lost: disk").dedup_key("disk"));
    assert!(firing.wait(LIMIT).get("spare").unwrap().is_delivered());
    pipeline.emit(Alert::critical("cpu").dedup_key("cpu"));
    pipeline.emit(resolved("cpu"));
    pipeline.emit(resolved("disk"));
    pipeline.emit(resolved("disk"));
    assert!(pipeline.close(LIMIT));
    let told: Vec<_> = spare.all();
    let keys: Vec<_> = told
        .iter()
        .map(|told| (told.alert.dedup_key().unwrap(), told.alert.status()))
        .collect();
    assert_eq!(
        keys,
        [("disk", Status::Firing), ("disk", Status::Resolved)],
        "once, and nothing of the other key"
    );
    assert!(told[1].firing.is_none(), "it was delivered here");
    assert_balanced(&pipeline.stats());
}

/// Waits at the gate before it refuses what is titled `lost…`.
struct Slow(Gate, Picky);

impl Sink for Slow {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        if alert.title().starts_with("lost") {
            self.0.pass();
        }
        self.1.deliver(alert, attempt)
    }
}

#[test]
fn a_fallback_that_took_the_firing_while_its_resolved_one_waited_is_told_of_the_end_too() {
    let (gate, ops, spare, last) = (Gate::new(), Record::new(), Record::new(), Record::new());
    let slow = {
        let (gate, ops) = (gate.clone(), ops.clone());
        SinkEntry::opener("ops", move |_| Ok(Slow(gate.clone(), Picky(ops.clone()))))
    };
    let falls_back_to = |name: &str| {
        let mut delivery = Delivery::default();
        delivery.fallback = Some(name.into());
        delivery
    };
    let only = Filter::all().only_as_fallback();
    let pipeline = Pipeline::builder()
        .entry(slow.delivery(falls_back_to("spare")))
        .entry(
            picky("spare", &spare)
                .delivery(falls_back_to("last"))
                .filter(only.clone()),
        )
        .entry(last.sink("last").filter(only))
        .build();
    pipeline.emit(Alert::critical("lost: disk").dedup_key("disk"));
    gate.await_arrivals(1);
    pipeline.emit(Alert::info("over").dedup_key("disk").resolved());
    gate.open();
    assert!(pipeline.flush(LIMIT));
    for (record, titles, tells_both) in [
        (&ops, &["over"][..], true),
        (&spare, &["over"], true),
        (&last, &["lost: disk", "over"], false),
    ] {
        let all = record.wait_for(titles.len());
        assert_eq!(record.titles(), titles);
        assert_eq!(all.last().unwrap().firing.is_some(), tells_both);
    }
    assert!(pipeline.close(LIMIT));
    assert_balanced(&pipeline.stats());
}
