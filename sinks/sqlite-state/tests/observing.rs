//! What becomes of alerts at other sinks, heard in a running pipeline and read back; and which of
//! them silences in the database stop.

use std::path::PathBuf;
use std::time::{Duration, Instant};

use alert_core::delivery::{Delivery, Filter, Retry};
use alert_core::{Alert, AlertId, LaneState, Pipeline, Reason, Severity, Timestamp};
use alert_sink_sqlite_state::{
    AlertName, AuditQuery, By, DeliveryRow, StateConfig, StateReader, StateStore, Status, Story,
};
use alert_testkit::{Answer, Failing, Observed, Recording, SAFETY, TestPipeline};
use rusqlite::Connection;
use tempfile::TempDir;

const AT_END: Duration = Duration::from_secs(10);

struct Place(TempDir);

impl Place {
    fn fresh() -> Self {
        Self(tempfile::tempdir().unwrap())
    }

    fn path(&self) -> PathBuf {
        self.0.path().join("state.db")
    }

    fn config(&self) -> StateConfig {
        StateConfig::new(self.path())
    }

    fn reader(&self) -> StateReader {
        StateReader::open(self.path()).unwrap()
    }

    fn story(&self, id: AlertId) -> Story {
        self.reader().story(AlertName::Id(id)).unwrap().unwrap()
    }

    fn status(&self) -> Status {
        self.reader().status(Timestamp::now()).unwrap()
    }
}

/// Looks again and again, with an outer limit.
#[track_caller]
fn wait_until(mut is_so: impl FnMut() -> bool) {
    let began = Instant::now();
    while !is_so() {
        assert!(began.elapsed() < SAFETY, "it did not come to that");
        // Nobody unparks this thread: it is a pause that ends by itself.
        std::thread::park_timeout(Duration::from_millis(5));
    }
}

fn once() -> Delivery {
    let mut delivery = Delivery::default();
    delivery.retry = Retry {
        max_attempts: 1,
        ..Retry::default()
    };
    delivery
}

fn row<'a>(story: &'a Story, sink: &str) -> &'a DeliveryRow {
    let mut rows = story.deliveries.iter().filter(|row| row.sink == sink);
    let row = rows.next().unwrap_or_else(|| panic!("{sink}: {story:?}"));
    assert!(rows.next().is_none(), "{sink}: {story:?}");
    row
}

#[test]
fn the_story_of_an_alert_tells_what_each_other_sink_made_of_it() {
    let place = Place::fresh();
    let (well, high) = (Recording::new(), Recording::new());
    let high = high
        .entry("high")
        .filter(Filter::all().min_severity(Severity::Critical));
    let pipeline = TestPipeline::start(
        Pipeline::builder()
            .sink("state", place.config())
            .entry(well.entry("well"))
            .entry(high)
            .entry(Failing::with(Answer::Rejected).entry("refuses"))
            .entry(Failing::new().entry("fails").delivery(once())),
    );
    let alert = Alert::warning("disk full").dedup_key("disk").build();
    let id = alert.id();
    pipeline.emit(alert);
    assert!(pipeline.close(AT_END));

    let story = place.story(id);
    assert_eq!(row(&story, "well").verdict, "delivered");
    assert_eq!(row(&story, "high").verdict, "filtered");
    assert_eq!(row(&story, "high").reason, "below min_severity");
    let refused = row(&story, "refuses");
    assert_eq!(refused.verdict, "rejected");
    assert_eq!(refused.error.as_deref(), Some("scripted to refuse"));
    let failed = row(&story, "fails");
    assert_eq!((failed.verdict.as_str(), failed.attempts), ("gave_up", 1));
    assert_eq!(failed.error.as_deref(), Some("scripted to fail"));
    // That it is here the row itself says.
    assert!(story.deliveries.iter().all(|row| row.sink != "state"));

    let status = place.status();
    let of = |name: &str| status.sinks.iter().find(|sink| sink.sink == name).unwrap();
    let own = of("state");
    assert_eq!(
        (own.kind.as_str(), own.state.as_str()),
        ("sqlite-state", "closed")
    );
    assert_eq!((own.delivered, own.lost, own.pending), (1, 0, 0));
    assert!(own.last_success_at.is_some());
    assert_eq!((of("well").delivered, of("refuses").lost), (1, 1));
    assert_eq!(
        of("refuses").last_error.as_deref(),
        Some("scripted to refuse")
    );
    assert_eq!(of("fails").pid, i64::from(std::process::id()));
}

#[test]
fn the_books_of_one_program_add_up_over_its_processes() {
    let place = Place::fresh();
    for _ in 0..3 {
        let builder = Pipeline::builder().sink("state", place.config());
        let pipeline = TestPipeline::start(builder.entry(Recording::new().entry("well")));
        for _ in 0..5 {
            pipeline.emit(Alert::info("a").build());
        }
        assert!(pipeline.close(AT_END));
    }
    // All is in one file, as whoever copies it expects.
    assert!(!place.0.path().join("state.db-wal").exists());
    let status = place.status();
    let books: Vec<_> = status
        .sinks
        .iter()
        .map(|sink| (sink.sink.as_str(), sink.delivered))
        .collect();
    assert_eq!(books, [("state", 15), ("well", 15)]);
}

