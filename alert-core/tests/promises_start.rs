//! G6: a sink that cannot be used takes no other down, and is always reported.

mod doubles;

use std::panic::{self, AssertUnwindSafe};

use alert_core::{
    Alert, Attempt, Delivered, Findings, LaneState, Limits, OpenContext, Pipeline, Plan, Reason,
    Sink, SinkConfig, SinkEntry, SinkError,
};
use doubles::{Behaviour, LIMIT, Lines, Record, Stage, assert_ended, ms, quiet_panics};

/// Where a config misbehaves.
#[derive(Debug, Clone, Copy, PartialEq, serde::Deserialize)]
enum Where {
    Check,
    Error,
    Limits,
    Observer,
    Claim,
}

#[derive(Debug, serde::Deserialize)]
struct Config(Where);

impl SinkConfig for Config {
    const KIND: &'static str = "misbehaving";
    type Sink = Nothing;

    fn open(&self, _: &OpenContext<'_>) -> Result<Nothing, SinkError> {
        Ok(Nothing)
    }

    fn limits(&self) -> Limits {
        assert!(self.0 != Where::Limits, "expected: in limits");
        Limits::none()
    }

    fn check(&self, found: &mut Findings) {
        assert!(self.0 != Where::Check, "expected: in check");
        match self.0 {
            Where::Error => found.error("path", "no such folder"),
            Where::Claim => found.claims("file", "/var/log/x"),
            _ => {}
        }
    }

    fn observer(&self) -> Option<Box<dyn alert_core::Observer>> {
        assert!(self.0 != Where::Observer, "expected: in observer");
        None
    }
}

struct Nothing;

impl Sink for Nothing {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new())
    }
}

/// Builds the pipeline beside a healthy sink, checks that this one works and
/// that the other is halted and reported for that reason.
fn assert_halted(entries: Vec<SinkEntry>, name: &str, why: &str) {
    quiet_panics();
    let (lines, healthy) = (Lines::new(), Record::new());
    let pipeline = lines.listening(|| {
        let builder = Pipeline::builder();
        let builder = entries
            .into_iter()
            .fold(builder, |builder, entry| builder.entry(entry));
        builder.entry(healthy.sink("healthy")).build()
    });
    let receipt = pipeline.emit_tracked(Alert::info("x"));
    let outcomes = receipt.wait(LIMIT);
    assert!(outcomes.get("healthy").unwrap().is_delivered());
    let halted = outcomes.get(name).unwrap();
    assert_eq!(halted.reason(), Reason::Halted);
    assert!(halted.error().unwrap().contains(why), "{halted}");
    match &pipeline.stats().sink(name).unwrap().state {
        LaneState::Halted(text) => assert!(text.contains(why), "{text}"),
        state => panic!("{state}"),
    }
    lines.wait_for(&["WARN", name, "halted", why]);
    assert!(pipeline.close(LIMIT), "there is nothing to let go");
    assert_ended(&pipeline);
}

#[test]
fn a_config_that_panics_halts_its_sink_alone() {
    for (place, why) in [
        (Where::Check, "in check"),
        (Where::Limits, "in limits"),
        (Where::Observer, "in observer"),
    ] {
        assert_halted(vec![SinkEntry::config("bad", Config(place))], "bad", why);
    }
}

#[test]
fn a_broken_plan_halts_its_sink_alone() {
    let entry = SinkEntry::new("bad", Plan::broken("file", "unknown key `wehn`"));
    assert_halted(vec![entry], "bad", "unknown key `wehn`");
}

#[test]
fn of_two_sinks_of_one_name_the_second_is_halted() {
    let first = Record::new();
    let second = Record::new();
    let entries = vec![first.sink("twice"), second.sink("twice")];
    assert_halted(entries, "twice (2)", "another sink is called twice");
    assert_eq!((first.all().len(), second.all().len()), (1, 0));
}

#[test]
fn of_two_sinks_on_one_file_the_second_is_halted() {
    let entries = vec![
        SinkEntry::config("first", Config(Where::Claim)),
        SinkEntry::config("second", Config(Where::Claim)),
    ];
    assert_halted(entries, "second", "sink first has the same file");
}

