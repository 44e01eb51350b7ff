use alert_core::{Severity, Timestamp};

/// Which alerts of the history are asked for: the newest that meet all conditions.
///
/// ```
/// use alert_sink_sqlite_state::HistoryQuery;
///
/// let open = HistoryQuery::new().source("billing-*").open();
/// assert_eq!(open.recent, 20);
/// ```
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct HistoryQuery {
    /// How many at most; 20 by default, and never more than [`HistoryQuery::MOST`].
    pub recent: usize,
    /// Of this severity alone.
    pub severity: Option<Severity>,
    /// Of this severity or a higher one.
    pub min_severity: Option<Severity>,
    /// Whose source fits this pattern, in which a `*` stands for any run of characters.
    pub source: Option<String>,
    /// Raised at this time or later.
    pub since: Option<Timestamp>,
    /// The firing alerts of incidents that are open, of their current run.
    pub open: bool,
    /// With this text in the title or the message, whatever its case, in every script. White space
    /// counts; letters with and without accents differ.
    pub search: Option<String>,
    /// Of this dedup key.
    pub dedup_key: Option<String>,
}

impl Default for HistoryQuery {
    fn default() -> Self {
        Self {
            recent: 20,
            severity: None,
            min_severity: None,
            source: None,
            since: None,
            open: false,
            search: None,
            dedup_key: None,
        }
    }
}

impl HistoryQuery {
    /// How many rows a call tells at most, whatever is asked for.
    pub const MOST: usize = 100_000;

    /// The 20 newest alerts.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many at most.
    #[must_use = "returns the changed query"]
    pub fn recent(mut self, recent: usize) -> Self {
        self.recent = recent;
        self
    }

    /// Of this severity alone.
    #[must_use = "returns the changed query"]
    pub fn severity(mut self, severity: Severity) -> Self {
        self.severity = Some(severity);
        self
    }

    /// Of this severity or a higher one.
    #[must_use = "returns the changed query"]
    pub fn min_severity(mut self, severity: Severity) -> Self {
        self.min_severity = Some(severity);
        self
    }

    /// Whose source fits this pattern.
    #[must_use = "returns the changed query"]
    pub fn source(mut self, pattern: impl Into<String>) -> Self {
        self.source = Some(pattern.into());
        self
    }

    /// Raised at this time or later.
    #[must_use = "returns the changed query"]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }

    /// Of incidents that are open.
    #[must_use = "returns the changed query"]
    pub fn open(mut self) -> Self {
        self.open = true;
        self
    }

    /// With this text in them.
    #[must_use = "returns the changed query"]
    pub fn search(mut self, text: impl Into<String>) -> Self {
        self.search = Some(text.into());
        self
    }

    /// Of this dedup key.
    #[must_use = "returns the changed query"]
    pub fn dedup_key(mut self, key: impl Into<String>) -> Self {
        self.dedup_key = Some(key.into());
        self
    }

    /// The severities that are asked for.
    pub(super) fn severities(&self) -> Vec<Severity> {
        let all = Severity::ALL.into_iter();
        all.filter(|one| self.severity.is_none_or(|only| *one == only))
            .filter(|one| self.min_severity.is_none_or(|least| *one >= least))
            .collect()
    }
}

/// Which entries of the audit trail are asked for: the newest that meet all conditions.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct AuditQuery {
    /// How many at most; 50 by default, and never more than [`HistoryQuery::MOST`].
    pub recent: usize,
    /// About this.
    pub subject: Option<String>,
    /// That did this.
    pub action: Option<String>,
    /// By this actor.
    pub actor: Option<String>,
    /// At this time or later.
    pub since: Option<Timestamp>,
}

impl Default for AuditQuery {
    fn default() -> Self {
        Self {
            recent: 50,
            subject: None,
            action: None,
            actor: None,
            since: None,
        }
    }
}

impl AuditQuery {
    /// The 50 newest entries.
    pub fn new() -> Self {
        Self::default()
    }

    /// So many at most.
    #[must_use = "returns the changed query"]
    pub fn recent(mut self, recent: usize) -> Self {
        self.recent = recent;
        self
    }

    /// About this.
    #[must_use = "returns the changed query"]
    pub fn subject(mut self, subject: impl Into<String>) -> Self {
        self.subject = Some(subject.into());
        self
    }

    /// That did this.
    #[must_use = "returns the changed query"]
    pub fn action(mut self, action: impl Into<String>) -> Self {
        self.action = Some(action.into());
        self
    }

    /// By this actor.
    #[must_use = "returns the changed query"]
    pub fn actor(mut self, actor: impl Into<String>) -> Self {
        self.actor = Some(actor.into());
        self
    }

    /// At this time or later.
    #[must_use = "returns the changed query"]
    pub fn since(mut self, time: Timestamp) -> Self {
        self.since = Some(time);
        self
    }
}
