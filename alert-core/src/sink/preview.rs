use crate::alert::Redaction;

/// What a sink would send for an alert, for a person to look at.
#[derive(Debug, Clone, PartialEq, Eq)]
#[non_exhaustive]
pub struct Preview {
    headline: String,
    body: String,
}

impl Preview {
    /// `headline` says in one line how it would go out (`POST
    /// application/json`), never where to; `body` is exactly what would be sent.
    pub fn new(headline: impl Into<String>, body: impl Into<String>) -> Self {
        Self {
            headline: headline.into(),
            body: body.into(),
        }
    }

    /// The same with nothing secret in it.
    pub(crate) fn without(self, redaction: &Redaction) -> Self {
        Self {
            headline: redaction.owned(self.headline),
            body: redaction.owned(self.body),
        }
    }

    /// How it would go out, in one line.
    pub fn headline(&self) -> &str {
        &self.headline
    }

    /// What would be sent.
    pub fn body(&self) -> &str {
        &self.body
    }
}
