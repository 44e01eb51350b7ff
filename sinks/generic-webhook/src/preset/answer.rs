//! How a service's answers are read.

use alert_core::ConfigDuration;
use serde::Deserialize;
use serde_json::Value;

use super::Preset;
use crate::StatusRange;

/// The answer that means that the alert was taken. A status alone may come from something in between.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Success {
    pub(crate) status: Vec<StatusRange>,
    /// The body, without the white space around it.
    pub(crate) body_is: Option<String>,
    pub(crate) body_json: Option<Member>,
}

/// A place in a JSON body (RFC 6901) and what is there; without a value anything but null.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Member {
    pub(crate) pointer: String,
    pub(crate) equals: Option<Value>,
}

/// What an answer means that the common table would read in another way.
#[derive(Debug, Deserialize)]
#[serde(deny_unknown_fields)]
pub(crate) struct Answered {
    /// The statuses it is about; empty means any.
    #[serde(default)]
    pub(crate) status: Vec<StatusRange>,
    /// What the body holds; none means anything.
    pub(crate) text: Option<String>,
    pub(crate) class: Class,
    /// Nothing but another config makes it better.
    #[serde(default)]
    pub(crate) until_changed: bool,
    /// How long to wait where the service does not say so.
    pub(crate) wait: Option<ConfigDuration>,
    /// What a person should know or do.
    pub(crate) advice: Option<String>,
}

#[derive(Debug, Clone, Copy, PartialEq, Eq, Deserialize)]
#[serde(rename_all = "lowercase")]
pub(crate) enum Class {
    Transient,
    Rejected,
    Unusable,
}

/// What a service's answer means.
#[derive(Debug)]
pub(crate) enum Reading<'p> {
    Taken,
    Means(&'p Answered),
    /// A status of success, and not as the service says it: something in between answered.
    Odd,
    /// As the status is commonly read.
    Common,
}

impl Preset {
    /// What this answer means.
    pub(crate) fn reading(&self, status: u16, body: &[u8]) -> Reading<'_> {
        let within = |ranges: &[StatusRange]| ranges.iter().any(|range| range.contains(status));
        let text = String::from_utf8_lossy(body);
        let means = self.answers.iter().find(|answer| {
            (answer.status.is_empty() || within(&answer.status))
                && answer.text.as_ref().is_none_or(|word| text.contains(word))
        });
        match means {
            Some(answer) => Reading::Means(answer),
            None if within(&self.success.status) && self.success.is_in(&text) => Reading::Taken,
            // Commonly read it would be a success, which another server's 200 is not.
            None if within(&self.success.status) || (200..300).contains(&status) => Reading::Odd,
            None => Reading::Common,
        }
    }
}

impl Success {
    fn is_in(&self, body: &str) -> bool {
        let is = self.body_is.as_ref();
        let member = self.body_json.as_ref();
        is.is_none_or(|expected| body.trim() == expected)
            && member.is_none_or(|member| member.is_in(body))
    }
}

impl Member {
    fn is_in(&self, body: &str) -> bool {
        let Ok(body) = serde_json::from_str::<Value>(body) else {
            return false;
        };
        let found = body.pointer(&self.pointer).filter(|found| !found.is_null());
        found.is_some_and(|found| {
            self.equals
                .as_ref()
                .is_none_or(|expected| found == expected)
        })
    }
}
