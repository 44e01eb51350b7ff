//! Where to read on.

use std::borrow::Cow;

use serde::{Deserialize, Serialize};

use super::text::keep;

/// A link to more about an alert: a runbook, a dashboard.
#[derive(Debug, Clone, PartialEq, Eq, Serialize, Deserialize)]
pub struct Link {
    text: Cow<'static, str>,
    url: Cow<'static, str>,
}

impl Link {
    /// The longest text in bytes; a longer one is cut in the middle.
    pub const MAX_TEXT: usize = 256;

    /// The longest URL in bytes. An alert leaves out a longer one and counts it, since a cut URL leads elsewhere.
    pub const MAX_URL: usize = 2_048;

    /// A link that is shown as `text` and leads to `url`, which is not checked.
    pub fn new(text: impl Into<Cow<'static, str>>, url: impl Into<Cow<'static, str>>) -> Link {
        Link {
            text: keep(text.into(), Link::MAX_TEXT),
            url: url.into(),
        }
    }

    /// What is shown.
    pub fn text(&self) -> &str {
        &self.text
    }

    /// Where it leads.
    pub fn url(&self) -> &str {
        &self.url
    }

    /// Lets its texts be changed.
    pub(super) fn redact(&mut self, text: impl Fn(&mut Cow<'static, str>) -> bool) -> bool {
        text(&mut self.text) | text(&mut self.url)
    }

    /// Cuts what a deserializer took uncut; `None` if the URL is too long to keep.
    pub(super) fn kept(self) -> Option<Link> {
        let fits = self.url.len() <= Link::MAX_URL;
        fits.then(|| Link {
            text: keep(self.text, Link::MAX_TEXT),
            url: keep(self.url, Link::MAX_URL),
        })
    }
}
