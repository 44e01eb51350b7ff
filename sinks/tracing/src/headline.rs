//! What an event's message says.

use std::fmt;

use alert_core::{Alert, Attempt, OneLine, Status};

/// The title (without one the message), whether it is resolved, and in brackets what the lane has
/// to tell beside the alert. One harmless line.
pub(crate) struct Headline<'a> {
    pub(crate) alert: &'a Alert,
    pub(crate) attempt: &'a Attempt<'a>,
}

impl fmt::Display for Headline<'_> {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        let Self { alert, attempt } = self;
        if alert.status() == Status::Resolved {
            f.write_str("resolved: ")?;
        }
        match alert.title() {
            "" => OneLine(alert.message()).fmt(f)?,
            title => OneLine(title).fmt(f)?,
        }
        let mut told = Told { f, before: " (" };
        for remark in attempt.remarks() {
            told.say(remark)?;
        }
        told.end()
    }
}

struct Told<'a, 'b> {
    f: &'a mut fmt::Formatter<'b>,
    before: &'static str,
}

impl Told<'_, '_> {
    fn say(&mut self, what: impl fmt::Display) -> fmt::Result {
        write!(self.f, "{}{what}", self.before)?;
        self.before = "; ";
        Ok(())
    }

    fn end(self) -> fmt::Result {
        match self.before {
            "; " => self.f.write_str(")"),
            _ => Ok(()),
        }
    }
}

#[cfg(test)]
mod tests {
    use std::time::Duration;

    use alert_core::{Fallback, Losses, Severity, Suppressed, Timestamp};

    use super::*;

    fn said(alert: &Alert, attempt: &Attempt<'_>) -> String {
        Headline { alert, attempt }.to_string()
    }

    #[test]
    fn a_headline_is_the_title_and_what_else_must_be_told() {
        let attempt = Attempt::first(Duration::from_secs(1));
        assert_eq!(said(&Alert::info("t").message("m").build(), &attempt), "t");
        assert_eq!(
            said(&Alert::info("").message("m\n").build(), &attempt),
            r"m\n"
        );
        let suppressed = Suppressed::one(Severity::Info, Timestamp::from_micros(0));
        let mut lost = Losses::none();
        lost.shed = 2;
        let fallback = Fallback::new("ops\n", "gave up");
        let attempt = attempt
            .with_late_by(Duration::from_millis(185_400))
            .with_stands_for(&suppressed)
            .with_lost(&lost)
            .with_instead_of(&fallback);
        let told = [
            "resolved: t (late by 3m 5s",
            "stands for 1 more since 1970-01-01T00:00:00.000Z (1 info)",
            "2 lost here before this: 2 shed",
            r"instead of ops\n: gave up)",
        ];
        assert_eq!(
            said(&Alert::info("t").resolved().build(), &attempt),
            told.join("; ")
        );
    }
}
