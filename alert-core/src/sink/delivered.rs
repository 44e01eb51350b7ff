use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::alert::Redaction;
use crate::sink::Answered;

/// What a service calls the message that was sent, so that a later alert with
/// the same dedup key can edit it.
#[derive(Debug, Clone, PartialEq, Eq, Hash)]
pub struct Handle(Arc<str>);

impl Handle {
    /// A handle of this text.
    pub fn new(text: impl Into<String>) -> Self {
        Self(text.into().into())
    }

    /// The service's own word.
    pub fn as_str(&self) -> &str {
        &self.0
    }
}

impl fmt::Display for Handle {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(&self.0)
    }
}

/// What a sink returns for an alert that its destination has taken.
#[derive(Debug, Clone, Default, PartialEq, Eq)]
#[must_use = "return it from `deliver`, or settle the alert with it"]
pub struct Delivered {
    pub(crate) handle: Option<Handle>,
    pub(crate) not_before: Option<Duration>,
    pub(crate) answered: Option<Answered>,
}

impl Delivered {
    /// Taken; nothing more to say.
    pub fn new() -> Self {
        Self::default()
    }

    /// With what the service calls the message. Kept for keyed alerts, and
    /// found again in [`crate::Attempt::previous`].
    pub fn with_handle(mut self, handle: impl Into<String>) -> Self {
        self.handle = Some(Handle::new(handle));
        self
    }

    /// Holds the lane's next attempt for this long (a service that says that
    /// its budget is spent). Clamped to 24 h.
    pub fn not_before(mut self, pause: Duration) -> Self {
        self.not_before = Some(pause);
        self
    }

    /// With what the service answered, in one line for a person who tries the
    /// sink out: `200 in 83 ms, 4 left in this window`. See
    /// [`crate::Outcome::answer`].
    pub fn answered(mut self, text: impl Into<String>) -> Self {
        self.answered = Some(Answered::new(text.into()));
        self
    }

    /// The pause, if one was asked for.
    pub fn pause(&self) -> Option<Duration> {
        self.not_before
    }

    /// The same with nothing secret in what was answered.
    pub(crate) fn without(mut self, redaction: &Redaction) -> Self {
        self.answered = self.answered.map(|answered| answered.without(redaction));
        self
    }

    /// The handle, if one was given.
    pub fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()
    }
}
