use crate::alert::Text;

/// What a destination can take, as data, known before anything is opened.
///
/// The lane composes batches by it. A limit that is not set does not exist.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Limits {
    /// How many alerts one batch may hold; 1 means: one by one.
    pub batch: usize,
    /// Whether the sink edits an earlier message of the same dedup key: keyed
    /// alerts then travel in batches of their own.
    pub edits: bool,
    /// The longest title.
    pub title: Option<Text>,
    /// The longest message.
    pub message: Option<Text>,
    /// How many context entries.
    pub entries: Option<usize>,
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

    /// The longest title.
    #[must_use = "returns the changed limits"]
    pub const fn title(mut self, limit: Text) -> Self {
        self.title = Some(limit);
        self
    }

    /// The longest message.
    #[must_use = "returns the changed limits"]
    pub const fn message(mut self, limit: Text) -> Self {
        self.message = Some(limit);
        self
    }

    /// How many context entries.
    #[must_use = "returns the changed limits"]
    pub const fn entries(mut self, entries: usize) -> Self {
        self.entries = Some(entries);
        self
    }

    /// How many requests may be in flight at once; 0 is read as 1.
    #[must_use = "returns the changed limits"]
    pub const fn in_flight(mut self, requests: usize) -> Self {
        self.in_flight = if requests == 0 { 1 } else { requests };
        self
    }
}

impl Default for Limits {
    fn default() -> Self {
        Self::none()
    }
}
