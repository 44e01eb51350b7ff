//! Silences stop what would tell people and not what keeps a record, from the
//! moment on at which some sink fills the table; nothing else changes.

mod doubles;

use std::sync::atomic::{AtomicUsize, Ordering};
use std::sync::mpsc;
use std::thread;

use alert_core::delivery::{Dedup, Delivery, Filter};
use alert_core::{
    Alert, Attempt, Delivered, Entry, Limits, Node, NodeValue, OpenContext, Pipeline, Plan,
    Problem, Reason, Silence, Silences, Sink, SinkConfig, SinkEntry, SinkError, SinkKind,
    Timestamp, Verdict,
};
use doubles::{Gate, LIMIT, Lines, Record, Recorder, assert_ended, ms, secs};
use proptest::prelude::*;

/// Whose sink keeps a record, or tells people; it hands out its part of the
/// silences when it is opened.
#[derive(Debug, Clone, Default, serde::Deserialize)]
struct Owner {
    keeps_record: bool,
    #[serde(skip)]
    opened: Option<mpsc::Sender<Silences>>,
    #[serde(skip)]
    begins_with: Option<Silence>,
    /// It opens once this has been opened.
    #[serde(skip)]
    behind: Option<Gate>,
    #[serde(skip)]
    dropped: Option<mpsc::Sender<()>>,
}

impl SinkConfig for Owner {
    const KIND: &'static str = "owner";
    type Sink = Takes;

    fn open(&self, cx: &OpenContext<'_>) -> Result<Takes, SinkError> {
        if let Some(opened) = &self.opened {
            let _ = opened.send(cx.silences().clone());
        }
        if let Some(gate) = &self.behind {
            gate.pass();
        }
        Ok(Takes(self.dropped.clone()))
    }

    fn keeps_record(&self) -> bool {
        self.keeps_record
    }

    fn silences(&self) -> Vec<Silence> {
        self.begins_with.iter().cloned().collect()
    }
}

struct Takes(Option<mpsc::Sender<()>>);

impl Drop for Takes {
    fn drop(&mut self) {
        if let Some(dropped) = &self.0 {
            let _ = dropped.send(());
        }
    }
}

impl Sink for Takes {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new())
    }
}

fn owner(keeps_record: bool) -> (Plan, mpsc::Receiver<Silences>) {
    let (send, opened) = mpsc::channel();
    let config = Owner {
        keeps_record,
        opened: Some(send),
        ..Owner::default()
    };
    (Plan::config(config), opened)
}

/// A record's sink, which fills no silences.
fn log() -> SinkEntry {
    let config = Owner {
        keeps_record: true,
        ..Owner::default()
    };
    SinkEntry::config("log", config)
}

fn everything() -> Silence {
    Silence::until(Timestamp::MAX)
}

fn at(pipeline: &Pipeline, sink: &str, alert: impl Into<Alert>) -> Reason {
    let outcomes = pipeline.emit_tracked(alert).wait(LIMIT);
    outcomes.get(sink).expect("it is a sink").reason()
}

#[test]
fn a_silence_stops_a_sink_that_tells_people_and_none_that_keeps_a_record() {
    let (plan, opened) = owner(true);
    let people = Record::new();
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("state", plan))
        .entry(people.sink("people"))
        .entry(people.sink("all").filter(Filter::all().silenced(true)))
        .entry(log().filter(Filter::all().silenced(false)))
        .build();
    let silences = opened.recv_timeout(LIMIT).unwrap();
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Delivered);
    silences.replace([everything().source("billing-*")]);
    let reasons = |source: &'static str| {
        let outcomes = pipeline.emit_tracked(Alert::info("x").source(source));
        let outcomes = outcomes.wait(LIMIT);
        ["state", "people", "all", "log"].map(|sink| outcomes.get(sink).unwrap().reason())
    };
    use Reason::{Delivered, Silenced};
    assert_eq!(
        reasons("billing-eu"),
        [Delivered, Silenced, Delivered, Silenced]
    );
    assert_eq!(reasons("shop"), [Delivered; 4]);
    silences.replace([]);
    assert_eq!(reasons("billing-eu"), [Delivered; 4]);
    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    let ledger = &stats.sink("people").unwrap().ledger;
    assert_eq!(
        (
            ledger.by_reason(Silenced),
            ledger.count(Verdict::Filtered),
            ledger.lost()
        ),
        (1, 1, 0)
    );
}

