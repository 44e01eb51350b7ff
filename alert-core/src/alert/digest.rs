//! One message that stands for several alerts.

use std::collections::HashMap;

use super::text::within;
use super::{Alert, Context, Fingerprint, Severity, Status, Timestamp, Value};
use crate::sink::Suppressed;

/// What one message tells of several alerts: how many, of which severity, from when to when, and how many of each
/// (severity, title, source).
///
/// Sums always hold: the alerts of the groups and of [`Digest::others`] are those of [`Digest::by_severity`], whose sum is
/// [`Digest::count`]. It takes bounded memory however many alerts it is given: alerts of a new group beyond
/// [`Digest::MAX_GROUPS`] groups or [`Digest::MAX_TEXT`] bytes of text are only counted, among the others.
///
/// ```
/// use alert_core::{Alert, Digest, Severity};
/// let full = Alert::warning("disk full").source("billing").build();
/// let mut digest = Digest::new(&full);
/// digest.add(&full);
/// digest.add(&Alert::info("slow").source("web").build());
/// assert_eq!(digest.count(), 3);
/// assert_eq!(digest.count_of(Severity::Warning), 2);
/// assert_eq!(digest.groups()[0].title(), "disk full");
/// ```
#[derive(Debug, Clone, PartialEq)]
pub struct Digest {
    by_severity: [u64; 3],
    others: [u64; 3],
    resolved: u64,
    first: Timestamp,
    last: Timestamp,
    /// In the order in which they came up.
    groups: Vec<DigestGroup>,
    places: HashMap<Fingerprint, usize>,
    text: usize,
    common: Vec<(String, Value)>,
    suppressed: Option<Suppressed>,
}

/// The alerts of a digest that have the same severity, title and source.
#[derive(Debug, Clone, PartialEq, Eq)]
pub struct DigestGroup {
    key: Fingerprint,
    severity: Severity,
    title: Box<str>,
    source: Box<str>,
    count: u64,
    resolved: u64,
}

/// How many entries of context, and of how many bytes each, alerts may be seen to have in common.
const COMMON: usize = 16;
const COMMON_BYTES: usize = 256;

impl Digest {
    /// How many groups it tells apart; alerts of further ones are counted as others.
    pub const MAX_GROUPS: usize = 1_000;

    /// How many bytes of titles and sources it keeps (64 KiB).
    pub const MAX_TEXT: usize = 64 * 1024;

    /// The longest title of a group in bytes; a longer one is cut in the middle.
    pub const MAX_TITLE: usize = 200;

    /// The longest source of a group in bytes; a longer one is cut in the middle.
    pub const MAX_SOURCE: usize = 100;

    /// A digest of this one alert.
    #[must_use = "add the others to it"]
    pub fn new(alert: &Alert) -> Digest {
        let mut digest = Digest {
            by_severity: [0; 3],
            others: [0; 3],
            resolved: 0,
            first: alert.time(),
            last: alert.time(),
            groups: Vec::new(),
            places: HashMap::new(),
            text: 0,
            common: common(alert.context()),
            suppressed: None,
        };
        digest.add(alert);
        digest
    }

    /// Counts one more alert. Takes bounded time and memory.
    pub fn add(&mut self, alert: &Alert) {
        let resolved = u64::from(alert.status() == Status::Resolved);
        let (severity, title, source) = (alert.severity(), alert.title(), alert.source());
        self.by_severity[severity.index()] += 1;
        self.resolved += resolved;
        self.first = self.first.min(alert.time());
        self.last = self.last.max(alert.time());
        self.common
            .retain(|(key, value)| alert.context().get(key) == Some(value));
        let key = Fingerprint::of_parts(severity, source, title);
        if let Some(place) = self.places.get(&key) {
            let group = &mut self.groups[*place];
            group.count += 1;
            group.resolved += resolved;
        } else {
            self.add_group(DigestGroup {
                key,
                severity,
                title: within(title, Self::MAX_TITLE).into(),
                source: within(source, Self::MAX_SOURCE).into(),
                count: 1,
                resolved,
            });
        }
    }

    /// Counts alerts that were held back before, and for which one of its own stood.
    pub fn add_suppressed(&mut self, suppressed: &Suppressed) {
        match &mut self.suppressed {
            Some(mine) => mine.merge(suppressed),
            None => self.suppressed = Some(suppressed.clone()),
        }
    }

