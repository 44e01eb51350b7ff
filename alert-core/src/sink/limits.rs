use std::borrow::Cow;

use crate::alert::{Alert, Text};

/// What a destination can take, as data, known before anything is opened.
///
/// The lane composes batches by it, and cuts an alert to it before the sink
/// sees it ([`Limits::fit`]). A limit that is not set does not exist; beside
/// it the alert's own limits hold ([`crate::Alert`]).
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many alerts one batch may hold; 1 means: one by one.
    pub batch: usize,
    /// Whether the sink edits an earlier message of the same dedup key: keyed
    /// alerts then travel in batches of their own.
    pub edits: bool,
    /// The longest title, counted as the destination counts.
    pub title: Option<Text>,
    /// The longest message, counted as the destination counts.
    pub message: Option<Text>,
    /// How many context entries, with the one that counts the others.
    pub entries: Option<usize>,
    /// Whether a reader finds the alert's id anyway: a cut then does not name it.
    pub shows_id: bool,
    /// How many requests the sink may have in flight at once.
    pub in_flight: usize,
}

impl Limits {
    /// One alert at a time, no other limit.
    pub const fn none() -> Self {
        Self {
            batch: 1,
            edits: false,
            title: None,
            message: None,
            entries: None,
            shows_id: false,
            in_flight: 1,
        }
    }

    /// Up to `alerts` in one batch; 0 is read as 1.
    #[must_use = "returns the changed limits"]
    pub const fn batch(mut self, alerts: usize) -> Self {
        self.batch = if alerts == 0 { 1 } else { alerts };
        self
    }

    /// The sink edits earlier messages of the same dedup key.
    #[must_use = "returns the changed limits"]
    pub const fn edits(mut self) -> Self {
        self.edits = true;
        self
    }

    /// The longest title. A longer one is cut in the middle, as [`Limits::fit`]
    /// says.
    #[must_use = "returns the changed limits"]
    pub const fn title(mut self, limit: Text) -> Self {
        self.title = Some(limit);
        self
    }

    /// The longest message. A longer one is cut in the middle, as
    /// [`Limits::fit`] says.
    #[must_use = "returns the changed limits"]
    pub const fn message(mut self, limit: Text) -> Self {
        self.message = Some(limit);
        self
    }

    /// How many context entries. Of more, the first are kept and the last is
    /// `…` with the text `n more entries cut`; 0 leaves out all of them.
    #[must_use = "returns the changed limits"]
    pub const fn entries(mut self, entries: usize) -> Self {
        self.entries = Some(entries);
        self
    }

    /// The sink shows the alert's id beside the text, so that a cut need not
    /// name it.
    #[must_use = "returns the changed limits"]
    pub const fn shows_id(mut self) -> Self {
        self.shows_id = true;
        self
    }

    /// How many requests may be in flight at once; 0 is read as 1.
    #[must_use = "returns the changed limits"]
    pub const fn in_flight(mut self, requests: usize) -> Self {
        self.in_flight = if requests == 0 { 1 } else { requests };
        self
    }

    /// The alert as the destination can take it, which is what the sink is
    /// given. One that fits comes back as it is, without an allocation.
    ///
    /// A title or message beyond its limit keeps its beginning and its end;
    /// between them stands a mark with the alert's id, so that the whole can be
    /// found where it was kept whole. Neither a character nor a cluster that
    /// reads as one (an emoji with a skin tone) is cut, unless the cluster is
    /// longer than 64 bytes. The mark is
    ///
    /// * ` [… cut, alert ID …] ` where it takes at most half of the limit,
    /// * `…ID…` where it leaves at least 16 units for the text,
    /// * `…` below that, and nothing at all where not even this and a byte at
    ///   each end have room: then the beginning alone is kept.
    ///
    /// With [`Limits::shows_id`] the first is `[… 1,234 characters cut …]` and
    /// the second is left out. Links, source and dedup key stay whole.
    pub fn fit<'a>(&self, alert: &'a Alert) -> Cow<'a, Alert> {
        match alert.fitted(self) {
            Some(cut) => Cow::Owned(cut),
            None => Cow::Borrowed(alert),
        }
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::none()
    }
}
