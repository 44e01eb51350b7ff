//! What Discord answered, as data.

use std::time::Duration;

use serde_json::Value;

/// No pause is longer: 24 h.
const LONGEST: Duration = Duration::from_secs(24 * 3600);

/// An answer. Its texts hold no secret.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Reply {
    pub(crate) status: u16,
    /// `Null` where the body is not JSON.
    pub(crate) json: Value,
    /// The body as text.
    pub(crate) text: String,
    /// What of the body can be shown to a person: one short line.
    pub(crate) shown: String,
    /// The word for its status, `http-404`.
    pub(crate) word: Option<&'static str>,
    pub(crate) window: Window,
    /// The header of this name, read.
    pub(crate) retry_after: Option<Duration>,
    /// Whether the limit is on everything from here.
    pub(crate) global: bool,
    pub(crate) took: Duration,
}

/// What the headers tell of the webhook's own limit.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Window {
    /// How many requests are left in it.
    pub(crate) remaining: Option<u64>,
    /// When it begins anew.
    pub(crate) reset_after: Option<Duration>,
}

impl Reply {
    pub(crate) fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// Discord's own code for an error.
    pub(crate) fn code(&self) -> Option<i64> {
        self.json["code"].as_i64()
    }

    /// Discord's own words for an error.
    pub(crate) fn message(&self) -> &str {
        self.json["message"].as_str().unwrap_or_default()
    }

    /// The pause that is asked for: the larger of header and body, since the header is rounded.
    pub(crate) fn pause(&self) -> Option<Duration> {
        let body = self.json["retry_after"].as_f64().and_then(seconds);
        let pause = body.max(self.retry_after)?;
        Some(pause.min(LONGEST))
    }

    /// Whether the limit is on everything from here, not on this webhook.
    pub(crate) fn is_global(&self) -> bool {
        self.global || self.json["global"] == true
    }

    /// The answer in a line for a person.
    pub(crate) fn told(&self) -> String {
        let mut told = format!("{} in {} ms", self.status, self.took.as_millis());
        if let Some(remaining) = self.window.remaining {
            told.push_str(&format!(", {remaining} left in this window"));
        }
        if !self.is_success() && !self.shown.is_empty() {
            told.push_str(&format!(": {}", self.shown));
        }
        told
    }
}

/// A number of seconds from outside, at most 24 h; `None` if it is none.
pub(crate) fn seconds(number: f64) -> Option<Duration> {
    if number.is_nan() || number < 0.0 {
        return None;
    }
    Some(Duration::try_from_secs_f64(number).map_or(LONGEST, |pause| pause.min(LONGEST)))
}

/// A header's number of seconds.
pub(crate) fn seconds_of(header: &str) -> Option<Duration> {
    header.trim().parse().ok().and_then(seconds)
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    #[test]
    fn a_pause_is_the_larger_of_header_and_body_whatever_is_in_them() {
        let reply = |body: Value, header: Option<u64>| Reply {
            json: body,
            retry_after: header.map(Duration::from_secs),
            ..Reply::default()
        };
        let body = json!({ "retry_after": 64.57 });
        let pause = Duration::from_secs_f64(64.57);
        assert_eq!(
            reply(body.clone(), Some(65)).pause(),
            Some(Duration::from_secs(65))
        );
        assert_eq!(reply(body.clone(), Some(2)).pause(), Some(pause));
        assert_eq!(reply(body, None).pause(), Some(pause));
        for odd in [json!(-1), json!("x"), json!(null), json!([])] {
            let reply = reply(json!({ "retry_after": odd }), None);
            assert_eq!(reply.pause(), None, "{reply:?}");
        }
        assert_eq!(
            reply(json!({ "retry_after": 1e308 }), None).pause(),
            Some(LONGEST)
        );
        for odd in ["NaN", "-1", "", "soon"] {
            assert_eq!(seconds_of(odd), None, "{odd}");
        }
        assert_eq!(seconds_of(" 0.25 "), Some(Duration::from_millis(250)));
        assert_eq!(seconds_of("inf"), Some(LONGEST));
    }
}
