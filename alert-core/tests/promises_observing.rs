//! Observers and `tracing` hear what happened, and stand in nobody's road.

mod doubles;

use std::sync::mpsc;

use alert_core::{
    Alert, Attempt, Delivered, Findings, LaneState, Observer, OpenContext, Outcome, Pipeline, Plan,
    Reloaded, Silence, Sink, SinkConfig, SinkEntry, SinkError, Stats, Timestamp, Verdict,
};
use doubles::{
    Behaviour, Gate, LIMIT, LOADED, Lines, Record, Recorder, Stage, assert_ended, ms, quiet_panics,
};

/// Sends on what it hears.
struct Hears(mpsc::Sender<String>);

impl Observer for Hears {
    fn outcome(&mut self, sink: &str, alert: &Alert, outcome: &Outcome) {
        let _ = self.0.send(format!("{sink} {} {outcome}", alert.title()));
    }

    fn lane(&mut self, sink: &str, state: &LaneState) {
        let _ = self.0.send(format!("{sink} {state}"));
    }
}

#[test]
fn an_observer_hears_every_outcome_and_lane_state_in_order() {
    let (send, heard) = mpsc::channel();
    let stage = Stage::default();
    let pipeline = Pipeline::builder()
        .entry(stage.record.sink("good"))
        .entry(Behaviour::Rejecting.sink("bad", &stage))
        .observer(Hears(send))
        .build();
    pipeline.emit(Alert::info("one"));
    pipeline.emit(Alert::info("two"));
    assert!(pipeline.close(LIMIT));
    drop(pipeline);
    let heard: Vec<String> = heard.iter().collect();
    let of = |sink: &str| {
        let heard = heard.iter().filter_map(|line| line.strip_prefix(sink));
        heard.map(|line| line.trim().to_owned()).collect::<Vec<_>>()
    };
    assert_eq!(
        of("good"),
        ["healthy", "one delivered", "two delivered", "closed"]
    );
    assert_eq!(
        of("bad"),
        [
            "healthy",
            "one rejected: refused: never",
            "two rejected: refused: never",
            "closed"
        ]
    );
}

#[test]
fn an_observer_that_panics_harms_neither_deliveries_nor_other_observers() {
    quiet_panics();
    struct Panics;
    impl Observer for Panics {
        fn outcome(&mut self, _: &str, _: &Alert, _: &Outcome) {
            panic!("expected: in an observer");
        }

        fn lane(&mut self, _: &str, _: &LaneState) {
            panic!("expected: in an observer");
        }
    }
    impl Drop for Panics {
        fn drop(&mut self) {
            panic!("expected: in an observer's Drop");
        }
    }
    let (send, heard) = mpsc::channel();
    let record = Record::new();
    let pipeline = Pipeline::builder()
        .observer(Panics)
        .observer(Hears(send))
        .entry(record.sink("good"))
        .build();
    for _ in 0..10 {
        pipeline.emit(Alert::info("x"));
    }
    assert!(pipeline.close(LIMIT));
    let stats = assert_ended(&pipeline);
    assert_eq!((record.all().len(), stats.reports_dropped), (10, 0));
    drop(pipeline);
    assert_eq!(
        heard
            .iter()
            .filter(|line| line.contains("delivered"))
            .count(),
        10
    );
}

