//! Alerts through the sink into a real file, read back by the library that others use.

use std::time::Duration;

use alert_core::{Alert, Batch, OpenContext, Sink, SinkConfig};
use alert_sink_sqlite_state::StateConfig;

fn stored(path: &std::path::Path) -> i64 {
    let reader = rusqlite::Connection::open(path).unwrap();
    reader
        .query_row("SELECT count(*) FROM alerts", [], |row| row.get(0))
        .unwrap()
}

#[test]
fn the_same_alert_twice_is_one_row() {
    let folder = tempfile::tempdir().unwrap();
    let path = folder.path().join("state.db");
    let within = Duration::from_secs(10);
    let mut sink = StateConfig::new(&path)
        .open(&OpenContext::new("state", within))
        .unwrap();
    let alert = Alert::warning("disk full").context("count", 5).build();
    for _ in 0..2 {
        let outcomes = Batch::by_hand(&[alert.clone(), alert.clone()], within, |batch| {
            sink.deliver_batch(batch)
        });
        assert!(outcomes.iter().all(Result::is_ok), "{outcomes:?}");
    }
    assert_eq!(stored(&path), 1);
}
