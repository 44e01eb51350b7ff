//! How a digest reads, worded once for every sink.

use std::collections::HashMap;
use std::fmt::{self, Write};
use std::time::Duration;

use super::text::within;
use super::{Alert, Digest, DigestGroup, OneLine, Severity, Status};
use crate::config::Duration as ConfigDuration;

/// How many titles a headline names.
const TITLES: usize = 3;
/// The longest of them in bytes.
const TITLE: usize = 80;
/// How many groups a body lists.
const LINES: usize = 100;

/// The headline, one line without control characters: `37 alerts within 1m: disk full (30), slow (5), …`. The time is
/// that from the first to the last of them, in whole seconds.
impl fmt::Display for Digest {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        write!(f, "{} {}", self.count(), plural(self.count(), "alert"))?;
        let span = self.last().saturating_since(self.first());
        let seconds = span.as_secs() + u64::from(span.subsec_nanos() > 0);
        let whole = Duration::from_secs(seconds.max(1));
        write!(f, " within {}:", ConfigDuration::from(whole))?;
        let titles = by_title(&self.groups());
        for (n, (title, count)) in titles.iter().take(TITLES).enumerate() {
            let comma = if n > 0 { "," } else { "" };
            let title = within(title, TITLE);
            write!(f, "{comma} {} ({count})", OneLine(&title))?;
        }
        if titles.len() > TITLES || self.others() != [0; 3] {
            f.write_str(", …")?;
        }
        Ok(())
    }
}

impl Digest {
    /// Everything that it tells, one line each: how many from when to when and of which severity, at most 100 groups, how
    /// many more there are, and for how many suppressed ones they stood. Other people's text is escaped, so that no title
    /// makes a line of its own.
    pub fn body(&self) -> String {
        let mut body = format!(
            "{} {} from {} to {}:",
            self.count(),
            plural(self.count(), "alert"),
            self.first(),
            self.last()
        );
        // Writing to a string cannot fail.
        let _ = self.write_severities(&mut body);
        let groups = self.groups();
        for group in groups.iter().take(LINES) {
            let _ = write!(body, "\n{group}");
        }
        let left_out = groups.iter().skip(LINES).map(|group| group.count());
        let more = left_out.sum::<u64>() + self.others().iter().sum::<u64>();
        if more > 0 {
            let _ = write!(body, "\nand {more} more");
        }
        if let Some(suppressed) = self.suppressed() {
            let _ = write!(body, "\n{suppressed}");
        }
        body
    }

    fn write_severities(&self, out: &mut String) -> fmt::Result {
        let mut comma = "";
        for severity in Severity::ALL.into_iter().rev() {
            let count = self.count_of(severity);
            if count > 0 {
                write!(out, "{comma} {count} {severity}")?;
                comma = ",";
            }
        }
        match self.resolved() {
            0 => Ok(()),
            resolved => write!(out, "{comma} {resolved} of them resolved"),
        }
    }

    /// The digest as an ordinary alert: how it reaches a sink that does not render digests itself.
    ///
    /// It has an id of its own, the highest severity and the last time among its alerts, the headline as its title, the
    /// body as its message, its counts and what its alerts have in common as its context, and their source if they have
    /// one in common, else `alert.digest`. It is resolved if all of them are. It has no dedup key.
    pub fn to_alert(&self) -> Alert {
        let mut alert = Alert::builder(self.severity(), self.to_string())
            .message(self.body())
            .source(self.source().unwrap_or("alert.digest").to_owned())
            .time(self.last())
            .context("alerts", self.count());
        for severity in Severity::ALL.into_iter().rev() {
            let count = self.count_of(severity);
            if count > 0 {
                alert = alert.context(severity.as_str(), count);
            }
        }
        if self.resolved() > 0 {
            alert = alert.context("resolved", self.resolved());
        }
        if let Some(suppressed) = self.suppressed() {
            alert = alert.context("suppressed", suppressed.count());
        }
        alert = alert
            .context("first", self.first())
            .context("last", self.last());
        if self.resolved() == self.count() {
            alert = alert.status(Status::Resolved);
        }
        let mut alert = alert.build();
        for (key, value) in self.common() {
            // A count of its own is not displaced by what its alerts call so.
            if alert.context.get(key).is_none() {
                alert.context.insert_value(key.to_owned(), value.clone());
            }
        }
        alert.measure();
        alert
    }
}

/// `30 × warning: disk full (billing), 10 resolved`
impl fmt::Display for DigestGroup {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let (count, severity) = (self.count(), self.severity());
        write!(f, "{count} × {severity}: {}", OneLine(self.title()))?;
        if !self.source().is_empty() {
            write!(f, " ({})", OneLine(self.source()))?;
        }
        match self.resolved() {
            0 => Ok(()),
            resolved => write!(f, ", {resolved} resolved"),
        }
    }
}

/// How many of each title, whoever they are from; the most frequent first.
fn by_title<'a>(groups: &[&'a DigestGroup]) -> Vec<(&'a str, u64)> {
    let mut titles: Vec<(&str, u64)> = Vec::new();
    let mut places = HashMap::new();
    for group in groups {
        let place = *places.entry(group.title()).or_insert(titles.len());
        match titles.get_mut(place) {
            Some((_, count)) => *count += group.count(),
            None => titles.push((group.title(), group.count())),
        }
    }
    titles.sort_by_key(|(_, count)| std::cmp::Reverse(*count));
    titles
}

fn plural(count: u64, word: &str) -> String {
    let s = if count == 1 { "" } else { "s" };
    format!("{word}{s}")
}
