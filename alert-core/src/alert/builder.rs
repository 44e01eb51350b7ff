//! Saying it.

use std::borrow::Cow;

use serde::Serialize;

use super::record::Source;
use super::text::{grouped, keep};
use super::{Alert, AlertId, Context, Link, Severity, Status, Timestamp, Value};

/// An alert that is being said. Id and time are those of its beginning.
///
/// Every setter takes what it is given: it does not fail, does not panic, and does not block (but for a `Serialize` that
/// does). The limits are at [`Alert`] and [`Context`].
#[derive(Debug, Clone)]
#[must_use = "an alert that is not emitted is heard by nobody"]
pub struct AlertBuilder {
    /// Boxed, because every setter moves the builder.
    alert: Box<Alert>,
    links_left_out: usize,
}

impl AlertBuilder {
    #[inline]
    pub(super) fn made(
        id: AlertId,
        time: Timestamp,
        severity: Severity,
        title: Cow<'static, str>,
    ) -> AlertBuilder {
        AlertBuilder {
            alert: Box::new(Alert {
                id,
                time,
                severity,
                status: Status::Firing,
                title: keep(title, Alert::MAX_TITLE),
                message: Cow::Borrowed(""),
                context: Context::new(),
                source: Source::Unset,
                dedup_key: None,
                links: Vec::new(),
                size: 0,
            }),
            links_left_out: 0,
        }
    }

    /// The longer text.
    #[inline]
    pub fn message(mut self, message: impl Into<Cow<'static, str>>) -> AlertBuilder {
        self.alert.message = keep(message.into(), Alert::MAX_MESSAGE);
        self
    }

    /// Adds whatever can be serialized, also what is borrowed: it is taken over now. See [`Context::insert`].
    #[inline]
    pub fn context(
        mut self,
        key: impl Into<Cow<'static, str>>,
        value: impl Serialize,
    ) -> AlertBuilder {
        self.alert.context.insert(key, value);
        self
    }

    /// Adds a text; a literal is not copied.
    #[inline]
    pub fn context_text(
        mut self,
        key: impl Into<Cow<'static, str>>,
        text: impl Into<Cow<'static, str>>,
    ) -> AlertBuilder {
        self.alert.context.insert_text(key, text);
        self
    }

    /// Adds a value that is there already.
    #[inline]
    pub fn context_value(
        mut self,
        key: impl Into<Cow<'static, str>>,
        value: Value,
    ) -> AlertBuilder {
        self.alert.context.insert_value(key, value);
        self
    }

    /// Who raises it: a service, a job, a module. Without it the pipeline gives its own name.
    #[inline]
    pub fn source(mut self, source: impl Into<Cow<'static, str>>) -> AlertBuilder {
        self.alert.source = Source::Given(keep(source.into(), Alert::MAX_SOURCE));
        self
    }

    /// What it is about: alerts of one key are about the same thing.
    #[inline]
    pub fn dedup_key(mut self, key: impl Into<Cow<'static, str>>) -> AlertBuilder {
        self.alert.dedup_key = Some(keep_key(key.into()));
        self
    }

    /// Says that what the alert of the same [dedup key](AlertBuilder::dedup_key) told of has ended.
    ///
    /// It goes where that one went. At each sink that has the firing alert, or has it waiting, no gate stops the resolved
    /// one. Where the firing alert got lost or was suppressed, the message of the resolved one tells both
    /// ([`Attempt::firing`](crate::Attempt::firing)); one that was only ever suppressed passes no throttle sooner for that.
    /// Where the sink's filter stopped it, where nothing is known of it (each sink knows the last 4,096 keys, and no longer
    /// than its pipeline lives) and without a key this is an ordinary alert.
    #[inline]
    pub fn resolved(self) -> AlertBuilder {
        self.status(Status::Resolved)
    }

    /// Whether it tells of a beginning (the default) or of an end.
    #[inline]
    pub fn status(mut self, status: Status) -> AlertBuilder {
        self.alert.status = status;
        self
    }

    /// Adds a link to more: a runbook, a dashboard.
    pub fn link(
        self,
        text: impl Into<Cow<'static, str>>,
        url: impl Into<Cow<'static, str>>,
    ) -> AlertBuilder {
        self.linked(Link::new(text, url))
    }

    /// When it was raised, if that was not now.
    #[inline]
    pub fn time(mut self, time: Timestamp) -> AlertBuilder {
        self.alert.time = time;
        self
    }

    /// What it is called, if it has a name already.
    #[inline]
    pub fn id(mut self, id: AlertId) -> AlertBuilder {
        self.alert.id = id;
        self
    }

    /// How bad it is.
    #[inline]
    pub fn severity(mut self, severity: Severity) -> AlertBuilder {
        self.alert.severity = severity;
        self
    }

