//! G5: a close returns in its bound whatever hangs, a flush waits for what came
//! before it, and every receipt is answered.

mod doubles;

use std::panic::{self, AssertUnwindSafe};
use std::sync::{Arc, OnceLock, mpsc};
use std::thread;
use std::time::{Duration, Instant};

use alert_core::delivery::Delivery;
use alert_core::{
    Alert, Attempt, Delivered, LaneState, Observer, Pipeline, Reason, Sink, SinkEntry, SinkError,
    Verdict,
};
use doubles::{
    Behaviour, HandClock, LIMIT, LOADED, Record, Recorder, Stage, assert_ended, ms, quiet_panics,
    secs,
};

/// Runs it and checks that it took no longer than its bound.
fn bounded<R>(within: Duration, run: impl FnOnce() -> R) -> R {
    let began = Instant::now();
    let result = run();
    let took = began.elapsed();
    assert!(took < within + LOADED, "{took:?} of {within:?}");
    result
}

/// A pipeline with one sink of each of these behaviours and some alerts on
/// their way.
fn under_way(stage: &Stage, behaviours: &[Behaviour]) -> Pipeline {
    quiet_panics();
    let mut builder = Pipeline::builder();
    for behaviour in behaviours {
        let mut slow = Delivery::default();
        slow.attempt_timeout = secs(600);
        builder = builder.entry(
            behaviour
                .sink(&format!("{behaviour:?}"), stage)
                .delivery(slow),
        );
    }
    let pipeline = builder.build();
    for n in 0..10 {
        pipeline.emit(Alert::info(format!("{n}")));
    }
    pipeline
}

const HANGING: [Behaviour; 4] = [
    Behaviour::OpenHangs,
    Behaviour::DeliverHangs,
    Behaviour::FlushHangs,
    Behaviour::DropHangs,
];

#[test]
fn a_close_returns_in_its_bound_whatever_hangs_and_says_that_it_left_something() {
    for behaviour in HANGING {
        let stage = Stage::default();
        let _end = stage.gate.opened_at_end();
        let pipeline = under_way(&stage, &[behaviour]);
        let all = bounded(ms(200), || pipeline.close(ms(200)));
        assert!(!all, "{behaviour:?} was not let go");
        assert_ended(&pipeline);
    }
}

#[test]
fn a_close_that_lets_every_sink_go_says_so_and_takes_no_longer_than_it_must() {
    let stage = Stage::default();
    let behaviours = [
        Behaviour::Healthy,
        Behaviour::Batching,
        Behaviour::DropPanics,
    ];
    let pipeline = under_way(&stage, &behaviours);
    assert!(bounded(Duration::ZERO, || pipeline.close(secs(600))));
    for sink in &assert_ended(&pipeline).sinks {
        assert_eq!(sink.ledger.delivered(), 10);
        assert_eq!(sink.state, LaneState::Closed);
    }
}

#[test]
fn a_close_does_not_wait_for_what_cannot_work_again_in_time() {
    for behaviour in [
        Behaviour::OpenFails,
        Behaviour::Unusable,
        Behaviour::Halting,
    ] {
        let pipeline = under_way(&Stage::default(), &[behaviour]);
        assert!(
            bounded(Duration::ZERO, || pipeline.close(secs(600))),
            "{behaviour:?}"
        );
        let stats = assert_ended(&pipeline);
        assert_eq!(stats.sinks[0].ledger.lost(), 10);
    }
}

#[test]
fn a_close_without_time_and_a_close_for_ever_are_closes() {
    for within in [Duration::ZERO, Duration::MAX] {
        let pipeline = under_way(&Stage::default(), &[Behaviour::Healthy]);
        bounded(Duration::ZERO, || pipeline.close(within));
        assert_ended(&pipeline);
    }
}

#[test]
fn a_close_may_be_called_again_and_from_two_threads() {
    let stage = Stage::default();
    let _end = stage.gate.opened_at_end();
    let pipeline = under_way(&stage, &HANGING);
    thread::scope(|scope| {
        for within in [ms(200), ms(300)] {
            let pipeline = &pipeline;
            scope.spawn(move || bounded(within, || pipeline.close(within)));
        }
    });
    let before = assert_ended(&pipeline);
    assert!(!bounded(Duration::ZERO, || pipeline.close(secs(600))));
    assert!(bounded(Duration::ZERO, || pipeline.flush(secs(600))));
    let after = assert_ended(&pipeline);
    assert_eq!(before.process, after.process);
}

#[test]
fn a_shorter_close_beside_a_longer_one_keeps_its_own_bound() {
    let stage = Stage::default();
    let end = stage.gate.opened_at_end();
    let pipeline = under_way(&stage, &[Behaviour::DeliverHangs]);
    stage.gate.await_arrivals(1);
    thread::scope(|scope| {
        scope.spawn(|| pipeline.close(secs(600)));
        bounded(ms(100), || pipeline.close(ms(100)));
        drop(end);
    });
    assert_ended(&pipeline);
}

