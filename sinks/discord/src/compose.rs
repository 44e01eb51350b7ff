//! Which alerts of a backlog the next message tells, and how.

use std::collections::HashSet;

use alert_core::{Alert, Attempt, Severity};

use crate::digest::{self, Titles};
use crate::embed::Embed;
use crate::limits::{EMBEDS, Room, SUM};
use crate::look::Look;
use crate::payload::Told;

/// The least that is kept for a digest beside other embeds.
const DIGEST: usize = 1_500;

pub(crate) type Item<'a> = (&'a Alert, &'a Attempt<'a>);

/// How many messages may be sent.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) struct Budget {
    /// At once; at least 1.
    pub(crate) now: usize,
    /// Within a few seconds more.
    pub(crate) soon: usize,
}

/// The next message.
#[derive(Debug, Clone, Default, PartialEq)]
pub(crate) struct Composed {
    /// At most ten.
    pub(crate) embeds: Vec<Embed>,
    /// The alert of each embed, by its place in the backlog; a digest's embed is behind these.
    pub(crate) shown: Vec<usize>,
    /// The alerts of the digest, in order.
    pub(crate) digested: Vec<usize>,
    pub(crate) told: Told,
}

impl Composed {
    fn show(&mut self, index: usize, (alert, attempt): Item<'_>, embed: Embed) {
        self.told.tell(alert, attempt);
        self.embeds.push(embed);
        self.shown.push(index);
    }

    /// Shows alerts in order while they have room.
    fn fill<'a>(
        &mut self,
        look: &Look,
        items: impl Iterator<Item = (usize, Item<'a>)>,
        most: usize,
        room: Room,
        sum: usize,
    ) {
        let mut taken = 0;
        for (index, item) in items {
            if self.embeds.len() >= most {
                return;
            }
            let embed = look.embed(item.0, item.1, room.within(sum));
            taken += embed.size();
            if taken > sum && !self.embeds.is_empty() {
                return;
            }
            self.show(index, item, embed);
        }
    }
}

