//! Who is mentioned for which severity.

use std::borrow::Cow;
use std::collections::BTreeSet;
use std::fmt::{self, Write};

use alert_core::Severity;
use schemars::{JsonSchema, Schema, SchemaGenerator, json_schema};
use serde::de::{Error, Unexpected, Visitor};
use serde::{Deserialize, Deserializer, Serialize};

use crate::Id;
use crate::id::is_digits;

/// A role or a user: `role:42`, `user:7`.
#[derive(Debug, Clone, Copy, PartialEq, Eq, PartialOrd, Ord, Hash)]
#[non_exhaustive]
pub enum Target {
    /// Everybody who has this role.
    Role(Id),
    /// This user.
    User(Id),
}

struct Reader;

impl Visitor<'_> for Reader {
    type Value = Target;

    fn expecting(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("`role:ID` or `user:ID` with an id of Discord, such as `role:1099511627776`")
    }

    fn visit_str<E: Error>(self, text: &str) -> Result<Target, E> {
        let target = text.split_once(':').and_then(|(what, id)| {
            let id = Id::new(Some(id).filter(|id| is_digits(id))?.parse().ok()?);
            match what {
                "role" => Some(Target::Role(id)),
                "user" => Some(Target::User(id)),
                _ => None,
            }
        });
        target.ok_or_else(|| E::invalid_value(Unexpected::Str(text), &self))
    }
}

impl<'de> Deserialize<'de> for Target {
    fn deserialize<D: Deserializer<'de>>(deserializer: D) -> Result<Target, D::Error> {
        deserializer.deserialize_str(Reader)
    }
}

impl JsonSchema for Target {
    fn inline_schema() -> bool {
        true
    }

    fn schema_name() -> Cow<'static, str> {
        Cow::Borrowed("Target")
    }

    fn json_schema(_: &mut SchemaGenerator) -> Schema {
        json_schema!({ "type": "string", "pattern": "^(role|user):[0-9]{1,20}$" })
    }
}

/// Who is mentioned for an alert, by its severity.
#[derive(Debug, Clone, Default, PartialEq, Eq, Deserialize, JsonSchema)]
#[serde(deny_unknown_fields, default)]
#[non_exhaustive]
pub struct Mention {
    /// For info.
    pub info: Vec<Target>,
    /// For warning.
    pub warning: Vec<Target>,
    /// For critical.
    pub critical: Vec<Target>,
}

impl Mention {
    /// Who is mentioned for this severity.
    pub fn of(&self, severity: Severity) -> &[Target] {
        match severity {
            Severity::Info => &self.info,
            Severity::Warning => &self.warning,
            Severity::Critical => &self.critical,
        }
    }

    pub(crate) fn of_mut(&mut self, severity: Severity) -> &mut Vec<Target> {
        match severity {
            Severity::Info => &mut self.info,
            Severity::Warning => &mut self.warning,
            Severity::Critical => &mut self.critical,
        }
    }

    /// What a message with firing alerts of these severities says and allows.
    pub(crate) fn in_message(&self, firing: [bool; 3]) -> (Option<String>, Allowed) {
        let mut targets = BTreeSet::new();
        for severity in Severity::ALL {
            if firing[severity.index()] {
                targets.extend(self.of(severity).iter().copied());
            }
        }
        if targets.is_empty() {
            return (None, Allowed::NOBODY);
        }
        let mut content = String::new();
        let (mut roles, mut users) = (Vec::new(), Vec::new());
        for target in targets {
            if !content.is_empty() {
                content.push(' ');
            }
            // Writing to a string cannot fail.
            let _ = match target {
                Target::Role(id) => {
                    roles.push(id);
                    write!(content, "<@&{id}>")
                }
                Target::User(id) => {
                    users.push(id);
                    write!(content, "<@{id}>")
                }
            };
        }
        let allowed = Allowed {
            parse: None,
            roles,
            users,
        };
        (Some(content), allowed)
    }
}

/// Whom a message may notify: exactly these, whatever its text says.
#[derive(Debug, Clone, PartialEq, Eq, Serialize)]
pub(crate) struct Allowed {
    #[serde(skip_serializing_if = "Option::is_none")]
    parse: Option<[(); 0]>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    roles: Vec<Id>,
    #[serde(skip_serializing_if = "Vec::is_empty")]
    users: Vec<Id>,
}

impl Allowed {
    /// Without this word, Discord lets a webhook's message notify users.
    pub(crate) const NOBODY: Allowed = Allowed {
        parse: Some([]),
        roles: Vec::new(),
        users: Vec::new(),
    };
}

#[cfg(test)]
mod tests {
    use serde_json::json;

    use super::*;

    fn mention(value: serde_json::Value) -> Mention {
        serde_json::from_value(value).unwrap()
    }

    #[test]
    fn a_target_is_a_role_or_a_user_and_nothing_else() {
        let mention = mention(json!({ "critical": ["role:42", "user:7"] }));
        assert_eq!(
            mention.of(Severity::Critical),
            [Target::Role(Id::new(42)), Target::User(Id::new(7))]
        );
        for wrong in [
            "everyone", "@here", "role:", "role:x", "42", "<@&42>", "Role:4", "role: 4",
        ] {
            assert!(
                serde_json::from_value::<Target>(json!(wrong)).is_err(),
                "{wrong}"
            );
        }
    }

    #[test]
    fn the_content_is_the_mentions_and_only_they_are_allowed() {
        let mention = mention(json!({
            "warning": ["user:7", "role:1"], "critical": ["role:42", "user:7"],
        }));
        let said = |firing| {
            let (content, allowed) = mention.in_message(firing);
            (
                content.unwrap_or_default(),
                serde_json::to_value(allowed).unwrap(),
            )
        };
        assert_eq!(
            said([true, false, false]),
            (String::new(), json!({ "parse": [] }))
        );
        assert_eq!(
            said([true, true, true]),
            (
                "<@&1> <@&42> <@7>".to_owned(),
                json!({ "roles": ["1", "42"], "users": ["7"] })
            )
        );
        let role = self::mention(json!({ "critical": ["role:42"] }));
        let (content, allowed) = role.in_message([false, false, true]);
        assert_eq!(content.as_deref(), Some("<@&42>"));
        assert_eq!(
            serde_json::to_value(allowed).unwrap(),
            json!({ "roles": ["42"] })
        );
    }
}