/// A sink that does something with the pipeline it belongs to.
struct Acts(
    Arc<OnceLock<Pipeline>>,
    fn(&Pipeline),
    mpsc::Sender<Duration>,
);

impl Sink for Acts {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        let began = Instant::now();
        (self.1)(self.0.wait());
        let _ = self.2.send(began.elapsed());
        Ok(Delivered::new())
    }
}

fn from_a_sink(act: fn(&Pipeline)) -> Duration {
    let slot = Arc::new(OnceLock::new());
    let (send, took) = mpsc::channel();
    let acts = {
        let slot = slot.clone();
        SinkEntry::opener("acts", move |_| Ok(Acts(slot.clone(), act, send.clone())))
    };
    let pipeline = Pipeline::builder().entry(acts).build();
    pipeline.emit(Alert::info("act"));
    assert!(slot.set(pipeline).is_ok());
    let took = took.recv_timeout(LIMIT).unwrap();
    let pipeline = slot.wait();
    pipeline.close(ms(100));
    assert_ended(pipeline);
    took
}

#[test]
fn a_close_from_a_sink_returns_in_its_bound() {
    let took = from_a_sink(|pipeline| {
        pipeline.close(ms(100));
    });
    assert!(took < ms(100) + LOADED, "{took:?}");
}

#[test]
fn a_flush_from_a_sink_returns_in_its_bound() {
    let took = from_a_sink(|pipeline| assert!(!pipeline.flush(ms(100)), "it waits for itself"));
    assert!(took < ms(100) + LOADED, "{took:?}");
}

#[test]
fn a_close_from_an_observer_returns_in_its_bound() {
    struct Closes(Arc<OnceLock<Pipeline>>, mpsc::Sender<Duration>);
    impl Observer for Closes {
        fn outcome(&mut self, _: &str, _: &Alert, _: &alert_core::Outcome) {
            let began = Instant::now();
            self.0.wait().close(ms(100));
            let _ = self.1.send(began.elapsed());
        }
    }
    let slot = Arc::new(OnceLock::new());
    let (send, took) = mpsc::channel();
    let pipeline = Pipeline::builder()
        .entry(Record::new().sink("record"))
        .observer(Closes(slot.clone(), send))
        .build();
    pipeline.emit(Alert::info("x"));
    assert!(slot.set(pipeline).is_ok());
    let took = took.recv_timeout(LIMIT).unwrap();
    assert!(took < ms(100) + LOADED, "{took:?}");
    assert_ended(slot.wait());
}

#[test]
fn a_drop_is_a_close_of_five_seconds_also_while_unwinding() {
    let stage = Stage::default();
    let _end = stage.gate.opened_at_end();
    let pipeline = under_way(&stage, &HANGING);
    let emitter = pipeline.emitter();
    let unwound = bounded(secs(5), || {
        panic::catch_unwind(AssertUnwindSafe(move || {
            let _pipeline = pipeline;
            panic::resume_unwind(Box::new("expected"));
        }))
    });
    assert!(unwound.is_err());
    let stats = emitter.stats();
    doubles::assert_balanced(&stats);
    assert!(stats.sinks.iter().all(|sink| sink.ledger.pending() == 0));
}

#[test]
fn what_is_delivered_after_a_close_is_late_and_nothing_else() {
    let stage = Stage::default();
    let pipeline = under_way(&stage, &[Behaviour::DeliverHangs]);
    stage.gate.await_arrivals(1);
    pipeline.close(ms(50));
    let before = assert_ended(&pipeline).sinks[0].ledger.clone();
    assert_eq!((before.count(Verdict::Abandoned), before.late()), (10, 0));
    stage.gate.open();
    stage.record.wait_for(1);
    let began = Instant::now();
    while pipeline.stats().sinks[0].ledger.late() == 0 {
        assert!(began.elapsed() < LIMIT);
        thread::yield_now();
    }
    let after = assert_ended(&pipeline).sinks[0].ledger.clone();
    assert_eq!(
        (
            after.count(Verdict::Abandoned),
            after.delivered(),
            after.late()
        ),
        (10, 0, 1)
    );
    // The rest of what it held is never delivered: a lane that is done is done.
    assert_eq!(stage.record.all().len(), 1);
}

#[test]
fn every_receipt_is_answered_by_a_close() {
    let stage = Stage::default();
    let _end = stage.gate.opened_at_end();
    let pipeline = under_way(&stage, &Behaviour::ALL);
    let receipts: Vec<_> = (0..20)
        .map(|n| pipeline.emit_tracked(Alert::warning(format!("{n}"))))
        .collect();
    bounded(ms(200), || pipeline.close(ms(200)));
    for receipt in receipts {
        let outcomes = receipt.peek();
        assert!(outcomes.is_complete(), "{outcomes:?}");
        assert_eq!(outcomes.iter().len(), Behaviour::ALL.len());
        assert!(outcomes.get("Healthy").unwrap().is_delivered());
        assert_eq!(
            outcomes.get("DeliverHangs").unwrap().reason(),
            Reason::Close
        );
        assert_eq!(outcomes.get("no such sink"), None);
    }
    assert_ended(&pipeline);
}

