//! What new alerts change about their keys' incidents.

use alert_core::Alert;
use rusqlite::Transaction;

use super::episode::{Alerts, Episode};
use super::table::{Head, Key};
use crate::place::Place;

/// Brings the incidents of these alerts' keys up to date. The alerts were just added to the table
/// and are all that is new in it. Sorts them.
pub(crate) fn follow(
    transaction: &Transaction<'_>,
    added: &mut Vec<&Alert>,
) -> rusqlite::Result<()> {
    added.retain(|alert| alert.dedup_key().is_some());
    added.sort_unstable_by(|one, two| {
        let by_key = one.dedup_key().cmp(&two.dedup_key());
        by_key.then_with(|| Place::of(one).cmp(&Place::of(two)))
    });
    for alerts in added.chunk_by(|one, two| one.dedup_key() == two.dedup_key()) {
        if let Some(key) = alerts.first().and_then(|alert| alert.dedup_key()) {
            one_key(Key { transaction, key }, Alerts(alerts))?;
        }
    }
    Ok(())
}

impl<'a> Head<'a> {
    fn of(alert: &'a Alert) -> Self {
        Self {
            severity: alert.severity().index() as i64,
            source: alert.source(),
            title: alert.title(),
        }
    }
}

fn one_key(key: Key<'_>, new: Alerts<'_>) -> rusqlite::Result<()> {
    match key.row()? {
        Some(row) => change(key, row, new),
        None => begin(key, new),
    }
}

/// The key has no incident yet, so none of its alerts fired unless it is new.
fn begin(key: Key<'_>, new: Alerts<'_>) -> rusqlite::Result<()> {
    let Some(last) = new.last_firing() else {
        return Ok(());
    };
    if key.has_more_than(new.0.len())? {
        return rebuild(key);
    }
    match new.episode() {
        Some(is) => key.write(&Head::of(last), is, true),
        None => Ok(()),
    }
}

/// Makes the row anew from the table of alerts.
fn rebuild(key: Key<'_>) -> rusqlite::Result<()> {
    let Some((last, severity, source, title)) = key.last_firing()? else {
        return Ok(());
    };
    let run = key.run(key.resolved_before(last)?, last)?;
    let is = Episode {
        first_at: run.first_at.unwrap_or(last.time),
        last,
        newest: key.newest()?.unwrap_or(last),
        count: run.count,
        resolved_at: key.resolved_after(last)?.map(|place| place.time),
    };
    let head = Head {
        severity,
        source: &source,
        title: &title,
    };
    key.write(&head, is, true)
}

fn change(key: Key<'_>, row: Episode, new: Alerts<'_>) -> rusqlite::Result<()> {
    let (Some(oldest), Some(newest)) = (new.oldest(), new.newest()) else {
        return Ok(());
    };
    let head = new
        .last_firing()
        .filter(|alert| Place::of(alert) > row.last);
    let mut is = row;
    is.newest = row.newest.max(newest);
    is.last = head.map_or(row.last, Place::of);
    is.resolved_at = ends(key, row, new, is.last)?;

    let in_order = oldest > row.newest;
    let before = if in_order {
        // A row that is closed ends in a resolved alert.
        let closed = head.is_some() && row.resolved_at.is_some();
        new.resolved_before(is.last)
            .or(closed.then_some(row.newest))
    } else if row.resolved_at.is_none() && !new.resolves() && oldest.time > row.first_at {
        // More of an open one, as of two programs that write at the same time.
        None
    } else {
        key.resolved_before(is.last)?
    };
    let more = new.firing_after(before);
    let grown = Episode {
        first_at: more
            .first_at
            .map_or(row.first_at, |at| at.min(row.first_at)),
        count: row.count + more.count,
        ..is
    };
    let mut anew = false;
    is = match before {
        // All that fired before is over.
        Some(before) if before > row.last => {
            anew = true;
            Episode {
                first_at: more.first_at.unwrap_or(is.last.time),
                count: more.count,
                ..is
            }
        }
        // One that is new may have cut off the beginning.
        Some(before) if before.time >= row.first_at && is_among(new, before) => {
            let run = key.run(Some(before), is.last)?;
            let cut = Episode {
                first_at: run.first_at.unwrap_or(is.last.time),
                count: run.count.max(1),
                ..is
            };
            anew = cut != grown;
            cut
        }
        _ => grown,
    };
    match head {
        Some(alert) => key.write(&Head::of(alert), is, anew),
        None => key.change(is, anew),
    }
}

/// When the episode with this last alert was resolved.
fn ends(key: Key<'_>, row: Episode, new: Alerts<'_>, last: Place) -> rusqlite::Result<Option<i64>> {
    let among_new = new.resolved_after(last).map(|place| place.time);
    if last == row.last {
        return Ok(row.resolved_at.into_iter().chain(among_new).min());
    }
    if last > row.newest {
        return Ok(among_new);
    }
    // Between the row's last one and its newest, which is resolved and may be pruned.
    let found = key.resolved_after(last)?;
    Ok(Some(found.map_or(row.newest.time, |place| place.time)))
}

fn is_among(alerts: Alerts<'_>, place: Place) -> bool {
    alerts.0.iter().any(|alert| Place::of(alert) == place)
}
