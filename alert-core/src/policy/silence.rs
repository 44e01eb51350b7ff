use crate::alert::{Alert, Severity, Timestamp};
use crate::policy::{Filter, Pattern};

/// Says that alerts which match must not tell people until then.
///
/// One without conditions matches every alert. Of several severities, sources
/// or dedup keys one must fit, of several context values all, and all sorts of
/// conditions must hold together; in what order they are given does not matter.
/// It is plain data: [`Silences`](crate::Silences) brings it into a pipeline.
///
/// ```
/// use alert_core::{Alert, Severity, Silence, Timestamp};
///
/// let until: Timestamp = "2026-11-24T12:00:00Z".parse().unwrap();
/// let silence = Silence::until(until)
///     .severities([Severity::Info, Severity::Warning])
///     .source("billing-*")
///     .context("host", "db-1");
/// let alert = Alert::warning("disk full").source("billing-eu").context("host", "db-1");
/// assert!(silence.matches(&alert.build()));
/// assert!(silence.is_over(until));
/// ```
#[derive(Debug, Clone, PartialEq)]
#[non_exhaustive]
pub struct Silence {
    until: Timestamp,
    name: String,
    /// Rising, each once; `None` is any.
    severities: Option<Vec<Severity>>,
    sources: Vec<Pattern>,
    dedup_keys: Vec<Pattern>,
    context: Vec<(String, Pattern)>,
}

impl Silence {
    /// Matches everything, until then by the wall clock.
    #[must_use = "it silences nothing before it is in a pipeline's table"]
    pub fn until(until: Timestamp) -> Self {
        Self {
            until,
            name: String::new(),
            severities: None,
            sources: Vec::new(),
            dedup_keys: Vec::new(),
            context: Vec::new(),
        }
    }

    /// How it is called where people see it, such as `7`. Default: nothing.
    #[must_use = "returns the changed silence"]
    pub fn id(mut self, id: impl Into<String>) -> Self {
        self.name = id.into();
        self
    }

    /// Matches only these severities, and those given before; none at all if
    /// none is ever given.
    #[must_use = "returns the changed silence"]
    pub fn severities(mut self, severities: impl IntoIterator<Item = Severity>) -> Self {
        let given = severities
            .into_iter()
            .chain(self.severities.unwrap_or_default());
        let given: Vec<_> = given.collect();
        let all = Severity::ALL.iter().copied();
        self.severities = Some(all.filter(|one| given.contains(one)).collect());
        self
    }

    /// Matches only sources that fit this pattern, or one given before.
    #[must_use = "returns the changed silence"]
    pub fn source(mut self, pattern: impl Into<String>) -> Self {
        self.sources.push(Pattern::new(pattern));
        self
    }

    /// Matches only dedup keys that fit this pattern, or one given before. An
    /// alert without a key does not match.
    #[must_use = "returns the changed silence"]
    pub fn dedup_key(mut self, pattern: impl Into<String>) -> Self {
        self.dedup_keys.push(Pattern::new(pattern));
        self
    }

    /// Matches only alerts whose context value at `key` fits the pattern, as
    /// well as at those given before. A value that is not text is compared in
    /// its JSON form; an alert without the key does not match.
    #[must_use = "returns the changed silence"]
    pub fn context(mut self, key: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.context.push((key.into(), Pattern::new(pattern)));
        self
    }

    /// Whether it is about this alert, whatever the time is.
    pub fn matches(&self, alert: &Alert) -> bool {
        let severity = self.severities.as_ref();
        severity.is_none_or(|some| some.contains(&alert.severity()))
            && fits_one(&self.sources, Some(alert.source()))
            && fits_one(&self.dedup_keys, alert.dedup_key())
            && self
                .context
                .iter()
                .all(|(key, pattern)| Filter::fits_value(pattern, alert.context().get(key)))
    }

    /// Whether it has ended: from the very instant of its end on.
    pub fn is_over(&self, now: Timestamp) -> bool {
        now >= self.until
    }

    /// When it ends.
    pub fn ends(&self) -> Timestamp {
        self.until
    }

    /// How it is called; empty if nobody said.
    pub fn name(&self) -> &str {
        &self.name
    }

    /// The severities of which it matches one, the lowest first; `None` is any.
    pub fn only_severities(&self) -> Option<&[Severity]> {
        self.severities.as_deref()
    }

    /// The patterns of which the source must fit one; empty is any.
    pub fn only_sources(&self) -> &[Pattern] {
        &self.sources
    }

    /// The patterns of which the dedup key must fit one; empty is any or none.
    pub fn only_dedup_keys(&self) -> &[Pattern] {
        &self.dedup_keys
    }

    /// The context keys whose values must all fit, each with its pattern.
    pub fn only_context(&self) -> &[(String, Pattern)] {
        &self.context
    }

    /// How many bytes of text it holds.
    pub(super) fn size(&self) -> usize {
        let patterns = self.sources.iter().chain(&self.dedup_keys);
        let context = self.context.iter();
        self.name.len()
            + patterns.map(Pattern::size).sum::<usize>()
            + context.map(|(key, p)| key.len() + p.size()).sum::<usize>()
    }
}

/// Whether one of them fits, if there are any.
fn fits_one(patterns: &[Pattern], text: Option<&str>) -> bool {
    patterns.is_empty() || text.is_some_and(|text| patterns.iter().any(|p| p.matches(text)))
}