#[test]
fn receipts_tell_of_stuck_and_halted_sinks() {
    let (stage, clock) = (Stage::default(), HandClock::new());
    let _end = stage.gate.opened_at_end();
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(Behaviour::DeliverHangs.sink("stuck", &stage))
        .entry(Behaviour::Halting.sink("halted", &stage))
        .entry(stage.record.sink("healthy"))
        .build();
    let first = pipeline.emit_tracked(Alert::info("first"));
    stage.gate.await_arrivals(1);
    while first.peek().get("halted").is_none() {
        thread::yield_now();
    }
    assert!(first.peek().get("stuck").is_none());
    clock.advance(secs(1));
    let outcomes = first.wait(LIMIT);
    assert_eq!(outcomes.get("stuck").unwrap().reason(), Reason::Deadline);
    let halted = outcomes.get("halted").unwrap();
    assert_eq!(
        (halted.reason(), halted.error()),
        (Reason::Halted, Some("gone"))
    );
    assert!(outcomes.get("healthy").unwrap().is_delivered());
    assert!(outcomes.any_delivered());
}

#[test]
fn a_flush_waits_for_everything_before_it() {
    let stage = Stage::default();
    let pipeline = under_way(&stage, &[Behaviour::Healthy, Behaviour::DeliverHangs]);
    stage.gate.await_arrivals(1);
    assert!(!pipeline.flush(ms(20)), "it says so if that takes too long");
    thread::scope(|scope| {
        let flush = scope.spawn(|| pipeline.flush(LIMIT));
        stage.gate.open();
        assert!(flush.join().unwrap());
        let stats = pipeline.stats();
        assert!(
            stats.sinks.iter().all(|sink| sink.ledger.delivered() == 10),
            "{stats:?}"
        );
    });
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_flush_makes_each_sink_flush() {
    struct Flushes(mpsc::Sender<&'static str>);
    impl Sink for Flushes {
        fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
            self.0
                .send("deliver")
                .map_err(|_| SinkError::rejected("gone"))?;
            Ok(Delivered::new())
        }

        fn flush(&mut self, _: Instant) -> Result<(), SinkError> {
            self.0
                .send("flush")
                .map_err(|_| SinkError::rejected("gone"))
        }
    }
    let (send, done) = mpsc::channel();
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::opener("flushes", move |_| {
            Ok(Flushes(send.clone()))
        }))
        .build();
    pipeline.emit(Alert::info("one"));
    pipeline.emit(Alert::info("two"));
    assert!(pipeline.flush(LIMIT));
    pipeline.emit(Alert::info("three"));
    assert!(pipeline.close(LIMIT));
    drop(pipeline);
    let done: Vec<_> = done.iter().collect();
    assert_eq!(done, ["deliver", "deliver", "flush", "deliver", "flush"]);
}

#[test]
fn a_flush_that_races_a_close_does_not_wait_out_its_time() {
    for _ in 0..200 {
        let pipeline = Pipeline::builder()
            .entry(Record::new().sink("record"))
            .build();
        pipeline.emit(Alert::info("x"));
        thread::scope(|scope| {
            scope.spawn(|| bounded(Duration::ZERO, || pipeline.flush(secs(30))));
            scope.spawn(|| pipeline.close(secs(30)));
        });
    }
}

#[test]
fn a_slow_opening_delays_neither_the_start_nor_the_others() {
    let stage = Stage::default();
    let healthy = Record::new();
    let slow = Behaviour::OpenSlow.sink("slow", &stage);
    let pipeline = bounded(Duration::ZERO, || {
        Pipeline::builder()
            .entry(slow)
            .entry(healthy.sink("healthy"))
            .build()
    });
    for n in 0..5 {
        pipeline.emit(Alert::info(format!("{n}")));
    }
    healthy.wait_for(5);
    assert_eq!(pipeline.stats().sink("slow").unwrap().ledger.pending(), 5);
    stage.gate.open();
    assert_eq!(stage.record.wait_for(5).len(), 5);
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn plans_and_sinks_are_dropped_by_a_clean_close_on_their_own_threads() {
    struct Tells(mpsc::Sender<Option<String>>);
    impl Drop for Tells {
        fn drop(&mut self) {
            let _ = self.0.send(thread::current().name().map(str::to_owned));
        }
    }
    let (send, dropped) = mpsc::channel();
    let tells = Tells(send);
    let entry = SinkEntry::opener("own", move |_| {
        let _captured = &tells;
        Ok(Recorder(Record::new()))
    });
    let pipeline = Pipeline::builder().entry(entry).build();
    assert!(pipeline.close(LIMIT));
    let thread = dropped.recv_timeout(LIMIT).unwrap();
    assert_eq!(thread.as_deref(), Some("alert-own"));
}
