//! An alert as one line, for when nothing else took it.

use alert::{Alert, OneLine, json_line};

/// Time, severity in capitals, title, message and context: one line that holds nothing a terminal
/// would act on.
pub(super) fn line(alert: &Alert) -> String {
    let mut line = format!(
        "{} {} {}",
        alert.time(),
        alert.severity().as_upper_str(),
        OneLine(alert.title())
    );
    if !alert.message().is_empty() {
        line.push_str(&format!(" {}", OneLine(alert.message())));
    }
    if !alert.context().is_empty() {
        // A context is a map of plain values; it can always be serialized.
        let context = serde_json::to_string(alert.context()).unwrap_or_default();
        line.push_str(&format!(" {}", json_line(&context)));
    }
    line
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn an_alert_is_one_line_without_control_characters() {
        let alert = Alert::critical("disk\nfull")
            .message("\u{1b}[2J gone")
            .context("mount", "/a\u{2028}b")
            .build();
        let line = line(&alert);
        assert!(
            line.ends_with(r#" CRITICAL disk\nfull \u001b[2J gone {"mount":"/a\u2028b"}"#),
            "{line}"
        );
    }
}
