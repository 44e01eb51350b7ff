//! One alert.

use std::borrow::Cow;
use std::sync::Arc;

use serde::ser::SerializeStruct;
use serde::{Serialize, Serializer};

use super::{AlertBuilder, AlertId, Context, Fingerprint, Link, Severity, Status, Timestamp};

/// Something that somebody should know, as it was when it was built.
///
/// Whatever it is made of, building one never fails and never panics: what is too long is cut in the middle with a mark,
/// what is too many is left out and counted.
///
/// ```
/// use alert_core::{Alert, Severity};
/// let alert = Alert::warning("disk is filling")
///     .message("/var is at 93 %")
///     .context("used_percent", 93)
///     .dedup_key("disk:/var")
///     .build();
/// assert_eq!(alert.severity(), Severity::Warning);
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Alert {
    pub(super) id: AlertId,
    pub(super) time: Timestamp,
    pub(super) severity: Severity,
    pub(super) status: Status,
    pub(super) title: Cow<'static, str>,
    pub(super) message: Cow<'static, str>,
    pub(super) context: Context,
    pub(super) source: Source,
    pub(super) dedup_key: Option<Cow<'static, str>>,
    pub(super) links: Vec<Link>,
    pub(super) size: usize,
}

/// Who raised it; the pipeline's own name is shared and not copied.
#[derive(Debug, Clone)]
pub(super) enum Source {
    Unset,
    Given(Cow<'static, str>),
    Default(Arc<str>),
}

impl Source {
    fn as_str(&self) -> &str {
        match self {
            Source::Unset => "",
            Source::Given(name) => name,
            Source::Default(name) => name,
        }
    }
}

impl PartialEq for Source {
    fn eq(&self, other: &Source) -> bool {
        self.as_str() == other.as_str()
    }
}

impl Alert {
    /// The longest title in bytes (4 KiB); a longer one is cut in the middle.
    pub const MAX_TITLE: usize = 4 * 1024;

    /// The longest message in bytes (256 KiB); a longer one is cut in the middle.
    pub const MAX_MESSAGE: usize = 256 * 1024;

    /// The longest source in bytes; a longer one is cut in the middle.
    pub const MAX_SOURCE: usize = 512;

    /// The longest dedup key in bytes; a longer one is cut in the middle, with a hash of the whole as the mark, so that
    /// two long keys that differ stay two.
    pub const MAX_DEDUP_KEY: usize = 512;

    /// The most links; more are left out and counted in the context, under `… links`.
    pub const MAX_LINKS: usize = 16;

    /// Begins an alert of this severity.
    #[inline]
    pub fn builder(severity: Severity, title: impl Into<Cow<'static, str>>) -> AlertBuilder {
        let time = Timestamp::now();
        AlertBuilder::made(AlertId::at(time), time, severity, title.into())
    }

    /// Begins an alert that is worth knowing.
    #[inline]
    pub fn info(title: impl Into<Cow<'static, str>>) -> AlertBuilder {
        Alert::builder(Severity::Info, title)
    }

    /// Begins an alert that somebody should look at.
    #[inline]
    pub fn warning(title: impl Into<Cow<'static, str>>) -> AlertBuilder {
        Alert::builder(Severity::Warning, title)
    }

    /// Begins an alert on which somebody has to act now.
    #[inline]
    pub fn critical(title: impl Into<Cow<'static, str>>) -> AlertBuilder {
        Alert::builder(Severity::Critical, title)
    }

    /// Begins an alert whose severity is text from elsewhere.
    ///
    /// The text is read by [`Severity::lenient`]. What is not recognised becomes info, and the given text is kept in the
    /// context under `severity`, so nothing is lost.
    pub fn lenient(severity: &str, title: impl Into<Cow<'static, str>>) -> AlertBuilder {
        match Severity::lenient(severity) {
            Some(severity) => Alert::builder(severity, title),
            None => Alert::info(title).context("severity", severity),
        }
    }

    /// What it is called.
    pub fn id(&self) -> AlertId {
        self.id
    }

    /// When it was raised.
    pub fn time(&self) -> Timestamp {
        self.time
    }

    /// How bad it is.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// Whether it tells of a beginning or of an end.
    pub fn status(&self) -> Status {
        self.status
    }

    /// What it is, in one line (line breaks are possible; it is data).
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The longer text, empty if there is none.
    pub fn message(&self) -> &str {
        &self.message
    }

    /// Keys and values.
    pub fn context(&self) -> &Context {
        &self.context
    }

    /// Who raised it; empty until a pipeline has given its own name to an alert without one.
    pub fn source(&self) -> &str {
        self.source.as_str()
    }

    /// What it is about, if that was said; alerts of one key are about the same thing.
    pub fn dedup_key(&self) -> Option<&str> {
        self.dedup_key.as_deref()
    }

    /// Where to read on.
    pub fn links(&self) -> &[Link] {
        &self.links
    }

    /// The bytes that it takes, an estimate that counts literals too. Constant time.
    pub fn size(&self) -> usize {
        self.size
    }

