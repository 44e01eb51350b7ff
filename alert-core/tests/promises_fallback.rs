//! What a sink lost goes to its fallback: past its gates, once, with the word of
//! who failed and why.

mod doubles;

use std::time::{Duration, Instant};

use alert_core::delivery::{Dedup, Delivery, DigestPolicy, Filter};
use alert_core::{Alert, Outcomes, Pipeline, Reason, Severity, SinkEntry, Stats, Verdict};
use doubles::{
    Behaviour, Fate, Fated, HandClock, LIMIT, LOADED, Lines, Record, Stage, assert_balanced, secs,
};

/// The receipt as (sink, whether as a fallback, verdict, fallback).
fn told(outcomes: &Outcomes) -> Vec<(&str, bool, &str, Option<&str>)> {
    let answers = outcomes.iter();
    answers
        .map(|answer| {
            let verdict = answer.outcome().map_or("none", |o| o.verdict().as_str());
            (
                answer.sink(),
                answer.is_as_fallback(),
                verdict,
                answer.fallback(),
            )
        })
        .collect()
}

fn only_as_fallback(entry: SinkEntry) -> SinkEntry {
    entry.filter(Filter::all().only_as_fallback())
}

/// With a deadline that no jump of the clock reaches.
fn patient(entry: SinkEntry) -> SinkEntry {
    entry.delivery(Fated::always(Fate::Delivers).policy(None))
}

/// Waits until the books say so.
fn wait_until(pipeline: &Pipeline, holds: impl Fn(&Stats) -> bool) {
    let began = Instant::now();
    while !holds(&pipeline.stats()) {
        assert!(began.elapsed() < LIMIT, "{:?}", pipeline.stats());
        std::thread::yield_now();
    }
}

fn is_failing(stats: &Stats) -> bool {
    stats.sink("ops").unwrap().state.as_str() == "failing"
}

/// What was offered to a sink, and how much of that as a fallback.
fn offered(pipeline: &Pipeline, sink: &str) -> (u64, u64) {
    let stats = pipeline.stats();
    let ledger = &stats.sink(sink).unwrap().ledger;
    (ledger.offered(), ledger.as_fallback())
}

fn close(pipeline: &Pipeline) {
    assert!(pipeline.close(LIMIT));
    assert_balanced(&pipeline.stats());
}

#[test]
fn a_fallback_gets_what_was_rejected_and_given_up_and_says_of_whom_and_why() {
    let (ops, log) = (
        Fated::by(|title| match title {
            "never" => Fate::Rejects,
            "not now" => Fate::Fails,
            _ => Fate::Delivers,
        }),
        Record::new(),
    );
    let pipeline = Pipeline::builder()
        .entry(ops.backed("ops", "log"))
        .entry(only_as_fallback(log.sink("log")))
        .build();
    let receipt = pipeline.emit_tracked(Alert::warning("never")).wait(LIMIT);
    assert!(receipt.is_complete());
    assert_eq!(
        told(&receipt),
        [
            ("ops", false, "rejected", Some("log")),
            ("log", true, "delivered", None)
        ]
    );
    assert!(!receipt.is_lost("ops"));
    pipeline.emit_tracked(Alert::warning("not now")).wait(LIMIT);
    let receipt = pipeline.emit_tracked(Alert::warning("fine")).wait(LIMIT);
    assert_eq!(told(&receipt), [("ops", false, "delivered", None)]);
    assert_eq!(
        log.causes(),
        [
            "instead of ops: rejected: refused: not that",
            "instead of ops: gave_up: attempts spent: not now",
        ]
    );
    // It was lost here, wherever it is now.
    assert_eq!(ops.record.all()[2].lost.total(), 2);
    close(&pipeline);
    assert_eq!(offered(&pipeline, "ops"), (3, 0));
    assert_eq!(offered(&pipeline, "log"), (2, 2));
}

