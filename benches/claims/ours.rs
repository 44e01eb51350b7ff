//! The record as an alert, and the pipelines that take it.

use std::path::Path;
use std::time::Duration;

use alert::{
    Alert, Attempt, Delivered, Node, Pipeline, Plan, Registry, Sink, SinkEntry, SinkError,
};
use serde_json::json;

use crate::peers::{CLEANING, HOST, MESSAGE, MOUNT, TITLE, USED};

/// Record number `n`, built as a program does it.
pub(crate) fn record(n: u64) -> Alert {
    Alert::warning(TITLE)
        .message(MESSAGE)
        .context("host", HOST)
        .context("mount", MOUNT)
        .context("used", USED)
        .context("cleaning", CLEANING)
        .context("n", n)
        .build()
}

struct Drop;

impl Sink for Drop {
    fn deliver(&mut self, _: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        Ok(Delivered::new())
    }
}

/// A pipeline whose sinks accept and drop.
pub(crate) struct Dropping(Pipeline);

impl Dropping {
    pub(crate) fn new(sinks: usize) -> Self {
        let sink = |number| SinkEntry::opener(format!("drop-{number}"), |_| Ok(Drop));
        let builder = (0..sinks)
            .map(sink)
            .fold(Pipeline::builder(), |builder, sink| builder.entry(sink));
        Self(builder.build())
    }

    pub(crate) fn emit(&self, alert: Alert) {
        self.0.emit(alert);
    }

    /// Ends it, and tells how many alerts the first sink got.
    pub(crate) fn delivered(self) -> u64 {
        assert!(self.0.close(Duration::from_secs(10)), "its sinks only drop");
        self.0.stats().sinks[0].ledger.delivered()
    }
}

pub(crate) const TEXT: &str = "alert, file sink, text";
pub(crate) const JSON: &str = "alert, file sink, json";
pub(crate) const ROTATING: &str = "alert, file sink, text, rotating";

/// Emits so many records, waiting for room rather than lose one, and returns when all are in the file.
pub(crate) fn through_file(name: &str, path: &Path, records: u64) {
    let format = if name == JSON { "json" } else { "text" };
    let mut table = json!({ "path": path, "format": format });
    if name == ROTATING {
        table["rotate"] = json!({ "size": "4MiB", "daily": true, "keep": 1_000 });
    }
    let table: Node = serde_json::from_value(table).expect("a node takes any table");
    let registry = Registry::linked();
    let kind = registry.get("file").expect("the facade links it");
    let entry = SinkEntry::new("file", Plan::new(kind, move || Ok(table.clone())));
    let pipeline = Pipeline::builder().entry(entry).build();
    for n in 0..records {
        assert!(
            pipeline.emit_within(record(n), Duration::from_secs(10)),
            "room comes in time"
        );
    }
    assert!(
        pipeline.close(Duration::from_secs(10)),
        "the file takes all of it"
    );
}