    /// Ends the saying.
    #[inline]
    pub fn build(mut self) -> Alert {
        if self.links_left_out > 0 {
            self.note_links();
        }
        self.alert.measure();
        *self.alert
    }

    /// A context that was captured elsewhere.
    pub(super) fn captured(mut self, context: Context) -> AlertBuilder {
        self.alert.context = context;
        self
    }

    pub(super) fn linked(mut self, link: Link) -> AlertBuilder {
        match link.kept() {
            Some(link) if self.alert.links.len() < Alert::MAX_LINKS => self.alert.links.push(link),
            _ => self.links_left_out += 1,
        }
        self
    }

    #[cold]
    fn note_links(&mut self) {
        let word = if self.links_left_out == 1 {
            "link"
        } else {
            "links"
        };
        let text = format!("{} more {word} cut", grouped(self.links_left_out));
        self.alert.context.insert_text("… links", text);
    }
}

/// A key that is too long ends in a fingerprint of the whole, so that two long keys that differ stay two.
#[inline]
fn keep_key(key: Cow<'static, str>) -> Cow<'static, str> {
    if key.len() <= Alert::MAX_DEDUP_KEY {
        return keep(key, Alert::MAX_DEDUP_KEY);
    }
    let mark = format!("[… {} …]", super::Fingerprint::of_key(&key));
    let limit = super::Text::bytes(Alert::MAX_DEDUP_KEY);
    Cow::Owned(super::fit(&key, limit, &mark).into_owned())
}

impl From<AlertBuilder> for Alert {
    #[inline]
    fn from(builder: AlertBuilder) -> Alert {
        builder.build()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_is_too_long_is_cut_with_a_mark() {
        let alert = Alert::info("t".repeat(1_000_000))
            .message("m".repeat(10_000_000))
            .source("s".repeat(1_000))
            .build();
        for (text, limit) in [
            (alert.title(), Alert::MAX_TITLE),
            (alert.message(), Alert::MAX_MESSAGE),
            (alert.source(), Alert::MAX_SOURCE),
        ] {
            assert!((limit - 8..=limit).contains(&text.len()), "{}", text.len());
            assert!(text.contains(" characters cut …]"));
        }
        assert!(alert.size() < Alert::MAX_MESSAGE + Alert::MAX_TITLE + 2_000);
    }

    #[test]
    fn literals_are_not_copied() {
        let (title, message) = ("a title", "a message");
        let alert = Alert::info(title).message(message).build();
        assert_eq!(alert.title().as_ptr(), title.as_ptr());
        assert_eq!(alert.message().as_ptr(), message.as_ptr());
    }

    #[test]
    fn long_keys_that_differ_in_the_middle_stay_different() {
        let key = |middle: &str| format!("{}{middle}{}", "a".repeat(1_000), "z".repeat(1_000));
        let one = Alert::info("t").dedup_key(key("1")).build();
        let two = Alert::info("t").dedup_key(key("2")).build();
        assert!(one.dedup_key().unwrap().len() <= Alert::MAX_DEDUP_KEY);
        assert_ne!(one.fingerprint(), two.fingerprint());
        assert_eq!(
            one.fingerprint(),
            Alert::info("u").dedup_key(key("1")).build().fingerprint()
        );
    }

    #[test]
    fn links_beyond_the_limit_are_counted() {
        let mut builder = Alert::info("t").link("long", "x".repeat(10_000));
        for n in 0..20 {
            builder = builder.link("runbook", format!("https://example.org/{n}"));
        }
        let alert = builder.build();
        assert_eq!(alert.links().len(), Alert::MAX_LINKS);
        assert_eq!(alert.links()[15].url(), "https://example.org/15");
        assert_eq!(
            alert.context().get("… links"),
            Some(&Value::from("5 more links cut"))
        );
    }

    #[test]
    fn every_setter_sets_its_own() {
        let (id, time) = (AlertId::next(), Timestamp::from_micros(5_000));
        let alert: Alert = Alert::info("t")
            .severity(Severity::Critical)
            .id(id)
            .time(time)
            .resolved()
            .context_text("a", "b")
            .context_value("c", Value::Null)
            .dedup_key("k")
            .into();
        assert_eq!((alert.id(), alert.time()), (id, time));
        assert_eq!(alert.severity(), Severity::Critical);
        assert_eq!(alert.status(), Status::Resolved);
        assert_eq!(alert.dedup_key(), Some("k"));
        assert_eq!(
            serde_json::to_string(alert.context()).unwrap(),
            r#"{"a":"b","c":null}"#
        );
    }

    #[test]
    fn blank_and_empty_texts_are_taken() {
        let alert = Alert::info("")
            .message(" ")
            .source("")
            .dedup_key("")
            .build();
        assert_eq!((alert.title(), alert.message()), ("", " "));
        assert_eq!(alert.dedup_key(), Some(""));
    }
}