#[test]
fn along_a_chain_each_is_told_of_the_sink_before_it() {
    let (fails, log) = (Fated::always(Fate::Rejects), Record::new());
    let pipeline = Pipeline::builder()
        .entry(fails.backed("ops", "mail"))
        .entry(only_as_fallback(fails.backed("mail", "log")))
        .entry(only_as_fallback(log.sink("log")))
        .build();
    let receipt = pipeline.emit_tracked(Alert::info("x")).wait(LIMIT);
    assert_eq!(
        told(&receipt),
        [
            ("ops", false, "rejected", Some("mail")),
            ("mail", true, "rejected", Some("log")),
            ("log", true, "delivered", None),
        ]
    );
    assert!(!receipt.is_lost("ops") && !receipt.is_lost("mail"));
    assert_eq!(
        log.causes(),
        ["instead of mail: rejected: refused: not that; it stood in for ops"]
    );
    close(&pipeline);
}

#[test]
fn a_sink_that_has_an_alert_is_not_given_it_again_in_anothers_place() {
    let (ops, log) = (Fated::always(Fate::Rejects), Record::new());
    let pipeline = Pipeline::builder()
        .entry(ops.backed("ops", "log"))
        .entry(log.sink("log"))
        .entry(ops.backed("pager", "log"))
        .build();
    let receipt = pipeline.emit_tracked(Alert::info("x")).wait(LIMIT);
    assert_eq!(
        told(&receipt),
        [
            ("ops", false, "rejected", Some("log")),
            ("log", false, "delivered", None),
            ("pager", false, "rejected", Some("log")),
        ]
    );
    assert!(!receipt.is_lost("ops") && !receipt.is_lost("pager"));
    close(&pipeline);
    assert_eq!(log.titles(), ["x"]);
    assert_eq!(offered(&pipeline, "log"), (1, 0));
}

#[test]
fn a_fallback_skips_the_gates_and_its_last_word_counts() {
    let (ops, log) = (Fated::always(Fate::Rejects), Record::new());
    let mut dedup = Delivery::default();
    dedup.dedup = Some(Dedup { within: LIMIT });
    let pipeline = Pipeline::builder()
        .entry(ops.backed("ops", "log"))
        .entry(
            log.sink("log")
                .delivery(dedup)
                .filter(Filter::all().min_severity(Severity::Warning)),
        )
        .build();
    let receipt = pipeline.emit_tracked(Alert::info("low")).wait(LIMIT);
    assert_eq!(
        told(&receipt),
        [
            ("ops", false, "rejected", Some("log")),
            ("log", false, "filtered", None),
            ("log", true, "delivered", None),
        ]
    );
    assert!(receipt.get("log").unwrap().is_delivered());
    for _ in 0..2 {
        let receipt = pipeline.emit_tracked(Alert::warning("twice")).wait(LIMIT);
        assert!(receipt.get("log").unwrap().is_delivered());
    }
    close(&pipeline);
    assert_eq!(log.titles(), ["low", "twice", "twice"]);
    assert_eq!(offered(&pipeline, "log"), (5, 2));
}

#[test]
fn what_was_filtered_suppressed_or_shed_goes_to_no_fallback() {
    let (ops, log) = (Fated::always(Fate::Hangs), Record::new());
    let mut policy = ops.policy(Some("log"));
    policy.dedup = Some(Dedup { within: LIMIT });
    policy.queue.alerts = 2;
    let pipeline = Pipeline::builder()
        .entry(
            ops.sink("ops")
                .delivery(policy)
                .filter(Filter::all().min_severity(Severity::Warning)),
        )
        .entry(only_as_fallback(log.sink("log")))
        .build();
    let mut receipts = vec![pipeline.emit_tracked(Alert::info("low"))];
    receipts.push(pipeline.emit_tracked(Alert::warning("held")));
    ops.gate.await_arrivals(1);
    receipts.push(pipeline.emit_tracked(Alert::warning("held")));
    receipts.push(pipeline.emit_tracked(Alert::warning("shed")));
    receipts.push(pipeline.emit_tracked(Alert::warning("last")));
    receipts[3].wait(LIMIT);
    ops.gate.open();
    let verdicts: Vec<_> = receipts
        .iter()
        .map(|receipt| receipt.wait(LIMIT).get("ops").unwrap().verdict())
        .collect();
    use Verdict::{Delivered, Filtered, Shed, Suppressed};
    assert_eq!(verdicts, [Filtered, Delivered, Suppressed, Shed, Delivered]);
    close(&pipeline);
    assert_eq!(offered(&pipeline, "log"), (0, 0));
    assert!(log.all().is_empty());
}

