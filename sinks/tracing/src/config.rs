use alert_core::{Findings, OpenContext, SinkConfig, SinkError};
use schemars::JsonSchema;
use serde::Deserialize;

use crate::{TracingSink, names, sets};

/// What the events are called, and which context keys get a field of their own.
#[derive(Debug, Clone, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct TracingConfig {
    /// The target of the events, by which subscribers filter. Default: `alert`.
    pub target: String,
    /// Context keys that get a field of their own, at most 32: `["count"]` makes a number of
    /// `count` a field `count`. All of the context is in `alert.context` anyway.
    pub fields: Vec<String>,
}

impl Default for TracingConfig {
    fn default() -> Self {
        Self {
            target: "alert".to_owned(),
            fields: Vec::new(),
        }
    }
}

impl TracingConfig {
    /// Events of the target `alert`, with the fixed fields alone.
    pub fn new() -> Self {
        Self::default()
    }

    /// With this target.
    #[must_use = "returns the changed config"]
    pub fn target(mut self, target: impl Into<String>) -> Self {
        self.target = target.into();
        self
    }

    /// With fields of their own for these context keys.
    #[must_use = "returns the changed config"]
    pub fn fields(mut self, fields: impl IntoIterator<Item = impl Into<String>>) -> Self {
        self.fields = fields.into_iter().map(Into::into).collect();
        self
    }
}

impl SinkConfig for TracingConfig {
    const KIND: &'static str = "tracing";
    type Sink = TracingSink;

    fn open(&self, _: &OpenContext<'_>) -> Result<TracingSink, SinkError> {
        if let Some((_, text)) = names::mistakes(&self.target, &self.fields)
            .into_iter()
            .next()
        {
            return Err(SinkError::unusable(text).until_changed());
        }
        Ok(TracingSink::new(sets::get(&self.target, &self.fields)?))
    }

    fn keeps_record(&self) -> bool {
        true
    }

    fn check(&self, found: &mut Findings) {
        for (key, text) in names::mistakes(&self.target, &self.fields) {
            found.error(key, text);
        }
    }

    fn schema() -> serde_json::Value {
        alert_core::schema_of::<Self>()
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    fn read(table: serde_json::Value) -> Result<TracingConfig, serde_json::Error> {
        serde_json::from_value(table)
    }

    #[test]
    fn it_keeps_a_record() {
        assert!(TracingConfig::new().keeps_record());
    }

    #[test]
    fn nothing_need_be_given() {
        assert_eq!(read(serde_json::json!({})).unwrap(), TracingConfig::new());
        let both = serde_json::json!({ "target": "ops", "fields": ["count"] });
        assert_eq!(
            read(both).unwrap(),
            TracingConfig::new().target("ops").fields(["count"])
        );
        assert!(read(serde_json::json!({ "level": "info" })).is_err());
    }

    #[test]
    fn every_key_of_the_schema_is_described() {
        let schema = TracingConfig::schema();
        let keys = schema["properties"].as_object().unwrap();
        assert_eq!(keys.keys().collect::<Vec<_>>(), ["fields", "target"]);
        assert!(keys.values().all(|place| place["description"].is_string()));
    }

    #[test]
    fn a_mistake_is_found_by_the_check_and_refused_by_the_opening() {
        let config = TracingConfig::new().fields(["message"]);
        let mut found = Findings::new();
        config.check(&mut found);
        assert!(found.has_errors());
        let cx = OpenContext::new("t", std::time::Duration::from_secs(1));
        let error = config.open(&cx).err().unwrap();
        assert!(error.to_string().contains("`message`"), "{error}");
    }
}