    /// Which alerts it belongs with: the dedup key's fingerprint, or without one that of severity, source and title.
    pub fn fingerprint(&self) -> Fingerprint {
        match &self.dedup_key {
            Some(key) => Fingerprint::of_key(key),
            None => Fingerprint::of_parts(self.severity, self.source(), &self.title),
        }
    }

    /// Gives it what a pipeline adds to every alert: its source if it has none, and context whose keys it does not have.
    pub(crate) fn fill(&mut self, default_source: &Arc<str>, default_context: &Context) {
        if matches!(self.source, Source::Unset) {
            self.source = Source::Default(Arc::clone(default_source));
        }
        if !default_context.is_empty() {
            self.context.fill(default_context);
        }
        self.measure();
    }

    /// Lets its texts and its context be changed; both say whether they did.
    pub(super) fn redact(
        &mut self,
        text: impl Fn(&mut Cow<'static, str>) -> bool,
        context: impl FnOnce(&mut Context) -> bool,
    ) {
        let mut changed = text(&mut self.title) | text(&mut self.message);
        changed |= context(&mut self.context);
        changed |= match &mut self.source {
            Source::Unset => false,
            Source::Given(name) => text(name),
            Source::Default(name) => {
                let mut own = Cow::Owned(name.to_string());
                let found = text(&mut own);
                if found {
                    self.source = Source::Given(own);
                }
                found
            }
        };
        changed |= self.dedup_key.as_mut().is_some_and(&text);
        for link in &mut self.links {
            changed |= link.redact(&text);
        }
        if changed {
            self.measure();
        }
    }

    #[inline]
    pub(super) fn measure(&mut self) {
        let links: usize = self
            .links
            .iter()
            .map(|link| size_of::<Link>() + link.text().len() + link.url().len())
            .sum();
        self.size = size_of::<Alert>()
            + self.title.len()
            + self.message.len()
            + self.context.size()
            + self.source().len()
            + self.dedup_key().map_or(0, str::len)
            + links;
    }
}

impl Serialize for Alert {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let (key, links) = (self.dedup_key(), self.links());
        let fields = 8 + usize::from(key.is_some()) + usize::from(!links.is_empty());
        let mut map = serializer.serialize_struct("Alert", fields)?;
        map.serialize_field("id", &self.id)?;
        map.serialize_field("time", &self.time)?;
        map.serialize_field("severity", &self.severity)?;
        map.serialize_field("status", &self.status)?;
        map.serialize_field("title", &self.title)?;
        map.serialize_field("message", &self.message)?;
        map.serialize_field("context", &self.context)?;
        map.serialize_field("source", self.source())?;
        match key {
            Some(key) => map.serialize_field("dedup_key", key)?,
            None => map.skip_field("dedup_key")?,
        }
        if links.is_empty() {
            map.skip_field("links")?;
        } else {
            map.serialize_field("links", links)?;
        }
        map.end()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn a_pipeline_fills_in_what_is_not_there() {
        let name = Arc::from("billing");
        let mut defaults = Context::new();
        defaults.insert("host", "h1");
        defaults.insert("used", 0);
        let mut alert = Alert::info("t").context("used", 93).build();
        let before = alert.size();
        alert.fill(&name, &defaults);
        assert_eq!(alert.source(), "billing");
        assert_eq!(
            serde_json::to_string(alert.context()).unwrap(),
            r#"{"used":93,"host":"h1"}"#
        );
        assert!(alert.size() > before);
        let mut named = Alert::info("t").source("own").build();
        named.fill(&name, &defaults);
        assert_eq!(named.source(), "own");
    }

    #[test]
    fn an_alert_is_written_in_a_fixed_order() {
        let alert = Alert::critical("t").source("s").build();
        let json = serde_json::to_string(&alert).unwrap();
        let id = alert.id();
        let time = alert.time();
        assert_eq!(
            json,
            format!(
                r#"{{"id":"{id}","time":"{time}","severity":"critical","status":"firing","title":"t","message":"","context":{{}},"source":"s"}}"#
            )
        );
    }

    #[test]
    fn severity_text_that_is_not_known_is_kept() {
        for text in ["", "CRITICAL!", "🔥"] {
            let alert = Alert::lenient(text, "t").build();
            assert_eq!(alert.severity(), Severity::Info);
            assert_eq!(
                alert.context().get("severity").unwrap().as_str(),
                Some(text)
            );
        }
        let alert = Alert::lenient("FATAL", "t").build();
        assert_eq!(alert.severity(), Severity::Critical);
        assert!(alert.context().is_empty());
    }

    #[test]
    fn alerts_of_one_key_have_one_fingerprint() {
        let one = Alert::info("a").dedup_key("k").build();
        let two = Alert::critical("b").dedup_key("k").resolved().build();
        assert_eq!(one.fingerprint(), two.fingerprint());
        let plain = Alert::info("a").build();
        assert_eq!(
            plain.fingerprint(),
            Alert::info("a").message("m").build().fingerprint()
        );
        assert_ne!(
            plain.fingerprint(),
            Alert::warning("a").build().fingerprint()
        );
        assert_ne!(
            plain.fingerprint(),
            Alert::info("a").source("s").build().fingerprint()
        );
        assert_ne!(plain.fingerprint(), one.fingerprint());
    }
}