#[test]
fn a_sink_only_for_fallbacks_holds_nobody_up_and_hears_no_notice() {
    let clock = HandClock::new();
    let (ops, log, rest) = (
        Fated::always(Fate::Fails),
        Fated::always(Fate::Hangs),
        Record::new(),
    );
    let _end = log.gate.opened_at_end();
    let mut policy = ops.policy(None);
    policy.retry.max_attempts = 100;
    policy.notice_after = secs(60);
    let mut tight = log.policy(None);
    tight.queue.alerts = 1;
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(ops.sink("ops").delivery(policy))
        .entry(Fated::always(Fate::Rejects).backed("feeds", "log"))
        .entry(only_as_fallback(log.sink("log").delivery(tight)))
        .entry(patient(rest.sink("rest")))
        .build();
    pipeline.emit(Alert::info("x"));
    log.gate.await_arrivals(1);
    assert!(pipeline.emit_within(Alert::info("y"), LIMIT), "log is full");
    rest.wait_for(2);
    wait_until(&pipeline, is_failing);
    clock.advance(secs(61));
    rest.wait_for(3);
    assert_eq!(rest.titles()[2], "alert sink ops is failing");
    log.gate.open();
    assert!(pipeline.flush(LIMIT));
    pipeline.close(Duration::ZERO);
    // The notice was rejected by `feeds`, and so it came here in its place.
    let all = log.record.all();
    assert!(
        all.iter().all(|received| received.instead_of.is_some()),
        "{all:?}"
    );
}

#[test]
fn a_notice_never_goes_over_the_sink_that_failed_in_no_others_place_either() {
    let clock = HandClock::new();
    let (ops, feeds) = (Fated::always(Fate::Fails), Fated::always(Fate::Rejects));
    let mut policy = ops.policy(None);
    policy.retry.max_attempts = 100;
    policy.notice_after = secs(60);
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(feeds.backed("feeds", "ops"))
        .entry(ops.sink("ops").delivery(policy))
        .build();
    pipeline.emit(Alert::info("x"));
    wait_until(&pipeline, is_failing);
    clock.advance(secs(61));
    feeds.record.wait_for(2);
    assert!(pipeline.stats().sink("feeds").unwrap().ledger.is_balanced());
    pipeline.close(Duration::ZERO);
    assert_eq!(offered(&pipeline, "ops"), (1, 0));
}

#[test]
fn a_circle_and_an_unknown_name_are_told_and_left_out() {
    let (lines, fails, record) = (Lines::new(), Fated::always(Fate::Rejects), Record::new());
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(fails.backed("a", "b"))
            .entry(fails.backed("b", "a"))
            .entry(fails.backed("c", "nobody"))
            .entry(only_as_fallback(record.sink("d")))
            .build()
    });
    lines.wait_for(&["b", "its fallback leads back to it: b → a → b"]);
    lines.wait_for(&["c", "no sink is called nobody"]);
    lines.wait_for(&["d", "it gets nothing"]);
    let receipt = pipeline.emit_tracked(Alert::info("x")).wait(LIMIT);
    assert!(receipt.is_complete());
    assert_eq!(
        told(&receipt),
        [
            ("a", false, "rejected", Some("b")),
            ("b", false, "rejected", None),
            ("c", false, "rejected", None),
        ]
    );
    assert!(receipt.is_lost("a") && receipt.is_lost("c"));
    close(&pipeline);
}

