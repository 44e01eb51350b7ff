use crate::alert::{Alert, Severity, Value};
use crate::policy::Pattern;

/// Which alerts a sink takes: all of these must hold. The default takes all.
#[derive(Debug, Clone, Default, PartialEq)]
#[non_exhaustive]
pub struct Filter {
    /// This severity or a higher one.
    pub min_severity: Option<Severity>,
    /// A source that fits one of these; empty means any.
    pub sources: Vec<Pattern>,
    /// For each key, a context value whose text fits the pattern. A value that
    /// is not text is compared in its JSON form.
    pub context: Vec<(String, Pattern)>,
    /// None at all, but what other sinks hand over as their fallback: such
    /// alerts skip the filter.
    pub only_as_fallback: bool,
    /// Whether it also takes what a [`Silence`](crate::Silence) matches. Not
    /// said, a sink that keeps a record does
    /// ([`SinkConfig::keeps_record`](crate::SinkConfig::keeps_record)) and one
    /// that tells people does not.
    pub silenced: Option<bool>,
}

/// Why a filter stopped an alert.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Stopped {
    Severity,
    Source,
    Context,
}

impl Filter {
    /// Takes all.
    pub fn all() -> Self {
        Self::default()
    }

    /// Takes this severity and higher ones.
    #[must_use = "returns the changed filter"]
    pub fn min_severity(mut self, severity: Severity) -> Self {
        self.min_severity = Some(severity);
        self
    }

    /// Takes sources that fit this pattern, or one given before.
    #[must_use = "returns the changed filter"]
    pub fn source(mut self, pattern: impl Into<String>) -> Self {
        self.sources.push(Pattern::new(pattern));
        self
    }

    /// Takes alerts whose context value at `key` fits the pattern.
    #[must_use = "returns the changed filter"]
    pub fn context(mut self, key: impl Into<String>, pattern: impl Into<String>) -> Self {
        self.context.push((key.into(), Pattern::new(pattern)));
        self
    }

    /// Takes nothing but what it is given as a fallback.
    #[must_use = "returns the changed filter"]
    pub fn only_as_fallback(mut self) -> Self {
        self.only_as_fallback = true;
        self
    }

    /// Takes what a silence matches, too, or not, whatever the sink is for.
    #[must_use = "returns the changed filter"]
    pub fn silenced(mut self, takes: bool) -> Self {
        self.silenced = Some(takes);
        self
    }

    pub(crate) fn check(&self, alert: &Alert) -> Result<(), Stopped> {
        if self.min_severity.is_some_and(|min| alert.severity() < min) {
            return Err(Stopped::Severity);
        }
        if !self.fits_source(alert) {
            return Err(Stopped::Source);
        }
        let fits = |(key, pattern): &(String, Pattern)| {
            Self::fits_value(pattern, alert.context().get(key))
        };
        if !self.context.iter().all(fits) {
            return Err(Stopped::Context);
        }
        Ok(())
    }

    pub(super) fn fits_source(&self, alert: &Alert) -> bool {
        self.sources.is_empty() || self.sources.iter().any(|p| p.matches(alert.source()))
    }

    pub(super) fn fits_value(pattern: &Pattern, value: Option<&Value>) -> bool {
        match value {
            None => false,
            Some(Value::Text(text)) => pattern.matches(text),
            Some(value) => serde_json::to_string(value).is_ok_and(|json| pattern.matches(&json)),
        }
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn alert() -> Alert {
        Alert::warning("disk full")
            .source("billing-eu")
            .context("host", "db-1")
            .context("count", 5)
            .build()
    }

    #[test]
    fn every_condition_must_hold() {
        let a = alert();
        assert_eq!(Filter::all().check(&a), Ok(()));
        let f = Filter::all()
            .min_severity(Severity::Warning)
            .source("billing-*");
        assert_eq!(f.check(&a), Ok(()));
        assert_eq!(
            f.clone()
                .context("host", "db-*")
                .context("count", "5")
                .check(&a),
            Ok(())
        );
        assert_eq!(
            f.clone().context("absent", "*").check(&a),
            Err(Stopped::Context)
        );
        assert_eq!(
            f.min_severity(Severity::Critical).check(&a),
            Err(Stopped::Severity)
        );
        assert_eq!(Filter::all().source("shop").check(&a), Err(Stopped::Source));
        assert_eq!(
            Filter::all().source("shop").source("*-eu").check(&a),
            Ok(())
        );
    }
}
