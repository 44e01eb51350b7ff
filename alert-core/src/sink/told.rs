//! What an attempt tells beside the alert, worded once for every sink.

use std::borrow::Cow;
use std::fmt;

use crate::alert::{Severity, Text, Timestamp, fit};

/// The alerts that a gate held back and that the next one stands for.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Suppressed {
    /// How many, by severity (info, warning, critical).
    pub by_severity: [u64; 3],
    /// When the first of them was raised.
    pub since: Timestamp,
}

impl Suppressed {
    /// One alert of this severity, raised then.
    pub fn one(severity: Severity, at: Timestamp) -> Self {
        let mut suppressed = Self {
            by_severity: [0; 3],
            since: at,
        };
        suppressed.by_severity[severity.index()] = 1;
        suppressed
    }

    /// Adds another count to this one.
    pub fn merge(&mut self, other: &Suppressed) {
        for (mine, theirs) in self.by_severity.iter_mut().zip(other.by_severity) {
            *mine = mine.saturating_add(theirs);
        }
        self.since = self.since.min(other.since);
    }

    /// How many in all.
    pub fn count(&self) -> u64 {
        self.by_severity.iter().sum()
    }
}

/// `stands for 3 more since 2026-01-02T03:04:05.000Z (2 warning, 1 info)`
impl fmt::Display for Suppressed {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "stands for {} more since {} (", self.count(), self.since)?;
        let mut comma = "";
        for severity in Severity::ALL.iter().rev() {
            let n = self.by_severity[severity.index()];
            if n > 0 {
                write!(f, "{comma}{n} {severity}")?;
                comma = ", ";
            }
        }
        f.write_str(")")
    }
}

/// What was lost in a lane since the last alert that got through, by cause.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Losses {
    /// Shed because the lane's queue was full.
    pub shed: u64,
    /// Shed at the intake, before any lane saw it.
    pub shed_intake: u64,
    /// Refused by the destination.
    pub rejected: u64,
    /// Given up: attempts or age spent, or the lane halted.
    pub gave_up: u64,
    /// Left with a worker that did not return in time.
    pub abandoned: u64,
    /// Suppressed alerts whose stand-in was itself lost.
    pub suppressed: u64,
}

impl Losses {
    /// Nothing lost.
    pub const fn none() -> Self {
        Self {
            shed: 0,
            shed_intake: 0,
            rejected: 0,
            gave_up: 0,
            abandoned: 0,
            suppressed: 0,
        }
    }

    fn parts(&self) -> [(u64, &'static str); 6] {
        [
            (self.shed, "shed"),
            (self.shed_intake, "shed at the intake"),
            (self.rejected, "rejected"),
            (self.gave_up, "given up"),
            (self.abandoned, "abandoned"),
            (self.suppressed, "suppressed and untold"),
        ]
    }

    /// How many in all.
    pub fn total(&self) -> u64 {
        self.parts().iter().map(|(n, _)| n).sum()
    }

    /// Whether nothing was lost.
    pub fn is_empty(&self) -> bool {
        self.total() == 0
    }

    /// Takes off what has been told.
    pub(crate) fn told(&mut self, other: &Losses) {
        self.shed = self.shed.saturating_sub(other.shed);
        self.shed_intake = self.shed_intake.saturating_sub(other.shed_intake);
        self.rejected = self.rejected.saturating_sub(other.rejected);
        self.gave_up = self.gave_up.saturating_sub(other.gave_up);
        self.abandoned = self.abandoned.saturating_sub(other.abandoned);
        self.suppressed = self.suppressed.saturating_sub(other.suppressed);
    }
}

/// `3 lost here before this: 2 shed, 1 given up`
impl fmt::Display for Losses {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} lost here before this:", self.total())?;
        let mut comma = "";
        for (n, word) in self.parts() {
            if n > 0 {
                write!(f, "{comma} {n} {word}")?;
                comma = ",";
            }
        }
        Ok(())
    }
}