#[test]
fn the_very_first_alert_finds_the_silences_that_a_config_begins_with() {
    let (open, opened) = mpsc::channel();
    let config = Owner {
        keeps_record: true,
        opened: Some(open),
        begins_with: Some(everything()),
        ..Owner::default()
    };
    let people = Record::new();
    let pipeline = Pipeline::builder()
        .sink("state", config)
        .entry(people.sink("people"))
        .build();
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Silenced);
    // They are the sink's own, who may let them go.
    opened.recv_timeout(LIMIT).unwrap().replace([]);
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Delivered);
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn a_silence_that_is_over_silences_nothing() {
    let (plan, opened) = owner(false);
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("people", plan))
        .build();
    let silences = opened.recv_timeout(LIMIT).unwrap();
    silences.replace([Silence::until(Timestamp::now())]);
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Delivered);
    assert!(pipeline.close(LIMIT));
}

#[test]
fn the_end_of_what_people_were_told_passes_a_silence() {
    let (plan, opened) = owner(false);
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("people", plan))
        .build();
    let silences = opened.recv_timeout(LIMIT).unwrap();
    let firing = |key: &'static str| Alert::warning("firing").dedup_key(key);
    let end = |key: &'static str| Alert::warning("end").dedup_key(key).resolved();
    use Reason::{Delivered, Silenced};
    assert_eq!(at(&pipeline, "people", firing("a")), Delivered);
    silences.replace([everything()]);
    assert_eq!(at(&pipeline, "people", firing("b")), Silenced);
    assert_eq!(at(&pipeline, "people", end("a")), Delivered);
    assert_eq!(at(&pipeline, "people", end("a")), Silenced, "told already");
    assert_eq!(at(&pipeline, "people", end("b")), Silenced, "never told");
    assert!(pipeline.close(LIMIT));
    assert_ended(&pipeline);
}

#[test]
fn what_was_silenced_opens_no_dedup_window_and_goes_to_no_fallback() {
    let (plan, opened) = owner(false);
    let record = Record::new();
    let mut delivery = Delivery::default();
    delivery.dedup = Some(Dedup { within: secs(60) });
    delivery.fallback = Some("log".into());
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("people", plan).delivery(delivery))
        .entry(
            record
                .sink("log")
                .filter(Filter::all().only_as_fallback().silenced(true)),
        )
        .build();
    let silences = opened.recv_timeout(LIMIT).unwrap();
    silences.replace([everything()]);
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Silenced);
    silences.replace([]);
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Delivered);
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Duplicate);
    assert!(pipeline.close(LIMIT));
    assert_eq!(record.all().len(), 0);
}

#[test]
fn a_silence_does_not_stop_what_is_handed_over_by_a_sink_that_failed() {
    let (plan, opened) = owner(false);
    let record = Record::new();
    let mut delivery = Delivery::default();
    delivery.fallback = Some("people".into());
    let fails = Plan::opener("fails", Limits::none(), |_| Ok(Fails));
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("silences", plan))
        .entry(
            SinkEntry::new("fails", fails)
                .filter(Filter::all().silenced(true))
                .delivery(delivery),
        )
        .entry(record.sink("people"))
        .build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    pipeline.emit_tracked(Alert::info("x")).wait(LIMIT);
    assert!(pipeline.close(LIMIT));
    assert_eq!(record.titles(), ["x"]);
}

struct Fails;

impl Sink for Fails {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Err(SinkError::rejected("no"))
    }
}

