//! The body of a request.

use alert_core::{Alert, Attempt, Severity, Status};
use serde::Serialize;

use crate::Id;
use crate::embed::Embed;
use crate::mention::{Allowed, Mention};

/// No push and no desktop notification, only the mark that something is unread.
const SUPPRESS_NOTIFICATIONS: u32 = 1 << 12;

/// A message as it is posted.
#[derive(Debug, Clone, PartialEq, Serialize)]
pub(crate) struct Payload<'a> {
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) content: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) username: Option<&'a str>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) avatar_url: Option<&'a str>,
    pub(crate) embeds: &'a [Embed],
    pub(crate) allowed_mentions: Allowed,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) flags: Option<u32>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) thread_name: Option<String>,
    #[serde(skip_serializing_if = "Option::is_none")]
    pub(crate) applied_tags: Option<&'a [Id]>,
}

/// Which severities a message tells of.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq)]
pub(crate) struct Told {
    /// By severity, of whatever status.
    pub(crate) any: [bool; 3],
    /// By severity, of those that are not resolved.
    pub(crate) firing: [bool; 3],
}

impl Told {
    /// Of this alert alone.
    pub(crate) fn of(alert: &Alert, attempt: &Attempt<'_>) -> Told {
        let mut told = Told::default();
        told.tell(alert, attempt);
        told
    }

    /// And of this one.
    pub(crate) fn tell(&mut self, alert: &Alert, attempt: &Attempt<'_>) {
        let mut count = |severity: Severity, firing: bool| {
            self.any[severity.index()] = true;
            self.firing[severity.index()] |= firing;
        };
        match attempt.digest() {
            // It does not say of which severity those are that are resolved.
            Some(digest) => {
                let firing = digest.resolved() < digest.count();
                for severity in Severity::ALL {
                    if digest.count_of(severity) > 0 {
                        count(severity, firing);
                    }
                }
            }
            None => count(alert.severity(), alert.status() != Status::Resolved),
        }
    }

    /// Whether none of it needs a notification.
    fn is_silent(self, silent: &[Severity]) -> bool {
        let mut told = Severity::ALL
            .into_iter()
            .filter(|severity| self.any[severity.index()]);
        !silent.is_empty() && told.all(|severity| silent.contains(&severity))
    }
}

/// How a sink's messages are sent, beside what they say.
#[derive(Debug, Clone, Default)]
pub(crate) struct Manner {
    pub(crate) username: Option<String>,
    pub(crate) avatar_url: Option<String>,
    pub(crate) applied_tags: Vec<Id>,
    pub(crate) mention: Mention,
    pub(crate) silent: Vec<Severity>,
}

impl Manner {
    /// A message to be posted; in a new thread if that has a name.
    pub(crate) fn post<'a>(
        &'a self,
        embeds: &'a [Embed],
        told: Told,
        thread_name: Option<String>,
    ) -> Payload<'a> {
        let (content, allowed_mentions) = self.mention.in_message(told.firing);
        let tags = thread_name.is_some() && !self.applied_tags.is_empty();
        Payload {
            content,
            username: self.username.as_deref(),
            avatar_url: self.avatar_url.as_deref(),
            embeds,
            allowed_mentions,
            flags: told
                .is_silent(&self.silent)
                .then_some(SUPPRESS_NOTIFICATIONS),
            thread_name,
            applied_tags: tags.then_some(&self.applied_tags),
        }
    }

    /// What of a message is edited. Whom it may notify is said again, or Discord's defaults apply.
    pub(crate) fn edit(embeds: &[Embed]) -> Payload<'_> {
        Payload {
            content: None,
            username: None,
            avatar_url: None,
            embeds,
            allowed_mentions: Allowed::NOBODY,
            flags: None,
            thread_name: None,
            applied_tags: None,
        }
    }
}
