use std::time::{Duration, Instant};

use crate::alert::{Digest, OneLine};
use crate::clock::{Clock, SystemClock, after};
use crate::config::Duration as ConfigDuration;
use crate::sink::{Fallback, Firing, Handle, Losses, Suppressed};

static NO_LOSSES: Losses = Losses::none();

/// What a sink is told about one try to deliver one alert.
#[derive(Debug, Clone)]
pub struct Attempt<'a> {
    number: u32,
    deadline: Instant,
    clock: &'a dyn Clock,
    late_by: Duration,
    previous: Option<&'a Handle>,
    stands_for: Option<&'a Suppressed>,
    lost: &'a Losses,
    firing: Option<&'a Firing>,
    instead_of: Option<&'a Fallback>,
    digest: Option<&'a Digest>,
}

impl Attempt<'static> {
    /// A first attempt that may take this long, for testing a sink by hand.
    pub fn first(within: Duration) -> Attempt<'static> {
        Attempt::on_clock(&SystemClock, within)
    }
}

impl<'a> Attempt<'a> {
    fn on_clock(clock: &'a dyn Clock, within: Duration) -> Self {
        Self::until(clock, after(clock.now(), within))
    }

    pub(crate) fn until(clock: &'a dyn Clock, deadline: Instant) -> Self {
        Attempt {
            number: 1,
            deadline,
            clock,
            late_by: Duration::ZERO,
            previous: None,
            stands_for: None,
            lost: &NO_LOSSES,
            firing: None,
            instead_of: None,
            digest: None,
        }
    }

    /// The same attempt as number `number` (from 1).
    #[must_use = "returns the changed attempt"]
    pub fn with_number(mut self, number: u32) -> Self {
        self.number = number.max(1);
        self
    }

    /// The same attempt, this long after the alert was accepted.
    #[must_use = "returns the changed attempt"]
    pub fn with_late_by(mut self, late_by: Duration) -> Self {
        self.late_by = late_by;
        self
    }

    /// The same attempt with the handle of an earlier message of its key.
    #[must_use = "returns the changed attempt"]
    pub fn with_previous(mut self, handle: &'a Handle) -> Self {
        self.previous = Some(handle);
        self
    }

    /// The same attempt for an alert that stands for suppressed ones.
    #[must_use = "returns the changed attempt"]
    pub fn with_stands_for(mut self, suppressed: &'a Suppressed) -> Self {
        self.stands_for = Some(suppressed);
        self
    }

    /// The same attempt after these losses.
    #[must_use = "returns the changed attempt"]
    pub fn with_lost(mut self, lost: &'a Losses) -> Self {
        self.lost = lost;
        self
    }

    /// The same attempt for a resolved alert whose firing one did not get
    /// through.
    #[must_use = "returns the changed attempt"]
    pub fn with_firing(mut self, firing: &'a Firing) -> Self {
        self.firing = Some(firing);
        self
    }

    /// The same attempt, made instead of another sink's.
    #[must_use = "returns the changed attempt"]
    pub fn with_instead_of(mut self, fallback: &'a Fallback) -> Self {
        self.instead_of = Some(fallback);
        self
    }

    /// The same attempt for the alert that was made of this digest
    /// ([`Digest::to_alert`]).
    #[must_use = "returns the changed attempt"]
    pub fn with_digest(mut self, digest: &'a Digest) -> Self {
        self.digest = Some(digest);
        self
    }

    /// Which try this is, from 1.
    pub fn number(&self) -> u32 {
        self.number
    }

    /// When `deliver` must have returned. A sink that is still in there a
    /// moment later is left behind, and the alert counts as abandoned.
    pub fn deadline(&self) -> Instant {
        self.deadline
    }

    /// How long is left until the deadline; zero when it has passed.
    pub fn remaining(&self) -> Duration {
        self.deadline.saturating_duration_since(self.clock.now())
    }

    /// How long ago the pipeline accepted the alert; of a digest, how long ago
    /// it was complete.
    pub fn late_by(&self) -> Duration {
        self.late_by
    }

    /// The lateness worth telling a reader: [`Attempt::late_by`] from
    /// [`LATE_AFTER`] on.
    pub fn lateness(&self) -> Option<Duration> {
        (self.late_by >= LATE_AFTER).then_some(self.late_by)
    }

    /// What the service called the last message of this alert's dedup key.
    pub fn previous(&self) -> Option<&'a Handle> {
        self.previous
    }

    /// The suppressed alerts that this one stands for.
    pub fn stands_for(&self) -> Option<&'a Suppressed> {
        self.stands_for
    }

    /// What was lost in this lane since the last alert that got through.
    pub fn lost(&self) -> &'a Losses {
        self.lost
    }

    /// What the alert was made of, if it stands for several that the lane
    /// gathered. A sink may render it in a way of its own; one that does not ask
    /// delivers the alert, which tells all of it.
    pub fn digest(&self) -> Option<&'a Digest> {
        self.digest
    }

    /// The firing alert that this resolved one tells of too, because it did not
    /// get through here. `None` where it did, where the lane knows of none, and
    /// for every firing alert.
    pub fn firing(&self) -> Option<&'a Firing> {
        self.firing
    }

    /// Everything that the lane tells beside the alert, a phrase each, worded
    /// once for every sink: how late it is, what it stands for, what was lost
    /// before it, which firing alert it tells of too, whose fallback it is. Each
    /// is one line without control characters.
    ///
    /// ```
    /// use alert_core::{Attempt, Fallback};
    /// use std::time::Duration;
    ///
    /// let why = Fallback::new("ops", "gave_up: too old");
    /// let attempt = Attempt::first(Duration::from_secs(1))
    ///     .with_late_by(Duration::from_secs(90))
    ///     .with_instead_of(&why);
    /// let told: Vec<String> = attempt.remarks().collect();
    /// assert_eq!(told, ["late by 1m 30s", "instead of ops: gave_up: too old"]);
    /// ```
    pub fn remarks(&self) -> impl Iterator<Item = String> {
        let late = self.lateness().map(|late| {
            let whole = Duration::from_secs(late.as_secs());
            format!("late by {}", ConfigDuration::from(whole))
        });
        let lost = (!self.lost.is_empty()).then(|| self.lost.to_string());
        [
            late,
            self.stands_for.map(Suppressed::to_string),
            lost,
            // A title, a sink's name and its error are from elsewhere.
            self.firing
                .map(|firing| OneLine(&firing.to_string()).to_string()),
            self.instead_of
                .map(|fallback| OneLine(&fallback.to_string()).to_string()),
        ]
        .into_iter()
        .flatten()
    }

    /// Whose fallback this is, and why.
    pub fn instead_of(&self) -> Option<&'a Fallback> {
        self.instead_of
    }
}

/// From which lateness on a message says that it is late: 1 minute.
pub const LATE_AFTER: Duration = Duration::from_secs(60);
