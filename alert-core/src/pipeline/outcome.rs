use std::fmt;
use std::sync::Arc;
use std::time::Duration;

use crate::sink::{Answered, Handle};

/// What became of one alert at one sink.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
#[non_exhaustive]
pub enum Verdict {
    /// The destination has it.
    Delivered,
    /// The sink does not take such alerts.
    Filtered,
    /// A gate held it back; a later alert stands for it.
    Suppressed,
    /// There was no room.
    Shed,
    /// The destination refused it.
    Rejected,
    /// It was tried, or waited, until a limit.
    GaveUp,
    /// It was left with a worker that did not return, or at close.
    Abandoned,
}

impl Verdict {
    /// The word for it: `delivered`, `gave_up`, …
    pub fn as_str(self) -> &'static str {
        match self {
            Verdict::Delivered => "delivered",
            Verdict::Filtered => "filtered",
            Verdict::Suppressed => "suppressed",
            Verdict::Shed => "shed",
            Verdict::Rejected => "rejected",
            Verdict::GaveUp => "gave_up",
            Verdict::Abandoned => "abandoned",
        }
    }

    /// Whether the alert did not get through although it should have.
    pub fn is_loss(self) -> bool {
        use Verdict::{Abandoned, GaveUp, Rejected, Shed};
        matches!(self, Shed | Rejected | GaveUp | Abandoned)
    }

    /// Whether a fallback is asked: not where a policy had the alert left out.
    pub(crate) fn falls_back(self) -> bool {
        matches!(
            self,
            Verdict::Rejected | Verdict::GaveUp | Verdict::Abandoned
        )
    }
}

macro_rules! reasons {
    ($($(#[doc = $doc:literal])+ $name:ident => $verdict:ident, $word:literal;)+) => {
        /// Why an alert ended as it did: a closed set, each part of one
        /// [`Verdict`].
        #[derive(Debug, Clone, Copy, PartialEq, Eq, Hash)]
        #[non_exhaustive]
        pub enum Reason {
            $($(#[doc = $doc])+ $name,)+
        }

        impl Reason {
            /// Every reason.
            pub const ALL: &'static [Reason] = &[$(Reason::$name),+];

            /// Which verdict it is part of.
            pub fn verdict(self) -> Verdict {
                match self { $(Reason::$name => Verdict::$verdict,)+ }
            }

            /// A phrase for people and for `stats`.
            pub fn as_str(self) -> &'static str {
                match self { $(Reason::$name => $word,)+ }
            }
        }
    };
}

reasons! {
    /// The destination has it.
    Delivered => Delivered, "delivered";
    /// Below the sink's `min_severity`.
    MinSeverity => Filtered, "below min_severity";
    /// From a source that the sink does not take.
    Source => Filtered, "source not taken";
    /// Without a context value that the sink asks for.
    Context => Filtered, "context not taken";
    /// Matched by a silence.
    Silenced => Filtered, "silenced";
    /// A repeat within the dedup window.
    Duplicate => Suppressed, "duplicate";
    /// Over the throttle's rate.
    Throttled => Suppressed, "throttled";
    /// The lane held as many alerts as it may.
    QueueAlerts => Shed, "queue full";
    /// The lane held as many bytes as it may.
    QueueBytes => Shed, "queue full (bytes)";
    /// Every lane's intake was full.
    Intake => Shed, "intake full";
    /// The destination refused it.
    Refused => Rejected, "refused";
    /// `max_attempts` were made.
    Attempts => GaveUp, "attempts spent";
    /// `max_age` passed.
    Age => GaveUp, "too old";
    /// It may have been processed, twice: asking again could double it.
    Ambiguous => GaveUp, "answer unknown";
    /// The lane is halted.
    Halted => GaveUp, "sink halted";
    /// The sink did not return by the attempt's deadline.
    Deadline => Abandoned, "sink did not return in time";
    /// The pipeline closed first.
    Close => Abandoned, "pipeline closed first";
    /// It was raised after the pipeline had closed.
    Closed => Abandoned, "pipeline was closed";
    /// It was raised by a sink or another part of the pipeline.
    Feedback => Filtered, "raised by the pipeline itself";
}

/// What became of one alert at one sink, with how it came to that.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Outcome {
    pub(crate) reason: Reason,
    pub(crate) attempts: u32,
    pub(crate) took: Duration,
    pub(crate) error: Option<Arc<str>>,
    pub(crate) handle: Option<Handle>,
    pub(crate) answer: Option<Answered>,
}

impl Outcome {
    pub(crate) fn of(reason: Reason) -> Self {
        Self {
            reason,
            attempts: 0,
            took: Duration::ZERO,
            error: None,
            handle: None,
            answer: None,
        }
    }

    /// What it ended as.
    pub fn verdict(&self) -> Verdict {
        self.reason.verdict()
    }

    /// Why.
    pub fn reason(&self) -> Reason {
        self.reason
    }

    /// Whether the destination has it.
    pub fn is_delivered(&self) -> bool {
        self.verdict() == Verdict::Delivered
    }

    /// How many attempts were made.
    pub fn attempts(&self) -> u32 {
        self.attempts
    }

    /// How long it was in the lane.
    pub fn took(&self) -> Duration {
        self.took
    }

    /// What the sink said last, without secrets, if it did not work.
    pub fn error(&self) -> Option<&str> {
        self.error.as_deref()
    }

    /// What the service answered to the last attempt, in one line of at most
    /// 512 bytes without secrets, if the sink said so.
    pub fn answer(&self) -> Option<&str> {
        self.answer.as_ref().map(Answered::as_str)
    }

    /// What the service calls the message.
    pub fn handle(&self) -> Option<&Handle> {
        self.handle.as_ref()
    }
}

/// `gave_up: attempts spent after 5 attempts: connection refused`
impl fmt::Display for Outcome {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str(self.verdict().as_str())?;
        if !self.is_delivered() {
            write!(f, ": {}", self.reason.as_str())?;
        }
        if self.attempts > 1 {
            write!(f, " after {} attempts", self.attempts)?;
        }
        match &self.error {
            Some(error) => write!(f, ": {error}"),
            None => Ok(()),
        }
    }
}
