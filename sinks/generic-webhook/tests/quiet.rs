//! No secret is in any log, however much the dependencies write.

mod common;

use std::fmt::{Debug, Write};
use std::sync::{Arc, Mutex, PoisonError};

use alert_core::{Alert, Findings, Secret, SinkConfig};
use alert_testkit::http::{HttpServer, Reply};
use common::{LONG, SIGNING, config, open, whole};
use tracing::field::{Field, Visit};
use tracing::span::{Attributes, Id, Record};
use tracing::{Event, Metadata, Subscriber};

/// Keeps every word that is logged, by either crate for it.
#[derive(Clone, Default)]
struct Everything(Arc<Mutex<String>>);

impl Everything {
    fn add(&self, words: impl FnOnce(&mut String)) {
        words(&mut self.0.lock().unwrap_or_else(PoisonError::into_inner));
    }

    fn text(&self) -> String {
        self.0
            .lock()
            .unwrap_or_else(PoisonError::into_inner)
            .clone()
    }
}

impl Visit for Everything {
    fn record_debug(&mut self, field: &Field, value: &dyn Debug) {
        self.add(|text| write!(text, " {field}={value:?}").unwrap());
    }
}

impl Subscriber for Everything {
    fn enabled(&self, _: &Metadata<'_>) -> bool {
        true
    }

    fn new_span(&self, span: &Attributes<'_>) -> Id {
        span.record(&mut self.clone());
        Id::from_u64(1)
    }

    fn record(&self, _: &Id, values: &Record<'_>) {
        values.record(&mut self.clone());
    }

    fn event(&self, event: &Event<'_>) {
        let target = event.metadata().target();
        self.add(|text| write!(text, "\n{target}:").unwrap());
        event.record(&mut self.clone());
    }

    fn record_follows_from(&self, _: &Id, _: &Id) {}
    fn enter(&self, _: &Id) {}
    fn exit(&self, _: &Id) {}
}

impl log::Log for Everything {
    fn enabled(&self, _: &log::Metadata<'_>) -> bool {
        true
    }

    fn log(&self, record: &log::Record<'_>) {
        self.add(|text| write!(text, "\n{}: {}", record.target(), record.args()).unwrap());
    }

    fn flush(&self) {}
}

#[test]
fn no_secret_is_in_any_log_of_any_dependency_nor_in_debug_nor_in_an_error() {
    let everything = Everything::default();
    tracing::subscriber::set_global_default(everything.clone()).unwrap();
    log::set_logger(Box::leak(Box::new(everything.clone()))).unwrap();
    log::set_max_level(log::LevelFilter::Trace);

    let echo = Reply::echo;
    let server = HttpServer::start([
        Reply::status(204),
        echo().with_status(400),
        echo().with_status(401),
        Reply::redirect(302, "/hook/path-token-4711"),
        Reply::reset_after_request(),
        Reply::garbage(),
        Reply::status(503),
    ]);
    let mut config = config(&server)
        .header("X-Api-Key", "header-secret-1")
        .bearer("bearer-secret-2")
        .param("key", "param-secret-3")
        .signing_secret(SIGNING)
        .template("[{{ params.key }}, {{ title }}]");
    config.http.allow_insecure = true;
    let mut said = String::new();
    let mut note = |what: &dyn Debug| write!(said, "\n{what:?} {what:#?}").unwrap();
    let mut sink = open(&config);
    for n in 0..7 {
        let alert = Alert::info(format!("t{n}")).build();
        if let Err(error) =
            alert_core::Sink::deliver(&mut sink, &alert, &alert_core::Attempt::first(LONG))
        {
            note(&error);
            note(&whole(&error));
        }
    }
    note(&sink);
    note(&config);
    drop(server);
    let alert = Alert::info("gone").build();
    note(&common::send(&mut sink, &alert));
    let mut wrong = config.clone();
    wrong.url = Secret::new("https://user:password-secret-4@example.org/path-token-4711");
    wrong.bearer = Some(Secret::new("bearer-secret-2 with a\nline"));
    wrong.signing_secrets = vec![Secret::new("whsec_signing-secret-5")];
    let mut found = Findings::new();
    wrong.check(&mut found);
    note(&found);
    note(
        &wrong
            .open(&alert_core::OpenContext::new("hook", LONG))
            .map(|_| ()),
    );

    let text = format!("{said}\n{}", everything.text());
    assert!(
        text.contains("reqwest") || text.contains("hyper"),
        "nothing was logged"
    );
    for secret in [
        "header-secret-1",
        "bearer-secret-2",
        "param-secret-3",
        "password-secret-4",
        "signing-secret-5",
        "path-token-4711",
        SIGNING.trim_start_matches("whsec_"),
    ] {
        if let Some(at) = text.find(secret) {
            let line = text[..at].rfind('\n').map_or(0, |at| at + 1);
            panic!("{secret} shows: {}", &text[line..at + secret.len()]);
        }
    }
}
