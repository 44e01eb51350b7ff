//! Each double does what it says, seen through a pipeline.

use std::time::Duration;

use alert_core::delivery::{Dedup, Delivery};
use alert_core::{Alert, LaneState, Limits, Pipeline, Reason, Verdict};
use alert_testkit::{
    Answer, Failing, Gate, HandClock, Observed, Panicking, Place, Recording, SAFETY, Scripted,
    Slow, Stuck, TestPipeline,
};

fn info(title: &str) -> Alert {
    Alert::info(title.to_owned()).build()
}

/// Gives up for spent attempts alone, so that the clock may be moved while a
/// sink is at work.
fn patient() -> Delivery {
    let mut delivery = Delivery::default();
    let year = Duration::from_secs(365 * 24 * 3600);
    delivery.attempt_timeout = year;
    delivery.retry.max_age = year;
    delivery.circuit.after = u32::MAX;
    delivery
}

#[test]
fn a_recording_keeps_what_each_attempt_told() {
    let clock = HandClock::new();
    let (seen, gate) = (Recording::new(), Gate::new());
    let held = Scripted::new([Answer::hang(&gate)]);
    let mut delivery = patient();
    delivery.dedup = Some(Dedup {
        within: Duration::from_secs(60),
    });
    let roomy = delivery.clone();
    delivery.queue.alerts = 2;
    let pipeline = TestPipeline::on(
        &clock,
        Pipeline::builder()
            .entry(seen.entry("seen").delivery(roomy))
            .entry(held.entry("held").delivery(delivery)),
    );
    let _ = pipeline.emit_tracked(info("repeated"));
    held.attempts().wait_for(1);
    // Room for one beside what is in the sink; of the others one is a repeat
    // and two are shed.
    for title in ["repeated", "shed", "shed too"] {
        let _ = pipeline.emit_tracked(info(title));
    }
    let kept = pipeline.emit_tracked(info("kept"));
    seen.wait_for(4);
    // It is the last sink: what it was offered, all were.
    while pipeline
        .stats()
        .sink("held")
        .map(|sink| sink.ledger.offered())
        < Some(5)
    {
        std::thread::yield_now();
    }
    clock.advance(Duration::from_secs(5));
    gate.open();
    assert!(kept.wait(SAFETY).is_complete());
    let told = &held.taken().list()[1];
    assert_eq!((told.alert.title(), told.number), ("kept", 1));
    assert_eq!(told.late_by, Duration::from_secs(5));
    assert_eq!((told.lost.shed, told.lost.total()), (2, 2));
    clock.advance(Duration::from_secs(60));
    let _ = pipeline.emit_tracked(info("repeated"));
    seen.wait_for(5);
    let stands_for = seen.list()[4].stands_for.clone();
    assert_eq!(stands_for.map(|held| held.count()), Some(1));
    assert_eq!(
        seen.titles(),
        ["repeated", "shed", "shed too", "kept", "repeated"]
    );
    assert_eq!(seen.ids().len(), seen.len());
}

#[test]
fn a_recording_numbers_batches_and_counts_openings_flushes_and_drops() {
    let gate = Gate::new();
    let seen = Recording::new().limits(Limits::none().batch(10));
    let held = Scripted::new([]).opening([Answer::hang(&gate)]);
    let pipeline = TestPipeline::start(
        Pipeline::builder()
            .entry(seen.entry("seen"))
            .entry(held.entry("held")),
    );
    gate.wait_for(1);
    pipeline.emit(info("a"));
    assert!(
        !pipeline.flush(Duration::from_millis(20)),
        "a sink that does not open is not flushed"
    );
    gate.open();
    assert!(pipeline.flush(SAFETY));
    pipeline.emit(info("b"));
    assert!(pipeline.close(SAFETY));
    assert_eq!(
        seen.list()
            .iter()
            .map(|seen| seen.batch)
            .collect::<Vec<_>>(),
        [1, 2]
    );
    assert_eq!((seen.opened(), seen.dropped()), (1, 1));
    assert!(seen.flushed() >= 1, "a pipeline flushes before it closes");
    assert!(!seen.is_empty());
}

