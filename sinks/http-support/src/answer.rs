use std::fmt;
use std::sync::OnceLock;
use std::time::{Duration, SystemTime};

use alert_core::{Delivered, ErrorClass, SinkError};
use reqwest::StatusCode;
use reqwest::header::{DATE, HeaderMap, LOCATION, RETRY_AFTER};
use serde_json::Value;

use crate::mask::Mask;
use crate::verdict::{self, Circumstances, Ruling};
use crate::{Endpoint, code, retry_after};

/// What a service answered. Its `Debug` shows status and length alone.
pub struct Answer {
    pub(crate) status: u16,
    pub(crate) headers: HeaderMap,
    pub(crate) body: Vec<u8>,
    /// Read when it is first asked for: what it says and how long to wait are both in it.
    pub(crate) json: OnceLock<Option<Value>>,
    pub(crate) end: End,
    pub(crate) took: Duration,
    /// When the head of it was there.
    pub(crate) at: SystemTime,
    pub(crate) keyed: bool,
    pub(crate) endpoint: Endpoint,
    pub(crate) mask: Mask,
}

/// How an answer's body ended.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum End {
    Whole,
    /// There was more than is read.
    Cut,
    /// It broke off, or did not come in time.
    Broken,
}

impl Answer {
    /// The most bytes of a body that are read; what is longer is cut, and its connection closed.
    pub const MAX_BODY: usize = 64 * 1024;

    /// The status, of three digits.
    pub fn status(&self) -> u16 {
        self.status
    }

    /// Whether the status is 200 to 299.
    pub fn is_success(&self) -> bool {
        (200..300).contains(&self.status)
    }

    /// A header's first value, if that is visible ASCII.
    pub fn header(&self, name: &str) -> Option<&str> {
        self.headers.get(name)?.to_str().ok()
    }

    /// The body as it came, up to [`Answer::MAX_BODY`]; nothing is decompressed.
    pub fn body(&self) -> &[u8] {
        &self.body
    }

    /// Whether the body is all there: neither cut at [`Answer::MAX_BODY`], nor broken off, nor too
    /// slow.
    pub fn is_whole(&self) -> bool {
        self.end == End::Whole
    }

    /// The body as JSON. `None` if it is none, also because it was cut or nests deeper than 128.
    pub fn json(&self) -> Option<&Value> {
        let read = || serde_json::from_slice(&self.body).ok();
        self.json.get_or_init(read).as_ref()
    }

    /// The body as text; what is not UTF-8 becomes `�`.
    pub fn text(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The answer's own words for a person: of a JSON object its message, of anything else the
    /// body. One line of at most 256 characters, escaped; the client's URL and secrets of eight
    /// characters or more are masked.
    pub fn shown(&self) -> String {
        let words = self.json().and_then(message).map(str::to_owned);
        self.mask.shown(&words.unwrap_or_else(|| self.sure_text()))
    }

    /// The text but for a last word that may go on: half of a secret is not found.
    fn sure_text(&self) -> String {
        let mut text = self.text();
        if !self.is_whole() {
            let end = text.trim_end_matches(|c: char| !c.is_whitespace()).len();
            text.truncate(end);
        }
        text
    }

    /// How long it asks to be left alone, in the `Retry-After` header or as `retry_after` or
    /// `parameters.retry_after` of a JSON body, whichever is longer: never shorter than told, at
    /// most 24 h. Dates count from the answer's own `Date`. `None` for no pause, and for what
    /// cannot be read.
    pub fn retry_after(&self) -> Option<Duration> {
        let date = self.header(DATE.as_str());
        let date = date.and_then(|date| httpdate::parse_http_date(date).ok());
        let now = date.unwrap_or(self.at);
        let values = self.headers.get_all(RETRY_AFTER);
        let values = values.iter().map(|value| value.to_str().unwrap_or(""));
        let header = retry_after::of_header(values, now);
        let body = self.json().and_then(retry_after::of_body);
        header.max(body)
    }

    /// How long the head of it took.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// The answer in one line for a person who tries the sink out: `503 in 12 ms: try later`.
    pub fn told(&self) -> String {
        let told = format!("{} in {} ms", self.status, self.took.as_millis());
        match self.shown() {
            words if words.is_empty() => told,
            words => format!("{told}: {words}"),
        }
    }

    /// What the answer means, by the table in the crate's documentation.
    ///
    /// # Errors
    /// [`Answer::fault`] of the status's class, for every status outside 200 to 299.
    pub fn verdict(&self) -> Result<Delivered, SinkError> {
        let circumstances = Circumstances {
            keyed: self.keyed,
            paused: !self.is_success() && self.retry_after().is_some(),
        };
        match verdict::of(self.status, circumstances) {
            Ruling::Delivered => Ok(Delivered::new().answered(self.told())),
            Ruling::Failed(class) => Err(self.fault(class)),
            Ruling::UntilChanged => Err(self.fault(ErrorClass::Unusable).until_changed()),
        }
    }

    /// The answer as a failure of this class, for a sink that knows better than the table: with
    /// its status and its own words as the text, the code `http-STATUS`, and if it is transient
    /// the pause that it asks for.
    pub fn fault(&self, class: ErrorClass) -> SinkError {
        let text = self.complaint();
        let error = match class {
            ErrorClass::Rejected => SinkError::rejected(text),
            ErrorClass::Unusable => SinkError::unusable(text),
            _ => SinkError::transient(text),
        };
        let error = error.code(code::of(self.status)).answered(self.told());
        match self.retry_after() {
            Some(pause) if class == ErrorClass::Transient => error.retry_after(pause),
            _ => error,
        }
    }

    fn complaint(&self) -> String {
        let mut text = format!("answered {}", self.status);
        let status = StatusCode::from_u16(self.status).ok();
        if let Some(reason) = status.and_then(|status| status.canonical_reason()) {
            text.push(' ');
            text.push_str(&reason.to_ascii_lowercase());
        }
        if let Some(advice) = verdict::advice(self.status) {
            text.push_str(": ");
            text.push_str(advice);
        }
        if let Some(origin) = self.points_to() {
            text.push_str(", it points to ");
            text.push_str(&origin);
        }
        match self.shown() {
            words if words.is_empty() => {}
            words => {
                text.push_str(": ");
                text.push_str(&words);
            }
        }
        text
    }

    /// Where a redirect leads; of its URL nothing but the origin, since the rest may hold secrets.
    fn points_to(&self) -> Option<String> {
        if !(300..400).contains(&self.status) {
            return None;
        }
        let origin = self.endpoint.origin_of(self.header(LOCATION.as_str())?)?;
        Some(self.mask.shown(&origin))
    }
}

/// What a service has to say within a JSON object.
fn message(body: &Value) -> Option<&str> {
    const NAMES: [&str; 8] = [
        "message",
        "error_description",
        "detail",
        "description",
        "error",
        "title",
        "reason",
        "errors",
    ];
    NAMES.iter().find_map(|name| match body.get(name)? {
        Value::String(text) => Some(text.as_str()),
        object @ Value::Object(_) => object.get("message")?.as_str(),
        Value::Array(items) => items.first()?.as_str(),
        _ => None,
    })
}

impl fmt::Debug for Answer {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.debug_struct("Answer")
            .field("status", &self.status)
            .field("bytes", &self.body.len())
            .finish_non_exhaustive()
    }
}
