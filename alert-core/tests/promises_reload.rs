//! A pipeline is reloaded while alerts flow: nothing is lost, nothing doubled,
//! and what did not change is not touched.

mod doubles;

use std::collections::{BTreeMap, BTreeSet};
use std::sync::Arc;
use std::sync::atomic::{AtomicUsize, Ordering};
use std::thread;

use alert_core::delivery::{Delivery, Filter};
use alert_core::{
    Alert, Limits, Pipeline, PipelineBuilder, Plan, Severity, SinkEntry, SinkError, Verdict,
};
use doubles::{
    Behaviour, Gate, Gated, LIMIT, Record, Recorder, Stage, assert_balanced, ms, quiet_panics, secs,
};
use proptest::prelude::*;

fn of(entries: &[SinkEntry]) -> PipelineBuilder {
    let mut builder = Pipeline::builder();
    for entry in entries {
        builder = builder.entry(entry.clone());
    }
    builder
}

/// A sink that counts how often it is opened.
fn counting(record: &Record, opened: &Arc<AtomicUsize>) -> Plan {
    let (record, opened) = (record.clone(), opened.clone());
    Plan::opener("counting", Limits::none(), move |_| {
        opened.fetch_add(1, Ordering::SeqCst);
        Ok(Recorder(record.clone()))
    })
}

fn names(names: &[&str]) -> Vec<String> {
    names.iter().map(|name| (*name).to_owned()).collect()
}

fn numbered(numbers: std::ops::Range<u32>) -> Vec<String> {
    numbers.map(|n| n.to_string()).collect()
}

fn emit_all(pipeline: &Pipeline, numbers: std::ops::Range<u32>) {
    for n in numbers {
        pipeline.emit(Alert::info(n.to_string()));
    }
}

#[test]
fn an_entry_that_did_not_change_keeps_its_open_sink_and_its_books() {
    let (record, opened) = (Record::new(), Arc::default());
    let same = SinkEntry::new("same", counting(&record, &opened));
    let other = Record::new();
    let pipeline = of(std::slice::from_ref(&same)).build();
    emit_all(&pipeline, 0..5);
    let done = pipeline.reload(of(&[same, other.sink("new")]), secs(1));
    let done = done.expect("nothing is wrong with it");
    assert_eq!(done.unchanged, names(&["same"]));
    assert_eq!(done.added, names(&["new"]));
    assert_eq!(done.to_string(), "added new; 1 unchanged");
    emit_all(&pipeline, 5..9);
    assert!(pipeline.close(LIMIT));
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    assert_eq!(record.titles(), numbered(0..9));
    assert_eq!(other.titles(), numbered(5..9));
    let stats = pipeline.stats();
    assert_eq!(stats.sink("same").unwrap().ledger.delivered(), 9);
    assert_eq!(stats.sink("new").unwrap().ledger.offered(), 4);
}

#[test]
fn another_policy_alone_leaves_the_sink_open_and_holds_from_then_on() {
    let (record, opened) = (Record::new(), Arc::default());
    let entry = SinkEntry::new("log", counting(&record, &opened));
    let pipeline = of(std::slice::from_ref(&entry)).build();
    emit_all(&pipeline, 0..3);
    let filter = Filter::all().min_severity(Severity::Warning);
    let done = pipeline.reload(of(&[entry.filter(filter)]), secs(1));
    assert_eq!(done.unwrap().changed, names(&["log"]));
    emit_all(&pipeline, 3..6);
    pipeline.emit(Alert::warning("6"));
    assert!(pipeline.close(LIMIT));
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    assert_eq!(record.titles(), ["0", "1", "2", "6"]);
    let ledger = &pipeline.stats().sinks[0].ledger;
    assert_eq!(ledger.count(Verdict::Filtered), 3);
}

