//! How rows of each table get into the new database. What is newer there stays.

/// One table from which rows are recovered.
#[derive(Debug)]
pub(super) struct Table {
    pub(super) name: &'static str,
    /// The columns by which rows are read in order.
    pub(super) key: &'static [&'static str],
    pub(super) numbers: Numbers,
    /// What follows the INSERT if there is such a row already.
    pub(super) conflict: &'static str,
    /// What is to be done after that, with the row's key.
    pub(super) after: &'static str,
}

/// What the first column means.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(super) enum Numbers {
    /// A row's number, which it keeps if that is free.
    Kept,
    /// A number that nobody knows.
    Given,
    /// Rows have no number: what lies between two damaged places cannot be looked up.
    None,
}

pub(super) const TABLES: &[Table] = &[
    Table {
        name: "silences",
        key: &["id"],
        numbers: Numbers::Kept,
        conflict: "",
        after: "",
    },
    Table {
        name: "state",
        key: &["namespace", "key"],
        numbers: Numbers::None,
        conflict: "ON CONFLICT (namespace, key) DO UPDATE SET value = excluded.value, \
                   updated_at = excluded.updated_at WHERE excluded.updated_at > updated_at",
        after: "",
    },
    Table {
        name: "incidents",
        key: &["dedup_key"],
        numbers: Numbers::None,
        // An incident that is open in both is one: it began before the damage, unless it was
        // resolved in between.
        conflict: "ON CONFLICT (dedup_key) DO UPDATE SET \
                   first_at = min(first_at, excluded.first_at), count = count + excluded.count, \
                   acked_by = CASE WHEN acked_at IS NULL THEN excluded.acked_by ELSE acked_by END, \
                   ack_note = CASE WHEN acked_at IS NULL THEN excluded.ack_note ELSE ack_note END, \
                   acked_at = coalesce(acked_at, excluded.acked_at) \
                   WHERE excluded.resolved_at IS NULL AND NOT EXISTS (SELECT 1 FROM alerts \
                   WHERE alerts.dedup_key = excluded.dedup_key AND status = 1 \
                   AND (time, id) > (excluded.last_at, excluded.last_id) \
                   AND (time, id) < (incidents.last_at, incidents.last_id))",
        // What has resolved it may have come before it.
        after: "UPDATE incidents SET newest_at = newest.time, newest_id = newest.id, \
                resolved_at = coalesce(resolved_at, (SELECT time FROM alerts \
                WHERE dedup_key = ?1 AND status = 1 AND (time, id) > (last_at, last_id) \
                ORDER BY time, id LIMIT 1)) \
                FROM (SELECT time, id FROM alerts WHERE dedup_key = ?1 \
                ORDER BY time DESC, id DESC LIMIT 1) AS newest \
                WHERE incidents.dedup_key = ?1 \
                AND (newest.time, newest.id) > (newest_at, newest_id)",
    },
    Table {
        name: "sinks",
        key: &["program", "sink"],
        numbers: Numbers::None,
        conflict: "ON CONFLICT (program, sink) DO UPDATE SET \
                   delivered = delivered + excluded.delivered, lost = lost + excluded.lost, \
                   last_success_at = coalesce(last_success_at, excluded.last_success_at), \
                   last_error = CASE WHEN last_error_at IS NULL THEN excluded.last_error ELSE last_error END, \
                   last_error_at = coalesce(last_error_at, excluded.last_error_at)",
        after: "",
    },
    Table {
        name: "counts",
        key: &["minute", "severity"],
        numbers: Numbers::None,
        conflict: "ON CONFLICT (minute, severity) DO UPDATE SET count = count + excluded.count",
        after: "",
    },
    Table {
        name: "audit",
        key: &["seq"],
        numbers: Numbers::Kept,
        conflict: "",
        after: "",
    },
    Table {
        name: "alerts",
        key: &["seq"],
        numbers: Numbers::Kept,
        conflict: "ON CONFLICT (id) DO NOTHING",
        after: "",
    },
    Table {
        name: "deliveries",
        key: &["seq"],
        numbers: Numbers::Given,
        conflict: "",
        after: "",
    },
];

impl Table {
    pub(super) fn named(name: &str) -> Option<&'static Table> {
        TABLES.iter().find(|table| table.name == name)
    }

    /// The one whose turn is after this one.
    pub(super) fn next(&self) -> Option<&'static Table> {
        let at = TABLES.iter().position(|table| table.name == self.name)?;
        TABLES.get(at.checked_add(1)?)
    }
}
