use std::borrow::Cow;
use std::error::Error;
use std::fmt;
use std::time::Duration;

use crate::alert::Redaction;
use crate::sink::Answered;

/// What a failure means for the alert and for the sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum ErrorClass {
    /// It may pass if tried again.
    Transient,
    /// This alert never; the next may pass.
    Rejected,
    /// The sink itself: it is dropped and opened anew, with backoff.
    Unusable,
}

impl ErrorClass {
    /// The word for it in messages: `transient`, `rejected` or `unusable`.
    pub fn as_str(self) -> &'static str {
        match self {
            ErrorClass::Transient => "transient",
            ErrorClass::Rejected => "rejected",
            ErrorClass::Unusable => "unusable",
        }
    }
}

/// Why a sink did not take an alert.
///
/// A sink never retries, waits or counts: it says what happened, and the lane
/// decides. The text is one lower-case line without secrets; what caused it
/// goes into [`SinkError::caused_by`].
///
/// ```
/// use alert_core::{ErrorClass, SinkError};
/// use std::time::Duration;
///
/// let busy = SinkError::transient("too many requests").retry_after(Duration::from_secs(2));
/// assert_eq!(busy.class(), ErrorClass::Transient);
/// assert!(busy.is_rate_limit());
/// ```
#[derive(Debug)]
pub struct SinkError {
    class: ErrorClass,
    text: Cow<'static, str>,
    cause: Option<Box<dyn Error + Send + Sync>>,
    retry_after: Option<Duration>,
    code: Option<&'static str>,
    not_sent: bool,
    ambiguous: bool,
    until_changed: bool,
    answered: Option<Answered>,
}

impl SinkError {
    fn new(class: ErrorClass, text: Cow<'static, str>) -> Self {
        Self {
            class,
            text,
            cause: None,
            retry_after: None,
            code: None,
            not_sent: false,
            ambiguous: false,
            until_changed: false,
            answered: None,
        }
    }

    /// A failure that may pass: the lane tries again, with backoff.
    pub fn transient(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorClass::Transient, text.into())
    }

    /// This alert will never be taken; the next one is tried at once.
    pub fn rejected(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorClass::Rejected, text.into())
    }

    /// The sink cannot work as it is: it is opened anew after 1 s, growing to
    /// 1 h, and the alert waits.
    pub fn unusable(text: impl Into<Cow<'static, str>>) -> Self {
        Self::new(ErrorClass::Unusable, text.into())
    }

    /// Asks for a pause before the lane's next attempt, which makes a
    /// transient failure a rate limit: no attempt is counted. Clamped to 24 h.
    #[must_use = "returns the changed error"]
    pub fn retry_after(mut self, pause: Duration) -> Self {
        self.retry_after = Some(pause);
        self
    }

    /// Adds what caused the failure; it is shown after the text.
    #[must_use = "returns the changed error"]
    pub fn caused_by(mut self, cause: impl Into<Box<dyn Error + Send + Sync>>) -> Self {
        self.cause = Some(cause.into());
        self
    }

    /// Nothing reached the service (a connection was refused, say): no attempt
    /// is counted.
    #[must_use = "returns the changed error"]
    pub fn not_sent(mut self) -> Self {
        self.not_sent = true;
        self
    }

    /// The service may have processed it (sent, no answer): the lane retries
    /// once, with the same members in the same batch.
    #[must_use = "returns the changed error"]
    pub fn ambiguous(mut self) -> Self {
        self.ambiguous = true;
        self
    }

    /// A short stable word for this failure (`"http-429"`), by which a delivery
    /// policy may give it another class.
    #[must_use = "returns the changed error"]
    pub fn code(mut self, code: &'static str) -> Self {
        self.code = Some(code);
        self
    }

    /// Makes an unusable failure halt the lane until the sink's resolved
    /// configuration differs: asking again would do harm.
    #[must_use = "returns the changed error"]
    pub fn until_changed(mut self) -> Self {
        self.until_changed = true;
        self
    }

    /// Adds what the service answered, in one line for a person who tries the
    /// sink out: `503 in 12 ms: overloaded`. See [`crate::Outcome::answer`].
    #[must_use = "returns the changed error"]
    pub fn answered(mut self, text: impl Into<String>) -> Self {
        self.answered = Some(Answered::new(text.into()));
        self
    }

    /// Which of the three classes it is.
    pub fn class(&self) -> ErrorClass {
        self.class
    }

    /// Whether it is transient and names a pause.
    pub fn is_rate_limit(&self) -> bool {
        self.class == ErrorClass::Transient && self.retry_after.is_some()
    }

    /// Whether the service may have processed it.
    pub fn is_ambiguous(&self) -> bool {
        self.ambiguous
    }

    /// The pause the service asked for.
    pub fn pause(&self) -> Option<Duration> {
        self.retry_after
    }

    /// The stable word, if one was given.
    pub fn code_word(&self) -> Option<&'static str> {
        self.code
    }

    /// The same failure once more, for the next member of a batch. The cause
    /// stays with the first; its text does not.
    pub fn again(&mut self) -> SinkError {
        let text = Cow::Owned(self.whole_text());
        SinkError {
            class: self.class,
            text: std::mem::replace(&mut self.text, text),
            cause: self.cause.take(),
            retry_after: self.retry_after,
            code: self.code,
            not_sent: self.not_sent,
            ambiguous: self.ambiguous,
            until_changed: self.until_changed,
            answered: self.answered.clone(),
        }
    }

    /// The failure as owned data: text and class, nothing foreign. Of the text
    /// the known secrets are taken out, before it is cut.
    ///
    /// `class` is what the delivery policy reads its code as, whatever the sink
    /// says. What else the sink said keeps its word where that class has a use
    /// for it: a pause always; that it may have been processed if it is
    /// transient; that it must not be asked again if it is unusable.
    pub(crate) fn into_failure(self, class: Option<ErrorClass>, redaction: &Redaction) -> Failure {
        let class = class.unwrap_or(self.class);
        Failure {
            class,
            text: cut(&redaction.text(&self.all_text())),
            retry_after: self.retry_after,
            not_sent: self.not_sent,
            ambiguous: self.ambiguous && class == ErrorClass::Transient,
            until_changed: self.until_changed && class == ErrorClass::Unusable,
            answered: self.answered.map(|answered| answered.without(redaction)),
        }
    }

    fn whole_text(&self) -> String {
        cut(&self.all_text())
    }

    fn all_text(&self) -> String {
        let mut text = self.text.clone().into_owned();
        let mut cause = self.cause.as_ref().map(|c| &**c as &dyn Error);
        // A cause that names itself as its source must not hang the worker.
        for _ in 0..MAX_CAUSES {
            let Some(error) = cause else { break };
            text.push_str(": ");
            text.push_str(&error.to_string());
            cause = error.source();
        }
        text
    }
}