#[test]
fn a_sink_that_cannot_start_or_is_halted_leaves_all_to_its_fallback() {
    let (stage, log) = (Stage::default(), Record::new());
    let halts = |name: &str| {
        let entry = Behaviour::Halting.sink(name, &stage);
        entry.delivery(Fated::always(Fate::Delivers).policy(Some("log")))
    };
    let pipeline = Pipeline::builder()
        .entry(halts("ops"))
        .entry(only_as_fallback(log.sink("log")))
        // Its name is taken: it never has a worker.
        .entry(Fated::always(Fate::Delivers).backed("log", "log"))
        .build();
    for n in 0..20 {
        let receipt = pipeline
            .emit_tracked(Alert::info(format!("{n}")))
            .wait(LIMIT);
        assert!(receipt.get("log").unwrap().is_delivered());
        assert_eq!(receipt.get("ops").unwrap().reason(), Reason::Halted);
        assert_eq!(receipt.get("log (2)").unwrap().reason(), Reason::Halted);
        assert!(!receipt.is_lost("ops") && !receipt.is_lost("log (2)"));
    }
    close(&pipeline);
    assert_eq!(log.titles().len(), 20);
    assert_eq!(offered(&pipeline, "log"), (20, 20));
}

#[test]
fn a_flush_waits_for_the_whole_chain() {
    let (fails, log) = (Fated::always(Fate::Rejects), Record::new());
    for round in 0..50 {
        let log = if round == 0 {
            log.clone()
        } else {
            Record::new()
        };
        let pipeline = Pipeline::builder()
            .entry(only_as_fallback(log.sink("log")))
            .entry(only_as_fallback(fails.backed("c", "log")))
            .entry(only_as_fallback(fails.backed("b", "c")))
            .entry(fails.backed("a", "b"))
            .build();
        for n in 0..10 {
            pipeline.emit(Alert::info(format!("{n}")));
        }
        assert!(pipeline.flush(LIMIT));
        assert_eq!(log.all().len(), 10, "round {round}");
        close(&pipeline);
    }
}

#[test]
fn a_digest_that_fails_goes_on_as_one_and_says_whose_it_was() {
    let clock = HandClock::new();
    let (ops, log) = (Fated::always(Fate::Rejects), Record::new());
    let mut policy = ops.policy(Some("log"));
    policy.digest = Some(DigestPolicy {
        after: 1,
        every: secs(60),
    });
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(ops.sink("ops").delivery(policy))
        .entry(only_as_fallback(patient(log.sink("log"))))
        .build();
    for n in 0..4 {
        pipeline.emit(Alert::info(format!("{n}")));
    }
    let receipt = pipeline.emit_tracked(Alert::info("4"));
    wait_until(&pipeline, |stats| stats.process.routed == 5);
    log.wait_for(1);
    clock.advance(secs(61));
    log.wait_for(2);
    let receipt = receipt.wait(LIMIT);
    assert_eq!(
        told(&receipt),
        [
            ("ops", false, "rejected", Some("log")),
            ("log", true, "delivered", None)
        ]
    );
    assert_eq!(
        log.causes(),
        ["instead of ops: rejected: refused: not that"; 2]
    );
    assert_eq!(log.titles().len(), 2, "{:?}", log.titles());
    close(&pipeline);
    assert_eq!(offered(&pipeline, "log"), (5, 5));
}

#[test]
fn a_digest_of_which_the_fallback_has_a_part_goes_on_in_pieces() {
    let clock = HandClock::new();
    let (ops, log) = (Fated::always(Fate::Rejects), Record::new());
    let mut policy = ops.policy(Some("log"));
    policy.digest = Some(DigestPolicy {
        after: 0,
        every: secs(60),
    });
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(ops.sink("ops").delivery(policy))
        .entry(patient(log.sink("log")).filter(Filter::all().min_severity(Severity::Warning)))
        .build();
    pipeline.emit(Alert::info("low"));
    pipeline.emit(Alert::warning("high"));
    log.wait_for(1);
    clock.advance(secs(61));
    log.wait_for(2);
    close(&pipeline);
    assert_eq!(log.titles(), ["high", "low"]);
    assert_eq!(offered(&pipeline, "log"), (3, 1));
}

