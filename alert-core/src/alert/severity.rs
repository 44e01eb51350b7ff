//! How bad it is.

use std::fmt;

use schemars::JsonSchema;
use serde::{Deserialize, Serialize};

/// How bad it is: info < warning < critical.
///
/// Serialized as its lower-case name. [`Severity::lenient`] reads what people and other systems write.
#[derive(
    Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash, Serialize, Deserialize, JsonSchema,
)]
#[serde(rename_all = "lowercase")]
pub enum Severity {
    /// Worth knowing; nobody has to act.
    Info,
    /// Somebody should look at it.
    Warning,
    /// Somebody has to act now.
    Critical,
}

impl Severity {
    /// All severities, from the lowest to the highest; `ALL[s.index()] == s`.
    pub const ALL: [Severity; 3] = [Severity::Info, Severity::Warning, Severity::Critical];

    /// The lower-case name: `info`, `warning` or `critical`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Severity::Info => "info",
            Severity::Warning => "warning",
            Severity::Critical => "critical",
        }
    }

    /// The name in capitals, as it stands in log lines.
    pub const fn as_upper_str(self) -> &'static str {
        match self {
            Severity::Info => "INFO",
            Severity::Warning => "WARNING",
            Severity::Critical => "CRITICAL",
        }
    }

    /// The place in [`Severity::ALL`]: 0 for info, 2 for critical.
    pub const fn index(self) -> usize {
        self as usize
    }

    /// The severity at this place of [`Severity::ALL`].
    pub const fn from_index(index: usize) -> Option<Severity> {
        match index {
            0 => Some(Severity::Info),
            1 => Some(Severity::Warning),
            2 => Some(Severity::Critical),
            _ => None,
        }
    }

    /// Reads a severity in any case, with white space around it, by its usual names.
    ///
    /// - info: `info`, `information`, `informational`;
    /// - warning: `warning`, `warn`;
    /// - critical: `critical`, `crit`, `error`, `err`, `fatal`, `severe`, `alert`, `emergency`, `emerg`, `panic`.
    ///
    /// Anything else is `None`, also names whose meaning would be lost (`debug`, `notice`).
    ///
    /// ```
    /// use alert_core::Severity;
    /// assert_eq!(Severity::lenient(" Warn "), Some(Severity::Warning));
    /// assert_eq!(Severity::lenient("CRITICAL!"), None);
    /// ```
    pub fn lenient(text: &str) -> Option<Severity> {
        const NAMES: [(&str, Severity); 15] = [
            ("info", Severity::Info),
            ("information", Severity::Info),
            ("informational", Severity::Info),
            ("warning", Severity::Warning),
            ("warn", Severity::Warning),
            ("critical", Severity::Critical),
            ("crit", Severity::Critical),
            ("error", Severity::Critical),
            ("err", Severity::Critical),
            ("fatal", Severity::Critical),
            ("severe", Severity::Critical),
            ("alert", Severity::Critical),
            ("emergency", Severity::Critical),
            ("emerg", Severity::Critical),
            ("panic", Severity::Critical),
        ];
        let text = text.trim();
        NAMES
            .into_iter()
            .find(|(name, _)| text.eq_ignore_ascii_case(name))
            .map(|(_, severity)| severity)
    }
}

impl fmt::Display for Severity {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn severities_are_ordered_and_found_by_their_place() {
        assert!(Severity::Info < Severity::Warning && Severity::Warning < Severity::Critical);
        for (place, severity) in Severity::ALL.into_iter().enumerate() {
            assert_eq!(severity.index(), place);
            assert_eq!(Severity::from_index(place), Some(severity));
        }
        assert_eq!(Severity::from_index(3), None);
    }

    #[test]
    fn text_and_json_are_the_lower_case_name() {
        for severity in Severity::ALL {
            let name = severity.as_str();
            assert_eq!(severity.to_string(), name);
            assert_eq!(severity.as_upper_str(), name.to_uppercase());
            assert_eq!(serde_json::to_value(severity).unwrap(), name);
            assert_eq!(
                serde_json::from_value::<Severity>(name.into()).unwrap(),
                severity
            );
        }
        assert_eq!(format!("[{:>8}]", Severity::Info), "[    info]");
    }

    #[test]
    fn what_is_no_severity_is_not_taken_for_one() {
        for text in ["", "  ", "CRITICAL!", "🔥", "debug", "warnings", "in fo"] {
            assert_eq!(Severity::lenient(text), None, "{text:?}");
        }
    }

    proptest! {
        #[test]
        fn known_names_are_read_in_any_case_with_space_around(
            (name, expected) in prop::sample::select(vec![
                ("info", Severity::Info),
                ("warn", Severity::Warning),
                ("warning", Severity::Warning),
                ("crit", Severity::Critical),
                ("error", Severity::Critical),
                ("fatal", Severity::Critical),
                ("emerg", Severity::Critical),
            ]),
            upper in prop::collection::vec(any::<bool>(), 8),
            before in "[ \t\n]{0,3}",
            after in "[ \t\n]{0,3}",
        ) {
            let mixed: String = name
                .chars()
                .zip(upper)
                .map(|(c, up)| if up { c.to_ascii_uppercase() } else { c })
                .collect();
            prop_assert_eq!(Severity::lenient(&format!("{before}{mixed}{after}")), Some(expected));
        }

        #[test]
        fn any_text_is_read_without_a_panic(text in any::<String>()) {
            let _ = Severity::lenient(&text);
        }
    }
}