fn cut(text: &str) -> String {
    crate::alert::fit(text, MAX_TEXT, " [cut] ").into_owned()
}

const MAX_CAUSES: usize = 8;
const MAX_TEXT: crate::alert::Text = crate::alert::Text::bytes(1024);

/// A [`SinkError`] after it left the sink's code: plain data.
#[derive(Debug, Clone, PartialEq, Eq)]
pub(crate) struct Failure {
    pub(crate) class: ErrorClass,
    pub(crate) text: String,
    pub(crate) retry_after: Option<Duration>,
    pub(crate) not_sent: bool,
    pub(crate) ambiguous: bool,
    pub(crate) until_changed: bool,
    pub(crate) answered: Option<Answered>,
}

impl Failure {
    /// A panic counts as an attempt, so that an alert that always makes the
    /// sink panic comes to its end.
    pub(crate) fn panicked(text: &str) -> Self {
        Self::of(ErrorClass::Transient, format!("panicked: {text}"))
    }

    /// A sink put back all that it was given.
    pub(crate) fn nothing_tried() -> Self {
        let text = "the sink put back all that it was given";
        Self {
            not_sent: true,
            ..Self::of(ErrorClass::Transient, text.to_owned())
        }
    }

    /// A sink put back the only one that it was given, as refused.
    pub(crate) fn refused() -> Self {
        Self::of(ErrorClass::Rejected, "refused".to_owned())
    }

    fn of(class: ErrorClass, text: String) -> Self {
        Self {
            class,
            text,
            retry_after: None,
            not_sent: false,
            ambiguous: false,
            until_changed: false,
            answered: None,
        }
    }
}

impl fmt::Display for SinkError {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.text)
    }
}

impl Error for SinkError {
    fn source(&self) -> Option<&(dyn Error + 'static)> {
        self.cause.as_ref().map(|c| &**c as &(dyn Error + 'static))
    }
}

/// Transient: most input and output errors pass.
impl From<std::io::Error> for SinkError {
    fn from(error: std::io::Error) -> Self {
        SinkError::transient("input or output failed").caused_by(error)
    }
}
