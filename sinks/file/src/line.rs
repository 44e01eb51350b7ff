//! An alert as one readable line.

use std::fmt::Display;
use std::io::Write;

use alert_core::{Alert, Attempt, Link, OneLine, Status};

use crate::id;
use crate::notation::{self, SPACED};
use crate::stamp::Stamp;

/// Appends `TIME SEVERITY TITLE | MESSAGE {CONTEXT} source=… dedup_key=… link=… id=… (told)`
/// without a line break; what is empty is left out.
pub(crate) fn write(
    alert: &Alert,
    attempt: &Attempt<'_>,
    trouble: Option<&str>,
    stamp: &mut Stamp,
    out: &mut Vec<u8>,
) {
    stamp.write(alert.time(), out);
    out.push(b' ');
    out.extend_from_slice(alert.severity().as_upper_str().as_bytes());
    if alert.status() == Status::Resolved {
        out.extend_from_slice(b" RESOLVED");
    }
    if !alert.title().is_empty() {
        out.push(b' ');
        notation::bare(alert.title(), out);
    }
    if !alert.message().is_empty() {
        out.extend_from_slice(b" | ");
        notation::bare(alert.message(), out);
    }
    if !alert.context().is_empty() {
        out.push(b' ');
        notation::object::<SPACED>(alert.context().iter(), out);
    }
    if !alert.source().is_empty() {
        named(" source=", alert.source(), out);
    }
    if let Some(key) = alert.dedup_key() {
        named(" dedup_key=", key, out);
    }
    for link in alert.links() {
        linked(link, out);
    }
    out.extend_from_slice(b" id=");
    id::write(alert.id(), out);
    tell(attempt, trouble, out);
}

/// A word as it is, all else as a JSON string.
fn named(name: &str, value: &str, out: &mut Vec<u8>) {
    out.extend_from_slice(name.as_bytes());
    let plain = |b: u8| b.is_ascii_alphanumeric() || b"-_.:/@+".contains(&b);
    if !value.is_empty() && value.bytes().all(plain) {
        out.extend_from_slice(value.as_bytes());
    } else {
        notation::string(value, out);
    }
}

fn linked(link: &Link, out: &mut Vec<u8>) {
    match link.text() {
        "" => named(" link=", link.url(), out),
        text => named(" link=", &format!("{text} {}", link.url()), out),
    }
}

/// What the lane and the sink have to tell beside the alert, in brackets.
fn tell(attempt: &Attempt<'_>, trouble: Option<&str>, out: &mut Vec<u8>) {
    let mut told = Told { out, before: " (" };
    for remark in attempt.remarks() {
        told.say(remark);
    }
    if let Some(trouble) = trouble {
        told.say(OneLine(trouble));
    }
    told.end();
}

struct Told<'a> {
    out: &'a mut Vec<u8>,
    before: &'static str,
}

impl Told<'_> {
    fn say(&mut self, what: impl Display) {
        show(format_args!("{}{what}", self.before), self.out);
        self.before = "; ";
    }

    fn end(self) {
        if self.before != " (" {
            self.out.push(b')');
        }
    }
}

fn show(what: impl Display, out: &mut Vec<u8>) {
    // Writing to memory does not fail; a Display that did would only be cut short.
    let _ = write!(out, "{what}");
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::{AlertId, Fallback, Losses, Severity, Suppressed, Timestamp};

    use super::*;

    const ID: &str = "0193a1b2-c3d4-7e5f-8a6b-9c0d1e2f3a4b";

    fn line_of(alert: &Alert, attempt: &Attempt<'_>) -> String {
        let mut out = Vec::new();
        write(alert, attempt, None, &mut Stamp::default(), &mut out);
        String::from_utf8(out).unwrap()
    }

    fn at(title: &'static str) -> alert_core::AlertBuilder {
        Alert::warning(title)
            .time(Timestamp::from_micros(1_795_499_337_123_456))
            .id(ID.parse::<AlertId>().unwrap())
    }

    fn first() -> Attempt<'static> {
        Attempt::first(Duration::from_secs(1))
    }

    #[test]
    fn a_line_reads_from_when_to_what_to_what_else() {
        let alert = at("disk is filling")
            .message("/var is at 93 %")
            .context("count", 5)
            .context("mounts", ["/", "/var"])
            .source("billing")
            .dedup_key("disk /var")
            .link("runbook", "https://example.org/disk")
            .build();
        let expected = [
            r#"2026-11-24T05:48:57.123Z WARNING disk is filling | /var is at 93 %"#,
            r#"{"count": 5, "mounts": ["/", "/var"]} source=billing dedup_key="disk /var""#,
            r#"link="runbook https://example.org/disk" id=0193a1b2-c3d4-7e5f-8a6b-9c0d1e2f3a4b"#,
        ];
        assert_eq!(line_of(&alert, &first()), expected.join(" "));
    }

    #[test]
    fn what_is_empty_is_left_out() {
        let line = line_of(&at("t").build(), &first());
        assert_eq!(line, format!("2026-11-24T05:48:57.123Z WARNING t id={ID}"));
        let line = line_of(&at("").message("m").resolved().build(), &first());
        assert!(line.contains(" WARNING RESOLVED | m id="), "{line}");
    }

    #[test]
    fn what_the_lane_has_to_tell_stands_in_brackets_at_the_end() {
        let suppressed = Suppressed::one(Severity::Info, Timestamp::from_micros(0));
        let mut lost = Losses::none();
        lost.shed = 2;
        let fallback = Fallback::new("ops\n", "gave up");
        let attempt = first()
            .with_late_by(Duration::from_millis(185_400))
            .with_stands_for(&suppressed)
            .with_lost(&lost)
            .with_instead_of(&fallback);
        let line = line_of(&at("t").build(), &attempt);
        let told = [
            "(late by 3m 5s",
            "stands for 1 more since 1970-01-01T00:00:00.000Z (1 info)",
            "2 lost here before this: 2 shed",
            r"instead of ops\n: gave up)",
        ];
        assert!(
            line.ends_with(&format!("id={ID} {}", told.join("; "))),
            "{line}"
        );
    }

    #[test]
    fn what_the_sink_has_to_tell_stands_there_too() {
        let mut out = Vec::new();
        let trouble = Some("log not rotated: no\nroom");
        write(
            &at("t").build(),
            &first(),
            trouble,
            &mut Stamp::default(),
            &mut out,
        );
        let line = String::from_utf8(out).unwrap();
        assert!(line.ends_with(r" (log not rotated: no\nroom)"), "{line}");
    }

    #[test]
    fn an_alert_cannot_forge_another() {
        let forged = "a\n2026-11-24T05:48:57.123Z CRITICAL b\r\u{85}\u{2028}\u{1b}[2K\u{202e}";
        let alert = at("t")
            .message(forged)
            .source(forged)
            .dedup_key(forged)
            .link(forged, forged)
            .context(forged, forged)
            .build();
        let line = line_of(&alert, &first());
        assert!(
            !line
                .chars()
                .any(|c| c.is_control() || "\u{2028}\u{202e}".contains(c)),
            "{line}"
        );
        assert!(line.contains(r"a\n2026-11-24"), "{line}");
    }
}