#[test]
fn what_cannot_be_written_of_outcomes_costs_no_delivery_and_is_written_later() {
    let place = Place::fresh();
    let well = Recording::new();
    let builder = Pipeline::builder().sink("state", place.config());
    let pipeline = TestPipeline::start(builder.entry(well.entry("well")));
    let first = Alert::info("first").build();
    let id = first.id();
    // The table for outcomes is not there.
    let other = {
        StateStore::open(place.path()).unwrap();
        let other = Connection::open(place.path()).unwrap();
        other
            .execute_batch("ALTER TABLE deliveries RENAME TO elsewhere")
            .unwrap();
        other
    };
    let receipt = pipeline.emit_tracked(first);
    let outcomes = receipt.wait(SAFETY);
    assert!(outcomes.get("state").unwrap().is_delivered());
    assert!(outcomes.get("well").unwrap().is_delivered());
    other
        .execute_batch("ALTER TABLE elsewhere RENAME TO deliveries")
        .unwrap();
    pipeline.emit(Alert::info("second").build());
    assert!(pipeline.close(AT_END));
    assert_eq!(row(&place.story(id), "well").verdict, "delivered");
    assert_eq!(well.len(), 2);
}

#[test]
fn a_reload_is_in_the_audit_trail() {
    let place = Place::fresh();
    let builder = || Pipeline::builder().sink("state", place.config());
    let pipeline = TestPipeline::start(builder());
    let with_more = builder().entry(Recording::new().entry("more"));
    pipeline.reload(with_more, AT_END).unwrap();
    assert!(pipeline.close(AT_END));
    let audit = place.reader().audit(&AuditQuery::default()).unwrap();
    let [entry] = &audit[..] else {
        panic!("{audit:?}");
    };
    assert_eq!(
        (entry.action.as_str(), entry.subject.as_str()),
        ("reload", "config")
    );
    assert!(
        entry
            .actor
            .ends_with(&format!(" (pid {})", std::process::id()))
    );
    assert_eq!(
        entry.after.as_ref().unwrap()["added"],
        serde_json::json!(["more"])
    );
}

#[test]
fn a_silence_holds_in_a_running_pipeline_until_it_is_ended_and_the_record_goes_on() {
    let place = Place::fresh();
    let (well, observed) = (Recording::new(), Observed::new());
    let builder = Pipeline::builder().sink("state", place.config());
    let builder = builder.entry(well.entry("well")).observer(observed.clone());
    let pipeline = TestPipeline::start(builder);
    observed.wait_for_lane("state", |state| *state == LaneState::Healthy);
    let reason_of = |title: &'static str| {
        let alert = Alert::warning(title).source("billing-eu").build();
        let outcomes = pipeline.emit_tracked(alert).wait(SAFETY);
        assert!(outcomes.get("state").unwrap().is_delivered());
        outcomes.get("well").unwrap().reason()
    };
    assert_eq!(reason_of("before"), Reason::Delivered);

    let store = StateStore::open(place.path()).unwrap();
    let by = By::new("somebody");
    let hour = Timestamp::now().as_micros() + 3_600_000_000;
    let matches = "source=billing-*".parse().unwrap();
    let done = store.silence(&matches, Timestamp::from_micros(hour), &by);
    let silence = done.unwrap().what;
    wait_until(|| reason_of("silenced") == Reason::Silenced);
    let other = pipeline.emit_tracked(Alert::warning("other").source("shop").build());
    assert!(other.wait(SAFETY).get("well").unwrap().is_delivered());

    store.unsilence(silence.id, &by).unwrap().unwrap();
    wait_until(|| reason_of("after") == Reason::Delivered);
}

#[test]
fn a_silence_that_is_there_holds_as_soon_as_the_sink_is_open() {
    let place = Place::fresh();
    let store = StateStore::open(place.path()).unwrap();
    let hour = Timestamp::now().as_micros() + 3_600_000_000;
    let everything = "everything".parse().unwrap();
    let by = By::new("somebody");
    store
        .silence(&everything, Timestamp::from_micros(hour), &by)
        .unwrap();
    let observed = Observed::new();
    let builder = Pipeline::builder().sink("state", place.config());
    let builder = builder.entry(Recording::new().entry("well"));
    let pipeline = TestPipeline::start(builder.observer(observed.clone()));
    observed.wait_for_lane("state", |state| *state == LaneState::Healthy);
    let outcomes = pipeline
        .emit_tracked(Alert::critical("a").build())
        .wait(SAFETY);
    assert_eq!(outcomes.get("well").unwrap().reason(), Reason::Silenced);
}