#[test]
fn every_answer_ends_as_it_should() {
    for (answer, reason, attempts) in [
        (Answer::Ok, Reason::Delivered, 1),
        (Answer::Handle("m1".into()), Reason::Delivered, 1),
        (
            Answer::NotBefore(Duration::from_secs(9)),
            Reason::Delivered,
            1,
        ),
        (Answer::Transient, Reason::Delivered, 2),
        (Answer::NotSent, Reason::Delivered, 2),
        (Answer::Ambiguous, Reason::Delivered, 2),
        (
            Answer::RateLimit(Duration::from_secs(30)),
            Reason::Delivered,
            2,
        ),
        (Answer::Rejected, Reason::Refused, 1),
        (Answer::Unusable, Reason::Delivered, 2),
        (Answer::UntilChanged, Reason::Halted, 1),
        (Answer::Panic, Reason::Delivered, 2),
        (Answer::PanicWithBadPayload, Reason::Delivered, 2),
    ] {
        let clock = HandClock::new();
        let double = Scripted::new([answer.clone()]);
        let pipeline = TestPipeline::on(
            &clock,
            Pipeline::builder().entry(double.entry("a").delivery(patient())),
        );
        let receipt = pipeline.emit_tracked(info("x"));
        double.attempts().wait_for(1);
        while !receipt.wait(Duration::from_millis(2)).is_complete() {
            clock.advance(Duration::from_secs(1));
        }
        let outcomes = receipt.peek();
        let outcome = outcomes.get("a").expect("the receipt is complete");
        assert_eq!(outcome.reason(), reason, "{answer:?}: {outcome}");
        assert_eq!(double.attempts().len(), attempts, "{answer:?}");
        assert_eq!(
            double.taken().len(),
            usize::from(outcome.is_delivered()),
            "{answer:?}"
        );
        assert_eq!(
            answer.takes(),
            outcome.is_delivered() && attempts == 1,
            "{answer:?}"
        );
    }
}

#[test]
fn a_script_goes_on_over_reopenings_and_then_takes_everything() {
    let clock = HandClock::new();
    let double = Scripted::new([Answer::Unusable, Answer::Rejected])
        .opening([Answer::Transient, Answer::Panic])
        .flushing([Answer::Transient]);
    let pipeline = TestPipeline::on(
        &clock,
        Pipeline::builder().entry(double.entry("a").delivery(patient())),
    );
    let receipt = pipeline.emit_tracked(info("x"));
    while !receipt.wait(Duration::from_millis(2)).is_complete() {
        clock.advance(Duration::from_secs(60));
    }
    assert_eq!(double.attempts().len(), 2);
    double.then([Answer::Rejected]);
    let _ = pipeline.emit_tracked(info("y")).wait(SAFETY);
    let _ = pipeline.emit_tracked(info("z"));
    double.taken().wait_for(1);
    assert_eq!(double.taken().titles(), ["z"]);
    pipeline.flush(SAFETY);
    let stats = pipeline.stats();
    let error = stats.sink("a").and_then(|sink| sink.last_error.clone());
    assert_eq!(error.as_deref(), Some("flush failed: scripted to fail"));
}

#[test]
fn a_failing_sink_never_takes_anything() {
    let clock = HandClock::new();
    let (failing, refusing) = (Failing::new(), Failing::with(Answer::Rejected));
    let pipeline = TestPipeline::on(
        &clock,
        Pipeline::builder()
            .entry(failing.entry("failing").delivery(patient()))
            .entry(refusing.entry("refusing").delivery(patient())),
    );
    let receipt = pipeline.emit_tracked(info("x"));
    while !receipt.wait(Duration::from_millis(2)).is_complete() {
        clock.advance(Duration::from_secs(60));
    }
    let outcomes = receipt.peek();
    assert_eq!(
        outcomes.get("failing").map(|o| o.verdict()),
        Some(Verdict::GaveUp)
    );
    assert_eq!(
        outcomes.get("refusing").map(|o| o.reason()),
        Some(Reason::Refused)
    );
    assert!(failing.attempts().len() > 1);
    // What else it is asked is the pipeline's notice about its neighbour.
    assert_eq!(refusing.attempts().titles()[0], "x");
    assert!(
        refusing.attempts().titles()[1..]
            .iter()
            .all(|title| title != "x")
    );
}

#[test]
fn a_panic_anywhere_in_a_sink_costs_its_neighbour_nothing() {
    for place in Place::ALL {
        for panicking in [Panicking::at(place), Panicking::badly_at(place)] {
            let seen = Recording::new();
            let pipeline = TestPipeline::start(
                Pipeline::builder()
                    .entry(panicking.entry("panicking"))
                    .entry(seen.entry("seen")),
            );
            for n in 0..3 {
                pipeline.emit(info(&n.to_string()));
            }
            pipeline.flush(Duration::from_millis(50));
            pipeline.close(Duration::from_millis(200));
            assert_eq!(seen.titles(), ["0", "1", "2"], "{place:?}");
            let works = matches!(place, Place::Flush | Place::Drop);
            assert_eq!(!panicking.taken().is_empty(), works, "{place:?}");
        }
    }
}

