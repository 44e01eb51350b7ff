//! A dead sink is news to the others, and its recovery too; what an attempt
//! tells beside its alert; dedup and throttle by a clock in the test's hand.

mod doubles;

use std::sync::mpsc;
use std::time::Duration;

use alert_core::delivery::{Dedup, Delivery, Filter, Same, Throttle};
use alert_core::{
    Alert, Attempt, Delivered, Pipeline, PipelineBuilder, Reason, Severity, Sink, SinkEntry,
    SinkError, Status, Verdict,
};
use doubles::{HandClock, LIMIT, Lines, Record, assert_balanced, assert_ended, secs};

/// Does with each alert what it is told to.
struct Told(mpsc::Receiver<Result<(), SinkError>>, Record);

impl Sink for Told {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.1.push(alert, attempt);
        match self.0.recv_timeout(LIMIT) {
            Ok(result) => result.map(|()| Delivered::new()),
            Err(_) => Err(SinkError::rejected("nobody told it anything")),
        }
    }
}

/// A sink that is told what to return, and whose tries are written down.
fn told(name: &str) -> (SinkEntry, mpsc::Sender<Result<(), SinkError>>, Record) {
    let (tell, orders) = mpsc::channel();
    let record = Record::new();
    let orders = std::sync::Mutex::new(Some(orders));
    let tries = record.clone();
    let entry = SinkEntry::opener(name, move |_| {
        let orders = orders.lock().unwrap().take();
        let orders = orders.ok_or_else(|| SinkError::unusable("it was opened before"))?;
        Ok(Told(orders, tries.clone()))
    });
    (entry, tell, record)
}

fn on(clock: &HandClock) -> PipelineBuilder {
    Pipeline::builder().clock(clock.clone())
}

/// Waits until so many alerts have reached the lanes.
fn await_routed(pipeline: &Pipeline, many: u64) {
    let began = std::time::Instant::now();
    while pipeline.stats().process.routed < many {
        assert!(began.elapsed() < LIMIT);
        std::thread::yield_now();
    }
}

/// At full pace whatever happens, so that only the test's clock decides; and no
/// jump of it finds a worker on its way out of the sink too slow.
fn steady() -> Delivery {
    let mut delivery = Delivery::default();
    delivery.retry.first = Duration::ZERO;
    delivery.retry.cap = Duration::ZERO;
    delivery.retry.max_age = Duration::MAX;
    delivery.retry.max_attempts = u32::MAX;
    delivery.circuit.after = u32::MAX;
    delivery.attempt_timeout = secs(1_000_000);
    delivery
}

#[test]
fn a_lane_that_fails_for_long_is_news_to_the_others_and_so_is_its_recovery() {
    let (clock, others) = (HandClock::new(), [Record::new(), Record::new()]);
    let (failing, tell, tries) = told("ops");
    let pipeline = on(&clock)
        .entry(others[0].sink("first").delivery(steady()))
        .entry(failing.delivery(steady()))
        .entry(others[1].sink("last").delivery(steady()))
        .build();
    pipeline.emit(Alert::info("x"));
    tries.wait_for(1);
    tell.send(Err(SinkError::transient("connection refused")))
        .unwrap();
    tries.wait_for(2);
    clock.advance(secs(299));
    tell.send(Err(SinkError::transient("still refused")))
        .unwrap();
    tries.wait_for(3);
    for other in &others {
        assert_eq!(other.wait_for(1).len(), 1, "not yet");
    }
    clock.advance(secs(1));
    for other in &others {
        let notice = &other.wait_for(2)[1].alert;
        assert_eq!(notice.title(), "alert sink ops is failing");
        assert_eq!(notice.message(), "still refused");
        assert_eq!(notice.source(), "alert.pipeline");
        assert_eq!(notice.dedup_key(), Some("sink:ops"));
        assert_eq!(
            (notice.status(), notice.severity()),
            (Status::Firing, Severity::Warning)
        );
    }
    tell.send(Ok(())).unwrap();
    for other in &others {
        let notice = &other.wait_for(3)[2].alert;
        assert_eq!(notice.title(), "alert sink ops works again");
        assert_eq!(
            (notice.dedup_key(), notice.status()),
            (Some("sink:ops"), Status::Resolved)
        );
    }
    assert!(pipeline.close(LIMIT));
    let stats = pipeline.stats();
    assert_balanced(&stats);
    assert_eq!(stats.process.routed, 3, "notices are among them");
    assert_eq!(
        stats.sink("ops").unwrap().ledger.offered(),
        1,
        "never over the one that failed"
    );
    assert_eq!(stats.sink("last").unwrap().ledger.delivered(), 3);
}

