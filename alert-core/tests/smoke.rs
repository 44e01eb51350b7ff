//! One alert through a pipeline, end to end.

use std::sync::mpsc;
use std::time::Duration;

use alert_core::{Alert, Attempt, Delivered, Pipeline, Sink, SinkEntry, SinkError};

struct Sender(mpsc::Sender<String>);

impl Sink for Sender {
    fn deliver(&mut self, alert: &Alert, _: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.0
            .send(alert.title().to_owned())
            .map_err(|_| SinkError::rejected("gone"))?;
        Ok(Delivered::new())
    }
}

#[test]
fn an_emitted_alert_reaches_every_sink_in_order() {
    let (tx, rx) = mpsc::channel();
    let other = tx.clone();
    let pipeline = Pipeline::builder()
        .entry(SinkEntry::opener("a", move |_| Ok(Sender(other.clone()))))
        .entry(SinkEntry::opener("b", move |_| Ok(Sender(tx.clone()))))
        .build();
    for n in 0..100 {
        pipeline.emit(Alert::info(format!("{n}")));
    }
    let receipt = pipeline.emit_tracked(Alert::critical("last"));
    let outcomes = receipt.wait(Duration::from_secs(10));
    assert!(
        outcomes.is_complete(),
        "{outcomes:?} {:?}",
        pipeline.stats()
    );
    assert!(outcomes.get("a").unwrap().is_delivered());
    assert!(pipeline.flush(Duration::from_secs(5)));
    assert!(
        pipeline.close(Duration::from_secs(5)),
        "{:?}",
        pipeline.stats()
    );
    let stats = pipeline.stats();
    assert!(stats.process.is_balanced());
    for sink in &stats.sinks {
        assert!(sink.ledger.is_balanced());
        assert_eq!(sink.ledger.delivered(), 101);
    }
    drop(pipeline);
    assert_eq!(rx.try_iter().count(), 202);
}
