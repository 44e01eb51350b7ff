//! Whether it is wrong now, or right again.

use std::fmt;

use serde::{Deserialize, Serialize};

/// Whether what an alert tells of has begun or has ended. Serialized as its lower-case name.
#[derive(Debug, Clone, Copy, PartialEq, Eq, Hash, Default, Serialize, Deserialize)]
#[serde(rename_all = "lowercase")]
pub enum Status {
    /// Something is wrong (or worth knowing). This is the default.
    #[default]
    Firing,
    /// What the alert of the same key told of has ended.
    Resolved,
}

impl Status {
    /// The lower-case name: `firing` or `resolved`.
    pub const fn as_str(self) -> &'static str {
        match self {
            Status::Firing => "firing",
            Status::Resolved => "resolved",
        }
    }
}

impl fmt::Display for Status {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.pad(self.as_str())
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn text_and_json_are_the_lower_case_name() {
        for status in [Status::Firing, Status::Resolved] {
            assert_eq!(status.to_string(), status.as_str());
            assert_eq!(serde_json::to_value(status).unwrap(), status.as_str());
        }
        assert_eq!(Status::default(), Status::Firing);
    }
}
