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

    /// How many bytes of text it holds. A condition counts as one at least, so that their number
    /// is bounded with it.
    pub(super) fn size(&self) -> usize {
        let patterns = self.sources.iter().chain(&self.dedup_keys);
        let patterns = patterns.map(Pattern::size);
        let context = self.context.iter();
        let conditions = patterns.chain(context.map(|(key, p)| key.len() + p.size()));
        self.name.len() + conditions.map(|size| size.max(1)).sum::<usize>()
    }
}

/// Whether one of them fits, if there are any.
fn fits_one(patterns: &[Pattern], text: Option<&str>) -> bool {
    patterns.is_empty() || text.is_some_and(|text| patterns.iter().any(|p| p.matches(text)))
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    /// One call of the builder.
    #[derive(Debug, Clone)]
    enum Call {
        Severities(Vec<Severity>),
        Source(String),
        DedupKey(String),
        Context(String, String),
    }

    fn silence(calls: &[Call]) -> Silence {
        let all = Silence::until(Timestamp::MAX);
        calls.iter().cloned().fold(all, |silence, call| match call {
            Call::Severities(some) => silence.severities(some),
            Call::Source(pattern) => silence.source(pattern),
            Call::DedupKey(pattern) => silence.dedup_key(pattern),
            Call::Context(key, pattern) => silence.context(key, pattern),
        })
    }

    /// A pattern of these tests has a star at its end or none.
    fn fits(pattern: &str, text: &str) -> bool {
        match pattern.strip_suffix('*') {
            Some(start) => text.starts_with(start),
            None => pattern == text,
        }
    }

    /// What the calls say, read one sort after the other.
    fn matches(calls: &[Call], alert: &Alert) -> bool {
        let mut severities = Vec::new();
        let mut any_severity = true;
        let (mut sources, mut keys, mut context) = (Vec::new(), Vec::new(), true);
        for call in calls {
            match call {
                Call::Severities(some) => {
                    any_severity = false;
                    severities.extend(some);
                }
                Call::Source(pattern) => sources.push(fits(pattern, alert.source())),
                Call::DedupKey(pattern) => {
                    keys.push(alert.dedup_key().is_some_and(|key| fits(pattern, key)));
                }
                Call::Context(key, pattern) => {
                    let value = alert.context().get(key).map(ToString::to_string);
                    context &= value.is_some_and(|value| fits(pattern, &value));
                }
            }
        }
        (any_severity || severities.contains(&alert.severity()))
            && (sources.is_empty() || sources.contains(&true))
            && (keys.is_empty() || keys.contains(&true))
            && context
    }

    fn severity() -> impl Strategy<Value = Severity> {
        prop::sample::select(Severity::ALL.to_vec())
    }

    fn call() -> impl Strategy<Value = Call> {
        let pattern = || "[ab]{0,2}\\*?";
        prop_oneof![
            prop::collection::vec(severity(), 0..3).prop_map(Call::Severities),
            pattern().prop_map(Call::Source),
            pattern().prop_map(Call::DedupKey),
            ("[xy]", pattern()).prop_map(|(key, pattern)| Call::Context(key, pattern)),
        ]
    }

    fn alert() -> impl Strategy<Value = Alert> {
        let text = || "[ab]{1,2}";
        let context = prop::collection::btree_map("[xy]", text(), 0..3);
        let parts = (severity(), text(), prop::option::of(text()), context);
        parts.prop_map(|(severity, source, key, context)| {
            let mut alert = Alert::builder(severity, "t").source(source);
            if let Some(key) = key {
                alert = alert.dedup_key(key);
            }
            let context = context.into_iter();
            let alert = context.fold(alert, |alert, (key, value)| alert.context(key, value));
            alert.build()
        })
    }

    proptest! {
        #[test]
        fn it_matches_what_a_plain_reading_of_its_conditions_matches(
            calls in prop::collection::vec(call(), 0..5), alert in alert(),
        ) {
            prop_assert_eq!(silence(&calls).matches(&alert), matches(&calls, &alert));
        }

        #[test]
        fn in_what_order_conditions_are_given_does_not_matter(
            (calls, shuffled) in prop::collection::vec(call(), 0..6).prop_flat_map(|calls| {
                (Just(calls.clone()), Just(calls).prop_shuffle())
            }),
            alert in alert(),
        ) {
            prop_assert_eq!(silence(&calls).matches(&alert), silence(&shuffled).matches(&alert));
        }
    }

    #[test]
    fn one_without_conditions_matches_every_alert() {
        let silence = Silence::until(Timestamp::MIN);
        assert!(silence.matches(&Alert::critical("t").build()));
    }

    #[test]
    fn of_no_severity_it_matches_nothing() {
        let silence = Silence::until(Timestamp::MAX).severities([]);
        assert_eq!(silence.only_severities(), Some(&[][..]));
        assert!(!silence.matches(&Alert::info("t").build()));
    }

    #[test]
    fn an_alert_without_a_key_does_not_match_a_key() {
        let silence = Silence::until(Timestamp::MAX).dedup_key("*");
        assert!(!silence.matches(&Alert::info("t").build()));
        assert!(silence.matches(&Alert::info("t").dedup_key("k").build()));
    }

    #[test]
    fn a_value_that_is_no_text_is_compared_in_its_json_form() {
        let silence = Silence::until(Timestamp::MAX).context("count", "5");
        assert!(silence.matches(&Alert::info("t").context("count", 5).build()));
        assert!(!silence.matches(&Alert::info("t").context("count", 51).build()));
    }

    #[test]
    fn it_ends_at_the_very_instant_of_its_end() {
        let silence = Silence::until(Timestamp::from_micros(5));
        assert!(!silence.is_over(Timestamp::from_micros(4)));
        assert!(silence.is_over(Timestamp::from_micros(5)));
    }

    #[test]
    fn what_it_was_given_can_be_shown() {
        use Severity::{Critical, Info};
        let silence = Silence::until(Timestamp::from_micros(5))
            .id("7")
            .severities([Critical, Info])
            .source("billing-*")
            .dedup_key("disk:*")
            .context("host", "db-1");
        assert_eq!(silence.ends(), Timestamp::from_micros(5));
        assert_eq!(silence.name(), "7");
        assert_eq!(silence.only_severities(), Some(&[Info, Critical][..]));
        assert_eq!(silence.only_sources(), [Pattern::new("billing-*")]);
        assert_eq!(silence.only_dedup_keys(), [Pattern::new("disk:*")]);
        let host = ("host".to_owned(), Pattern::new("db-1"));
        assert_eq!(silence.only_context(), [host]);
        assert_eq!(silence.size(), "7billing-*disk:*hostdb-1".len());
    }

    #[test]
    fn a_condition_without_text_counts_as_a_byte() {
        let none = Silence::until(Timestamp::MAX);
        assert_eq!(none.size(), 0);
        let empty = none.source("").source("").dedup_key("").context("", "");
        assert_eq!(empty.size(), 4);
    }
}