#[test]
fn an_observer_that_blocks_delays_no_delivery_and_what_it_misses_is_counted() {
    struct Blocks(Gate, mpsc::Sender<()>);
    impl Observer for Blocks {
        fn outcome(&mut self, _: &str, _: &Alert, _: &Outcome) {
            self.0.pass();
            let _ = self.1.send(());
        }
    }
    const ALERTS: u64 = 20_000;
    let (gate, record) = (Gate::new(), Record::new());
    let end = gate.opened_at_end();
    let (send, heard) = mpsc::channel();
    let pipeline = Pipeline::builder()
        .observer(Blocks(gate.clone(), send))
        .entry(record.sink("good"))
        .build();
    for n in 0..ALERTS {
        assert!(pipeline.emit_within(Alert::info(format!("{n}")), LIMIT));
    }
    record.wait_for(ALERTS as usize);
    let began = std::time::Instant::now();
    assert!(pipeline.close(ms(500)), "an observer is no sink");
    assert!(began.elapsed() < ms(500) + LOADED);
    let dropped = assert_ended(&pipeline).reports_dropped;
    assert!(dropped > 0);
    drop(end);
    drop(pipeline);
    // What it had in its hands it still hears; the rest was counted.
    let heard = heard.iter().count() as u64;
    assert!(heard >= 1);
    let lane_states = 2;
    assert!(
        heard + dropped <= ALERTS + lane_states,
        "{heard} heard, {dropped} dropped"
    );
    assert!(
        heard + dropped >= ALERTS,
        "{heard} heard, {dropped} dropped"
    );
}

struct Blocks(Gate);

impl Observer for Blocks {
    fn outcome(&mut self, _: &str, _: &Alert, _: &Outcome) {
        self.0.pass();
    }

    fn trouble(&mut self, _: &str, _: &str) {
        self.0.pass();
    }
}

#[test]
fn troubles_that_wait_for_an_observer_are_bounded_in_bytes() {
    let (gate, count) = (Gate::new(), 300);
    let _end = gate.opened_at_end();
    let pipeline = Pipeline::builder().observer(Blocks(gate.clone())).build();
    let emitter = pipeline.emitter();
    for _ in 0..count {
        emitter.trouble("", "x".repeat(200_000));
    }
    let dropped = pipeline.stats().reports_dropped;
    assert!(dropped >= count - 2 * (16 << 20) / 200_000 - 1, "{dropped}");
    gate.open();
    assert!(pipeline.close(LIMIT));
}

#[test]
fn what_waits_for_an_observer_is_bounded_in_bytes() {
    let (gate, count) = (Gate::new(), 1_000);
    let _end = gate.opened_at_end();
    let taken = SinkEntry::opener("good", |_| Ok(Takes));
    let pipeline = Pipeline::builder()
        .observer(Blocks(gate.clone()))
        .entry(taken)
        .build();
    let text = "x".repeat(200_000);
    for _ in 0..count {
        assert!(pipeline.emit_within(Alert::info("heavy").message(text.clone()), LIMIT));
    }
    assert!(pipeline.flush(LIMIT));
    // 16 MiB and what the observer has in its hands already, of 200 MB.
    let dropped = pipeline.stats().reports_dropped;
    assert!(dropped >= count - 2 * (16 << 20) / 200_000 - 1, "{dropped}");
    gate.open();
    assert!(pipeline.close(LIMIT));
}

struct Takes;

impl Sink for Takes {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new())
    }
}

/// Sends on all that it hears, with what its sink's books say whenever it was
/// told all, and when it goes.
struct Keeps {
    sink: &'static str,
    heard: mpsc::Sender<String>,
}

impl Keeps {
    fn say(&self, text: String) {
        let _ = self.heard.send(text);
    }
}

impl Observer for Keeps {
    fn outcome(&mut self, sink: &str, alert: &Alert, outcome: &Outcome) {
        self.say(format!("{sink} {} {outcome}", alert.title()));
    }

    fn told(&mut self, stats: &Stats) {
        let sink = stats.sink(self.sink);
        let told = sink.map_or((0, 0), |sink| {
            (sink.ledger.delivered(), sink.ledger.pending())
        });
        self.say(format!("told {} delivered, {} pending", told.0, told.1));
    }

    fn reloaded(&mut self, reloaded: &Reloaded) {
        self.say(format!("reloaded: {reloaded}"));
    }

    fn trouble(&mut self, sink: &str, text: &str) {
        self.say(format!("trouble {sink}: {text}"));
    }
}

impl Drop for Keeps {
    fn drop(&mut self) {
        self.say("gone".into());
    }
}