    /// Counts everything that another digest counts.
    pub fn merge(&mut self, other: &Digest) {
        for index in 0..3 {
            self.by_severity[index] += other.by_severity[index];
            self.others[index] += other.others[index];
        }
        self.resolved += other.resolved;
        self.first = self.first.min(other.first);
        self.last = self.last.max(other.last);
        self.common.retain(|entry| other.common.contains(entry));
        if let Some(suppressed) = &other.suppressed {
            self.add_suppressed(suppressed);
        }
        for group in &other.groups {
            if let Some(place) = self.places.get(&group.key) {
                let mine = &mut self.groups[*place];
                mine.count += group.count;
                mine.resolved += group.resolved;
            } else {
                self.add_group(group.clone());
            }
        }
    }

    fn add_group(&mut self, group: DigestGroup) {
        let text = self.text + group.title.len() + group.source.len();
        if self.groups.len() >= Self::MAX_GROUPS || text > Self::MAX_TEXT {
            self.others[group.severity.index()] += group.count;
            return;
        }
        self.text = text;
        self.places.insert(group.key, self.groups.len());
        self.groups.push(group);
    }

    /// How many alerts it tells of.
    pub fn count(&self) -> u64 {
        self.by_severity.iter().sum()
    }

    /// How many, by severity (info, warning, critical).
    pub fn by_severity(&self) -> [u64; 3] {
        self.by_severity
    }

    /// How many of this severity.
    pub fn count_of(&self, severity: Severity) -> u64 {
        self.by_severity[severity.index()]
    }

    /// How many tell of an end and not of a beginning.
    pub fn resolved(&self) -> u64 {
        self.resolved
    }

    /// The highest severity among its alerts.
    pub fn severity(&self) -> Severity {
        let severities = Severity::ALL.into_iter().rev();
        let mut there = severities.filter(|severity| self.count_of(*severity) > 0);
        there.next().unwrap_or(Severity::Info)
    }

    /// The time of the earliest of its alerts.
    pub fn first(&self) -> Timestamp {
        self.first
    }

    /// The time of the latest of its alerts.
    pub fn last(&self) -> Timestamp {
        self.last
    }

    /// How many of each severity, title and source: the largest group first, then the more severe. Sorts at each call.
    pub fn groups(&self) -> Vec<&DigestGroup> {
        let mut groups: Vec<_> = self.groups.iter().collect();
        // Stable, so that among equals the first to come up stays first.
        groups.sort_by_key(|group| std::cmp::Reverse((group.count, group.severity)));
        groups
    }

    /// How many found no room in a group, by severity (info, warning, critical).
    pub fn others(&self) -> [u64; 3] {
        self.others
    }

    /// Alerts that were held back before, and for which its own stood; they are not among [`Digest::count`].
    pub fn suppressed(&self) -> Option<&Suppressed> {
        self.suppressed.as_ref()
    }

    /// The context that all its alerts have in common, of at most 16 entries of the first one that take at most 256 bytes
    /// each.
    pub fn common(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.common.iter().map(|(key, value)| (key.as_str(), value))
    }

    /// The source of all its alerts, if they have one in common.
    pub fn source(&self) -> Option<&str> {
        let (first, rest) = self.groups.split_first()?;
        let same = rest.iter().all(|group| group.source == first.source);
        (same && self.others == [0; 3]).then_some(&*first.source)
    }

    /// The bytes that it takes, an estimate.
    pub(crate) fn size(&self) -> usize {
        let group = size_of::<DigestGroup>() + size_of::<(Fingerprint, usize)>();
        size_of::<Digest>()
            + self.text
            + self.groups.len() * group
            + self.common.len() * COMMON_BYTES
    }
}

impl DigestGroup {
    /// The severity of them all.
    pub fn severity(&self) -> Severity {
        self.severity
    }

    /// The title of them all, at most [`Digest::MAX_TITLE`] bytes of it.
    pub fn title(&self) -> &str {
        &self.title
    }

    /// The source of them all, at most [`Digest::MAX_SOURCE`] bytes of it.
    pub fn source(&self) -> &str {
        &self.source
    }

    /// How many there are; at least 1.
    pub fn count(&self) -> u64 {
        self.count
    }

    /// How many of these tell of an end and not of a beginning.
    pub fn resolved(&self) -> u64 {
        self.resolved
    }
}

/// What other alerts may have in common with the first.
fn common(context: &Context) -> Vec<(String, Value)> {
    context
        .iter()
        .filter(|(key, value)| key.len() + value.size() <= COMMON_BYTES)
        .take(COMMON)
        .map(|(key, value)| (key.to_owned(), value.clone()))
        .collect()
}
