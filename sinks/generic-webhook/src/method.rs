use schemars::JsonSchema;
use serde::Deserialize;

/// How a body is sent.
#[derive(Debug, Clone, Copy, Default, PartialEq, Eq, Hash, Deserialize, JsonSchema)]
#[serde(rename_all = "UPPERCASE")]
#[non_exhaustive]
pub enum Method {
    /// As a message of its own.
    #[default]
    Post,
    /// In place of what is there.
    Put,
    /// As a change of what is there.
    Patch,
}

impl Method {
    /// The word for it, in a config and on the wire.
    pub fn as_str(self) -> &'static str {
        match self {
            Method::Post => "POST",
            Method::Put => "PUT",
            Method::Patch => "PATCH",
        }
    }
}
