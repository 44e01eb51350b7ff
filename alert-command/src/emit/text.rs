//! An alert as one line, for when nothing else took it.

use std::io;

use alert::{Alert, OneLine, json_line};
use serde::Serialize;
use serde_json::ser::Formatter;

/// Time, severity in capitals, title, message and context, as a log file has them: one line that
/// holds nothing a terminal would act on.
pub(super) fn line(alert: &Alert) -> String {
    let mut line = format!(
        "{} {} {}",
        alert.time(),
        alert.severity().as_upper_str(),
        OneLine(alert.title())
    );
    if !alert.message().is_empty() {
        line.push_str(&format!(" | {}", OneLine(alert.message())));
    }
    if !alert.context().is_empty() {
        line.push_str(&format!(" {}", json_line(&spaced(alert.context()))));
    }
    line
}

fn spaced(value: &impl Serialize) -> String {
    let mut json = Vec::new();
    let mut writer = serde_json::Serializer::with_formatter(&mut json, Spaced);
    // A context is made of plain values: nothing in it can fail.
    let _ = value.serialize(&mut writer);
    String::from_utf8(json).unwrap_or_default()
}

/// With a space after each comma and colon, so that a grep for `"count": 5` finds it.
struct Spaced;

impl Formatter for Spaced {
    fn begin_array_value<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_key<W: io::Write + ?Sized>(
        &mut self,
        to: &mut W,
        first: bool,
    ) -> io::Result<()> {
        if first { Ok(()) } else { to.write_all(b", ") }
    }

    fn begin_object_value<W: io::Write + ?Sized>(&mut self, to: &mut W) -> io::Result<()> {
        to.write_all(b": ")
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_one_line_without_control_characters() {
        let alert = Alert::critical("disk\nfull")
            .message("\u{1b}[2J gone")
            .context("mount", ["/a\u{2028}b", "c"])
            .context("count", 5)
            .build();
        let line = line(&alert);
        let told =
            r#" CRITICAL disk\nfull | \u001b[2J gone {"mount": ["/a\u2028b", "c"], "count": 5}"#;
        assert!(line.ends_with(told), "{line}");
    }
}