/// A sink with an observer of its own.
#[derive(Debug, Clone, serde::Deserialize)]
struct Observed {
    #[serde(skip)]
    heard: Option<mpsc::Sender<String>>,
    /// The file that it claims.
    #[serde(skip)]
    path: Option<&'static str>,
    /// Everything.
    #[serde(skip)]
    silences: bool,
}

impl SinkConfig for Observed {
    const KIND: &'static str = "observed";
    type Sink = Takes;

    fn open(&self, _: &OpenContext<'_>) -> Result<Takes, SinkError> {
        Ok(Takes)
    }

    fn check(&self, found: &mut Findings) {
        if let Some(path) = self.path {
            found.claims("file", path);
        }
    }

    fn silences(&self) -> Vec<Silence> {
        let everything = Silence::until(Timestamp::MAX);
        self.silences.then_some(everything).into_iter().collect()
    }

    fn observer(&self) -> Option<Box<dyn Observer>> {
        let heard = self.heard.clone()?;
        let sink = "state";
        Some(Box::new(Keeps { sink, heard }))
    }
}

fn observed() -> (SinkEntry, mpsc::Receiver<String>) {
    let (plan, heard) = observed_by(|_| ());
    (SinkEntry::new("state", plan), heard)
}

fn observed_by(change: impl FnOnce(&mut Observed)) -> (Plan, mpsc::Receiver<String>) {
    let (send, heard) = mpsc::channel();
    let mut config = Observed {
        heard: Some(send),
        path: None,
        silences: false,
    };
    change(&mut config);
    (Plan::config(config), heard)
}

#[test]
fn a_sink_that_cannot_be_used_beside_another_neither_observes_nor_silences() {
    let record = Record::new();
    let (first, first_heard) = observed_by(|config| config.path = Some("/var/a.db"));
    let (same_file, same_file_heard) = observed_by(|config| {
        config.path = Some("/var/a.db");
        config.silences = true;
    });
    let (same_name, same_name_heard) = observed_by(|config| config.silences = true);
    let pipeline = Pipeline::builder()
        .entry(record.sink("people"))
        .entry(SinkEntry::new("state", first))
        .entry(SinkEntry::new("other", same_file))
        .entry(SinkEntry::new("state", same_name))
        .build();
    pipeline.emit_tracked(Alert::info("one")).wait(LIMIT);
    assert!(pipeline.close(LIMIT));
    assert_eq!(record.titles(), ["one"]);
    assert!(
        first_heard
            .try_iter()
            .any(|line| line == "people one delivered")
    );
    for heard in [same_file_heard, same_name_heard] {
        assert_eq!(heard.try_iter().collect::<Vec<_>>(), ["gone"]);
    }
}

#[test]
fn the_observer_of_a_sink_has_heard_all_and_was_told_the_books_before_a_close_returns() {
    for _ in 0..50 {
        let (entry, heard) = observed();
        let pipeline = Pipeline::builder().entry(entry).build();
        pipeline.emit(Alert::info("one"));
        assert!(pipeline.close(LIMIT));
        // All is there already: nobody waits.
        let heard: Vec<_> = heard.try_iter().collect();
        let outcomes = heard.iter().filter(|line| *line == "state one delivered");
        assert_eq!(outcomes.count(), 1, "{heard:?}");
        let last = &heard[heard.len() - 2..];
        assert_eq!(last, ["told 1 delivered, 0 pending", "gone"], "{heard:?}");
    }
}

#[test]
fn an_observer_is_told_the_books_and_dropped_also_if_nothing_ever_happened() {
    let (entry, heard) = observed();
    assert!(Pipeline::builder().entry(entry).build().close(LIMIT));
    let heard: Vec<_> = heard.try_iter().collect();
    assert!(
        heard.ends_with(&["told 0 delivered, 0 pending".into(), "gone".into()]),
        "{heard:?}"
    );
}