#[test]
fn what_waits_at_a_sink_whose_entry_changed_is_delivered_by_the_new_one() {
    let gate = Gate::new();
    let (old, new) = (Record::new(), Record::new());
    let stuck = {
        let (gate, old) = (gate.clone(), old.clone());
        SinkEntry::opener("ops", move |_| Ok(Gated(gate.clone(), old.clone())))
    };
    let pipeline = of(&[stuck]).build();
    emit_all(&pipeline, 0..4);
    gate.await_arrivals(1);
    let done = pipeline.reload(of(&[new.sink("ops")]), secs(1)).unwrap();
    assert_eq!(done.changed, names(&["ops"]));
    emit_all(&pipeline, 4..6);
    gate.open();
    assert!(pipeline.close(LIMIT));
    assert_eq!(old.titles(), ["0"], "what was under way comes to its end");
    assert_eq!(new.titles(), numbered(1..6));
    assert_balanced(&pipeline.stats());
}

#[test]
fn a_removed_sink_delivers_what_it_holds_and_its_books_are_kept() {
    let gate = Gate::new();
    let (record, log) = (Record::new(), Record::new());
    let gated = {
        let (gate, record) = (gate.clone(), record.clone());
        SinkEntry::opener("gone", move |_| Ok(Gated(gate.clone(), record.clone())))
    };
    let log_entry = log.sink("log");
    let pipeline = of(&[gated, log_entry.clone()]).build();
    emit_all(&pipeline, 0..5);
    gate.await_arrivals(1);
    let done = pipeline.reload(of(&[log_entry]), LIMIT).unwrap();
    assert_eq!(done.removed, names(&["gone"]));
    emit_all(&pipeline, 5..7);
    gate.open();
    assert_eq!(record.wait_for(5).len(), 5);
    assert!(pipeline.close(LIMIT));
    let stats = pipeline.stats();
    assert_eq!(record.titles(), numbered(0..5));
    assert_eq!(log.titles(), numbered(0..7));
    let of_gone = stats.sink("gone").map_or(&stats.retired, |s| &s.ledger);
    assert_eq!((of_gone.offered(), of_gone.delivered()), (5, 5));
    assert!(stats.retired.is_balanced());
}

#[test]
fn a_sink_that_comes_back_does_not_wait_for_what_the_removed_one_holds() {
    let (gate, record, opened) = (Gate::new(), Record::new(), Arc::new(AtomicUsize::new(0)));
    let entry = {
        let (gate, record, opened) = (gate.clone(), record.clone(), opened.clone());
        SinkEntry::opener("ops", move |_| {
            let is_first = opened.fetch_add(1, Ordering::SeqCst) == 0;
            let gate = if is_first { gate.clone() } else { Gate::new() };
            if !is_first {
                gate.open();
            }
            Ok(Gated(gate, record.clone()))
        })
    };
    let pipeline = of(std::slice::from_ref(&entry)).build();
    emit_all(&pipeline, 0..3);
    gate.await_arrivals(1);
    pipeline.reload(of(&[]), LIMIT).unwrap();
    pipeline.reload(of(&[entry]), LIMIT).unwrap();
    emit_all(&pipeline, 3..5);
    record.wait_for(2);
    gate.open();
    record.wait_for(5);
    assert!(pipeline.close(LIMIT));
    assert_eq!(record.titles(), ["3", "4", "0", "1", "2"]);
    assert_balanced(&pipeline.stats());
}

#[test]
fn a_removed_sink_that_hangs_is_let_go_after_its_time_and_counted() {
    let stage = Stage::default();
    let _end = stage.gate.opened_at_end();
    let hangs = Behaviour::DeliverHangs.sink("hangs", &stage);
    let mut slow = Delivery::default();
    slow.attempt_timeout = secs(600);
    let log = Record::new();
    let log_entry = log.sink("log");
    let pipeline = of(&[hangs.delivery(slow), log_entry.clone()]).build();
    emit_all(&pipeline, 0..5);
    stage.gate.await_arrivals(1);
    pipeline.reload(of(&[log_entry]), ms(50)).unwrap();
    emit_all(&pipeline, 5..9);
    log.wait_for(9);
    let by = std::time::Instant::now() + LIMIT;
    while pipeline.stats().sink("hangs").is_some() {
        assert!(std::time::Instant::now() < by, "it was not let go");
        thread::yield_now();
    }
    let retired = pipeline.stats().retired;
    assert_eq!((retired.offered(), retired.lost()), (5, 5));
    assert_eq!(retired.count(Verdict::Abandoned), 5);
}

