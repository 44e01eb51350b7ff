use std::fmt;
use std::sync::Arc;

use alert_core::{Redaction, Text, fit, one_line};

/// How much of a foreign text is shown.
const SHOWN: Text = Text::chars(256);

/// What must not be shown of a client: its URL, what was hidden, and the secrets of one request.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    lasting: Redaction,
    /// Kept apart: signatures differ by request, and would drive out what lasts.
    request: Arc<[String]>,
}

impl Mask {
    pub(crate) fn learn<S: AsRef<str>>(&self, secrets: impl IntoIterator<Item = S>) {
        let forms: Vec<String> = secrets
            .into_iter()
            .flat_map(|secret| forms(secret.as_ref()))
            .collect();
        self.lasting.learn(forms);
    }

    pub(crate) fn with_request(&self, secrets: &[String]) -> Mask {
        Mask {
            lasting: self.lasting.clone(),
            request: secrets.iter().flat_map(|secret| forms(secret)).collect(),
        }
    }

    /// The text without secrets, whatever its length.
    pub(crate) fn text(&self, text: &str) -> String {
        let text = self.lasting.text(text);
        if self.request.is_empty() {
            return text.into_owned();
        }
        let request = Redaction::none();
        request.learn(self.request.iter());
        request.text(&text).into_owned()
    }

    /// One harmless line of at most 256 characters.
    pub(crate) fn shown(&self, text: &str) -> String {
        let masked = self.text(text);
        let words: Vec<&str> = masked.split_whitespace().collect();
        let line = words.join(" ");
        fit(&one_line(&line), SHOWN, " […] ").into_owned()
    }
}

/// A secret as it is, as it stands in JSON, and percent-encoded.
fn forms(secret: &str) -> Vec<String> {
    let mut forms = vec![secret.to_owned()];
    if let Ok(json) = serde_json::to_string(secret) {
        forms.push(json[1..json.len() - 1].to_owned());
    }
    let encoded = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
    forms.push(encoded.to_string());
    forms.push(url::form_urlencoded::byte_serialize(secret.as_bytes()).collect());
    forms.sort_unstable();
    forms.dedup();
    forms
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask(…)")
    }
}