#[test]
fn a_sink_that_hangs_anywhere_is_left_behind_and_the_books_balance() {
    for place in Place::ALL {
        let (gate, seen) = (Gate::new(), Recording::new());
        let stuck = Stuck::at(place, &gate);
        let pipeline = TestPipeline::start(
            Pipeline::builder()
                .entry(stuck.entry("stuck"))
                .entry(seen.entry("seen")),
        );
        pipeline.emit(info("x"));
        seen.wait_for(1);
        pipeline.close(Duration::from_millis(200));
        gate.wait_for(1);
        let taken = matches!(place, Place::Flush | Place::Drop);
        assert_eq!(stuck.taken().len(), usize::from(taken), "{place:?}");
    }
}

#[test]
fn a_hand_clock_ends_the_close_of_a_sink_that_hangs() {
    let (gate, clock) = (Gate::new(), HandClock::new());
    let stuck = Stuck::at(Place::Deliver, &gate);
    let pipeline = TestPipeline::on(&clock, Pipeline::builder().entry(stuck.entry("stuck")));
    let _ = pipeline.emit_tracked(info("x"));
    gate.wait_for(1);
    pipeline.close(Duration::from_secs(3600));
    assert!(
        !clock.passed().is_zero(),
        "without the hand it would hang for ever"
    );
    let stats = pipeline.stats();
    let ledger = &stats.sink("stuck").expect("there is such a sink").ledger;
    assert_eq!(ledger.count(Verdict::Abandoned), 1, "{ledger:?}");
}

#[test]
fn a_slow_sink_delivers_as_many_as_its_gate_lets_pass() {
    let gate = Gate::new();
    let slow = Slow::new(&gate);
    let pipeline = TestPipeline::start(Pipeline::builder().entry(slow.entry("slow")));
    for n in 0..4 {
        pipeline.emit(info(&n.to_string()));
    }
    gate.pass(1);
    gate.wait_for(2);
    assert_eq!(slow.taken().titles(), ["0"]);
    gate.pass(2);
    gate.wait_for(4);
    assert_eq!(slow.taken().titles(), ["0", "1", "2"]);
    gate.open();
    assert!(pipeline.flush(SAFETY));
    assert_eq!(slow.taken().len(), 4);
}

#[test]
fn an_observer_hears_outcomes_and_lane_states() {
    let (observed, double) = (Observed::new(), Scripted::new([Answer::Rejected]));
    let pipeline = TestPipeline::start(
        Pipeline::builder()
            .entry(double.entry("a"))
            .observer(observed.clone()),
    );
    let alert = info("x");
    let id = alert.id();
    pipeline.emit(alert);
    observed.wait_for_outcomes(1);
    observed.wait_for_lane("a", |state| *state == LaneState::Healthy);
    let (sink, alert, outcome) = observed.outcomes().remove(0);
    assert_eq!(
        (sink.as_str(), alert, outcome.reason()),
        ("a", id, Reason::Refused)
    );
    assert!(pipeline.close(SAFETY));
    observed.wait_for_lane("a", |state| *state == LaneState::Closed);
    assert!(!observed.lanes().is_empty());
}

#[test]
fn an_observer_hears_of_reloads_and_troubles_and_has_the_last_books() {
    let (observed, double) = (Observed::new(), Recording::new());
    let described = || Pipeline::builder().entry(double.entry("a"));
    let builder = described().trouble("a", "odd").observer(observed.clone());
    let pipeline = TestPipeline::start(builder);
    let reloaded = pipeline.reload(described().entry(double.entry("b")), SAFETY);
    pipeline.emit(info("x"));
    assert!(pipeline.close(SAFETY));
    assert_eq!(observed.reloads(), [reloaded.unwrap()]);
    assert_eq!(observed.troubles(), [("a".into(), "odd".into())]);
    let books = observed.books().expect("it was told");
    let delivered = |sink| books.sink(sink).map(|sink| sink.ledger.delivered());
    assert_eq!((delivered("a"), delivered("b")), (Some(1), Some(1)));
}