#[test]
fn a_description_that_can_never_work_changes_nothing_and_says_why() {
    let record = Record::new();
    let entry = record.sink("log");
    let pipeline = of(std::slice::from_ref(&entry)).build();
    let broken = SinkEntry::new("ops", Plan::broken("discord", "no url"));
    for (wrong, why) in [
        (of(&[entry.clone(), broken]), "sink ops: no url"),
        (
            of(&[entry.clone(), entry.clone()]),
            "sink log (2): another sink is called log",
        ),
    ] {
        let error = pipeline.reload(wrong, secs(1)).unwrap_err();
        assert_eq!(error.to_string(), why);
    }
    emit_all(&pipeline, 0..3);
    assert!(pipeline.close(LIMIT));
    assert_eq!(record.titles(), numbered(0..3));
    let error = pipeline.reload(of(&[entry]), secs(1)).unwrap_err();
    assert_eq!(error.to_string(), "the pipeline has been closed");
}

#[test]
fn a_halted_sink_whose_entry_changed_has_another_chance() {
    let record = Record::new();
    let halted = SinkEntry::opener("ops", |_| -> Result<Recorder, SinkError> {
        Err(SinkError::unusable("deleted").until_changed())
    });
    let never = SinkEntry::new("dead", Plan::broken("discord", "no url"));
    let pipeline = of(&[halted, never]).build();
    pipeline.emit(Alert::info("before"));
    assert!(pipeline.flush(LIMIT));
    let dead = Record::new();
    let fixed = of(&[record.sink("ops"), dead.sink("dead")]);
    let done = pipeline.reload(fixed, secs(1)).unwrap();
    assert_eq!(done.changed, names(&["ops", "dead"]));
    emit_all(&pipeline, 0..3);
    assert!(pipeline.close(LIMIT));
    assert_eq!(record.titles(), numbered(0..3));
    assert_eq!(dead.titles(), numbered(0..3));
    for sink in &pipeline.stats().sinks {
        assert_eq!((sink.ledger.offered(), sink.ledger.lost()), (4, 1));
    }
}

#[test]
fn a_worker_that_is_stuck_in_the_old_sink_does_not_keep_the_new_one_from_opening() {
    let stage = Stage::default();
    let _end = stage.gate.opened_at_end();
    let hangs = Behaviour::DeliverHangs.sink("ops", &stage);
    let mut short = Delivery::default();
    short.attempt_timeout = ms(50);
    let pipeline = of(&[hangs.delivery(short.clone())]).build();
    pipeline.emit(Alert::info("0"));
    stage.gate.await_arrivals(1);
    let new = Record::new();
    pipeline
        .reload(of(&[new.sink("ops").delivery(short)]), secs(1))
        .unwrap();
    emit_all(&pipeline, 1..4);
    new.wait_for(3);
    assert_eq!(new.titles(), numbered(1..4));
    let ledger = pipeline.stats().sinks[0].ledger.clone();
    assert_eq!(ledger.count(Verdict::Abandoned), 1);
}

#[cfg(target_os = "linux")]
#[test]
fn a_thousand_reloads_leave_no_thread_behind() {
    let threads = || std::fs::read_dir("/proc/self/task").unwrap().count();
    let (record, opened) = (Record::new(), Arc::default());
    let stays = SinkEntry::new("stays", counting(&record, &opened));
    let pipeline = of(std::slice::from_ref(&stays)).build();
    for n in 0..1000 {
        let passing = Record::new();
        let name = format!("passing-{}", n % 3);
        pipeline
            .reload(of(&[stays.clone(), passing.sink(&name)]), secs(1))
            .unwrap();
        pipeline.emit(Alert::info(n.to_string()));
    }
    pipeline.reload(of(&[stays]), secs(1)).unwrap();
    assert!(pipeline.flush(LIMIT));
    let by = std::time::Instant::now() + LIMIT;
    while pipeline.stats().sinks.len() > 1 {
        assert!(std::time::Instant::now() < by, "removed sinks stay");
        thread::yield_now();
    }
    assert_eq!(opened.load(Ordering::SeqCst), 1);
    assert_eq!(record.titles().len(), 1000);
    // Other tests of this process have threads of their own, but not hundreds.
    assert!(threads() < 100, "{} threads", threads());
    let stats = pipeline.stats();
    assert_eq!(
        stats.retired.offered() + stats.sinks[0].ledger.offered(),
        2000
    );
    assert_eq!(stats.retired.delivered(), 1000);
}