#[test]
fn a_sinks_silences_outlive_another_opening_and_go_when_a_reload_removes_it() {
    let (plan, opened) = owner(true);
    let (other, reopened) = owner(true);
    let people = Record::new();
    let described = |plan: Option<&Plan>| {
        let builder = Pipeline::builder().entry(people.sink("people"));
        match plan {
            Some(plan) => builder.entry(SinkEntry::new("state", plan.clone())),
            None => builder,
        }
    };
    let pipeline = described(Some(&plan)).build();
    let silences = opened.recv_timeout(LIMIT).unwrap();
    silences.replace([everything()]);
    let people = || at(&pipeline, "people", Alert::info("x"));
    assert_eq!(people(), Reason::Silenced);

    pipeline
        .reload(described(Some(&other)), secs(1))
        .expect("nothing is wrong with it");
    let again = reopened.recv_timeout(LIMIT).unwrap();
    assert_eq!(people(), Reason::Silenced);
    assert_eq!(again.current(), [everything()]);

    pipeline
        .reload(described(None), secs(1))
        .expect("nothing is wrong with it");
    assert_eq!(people(), Reason::Delivered);
    silences.replace([everything()]);
    again.replace([everything()]);
    assert_eq!(
        people(),
        Reason::Delivered,
        "it is no sink of this pipeline"
    );
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_reload_that_changes_only_whether_silences_hold_takes_effect() {
    let (plan, opened) = owner(true);
    let described = |takes: Option<bool>| {
        let mut filter = Filter::all();
        filter.silenced = takes;
        let state = SinkEntry::new("state", plan.clone()).filter(filter);
        Pipeline::builder().entry(state)
    };
    let pipeline = described(None).build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    for (takes, reason) in [
        (None, Reason::Delivered),
        (Some(false), Reason::Silenced),
        (Some(true), Reason::Delivered),
        (Some(false), Reason::Silenced),
        (None, Reason::Delivered),
    ] {
        pipeline
            .reload(described(takes), secs(1))
            .expect("nothing is wrong with it");
        assert_eq!(
            at(&pipeline, "state", Alert::info("x")),
            reason,
            "{takes:?}"
        );
    }
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_reload_to_a_sink_that_keeps_a_record_lets_it_take_what_is_silenced() {
    let ((tells, opened), (keeps, _)) = (owner(false), owner(true));
    let described = |plan: &Plan| Pipeline::builder().entry(SinkEntry::new("state", plan.clone()));
    let pipeline = described(&tells).build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    for (plan, reason) in [
        (&tells, Reason::Silenced),
        (&keeps, Reason::Delivered),
        (&tells, Reason::Silenced),
    ] {
        pipeline
            .reload(described(plan), secs(1))
            .expect("nothing is wrong with it");
        assert_eq!(at(&pipeline, "state", Alert::info("x")), reason);
    }
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_reload_to_a_sink_that_keeps_a_record_holds_before_that_one_is_open() {
    let (tells, opened) = owner(false);
    let gate = Gate::new();
    let _end = gate.opened_at_end();
    let keeps = Plan::config(Owner {
        keeps_record: true,
        behind: Some(gate.clone()),
        ..Owner::default()
    });
    let described = |plan: Plan| Pipeline::builder().entry(SinkEntry::new("state", plan));
    let pipeline = described(tells).build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    let done = pipeline.reload(described(keeps), secs(1));
    done.expect("nothing is wrong with it");
    gate.await_arrivals(1);
    let receipt = pipeline.emit_tracked(Alert::info("x"));
    let by = std::time::Instant::now() + LIMIT;
    while pipeline.stats().sinks[0].ledger.offered() == 0 {
        assert!(std::time::Instant::now() < by, "it is not offered");
        thread::yield_now();
    }
    gate.open();
    let outcomes = receipt.wait(LIMIT);
    assert_eq!(outcomes.get("state").unwrap().reason(), Reason::Delivered);
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_sink_that_opens_after_another_took_its_place_does_not_say_what_that_one_keeps() {
    let gate = Gate::new();
    let _end = gate.opened_at_end();
    let (send, dropped) = mpsc::channel();
    let late = Plan::config(Owner {
        behind: Some(gate.clone()),
        dropped: Some(send),
        ..Owner::default()
    });
    let (keeps, _) = owner(true);
    let (other, opened) = owner(true);
    let mut short = Delivery::default();
    short.attempt_timeout = ms(50);
    let described = |plan: Plan, delivery: Delivery| {
        Pipeline::builder()
            .entry(SinkEntry::new("state", plan).delivery(delivery))
            .entry(SinkEntry::new("other", other.clone()))
    };
    let pipeline = described(late, short).build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    gate.await_arrivals(1);
    let done = pipeline.reload(described(keeps, Delivery::default()), secs(1));
    done.expect("nothing is wrong with it");
    assert_eq!(at(&pipeline, "state", Alert::info("x")), Reason::Delivered);
    gate.open();
    dropped.recv_timeout(LIMIT).unwrap();
    assert_eq!(at(&pipeline, "state", Alert::info("y")), Reason::Delivered);
    pipeline.close(LIMIT);
}

#[test]
fn a_record_whose_entry_can_be_read_only_when_it_is_opened_is_one_from_then_on() {
    let tries = AtomicUsize::new(0);
    let plan = Plan::new(&SinkKind::of::<Owner>("", ""), move || {
        match tries.fetch_add(1, Ordering::SeqCst) {
            0 => Err(Problem::error("its file is not there yet").into()),
            _ => {
                let yes = Node::new(NodeValue::Bool(true));
                Ok(Node::table([Entry::new("keeps_record", yes)]))
            }
        }
    });
    let (other, opened) = owner(true);
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("state", plan))
        .entry(SinkEntry::new("other", other))
        .build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    // Delivered where it is not silenced: the sink is open from then on.
    let by = std::time::Instant::now() + LIMIT;
    while at(&pipeline, "state", Alert::info("x")) != Reason::Delivered {
        assert!(std::time::Instant::now() < by, "it is silenced for ever");
        thread::yield_now();
    }
    assert!(pipeline.close(LIMIT));
}

#[test]
fn without_gates_no_silence_stops_anything() {
    let (plan, opened) = owner(false);
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("people", plan))
        .without_gates()
        .build();
    opened.recv_timeout(LIMIT).unwrap().replace([everything()]);
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Delivered);
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_notice_of_the_pipelines_own_can_be_silenced() {
    let (plan, opened) = owner(true);
    let people = Record::new();
    let mut delivery = Delivery::default();
    delivery.notice_after = std::time::Duration::ZERO;
    let broken = SinkEntry::opener("broken", {
        let silences = std::sync::Mutex::new(Some(opened));
        move |_| {
            // Filled before there is anything to tell.
            if let Some(opened) = silences.lock().unwrap().take() {
                let own = everything().source("alert.pipeline");
                opened.recv_timeout(LIMIT).unwrap().replace([own]);
            }
            Err::<Recorder, _>(SinkError::unusable("no"))
        }
    });
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::new("state", plan))
        .entry(people.sink("people"))
        .entry(broken.delivery(delivery))
        .build();
    let state = || {
        let stats = pipeline.stats();
        stats.sink("state").unwrap().ledger.delivered()
    };
    let by = std::time::Instant::now() + LIMIT;
    while state() == 0 {
        assert!(std::time::Instant::now() < by, "no notice came");
        thread::yield_now();
    }
    assert!(pipeline.close(LIMIT));
    let stats = pipeline.stats();
    let ledger = &stats.sink("people").unwrap().ledger;
    assert!(ledger.by_reason(Reason::Silenced) >= 1);
    assert_eq!(people.all().len(), 0);
}

#[test]
fn too_many_silences_are_told_and_those_beyond_deliver() {
    let (plan, opened) = owner(false);
    let lines = Lines::new();
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(SinkEntry::new("people", plan))
            .build()
    });
    let silences = opened.recv_timeout(LIMIT).unwrap();
    let other = (0..1024).map(|n| everything().source(format!("other-{n}")));
    silences.replace(other.chain([everything()]));
    assert_eq!(at(&pipeline, "people", Alert::info("x")), Reason::Delivered);
    lines.wait_for(&["WARN", "more silences than 1,024"]);
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_context_made_by_hand_has_a_table_of_its_own() {
    let cx = OpenContext::new("ops", LIMIT);
    cx.silences().replace([everything().id("7")]);
    let alert = Alert::info("x").build();
    let found = cx.clone().silences().check(&alert, Timestamp::now());
    assert_eq!(found.unwrap().name(), "7");
    assert_eq!(OpenContext::new("ops", LIMIT).silences().current(), []);
}

