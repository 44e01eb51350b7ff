use std::fmt;
use std::sync::{Arc, OnceLock};

use alert_core::{Redaction, Text, fit, one_line};

/// How much of a foreign text is shown.
const SHOWN: Text = Text::chars(256);

/// What must not be shown of a client: its URL, what was hidden, and the secrets of one request.
#[derive(Clone, Default)]
pub(crate) struct Mask {
    lasting: Redaction,
    /// Kept apart: signatures differ by request, and would drive out what lasts.
    request: Arc<Extra>,
}

#[derive(Default)]
struct Extra {
    secrets: Vec<String>,
    /// Made when something is to be shown.
    redaction: OnceLock<Redaction>,
}

impl Mask {
    pub(crate) fn learn<S: AsRef<str>>(&self, secrets: impl IntoIterator<Item = S>) {
        learn(&self.lasting, secrets);
    }

    /// With the secrets of a request. Those of the one before are used again if they are the same.
    pub(crate) fn with_request(&mut self, secrets: Vec<String>) -> Mask {
        if self.request.secrets != secrets {
            self.request = Arc::new(Extra {
                secrets,
                redaction: OnceLock::new(),
            });
        }
        self.clone()
    }

    /// The text without secrets, whatever its length.
    pub(crate) fn text(&self, text: &str) -> String {
        let text = self.lasting.text(text);
        let request = self.request.redaction.get_or_init(|| {
            let redaction = Redaction::none();
            learn(&redaction, &self.request.secrets);
            redaction
        });
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

fn learn<S: AsRef<str>>(redaction: &Redaction, secrets: impl IntoIterator<Item = S>) {
    let forms = secrets
        .into_iter()
        .flat_map(|secret| forms(secret.as_ref()));
    redaction.learn(forms.collect::<Vec<_>>());
}

/// A secret as it is, and as it may be echoed: in JSON as one or the other library writes it, in a
/// page, in a URL, in a form.
fn forms(secret: &str) -> Vec<String> {
    let encoded = percent_encoding::utf8_percent_encode(secret, percent_encoding::NON_ALPHANUMERIC);
    let mut forms = vec![
        in_page(secret),
        encoded.to_string(),
        url::form_urlencoded::byte_serialize(secret.as_bytes()).collect(),
    ];
    if let Ok(json) = serde_json::to_string(secret) {
        let json = json[1..json.len() - 1].to_owned();
        forms.push(in_ascii(&json));
        forms.push(json.replace('/', r"\/"));
        forms.push(in_ascii(&json).replace('/', r"\/"));
        forms.push(json);
    }
    forms.retain(|form| form != secret);
    forms.push(secret.to_owned());
    forms.sort_unstable();
    forms.dedup();
    forms
}

fn in_page(text: &str) -> String {
    let text = text
        .replace('&', "&amp;")
        .replace('<', "&lt;")
        .replace('>', "&gt;");
    text.replace('"', "&quot;").replace('\'', "&#39;")
}

/// JSON in which what is not ASCII is escaped.
fn in_ascii(json: &str) -> String {
    let mut units = [0; 2];
    json.chars().fold(String::new(), |mut ascii, c| {
        if c.is_ascii() {
            ascii.push(c);
        } else {
            for unit in c.encode_utf16(&mut units) {
                ascii.push_str(&format!("\\u{unit:04x}"));
            }
        }
        ascii
    })
}

impl fmt::Debug for Mask {
    fn fmt(&self, f: &mut fmt::Formatter<'_>) -> fmt::Result {
        f.write_str("Mask(…)")
    }
}

#[cfg(test)]
mod tests {
    use proptest::prelude::*;

    use super::*;

    #[test]
    fn what_belongs_to_a_request_does_not_drive_out_what_lasts() {
        let mut lasting = Mask::default();
        lasting.learn(["lasting-secret"]);
        for number in 0..100 {
            let signature = format!("signature-{number:0>1000}");
            let mask = lasting.with_request(vec![signature.clone()]);
            assert_eq!(mask.text(&signature), "[redacted]");
        }
        assert_eq!(lasting.text("lasting-secret"), "[redacted]");
    }

    #[test]
    fn what_is_shown_is_one_short_line() {
        let mask = Mask::default();
        assert_eq!(mask.shown(" a\r\n\tb \u{2028} c\u{7} "), r"a b c\u0007");
        let long = "\u{1f600}\n".repeat(1_000);
        assert!(mask.shown(&long).chars().count() <= 256);
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(64))]

        #[test]
        fn a_secret_is_found_in_each_of_its_forms(
            secret in "[!-~\u{e0}-\u{ff}\u{1f600}]{8,24}",
            before in "[ -~]{0,20}",
            after in "[ -~]{0,20}",
        ) {
            // Part of the mark, or of its neighbours, it would be no leak.
            prop_assume!(!"[redacted]".contains(&*secret));
            let mask = Mask::default();
            mask.learn([&secret]);
            for form in forms(&secret) {
                let text = mask.text(&format!("{before}{form}{after}"));
                prop_assert!(text.contains("[redacted]"), "{text}");
                let around = format!("{before}{after}");
                prop_assert!(!text.contains(&form) || around.contains(&form));
            }
        }
    }
}
