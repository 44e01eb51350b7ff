use alert_core::{
    Alert, Attempt, Delivered, Limits, OpenContext, Plan, Sink, SinkEntry, SinkError,
};

use crate::{Answer, Recording};

/// Answers every delivery alike; its attempts are kept.
#[derive(Debug, Clone)]
pub struct Failing {
    answer: Answer,
    attempts: Recording,
}

impl Failing {
    /// Fails in a way that may pass, each time.
    #[expect(
        clippy::new_without_default,
        reason = "a default that fails would surprise"
    )]
    pub fn new() -> Self {
        Self::with(Answer::Transient)
    }

    /// Gives this answer each time.
    pub fn with(answer: Answer) -> Self {
        Self {
            answer,
            attempts: Recording::new(),
        }
    }

    /// A sink that answers so.
    pub fn entry(&self, name: impl Into<String>) -> SinkEntry {
        SinkEntry::new(name, self.plan())
    }

    /// The recipe of such a sink.
    pub fn plan(&self) -> Plan {
        let failing = self.clone();
        Plan::opener("failing", Limits::none(), move |_: &OpenContext<'_>| {
            Ok(failing.clone())
        })
    }

    /// Every attempt.
    pub fn attempts(&self) -> &Recording {
        &self.attempts
    }
}

impl Sink for Failing {
    fn deliver(&mut self, alert: &Alert, attempt: &Attempt<'_>) -> Result<Delivered, SinkError> {
        self.attempts.note(alert, attempt);
        self.answer.give()
    }
}