proptest! {
    #![proptest_config(ProptestConfig::with_cases(16))]

    #[test]
    fn the_books_balance_while_two_sinks_change_the_silences(
        sources in prop::collection::vec(0..4_u8, 1..200),
        changes in prop::collection::vec((any::<bool>(), prop::option::of(0..4_u8)), 0..50),
    ) {
        let ((one, opened), (two, opened_too)) = (owner(true), owner(false));
        let pipeline = Pipeline::builder()
            .entry(SinkEntry::new("state", one))
            .entry(SinkEntry::new("people", two))
            .build();
        let parts = [opened, opened_too].map(|opened| opened.recv_timeout(LIMIT).unwrap());
        thread::scope(|scope| {
            scope.spawn(|| {
                for (which, source) in &changes {
                    let silences = source.map(|source| everything().source(source.to_string()));
                    parts[usize::from(*which)].replace(silences);
                }
            });
            for source in &sources {
                let alert = Alert::info("x").source(source.to_string());
                assert!(pipeline.emit_within(alert, LIMIT));
            }
        });
        assert!(pipeline.close(LIMIT));
        let stats = assert_ended(&pipeline);
        let emitted = sources.len() as u64;
        prop_assert_eq!(stats.sink("state").unwrap().ledger.delivered(), emitted);
        let people = &stats.sink("people").unwrap().ledger;
        prop_assert_eq!(people.delivered() + people.by_reason(Reason::Silenced), emitted);
    }
}
