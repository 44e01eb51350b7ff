use std::borrow::Cow;
use std::fmt;
use std::sync::{Arc, OnceLock};

use alert_core::{Redaction, Text, fit, one_line};

use crate::decoded;

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
        self.lasting.learn(secrets);
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

    /// The text without secrets, whatever its length. Where one shows only to who undoes the way in
    /// which it is written (in JSON, a page, a URL, a form), what it says is shown instead.
    pub(crate) fn text(&self, text: &str) -> String {
        let mut shown = self.as_is(text);
        for way in WAYS {
            let (mut said, mut found) = (shown.clone(), false);
            for decode in way {
                let Cow::Owned(decoded) = decode(&said) else {
                    continue;
                };
                said = self.as_is(&decoded);
                found |= said != decoded;
            }
            if found {
                shown = said;
            }
        }
        decoded::without_base64(&shown, MARK, |text| self.as_is(text) != text)
    }

    fn as_is(&self, text: &str) -> String {
        let text = self.lasting.text(text);
        let request = self.request.redaction.get_or_init(|| {
            let redaction = Redaction::none();
            redaction.learn(&self.request.secrets);
            redaction
        });
        request.text(&text).into_owned()
    }

    /// One harmless line of at most 256 characters.
    pub(crate) fn shown(&self, text: &str) -> String {
        if text.is_empty() {
            return String::new();
        }
        let masked = self.text(text);
        let words: Vec<&str> = masked.split_whitespace().collect();
        let line = words.join(" ");
        fit(&one_line(&line), SHOWN, " […] ").into_owned()
    }
}

const MARK: &str = "[redacted]";

type Decode = fn(&str) -> Cow<'_, str>;

/// What may have been done to a text that is echoed, to be undone one after the other. Each by itself
/// too: a secret may itself look like what is undone.
const WAYS: [&[Decode]; 7] = [
    &[decoded::json, decoded::json],
    &[decoded::json, decoded::page],
    &[decoded::json, decoded::percent],
    &[decoded::json, decoded::form],
    &[decoded::page],
    &[decoded::percent, decoded::json],
    &[decoded::form],
];

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

    /// `%2F` as `%2f`.
    fn lower_digits(url: &str) -> String {
        let mut pieces = url.split('%');
        let first = pieces.next().unwrap_or_default().to_owned();
        pieces.fold(first, |all, piece| {
            let (digits, rest) = piece.split_at(2);
            format!("{all}%{}{rest}", digits.to_ascii_lowercase())
        })
    }

    /// As one or the other service echoes a text.
    fn written(text: &str) -> Vec<String> {
        use base64::Engine;
        use base64::engine::general_purpose::{STANDARD, URL_SAFE_NO_PAD};
        let json = serde_json::to_string(text).unwrap();
        let ascii = json.chars().fold(String::new(), |mut ascii, c| {
            for unit in c.encode_utf16(&mut [0; 2]) {
                match c.is_ascii() {
                    true => ascii.push(c),
                    false => ascii.push_str(&format!("\\u{unit:04X}")),
                }
            }
            ascii
        });
        let page = text
            .replace('&', "&amp;")
            .replace('<', "&lt;")
            .replace('"', "&quot;");
        let url = percent_encoding::utf8_percent_encode(text, percent_encoding::NON_ALPHANUMERIC);
        let component = url.to_string().replace("%2D", "-").replace("%5F", "_");
        let form: String = url::form_urlencoded::byte_serialize(text.as_bytes()).collect();
        vec![
            text.to_owned(),
            json.replace('/', "\\/"),
            serde_json::to_string(&json).unwrap(),
            serde_json::to_string(&url.to_string()).unwrap(),
            serde_json::to_string(&page).unwrap(),
            json,
            ascii,
            page.replace('\'', "&#39;").replace('/', "&#x2F;"),
            url.to_string(),
            lower_digits(&url.to_string()),
            component.replace("%2E", "."),
            component.replace("%2F", "/").replace("%7E", "~"),
            form,
            STANDARD.encode(text),
            STANDARD.encode(format!("user:{text}")),
            URL_SAFE_NO_PAD.encode(format!("a{text}b")),
        ]
    }

    proptest! {
        #![proptest_config(ProptestConfig::with_cases(256))]

        #[test]
        fn a_secret_is_found_however_it_is_written(
            secret in "[!-~]{8,16}[!-~\u{e0}-\u{ff}\u{1f600}]{0,4}|[a-z]{3}[-_.~ /+]{2}[a-z]{4}",
            before in "[ -$(-Z]{0,20}",
            after in "[ -$(-Z]{0,20}",
        ) {
            // Part of the mark, or of its neighbours, it would be no leak.
            prop_assume!(!"[redacted]".contains(&*secret));
            let mask = Mask::default();
            mask.learn([&secret]);
            for form in written(&secret) {
                let text = mask.text(&format!("{before} {form} {after}"));
                prop_assert!(text.contains("[redacted]"), "{} in {}", form, text);
                let around = format!("{before}{after}");
                prop_assert!(!text.contains(&*secret) || around.contains(&*secret));
            }
        }
    }
}