/// Composes the next message of this backlog, which is not empty.
///
/// If all of it fits the messages that can be sent at once, the first alerts of it are shown, as many as a
/// message holds. If it does not, one message shows critical alerts and counts all others in a
/// digest. Critical alerts that find no room in it wait for the next message, and with them what
/// their keys have after them, unless there are more of them than the messages of the next seconds can
/// show: then those are counted too.
pub(crate) fn compose(items: &[Item<'_>], look: &Look, budget: Budget, room: Room) -> Composed {
    let all = || items.iter().copied().enumerate();
    let mut composed = Composed::default();
    if fits(items.iter().copied(), look, budget.now, room) {
        composed.fill(look, all(), EMBEDS, room, SUM);
        return composed;
    }
    let critical = |(_, (alert, _)): &(usize, Item<'_>)| alert.severity() == Severity::Critical;
    let criticals = all().filter(critical).count();
    let patient = criticals.div_ceil(EMBEDS) <= budget.soon
        && fits(
            all().filter(critical).map(|(_, item)| item),
            look,
            budget.soon,
            room,
        );
    let others = items.len() - if patient { criticals } else { 0 };
    if others <= 1 {
        // A digest of one would tell less than the alert.
        composed.fill(look, all(), EMBEDS, room, SUM);
        return composed;
    }
    composed.fill(look, all().filter(critical), EMBEDS - 1, room, SUM - DIGEST);
    // What a waiting alert's key has after it waits too, or an end would be told before its beginning.
    let mut waiting = HashSet::new();
    for item in all() {
        let (index, (alert, _)) = item;
        if composed.shown.contains(&index) {
            continue;
        }
        let follows = alert.dedup_key().is_some_and(|key| waiting.contains(key));
        if follows || patient && critical(&item) {
            waiting.extend(alert.dedup_key());
        } else {
            composed.digested.push(index);
        }
    }
    let taken: usize = composed.embeds.iter().map(Embed::size).sum();
    composed.add_digest(items, Titles::Shown, room.within(SUM.saturating_sub(taken)));
    composed
}

/// The digest of these alerts alone, without a word of theirs.
pub(crate) fn counts(items: &[Item<'_>], digested: Vec<usize>) -> Composed {
    let mut composed = Composed {
        digested,
        ..Composed::default()
    };
    composed.add_digest(items, Titles::Counted, Room::HALF);
    composed
}

impl Composed {
    fn add_digest(&mut self, items: &[Item<'_>], titles: Titles, room: Room) {
        let digested = self.digested.clone();
        let its = digested
            .iter()
            .filter_map(|index| items.get(*index).copied());
        for (alert, attempt) in its.clone() {
            self.told.tell(alert, attempt);
        }
        if let Some((digest, mut beside)) = digest::of(its) {
            if titles == Titles::Counted {
                beside.remarks.clear();
            }
            self.embeds
                .push(digest::embed(&digest, beside, titles, room));
        }
    }

    /// The same message with its embeds cut to less.
    pub(crate) fn shrunk(&self, items: &[Item<'_>], look: &Look, room: Room) -> Composed {
        let mut composed = Composed {
            digested: self.digested.clone(),
            ..Composed::default()
        };
        for index in &self.shown {
            if let Some(item) = items.get(*index).copied() {
                composed.show(*index, item, look.embed(item.0, item.1, room));
            }
        }
        if !self.digested.is_empty() {
            composed.add_digest(items, Titles::Shown, room.within(DIGEST));
        }
        composed
    }
}

/// Whether these alerts, each in an embed of its own and in order, fit so many messages.
fn fits<'a>(
    items: impl Iterator<Item = Item<'a>> + Clone,
    look: &Look,
    messages: usize,
    room: Room,
) -> bool {
    if messages == usize::MAX {
        return true;
    }
    if items.clone().count() > messages.saturating_mul(EMBEDS) {
        return false;
    }
    let (mut left, mut embeds, mut taken) = (messages, EMBEDS, 0);
    for (alert, attempt) in items {
        let size = look.embed(alert, attempt, room).size();
        if embeds >= EMBEDS || taken + size > SUM {
            let Some(fewer) = left.checked_sub(1) else {
                return false;
            };
            (left, embeds, taken) = (fewer, 0, 0);
        }
        embeds += 1;
        taken += size;
    }
    true
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::Losses;

    use super::*;

    fn storm() -> Vec<Alert> {
        let critical = |n| {
            Alert::critical(format!("down {n}"))
                .message("x".repeat(600))
                .build()
        };
        let info = |n| Alert::info(format!("a title as long as titles are, {n}")).build();
        (0..3).map(critical).chain((0..200).map(info)).collect()
    }

    const NOW: Budget = Budget { now: 1, soon: 6 };

    #[test]
    fn counts_hold_not_a_word_of_what_they_count() {
        let alerts = storm();
        let mut lost = Losses::none();
        lost.shed = 2;
        let attempt = Attempt::first(Duration::from_secs(1)).with_lost(&lost);
        let items: Vec<Item<'_>> = alerts.iter().map(|alert| (alert, &attempt)).collect();
        let composed = compose(&items, &Look::default(), NOW, Room::WHOLE);
        assert_eq!((composed.shown.len(), composed.digested.len()), (3, 200));
        let counted = counts(&items, composed.digested);
        let embed = &counted.embeds[0];
        assert_eq!(embed.title, "200 alerts");
        assert!(
            embed.description.starts_with("**200 info**\nfrom <t:"),
            "{embed:?}"
        );
        assert_eq!(embed.description.lines().count(), 2, "{embed:?}");
    }

    #[test]
    fn a_message_that_is_halved_tells_the_same_alerts_in_less() {
        let alerts = storm();
        let attempt = Attempt::first(Duration::from_secs(1));
        let items: Vec<Item<'_>> = alerts.iter().map(|alert| (alert, &attempt)).collect();
        let whole = compose(&items, &Look::default(), NOW, Room::WHOLE);
        let half = whole.shrunk(&items, &Look::default(), Room::HALF);
        assert_eq!(
            (&half.shown, &half.digested),
            (&whole.shown, &whole.digested)
        );
        assert_eq!(half.embeds.len(), whole.embeds.len());
        let last = |composed: &Composed| composed.embeds.last().map(Embed::size);
        assert!(last(&whole) > Some(DIGEST) && last(&half) <= Some(DIGEST));
    }
}