#[test]
fn a_sink_that_never_opens_and_one_that_is_halted_are_news() {
    let (clock, other) = (HandClock::new(), Record::new());
    let pipeline = on(&clock)
        .entry(SinkEntry::opener("closed", |_| {
            Err::<Told, _>(SinkError::unusable("no route to host"))
        }))
        .entry(SinkEntry::new(
            "halted",
            alert_core::Plan::broken("file", "unknown key `x`"),
        ))
        .entry(other.sink("other").delivery(steady()))
        .build();
    pipeline.emit(Alert::info("x"));
    other.wait_for(1);
    while pipeline
        .stats()
        .sink("closed")
        .unwrap()
        .last_error
        .is_none()
    {
        std::thread::yield_now();
    }
    clock.advance(secs(300));
    let mut titles: Vec<_> = other.wait_for(3)[1..]
        .iter()
        .map(|received| format!("{}: {}", received.alert.title(), received.alert.message()))
        .collect();
    titles.sort();
    assert_eq!(
        titles,
        [
            "alert sink closed is failing: no route to host",
            "alert sink halted is failing: unknown key `x`",
        ]
    );
    pipeline.close(Duration::ZERO);
}

#[test]
fn a_stuck_worker_is_replaced_when_the_clock_says_so() {
    let (clock, record) = (HandClock::new(), Record::new());
    let gate = doubles::Gate::new();
    let _end = gate.opened_at_end();
    let entry = {
        let (gate, record) = (gate.clone(), record.clone());
        let first = std::sync::atomic::AtomicBool::new(true);
        SinkEntry::opener("hangs once", move |_| {
            let hangs = first.swap(false, std::sync::atomic::Ordering::Relaxed);
            Ok(HangsOnce(hangs.then(|| gate.clone()), record.clone()))
        })
    };
    let pipeline = on(&clock).entry(entry).build();
    let stuck = pipeline.emit_tracked(Alert::info("stuck"));
    gate.await_arrivals(1);
    pipeline.emit(Alert::info("next"));
    await_routed(&pipeline, 2);
    clock.advance(secs(11));
    assert_eq!(
        stuck.wait(LIMIT).get("hangs once").unwrap().reason(),
        Reason::Deadline
    );
    clock.advance(secs(1));
    let next = &record.wait_for(1)[0];
    assert_eq!(next.alert.title(), "next");
    assert_eq!(next.lost.abandoned, 1, "told in-band");
    assert_eq!(next.late_by, secs(12));
}

struct HangsOnce(Option<doubles::Gate>, Record);

impl Sink for HangsOnce {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        if let Some(gate) = &self.0 {
            gate.pass();
            return Err(SinkError::transient("it is over"));
        }
        self.1.push(alert, attempt);
        Ok(Delivered::new())
    }
}

