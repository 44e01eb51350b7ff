//! How several alerts are told in one embed: how many of each severity, which titles how often, and
//! from when to when.

use alert_core::{Alert, Attempt, Digest, Severity, Status};

use crate::embed::{Embed, Parts, Words, color, remark};
use crate::limits::Room;
use crate::text::{Shape, count};

/// How many remarks of its alerts it repeats.
const REMARKS: usize = 5;

/// Whether titles are named. Discord may refuse a message for a word in one of them; the counts alone
/// always pass.
#[derive(Debug, Clone, Copy, PartialEq, Eq)]
pub(crate) enum Titles {
    Shown,
    Counted,
}

/// The digest of these alerts, and what the lane told beside them.
pub(crate) fn of<'a>(
    mut items: impl Iterator<Item = (&'a Alert, &'a Attempt<'a>)>,
) -> Option<(Digest, Beside)> {
    let (alert, attempt) = items.next()?;
    let mut told = Told::default();
    told.hear(attempt);
    let mut digest = match attempt.digest() {
        Some(gathered) => gathered.clone(),
        None => Digest::new(alert),
    };
    suppressed(&mut digest, attempt);
    for (alert, attempt) in items {
        match attempt.digest() {
            Some(gathered) => digest.merge(gathered),
            None => digest.add(alert),
        }
        suppressed(&mut digest, attempt);
        told.hear(attempt);
    }
    let beside = Beside {
        remarks: told.into_remarks(),
        footer: String::new(),
    };
    Some((digest, beside))
}

fn suppressed(digest: &mut Digest, attempt: &Attempt<'_>) {
    if let Some(suppressed) = attempt.stands_for() {
        digest.add_suppressed(suppressed);
    }
}

/// What was told beside the alerts, each thing once.
#[derive(Default)]
struct Told {
    remarks: Vec<String>,
    more: usize,
}

impl Told {
    fn hear(&mut self, attempt: &Attempt<'_>) {
        // Lateness is in the times of the digest, and suppressed ones are among its counts.
        let skip =
            usize::from(attempt.lateness().is_some()) + usize::from(attempt.stands_for().is_some());
        for text in attempt.remarks().skip(skip) {
            let text = remark(&text);
            if self.remarks.contains(&text) {
                continue;
            }
            if self.remarks.len() < REMARKS {
                self.remarks.push(text);
            } else {
                self.more += 1;
            }
        }
    }

    fn into_remarks(self) -> Vec<String> {
        let more = (self.more > 0).then(|| format!("{} more remarks", self.more));
        self.remarks.into_iter().chain(more).collect()
    }
}

/// Its embed. Every alert of it is named in it or counted, whatever the room is.
pub(crate) fn embed(digest: &Digest, beside: Beside, titles: Titles, room: Room) -> Embed {
    let title = match titles {
        Titles::Shown => digest.to_string(),
        Titles::Counted => format!("{} alerts", digest.count()),
    };
    let status = match digest.resolved() == digest.count() {
        true => Status::Resolved,
        false => Status::Firing,
    };
    let suppressed = digest.suppressed().map(|s| remark(&s.to_string()));
    let mut parts = Parts {
        title: Words::Alert(Shape::Line.clean(&title)),
        body: Words::Template(String::new()),
        links: Vec::new(),
        remarks: beside.remarks.into_iter().chain(suppressed).collect(),
        entries: Vec::new(),
        footer: beside.footer,
        color: color(digest.severity(), status),
        timestamp: digest.last().to_string(),
    };
    if let (Titles::Shown, true, Some(source)) = (titles, parts.footer.is_empty(), digest.source())
    {
        parts.footer = Shape::Plain.clean(source);
    }
    // What is left beside title, footer and remarks is for the titles.
    let bare = parts.fit(room);
    let below = count(&bare.description);
    let left = room
        .sum
        .saturating_sub(bare.size() - below)
        .min(room.description);
    parts.body = Words::Template(body(digest, titles, left.saturating_sub(below + 2)));
    parts.fit(room)
}

/// What stands beside a digest.
#[derive(Debug, Clone, Default)]
pub(crate) struct Beside {
    pub(crate) remarks: Vec<String>,
    pub(crate) footer: String,
}

