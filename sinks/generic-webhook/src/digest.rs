//! What a digest tells, as JSON.

use alert_core::{Digest, DigestGroup, Severity, Timestamp, Value};
use serde::ser::SerializeMap;
use serde::{Serialize, Serializer};

use crate::payload::counts;
use crate::told::{Counts, SuppressedView};

/// How many groups are listed, the largest first; the alerts of further ones are counted among the
/// others, so that a flood of many titles stays a message of some 20 KiB.
const GROUPS: usize = 100;

#[derive(Debug)]
pub(crate) struct DigestView<'a>(pub(crate) &'a Digest);

#[derive(Serialize)]
struct Json<'a> {
    count: u64,
    by_severity: Counts,
    resolved: u64,
    first: Timestamp,
    last: Timestamp,
    groups: Vec<Group<'a>>,
    #[serde(skip_serializing_if = "Option::is_none")]
    others: Option<Counts>,
    #[serde(skip_serializing_if = "Common::is_empty")]
    common: Common<'a>,
    #[serde(skip_serializing_if = "Option::is_none")]
    suppressed: Option<SuppressedView<'a>>,
}

#[derive(Serialize)]
struct Group<'a> {
    count: u64,
    severity: Severity,
    title: &'a str,
    source: &'a str,
    resolved: u64,
}

struct Common<'a>(&'a Digest);

impl Common<'_> {
    fn is_empty(&self) -> bool {
        self.entries().len() == 0
    }

    fn entries(&self) -> impl ExactSizeIterator<Item = (&str, &Value)> {
        self.0.common()
    }
}

impl Serialize for Common<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let mut map = serializer.serialize_map(None)?;
        for (key, value) in self.entries() {
            map.serialize_entry(key, value)?;
        }
        map.end()
    }
}

fn group(group: &DigestGroup) -> Group<'_> {
    Group {
        count: group.count(),
        severity: group.severity(),
        title: group.title(),
        source: group.source(),
        resolved: group.resolved(),
    }
}

impl Serialize for DigestView<'_> {
    fn serialize<S: Serializer>(&self, serializer: S) -> Result<S::Ok, S::Error> {
        let digest = self.0;
        let groups = digest.groups();
        let (listed, beyond) = groups.split_at(groups.len().min(GROUPS));
        let mut others = digest.others();
        for group in beyond {
            let at = group.severity().index();
            others[at] = others[at].saturating_add(group.count());
        }
        Json {
            count: digest.count(),
            by_severity: counts(digest.by_severity()),
            resolved: digest.resolved(),
            first: digest.first(),
            last: digest.last(),
            groups: listed.iter().copied().map(group).collect(),
            others: (others != [0; 3]).then(|| counts(others)),
            common: Common(digest),
            suppressed: digest.suppressed().map(SuppressedView),
        }
        .serialize(serializer)
    }
}