#[test]
fn an_attempt_tells_its_number_its_lateness_and_what_was_lost_before() {
    let clock = HandClock::new();
    let (entry, tell, tries) = told("ops");
    let pipeline = on(&clock).entry(entry.delivery(steady())).build();
    pipeline.emit(Alert::info("refused"));
    tell.send(Err(SinkError::rejected("no"))).unwrap();
    pipeline.emit(Alert::info("late"));
    tries.wait_for(2);
    clock.advance(secs(70));
    tell.send(Err(SinkError::transient("not now"))).unwrap();
    tell.send(Ok(())).unwrap();
    pipeline.emit(Alert::info("in time"));
    tell.send(Ok(())).unwrap();
    let tries = tries.wait_for(4);
    let told: Vec<_> = tries
        .iter()
        .map(|t| {
            (
                t.alert.title(),
                t.number,
                t.late_by,
                t.lost.total(),
                t.lost.rejected,
            )
        })
        .collect();
    assert_eq!(
        told,
        [
            ("refused", 1, secs(0), 0, 0),
            ("late", 1, secs(0), 1, 1),
            ("late", 2, secs(70), 1, 1),
            ("in time", 1, secs(0), 0, 0),
        ]
    );
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn repeats_are_suppressed_for_a_while_and_the_next_one_stands_for_them() {
    let (clock, record, plain) = (HandClock::new(), Record::new(), Record::new());
    let mut delivery = steady();
    delivery.dedup = Some(Dedup { within: secs(900) });
    let pipeline = on(&clock)
        .entry(record.sink("dedup").delivery(delivery))
        .entry(plain.sink("plain").delivery(steady()))
        .build();
    let emit = || {
        pipeline
            .emit_tracked(Alert::warning("disk full").dedup_key("disk"))
            .wait(LIMIT)
    };
    assert!(emit().get("dedup").unwrap().is_delivered());
    for _ in 0..3 {
        let outcomes = emit();
        let repeat = outcomes.get("dedup").unwrap();
        assert_eq!(
            (repeat.verdict(), repeat.reason()),
            (Verdict::Suppressed, Reason::Duplicate)
        );
        assert!(
            outcomes.get("plain").unwrap().is_delivered(),
            "nothing unless configured"
        );
    }
    assert_eq!(pipeline.stats().sink("dedup").unwrap().suppressed_untold, 3);
    let resolved = pipeline.emit_tracked(Alert::warning("ok").dedup_key("disk").resolved());
    assert!(
        resolved.wait(LIMIT).get("dedup").unwrap().is_delivered(),
        "no repeat"
    );
    clock.advance(secs(900));
    assert!(emit().get("dedup").unwrap().is_delivered());
    let stands_for: Vec<_> = record
        .all()
        .iter()
        .map(|received| received.stands_for)
        .collect();
    assert_eq!(stands_for, [0, 0, 3]);
    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    assert_eq!(stats.sink("dedup").unwrap().suppressed_untold, 0);
    assert_eq!(plain.all().len(), 6);
}

#[test]
fn the_repeat_of_an_alert_that_was_lost_is_no_repeat() {
    let clock = HandClock::new();
    let (entry, tell, tries) = told("ops");
    let mut delivery = steady();
    delivery.dedup = Some(Dedup { within: secs(900) });
    let pipeline = on(&clock).entry(entry.delivery(delivery)).build();
    let emit = || pipeline.emit_tracked(Alert::warning("disk full"));
    tell.send(Err(SinkError::rejected("no"))).unwrap();
    assert_eq!(
        emit().wait(LIMIT).get("ops").unwrap().reason(),
        Reason::Refused
    );
    tell.send(Ok(())).unwrap();
    assert!(emit().wait(LIMIT).get("ops").unwrap().is_delivered());
    assert_eq!(
        emit().wait(LIMIT).get("ops").unwrap().reason(),
        Reason::Duplicate
    );
    assert_eq!(tries.all()[1].lost.rejected, 1);
}

#[test]
fn a_throttle_lets_through_its_rate_and_what_passes_stands_for_the_rest() {
    let (clock, record) = (HandClock::new(), Record::new());
    let mut delivery = steady();
    delivery.throttle = Some(Throttle {
        at_most: 2,
        every: secs(60),
        same: Same::Source,
    });
    let pipeline = on(&clock)
        .entry(record.sink("throttled").delivery(delivery))
        .build();
    let emit = |source: &'static str| {
        let outcomes = pipeline
            .emit_tracked(Alert::info("x").source(source))
            .wait(LIMIT);
        outcomes.get("throttled").unwrap().reason()
    };
    let mut reasons = Vec::new();
    for _ in 0..5 {
        reasons.push(emit("a"));
    }
    use Reason::{Delivered, Throttled};
    assert_eq!(
        reasons,
        [Delivered, Delivered, Throttled, Throttled, Throttled]
    );
    assert_eq!(emit("b"), Delivered);
    clock.advance(secs(30));
    assert_eq!([emit("a"), emit("a")], [Delivered, Throttled]);
    clock.advance(secs(3_600));
    assert_eq!(
        [emit("a"), emit("a"), emit("a")],
        [Delivered, Delivered, Throttled]
    );
    let stands_for: Vec<_> = record
        .all()
        .iter()
        .map(|received| received.stands_for)
        .collect();
    assert_eq!(stands_for, [0, 0, 0, 3, 1, 0]);
    assert!(pipeline.close(LIMIT));
    assert_eq!(assert_ended(&pipeline).sinks[0].suppressed_untold, 1);
}

#[test]
fn what_no_later_alert_stands_for_is_told_at_close_once() {
    let (clock, record, lines) = (HandClock::new(), Record::new(), Lines::new());
    let mut delivery = steady();
    delivery.dedup = Some(Dedup { within: secs(900) });
    let pipeline = lines.listening(|| {
        on(&clock)
            .entry(record.sink("dedup").delivery(delivery))
            .build()
    });
    for _ in 0..4 {
        pipeline.emit(Alert::info("x"));
    }
    assert!(pipeline.close(LIMIT));
    lines.wait_for(&[
        "WARN",
        "dedup",
        "3 suppressed alerts were told by no later one",
    ]);
    let said = lines
        .all()
        .iter()
        .filter(|line| line.contains("were told by no later"))
        .count();
    assert_eq!(said, 1);
}

#[test]
fn a_filtered_alert_is_counted_and_answered_at_its_sink_alone() {
    let (picky, all) = (Record::new(), Record::new());
    let filter = Filter::all()
        .min_severity(Severity::Warning)
        .source("billing-*");
    let pipeline = Pipeline::builder()
        .source("shop")
        .entry(picky.sink("picky").filter(filter))
        .entry(all.sink("all"))
        .build();
    let reason = |alert: alert_core::AlertBuilder| {
        let outcomes = pipeline.emit_tracked(alert).wait(LIMIT);
        assert!(outcomes.get("all").unwrap().is_delivered());
        outcomes.get("picky").unwrap().reason()
    };
    assert_eq!(
        reason(Alert::info("x").source("billing-eu")),
        Reason::MinSeverity
    );
    assert_eq!(reason(Alert::critical("x")), Reason::Source);
    assert_eq!(
        reason(Alert::critical("x").source("billing-eu")),
        Reason::Delivered
    );
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
    assert_eq!((picky.all().len(), all.all().len()), (1, 3));
}