#[test]
fn a_sink_that_does_not_open_is_reported_and_the_others_run() {
    quiet_panics();
    for (bad, why) in [
        (
            Behaviour::OpenFails.sink("bad", &Stage::default()),
            "it does not open",
        ),
        (
            Behaviour::OpenPanics.sink("bad", &Stage::default()),
            "it panics in open",
        ),
        // It may be right the next time: a folder is made, a secret appears.
        (
            SinkEntry::config("bad", Config(Where::Error)),
            "no such folder",
        ),
    ] {
        let (lines, healthy) = (Lines::new(), Record::new());
        let pipeline = lines.listening(|| {
            Pipeline::builder()
                .entry(bad)
                .entry(healthy.sink("healthy"))
                .build()
        });
        pipeline.emit(Alert::info("x"));
        healthy.wait_for(1);
        lines.wait_for(&["WARN", "bad", "unusable", why]);
        let stats = pipeline.stats();
        let bad = stats.sink("bad").unwrap();
        assert_eq!(bad.state.as_str(), "unusable");
        assert!(bad.last_error.as_deref().unwrap().contains(why));
        pipeline.close(ms(50));
        lines.wait_for(&[
            "WARN",
            "bad",
            "alerts were lost (1 abandoned: pipeline closed first)",
        ]);
        assert_ended(&pipeline);
    }
}

#[test]
fn a_sink_may_have_any_name() {
    for name in ["", "a\0b", "\u{2028}", "🔥", "../x", &"n".repeat(10_000)] {
        let record = Record::new();
        let pipeline = Pipeline::builder().entry(record.sink(name)).build();
        pipeline.emit(Alert::info("x"));
        record.wait_for(1);
        assert!(pipeline.close(LIMIT));
        assert_eq!(
            assert_ended(&pipeline)
                .sink(name)
                .unwrap()
                .ledger
                .delivered(),
            1
        );
    }
}

#[test]
fn a_pipeline_without_sinks_works_and_says_so_once() {
    let lines = Lines::new();
    let pipeline = lines.listening(|| Pipeline::builder().build());
    let receipt = pipeline.emit_tracked(Alert::info("x"));
    let outcomes = receipt.wait(LIMIT);
    assert!(outcomes.is_complete() && !outcomes.any_delivered());
    assert!(pipeline.emit_within(Alert::info("x"), LIMIT));
    assert!(pipeline.flush(LIMIT));
    lines.wait_for(&["WARN", "the pipeline has no sink"]);
    assert!(pipeline.close(LIMIT));
    assert_eq!(assert_ended(&pipeline).process.routed, 2);
    let said = lines
        .all()
        .iter()
        .filter(|line| line.contains("no sink"))
        .count();
    assert_eq!(said, 1);
}

#[test]
fn a_thousand_sinks_all_receive() {
    let record = Record::new();
    let builder = (0..1_000).fold(Pipeline::builder(), |builder, n| {
        builder.entry(record.sink(&format!("{n}")))
    });
    let pipeline = builder.build();
    pipeline.emit(Alert::info("x"));
    record.wait_for(1_000);
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn troubles_of_the_builders_caller_are_reported() {
    let lines = Lines::new();
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(Record::new().sink("ops"))
            .trouble("ops", "a mistake")
            .build()
    });
    lines.wait_for(&["WARN", "ops", "a mistake"]);
    assert!(pipeline.close(LIMIT));
}

#[test]
fn an_alert_gets_the_pipelines_source_and_context_where_it_has_none() {
    let record = Record::new();
    let mut context = alert_core::Context::new();
    context.insert("host", "db-1");
    context.insert("zone", "eu");
    let pipeline = Pipeline::builder()
        .source("billing")
        .context(context)
        .entry(record.sink("record"))
        .build();
    pipeline.emit(Alert::info("x"));
    pipeline.emit(Alert::info("x").source("shop").context("zone", "us"));
    assert!(pipeline.close(LIMIT));
    let all = record.all();
    let json = |n: usize| serde_json::to_value(all[n].alert.context()).unwrap();
    assert_eq!(
        (all[0].alert.source(), all[1].alert.source()),
        ("billing", "shop")
    );
    assert_eq!(json(0), serde_json::json!({ "host": "db-1", "zone": "eu" }));
    assert_eq!(json(1), serde_json::json!({ "zone": "us", "host": "db-1" }));
}

#[test]
fn a_panic_in_a_plans_own_drop_does_no_harm() {
    quiet_panics();
    struct PanicsInDrop;
    impl Drop for PanicsInDrop {
        fn drop(&mut self) {
            panic!("expected: a plan that panics in Drop");
        }
    }
    let healthy = Record::new();
    let bomb = PanicsInDrop;
    let entry = SinkEntry::opener("bad", move |_| {
        let _captured = &bomb;
        Ok(Nothing)
    });
    let dropped = panic::catch_unwind(AssertUnwindSafe(|| {
        let pipeline = Pipeline::builder()
            .entry(entry)
            .entry(healthy.sink("healthy"))
            .build();
        pipeline.emit(Alert::info("x"));
        assert!(pipeline.close(LIMIT));
        assert_ended(&pipeline);
    }));
    assert!(dropped.is_ok());
    assert_eq!(healthy.all().len(), 1);
}
