//! One alert in the file, in either form.

use alert_core::{Alert, Attempt};

use crate::stamp::Stamp;
use crate::{Format, json, line};

/// How records look.
#[derive(Debug)]
pub(crate) struct Form {
    format: Format,
    stamp: Stamp,
}

impl Form {
    pub(crate) fn of(format: Format) -> Self {
        Self {
            format,
            stamp: Stamp::default(),
        }
    }

    /// Appends a whole record with its line break, the only one in it; with what the sink itself
    /// has to tell.
    pub(crate) fn write(
        &mut self,
        alert: &Alert,
        attempt: &Attempt<'_>,
        trouble: Option<&str>,
        out: &mut Vec<u8>,
    ) {
        match self.format {
            Format::Text => line::write(alert, attempt, trouble, &mut self.stamp, out),
            Format::Json => json::write(alert, attempt, trouble, &mut self.stamp, out),
        }
        out.push(b'\n');
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_testkit::strategy::any_alert;
    use proptest::prelude::*;

    use super::*;

    /// Where Python's `str.splitlines` breaks.
    const SPLITS: &[char] = &[
        '\n', '\r', '\u{b}', '\u{c}', '\u{1c}', '\u{1d}', '\u{1e}', '\u{85}', '\u{2028}',
        '\u{2029}',
    ];

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(128))]
        #[test]
        fn any_alert_is_exactly_one_line_for_every_reader(alert in any_alert(), trouble in any::<Option<String>>()) {
            for format in [Format::Text, Format::Json] {
                let mut out = Vec::new();
                let attempt = Attempt::first(Duration::from_secs(1));
                Form::of(format).write(&alert, &attempt, trouble.as_deref(), &mut out);
                let text = String::from_utf8(out).unwrap();
                let line = text.strip_suffix('\n').unwrap();
                prop_assert!(!line.contains(SPLITS), "{:?}", line);
                prop_assert!(!line.chars().any(char::is_control), "{:?}", line);
            }
        }
    }
}