#[test]
fn lateness_counts_from_the_first_sink() {
    let clock = HandClock::new();
    let (ops, log) = (Fated::always(Fate::Fails), Record::new());
    let mut policy = ops.policy(Some("log"));
    policy.retry.max_attempts = u32::MAX;
    policy.retry.max_age = secs(100);
    policy.retry.first = secs(1000);
    policy.retry.cap = secs(1000);
    let pipeline = Pipeline::builder()
        .clock(clock.clone())
        .entry(ops.sink("ops").delivery(policy))
        .entry(only_as_fallback(patient(log.sink("log"))))
        .build();
    pipeline.emit(Alert::info("x"));
    ops.record.wait_for(1);
    while log.all().is_empty() {
        clock.advance(secs(101));
        std::thread::yield_now();
    }
    assert!(log.all()[0].late_by >= secs(100));
    assert!(log.causes()[0].starts_with("instead of ops: gave_up: "));
    close(&pipeline);
}

/// A close while `ops` hangs: what became of the alerts in the chain of `more`
/// sinks behind it, of which only the last delivers.
fn close_while_hanging(more: usize, within: Duration) -> (Duration, Vec<Record>, Vec<Outcomes>) {
    let (ops, slow) = (Fated::always(Fate::Hangs), Fated::always(Fate::Hangs));
    let _ends = (ops.gate.opened_at_end(), slow.gate.opened_at_end());
    let log = Record::new();
    let name = |n: usize| format!("s{n}");
    let mut builder = Pipeline::builder().entry(ops.backed("s0", &name(1)));
    for n in 1..more {
        builder = builder.entry(only_as_fallback(slow.backed(&name(n), &name(n + 1))));
    }
    let pipeline = builder
        .entry(only_as_fallback(log.sink(&name(more))))
        .build();
    let receipts: Vec<_> = (0..5)
        .map(|n| pipeline.emit_tracked(Alert::info(format!("{n}"))))
        .collect();
    ops.gate.await_arrivals(1);
    let began = Instant::now();
    pipeline.close(within);
    let took = began.elapsed();
    let stats = pipeline.stats();
    assert_balanced(&stats);
    assert!(stats.sinks.iter().all(|sink| sink.ledger.pending() == 0));
    let told = receipts.iter().map(|receipt| receipt.peek()).collect();
    (took, vec![log, slow.record.clone()], told)
}

#[test]
fn what_hangs_at_a_close_is_with_the_fallback_when_it_ends() {
    for more in 1..4 {
        let within = secs(2);
        let (took, records, told) = close_while_hanging(more, within);
        assert!(took < within + LOADED, "{took:?}");
        assert_eq!(records[0].titles(), ["0", "1", "2", "3", "4"], "{more}");
        for outcomes in told {
            assert!(outcomes.is_complete());
            assert_eq!(outcomes.get("s0").unwrap().reason(), Reason::Close);
            assert!(!outcomes.is_lost("s0"), "{outcomes:?}");
        }
    }
}

#[test]
fn a_close_without_time_answers_for_every_fallback_too() {
    let (took, _, told) = close_while_hanging(3, Duration::ZERO);
    assert!(took < LOADED);
    for outcomes in told {
        assert!(outcomes.is_complete());
        assert_eq!(outcomes.iter().len(), 4, "{outcomes:?}");
    }
}

#[test]
fn a_close_ends_as_soon_as_all_is_delivered() {
    let (fails, log) = (Fated::always(Fate::Rejects), Record::new());
    let pipeline = Pipeline::builder()
        .entry(fails.backed("a", "b"))
        .entry(fails.backed("b", "log"))
        .entry(only_as_fallback(log.sink("log")))
        .build();
    for n in 0..1000 {
        pipeline.emit(Alert::info(format!("{n}")));
    }
    let began = Instant::now();
    close(&pipeline);
    assert!(began.elapsed() < LIMIT / 2);
    assert_eq!(log.all().len(), 1000);
}
