//! A subscriber that keeps what it is given.
#![allow(
    dead_code,
    unreachable_pub,
    reason = "each test program uses a part of it"
)]

use std::collections::BTreeMap;
use std::fmt::Debug;
use std::sync::{Arc, Mutex, PoisonError};
use std::time::Duration;

use alert_core::{Alert, Attempt, OpenContext, Sink, SinkConfig, SinkError};
use alert_sink_tracing::{TracingConfig, TracingSink};
use tracing::field::{Field, Visit};
use tracing::level_filters::LevelFilter;
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Level, Metadata, Subscriber};

/// One event as the subscriber saw it. Values are shown with their type.
#[derive(Debug, Clone, PartialEq)]
pub struct Heard {
    pub level: Level,
    pub target: String,
    pub fields: BTreeMap<&'static str, String>,
}

impl Heard {
    #[track_caller]
    pub fn field(&self, name: &str) -> &str {
        self.fields
            .get(name)
            .unwrap_or_else(|| panic!("no field {name}: {self:?}"))
    }
}

type OnEvent = dyn Fn(&Heard) + Send + Sync;

/// Hears events of a target, up to a level. Clones share one list.
#[derive(Clone)]
pub struct Listener {
    heard: Arc<Mutex<Vec<Heard>>>,
    target: &'static str,
    most: LevelFilter,
    on_event: Arc<OnEvent>,
}

impl Listener {
    pub fn to(target: &'static str) -> Self {
        Self {
            heard: Arc::default(),
            target,
            most: LevelFilter::TRACE,
            on_event: Arc::new(|_| {}),
        }
    }

    pub fn up_to(mut self, most: LevelFilter) -> Self {
        self.most = most;
        self
    }

    pub fn then(mut self, on_event: impl Fn(&Heard) + Send + Sync + 'static) -> Self {
        self.on_event = Arc::new(on_event);
        self
    }

    pub fn heard(&self) -> Vec<Heard> {
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Subscriber for Listener {
    fn enabled(&self, metadata: &Metadata<'_>) -> bool {
        metadata.target() == self.target && *metadata.level() <= self.most
    }

    fn max_level_hint(&self) -> Option<LevelFilter> {
        Some(self.most)
    }

    fn event(&self, event: &Event<'_>) {
        let mut fields = Fields::default();
        event.record(&mut fields);
        let heard = Heard {
            level: *event.metadata().level(),
            target: event.metadata().target().to_owned(),
            fields: fields.0,
        };
        self.heard
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .push(heard.clone());
        (self.on_event)(&heard);
    }

    fn new_span(&self, _: &Attributes<'_>) -> Id {
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, _: &Record<'_>) {}
    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

#[derive(Default)]
struct Fields(BTreeMap<&'static str, String>);

impl Fields {
    fn put(&mut self, field: &Field, text: String) {
        let again = self.0.insert(field.name(), text);
        assert_eq!(again, None, "{field} was given twice");
    }
}

impl Visit for Fields {
    fn record_str(&mut self, field: &Field, text: &str) {
        self.put(field, text.to_owned());
    }

    fn record_i64(&mut self, field: &Field, number: i64) {
        self.put(field, format!("i64 {number}"));
    }

    fn record_u64(&mut self, field: &Field, number: u64) {
        self.put(field, format!("u64 {number}"));
    }

    fn record_f64(&mut self, field: &Field, number: f64) {
        self.put(field, format!("f64 {number}"));
    }

    fn record_bool(&mut self, field: &Field, truth: bool) {
        self.put(field, format!("bool {truth}"));
    }

    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.put(field, format!("shown {value:?}"));
    }
}

pub fn open(config: &TracingConfig) -> Result<TracingSink, SinkError> {
    config.open(&OpenContext::new("tracing", Duration::from_secs(10)))
}

/// Delivers in time and on the first try.
#[track_caller]
pub fn say(sink: &mut TracingSink, alert: &Alert) {
    let attempt = Attempt::first(Duration::from_secs(10));
    assert!(sink.deliver(alert, &attempt).is_ok());
}