/// Counts, times, and as many titles as have room; the alerts of the others are counted.
fn body(digest: &Digest, titles: Titles, room: usize) -> String {
    let mut severities = Vec::new();
    for severity in Severity::ALL.into_iter().rev() {
        let count = digest.count_of(severity);
        if count > 0 {
            severities.push(format!("**{count} {severity}**"));
        }
    }
    let mut body = severities.join(", ");
    if digest.resolved() > 0 {
        body.push_str(&format!(", {} of them resolved", digest.resolved()));
    }
    let at = |time: alert_core::Timestamp| time.as_micros() / 1_000_000;
    body.push_str(&format!(
        "\nfrom <t:{}:F> to <t:{}:F>",
        at(digest.first()),
        at(digest.last())
    ));
    let mut more = digest.others().iter().sum::<u64>();
    let mut size = count(&body);
    // With room for the line that counts the others.
    let room = room.saturating_sub(40);
    for group in digest.groups() {
        let line = Shape::Block.escaped(&Shape::Line.clean(&group.to_string()));
        let length = count(&line) + 1;
        if titles == Titles::Counted || size + length > room {
            more += group.count();
            continue;
        }
        size += length;
        body.push('\n');
        body.push_str(&line);
    }
    if titles == Titles::Shown && more > 0 {
        body.push_str(&format!("\nand {more} more"));
    }
    body
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::{Losses, Suppressed, Timestamp};

    use super::*;

    fn at(severity: Severity, title: String, second: u64) -> Alert {
        let time = Timestamp::from_micros(second * 1_000_000);
        Alert::builder(severity, title)
            .source("billing")
            .time(time)
            .build()
    }

    #[test]
    fn it_counts_by_severity_and_names_titles_with_how_often_from_when_to_when() {
        let alerts = [
            at(Severity::Warning, "disk *full*".into(), 100),
            at(Severity::Warning, "disk *full*".into(), 160),
            at(Severity::Critical, "down".into(), 130),
        ];
        let suppressed = Suppressed::one(Severity::Info, Timestamp::from_micros(0));
        let mut lost = Losses::none();
        lost.shed = 2;
        let attempt = Attempt::first(Duration::from_secs(1))
            .with_late_by(Duration::from_secs(600))
            .with_stands_for(&suppressed)
            .with_lost(&lost);
        let (digest, beside) = of(alerts.iter().map(|alert| (alert, &attempt))).unwrap();
        assert_eq!(beside.remarks, ["2 lost here before this: 2 shed"]);
        let embed = super::embed(&digest, beside.clone(), Titles::Shown, Room::WHOLE);
        assert_eq!(
            embed.title,
            "3 alerts within 1m: disk \\*full\\* (2), down (1)"
        );
        assert_eq!(
            embed.description,
            "**1 critical**, **2 warning**\nfrom <t:100:F> to <t:160:F>\n\
             2 × warning: disk \\*full\\* (billing)\n1 × critical: down (billing)\n\n\
             -# 2 lost here before this: 2 shed\n\
             -# stands for 3 more since 1970-01-01T00:00:00.000Z (3 info)"
        );
        assert_eq!(
            (embed.color, embed.timestamp.as_str()),
            (15_158_332, "1970-01-01T00:02:40.000Z")
        );
        assert_eq!(embed.footer.unwrap().text, "billing");
        let bare = super::embed(&digest, beside, Titles::Counted, Room::WHOLE);
        assert_eq!(bare.title, "3 alerts");
        assert!(!bare.description.contains("disk") && bare.footer.is_none());
    }

    #[test]
    fn alerts_whose_title_has_no_room_are_counted() {
        // More than a digest keeps titles of.
        let alerts: Vec<_> = (0..5_000)
            .map(|n| {
                at(
                    Severity::Info,
                    format!("title number {n} of five hundred"),
                    n,
                )
            })
            .collect();
        let attempt = Attempt::first(Duration::from_secs(1));
        let (digest, beside) = of(alerts.iter().map(|alert| (alert, &attempt))).unwrap();
        let embed = super::embed(&digest, beside, Titles::Shown, Room::WHOLE.within(1_200));
        assert!(embed.size() <= 1_200);
        let text = embed.description;
        let named = text
            .lines()
            .filter(|line| line.contains("title number"))
            .count();
        assert!(named > 10, "{text}");
        assert!(
            text.ends_with(&format!("\nand {} more", 5_000 - named)),
            "{text}"
        );
    }
}
