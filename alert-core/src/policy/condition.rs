//! A filter's conditions one by one, for whoever wants to know why.

use crate::alert::{Alert, Value};
use crate::policy::Filter;

/// One condition of a filter, held against one alert.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Condition {
    /// Its key below `when`: `only_as_fallback`, `silenced`, `min_severity`, `source`, or `context.`
    /// and the key in the context.
    pub key: String,
    /// What the filter wants: one of these patterns, or the lowest severity; for `silenced` whether
    /// it takes silenced alerts, `true` or `false`. Empty for `only_as_fallback`.
    pub wanted: Vec<String>,
    /// What the alert has; `None`: nothing of the sort.
    pub found: Option<String>,
    /// Whether it holds. Always for `silenced`: which silences there are is known to a running
    /// pipeline alone.
    pub passes: bool,
}

impl Filter {
    /// Every condition and whether an alert that a sink is given in the ordinary way meets it, in
    /// the order in which they are checked. Empty if the filter takes all.
    ///
    /// The alert should be as sinks get it: a pipeline adds a source and context. An alert that a
    /// sink is given as a fallback skips the filter. Does not block.
    ///
    /// ```
    /// use alert_core::{Alert, Severity, delivery::Filter};
    ///
    /// let filter = Filter::all().min_severity(Severity::Critical);
    /// let conditions = filter.explain(&Alert::warning("disk is filling").build());
    /// assert_eq!(conditions[0].key, "min_severity");
    /// assert_eq!(conditions[0].found.as_deref(), Some("warning"));
    /// assert!(!conditions[0].passes);
    /// ```
    #[must_use = "it only looks"]
    pub fn explain(&self, alert: &Alert) -> Vec<Condition> {
        let mut conditions = Vec::new();
        if self.only_as_fallback {
            conditions.push(Condition {
                key: "only_as_fallback".into(),
                wanted: Vec::new(),
                found: None,
                passes: false,
            });
        }
        if let Some(takes) = self.silenced {
            conditions.push(Condition {
                key: "silenced".into(),
                wanted: vec![takes.to_string()],
                found: None,
                passes: true,
            });
        }
        if let Some(min) = self.min_severity {
            conditions.push(Condition {
                key: "min_severity".into(),
                wanted: vec![min.as_str().into()],
                found: Some(alert.severity().as_str().into()),
                passes: alert.severity() >= min,
            });
        }
        if !self.sources.is_empty() {
            conditions.push(Condition {
                key: "source".into(),
                wanted: self.sources.iter().map(ToString::to_string).collect(),
                found: Some(alert.source().to_owned()).filter(|source| !source.is_empty()),
                passes: self.fits_source(alert),
            });
        }
        conditions.extend(self.context.iter().map(|(key, pattern)| {
            let value = alert.context().get(key);
            Condition {
                key: format!("context.{key}"),
                wanted: vec![pattern.to_string()],
                found: value.map(Value::to_string),
                passes: Self::fits_value(pattern, value),
            }
        }));
        conditions
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;
    use crate::alert::Severity;

    fn alert() -> Alert {
        Alert::warning("disk full")
            .source("billing-eu")
            .context("host", "db-1")
            .context("count", 5)
            .build()
    }

    #[test]
    fn each_condition_names_what_it_wants_and_what_there_is() {
        let filter = Filter::all()
            .only_as_fallback()
            .silenced(true)
            .min_severity(Severity::Critical)
            .source("billing-*")
            .source("shop")
            .context("count", "5")
            .context("absent", "*");
        let told = filter.explain(&alert());
        let told: Vec<_> = told
            .iter()
            .map(|c| {
                (
                    c.key.as_str(),
                    c.wanted.join("|"),
                    c.found.as_deref(),
                    c.passes,
                )
            })
            .collect();
        assert_eq!(
            told,
            [
                ("only_as_fallback", String::new(), None, false),
                ("silenced", "true".into(), None, true),
                ("min_severity", "critical".into(), Some("warning"), false),
                ("source", "billing-*|shop".into(), Some("billing-eu"), true),
                ("context.count", "5".into(), Some("5"), true),
                ("context.absent", "*".into(), None, false),
            ]
        );
        assert_eq!(Filter::all().explain(&alert()), []);
    }

    proptest! {
        #[test]
        fn an_alert_passes_exactly_if_every_condition_does(
            min in prop::option::of(0..3_usize),
            sources in prop::collection::vec("(billing|shop)?(-eu)?\\*?", 0..3),
            context in prop::collection::vec(("(host|count|absent)", "(db-1|5|db-)?\\*?"), 0..3),
        ) {
            let mut filter = Filter::all();
            filter.min_severity =
                min.map(|n| [Severity::Info, Severity::Warning, Severity::Critical][n]);
            filter = sources.into_iter().fold(filter, Filter::source);
            filter = context.into_iter().fold(filter, |f, (key, pattern)| f.context(key, pattern));
            let all = filter.explain(&alert()).iter().all(|condition| condition.passes);
            prop_assert_eq!(filter.check(&alert()).is_ok(), all);
        }
    }
}