/// What a reload asks of one sink: absent, or which version of its plan, and
/// how tight its policy is.
type Wanted = Option<(u8, u8)>;

fn sinks() -> impl Strategy<Value = Vec<Wanted>> {
    prop::collection::vec(prop::option::of((0_u8..3, 0_u8..2)), 3)
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(48))]

    /// Each sink's name has a record of its own for every version of its plan, and another after it
    /// was removed: what a removed sink still holds comes beside what its namesake gets.
    #[test]
    fn under_reloads_no_alert_is_lost_and_none_is_doubled(
        reloads in prop::collection::vec(sinks(), 1..12),
        behaviour in prop::sample::select(vec![Behaviour::Healthy, Behaviour::Flaky, Behaviour::Batching, Behaviour::Rejecting, Behaviour::Halting]),
    ) {
        quiet_panics();
        let always = Record::new();
        let always_entry = always.sink("always");
        let stage = Stage::default();
        let neighbour = behaviour.sink("neighbour", &stage);
        let mut written: BTreeMap<(usize, u8, usize), (Record, Plan)> = BTreeMap::new();
        let mut removals = [0; 3];
        let mut describe = |wanted: &[Wanted]| {
            let mut entries = vec![always_entry.clone(), neighbour.clone()];
            for (name, wanted) in wanted.iter().enumerate() {
                let Some((version, policy)) = wanted else {
                    removals[name] += 1;
                    continue;
                };
                let mut delivery = Delivery::default();
                delivery.batch.max = usize::from(*policy) + 1;
                let (_, plan) = written.entry((name, *version, removals[name])).or_insert_with(|| {
                    let record = Record::new();
                    let plan = record.plan();
                    (record, plan)
                });
                entries.push(SinkEntry::new(format!("sink-{name}"), plan.clone()).delivery(delivery));
            }
            of(&entries)
        };
        let pipeline = describe(&[None, None, None]).build();
        let emitter = pipeline.emitter();
        let end = Gate::new();
        let emitting = thread::spawn({
            let end = end.clone();
            move || {
                for n in 0..600 {
                    emitter.emit(Alert::info(n.to_string()));
                    if n == 10 {
                        // The first reload comes while alerts flow.
                        end.open();
                    }
                }
            }
        });
        end.pass();
        for wanted in &reloads {
            pipeline.reload(describe(wanted), LIMIT).unwrap();
        }
        emitting.join().unwrap();
        pipeline.close(LIMIT);
        let stats = pipeline.stats();
        assert_balanced(&stats);
        prop_assert!(stats.retired.is_balanced());
        prop_assert_eq!(stats.process.routed, 600);
        prop_assert_eq!(always.titles(), numbered(0..600));
        // Over all its versions a sink has each alert at most once, in order
        // within each, and what its books say.
        let mut received = 0;
        for name in 0..3 {
            let mut seen = BTreeSet::new();
            for (record, _) in written.iter().filter(|((of, ..), _)| *of == name).map(|(_, it)| it) {
                let titles = record.titles();
                let numbers: Vec<u32> = titles.iter().map(|t| t.parse().unwrap()).collect();
                prop_assert!(numbers.is_sorted());
                received += numbers.len() as u64;
                for n in numbers {
                    prop_assert!(seen.insert(n), "{n} twice at sink-{name}");
                }
            }
        }
        let delivered: u64 = stats.sinks.iter().filter(|s| s.name.starts_with("sink-")).map(|s| s.ledger.delivered()).sum();
        let offered: u64 = stats.sinks.iter().filter(|s| s.name.starts_with("sink-")).map(|s| s.ledger.offered()).sum();
        prop_assert_eq!(received, delivered + stats.retired.delivered());
        prop_assert_eq!(received, offered + stats.retired.offered(), "something was lost");
    }
}