/// A firing alert that did not get through to this sink and that its resolved
/// one tells of too: one message for the beginning and the end.
///
/// It is told beside [`Losses`], which counts it as well: the number says how
/// many were lost, this says what the one was that has just ended. Nothing is
/// taken off a count because of it.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Firing {
    title: Box<str>,
    severity: Severity,
    at: Timestamp,
    why: Cow<'static, str>,
}

impl Firing {
    /// The longest title that is kept, in bytes; a longer one is cut.
    pub const MAX_TITLE: usize = 120;

    /// The firing alert of this title and severity, raised then, with why it
    /// did not get through.
    pub fn new(
        title: &str,
        severity: Severity,
        at: Timestamp,
        why: impl Into<Cow<'static, str>>,
    ) -> Self {
        Self {
            title: fit(title, Text::bytes(Self::MAX_TITLE), "…").into(),
            severity,
            at,
            why: why.into(),
        }
    }

    /// Its title, of at most [`Firing::MAX_TITLE`] bytes.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// How bad it was.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// When it was raised.
    pub fn at(&self) -> Timestamp {
        self.at
    }

    /// Why it did not get through, in one line: `gave_up: attempts spent`.
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// `also tells of its firing at 2026-01-02T03:04:05.000Z, which was not delivered: gave_up: attempts spent (critical: disk full)`
impl fmt::Display for Firing {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(
            f,
            "also tells of its firing at {}, which was not delivered: {} ({}: {})",
            self.at, self.why, self.severity, self.title
        )
    }
}

/// Whose fallback an attempt is, and why.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct Fallback {
    sink: String,
    why: String,
}

impl Fallback {
    /// In place of this sink, for this reason.
    pub fn new(sink: impl Into<String>, why: impl Into<String>) -> Self {
        Self {
            sink: sink.into(),
            why: why.into(),
        }
    }

    /// The sink that failed.
    pub fn sink(&self) -> &str {
        &self.sink
    }

    /// Why it failed, in one line.
    pub fn why(&self) -> &str {
        &self.why
    }
}

/// `instead of ops: gave up after 5 attempts`
impl fmt::Display for Fallback {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "instead of {}: {}", self.sink, self.why)
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn what_an_alert_stands_for_reads_as_one_phrase() {
        let mut s = Suppressed::one(Severity::Warning, Timestamp::from_micros(2_000_000));
        s.merge(&Suppressed::one(
            Severity::Info,
            Timestamp::from_micros(1_000_000),
        ));
        s.merge(&Suppressed::one(
            Severity::Warning,
            Timestamp::from_micros(3_000_000),
        ));
        assert_eq!(
            s.to_string(),
            "stands for 3 more since 1970-01-01T00:00:01.000Z (2 warning, 1 info)"
        );
    }

    #[test]
    fn a_firing_alert_is_told_with_its_time_its_reason_and_a_short_title() {
        let at = Timestamp::from_micros(2_000_000);
        let firing = Firing::new("disk full", Severity::Critical, at, "shed: queue full");
        assert_eq!(
            firing.to_string(),
            "also tells of its firing at 1970-01-01T00:00:02.000Z, which was not delivered: \
             shed: queue full (critical: disk full)"
        );
        let long = Firing::new(&"é".repeat(500), Severity::Info, at, "w");
        assert!(long.title().len() <= Firing::MAX_TITLE);
        assert!(long.title().contains('…'));
    }

    #[test]
    fn losses_name_each_cause_once_and_can_be_told() {
        let mut lost = Losses {
            shed: 2,
            gave_up: 1,
            ..Losses::none()
        };
        assert_eq!(
            lost.to_string(),
            "3 lost here before this: 2 shed, 1 given up"
        );
        let told = lost;
        lost.shed += 4;
        lost.told(&told);
        assert_eq!(
            lost,
            Losses {
                shed: 4,
                ..Losses::none()
            }
        );
    }
}