#[test]
fn an_observer_is_told_the_books_after_each_run_of_reports() {
    let (entry, heard) = observed();
    let pipeline = Pipeline::builder().entry(entry).build();
    let mut delivered = 0;
    for n in 0..3 {
        pipeline.emit(Alert::info(n.to_string()));
        loop {
            let line = heard.recv_timeout(LIMIT).expect("it is told");
            if line == format!("state {n} delivered") {
                delivered += 1;
            }
            // The books are never behind what was told.
            if let Some(told) = line.strip_prefix("told ") {
                let told: u64 = told.split_once(' ').unwrap().0.parse().unwrap();
                assert!(told >= delivered, "{line}");
                if delivered == n + 1 {
                    break;
                }
            }
        }
    }
    assert!(pipeline.close(LIMIT));
}

#[test]
fn a_storm_of_reports_is_followed_by_few_looks_at_the_books() {
    let (entry, heard) = observed();
    let pipeline = Pipeline::builder().entry(entry).build();
    let start = std::time::Instant::now();
    for n in 0..3_000_u32 {
        // One after the other, so that they come in many runs.
        pipeline
            .emit_tracked(Alert::info(n.to_string()))
            .wait(LIMIT);
    }
    assert!(pipeline.close(LIMIT));
    // One at the beginning, one for each tenth of a second and each 2,048 reports, one at the end.
    let most = 4 + start.elapsed().as_millis() / 100;
    let heard: Vec<String> = heard.try_iter().collect();
    let told = heard.iter().filter(|line| line.starts_with("told"));
    assert!(told.count() as u128 <= most, "{most}");
    let delivered = heard.iter().filter(|line| line.ends_with("delivered"));
    assert!(delivered.count() >= 3_000);
}

#[test]
fn an_observer_hears_of_reloads_and_of_what_is_told_of_the_pipeline() {
    let (send, heard) = mpsc::channel();
    let record = Record::new();
    let described = || Pipeline::builder().entry(record.sink("good"));
    let builder = described().trouble("good", "odd").observer(Keeps {
        sink: "good",
        heard: send,
    });
    let pipeline = builder.build();
    pipeline
        .reload(described().entry(record.sink("more")), LIMIT)
        .expect("nothing is wrong with it");
    let broken = SinkEntry::new("never", Plan::broken("pager", "no such type"));
    let refused = pipeline.reload(described().entry(broken), LIMIT);
    refused.expect_err("it can never be opened");
    pipeline
        .emitter()
        .trouble("", "the config was not reloaded");
    assert!(pipeline.close(LIMIT));
    let heard: Vec<_> = heard.try_iter().collect();
    let news: Vec<_> = heard
        .iter()
        .filter(|line| line.starts_with("reloaded") || line.starts_with("trouble"))
        .collect();
    assert_eq!(
        news,
        [
            "trouble good: odd",
            "reloaded: changed good; added more; 0 unchanged",
            "trouble : the config was not reloaded"
        ]
    );
}

#[test]
fn the_observer_of_a_removed_sink_hears_what_came_before_and_is_told_once_more() {
    let ((entry, heard), record) = (observed(), Record::new());
    let gate = Gate::new();
    let _end = gate.opened_at_end();
    struct Waits(Gate);
    impl Observer for Waits {
        fn outcome(&mut self, _: &str, _: &Alert, _: &Outcome) {
            self.0.pass();
        }
    }
    let described = || Pipeline::builder().entry(record.sink("good"));
    let pipeline = described()
        .entry(entry)
        .observer(Waits(gate.clone()))
        .build();
    pipeline.emit(Alert::info("holds up"));
    gate.await_arrivals(1);
    // It waits for the reporter's thread together with the reload.
    pipeline.emit(Alert::info("before"));
    assert!(pipeline.flush(LIMIT));
    pipeline
        .reload(described(), LIMIT)
        .expect("nothing is wrong with it");
    pipeline.emit(Alert::info("after"));
    assert!(pipeline.flush(LIMIT));
    gate.open();
    assert!(pipeline.close(LIMIT));
    let heard: Vec<_> = heard.try_iter().collect();
    let has = |what: &str| heard.iter().any(|line| line.contains(what));
    assert!(has("state before delivered"), "{heard:?}");
    assert!(!has("after") && !has("reloaded"), "{heard:?}");
    let last = &heard[heard.len() - 2..];
    assert!(last[0].starts_with("told"), "{heard:?}");
    assert_eq!(last[1], "gone");
}

#[test]
fn an_observer_that_panics_when_it_is_told_harms_no_other() {
    quiet_panics();
    struct Panics;
    impl Observer for Panics {
        fn told(&mut self, _: &Stats) {
            panic!("expected: in an observer");
        }

        fn reloaded(&mut self, _: &Reloaded) {
            panic!("expected: in an observer");
        }

        fn trouble(&mut self, _: &str, _: &str) {
            panic!("expected: in an observer");
        }
    }
    let (entry, heard) = observed();
    let described = || {
        let builder = Pipeline::builder().entry(entry.clone());
        builder.trouble("state", "odd")
    };
    let pipeline = described().observer(Panics).build();
    pipeline.emit(Alert::info("one"));
    pipeline
        .reload(described(), LIMIT)
        .expect("nothing is wrong with it");
    assert!(pipeline.close(LIMIT));
    let heard: Vec<_> = heard.try_iter().collect();
    for line in [
        "trouble state: odd",
        "state one delivered",
        "reloaded: 1 unchanged",
        "told 1 delivered, 0 pending",
    ] {
        assert!(heard.iter().any(|heard| heard == line), "{line}: {heard:?}");
    }
}

#[test]
fn a_subscriber_that_panics_harms_nobody() {
    quiet_panics();
    let lines = Lines::that_call(|| panic!("expected: in a subscriber"));
    let record = Record::new();
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(record.sink("good"))
            .entry(SinkEntry::opener("bad", |_| {
                Err::<Recorder, _>(SinkError::unusable("broken"))
            }))
            .build()
    });
    for _ in 0..10 {
        pipeline.emit(Alert::info("x"));
    }
    record.wait_for(10);
    assert!(pipeline.close(ms(500)));
    let stats = assert_ended(&pipeline);
    assert_eq!(
        stats.sink("bad").unwrap().ledger.count(Verdict::Abandoned),
        10
    );
}

#[test]
fn a_subscriber_that_blocks_delays_neither_deliveries_nor_the_close() {
    let gate = Gate::new();
    let _end = gate.opened_at_end();
    let lines = Lines::that_call({
        let gate = gate.clone();
        move || gate.pass()
    });
    let record = Record::new();
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(record.sink("good"))
            .trouble("good", "something to say")
            .build()
    });
    gate.await_arrivals(1);
    for _ in 0..100 {
        pipeline.emit(Alert::info("x"));
    }
    record.wait_for(100);
    let began = std::time::Instant::now();
    assert!(pipeline.close(ms(300)));
    assert!(began.elapsed() < ms(300) + LOADED);
    assert_ended(&pipeline);
    gate.open();
}

#[test]
fn losses_are_told_with_their_reasons_and_rarely() {
    let lines = Lines::new();
    let pipeline = lines.listening(|| {
        Pipeline::builder()
            .entry(Behaviour::Rejecting.sink("bad", &Stage::default()))
            .build()
    });
    for _ in 0..500 {
        pipeline.emit(Alert::info("x"));
    }
    assert!(pipeline.close(LIMIT));
    lines.wait_for(&["WARN", "bad", "rejected: refused"]);
    let all = lines.all();
    let told: Vec<u64> = all
        .iter()
        .filter_map(|line| {
            line.split_once("alerts were lost (")?
                .1
                .split_once(' ')?
                .0
                .parse()
                .ok()
        })
        .collect();
    assert_eq!(told.iter().sum::<u64>(), 500, "{all:#?}");
    assert!(told.len() <= 3, "{told:?}");
}
